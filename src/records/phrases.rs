//! Words to milestones, with negation and tense: "working on mitigating" mitigates nothing.
//!
//! In: the text of one passage. Out: what it claims. The wordings are in `verbs`, what is said to
//! have happened is decided in `tense`, status labels and keys in `labels`.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::labels::{of_key, of_label, split_label};
use super::milestone::{MilestoneKind, Outcome};
use super::tense::{is_finding, is_real, is_reason};
use super::verbs::{Rule, rules};
use MilestoneKind::{
    Acknowledged, AlertFired, Change, Closed, Detected, Engaged, Fixed, Identified, ImpactStart,
    Mitigated, MitigationAttempt, Notified, PartialRecovery, Restored,
};

/// Bytes of a passage that are looked at for milestones; what is beyond is kept as words.
const BYTES_MAX: usize = 16 << 10;

/// One milestone that a passage claims.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Phrase {
    pub kind: MilestoneKind,
    pub outcome: Option<Outcome>,
    pub fraction: Option<f64>,
    /// In `[0, 1]`: a label without a verb is not a sentence.
    pub confidence: f64,
    /// It tells of what is so by then, not of what came to be: "all is down".
    pub state: bool,
}

impl Phrase {
    pub(super) fn new(kind: MilestoneKind, confidence: f64) -> Self {
        Self {
            kind,
            outcome: None,
            fraction: None,
            confidence,
            state: false,
        }
    }
}

static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\d{1,3}(?:\.\d+)?)\s?(?:%|percent|per cent)")
        .expect("the pattern is constant and tested")
});

static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[([^\]\[]{1,200})\]\([^)\s]{1,500}\)|<?https?://\S+")
        .expect("the pattern is constant and tested")
});

/// The milestones that the text of one passage claims; several where it claims several.
pub(super) fn classify(text: &str) -> Vec<Phrase> {
    let end = (0..=text.len().min(BYTES_MAX))
        .rev()
        .find(|&at| text.is_char_boundary(at));
    let lower = plain(&text[..end.unwrap_or(0)])
        .to_lowercase()
        .replace('’', "'");
    let lower =
        lower.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '•' | '>'));
    if let Some(key) = of_key(lower).filter(|_| !lower.contains(['.', '!', '?'])) {
        // "Resolved", "Identified": a status label has rules of its own.
        if split_label(lower, |_| false).0.is_none() {
            return vec![key];
        }
    }
    let (label, body) = split_label(lower, |text| !of_sentence(text).is_empty());
    let mut phrases: Vec<Phrase> = Vec::new();
    for sentence in body
        .split_inclusive(['.', '!', '?', ';'])
        .filter(|s| !s.trim().is_empty())
    {
        for phrase in of_sentence(sentence.trim()) {
            if !phrases.iter().any(|known| known.kind == phrase.kind) {
                phrases.push(phrase);
            }
        }
    }
    // What it did may be said in the sentence after it.
    let worsened = outcome(body) == Some(Outcome::Worsened);
    let attempts = phrases
        .iter_mut()
        .filter(|p| p.kind == MitigationAttempt && worsened);
    attempts.for_each(|attempt| attempt.outcome = attempt.outcome.or(Some(Outcome::Worsened)));
    phrases.extend(
        label
            .and_then(|label| of_label(label, body.is_empty()))
            .filter(|l| !phrases.iter().any(|p| p.kind == l.kind)),
    );
    phrases
}

/// Without the marks of Markdown and the addresses of links.
fn plain(text: &str) -> Cow<'_, str> {
    let linked = match text.contains("://") || text.contains("](") {
        true => LINK.replace_all(text, "$1"),
        false => Cow::Borrowed(text),
    };
    match linked.contains(['*', '`', '_']) {
        true => Cow::Owned(
            linked
                .replace("**", "")
                .replace(['`', '*'], "")
                .replace("__", ""),
        ),
        false => linked,
    }
}

fn of_sentence(sentence: &str) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = share(sentence).into_iter().collect();
    for rule in rules() {
        let Some(found) = said(rule, sentence) else {
            continue;
        };
        let known = phrases.iter().any(|p| p.kind == rule.kind);
        if known || !fits(rule.kind, sentence, found, &phrases) {
            continue;
        }
        let outcome = (rule.kind == MitigationAttempt)
            .then(|| outcome(sentence))
            .flatten();
        phrases.push(Phrase {
            outcome,
            state: rule.state,
            ..Phrase::new(rule.kind, rule.confidence)
        });
    }
    phrases
}

