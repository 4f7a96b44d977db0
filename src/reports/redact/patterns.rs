//! How people, addresses and secrets look in the texts of logs and records.
//!
//! In: a text. Out: the stretches that look like one. Errs on the side of replacing too much.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use regex::Regex;

use super::{Hit, Kind, is_nobody};

/// Words behind which the next value is a secret.
const SECRET_KEYS: &str = "password|passwd|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|secret[_-]?key|private[_-]?key|session[_-]?id|sessionid|session|sid|cookie|signature|credentials?";
/// Words behind which the next value is a user.
const USER_KEYS: &str = "user|user[_-]?name|user[_-]?id|uid|login|account|account[_-]?id|customer|customer[_-]?id|tenant|tenant[_-]?id|owner|email";
/// Words behind which the next value is a client.
const CLIENT_KEYS: &str =
    "client|client[_-]?ip|client[_-]?id|remote[_-]?addr|remote[_-]?ip|x-forwarded-for";
/// A value: within quotes, or up to what ends one.
const VALUE: &str = r#"(?:"(?<q>[^"]+)"|'(?<a>[^']+)'|(?<v>[^\s"'&,;|<>()\[\]{}?=]+))"#;

/// The compiled patterns.
#[derive(Debug, Clone)]
pub struct Patterns {
    keyed: [(Regex, Kind); 3],
    whole: Vec<(Regex, Kind)>,
    grouped: Vec<(Regex, Kind)>,
    four: Regex,
    six: Regex,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant, and the tests use it")
}

impl Patterns {
    /// Compiles them: some ms.
    pub fn new() -> Self {
        let keyed = |keys: &str, prefix: &str| {
            regex(&format!(
                r#"(?i)(?:^|[^a-z0-9])(?:{prefix})(?:{keys})["']?\s*[=:]\s*{VALUE}"#
            ))
        };
        let part = "(?:[a-z0-9]+[_.-])*";
        Self {
            keyed: [
                (keyed(SECRET_KEYS, part), Kind::Secret),
                (keyed(USER_KEYS, ""), Kind::User),
                (keyed(CLIENT_KEYS, ""), Kind::Client),
            ],
            whole: vec![
                (
                    regex(r"[\p{L}\p{N}._%+'-]+(?:@|%40)[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+"),
                    Kind::User,
                ),
                (
                    regex(r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"),
                    Kind::Secret,
                ),
                (regex(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), Kind::Secret),
                (
                    regex(
                        r"\b(?:gh[pousr]_|glpat-|xox[abeprs]-|sk-|sk_live_|sk_test_|AIza)[A-Za-z0-9_-]{10,}",
                    ),
                    Kind::Secret,
                ),
                (regex(r"\b[0-9a-fA-F]{32,}\b"), Kind::Secret),
                // What was cut to fit is no less somebody's.
                (
                    regex(r"[\p{L}\p{N}._%+'-]+(?:@|%40)[\p{L}\p{N}.-]*[…~]"),
                    Kind::User,
                ),
                (
                    regex(r"\b(?:eyJ[A-Za-z0-9_.-]{2,}|(?:AKIA|ASIA)[0-9A-Z]*)[…~]"),
                    Kind::Secret,
                ),
                (
                    regex(r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){1,3}\.?[…~]"),
                    Kind::Address,
                ),
            ],
            grouped: vec![
                (
                    regex(
                        r#"(?i)\bauthorization["']?\s*[=:]\s*["']?(?:(?:bearer|basic|digest|token|negotiate)\s+)?([^\s"',;]+)"#,
                    ),
                    Kind::Secret,
                ),
                (
                    regex(r"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})"),
                    Kind::Secret,
                ),
                (
                    regex(r"(?i)\b[a-z][a-z0-9+.-]*://([^\s/@]+)@"),
                    Kind::Secret,
                ),
                (
                    regex(r"(?:^|[\s(,;])@([A-Za-z][\w-]+(?:\.[\w-]+)*)"),
                    Kind::User,
                ),
                (
                    regex(r"(?:/home/|/Users/|\\Users\\)([^/\\\s:]+)"),
                    Kind::User,
                ),
            ],
            four: regex(r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b"),
            six: regex(r"[0-9A-Fa-f]*:[0-9A-Fa-f:]+(?:\.[0-9]{1,3}){0,3}"),
        }
    }

    /// All stretches that look like someone or like a secret; they may overlap.
    pub fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (pattern, kind) in &self.keyed {
            for found in pattern.captures_iter(text) {
                let value = ["q", "a", "v"].iter().find_map(|name| found.name(name));
                hits.extend(value.and_then(|value| hit(&value, *kind)));
            }
        }
        for (pattern, kind) in &self.grouped {
            let values = pattern.captures_iter(text).filter_map(|found| found.get(1));
            hits.extend(values.filter_map(|value| hit(&value, *kind)));
        }
        for (pattern, kind) in &self.whole {
            hits.extend(
                pattern
                    .find_iter(text)
                    .filter_map(|value| hit(&value, *kind)),
            );
        }
        let four = self.four.find_iter(text).filter(|found| {
            Ipv4Addr::from_str(found.as_str())
                .is_ok_and(|ip| !ip.is_loopback() && !ip.is_unspecified())
        });
        hits.extend(four.filter_map(|value| hit(&value, Kind::Address)));
        hits.extend(
            self.six
                .find_iter(text)
                .filter_map(|found| six(text, &found)),
        );
        hits
    }
}

/// An address of version 6, without a colon that ends the words before something else.
fn six(text: &str, found: &regex::Match) -> Option<Hit> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let outside = (&text[..found.start()], &text[found.end()..]);
    let address = match found.as_str().strip_suffix(':') {
        Some(rest) if !rest.ends_with(':') => rest,
        _ => found.as_str(),
    };
    let long = address.bytes().filter(u8::is_ascii_hexdigit).count() >= 4;
    let whole = !outside.0.ends_with(part) && !outside.1.starts_with(part);
    let is_one = Ipv6Addr::from_str(address).is_ok_and(|ip| !ip.is_loopback());
    (long && whole && is_one).then(|| Hit {
        from: found.start(),
        to: found.start() + address.len(),
        kind: Kind::Address,
        whose: None,
    })
}

fn hit(found: &regex::Match, kind: Kind) -> Option<Hit> {
    let is_pseudonym = ["client-", "user-", "address-", "secret-"]
        .iter()
        .any(|word| {
            let number = found.as_str().strip_prefix(word);
            number.is_some_and(|digits| {
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
            })
        });
    let nobody = kind != Kind::Secret && is_nobody(found.as_str());
    (!is_pseudonym && !nobody).then(|| Hit {
        from: found.start(),
        to: found.end(),
        kind,
        whose: None,
    })
}

/// Who did it, in the words of a pager's log entry: `acknowledge by Alice`.
pub fn actor(note: &str) -> Option<&str> {
    const ACTS: [&str; 6] = [
        "acknowledge",
        "resolve",
        "notify",
        "assign",
        "escalate",
        "snooze",
    ];
    let (act, rest) = note.split_once(' ')?;
    let who = rest
        .strip_prefix("by ")
        .or_else(|| rest.strip_prefix("to "))?;
    let who = who.split(" (").next().unwrap_or(who).trim();
    let is_act = ACTS.iter().any(|one| act.starts_with(one));
    (is_act && !who.is_empty()).then_some(who)
}
