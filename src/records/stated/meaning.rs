//! What a length of time is said to be the length of, from the words around it.

use std::sync::LazyLock;

use regex::Regex;

use super::Meaning;
use Meaning::{
    Acknowledge, Detect, Identify, Mitigate, Outage, Repair, Resolve, Respond, Total, Unnamed,
};

/// Words further away than this, bytes, do not name it.
const REACH: usize = 60;

struct Rule {
    meaning: Meaning,
    pattern: Regex,
}

/// Before it; the nearest one counts.
const BEFORE: &[(Meaning, &str)] = &[
    (
        Detect,
        r"time[ -]to[ -](?:detect\w*|notice|discover\w*)|\b(?:detection time|m?ttd)\b|\b(?:detected|noticed|discovered|spotted) (?:it |this )?(?:only )?(?:after|within|in)\b",
    ),
    (
        Acknowledge,
        r"time[ -]to[ -]ack\w*|\bm?tta\b|\backnowledged (?:it )?(?:after|within|in)\b",
    ),
    (
        Respond,
        r"time[ -]to[ -](?:respond|response|engage\w*|triage)\b|\bresponded (?:after|within|in)\b",
    ),
    (
        Identify,
        r"time[ -]to[ -](?:identif\w+|diagnos\w+|root[ -]cause)|\bm?tti\b|\bidentified (?:it |the cause )?(?:after|within|in)\b",
    ),
    (
        Mitigate,
        r"time[ -]to[ -](?:mitigat\w+|contain\w*)|\bm?ttm\b|\bmitigated (?:after|within|in)\b",
    ),
    (
        Repair,
        r"time[ -]to[ -](?:repair|fix|recover\w*|restor\w+)|\bm?ttr\b|\b(?:repair|recovery|restoration) time\b|\b(?:repaired|fixed|restored|recovered) (?:after|within|in)\b",
    ),
    (
        Resolve,
        r"time[ -]to[ -](?:resol\w+|clos\w+)|\bresolution time\b|\bresolved (?:after|within|in)\b",
    ),
    (
        Total,
        r"\btotal(?:l?ed|ling)?(?: (?:down[ -]?time|outage|impact|duration|length|time|incident))*(?: of| was| is|:)?|\bin total\b|\baltogether\b|\boverall\b",
    ),
    (
        Outage,
        r"\bdown[ -]?time\b|\boutages?\b|\blast(?:ed|ing|s)?\b|\bduration\b|\b(?:down|unavailable|interrupted|disrupted|degraded|offline|unreachable|affected|impacted|broken|slow|failing|frozen|unresponsive) for\b|\b(?:impact|interruption|disruption|incident|degradation|unavailability) (?:of|was|for|time|length)\b",
    ),
];

/// After it, at once.
const AFTER: &[(Meaning, &str)] = &[
    (
        Detect,
        r"^\s+(?:for us |for the team )?to (?:detect|notice|discover|realise|realize)\b",
    ),
    (Acknowledge, r"^\s+to acknowledge\b"),
    (
        Respond,
        r"^\s+to (?:respond|engage|react|start investigating)\b",
    ),
    (
        Identify,
        r"^\s+to (?:identify|diagnose|find|locate|pinpoint|determine)\b",
    ),
    (Mitigate, r"^\s+to (?:mitigate|contain)\b"),
    (
        Repair,
        r"^\s+to (?:repair|fix|recover|restore|roll back|bring)\b",
    ),
    (Resolve, r"^\s+to (?:resolve|close)\b"),
    (
        Total,
        r"^\s*,?\s+(?:in total|altogether|overall|all in all|of total down[ -]?time)\b",
    ),
    (
        Outage,
        r"^[\s-]+(?:of )?(?:partial |full |complete |total )?(?:down[ -]?time|outage|interruption|disruption|unavailability|degradation|impact)\b",
    ),
];

/// It is no statement about what happened.
const ELSEWHERE: &str = r"\b(?:expect\w*|estimat\w+|eta|should|will|would|could|can|normally|usually|typically|timeout|time-out|interval|every|per|slo|sla|target|goal|limit|threshold|retention|ttl|remind\w*|reported every|next|previous|last|within the|alert(?:s|ed)? (?:after|if|when)|if|when|wait|sleep|retry|retries|cron|schedul\w+)\b";

/// What happened in the meantime, for a bare `for 2 hours`.
const IMPACT: &str = r"\b(?:down|unavailable|interrupt\w*|disrupt\w*|degrad\w*|offline|unreachable|slow\w*|fail\w*|errors?|frozen|unable|could not|lost|outage|impact\w*|affect\w*|no longer|without service|stopped)\b";

