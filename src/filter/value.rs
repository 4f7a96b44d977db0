//! Numbers of a filter, each in the way of its field: read from text and printed so that reading
//! gives the same.

use super::fields::Kind;
use crate::formats::field::{LevelScale, Unit};
use crate::formats::jobs::{Step, step};
use crate::formats::value::{duration_us, integer, level, micro};

/// Words of the levels, by their number.
pub const LEVELS: [&str; 6] = ["debug", "info", "notice", "warning", "error", "fatal"];
/// Words of the steps of jobs, by their number less one.
pub const STEPS: [&str; Step::ALL.len()] =
    ["enqueued", "started", "finished", "failed", "discarded"];
/// Units of bytes, powers of 1024, by their letter.
const BYTE_UNITS: [(char, u32); 4] = [('K', 10), ('M', 20), ('G', 30), ('T', 40)];

/// The least and the greatest number that a text means, in the unit of the column: `5xx` is 500 to
/// 599, `1s..2s` that, `503` the same twice. `None` if it is no value of that kind, or the least
/// is above the greatest.
pub fn read(kind: Kind, text: &str) -> Option<(i64, i64)> {
    if let Some((low, high)) = text.split_once("..") {
        let range = (read_one(kind, low)?.0, read_one(kind, high)?.1);
        return (range.0 <= range.1).then_some(range);
    }
    read_one(kind, text)
}

fn read_one(kind: Kind, text: &str) -> Option<(i64, i64)> {
    let bytes = text.as_bytes();
    let one = |n: i64| (n, n);
    match kind {
        Kind::Count => integer(bytes).map(one),
        Kind::Status => match bytes {
            [class @ b'1'..=b'9', b'x' | b'X', b'x' | b'X'] => {
                let least = i64::from(class - b'0') * 100;
                Some((least, least + 99))
            }
            _ => integer(bytes).map(one),
        },
        Kind::Duration if bytes == b"0" => Some((0, 0)),
        Kind::Duration => duration_us(bytes, Unit::Written)
            .filter(|us| *us >= 0)
            .map(one),
        Kind::Bytes => size(text).map(one),
        Kind::Level => level(bytes, LevelScale::Words).map(one),
        Kind::Step => step(bytes).map(|step| one(step as i64)),
        Kind::Decimal => micro(bytes).map(one),
        Kind::Text => None,
    }
}

/// `512`, `10KB`, `1.5 MiB`: powers of 1024.
fn size(text: &str) -> Option<i64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let unit = unit.to_ascii_uppercase();
    let letters = unit.strip_suffix('B').unwrap_or(&unit);
    let letters = letters.strip_suffix('I').unwrap_or(letters);
    let mut letters = letters.chars();
    let shift = match (letters.next(), letters.next()) {
        (None, _) if unit.is_empty() || unit == "B" => 0,
        (Some(letter), None) => BYTE_UNITS.iter().find(|(one, _)| *one == letter)?.1,
        _ => return None,
    };
    if shift == 0 {
        return integer(number.as_bytes());
    }
    let scaled = i128::from(micro(number.as_bytes())?) << shift;
    i64::try_from((scaled + 500_000) / 1_000_000).ok()
}

/// A number as `read` reads it.
pub fn print(kind: Kind, n: i64) -> String {
    match kind {
        Kind::Duration => duration(n),
        Kind::Level => word(&LEVELS, n),
        Kind::Step => word(&STEPS, n - 1),
        Kind::Decimal => decimal(n),
        Kind::Count | Kind::Status | Kind::Bytes | Kind::Text => n.to_string(),
    }
}

fn word(words: &[&str], n: i64) -> String {
    let found = usize::try_from(n).ok().and_then(|n| words.get(n));
    found.map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

fn duration(us: i64) -> String {
    match us {
        us if us % 1_000_000 == 0 => format!("{}s", us / 1_000_000),
        us if us % 1000 == 0 => format!("{}ms", us / 1000),
        us => format!("{us}us"),
    }
}

fn decimal(micro: i64) -> String {
    let sign = if micro < 0 { "-" } else { "" };
    let (whole, part) = (
        micro.unsigned_abs() / 1_000_000,
        micro.unsigned_abs() % 1_000_000,
    );
    let part = format!("{part:06}");
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_are_written_with_their_units() {
        let check = |kind, text, expected| assert_eq!(read(kind, text), expected, "{text}");
        check(Kind::Status, "503", Some((503, 503)));
        check(Kind::Status, "5xx", Some((500, 599)));
        check(Kind::Status, "4xx..5xx", Some((400, 599)));
        check(Kind::Status, "xx", None);
        check(Kind::Duration, "1.5s", Some((1_500_000, 1_500_000)));
        check(Kind::Duration, "250ms..2m", Some((250_000, 120_000_000)));
        check(Kind::Duration, "2m..250ms", None);
        check(Kind::Duration, "1", None);
        check(Kind::Duration, "0", Some((0, 0)));
        check(Kind::Bytes, "10KB", Some((10_240, 10_240)));
        check(Kind::Bytes, "1.5MiB", Some((1_572_864, 1_572_864)));
        check(Kind::Bytes, "7", Some((7, 7)));
        check(Kind::Bytes, "7B", Some((7, 7)));
        check(Kind::Bytes, "7X", None);
        check(Kind::Bytes, "99999999999T", None);
        check(Kind::Level, "warn", Some((3, 3)));
        check(Kind::Level, "blue", None);
        check(Kind::Step, "failed", Some((4, 4)));
        check(Kind::Decimal, "0.5", Some((500_000, 500_000)));
        check(Kind::Decimal, "-1.25", Some((-1_250_000, -1_250_000)));
    }

    #[test]
    fn words_of_levels_and_steps_are_read_back() {
        for n in 0..6 {
            assert_eq!(read(Kind::Level, &print(Kind::Level, n)), Some((n, n)));
        }
        for n in 1..6 {
            assert_eq!(read(Kind::Step, &print(Kind::Step, n)), Some((n, n)));
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back(n in 0i64..31_622_400_000_000) {
            for kind in [Kind::Duration, Kind::Decimal, Kind::Bytes, Kind::Count] {
                prop_assert_eq!(read(kind, &print(kind, n)), Some((n, n)), "{:?}", kind);
            }
            prop_assert_eq!(read(Kind::Decimal, &print(Kind::Decimal, -n)), Some((-n, -n)));
        }

        #[test]
        fn any_text_is_safe(text: String) {
            for kind in [Kind::Count, Kind::Status, Kind::Duration, Kind::Bytes, Kind::Level, Kind::Step, Kind::Decimal] {
                let _ = read(kind, &text);
            }
        }
    }
}
