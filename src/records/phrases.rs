//! Words to milestones, with negation and tense: "working on mitigating" mitigates nothing.

use std::sync::LazyLock;

use regex::Regex;

use super::milestone::{MilestoneKind, Outcome};
use MilestoneKind::{
    Acknowledged, AlertFired, Change, Closed, Detected, Engaged, Fixed, Identified, ImpactStart,
    Mitigated, MitigationAttempt, Notified, PartialRecovery, Restored,
};

/// One milestone that a passage claims.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Phrase {
    pub kind: MilestoneKind,
    pub outcome: Option<Outcome>,
    pub fraction: Option<f64>,
    /// In `[0, 1]`: a label without a verb is not a sentence.
    pub confidence: f64,
}

struct Rule {
    kind: MilestoneKind,
    confidence: f64,
    pattern: Regex,
}

/// The sentence's own words, surest first. All are lower case.
const RULES: &[(MilestoneKind, f64, &str)] = &[
    (
        Fixed,
        0.9,
        r"\b(?:permanent|final|long-term) (?:fix|solution)\b.{0,30}\b(?:live|deployed|released|shipped|applied|rolled out|in place)",
    ),
    (
        Mitigated,
        0.9,
        r"\bmitigated\b|\bmitigation (?:is|was) (?:in place|complete)|\bworkaround (?:is|was|has been)?\s?(?:in place|applied)|\bfix (?:has been |was |is |is now )?(?:applied|implemented|deployed|rolled out|in place)|\b(?:applied|implemented|deployed|rolled out) (?:a|the|our) (?:hot)?fix",
    ),
    (
        MitigationAttempt,
        0.9,
        r"\broll(?:ed|ing)?[ -]?back\b|\brollbacks?\b|\brevert(?:ed|ing)?\b|\brestart(?:s|ed)?\b|\breboot(?:s|ed)?\b|\bpatched\b|\bfailed over\b|\bfail-?over (?:started|begins?|began|complete)|\bscaled (?:up|out)\b|\badded (?:more )?(?:capacity|servers|nodes|hosts)|\b(?:raised|increased) the\b|\blimit (?:was |has been )?(?:raised|increased)|\bblocked\b|\brate[ -]limited\b|\bdisabled\b|\bdrained\b|\b(?:reconfigured|changed|deployed|applied|configured|added)\b.{0,60}\bto (?:block|stop|reject|limit|throttle|contain|relieve|reduce|mitigate)\b|^to (?:block|stop|reject|limit|throttle|contain|relieve|reduce|mitigate)\b.{0,60}\b(?:reconfigured|changed|deployed|applied|configured|added)\b",
    ),
    (
        Closed,
        1.0,
        r"^(?:status: )?resolved\b|\b(?:incident|issue|problem|ticket|page|event)s? (?:is|are|was|were|has been|have been|now) (?:now )?(?:fully )?(?:resolved|closed|over)\b|\bmarked as resolved\b|\ball clear\b|\bclosed the incident\b",
    ),
    (Restored, 0.6, r"\bcoming back\b|\brecovering\b"),
    (
        Restored,
        0.9,
        r"\brestored\b|\brecovered\b|\bback to normal\b|\b(?:returned|returns|return) to normal\b|\bback (?:up|online|in service|in operation|now)\b|\boperating normally\b|\bworking (?:normally|again|as expected)\b|\bresumed\b|\bstable again\b|\bfully operational\b|\ball systems operational\b|\b(?:was|were|is|are|has been|have been|now) (?:now )?(?:fully )?resolved\b",
    ),
    (
        ImpactStart,
        0.9,
        r"\boutage (?:begins|began|starts|started)\b|\b(?:impact|incident|problems?|errors?|failures?|disruption|degradation) (?:begins?|began|starts?|started)\b|\b(?:began|started|starts|begins) (?:to )?(?:fail|see|experienc|degrad|time out|timing out|return|throw|drop|reject)\w*|\bwent (?:down|offline|dark)\b|\bbecame (?:unavailable|unreachable|slow|unresponsive)\b|\bre-?occur(?:red|s)?\b|\brecurred\b|\breturned again\b|\b(?:was|were|is|are|been|being) interrupted\b|\binterrupted again\b|\b(?:down|failing|unavailable|interrupted) again\b|\bcame back down\b|\bfirst errors\b",
    ),
    (
        Notified,
        0.9,
        r"\bpagers? (?:were |was |are |is )?(?:alerted|fired|went off|rang)\b|\b(?:on-?call|engineers?|team|responders?|operators?)\b.{0,25}\b(?:were|was|are|is|got) (?:paged|alerted|notified)|\bpaged (?:the|our|an)\b|\bpaged\b",
    ),
    (
        AlertFired,
        0.9,
        r"\b(?:alerts?|alarms?|monitors?)\b.{0,25}\b(?:fires?|fired|triggers?|triggered|raised|went off|rang|sounded)\b|\bcustomers? (?:reported|reports?|complain\w*)\b|\breports? from (?:our )?customers?\b",
    ),
    (
        Detected,
        0.9,
        r"\bmonitoring\b.{0,30}\b(?:shows?|showed|detects?|detected|alerted|caught|saw|sees|noticed|reports?|reported|indicated)\b|\bdetected\b|\bnoticed\b|\bbecame aware\b|\b(?:we are|we're) aware\b|\bwe (?:see|saw) \b|\bdiscovered\b",
    ),
    (
        Detected,
        0.8,
        r"\binvestigating\b|\blooking into\b|\b(?:we are|we're) experiencing\b",
    ),
    (
        Acknowledged,
        0.9,
        r"\backnowledged?s?\b|\btook ownership\b|\bon-?call\b.{0,20}\b(?:responded|joined|answered)",
    ),
    (
        Engaged,
        0.9,
        r"\b(?:start|starts|started|began|begin|begins) (?:to )?(?:look|investigat|debug|diagnos|troubleshoot|work)\w*|\bjoined the (?:call|bridge)\b|\bwar room\b|\bincident (?:was )?declared\b",
    ),
    (
        Identified,
        0.9,
        r"\b(?:have|has|had|was|were|been|we) identified\b|\bidentified (?:the|a|an|that|as)\b|\broot cause (?:is|was|has been|had been) (?:identified|found|known|located|determined)\b|\b(?:found|located|determined|pinpointed|discovered) the (?:root )?(?:cause|problem|issue|reason)\b|\btraced (?:it |this |the \w+ )?(?:back )?to\b",
    ),
    (
        Change,
        0.8,
        r"\b(?:config(?:uration)?|release|deploy(?:ment|s)?|push(?:es)?|change|migration|upgrade|update|rollout|maintenance)\b.{0,40}\b(?:begins?|began|starts?|started|pushed|rolled out|deployed|applied|went live|goes live|is live|completed?|finished)\b|\b(?:deployed|pushed|released|reconfigured|upgraded|migrated)\b|\bthe (?:push|deploy(?:ment)?|release|rollout|migration|upgrade) (?:of|at)\b",
    ),
];

