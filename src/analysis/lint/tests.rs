//! Whole records of our own, in the layouts that people use, and what is found in them.

use super::*;
use crate::clock::Zone;
use crate::records::{Context, read};
use proptest::prelude::*;

fn record(path: &str, text: &str) -> Record {
    let context = Context {
        zone: Some(Zone::UTC),
        range_ns: None,
        written_ns: None,
    };
    read(path, text.as_bytes(), &context)
}

/// Each stated length as `literal: verdict, reading`.
fn check(text: &str, expected: &[&str]) {
    let record = record("review.md", text);
    let shown: Vec<String> = lint(&record).checked.iter().map(shown).collect();
    assert_eq!(shown, expected, "{text}");
}

fn shown(one: &Checked) -> String {
    let reading = match (&one.reading, one.verdict) {
        (Some(way), _) => {
            let slips = way.slips.join(" and ");
            let lines = (way.from.line, way.to.line);
            format!(
                "{}-{}, {} {slips}",
                lines.0,
                lines.1,
                clock_words(way.clock)
            )
        }
        (None, _) => one.remark.clone(),
    };
    let verdict = one.verdict.words();
    format!("{}: {verdict}: {}", one.stated.literal, reading.trim())
}

/// A review in the layout of a list of key events.
fn review(events: &[&str], stated: &[&str]) -> String {
    let events: Vec<String> = events.iter().map(|one| format!("  - {one}\n")).collect();
    let stated: Vec<String> = stated.iter().map(|one| format!("- **{one}\n")).collect();
    format!(
        "# Incident on 2021-03-03 - Checkout down\n\n- **Key events**\n{}\n{}",
        events.concat(),
        stated.concat()
    )
}

const EVENTS: [&str; 4] = [
    "Fault occurs 2021-03-03 09:20",
    "Incident declared 2021-03-03 09:31",
    "Repaired 2021-03-03 10:05",
    "Resolved 2021-03-03 11:00",
];

#[test]
fn a_length_follows_from_the_events_of_its_label() {
    check(
        &review(
            &EVENTS,
            &["Time to repair**: 0h 45m", "Time to resolve**: 1h 40m"],
        ),
        &[
            "0h 45m: reproducible: 4-6, wall clock",
            "1h 40m: reproducible: 4-7, wall clock",
        ],
    );
    check(
        &review(&EVENTS, &["Time to resolve**: 2h"]),
        &["2h: reproducible: 4-7, wall clock"],
    );
    check(
        &review(&EVENTS, &["Time to resolve**: about 100 minutes"]),
        &["100 minutes: reproducible: 4-7, wall clock"],
    );
}

#[test]
fn another_start_is_named() {
    check(
        &review(&EVENTS, &["Time to resolve**: 1h 29m"]),
        &["1h 29m: reproducible by another reading: 5-7, wall clock"],
    );
}

#[test]
fn working_hours_are_tried_and_named() {
    let night = ["Fault occurs 2021-03-03 15:10", "Resolved 2021-03-04 11:40"];
    check(
        &review(&night, &["Time to resolve**: 4h 30m"]),
        &["4h 30m: reproducible by another reading: 4-5, working hours 09:00-17:00 Mon-Fri"],
    );
    check(
        &review(
            &night,
            &["Time to resolve**: 5h (during support hours 08:30-17:00)"],
        ),
        &["5h: reproducible: 4-5, working hours 08:30-17:00 Mon-Fri"],
    );
    check(
        &review(
            &night,
            &["Time to resolve**: 7h (during support hours 08:30-17:00)"],
        ),
        &["7h: not reproducible: 2 h less than stated"],
    );
}

