//! Drafts of posts for a status page: what users felt, since when, how it stands.
//!
//! In: a `Snapshot`. Out: plain text, one draft per incident, the one that is not over first.
//! Names of hosts, services, clients, statements and causes are never in the draft itself: what is
//! left to say is left to people, in square brackets. Nothing is promised, nothing is blamed.

use crate::analysis::{Concluded, Snapshot};
use crate::anomalies::{Anomaly, Direction};
use crate::clock::words::{clock_minute, date, length};
use crate::clock::{Censor, Zone};
use crate::incidents::State;
use crate::records::MilestoneKind;
use crate::reports::layout::{TIE, wrapped};
use crate::reports::words::{percent, plural, zone_words};
use crate::series::{Family, Role};

/// Cells per line.
const WIDTH: usize = 80;

/// All drafts. With `internal`, each ends in a line for colleagues that names what was found.
pub fn status(snapshot: &Snapshot, internal: bool) -> String {
    let mut out = String::new();
    let mut incidents: Vec<&Concluded> = snapshot.incidents.iter().collect();
    incidents.sort_by_key(|one| one.incident.state == State::Restored);
    for concluded in incidents {
        if !out.is_empty() {
            out.push('\n');
        }
        draft(&mut out, snapshot, concluded, internal);
    }
    if out.is_empty() {
        out.push_str("No incident was found: there is nothing to post.\n");
    }
    out
}

fn draft(out: &mut String, snapshot: &Snapshot, concluded: &Concluded, internal: bool) {
    let stage = stage(concluded);
    let felt = felt(snapshot, concluded);
    let lead = format!(
        "DRAFT ({}). Check every word before you post it.",
        concluded.incident.id
    );
    paragraph(out, &lead);
    out.push('\n');
    paragraph(out, &format!("{} - {}", stage.word(), felt.title));
    let times = times(snapshot, concluded, stage);
    paragraph(out, &format!("{times} {}", felt.words));
    paragraph(out, &stage.closing(snapshot, concluded));
    if internal {
        paragraph(
            out,
            &format!("Internal, not to be posted: {}.", concluded.incident.title),
        );
    }
}

fn paragraph(out: &mut String, words: &str) {
    wrapped(out, "", "", &crate::text::printable(words), WIDTH);
}

/// The four stages of a status page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
}

/// By the logs; a cause counts as identified where someone says so and nothing contradicts it.
fn stage(concluded: &Concluded) -> Stage {
    let chosen = concluded.measured.chosen.iter();
    let claims = &concluded.incident.milestones;
    let sure = |i: usize| claims.get(i).is_some_and(|claim| claim.confidence >= 0.5);
    let mut identified = chosen.filter(|one| one.kind == MilestoneKind::Identified);
    match concluded.incident.state {
        State::Restored => Stage::Resolved,
        State::Recovering => Stage::Monitoring,
        State::Ongoing | State::Relapsed | State::NoData => {
            match identified.any(|one| one.claim.is_some_and(sure)) {
                true => Stage::Identified,
                false => Stage::Investigating,
            }
        }
    }
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Investigating => "Investigating",
            Self::Identified => "Identified",
            Self::Monitoring => "Monitoring",
            Self::Resolved => "Resolved",
        }
    }

    fn closing(self, snapshot: &Snapshot, concluded: &Concluded) -> String {
        let unknown = match concluded.incident.state {
            State::NoData => " We do not have data about the present state.",
            State::Relapsed => " It had stopped in between and came back.",
            _ => "",
        };
        match self {
            Self::Investigating => {
                format!("We are investigating.{unknown} [Next update at HH:MM UTC.]")
            }
            Self::Identified => format!(
                "We have found what we believe to be the cause and are working on it.{unknown} [Next update at HH:MM UTC.]"
            ),
            Self::Monitoring => {
                "Our measurements are back to normal. We are watching until we can be sure. [Next update at HH:MM UTC.]".to_owned()
            }
            Self::Resolved => {
                let windows = concluded.measured.windows.last();
                let since = windows.map(|last| at(snapshot, last.end.at_ns, last.end.at_ns));
                let since = since.map_or(String::new(), |since| format!(" since {since}"));
                format!("Our measurements have been normal{since}. [What was done, and what follows.]")
            }
        }
    }
}

/// What users felt.
struct Felt {
    title: &'static str,
    words: String,
}