static COMPILED: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rule = |&(kind, confidence, text): &(MilestoneKind, f64, &str)| {
        let pattern = Regex::new(text).expect("the patterns are constant and tested");
        Rule {
            kind,
            confidence,
            pattern,
        }
    };
    RULES.iter().map(rule).collect()
});

static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(\d{1,3}(?:\.\d+)?)\s?(?:%|percent|per cent)")
        .expect("the pattern is constant and tested")
});

/// Said of what did not happen, or not yet. Looked for shortly before the verb.
const UNREAL: &[&str] = &[
    "not",
    "no",
    "never",
    "without",
    "cannot",
    "can't",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "hasn't",
    "haven't",
    "didn't",
    "doesn't",
    "don't",
    "won't",
    "will",
    "should",
    "would",
    "could",
    "may",
    "might",
    "if",
    "until",
    "unless",
    "expect",
    "expected",
    "expecting",
    "try",
    "trying",
    "plan",
    "planning",
    "hope",
    "working on",
    "work on",
    "working to",
    "in order to",
    "to be",
    "yet to",
    "going to",
    "once",
    "want to",
    "need to",
    "attempting",
    "continue to",
    "begin to",
];

/// The milestones that the text of one passage claims; several where it claims several.
pub(super) fn classify(text: &str) -> Vec<Phrase> {
    let lower = text.to_lowercase().replace('’', "'");
    let (label, body) = split_label(&lower);
    let mut phrases: Vec<Phrase> = Vec::new();
    for sentence in body
        .split_inclusive(['.', '!', '?', ';'])
        .filter(|s| !s.trim().is_empty())
    {
        for phrase in classify_sentence(sentence.trim()) {
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
            .and_then(of_label)
            .filter(|l| !phrases.iter().any(|p| p.kind == l.kind)),
    );
    phrases
}

fn classify_sentence(sentence: &str) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = share(sentence).into_iter().collect();
    for rule in COMPILED.iter() {
        let real = rule
            .pattern
            .find_iter(sentence)
            .find(|m| is_real(sentence, m.start(), m.as_str()));
        let Some(found) = real else { continue };
        let known = phrases.iter().any(|p| p.kind == rule.kind);
        if known || !fits(rule.kind, sentence, found.as_str(), &phrases) {
            continue;
        }
        let outcome = (rule.kind == MitigationAttempt)
            .then(|| outcome(sentence))
            .flatten();
        phrases.push(Phrase {
            kind: rule.kind,
            outcome,
            fraction: None,
            confidence: rule.confidence,
        });
    }
    phrases
}

