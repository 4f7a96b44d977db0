//! Whether a verb is said to have happened: negation, future, reasons and reports of others.

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
    "couldn't",
    "will",
    "we'll",
    "shall",
    "should",
    "would",
    "could",
    "may",
    "might",
    "can",
    "if",
    "whether",
    "until",
    "unless",
    "expect",
    "expects",
    "expected",
    "expecting",
    "try",
    "trying",
    "plan",
    "plans",
    "planned",
    "planning",
    "intend",
    "intends",
    "intention",
    "hope",
    "hoping",
    "working on",
    "work on",
    "working to",
    "in order to",
    "to be",
    "yet to",
    "going to",
    "about to",
    "decided to",
    "decided against",
    "decision",
    "agreed to",
    "ready to",
    "prepare",
    "preparing",
    "once",
    "when",
    "want to",
    "need to",
    "needs to",
    "attempting",
    "continue to",
    "begin to",
    "waiting for",
    "wait for",
    "awaiting",
    "estimate",
    "estimated",
    "eta",
    "possible",
    "possibly",
    "perhaps",
    "consider",
    "considering",
    "ask",
    "asked",
];

/// Before these, what follows tells of another time than the sentence's own.
const REASONS: &[&str] = &[
    "because",
    "due to",
    "caused by",
    "after",
    "following",
    "since",
    "as a result of",
    "prior to",
    "before",
    "to avoid",
    "to prevent",
    "which had",
    "who had",
];

/// What follows these was found, and happened before.
const FINDINGS: &[&str] = &[
    "noticed that",
    "noticed",
    "found that",
    "found out that",
    "showed that",
    "shows that",
    "confirmed that",
    "saw that",
    "discovered that",
];

/// Whether the verb at `start` is said to have happened: none of the words before it in its
/// clause denies it or puts it in the future, and it is no infinitive.
pub(super) fn is_real(sentence: &str, start: usize, found: &str) -> bool {
    let near = near(sentence, start);
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

/// Whether the verb at `start` is told of as a reason or as someone's finding: "noticed that a
/// team increased the limit". Such a deed was not done at the time of the sentence.
pub(super) fn is_reason(sentence: &str, start: usize) -> bool {
    is_finding(sentence, start) || has_before(sentence, start, REASONS)
}

/// Whether the verb at `start` is what someone found: it happened before the sentence's time.
pub(super) fn is_finding(sentence: &str, start: usize) -> bool {
    has_before(sentence, start, FINDINGS)
}

fn has_before(sentence: &str, start: usize, words: &[&str]) -> bool {
    let head = &sentence[..start];
    let clause = head.rfind([';', ':']).map_or(head, |at| &head[at + 1..]);
    let clause = format!(" {clause} ");
    words
        .iter()
        .any(|word| clause.contains(&format!(" {word} ")))
}

/// The last six words of the clause before a place, between blanks.
fn near(sentence: &str, start: usize) -> String {
    let head = &sentence[..start];
    let clause = head
        .rfind([',', ':', '('])
        .map_or(head, |comma| &head[comma + 1..]);
    let mut words: Vec<&str> = clause.split_whitespace().rev().take(6).collect();
    words.reverse();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sentence: &str, verb: &str, real: bool, reason: bool) {
        let start = sentence.find(verb).unwrap();
        let read = (is_real(sentence, start, verb), is_reason(sentence, start));
        assert_eq!(read, (real, reason), "{sentence}");
    }

    #[test]
    fn what_is_denied_or_ahead_has_not_happened() {
        check("service is restored", "restored", true, false);
        check("service is not restored", "restored", false, false);
        check("we plan to have it restored", "restored", false, false);
        check(
            "a decision was made to restart the hosts",
            "restart",
            false,
            false,
        );
        check(
            "it was not the disk, service is restored",
            "restored",
            true,
            false,
        );
    }

    #[test]
    fn a_finding_tells_of_another_time() {
        check(
            "noticed that a team increased the limit",
            "increased",
            true,
            true,
        );
        check(
            "we increased the limit because of it",
            "increased",
            true,
            false,
        );
    }
}