/// Where a sentence says in a rule's words that it happened.
fn said<'a>(rule: &Rule, sentence: &'a str) -> Option<&'a str> {
    // A guess at the cause is none.
    if rule.kind == Identified
        && rule.confidence < 0.9
        && (sentence.contains(" might ") || sentence.contains(" may "))
    {
        return None;
    }
    let elsewhere = |start: usize| match rule.kind {
        MitigationAttempt | Change | Mitigated => is_reason(sentence, start),
        Detected if rule.confidence < 0.9 => is_reason(sentence, start),
        ImpactStart => is_finding(sentence, start),
        _ => false,
    };
    let told = |m: &regex::Match| is_real(sentence, m.start(), m.as_str()) && !elsewhere(m.start());
    rule.pattern
        .find_iter(sentence)
        .find(told)
        .map(|m| m.as_str())
}

/// Whether a rule's kind goes together with what the sentence says already.
fn fits(kind: MilestoneKind, sentence: &str, found: &str, phrases: &[Phrase]) -> bool {
    let has = |kinds: &[MilestoneKind]| phrases.iter().any(|p| kinds.contains(&p.kind));
    match kind {
        // "Repaired and resolved" says both: back, and paperwork.
        Closed if has(&[PartialRecovery]) => false,
        Restored if has(&[PartialRecovery, Restored]) => false,
        Restored if has(&[Closed]) => !found.contains("resolved") && !found.ends_with("fixed"),
        Restored if partly(sentence) => false,
        // "Rolling back now" brings nothing back yet.
        Restored if found.starts_with("back") && has(&[MitigationAttempt]) => false,
        // An attempt's own "completed" or "applied" is not a change, nor its start an impact.
        Change => !has(&[MitigationAttempt, Mitigated, Fixed]),
        Detected => !has(&[Notified, AlertFired]) || !found.contains("alert"),
        // "Declared resolved" declares its end.
        Engaged if has(&[Closed]) => !found.contains("declared"),
        // "The restart of the pods caused it" tells of a cause.
        MitigationAttempt => !has(&[Mitigated, Fixed]) && !sentence.contains(" caused "),
        ImpactStart if found.contains("again") => true,
        ImpactStart => {
            let returns = has(&[MitigationAttempt]) && found.contains("return");
            let paper = has(&[Closed, Engaged]) && found.contains("incident");
            !returns && !paper
        }
        Mitigated | Identified | Acknowledged | Notified | AlertFired => true,
        _ => true,
    }
}

fn partly(sentence: &str) -> bool {
    [
        "partially",
        "partly",
        "some of",
        "most of",
        "begun to",
        "starting to",
    ]
    .iter()
    .any(|w| sentence.contains(w))
}

/// `40 % of traffic restored`: a share of the service that is back.
fn share(sentence: &str) -> Option<Phrase> {
    let back = ["restor", "recover", "back", "serving", "resumed"];
    let worse = [
        "reduced", "drop", "fell", "fail", "error", "degrad", "lost", "loss", "slower", "down to",
    ];
    let has = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    if !has(&back) || has(&worse) {
        return None;
    }
    let captures = SHARE.captures(sentence)?;
    if !is_real(sentence, captures.get(0)?.start(), "") {
        return None;
    }
    let fraction = captures[1].parse::<f64>().ok()? / 100.0;
    let kind = if fraction >= 1.0 {
        Restored
    } else {
        PartialRecovery
    };
    let fraction = (fraction < 1.0).then_some(fraction);
    Some(Phrase {
        fraction,
        ..Phrase::new(kind, 0.9)
    })
}