/// Whether a rule's kind goes together with what the sentence says already.
fn fits(kind: MilestoneKind, sentence: &str, found: &str, phrases: &[Phrase]) -> bool {
    let has = |kinds: &[MilestoneKind]| phrases.iter().any(|p| kinds.contains(&p.kind));
    match kind {
        Restored | Closed if has(&[PartialRecovery, Restored, Closed]) => false,
        Restored if partly(sentence) => false,
        // An attempt's own "completed" or "applied" is not a change, nor its start an impact.
        Change => !has(&[MitigationAttempt, Mitigated, Fixed]),
        Detected => !has(&[Notified, AlertFired]) || !found.contains("alert"),
        Mitigated | Identified | Acknowledged => true,
        MitigationAttempt => !has(&[Mitigated, Fixed]),
        ImpactStart => !(has(&[MitigationAttempt]) && found.contains("return")),
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
        kind,
        outcome: None,
        fraction,
        confidence: 0.9,
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

/// Whether the verb at `start` is said to have happened: none of the words before it in its
/// clause denies it or puts it in the future, and it is no infinitive.
fn is_real(sentence: &str, start: usize, found: &str) -> bool {
    let head = &sentence[..start];
    let clause = head
        .rfind([',', ':'])
        .map_or(head, |comma| &head[comma + 1..]);
    let words: Vec<&str> = clause.split_whitespace().collect();
    let near = words[words.len().saturating_sub(6)..].join(" ");
    let near = format!(" {near} ");
    let unreal = UNREAL
        .iter()
        .any(|word| near.contains(&format!(" {word} ")));
    let infinitive = near.ends_with(" to ") && !found.contains("to normal");
    let inside = [" not ", " no ", " never ", " will ", " may "]
        .iter()
        .any(|word| found.contains(word));
    let ongoing = near.ends_with(" being ") && !found.starts_with("being");
    !(unreal || infinitive || inside || ongoing)
}

const LABELS: [&str; 7] = [
    "resolved",
    "monitoring",
    "identified",
    "investigating",
    "update",
    "posted",
    "completed",
];

/// `identified - we are ...` into its label and the rest.
fn split_label(text: &str) -> (Option<&str>, &str) {
    let text = text.trim_start();
    let text = text
        .strip_prefix("posted")
        .map_or(text, |t| t.trim_start_matches([' ', '-', ':']));
    let label = LABELS.iter().find(|label| text.starts_with(**label));
    let Some(label) = label else {
        return (None, text);
    };
    let rest = &text[label.len()..];
    let body = rest
        .trim_start()
        .trim_start_matches(['-', ':', '–', '—'])
        .trim_start();
    let ends = rest.is_empty()
        || rest.trim_start().starts_with(['-', ':', '–', '—'])
        || rest.starts_with(' ');
    let own_word = !rest.starts_with(|c: char| c.is_alphanumeric());
    // "Identified the cause" is a sentence; "Monitoring shows ..." too.
    let sentence = rest.starts_with(' ')
        && !rest.trim_start().starts_with(['-', ':', '–', '—'])
        && !classify_sentence(text).is_empty();
    if ends && own_word && !sentence {
        (Some(label), body)
    } else {
        (None, text)
    }
}

/// What a status label says by itself. It is weak where the body may say something else.
fn of_label(label: &str) -> Option<Phrase> {
    let (kind, confidence) = match label {
        "resolved" | "completed" => (Closed, 1.0),
        "identified" => (Identified, 0.3),
        "investigating" => (Detected, 0.9),
        "monitoring" => (Mitigated, 0.3),
        _ => return None,
    };
    Some(Phrase {
        kind,
        outcome: None,
        fraction: None,
        confidence,
    })
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

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, words in "(resolved|identified|posted|not|restored|40%|[ .,:-]|é){0,20}") {
            let _ = (classify(&text), classify(&words));
        }
    }
}
