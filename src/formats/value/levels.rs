//! How severe a line says it is: words, numbers and signs of all schools as one scale.

use super::integer;
use crate::formats::entries::tongues;
use crate::formats::field::LevelScale;
use crate::formats::search::word_of;

/// 0 debug, 1 info, 2 notice, 3 warning, 4 error, 5 fatal.
pub fn level(bytes: &[u8], scale: LevelScale) -> Option<i64> {
    let bytes = bytes.trim_ascii();
    match scale {
        LevelScale::Signs => return sign_level(bytes),
        LevelScale::Rcode => return rcode_level(bytes),
        _ => {}
    }
    // Words are most of all levels: they are not tried as numbers.
    let is_word = bytes.first().is_some_and(u8::is_ascii_alphabetic);
    if !is_word && let Some(n) = integer(bytes) {
        return Some(match (scale, n) {
            (LevelScale::Telemetry, 1..=8) => 0,
            (LevelScale::Telemetry, 9..=12) => 1,
            (LevelScale::Telemetry, 13..=16) => 3,
            (LevelScale::Telemetry, 17..=20) => 4,
            (LevelScale::Telemetry, 21..=24) => 5,
            (LevelScale::Telemetry, _) => return None,
            (LevelScale::Syslog, 0..=2) => 5,
            (LevelScale::Syslog, 3) => 4,
            (LevelScale::Syslog, 4) => 3,
            (LevelScale::Syslog, 5) => 2,
            (LevelScale::Syslog, 6) => 1,
            (LevelScale::Syslog, 7) => 0,
            (LevelScale::Words, 10..=29) => 0,
            (LevelScale::Words, 30..=39) => 1,
            (LevelScale::Words, 40..=49) => 3,
            (LevelScale::Words, 50..=59) => 4,
            (LevelScale::Words, 60) => 5,
            _ => return None,
        });
    }
    match scale {
        LevelScale::Translated => {
            word_level(bytes).or_else(|| tongues::level(bytes).map(i64::from))
        }
        _ => word_level(bytes),
    }
}

/// Redis' signs.
fn sign_level(sign: &[u8]) -> Option<i64> {
    match sign {
        b"." | b"-" => Some(0),
        b"*" => Some(2),
        b"#" => Some(3),
        _ => None,
    }
}

/// A response code of DNS: that a name does not exist is an answer, all others are failures.
fn rcode_level(code: &[u8]) -> Option<i64> {
    match code {
        b"NOERROR" | b"NXDOMAIN" => Some(1),
        [_, ..] if code.iter().all(u8::is_ascii_uppercase) => Some(4),
        _ => None,
    }
}

/// A word of up to eight letters in one number.
const fn word(text: &[u8]) -> u64 {
    let (mut word, mut i) = (0, 0);
    while i < text.len() {
        word |= (text[i] as u64) << (8 * i);
        i += 1;
    }
    word
}

/// The level of each word in lower case, the most usual words first.
const LEVELS: [(u64, i64); 39] = [
    (word(b"info"), 1),
    (word(b"debug"), 0),
    (word(b"error"), 4),
    (word(b"warn"), 3),
    (word(b"warning"), 3),
    (word(b"log"), 1),
    (word(b"trace"), 0),
    (word(b"dbg"), 0),
    (word(b"d"), 0),
    (word(b"verbose"), 0),
    (word(b"fine"), 0),
    (word(b"finer"), 0),
    (word(b"finest"), 0),
    (word(b"trc"), 0),
    (word(b"vrb"), 0),
    (word(b"inf"), 1),
    (word(b"i"), 1),
    (word(b"system"), 1),
    (word(b"notice"), 2),
    (word(b"note"), 2),
    (word(b"wrn"), 3),
    (word(b"w"), 3),
    (word(b"err"), 4),
    (word(b"e"), 4),
    (word(b"severe"), 4),
    (word(b"fatal"), 5),
    (word(b"crit"), 5),
    (word(b"critical"), 5),
    (word(b"panic"), 5),
    (word(b"alert"), 5),
    (word(b"emerg"), 5),
    (word(b"dpanic"), 5),
    (word(b"f"), 5),
    (word(b"ftl"), 5),
    // logrus cuts its levels to four letters.
    (word(b"erro"), 4),
    (word(b"fata"), 5),
    (word(b"pani"), 5),
    (word(b"debu"), 0),
    (word(b"trac"), 0),
];

fn word_level(bytes: &[u8]) -> Option<i64> {
    // MongoDB numbers its chatter.
    if let [b'D' | b'd', b'1'..=b'5'] = bytes {
        return Some(0);
    }
    if bytes.len() > 8 {
        let begins = |word: &[u8]| bytes[..9].eq_ignore_ascii_case(word);
        return match (begins(b"informati"), begins(b"emergency")) {
            (true, _) => Some(1),
            (_, true) => Some(5),
            _ => None,
        };
    }
    // Only a letter becomes a small letter by this bit.
    let small = (u64::MAX / 255 * 0x20).checked_shr(64 - 8 * bytes.len() as u32);
    let written = word_of(bytes) | small.unwrap_or(0);
    let found = LEVELS.iter().find(|(word, _)| *word == written);
    found.map(|(_, level)| *level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_all_schools_are_one_scale() {
        assert_eq!(level(b"WARN", LevelScale::Words), Some(3));
        assert_eq!(level(b"50", LevelScale::Words), Some(4));
        assert_eq!(level(b"3", LevelScale::Syslog), Some(4));
        assert_eq!(level(b"17", LevelScale::Telemetry), Some(4));
        assert_eq!(level(b"0", LevelScale::Telemetry), None);
        assert_eq!(level(b"#", LevelScale::Signs), Some(3));
        assert_eq!(level(b"D2", LevelScale::Words), Some(0));
        assert_eq!(level(b"Note", LevelScale::Words), Some(2));
        assert_eq!(level(b"blue", LevelScale::Words), None);
        assert_eq!(level(b"Information", LevelScale::Words), Some(1));
        assert_eq!(level(b"CRITICAL", LevelScale::Words), Some(5));
        assert_eq!(level(b"Emergency", LevelScale::Words), Some(5));
        assert_eq!(level(b" FINEST ", LevelScale::Words), Some(0));
        assert_eq!(level(b"inf\0", LevelScale::Words), None);
        assert_eq!(level(b"d\x11", LevelScale::Words), None);
    }
}
