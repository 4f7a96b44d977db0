//! The report as text: what one would paste into a channel.
//!
//! In: a `Snapshot` and how to lay it out. Out: lines that never pass the width, readable without
//! colour, local times in one zone that is named once. Every number names its clock or its
//! source; what is not known is `n/a` with the reason.

mod amended;
mod claims;
mod incident;
mod numbers;
mod onsets;
mod records;
mod selection;
mod sources;
mod stated;
mod timeline;

pub(super) use timeline::{PictureRow, RowKind, range as timeline_range, rows};

use super::layout::{Page, Paint};
use super::words::{Clock, amount, number, plural};
use crate::analysis::{Concluded, Selection, Snapshot};
use crate::clock::Zone;
use crate::clock::words::{clock_minute, date};
use crate::incidents::{State, how_bad};

/// How the report is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Paint with ANSI colours.
    pub colour: bool,
    /// Cells per line; fewer than 40 are taken as 40.
    pub width: usize,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            colour: false,
            width: 80,
        }
    }
}

/// The whole report, ending in a line end.
pub fn text(snapshot: &Snapshot, look: Look) -> String {
    with_selection(snapshot, None, look)
}

/// Incidents told in full: with more of them, `rfo review` says what they have in common.
const SHOWN_MAX: usize = 20;

/// The same with a range of the user's against the rest, before everything else.
pub fn with_selection(snapshot: &Snapshot, selection: Option<&Selection>, look: Look) -> String {
    let mut page = Page::new(look.width, look.colour);
    let clock = clock(snapshot);
    headline(&mut page, clock, snapshot);
    if let Some(selection) = selection {
        selection::section(&mut page, clock, selection);
    }
    let (left_out, shown) = newest(snapshot);
    for concluded in shown {
        incident::headline(&mut page, clock, snapshot, concluded);
    }
    if left_out > 0 {
        let earlier = plural(left_out, "earlier incident");
        page.item("  ", &format!("{earlier}: rfo review, or --to json"));
    }
    amended::since_saved(&mut page, clock, snapshot);
    timeline::section(&mut page, clock, snapshot);
    for concluded in shown {
        details(&mut page, clock, snapshot, concluded);
    }
    amended::notes(&mut page, clock, snapshot);
    if snapshot.incidents.is_empty() {
        claims::unjoined(&mut page, clock, snapshot);
        sources::tested(&mut page, snapshot);
    }
    sources::anomalies(&mut page, clock, snapshot);
    records::section(&mut page, clock, snapshot);
    sources::inputs(&mut page, clock, snapshot);
    sources::blind_spots(&mut page, clock, snapshot);
    page.finish()
}

/// How many incidents are left out, and the others: what is still on is among the newest.
fn newest(snapshot: &Snapshot) -> (usize, &[Concluded]) {
    let left_out = snapshot.incidents.len().saturating_sub(SHOWN_MAX);
    (left_out, &snapshot.incidents[left_out..])
}

/// What was read and what was found, without the details.
pub(super) fn heads(page: &mut Page, snapshot: &Snapshot) {
    let clock = clock(snapshot);
    headline(page, clock, snapshot);
    for concluded in &snapshot.incidents {
        incident::headline(page, clock, snapshot, concluded);
    }
}

/// The rows of the picture, names changed before they are cut to fit; none where nothing has a
/// place in time.
pub(super) fn picture(
    snapshot: &Snapshot,
    width: usize,
    rename: &mut dyn FnMut(&str) -> String,
) -> Vec<PictureRow> {
    rows(clock(snapshot), snapshot, width, rename)
}

