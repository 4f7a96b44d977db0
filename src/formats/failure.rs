//! Messages whose words tell of a failure, for programs that write no levels.
//!
//! In: a message's template. Out: whether it tells of one. A counter is none: `<*> done, <*> failed`,
//! `errors=<*>`, `no error`; nor is a login that was refused.

use super::message::MASK;

/// Words that tell of it wherever they stand.
const WORDS: [&str; 31] = [
    "error",
    "errors",
    "failed",
    "fails",
    "failing",
    "failure",
    "failures",
    "fatal",
    "panic",
    "panicked",
    "exception",
    "refused",
    "unreachable",
    "unavailable",
    "timeout",
    "timedout",
    "aborted",
    "crashed",
    "killed",
    "cannot",
    "unable",
    "defer",
    "deferred",
    "exceeded",
    "exhausted",
    "overloaded",
    "unresponsive",
    "deadlock",
    "segfault",
    "oom",
    "servfail",
];
/// Names of errors end so: `SocketTimeoutException`, `ConnectionError`; that of none is `NOERROR`.
const ENDINGS: [&str; 2] = ["exception", "error"];
const NO_ERROR: &str = "noerror";
/// Pieces of text that do so: words together, and the codes of system calls.
const PHRASES: [&str; 25] = [
    "timed out",
    "could not",
    "can't",
    "no space left",
    "out of memory",
    "no route to",
    "no such host",
    "not reachable",
    "reset by peer",
    "broken pipe",
    "unexpected eof",
    "lost connection",
    "connection lost",
    "permission denied",
    "not responding",
    "too many",
    "core dumped",
    "econnre",
    "etimedout",
    "ehostunreach",
    "enotfound",
    "eaddrinuse",
    "eaddrnotavail",
    "enospc",
    "emfile",
];
/// Words of those who try to get in: they come in bursts, and their failure is the server's success.
const LOGINS: [&str; 6] = [
    "authenti",
    "preauth",
    "auth fail",
    "login",
    "logon",
    "password",
];

/// Whether a template tells of a failure.
pub fn tells_of_failure(template: &str) -> bool {
    let lower = template.to_ascii_lowercase();
    let has_any = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    !has_any(&LOGINS) && (has_any(&PHRASES) || has_word(&lower))
}

fn has_word(lower: &str) -> bool {
    let is_sign = |c: char| !c.is_alphanumeric() && c != '_';
    let mut end = 0;
    let words = lower.split_inclusive(is_sign).map(|piece| {
        let start = end;
        end += piece.len();
        (start, piece.trim_end_matches(is_sign))
    });
    let mut words = words.filter(|(_, word)| tells(word));
    words.any(|(start, word)| !is_counted(&lower[..start], &lower[start + word.len()..]))
}

fn tells(word: &str) -> bool {
    let is_name = || word != NO_ERROR && ENDINGS.iter().any(|end| word.ends_with(end));
    WORDS.contains(&word) || is_name()
}

/// Whether a number of them is told, or that there are none.
fn is_counted(before: &str, behind: &str) -> bool {
    let mask = std::str::from_utf8(MASK).unwrap_or_default();
    let before = before.trim_end();
    let is_none = |word: &str| before == word || before.ends_with(&format!(" {word}"));
    let is_value = behind.starts_with('=') || behind.trim_start_matches(':').trim() == mask;
    let in_list = before
        .strip_suffix(mask)
        .is_some_and(|list| list.trim_end().ends_with([',', ';', '(']) || list.ends_with(" and "));
    in_list || is_none("no") || is_none("without") || is_value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_and_counters_are_not() {
        for template in [
            "<*> == <*> R=dnslookup T=remote_smtp defer (<*>): Connection timed out",
            "Failed to fetch rates: Timeout",
            "upstream <*> unreachable",
            "job <*> failed",
            "Verbindung: connect: Connection refused",
            "write: No space left on device",
            "redis: connect ECONNREFUSED <*>",
            "java.net.SocketTimeoutException: Read timed out",
            "TimeoutError while asking rates",
            "tls: failed to verify: certificate signed by unknown authority",
        ] {
            assert!(tells_of_failure(template), "{template}");
        }
        for template in [
            "",
            "<*>",
            "order <*> done, no errors",
            "sync done: <*> copied, <*> failed",
            "<*> sent and <*> failed",
            "without error",
            "answered NOERROR",
            "Failed password for root from <*> port <*>",
            "Connection reset by peer [preauth]",
            "fatal: Timeout before authentication for <*>",
            "wrote the time output",
            "errors=<*> timeout=<*>",
            "failures: <*>",
            "loaded error_page.html",
            "ünïcode ends well",
        ] {
            assert!(!tells_of_failure(template), "{template}");
        }
    }
}