fn outcome(sentence: &str) -> Option<Outcome> {
    let has = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    if has(&[
        "made it worse",
        "made things worse",
        "made matters worse",
        "worsened",
    ]) {
        Some(Outcome::Worsened)
    } else if has(&[
        "fail",
        "unsuccessful",
        "did not work",
        "didn't",
        "no effect",
        "did not help",
        "not succeed",
        "without success",
    ]) {
        Some(Outcome::Failed)
    } else if has(&["partially", "partly", "some improvement"]) {
        Some(Outcome::Partial)
    } else if has(&["succe", "worked"]) {
        Some(Outcome::Worked)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The letters of the kinds claimed, with share and outcome.
    fn check(text: &str, expected: &str) {
        let shown: Vec<String> = classify(text)
            .iter()
            .map(|p| {
                let share = p.fraction.map(|f| format!("{f}")).unwrap_or_default();
                let outcome = p
                    .outcome
                    .map(|o| format!("{o:?}").to_lowercase())
                    .unwrap_or_default();
                let weak = if p.confidence < 0.5 { "?" } else { "" };
                format!("{}{share}{outcome}{weak}", p.kind.letter())
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{text}");
    }

    #[test]
    fn what_did_not_happen_is_no_milestone() {
        check("We are working on mitigating this.", "");
        check("We expect no further disruption.", "");
        check("Service is not yet restored.", "");
        check("We hope to have it restored soon", "");
        check("The team continues to work to restore service", "");
        check("Queries may be interrupted again", "");
        check("We will roll back the release", "");
    }

    #[test]
    fn attempts_carry_their_outcome() {
        check("A rollback was attempted and failed", "Xfailed");
        check(
            "The rollback succeeded, but hosts kept the old state",
            "Xworked",
        );
        check("Restarts of all hosts begin", "X");
        check("Both balancers have been patched", "X");
    }

    #[test]
    fn recovery_is_partial_whole_or_paperwork() {
        check("40% of traffic restored", "P0.4");
        check("100 % of traffic restored", "R");
        check("Capacity was reduced to 50%", "");
        check("Service is restored", "R");
        check("The service is coming back now", "R");
        check("This incident has been resolved.", "V");
        check("Resolved", "V");
        check("Bulk updates and sharing have been resolved", "R");
    }

    #[test]
    fn awareness_has_four_kinds() {
        check("Pagers alerted, engineers start to look into it", "N G");
        check("An alert fired on queue age", "A");
        check("Customers reported slow pages", "A");
        check("Internal monitoring shows failures", "D");
        check("Investigating - we are looking into slow pages", "D");
    }

    #[test]
    fn the_body_beats_the_label() {
        check("Identified - we are experiencing an outage", "D I?");
        check("Identified - the root cause has been identified", "I");
        check("Monitoring - a fix has been applied", "M");
    }

    #[test]
    fn impact_and_change_have_their_verbs() {
        check("The outage begins", "S");
        check("The problem has reoccurred", "S");
        check("Service has been interrupted again", "S");
        check("A configuration push to the edge begins", "C");
        check("We deployed version 7", "C");
        check("We have identified the problem", "I");
    }

    #[test]
    fn keys_of_a_list_are_claims() {
        check("- Fault occurs", "S");
        check("- First detected:", "D");
        check("- Incident declared", "G");
        check("- Repaired", "R");
        check("- Incident not declared, but later agreed it was one", "");
        check("Resolved -", "V");
        check("**Incident is declared**.", "G");
        check("Incident repaired and resolved.", "V R");
        check("Incident declared resolved", "V");
    }

    #[test]
    fn a_reason_or_a_finding_is_no_deed_of_its_own() {
        check("We noticed that another team increased the limit", "D");
        check("The restart of many pods caused the load", "");
        check("The pod has restarted and the container is starting", "");
        check("We restarted the pods", "X");
        check("They planned to roll back the change", "");
        check("Tried to revoke the token - unsuccessful", "Xfailed");
    }

    #[test]
    fn users_report_and_machines_alert() {
        check("Users reported missing pages", "A");
        check("A user notifies the team of slow pages", "N");
        check("[CPU alert](https://pager.example/1)", "A");
        check("Team acknowledged", "K");
    }

    #[test]
    fn what_stops_or_is_down_is_impact() {
        check("The index is no longer receiving records", "S");
        check("The shop stopped responding", "S");
        check("Both nodes are down", "S");
        check("Clients confirm that they are no longer seeing errors", "R");
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, words in "(resolved|identified|posted|not|restored|40%|[ .,:-]|é){0,20}") {
            let _ = (classify(&text), classify(&words));
        }
    }
}