fn headline(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    let ongoing = snapshot
        .incidents
        .iter()
        .filter(|one| is_on(one.incident.state))
        .count();
    let open = snapshot
        .incidents
        .iter()
        .filter(|one| one.incident.state == State::NoData && how_bad::is_told(&one.incident))
        .count();
    let n = snapshot.incidents.len();
    let (paint, state) = match (n, ongoing) {
        (0, _) if snapshot.range.is_none() => (Paint::Yellow, "no log was read".to_owned()),
        (0, _) => (Paint::Green, "no incident found".to_owned()),
        (n, 0) => (Paint::Bold, plural(n, "incident")),
        (n, on) if on == open => (
            Paint::Yellow,
            match n == on {
                true => format!("{}, no end on record", plural(n, "incident")),
                false => format!("{}, no end on record of {on}", plural(n, "incident")),
            },
        ),
        (n, on) if n == on => (Paint::Red, format!("{}, not over", plural(n, "incident"))),
        (n, on) => (
            Paint::Red,
            format!("{}, {on} not over", plural(n, "incident")),
        ),
    };
    page.painted(paint, &format!("{}: {state}", snapshot.title));
    let events = snapshot
        .inputs
        .iter()
        .map(|input| input.events)
        .sum::<u64>() as usize;
    let read = format!(
        "{} of {}",
        plural(events, "event"),
        plural(snapshot.inputs.len(), "source")
    );
    let bucket = snapshot
        .grid
        .map(|grid| format!(", buckets of {}", amount(grid.width.as_s(), "s")));
    match snapshot.inputs.is_empty() {
        true => page.item("", &span(clock, snapshot)),
        false => {
            let words = format!(
                "{}; {read}{}",
                span(clock, snapshot),
                bucket.unwrap_or_default()
            );
            page.item("", &words);
        }
    }
    if let Some(filter) = &snapshot.filter {
        let words = format!(
            "only what matches -w {}: {} of {}; all that follows is of these",
            filter.text,
            number(filter.events as f64),
            plural(filter.of as usize, "event")
        );
        page.item("", &words);
    }
    if !snapshot.progress.finished {
        page.painted(
            Paint::Yellow,
            "still reading: what follows is of the events so far",
        );
    }
}

/// `22 Jul 2015 15:20-17:40 BST`, or what stands in for it.
pub(super) fn span(clock: Clock, snapshot: &Snapshot) -> String {
    let Some((from, to)) = snapshot.range.or_else(|| told(snapshot)) else {
        return format!(
            "no instant is known; local times in {}",
            zone_name(clock.zone, 0, 0)
        );
    };
    let (day, last_day) = (date(from, clock.zone), date(to, clock.zone));
    let (start, end) = (clock_minute(from, clock.zone), clock_minute(to, clock.zone));
    let zone = zone_name(clock.zone, from, to);
    match day == last_day {
        true => format!("{day} {start}-{end} {zone}"),
        false => format!("{day} {start} to {last_day} {end} {zone}"),
    }
}

fn zone_name(zone: Zone, from_ns: i64, to_ns: i64) -> String {
    let (name, later) = (zone.name_at(from_ns), zone.name_at(to_ns));
    if name == later {
        name
    } else {
        format!("{name}, then {later}")
    }
}

/// First and last instant that people's records name.
fn told(snapshot: &Snapshot) -> Option<(i64, i64)> {
    let recorded = snapshot
        .records
        .iter()
        .flat_map(|record| &record.milestones);
    let joined = snapshot
        .incidents
        .iter()
        .flat_map(|one| &one.incident.milestones);
    let claimed = recorded.chain(joined).map(|milestone| milestone.when.at_ns);
    let changes = snapshot
        .records
        .iter()
        .flat_map(|record| &record.changes)
        .map(|change| change.when.at_ns);
    let instants = || claimed.clone().chain(changes.clone());
    instants().min().zip(instants().max())
}

fn clock(snapshot: &Snapshot) -> Clock {
    clock_in(snapshot, snapshot.zone)
}

/// The clock of a zone, with days where the report spans several of them.
pub(super) fn clock_in(snapshot: &Snapshot, zone: Zone) -> Clock {
    let ends = [snapshot.range, told(snapshot)]
        .into_iter()
        .flatten()
        .flat_map(|(from, to)| [from, to]);
    let mut days = ends.map(|ns| zone.local(ns).date());
    let first = days.next();
    Clock {
        zone,
        days: days.any(|day| Some(day) != first),
    }
}