/// By the kinds of signals that make the windows; people's words alone say nothing of it.
fn felt(snapshot: &Snapshot, concluded: &Concluded) -> Felt {
    let windows = &concluded.incident.windows;
    let of_windows = |one: &&Anomaly| {
        windows
            .iter()
            .any(|window| window.anomalies.contains(&one.id))
    };
    let is_felt =
        |one: &&Anomaly| matches!(one.signal.role, Role::UserFacing | Role::AsyncUserFacing);
    let all = snapshot.anomalies.iter().filter(of_windows).filter(is_felt);
    let whole: Vec<&Anomaly> = all.filter(|one| !one.is_entity()).collect();
    let has = |family: Family| {
        whole
            .iter()
            .any(|one| one.family == family && one.direction == Direction::Up)
    };
    let silent = whole.iter().any(|one| {
        matches!(one.direction, Direction::Silence | Direction::Down)
            && one.family == Family::Traffic
    });
    let errors = whole
        .iter()
        .filter(|one| one.family == Family::Errors && one.signal.unit == "share");
    let worst = errors.map(|one| one.observed).fold(f64::NAN, f64::max);
    let (failed, slow, late) = (worst.is_finite(), has(Family::Latency), has(Family::Jobs));
    let mut words = Vec::new();
    if failed {
        words.push(format!(
            "Some requests failed: {} in the worst part of it.",
            rounded(worst)
        ));
    }
    if slow {
        words.push("Responses were slower than usual.".to_owned());
    }
    if late {
        words.push("Work in the background was done later than usual.".to_owned());
    }
    if silent {
        words.push("Fewer requests than usual reached us.".to_owned());
    }
    let title = match (failed, slow, late) {
        (true, true, _) => "Errors and slow responses",
        (true, false, _) => "Errors",
        (false, true, _) => "Slow responses",
        (false, false, true) => "Delays of work in the background",
        _ => "[What users notice]",
    };
    if words.is_empty() {
        words.push("[What users notice.]".to_owned());
    }
    let words = words.join(" ");
    Felt { title, words }
}

/// To a whole percent, since more digits would claim more than users care for.
fn rounded(share: f64) -> String {
    match share {
        share if share < 0.01 => "less than 1 %".to_owned(),
        share => format!("about {}", percent((share * 100.0).round() / 100.0)).replace(TIE, " "),
    }
}

fn times(snapshot: &Snapshot, concluded: &Concluded, stage: Stage) -> String {
    let windows = &concluded.measured.windows;
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return "[Since when.]".to_owned();
    };
    let day = date(first.start.at_ns, Zone::UTC);
    let before = match first.start.censor {
        Some(Censor::Left) => "or before, ",
        _ => "",
    };
    let start = at(snapshot, first.start.at_ns, first.start.at_ns);
    let several = match windows.len() {
        1 => String::new(),
        n => {
            let lengths = windows
                .iter()
                .map(|one| (one.start.at_ns, one.end.at_ns))
                .collect::<Vec<_>>();
            let sum = length(crate::durations::windows::union_length(&lengths));
            format!(" It came in {}, {sum} together.", plural(n, "part"))
        }
    };
    match (stage, last.end.censor) {
        (Stage::Resolved | Stage::Monitoring, None | Some(Censor::Unconfirmed)) => format!(
            "On {day} from {start} {before}to {}, users of our service had a problem.{several}",
            at(snapshot, last.end.at_ns, first.start.at_ns)
        ),
        _ => format!("Since {day}, {start}, {before}users of our service have a problem.{several}"),
    }
}

/// `14:34 UTC (15:34 Europe/London)`, with the day where it is not that of `from_ns`.
fn at(snapshot: &Snapshot, ns: i64, from_ns: i64) -> String {
    let clock = |zone: Zone| {
        let day = (date(ns, zone) != date(from_ns, zone)).then(|| format!("{} ", date(ns, zone)));
        format!("{}{}", day.unwrap_or_default(), clock_minute(ns, zone))
    };
    let utc = format!("{} UTC", clock(Zone::UTC));
    match zone_words(snapshot.zone) == zone_words(Zone::UTC) {
        true => utc,
        false => format!(
            "{utc} ({} {})",
            clock(snapshot.zone),
            snapshot.zone.name_at(ns)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn what_is_over_is_said_with_both_clocks() {
        insta::assert_snapshot!("status_outage", status(&fixture::outage(), false));
    }

    #[test]
    fn what_is_not_over_comes_first() {
        insta::assert_snapshot!("status_live", status(&fixture::live(), false));
    }

    #[test]
    fn no_name_of_ours_is_in_a_draft() {
        let draft = status(&fixture::outage(), false);
        for name in ["token", "lb.log", "db-slow", "session"] {
            assert!(!draft.contains(name), "{name}: {draft}");
        }
        assert!(status(&fixture::outage(), true).contains("token_auth"));
    }

    #[test]
    fn without_an_incident_there_is_nothing_to_post() {
        assert!(status(&fixture::quiet(), false).starts_with("No incident was found"));
    }
}