#[test]
fn hours_that_nobody_stated_need_two_lengths_that_fit() {
    let week = [
        "First detected 2021-03-01 10:10",
        "Repaired 2021-03-03 09:40",
        "Resolved 2021-03-03 14:25",
    ];
    // 9:00 to 16:30: 6 h 20, a day of 7 h 30, then 40 min or 5 h 25.
    let both = ["Time to repair**: 14h 30m", "Time to resolve**: 19h 15m"];
    check(
        &review(&week, &both),
        &[
            "14h 30m: reproducible by another reading: 4-5, working hours 09:00-16:30 Mon-Fri",
            "19h 15m: reproducible by another reading: 4-6, working hours 09:00-16:30 Mon-Fri",
        ],
    );
    check(
        &review(&week, &both[..1]),
        &["14h 30m: not reproducible: 33 h more than stated"],
    );
}

#[test]
fn one_slip_is_repaired_and_named() {
    let noon = [
        "Fault occurs 2021-03-03 00:05",
        "Repaired 2021-03-03 12:40",
        "Resolved 2021-03-03 13:20",
    ];
    check(
        &review(
            &noon,
            &["Time to repair**: 0h 35m", "Time to resolve**: 1h 15m"],
        ),
        &[
            "0h 35m: reproducible with a slip: 4-5, wall clock \"Fault occurs\" (line 4) was 12 h later (am/pm)",
            "1h 15m: reproducible with a slip: 4-6, wall clock \"Fault occurs\" (line 4) was 12 h later (am/pm)",
        ],
    );
    // The reader mends the year, and says so.
    let year = ["Fault occurs 2021-03-03 09:20", "Resolved 2020-03-03 11:00"];
    check(
        &review(&year, &["Time to resolve**: 1h 40m"]),
        &["1h 40m: reproducible: 4-5, wall clock"],
    );
}

#[test]
fn what_no_reading_gives_says_how_far_it_is_off() {
    check(
        &review(&EVENTS, &["Time to resolve**: 1h 34m"]),
        &[
            "1h 34m: not reproducible: nearest: 1 h 29 min from \"Incident declared\" (09:31, line 5) to \"Resolved\" (11:00, line 7), wall clock, 5 min less",
        ],
    );
}

#[test]
fn what_cannot_be_checked_says_why() {
    check(
        &review(&EVENTS, &["Time to detect**: 5m", "Time to repair**: n/a"]),
        &[
            "5m: not reproducible: 6 min more than stated",
            "n/a: not checkable: it gives no number",
        ],
    );
    check(
        &review(&EVENTS[..2], &["Time to repair**: 2h 5m"]),
        &["2h 5m: not checkable: the timeline does not have the repair"],
    );
    check(
        &review(
            &EVENTS,
            &["Follow-up**: the alert should fire after 2 minutes"],
        ),
        &[
            "2 minutes: not checkable: it does not say between which events, or speaks of something else",
        ],
    );
}

#[test]
fn outages_and_their_sum_are_checked_one_by_one() {
    let text = "# Outages of 2021-03-03\n\n\
        10:00 - The outage begins.\n10:10 - Service is restored.\n\
        10:40 - The problem has reoccurred.\n11:05 - Service is restored.\n\n\
        There were two outages of 10 and 20 minutes, 35 minutes in total.\n";
    let record = record("page.txt", text);
    let shown: Vec<String> = lint(&record).checked.iter().map(shown).collect();
    assert_eq!(
        shown,
        [
            "10: reproducible: 3-4, wall clock",
            "20 minutes: not reproducible: nearest: 25 min from \"The problem has reoccurred\" (10:40, line 5) to \"Service is restored\" (11:05, line 6), wall clock, 5 min more",
            "35 minutes: not reproducible: the parts named beside it add up to 30 min",
        ]
    );
}

/// Each finding as `line kind: what`.
fn found(record: &Record) -> Vec<String> {
    let all = lint(record).findings;
    let one = |one: &Finding| {
        format!(
            "{} {:?}: {} -> {}",
            one.line, one.kind, one.what, one.reading
        )
    };
    all.iter().map(one).collect()
}

