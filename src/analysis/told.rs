//! Which claims of people's records belong to one incident, where no log says so.
//!
//! In: records. Out: groups of claims in order of time. What people tell apart stays apart; a
//! pager opens an incident for each alert, so its incidents may be parts of what people tell.
//! Incidents of two records are one if they have the same id, or are near in time and of no two
//! services. Claims of no incident go to the nearest one within the gap, else to each other.
//! Planned maintenance is no incident.

use std::collections::{BTreeMap, BTreeSet};

use crate::records::{Milestone, Record, RecordKind, Told};

/// Claims that belong together.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// What the record that tells of the incident calls it; empty where none does.
    pub title: &'a str,
    /// The claims, in order of time.
    pub claims: Vec<Claim<'a>>,
}

/// A claim and the record that makes it.
pub(super) type Claim<'a> = (&'a Record, &'a Milestone);

/// An incident as one or several records tell of it.
struct Cluster<'a> {
    records: BTreeSet<usize>,
    /// Somebody who knows what was one incident tells of it.
    by_people: bool,
    told: &'a Told,
    claims: Vec<Claim<'a>>,
    span: (i64, i64),
}

/// The groups of all claims, by their first claims.
pub(super) fn groups(records: &[Record], gap_ns: i64) -> Vec<Group<'_>> {
    let mut clusters = joined(clusters(records), gap_ns);
    let mut alone = Vec::new();
    for (record, claim) in untold(records) {
        match nearest(clusters.iter().map(|one| one.span), claim, gap_ns) {
            Some(nearest) => clusters[nearest].claims.push((record, claim)),
            None => alone.push((record, claim)),
        }
    }
    let told = clusters.into_iter().map(|one| Group {
        title: &one.told.title,
        claims: in_order(one.claims),
    });
    let alone = in_order(alone);
    let runs = runs(&alone, |(_, claim)| claim, gap_ns).map(|run| Group {
        title: "",
        claims: run.to_vec(),
    });
    let mut groups: Vec<Group> = told.chain(runs).collect();
    groups.sort_by_key(|group| group.claims.first().map(|(_, claim)| claim.placed_ns()));
    groups
}

/// Claims in order of time, cut where they pause longer than the gap.
pub(super) fn runs<T>(
    claims: &[T],
    milestone: impl Fn(&T) -> &Milestone,
    gap_ns: i64,
) -> impl Iterator<Item = &[T]> {
    let at_ns = move |claim: &T| milestone(claim).when.at_ns;
    claims.chunk_by(move |a, b| at_ns(b).saturating_sub(at_ns(a)) <= gap_ns)
}

/// Which of some stretches of time a claim is nearest to, of equals the first; `None` where it is
/// further than the gap from all of them.
pub(super) fn nearest(
    spans: impl Iterator<Item = (i64, i64)>,
    claim: &Milestone,
    gap_ns: i64,
) -> Option<usize> {
    let at_ns = claim.placed_ns();
    let away = |(from, to): (i64, i64)| {
        let before_ns = from.saturating_sub(at_ns);
        before_ns.max(at_ns.saturating_sub(to)).max(0)
    };
    let near = spans
        .map(away)
        .enumerate()
        .min_by_key(|(i, away)| (*away, *i));
    near.filter(|(_, away)| *away <= gap_ns).map(|(i, _)| i)
}

/// From the first to the last of some claims; `None` without any.
pub(super) fn span<'a>(claims: impl Iterator<Item = &'a Milestone>) -> Option<(i64, i64)> {
    claims.map(Milestone::placed_ns).fold(None, |span, at_ns| {
        let (from, to) = span.unwrap_or((at_ns, at_ns));
        Some((from.min(at_ns), to.max(at_ns)))
    })
}

/// Claims of a record that none of its incidents has, in the record's order.
pub(super) fn untold_of(record: &Record) -> impl Iterator<Item = &Milestone> {
    let told = record.incidents.iter().flat_map(|told| &told.claims);
    let told: BTreeSet<usize> = told.copied().collect();
    let all = record.milestones.iter().enumerate();
    all.filter(move |(i, _)| !told.contains(i))
        .map(|(_, claim)| claim)
}