fn details(page: &mut Page, clock: Clock, snapshot: &Snapshot, concluded: &Concluded) {
    let incident = &concluded.incident;
    if snapshot.incidents.len() > 1 {
        page.heading(&format!("{} in detail: {}", incident.id, incident.title));
    }
    incident::climbs(page, clock, &incident.explanation);
    incident::contributors(page, clock, incident);
    incident::causes(page, clock, incident);
    numbers::windows(page, clock, snapshot, concluded);
    numbers::durations(page, clock, &concluded.measured);
    amended::section(page, clock, concluded);
    numbers::detection_gap(page, clock, snapshot, concluded);
    claims::mitigations(page, clock, incident);
    claims::people(page, clock, incident, snapshot.range.is_none());
    claims::premature(page, clock, concluded);
    claims::conflicts(page, clock, &concluded.measured);
    incident::signals(page, clock, snapshot, incident);
    onsets::section(page, clock, incident);
    incident::checks(page, incident);
}

fn is_on(state: State) -> bool {
    !matches!(state, State::Restored)
}

fn paint_of(state: State) -> Paint {
    match state {
        State::Ongoing | State::Relapsed => Paint::Red,
        State::Recovering | State::NoData => Paint::Yellow,
        State::Restored => Paint::Green,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    fn check_width(snapshot: &Snapshot, width: usize) {
        let report = text(
            snapshot,
            Look {
                colour: false,
                width,
            },
        );
        for line in report.lines() {
            assert!(
                line.width() <= width.max(40),
                "{} cells: {line:?}",
                line.width()
            );
            assert!(!line.chars().any(char::is_control), "{line:?}");
            assert_eq!(line.trim_end(), line);
        }
    }

    #[test]
    fn of_many_incidents_the_newest_are_told_and_the_others_counted() {
        let mut snapshot = fixture::outage();
        let one = snapshot.incidents[0].clone();
        let numbered = |i: usize| {
            let mut concluded = one.clone();
            concluded.incident.id = format!("i{i}");
            concluded
        };
        snapshot.incidents = (1..=SHOWN_MAX + 2).map(numbered).collect();
        let look = Look {
            colour: false,
            width: 80,
        };
        let report = text(&snapshot, look);
        assert!(
            report.contains("2 earlier incidents: rfo review"),
            "{report}"
        );
        assert!(report.contains("i22 in detail") && !report.contains("i2 in detail"));
    }

    /// An outage in which all text comes from someone who means harm.
    fn hostile(text: &str) -> Snapshot {
        let mut snapshot = fixture::outage();
        snapshot.records = fixture::posts_alone().records;
        snapshot.title = text.to_owned();
        for input in &mut snapshot.inputs {
            input.path = text.to_owned();
            input.format = text.to_owned();
            input.zone = text.to_owned();
            input.error = Some(text.to_owned());
        }
        for anomaly in &mut snapshot.anomalies {
            anomaly.signal.name = text.to_owned();
            anomaly.signal.unit = text.to_owned();
        }
        for series in &mut snapshot.series {
            series.signal.name = text.to_owned();
            series.signal.unit = text.to_owned();
        }
        for record in &mut snapshot.records {
            record.path = text.to_owned();
            record
                .defects
                .iter_mut()
                .for_each(|defect| defect.literal = text.to_owned());
        }
        let incident = &mut snapshot.incidents[0].incident;
        incident.title = text.to_owned();
        incident.contributors[0].dimensions[0].1 = text.to_owned();
        incident.causes[0].title = text.to_owned();
        incident.checks[0].signal = text.to_owned();
        incident.explanation.sentence = text.to_owned();
        incident
            .milestones
            .iter_mut()
            .for_each(|milestone| milestone.note = text.to_owned());
        snapshot.blind_spots[0].what = text.to_owned();
        snapshot
    }

    #[test]
    fn an_outage_reads_like_a_message_to_a_channel() {
        insta::assert_snapshot!("text_outage", text(&fixture::outage(), Look::default()));
    }

    #[test]
    fn a_quiet_day_says_what_was_tested() {
        insta::assert_snapshot!("text_quiet", text(&fixture::quiet(), Look::default()));
    }

    #[test]
    fn posts_alone_give_claims_durations_and_their_own_mistakes() {
        insta::assert_snapshot!(
            "text_posts_alone",
            text(&fixture::posts_alone(), Look::default())
        );
    }

    #[test]
    fn a_live_outage_says_that_it_is_not_over() {
        insta::assert_snapshot!("text_live", text(&fixture::live(), Look::default()));
    }

    #[test]
    fn the_word_for_the_windows_is_that_of_their_kinds() {
        use crate::incidents::WindowKind;
        let mut incident = fixture::outage().incidents[0].incident.clone();
        let mut all = |kind: WindowKind| {
            incident.windows.iter_mut().for_each(|one| one.kind = kind);
            (how_bad::word(&incident), how_bad::down_words(&incident))
        };
        assert_eq!(all(WindowKind::Down), ("down", None));
        assert_eq!(all(WindowKind::Degraded), ("degraded", None));
        incident.windows[0].kind = WindowKind::Down;
        assert_eq!(how_bad::word(&incident), "impact");
        assert!(how_bad::down_words(&incident).is_some());
        for window in &mut incident.windows {
            window.anomalies.clear();
        }
        assert_eq!(how_bad::word(&incident), "impact");
        assert_eq!(how_bad::down_words(&incident), None);
    }

    #[test]
    fn what_came_before_is_never_called_the_cause() {
        let report = text(&fixture::live(), Look::default());
        assert!(report.contains("preceded by") && !report.contains("caused by"));
    }

    #[test]
    fn nothing_at_all_is_said_plainly() {
        let report = text(&fixture::nothing(), Look::default());
        assert!(
            report.starts_with("(nothing): no log was read\n"),
            "{report}"
        );
    }

    #[test]
    fn colour_adds_codes_and_changes_no_word() {
        let plain = text(&fixture::live(), Look::default());
        let painted = text(
            &fixture::live(),
            Look {
                colour: true,
                width: 80,
            },
        );
        let codes = regex::Regex::new("\u{1b}\\[[0-9;]*m").expect("a valid pattern");
        assert!(painted.contains("\u{1b}[1;31m"));
        assert_eq!(codes.replace_all(&painted, ""), plain);
    }

    #[test]
    fn no_report_is_wider_than_asked() {
        for width in [0, 40, 61, 80, 132, 400] {
            check_width(&fixture::outage(), width);
            check_width(&fixture::live(), width);
            check_width(&fixture::quiet(), width);
            check_width(&fixture::posts_alone(), width);
            check_width(&fixture::nothing(), width);
        }
    }

    #[test]
    fn hostile_text_stays_text_and_fits() {
        check_width(
            &hostile("\u{1b}[2J\u{1b}]0;gone\u{7}\r\n\u{9b}31m\u{202e}x"),
            80,
        );
        check_width(&hostile(&"very-long-name-".repeat(200)), 80);
        check_width(&hostile(&"\u{65e5}\u{672c} \u{8a9e}".repeat(100)), 80);
        check_width(
            &hostile(&"\u{301}\u{fe0f}\u{1f468}\u{200d}\u{1f469}".repeat(60)),
            80,
        );
    }

    #[test]
    fn what_is_not_a_number_is_never_printed() {
        let mut snapshot = fixture::outage();
        for anomaly in &mut snapshot.anomalies {
            (anomaly.observed, anomaly.expected, anomaly.p_value) =
                (f64::NAN, f64::INFINITY, f64::NAN);
        }
        let incident = &mut snapshot.incidents[0].incident;
        incident.contributors[0].share_of_excess = f64::NAN;
        incident.contributors[0].risk_ratio = f64::NAN;
        incident.contributors[0].counterfactual.without = f64::NAN;
        incident.impact.excess_seconds = Some(f64::NAN);
        incident.causes[0].score = f64::NAN;
        incident.causes[0].lead_s = f64::NAN;
        incident.checks[0].observed = f64::NEG_INFINITY;
        let report = text(&snapshot, Look::default());
        assert!(
            !report.contains("NaN") && !report.contains("inf "),
            "{report}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_fits_any_width(foreign: String, width in 40usize..160) {
            check_width(&hostile(&foreign), width);
        }
    }
}
