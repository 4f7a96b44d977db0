//! Which claims of people's records are about one incident, where there are no logs to say.
//!
//! In: records. Out: runs of claims. What a record tells of one incident stays together however
//! long it took; what it tells apart in words stays apart; everything else is joined by time.

use crate::records::{Milestone, Record, RecordKind};

/// A claim with the record that makes it.
pub type Claim<'a> = (&'a Record, &'a Milestone);

/// Claims that a record holds together, or a single one.
struct Part<'a> {
    claims: Vec<Claim<'a>>,
    /// Record and incident of it, where the record tells incidents apart in words.
    told: Option<(usize, usize)>,
    first_ns: i64,
    last_ns: i64,
}

/// A run so far: its last instant, the incidents that records tell in it, its claims.
type Run<'a> = (i64, Vec<(usize, usize)>, Vec<Claim<'a>>);

/// The runs in order of time, each in order of time. A pause longer than `gap_ns` parts what no
/// record holds together.
pub fn runs(records: &[Record], gap_ns: i64) -> Vec<Vec<Claim<'_>>> {
    let mut parts: Vec<Part> = Vec::new();
    for (n, record) in records.iter().enumerate() {
        parts.extend(parts_of(n, record));
    }
    parts.sort_by_key(|part| (part.first_ns, part.last_ns));
    let mut runs: Vec<Run> = Vec::new();
    for part in parts {
        let told_apart = |told: &[(usize, usize)]| {
            part.told
                .is_some_and(|(record, one)| told.iter().any(|&(r, o)| r == record && o != one))
        };
        // Of the runs that are near the latest is the one that goes on.
        let near = runs.iter_mut().rev().find(|(last_ns, told, _)| {
            part.first_ns.saturating_sub(*last_ns) <= gap_ns && !told_apart(told)
        });
        match near {
            Some((last_ns, told, claims)) => {
                *last_ns = part.last_ns.max(*last_ns);
                told.extend(part.told);
                claims.extend(part.claims);
            }
            None => runs.push((part.last_ns, part.told.into_iter().collect(), part.claims)),
        }
    }
    let mut runs: Vec<Vec<Claim>> = runs.into_iter().map(|(.., claims)| claims).collect();
    for run in &mut runs {
        run.sort_by_key(|(_, claim)| (claim.when.at_ns, claim.kind, claim.source));
    }
    runs
}

fn parts_of(n: usize, record: &Record) -> Vec<Part<'_>> {
    // A pager opens an incident for each alert; people who write know what was one.
    let in_words = matches!(
        record.kind,
        RecordKind::Report | RecordKind::StatusPosts | RecordKind::Chat | RecordKind::Claims
    );
    let mut free = vec![true; record.milestones.len()];
    let mut parts = Vec::new();
    for (one, told) in record.incidents.iter().enumerate() {
        let known = told.claims.iter().copied();
        let known: Vec<usize> = known.filter(|&i| i < record.milestones.len()).collect();
        let claims = known.iter().map(|&i| (record, &record.milestones[i]));
        let claims: Vec<Claim> = claims.collect();
        known.iter().for_each(|&i| free[i] = false);
        parts.extend(part(claims, in_words.then_some((n, one))));
    }
    let rest = free
        .iter()
        .zip(&record.milestones)
        .filter(|(free, _)| **free);
    parts.extend(rest.filter_map(|(_, claim)| part(vec![(record, claim)], None)));
    parts
}

fn part(claims: Vec<Claim>, told: Option<(usize, usize)>) -> Option<Part> {
    let at = || claims.iter().map(|(_, claim)| claim.when.at_ns);
    let (first_ns, last_ns) = (at().min()?, at().max()?);
    Some(Part {
        claims,
        told,
        first_ns,
        last_ns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_MIN;
    use crate::records::{Context, read};

    fn check(texts: &[(&str, &str)], expected: &[usize]) {
        let context = Context::default();
        let records: Vec<Record> = texts
            .iter()
            .map(|(path, text)| read(path, text.as_bytes(), &context))
            .collect();
        let sizes: Vec<usize> = runs(&records, 24 * 60 * NS_PER_MIN)
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(sizes, expected);
    }

    #[test]
    fn a_report_is_one_incident_however_long_it_took() {
        let text =
            "# Shop down\n- Detected 2021-05-03 10:00 UTC\n- Restored 2021-05-09 10:00 UTC\n";
        check(&[("r.md", text)], &[2]);
    }

    #[test]
    fn what_a_text_tells_apart_stays_apart() {
        let text = "# Log\n## 3 May 2021 shop down\n10:00 UTC the outage begins\n10:30 UTC it is restored\n\
            ## 4 May 2021 search slow\n09:00 UTC errors began\n09:30 UTC it is restored\n";
        check(&[("r.md", text)], &[2, 2]);
    }

    #[test]
    fn rows_of_one_incident_are_kept_and_others_are_near_or_not() {
        let rows = "incident_id,kind,time,tz,source,note\n\
            7,S,2021-03-02T10:00:00Z,,human,\n7,R,2021-03-05T10:00:00Z,,human,\n8,S,2021-03-05T11:00:00Z,,human,\n";
        check(&[("c.csv", rows)], &[2, 1]);
    }
}
