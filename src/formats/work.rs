//! How long work took, as a program's messages tell: `processed order 7 in 123 ms`,
//! `query took 1.2s`, `consumed, elapsed: 0.250s`, `report written (12ms)`.
//!
//! In: a message. Out: the duration that it says of work that is over, or nothing. Times that are
//! to come or were waited for (`retry in 5s`) are none. Of which work a source tells is asked of its
//! sample: only what is told of all the time is comparable, and a batch at midnight is no slowness.

use std::collections::BTreeMap;

use super::field::Unit;
use super::value;

/// A source whose messages tell so in a smaller share of its sample does not.
const SHARE_MIN: f64 = 0.05;
/// Work that is told of fewer times, or in a smaller share of what is told, is left alone.
const TOLD_MIN: usize = 5;
const KIND_MIN: f64 = 0.2;
/// What stands around words.
const AROUND: &[u8] = b"\"'`()[]{}<>,;|\\";
/// Words in front of a duration.
const LEADS: [&[u8]; 7] = [
    b"took",
    b"elapsed",
    b"duration",
    b"spent",
    b"lasted",
    b"runtime",
    b"latency",
];
/// The same where the message says that something was done.
const LEADS_OF_DONE: [&[u8]; 2] = [b"in", b"after"];
/// What was done, where its word does not end in `ed`.
const DONE: [&[u8]; 12] = [
    b"done",
    b"built",
    b"sent",
    b"ran",
    b"read",
    b"wrote",
    b"written",
    b"ok",
    b"success",
    b"finish",
    b"complete",
    b"found",
];
/// Beginnings of words of messages about what is to come.
const TO_COME: [&[u8]; 13] = [
    b"retr",
    b"timeout",
    b"sleep",
    b"wait",
    b"next",
    b"schedul",
    b"backoff",
    b"back-off",
    b"reconnect",
    b"expir",
    b"delay",
    b"again",
    b"will",
];

/// Kinds of work that a source's messages tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durations {
    kinds: Vec<Vec<u8>>,
}

impl Durations {
    /// What the messages of a sample tell of; `None` if that is next to nothing.
    pub fn of(messages: &[&[u8]]) -> Option<Self> {
        let mut counts: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        let told = messages.iter().copied().filter_map(told);
        told.for_each(|(kind, _)| *counts.entry(kind.to_vec()).or_default() += 1);
        let told: usize = counts.values().sum();
        counts.retain(|_, count| *count >= TOLD_MIN && *count as f64 >= KIND_MIN * told as f64);
        let is_told = told as f64 >= SHARE_MIN * messages.len() as f64;
        (is_told && !counts.is_empty()).then(|| Self {
            kinds: counts.into_keys().collect(),
        })
    }

    /// How long the work took that a message tells of, microseconds.
    pub fn told_us(&self, message: &[u8]) -> Option<i64> {
        let (kind, us) = told(message)?;
        let is_known = self.kinds.iter().any(|known| known == kind);
        is_known.then_some(us)
    }

    /// The kinds, in words.
    pub fn words(&self) -> String {
        let kinds = self.kinds.iter();
        let kinds: Vec<_> = kinds
            .map(|kind| crate::text::printable_bytes(kind))
            .collect();
        kinds.join(", ")
    }
}

/// The kind of work that a message tells of, and how long that took, microseconds; of several
/// durations the last. The kind is the word for what was done, else the nearest one in front of that.
fn told(message: &[u8]) -> Option<(&[u8], i64)> {
    super::search::find_digit(message)?;
    let mut words = message
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .peekable();
    let (mut thing, mut before): (&[u8], &[u8]) = (b"", b"");
    let (mut done, mut is_to_come): (&[u8], bool) = (b"", false);
    let mut told = None;
    while let Some(word) = words.next() {
        let next = words.peek().copied();
        if let Some((us, is_apart)) = duration_us(word, next) {
            let lead = lead(word, before);
            let mut behind = words.clone().skip(usize::from(is_apart)).map(core);
            let next = behind.next();
            let is_end = word.starts_with(b"(") && next.is_none();
            let is_elapsed = next.is_some_and(|next| is_word(next, &LEADS));
            let is_of_done = is_word(lead, &LEADS_OF_DONE) && !done.is_empty() && !is_to_come;
            if is_word(lead, &LEADS) || is_of_done || is_end && !is_to_come || is_elapsed {
                told = Some((if done.is_empty() { thing } else { done }, us));
            }
        }
        let text = core(word);
        is_to_come |= TO_COME.iter().any(|begin| begins(text, begin));
        if is_word(text, &DONE) || text.len() > 4 && ends_in_ed(text) {
            done = text;
        }
        let is_lead = is_word(text, &LEADS) || is_word(text, &LEADS_OF_DONE);
        if !is_lead && text.len() > 1 && text.iter().all(u8::is_ascii_alphabetic) {
            thing = text;
        }
        before = word;
    }
    told
}

/// The word that leads a duration: that of `took=12ms` is its key.
fn lead<'a>(word: &'a [u8], before: &'a [u8]) -> &'a [u8] {
    let key = word.iter().position(|byte| matches!(byte, b'=' | b':'));
    core(key.map_or(before, |at| &word[..at]))
}