static RULES: LazyLock<(Vec<Rule>, Vec<Rule>)> = LazyLock::new(|| {
    let all = |rules: &[(Meaning, &str)]| {
        let rule = |&(meaning, text): &(Meaning, &str)| Rule {
            meaning,
            pattern: constant(text),
        };
        rules.iter().map(rule).collect()
    };
    (all(BEFORE), all(AFTER))
});
static ELSE: LazyLock<Regex> = LazyLock::new(|| constant(ELSEWHERE));
static HIT: LazyLock<Regex> = LazyLock::new(|| constant(IMPACT));
static FOR: LazyLock<Regex> = LazyLock::new(|| {
    constant(
        r"\bfor (?:a )?(?:about|around|approximately|roughly|nearly|almost|over|more than|at least|some|another|the next|up to|just under|just over)?\s*$",
    )
});

fn constant(text: &str) -> Regex {
    Regex::new(&format!("(?i){text}")).expect("the patterns are constant and tested")
}

/// What a length of time means between the words before and after it in its sentence, and the
/// words that say so, as a range of `before`.
pub(super) fn meaning(before: &str, after: &str) -> (Meaning, std::ops::Range<usize>) {
    let (rules_before, rules_after) = &*RULES;
    let from = near(before);
    let head = &before[from..];
    let behind = rules_after
        .iter()
        .find(|rule| rule.pattern.is_match(after))
        .map(|rule| rule.meaning);
    let nearest = rules_before
        .iter()
        .filter_map(|rule| Some((rule.pattern.find_iter(head).last()?, rule.meaning)))
        .max_by_key(|(found, _)| (found.end(), found.len()));
    let named = nearest.map(|(found, _)| from + found.start()..from + found.end());
    let label = named.clone().unwrap_or(0..0);
    // A label is a statement whatever else the line says; a sentence may speak of the future.
    let is_label = named
        .as_ref()
        .is_some_and(|range| is_assigned(&before[range.end..]));
    if !is_label && ELSE.is_match(head) {
        return (Unnamed, 0..0);
    }
    match (behind, nearest) {
        (Some(Outage), Some((_, Total))) => (Total, label),
        (Some(behind), _) => (behind, label),
        (None, Some((_, meaning))) => (meaning, label),
        (None, None) if FOR.is_match(head) && HIT.is_match(before) => (Outage, 0..0),
        (None, None) => (Unnamed, 0..0),
    }
}

/// Whether only signs stand between a label and its value.
pub(super) fn is_assigned(between: &str) -> bool {
    let sign = |c: char| {
        c.is_whitespace() || matches!(c, ':' | '=' | '|' | '*' | '_' | '-' | '–' | '~' | ')')
    };
    !between.is_empty() && between.chars().all(sign) && between.contains([':', '=', '|'])
}

fn near(before: &str) -> usize {
    let mut from = before.len().saturating_sub(REACH);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    from
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `text` has the length of time as `<>`.
    fn check(text: &str, expected: Meaning) {
        let (before, after) = text.split_once("<>").unwrap();
        assert_eq!(meaning(before, after).0, expected, "{text}");
    }

    #[test]
    fn labels_say_what_it_is_the_length_of() {
        check("- **Time to repair**: <>", Repair);
        check("Time to resolve: <> (in office hours)", Resolve);
        check("| Time to detect | <> |", Detect);
        check("MTTR = <>", Repair);
        check("Duration: <>", Outage);
        check("Total downtime: <>", Total);
        check("TTA: <>", Acknowledge);
    }

    #[test]
    fn sentences_say_it_too() {
        check("an outage lasting <>", Outage);
        check("It took us <> to identify the cause", Identify);
        check("we needed <> to notice", Detect);
        check("after a <> outage", Outage);
        check("there were <> of downtime", Outage);
        check("a total of <>", Total);
        check("two outages, <> in total", Total);
        check("Checkout was unavailable for <>", Outage);
        check("Pages were slow or failed for about <>", Outage);
        check("It was restored after <>", Repair);
    }

    #[test]
    fn limits_and_forecasts_are_no_statements() {
        check("the canary should alert after <> if it goes down", Unnamed);
        check("Estimated time until it is restored in <>", Unnamed);
        check("the timeout was raised to <>", Unnamed);
        check("it is checked every <>", Unnamed);
        check("we waited for <>", Unnamed);
        check("<> later", Unnamed);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(before: String, after: String) {
            let (_, range) = meaning(&before, &after);
            prop_assert!(before.get(range).is_some());
        }
    }
}