fn in_order(mut claims: Vec<Claim>) -> Vec<Claim> {
    claims.sort_by_key(|(_, claim)| (claim.placed_ns(), claim.kind, claim.source));
    claims
}

/// One for each incident that a record tells of and that is not planned.
fn clusters(records: &[Record]) -> Vec<Cluster<'_>> {
    let mut clusters = Vec::new();
    for (i, record) in records.iter().enumerate() {
        for told in record.incidents.iter().filter(|told| !told.planned) {
            let claims: Vec<Claim> = told
                .claims
                .iter()
                .map(|&claim| (record, &record.milestones[claim]))
                .collect();
            let Some(span) = span(claims.iter().map(|(_, claim)| *claim)) else {
                continue;
            };
            clusters.push(Cluster {
                records: BTreeSet::from([i]),
                by_people: tells_apart(record.kind),
                told,
                claims,
                span,
            });
        }
    }
    clusters.sort_by_key(|one| one.span);
    clusters
}

/// Claims that no incident of their record has.
fn untold(records: &[Record]) -> Vec<Claim<'_>> {
    let of = |record| untold_of(record).map(move |claim| (record, claim));
    in_order(records.iter().flat_map(of).collect())
}

/// Puts together what several records tell of one incident.
fn joined(clusters: Vec<Cluster>, gap_ns: i64) -> Vec<Cluster> {
    let mut joined: Vec<Cluster> = Vec::with_capacity(clusters.len());
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    // The clusters that may still be near the next, which starts later than all before it.
    let mut open: Vec<usize> = Vec::new();
    for one in clusters {
        open.retain(|&i| joined[i].span.1.saturating_add(gap_ns) >= one.span.0);
        let apart = |i: &usize| {
            let other: &Cluster = &joined[*i];
            let an_alert_of_it = other.by_people != one.by_people;
            an_alert_of_it || other.records.is_disjoint(&one.records)
        };
        let same_id = by_id.get(one.told.id.as_str()).copied().filter(apart);
        // Of those that are near the latest is the one that goes on.
        let near = || {
            let mut open = open.iter().rev().copied();
            open.find(|i| apart(i) && of_no_two_services(&joined[*i], &one))
        };
        match same_id.or_else(near) {
            Some(i) => {
                let into = &mut joined[i];
                into.span.1 = into.span.1.max(one.span.1);
                into.records.extend(one.records);
                into.by_people |= one.by_people;
                into.claims.extend(one.claims);
                if into.told.title.is_empty() {
                    into.told = one.told;
                }
            }
            None => {
                if !one.told.id.is_empty() {
                    by_id.entry(&one.told.id).or_insert(joined.len());
                }
                open.push(joined.len());
                joined.push(one);
            }
        }
    }
    joined
}

fn of_no_two_services(a: &Cluster, b: &Cluster) -> bool {
    let (a, b) = (&a.told.service, &b.told.service);
    a.is_empty() || b.is_empty() || a.to_lowercase() == b.to_lowercase()
}