/// The duration that a word is, and whether its unit is the next word and not behind the number.
pub(super) fn duration_us(word: &[u8], next: Option<&[u8]>) -> Option<(i64, bool)> {
    let word = word.rsplit(|byte| matches!(byte, b'=' | b':'));
    let word = core(word.clone().find(|part| !part.is_empty())?);
    let is_of_number = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',');
    let (number, unit) = word.split_at(word.iter().take_while(is_of_number).count());
    if !number.first()?.is_ascii_digit() {
        return None;
    }
    let is_apart = unit.is_empty();
    let unit = unit_of(if is_apart { core(next?) } else { unit });
    let us = match unit {
        Some(unit) => value::duration_us(number, unit),
        // `1m30s`.
        None => value::duration_us(word, Unit::Written).filter(|_| !is_apart),
    };
    Some((us?, is_apart))
}

/// The unit that a word is.
fn unit_of(word: &[u8]) -> Option<Unit> {
    match word {
        b"s" | b"sec" | b"secs" | b"second" | b"seconds" => Some(Unit::Seconds),
        b"ms" | b"msec" | b"msecs" | b"millis" | b"millisecond" | b"milliseconds" => {
            Some(Unit::Millis)
        }
        b"us" | b"usec" | b"micros" | b"microseconds" => Some(Unit::Micros),
        b"ns" | b"nanos" | b"nanoseconds" => Some(Unit::Nanos),
        _ if word == "\u{b5}s".as_bytes() || word == "\u{3bc}s".as_bytes() => Some(Unit::Micros),
        _ => None,
    }
}

/// A word without what stands around it.
pub(super) fn core(mut word: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = word
        && AROUND.contains(first)
    {
        word = rest;
    }
    while let [rest @ .., last] = word
        && (AROUND.contains(last) || matches!(last, b':' | b'.') && !rest.is_empty())
    {
        word = rest;
    }
    word
}

fn is_word(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn begins(word: &[u8], begin: &[u8]) -> bool {
    let head = word.get(..begin.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(begin))
}

fn ends_in_ed(word: &[u8]) -> bool {
    word.last_chunk::<2>()
        .is_some_and(|end| end.eq_ignore_ascii_case(b"ed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_of_work_that_is_over_are_told() {
        let check = |message: &str, us: i64| {
            let said = told(message.as_bytes()).map(|(_, us)| us);
            assert_eq!(said, Some(us), "{message}");
        };
        check("processed order 7 in 123 ms", 123_000);
        check("Order 7 handled, took 12.5ms", 12_500);
        check("consumed message 7 elapsed 0.250s", 250_000);
        check("query took 1.2 s: SELECT 1 FROM t WHERE id = 7", 1_200_000);
        check("job mail-7 done (12ms)", 12_000);
        check("report 7 written (1.5 s)", 1_500_000);
        check("Completed 3 of 7 tasks after 2 seconds.", 2_000_000);
        check("handled 7 events, took=250us", 250);
        check("sync finished; duration: 1m30s", 90_000_000);
        check("indexed 7 files, 2,500 ms elapsed", 2_500_000);
        check("Sent 7 mails in 3s, took 1ms", 1_000);
        check("batch of 7 OK in 900\u{b5}s", 900);
    }

    #[test]
    fn what_is_to_come_or_no_duration_is_none() {
        for message in [
            "failed, retry in 500 ms",
            "scheduled again in 5s",
            "will be restarted in 30 seconds",
            "connected, next poll in 5 s",
            "sleeping 500ms",
            "timeout of 3000 ms exceeded",
            "heartbeat every 30s",
            "order 7 in 3 parts",
            "in 5s",
            "processed order 7 in 123",
            "used 12 ms of its budget",
            "took off",
            "",
        ] {
            assert_eq!(told(message.as_bytes()), None, "{message}");
        }
    }

    #[test]
    fn of_work_that_is_told_of_all_the_time_durations_are_read() {
        let told = vec![&b"INFO till: processed 7 in 12 ms"[..]; 40];
        let other = vec![&b"INFO till: query 7 took 3ms"[..]; 12];
        let rare = vec![&b"INFO till: report 7 written in 9 s"[..]; 8];
        let mute = vec![&b"received 7"[..]; 90];
        let of = |parts: &[&[&[u8]]]| Durations::of(&parts.concat());
        let found = of(&[&told, &other, &rare, &mute]).expect("some");
        assert_eq!(found.words(), "processed, query");
        assert_eq!(found.told_us(b"processed 8 in 2.5 s"), Some(2_500_000));
        assert_eq!(found.told_us(b"report 8 written in 9 s"), None);
        assert_eq!(found.told_us(b"received 8"), None);
        assert_eq!(of(&[&told[..4], &mute]), None);
        assert_eq!(of(&[&told[..9], &mute, &mute]), None);
    }

    proptest! {
        #[test]
        fn any_message_is_safe(
            message in "(took|in|done|elapsed|[0-9.,]{1,9}|ms|1m3s|\\(|\\)|=|:| |\\PC){0,60}",
            other: Vec<u8>,
        ) {
            for message in [message.as_bytes(), &other] {
                prop_assert!(told(message).is_none_or(|(_, us)| us >= 0));
                let _ = Durations::of(&[message; 5]);
            }
        }
    }
}
