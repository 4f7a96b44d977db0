//! Messages behind a clock without a date: `12:00:01.234 ERROR text`, `[12:00:01] text`.
//!
//! In: the lines of a source in which nothing else is a stamp. Out: their time of day, a level among
//! the next words, the rest as message. Of which day they are is the source's to say
//! (`analysis/dates.rs`).

use super::field::Field;
use super::row::Row;
use super::stamp::{StampKind, StampReader};
use super::{Detected, Engine, Format, SourceKind, StampSide, join, plain};
use crate::lines::LineBatch;

/// Longest clock, in bytes: nine digits of a fraction, and which half of the day.
const CLOCK_MAX: usize = 24;
/// A clock stands in front of at least this share of the lines that may open something.
const SHARE_MIN: f64 = 0.5;

/// Reads a line. `None` if no clock leads it.
pub fn split<'a>(line: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) -> Option<()> {
    let (clock, rest) = leading(line)?;
    row.set(Field::Time(StampKind::Clock), clock, stamps);
    row.time_ns()?;
    plain::message(rest, row, stamps);
    Some(())
}

/// True if a message may begin at this line.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    leading(line).is_some()
}

/// The format of a sample whose lines begin with a clock and in front of which no stamp stands.
pub fn detected(sample: &LineBatch) -> Option<Detected> {
    let lines = || (0..sample.len()).map(|i| sample.line(i));
    if lines().any(plain::leads) {
        return None;
    }
    let bearing = lines().filter(|line| join::may_open(line)).count();
    let led = lines().filter(|line| opens(None, line)).count();
    // Where most lines hold a whole stamp besides, that says more.
    let is_stamped = |line: &&[u8]| opens(None, line) && plain::opens(None, line);
    if lines().filter(is_stamped).count() * 2 > led {
        return None;
    }
    let share = led as f64 / bearing.max(1) as f64;
    let format = Format::new("clock", SourceKind::App, StampSide::Start, Engine::Clock);
    (led > 0 && share >= SHARE_MIN).then(|| Detected {
        format,
        confidence: 0.5 * share.min(1.0),
        reason: format!("a clock without a date in front of {led} of {bearing} sample lines"),
    })
}

/// A clock at the very beginning, perhaps in brackets, and what follows it and its bracket.
fn leading(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let close = match line.first()? {
        b'[' => Some(b']'),
        b'(' => Some(b')'),
        _ => None,
    };
    let body = &line[usize::from(close.is_some())..];
    if !body.first()?.is_ascii_digit() {
        return None;
    }
    let n = StampKind::Clock.leading_length(&body[..body.len().min(CLOCK_MAX)])?;
    let (clock, rest) = body.split_at(n);
    match (close, rest.first()) {
        (Some(close), Some(byte)) if *byte == close => Some((clock, &rest[1..])),
        (_, None | Some(b' ' | b'\t' | b'|')) => Some((clock, rest)),
        (None, Some(b':')) if matches!(rest.get(1), None | Some(b' ')) => Some((clock, &rest[1..])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use crate::events::{Number, Text};
    use crate::formats::parse::parse_text;
    use crate::formats::stamp::StampContext;
    use proptest::prelude::*;

    const DAY_NS: i64 = 86_400_000_000_000;

    /// `TIME LEVEL MESSAGE` of each event, the first near noon of 4 March 2024.
    fn check(text: &str, expected: &[&str]) {
        let found = detected(&LineBatch::split(text.as_bytes().to_vec(), 0)).expect("clocks");
        let near_ns = 19_786 * DAY_NS + DAY_NS / 2;
        let context = StampContext::from(Zone::UTC).near(Some(near_ns));
        let parsed = parse_text(&found.format, context, text.as_bytes());
        let said = |row: usize| {
            let chunk = &parsed.chunk;
            let level = chunk.number_at(Number::Level, row);
            let message = chunk.text_at(Text::Message, row).expect("a message");
            format!(
                "{} {} {}",
                rfc3339(chunk.time_ns[row]),
                level.map_or("-".to_owned(), |level| level.to_string()),
                parsed.names[Text::Message as usize].text(message)
            )
        };
        let said: Vec<String> = (0..parsed.chunk.len()).map(said).collect();
        assert_eq!(said, expected, "{text}");
        let sum = parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers;
        assert_eq!(sum, parsed.lines, "{text}");
    }

    #[test]
    fn a_clock_leads_its_message() {
        check(
            "12:00:01.234 ERROR the till is gone\n[12:00:02] [main] WARN slow\n 12:00:02 indented\n(9:00:03 PM) bye",
            &[
                "2024-03-04T12:00:01.234Z 4 ERROR the till is gone",
                "2024-03-04T12:00:02Z 3 [main] WARN slow",
                "2024-03-04T21:00:03Z - bye",
            ],
        );
    }

    #[test]
    fn behind_midnight_it_is_the_next_day_and_lines_out_of_order_stay() {
        check(
            "23:59:58,5 a\n00:00:01,0 b\n23:59:59,9 c\n00:00:02,0 d\n11:00:00 e\n22:00:00 f\n01:00:00 g",
            &[
                "2024-03-04T23:59:58.500Z - a",
                "2024-03-05T00:00:01Z - b",
                "2024-03-04T23:59:59.900Z - c",
                "2024-03-05T00:00:02Z - d",
                "2024-03-05T11:00:00Z - e",
                "2024-03-05T22:00:00Z - f",
                "2024-03-06T01:00:00Z - g",
            ],
        );
    }

    #[test]
    fn what_only_looks_like_a_clock_is_none() {
        for line in [
            "12:00 x",
            "25:00:00 x",
            "12:00:01,5,7",
            "12:00:01-x",
            "at 12:00:01 x",
            "1:2:3 x",
            "",
        ] {
            assert!(!opens(None, line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_source_with_stamps_of_any_other_kind_is_not_read_so() {
        let found = |text: &str| detected(&LineBatch::split(text.as_bytes().to_vec(), 0));
        assert!(found("12:00:01 a\n12:00:02 b").is_some());
        assert!(found("12:00:01 a\n12:00:02 b\n2024-03-04 12:00:03 c").is_none());
        assert!(found("12:00:01 a\nb\nc").is_none());
        assert!(found("12:00:01 a 2024-03-04 12:00:01 b").is_none());
        assert!(found("12:00:01 a\n12:00:02 until 2024-03-04 12:00:01").is_some());
        assert!(found("").is_none());
    }

    proptest! {
        #[test]
        fn any_line_is_safe(line: Vec<u8>) {
            let _ = leading(&line);
        }
    }
}
