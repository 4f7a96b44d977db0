//! Who noticed an incident first, from what a record says of its source.

use super::NoticedBy;

/// From the words of a first post. `None` where they do not say: "reports" may be anyone's.
pub(super) fn in_words(text: &str) -> Option<NoticedBy> {
    let lower = text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&[
        "our monitoring",
        "monitoring alert",
        "monitoring detected",
        "monitoring showed",
        "automated alert",
        "our monitors",
        "alerted by",
    ]) {
        Some(NoticedBy::Monitor)
    } else if has(&[
        "customers report",
        "customers have reported",
        "customer report",
        "customer reports",
        "reported by customers",
        "reports from customers",
        "users report",
        "users have reported",
        "user reports",
        "reported by users",
        "reports from users",
    ]) {
        Some(NoticedBy::Customer)
    } else {
        None
    }
}

/// From the name of the tool or place where an incident was created. `None` for what is neither
/// a monitor nor a place where people write.
pub(super) fn by_source(name: &str) -> Option<NoticedBy> {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["support", "customer", "zendesk", "intercom"]) {
        Some(NoticedBy::Customer)
    } else if has(&[
        "alert",
        "pagerduty",
        "opsgenie",
        "victorops",
        "datadog",
        "sentry",
        "grafana",
        "prometheus",
        "nagios",
        "zabbix",
        "cloudwatch",
        "newrelic",
        "pingdom",
        "monitor",
    ]) {
        Some(NoticedBy::Monitor)
    } else if lower.contains('@') || lower.split(|c: char| !c.is_alphanumeric()).any(is_place) {
        Some(NoticedBy::Human)
    } else {
        None
    }
}

/// Where people create incidents by hand.
fn is_place(word: &str) -> bool {
    [
        "slack", "web", "website", "teams", "manual", "mobile", "user",
    ]
    .contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_sources_say_who_noticed_or_nothing() {
        let words = [
            "Our monitoring caught it",
            "Customers reported slow pages",
            "There are reports of errors",
        ];
        let found = words.map(in_words);
        assert_eq!(
            found,
            [Some(NoticedBy::Monitor), Some(NoticedBy::Customer), None]
        );
        let sources = [
            "PagerDuty",
            "slack",
            "ada@example.org",
            "webhook",
            "Zendesk",
        ];
        let found = sources.map(by_source);
        let human = Some(NoticedBy::Human);
        assert_eq!(
            found,
            [
                Some(NoticedBy::Monitor),
                human,
                human,
                None,
                Some(NoticedBy::Customer)
            ]
        );
    }
}
