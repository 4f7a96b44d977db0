//! Alerts whose notification failed: that a monitor fired does not mean that anyone heard.
//!
//! In: claims and the records' notes. Out: the claims, with what became of their notification.

use crate::clock::NS_PER_MIN;
use crate::records::{Milestone, MilestoneKind, Note, Record};

/// A failed notification belongs to the alert that fired at most this long before it.
const RETRIED_NS: i64 = 30 * NS_PER_MIN;
/// How records say that a notification failed.
const UNDELIVERED: &str = "not delivered";

/// Adds to each alert the first note within half an hour that says that its notification was
/// not delivered.
pub fn say_undelivered(claims: &mut [Milestone], records: &[Record]) {
    let failed: Vec<(i64, &Note)> = records
        .iter()
        .flat_map(|record| &record.notes)
        .filter(|note| note.text.contains(UNDELIVERED))
        .filter_map(|note| Some((note.when?.at_ns, note)))
        .collect();
    for alert in claims
        .iter_mut()
        .filter(|claim| claim.kind == MilestoneKind::AlertFired)
    {
        let fired_ns = alert.when.at_ns;
        let mine = failed
            .iter()
            .filter(|(at_ns, _)| (0..=RETRIED_NS).contains(&(at_ns - fired_ns)));
        if let Some((_, note)) = mine.min_by_key(|(at_ns, _)| *at_ns) {
            alert.note = match alert.note.as_str() {
                "" => note.text.clone(),
                own => format!("{own} ({})", note.text),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::When;
    use crate::events::Evidence;
    use crate::records::{ClaimSource, Context, read};

    fn check(failed_at: &str, expected: &str) {
        let line = format!(
            r#"{{"ts":"{failed_at}","caller":"dispatch.go:309","level":"error","component":"dispatcher","msg":"Notify for alerts failed","num_alerts":1,"err":"pager: gone"}}"#
        );
        let record = read("a.json", line.as_bytes(), &Context::default());
        let evidence = vec![Evidence::Line {
            path: "x".into(),
            line: 1,
            offset: 0,
        }];
        let at = When::exact(0);
        let mut claims = [Milestone::new(
            MilestoneKind::AlertFired,
            at,
            ClaimSource::Pager,
            evidence,
        )];
        say_undelivered(&mut claims, &[record]);
        assert_eq!(claims[0].note, expected, "{failed_at}");
    }

    #[test]
    fn an_alert_whose_notification_failed_soon_after_says_so() {
        check(
            "1970-01-01T00:10:00Z",
            "notification not delivered: pager: gone",
        );
        check("1970-01-01T00:40:00Z", "");
        check("1969-12-31T23:59:00Z", "");
    }
}