#[test]
fn orders_that_cannot_be_are_found_in_any_record() {
    let csv = "incident_id,kind,time,tz,source,note\n\
        7,impact_start,2021-03-02T10:00:00Z,,human,\n\
        7,restored,2021-03-01T11:30:00Z,,human,\n\
        8,alert_fired,2021-03-03T10:00:00Z,,pager,\n\
        8,acknowledged,2021-03-03T09:00:00Z,,pager,\n";
    assert_eq!(
        found(&record("own.csv", csv)),
        [
            "3 Order: over before it began: \"restored\" (2021-03-01 11:30, line 3) is 22 h 30 min before \"impact_start\" (2021-03-02 10:00, line 2) -> \"restored\" (line 3) a day later (wrong day), or \"impact_start\" (line 2) a day earlier (wrong day)",
            "5 Order: acknowledged before the alert: \"acknowledged\" (2021-03-03 09:00, line 5) is 1 h before \"alert_fired\" (10:00, line 4) -> \"acknowledged\" (line 5) 12 h later (am/pm), or \"alert_fired\" (line 4) 12 h earlier (am/pm)",
        ]
    );
}

#[test]
fn an_alert_may_warn_before_it_hurts_and_others_may_not() {
    let csv = |kind: &str, source: &str| {
        format!(
            "incident_id,kind,time,tz,source,note\n\
             7,impact_start,2021-03-02T10:00:00Z,,human,\n\
             7,{kind},2021-03-02T09:30:00Z,,{source},\n"
        )
    };
    assert_eq!(
        found(&record("own.csv", &csv("alert_fired", "pager"))).len(),
        0
    );
    assert_eq!(
        found(&record("own.csv", &csv("detected", "pager"))).len(),
        0
    );
    let human = found(&record("own.csv", &csv("detected", "human")));
    assert!(human[0].contains("detected before it began"), "{human:?}");
}

#[test]
fn dates_are_held_against_the_record_s_own() {
    let other_day = review(&["Fault occurs 2021-05-20 09:20"], &[]);
    assert_eq!(
        found(&record("review.md", &other_day)),
        [
            "0 Date: the record's own date, but nothing happens on it; the nearest is 2021-05-20 (line 4) -> "
        ]
    );
    let other_name = found(&record("2021-03-04-checkout.md", &review(&EVENTS, &[])));
    assert_eq!(other_name, ["0 Date: the file's name says 2021-03-04 -> "]);
}

#[test]
fn two_times_for_one_milestone_and_a_line_out_of_order_are_found() {
    let events = [
        "Fault occurs 2021-03-03 09:20",
        "Repaired 2021-03-03 10:05",
        "Incident declared 2021-03-03 09:31",
        "Resolved 2021-03-03 11:00",
    ];
    let text = review(&events, &[]) + "\n- 2021-03-03 13:10 Incident resolved\n";
    assert_eq!(
        found(&record("review.md", &text)),
        [
            "6 Sequence: stands below 2021-03-03 10:05 (line 5), out of the order of its list -> ",
            "10 Conflict: \"Incident resolved\" (2021-03-03 13:10, line 10) against \"Resolved\" (2021-03-03 11:00, line 7): 2 h 10 min apart -> ",
        ]
    );
}

#[test]
fn a_sound_record_has_no_finding() {
    let linted = lint(&record(
        "review.md",
        &review(&EVENTS, &["Time to resolve**: 1h 40m"]),
    ));
    assert_eq!(linted.findings_total(), 0, "{linted:?}");
}

proptest! {
    #[test]
    fn any_text_is_safe_and_every_length_has_a_verdict(
        text: String,
        told in "(Time to (repair|detect|resolve)\\*\\*: |lasted |[0-9]{1,3}h|[0-9]{1,2}m| minutes|n/a|2021-0[1-9]-0[1-9] [0-2][0-9]:[0-5][0-9]|Resolved |Fault occurs |Repaired |Incident declared | - |\n|support hours 10-17|[.] |é){0,60}",
    ) {
        for text in [text, told] {
            let record = record("review.md", &text);
            let linted = lint(&record);
            prop_assert_eq!(linted.checked.len(), record.stated.durations.len());
            for one in &linted.checked {
                let explained = one.reading.is_some() || !one.remark.is_empty();
                prop_assert!(explained, "{:?}", one);
            }
        }
    }
}
