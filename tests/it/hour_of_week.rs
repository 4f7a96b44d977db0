//! What the same hours of other weeks tell: of requests whether more came, of slow queries nothing,
//! for more of them are slower ones as well as more work.

use rfo::clock::words::rfc3339;
use rfo::incidents::Verdict;

use crate::made;

const MINUTE_S: i64 = 60;
const WEEK_S: i64 = 7 * 24 * 60 * MINUTE_S;
/// A Monday, 5 February 2024.
const START_S: i64 = 1_707_091_200;
/// Twenty minutes of the third of four weeks.
const TROUBLE: std::ops::Range<i64> = 2 * WEEK_S + 36_000..2 * WEEK_S + 37_200;

/// When something was logged over four weeks, and for how long it took: every five minutes a second,
/// in the trouble every three seconds five.
fn all() -> impl Iterator<Item = (i64, i64)> {
    (0..4 * WEEK_S).filter_map(|second| {
        let is_trouble = TROUBLE.contains(&second);
        let every = if is_trouble { 3 } else { 5 * MINUTE_S };
        (second % every == 0).then_some((START_S + second, if is_trouble { 5 } else { 1 }))
    })
}

/// The verdict on a log whose entries are written so.
fn verdict(name: &str, entry: fn(&str, i64, i64) -> String) -> Verdict {
    let entries = all().map(|(at_s, took_s)| entry(&rfc3339(at_s * 1_000_000_000), at_s, took_s));
    let log: String = entries.collect();
    let folder = made::folder(&[(name.to_owned(), log.into_bytes())]);
    let snapshot = made::analysed(&[folder.path().join(name)], |_| {});
    assert_eq!(snapshot.incidents.len(), 1);
    snapshot.incidents[0].incident.explanation.verdict
}

#[test]
fn more_requests_than_in_other_weeks_are_load_and_more_slow_queries_are_not() {
    let request = |at: &str, _, took_s| {
        format!(
            "{{\"time\":\"{at}\",\"level\":\"info\",\"method\":\"GET\",\"path\":\"/pay\",\"status\":200,\"duration_ms\":{took_s}000}}\n"
        )
    };
    assert_eq!(verdict("app.json", request), Verdict::Load);
    let query = |at: &str, at_s, took_s| {
        format!(
            "# Time: {at}\n# User@Host: web[web] @ app-7 [10.6.0.7]  Id: 9\n# Query_time: {took_s}.2  Lock_time: 0.0 Rows_sent: 2  Rows_examined: 18\nSET timestamp={at_s};\nSELECT id FROM visits WHERE doctor = 7;\n"
        )
    };
    assert_ne!(verdict("slow.log", query), Verdict::Load);
}