/// Whether the incidents of such a record are what people call one.
fn tells_apart(kind: RecordKind) -> bool {
    !matches!(
        kind,
        RecordKind::PagerDuty
            | RecordKind::Opsgenie
            | RecordKind::Alertmanager
            | RecordKind::Grafana
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Context, read};

    /// Groups as `title: letter clock, ...`.
    fn check(records: &[&str], expected: &[&str]) {
        let context = Context {
            zone: Some(crate::clock::Zone::UTC),
            range_ns: None,
            written_ns: None,
        };
        let read = |(i, text): (usize, &&str)| read(&format!("{i}.csv"), text.as_bytes(), &context);
        let mut records: Vec<Record> = records.iter().enumerate().map(read).collect();
        for record in &mut records {
            for told in &mut record.incidents {
                // The CSV has no column for these: its ids are `service/number`.
                let id = told.id.clone();
                let (service, number) = id.split_once('/').unwrap_or(("", &id));
                (told.service, told.title) = (service.to_owned(), format!("t{number}"));
            }
        }
        let shown = |group: &Group| {
            let claims: Vec<String> = group
                .claims
                .iter()
                .map(|(_, claim)| {
                    let clock = crate::clock::words::rfc3339(claim.when.at_ns);
                    format!("{} {}", claim.kind.letter(), &clock[11..16])
                })
                .collect();
            format!("{}: {}", group.title, claims.join(", "))
        };
        let day = 24 * 60 * crate::clock::NS_PER_MIN;
        let found: Vec<String> = groups(&records, day / 24).iter().map(shown).collect();
        assert_eq!(found, expected);
    }

    fn csv(rows: &str) -> String {
        let rows = rows.split(' ').map(|row| {
            let (id, rest) = row.split_once(':').unwrap();
            let (kind, clock) = rest.split_once('@').unwrap();
            format!("{id},{kind},2021-05-04T{clock}:00Z,,,\n")
        });
        format!(
            "incident_id,kind,time,tz,source,note\n{}",
            rows.collect::<String>()
        )
    }

    #[test]
    fn incidents_of_one_record_stay_apart_even_when_they_overlap() {
        let record = csv("cart/1:S@10:00 cart/2:S@10:10 cart/1:R@10:20 cart/2:R@10:30");
        check(
            &[&record],
            &["t1: S 10:00, R 10:20", "t2: S 10:10, R 10:30"],
        );
    }

    #[test]
    fn incidents_of_two_records_are_one_by_id_or_by_service_and_time() {
        let page = csv("cart/1:S@10:00 cart/1:R@10:20 search/2:S@10:05");
        check(
            &[&page, &csv("cart/9:A@10:03 login/8:A@10:04")],
            &[
                "t1: S 10:00, A 10:03, R 10:20",
                "t8: A 10:04",
                "t2: S 10:05",
            ],
        );
        check(
            &[&page, &csv("cart/1:V@23:00")],
            &["t1: S 10:00, R 10:20, V 23:00", "t2: S 10:05"],
        );
    }

    #[test]
    fn a_report_of_the_same_hours_tells_of_the_same_incident() {
        let chat = "# Report on the outage\n\nTimeline of 4 May 2021, our customers\n\n\
            - 08:00 the outage begins for all customers\n- 08:30 engineers were paged\n\
            - 10:25 the root cause was identified\n";
        check(
            &[&csv("cart/1:S@10:00 cart/1:R@10:20"), chat],
            &["t: S 08:00, N 08:30, S 10:00, R 10:20, I 10:25"],
        );
    }

    fn sizes(texts: &[(&str, &str)], expected: &[usize]) {
        let read = |(path, text): &(&str, &str)| read(path, text.as_bytes(), &Context::default());
        let records: Vec<Record> = texts.iter().map(read).collect();
        let groups = groups(&records, 24 * 60 * crate::clock::NS_PER_MIN);
        let sizes: Vec<usize> = groups.iter().map(|group| group.claims.len()).collect();
        assert_eq!(sizes, expected);
    }

    #[test]
    fn a_report_is_one_incident_however_long_it_took() {
        let text =
            "# Shop down\n- Detected 2021-05-03 10:00 UTC\n- Restored 2021-05-09 10:00 UTC\n";
        sizes(&[("r.md", text)], &[2]);
    }

    #[test]
    fn what_a_text_tells_apart_stays_apart() {
        let text = "# Log\n## 3 May 2021 shop down\n10:00 UTC the outage begins\n10:30 UTC it is restored\n\
            ## 4 May 2021 search slow\n09:00 UTC errors began\n09:30 UTC it is restored\n";
        sizes(&[("r.md", text)], &[2, 2]);
    }
}
