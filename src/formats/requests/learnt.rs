//! Where a program's messages have what they say of requests, learnt from a sample.
//!
//! In: messages. Out: a layout, if enough of them name a method and a target and have a status at
//! one and the same place. Nothing else than the sample is known of the program.

use super::{Duration, Layout, Place, Words, address, bare_decimal, status};
use crate::formats::detect::Detected;
use crate::formats::field::{Field, Unit};
use crate::formats::single::messages_in;
use crate::formats::work::{Durations, core};
use crate::formats::{Engine, Format, SourceKind, StampSide, value};
use crate::lines::LineBatch;

/// Fewer messages with a status tell of no layout.
const TOLD_MIN: usize = 3;
/// At least this share of all messages tells of requests ...
const SHARE_MIN: f64 = 0.05;
/// ... and this share of those that name a target says how it ended.
const ENDED_MIN: f64 = 0.2;
/// Numbers where the status stands are statuses that HTTP knows.
const STATUSES_MIN: f64 = 0.95;
/// A program that tells of failures alone tells of no requests: so many went well at least.
const WELL_MIN: f64 = 1.0 / 3.0;
/// Nearly all messages have their duration, and most their client, at one place.
const DURATIONS_MIN: f64 = 0.9;
const CLIENTS_MIN: f64 = 0.8;
/// Bare numbers are seconds if half of them are less than one and none is more than this.
const SECONDS_MAX: i64 = 300_000_000;

/// The format that was found; if its messages tell of requests, with their layout, else if they tell how
/// long work took, with that. Where they tell of requests an event is a request or a message, and the
/// source of the kind that most are.
pub fn with_told(mut found: Detected, sample: &LineBatch, is_timed: bool) -> Detected {
    let format = &found.format;
    let has_messages = matches!(
        format.engine,
        Engine::Template(_) | Engine::Json(_) | Engine::Regex(_) | Engine::Plain | Engine::Clock
    );
    if format.kind != SourceKind::App || format.requests.is_some() || !has_messages {
        return found;
    }
    let messages = messages_in(format, sample, is_timed);
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    let Some(layout) = layout(&messages) else {
        return with_work(found, &messages);
    };
    let told = messages
        .iter()
        .filter(|message| layout.read(message).is_some());
    if 2 * told.count() > messages.len() {
        found.format.kind = SourceKind::Access;
    }
    if layout.duration.is_some() {
        found.format.side = StampSide::End;
    }
    found.reason += &format!("; requests in its messages: {}", layout.words());
    found.format.requests = Some(layout);
    found
}

/// The format that was found; if its messages tell how long work took, it reads that of them. Only
/// of what any program writes: a format of one program's own knows what its words mean.
fn with_work(mut found: Detected, messages: &[&[u8]]) -> Detected {
    let format = &mut found.format;
    let reads_durations = match &format.engine {
        Engine::Json(plan) => {
            let mut fields = plan.wanted().iter().map(|(_, field)| field);
            fields.any(|field| matches!(field, Field::Latency(_)))
        }
        _ => false,
    };
    if is_anybodys(format)
        && !reads_durations
        && let Some(durations) = Durations::of(messages)
    {
        found.reason += &format!("; durations in its messages: {}", durations.words());
        format.side = StampSide::End;
        format.durations = Some(durations);
    }
    found
}

/// Whether many programs write so: text, unknown JSON, and what the loggers of languages write.
fn is_anybodys(format: &Format) -> bool {
    matches!(format.engine, Engine::Plain | Engine::Clock)
        || format.name == "json"
        || format.any_program
}

/// The layout of messages that tell of requests.
fn layout(messages: &[&[u8]]) -> Option<Layout> {
    let named: Vec<Words<'_>> = messages.iter().copied().filter_map(Words::of).collect();
    let status = status_place(&named)?;
    let ended: Vec<&Words<'_>> = named
        .iter()
        .filter(|words| status_at(words, status).is_some())
        .collect();
    let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
    let well = ended
        .iter()
        .filter(|words| status_at(words, status).is_some_and(|status| status < 400));
    let is_told = ended.len() >= TOLD_MIN
        && share(ended.len(), messages.len()) >= SHARE_MIN
        && share(ended.len(), named.len()) >= ENDED_MIN
        && share(well.count(), ended.len()) >= WELL_MIN;
    is_told.then(|| Layout {
        status,
        duration: duration(&ended, status),
        client: client(&ended, status),
    })
}

/// The places that are looked at. What stands behind the target stands so far behind it whatever
/// is in front; a status that stands before the method may have words of its own behind it, which
/// differ for failures (`500 Internal Server Error: GET /pay`), and is counted from the begin.
fn places() -> impl DoubleEndedIterator<Item = Place> {
    let behind = (1..=12).map(Place::Behind);
    let first = (1..=8).map(Place::First);
    let before = (1..=6).map(Place::Before);
    let last = (1..=4).map(Place::Last);
    behind.chain(first).chain(before).chain(last)
}

/// The same for what stands beside a status: behind its words it is counted from the end.
fn places_beside(status: Place) -> impl DoubleEndedIterator<Item = Place> {
    let next = match status {
        Place::Behind(n) => Some(Place::Behind(n + 1)),
        _ => None,
    };
    let is_other = move |place: &Place| *place != status && Some(*place) != next;
    let last = (1..=4).map(Place::Last);
    next.into_iter()
        .chain(last)
        .chain(places().filter(is_other))
}

fn status_at(words: &Words<'_>, place: Place) -> Option<i64> {
    status(words.at(place)?)
}

/// Where most of them have a status; of equals the first place.
fn status_place(named: &[Words<'_>]) -> Option<Place> {
    let counted = places().rev().filter_map(|place| {
        let words = || named.iter().filter_map(|words| words.at(place)).map(core);
        let is_number = |word: &&[u8]| value::integer(word).is_some();
        let numbers = words().filter(is_number).count();
        let known = words().filter_map(status).filter(is_known).count();
        let is_status = known > 0 && known as f64 >= STATUSES_MIN * numbers as f64;
        is_status.then_some((known, place))
    });
    let most = counted.max_by_key(|(known, _)| *known);
    most.map(|(_, place)| place)
}

/// Whether it is one of those that HTTP and its servers give.
fn is_known(status: &i64) -> bool {
    matches!(
        status,
        100..=103
            | 200..=208
            | 226
            | 300..=308
            | 400..=418
            | 421..=426
            | 428..=431
            | 440
            | 444
            | 449..=451
            | 460
            | 463
            | 494..=511
            | 520..=530
            | 598
            | 599
    )
}

/// Where they have their duration: of several the longest, since the others are parts of it.
fn duration(ended: &[&Words<'_>], status: Place) -> Option<Duration> {
    let is_most = |values: &[i64]| values.len() as f64 >= DURATIONS_MIN * ended.len() as f64;
    let written = |place: Place| -> Option<(i128, Place)> {
        let values = ended.iter().filter_map(|words| words.written_us(place));
        let values: Vec<i64> = values.collect();
        let sum = values.iter().map(|us| i128::from(*us)).sum();
        is_most(&values).then_some((sum, place))
    };
    let others = || places_beside(status);
    let longest = others()
        .rev()
        .filter_map(written)
        .max_by_key(|(sum, _)| *sum);
    if let Some((_, place)) = longest {
        return Some(Duration { place, unit: None });
    }
    others().find_map(|place| {
        let number = |words: &&Words<'_>| value::micro(bare_decimal(words.at(place)?)?);
        let mut numbers: Vec<i64> = ended.iter().filter_map(number).collect();
        is_most(&numbers).then(|| Duration {
            place,
            unit: Some(unit_of(&mut numbers)),
        })
    })
}

/// The likely unit of numbers, in millionths, that have none.
fn unit_of(numbers: &mut [i64]) -> Unit {
    numbers.sort_unstable();
    let median = numbers.get(numbers.len() / 2).copied().unwrap_or(0);
    let most = numbers.last().copied().unwrap_or(0);
    match median < 1_000_000 && most <= SECONDS_MAX {
        true => Unit::Seconds,
        false => Unit::Millis,
    }
}

/// Where they have an address.
fn client(ended: &[&Words<'_>], status: Place) -> Option<Place> {
    let has_one = |words: &&&Words<'_>, place| words.at(place).and_then(address).is_some();
    let counted = places_beside(status).rev().map(|place| {
        let has = ended.iter().filter(|words| has_one(words, place));
        (has.count(), place)
    });
    let (most, place) = counted.max_by_key(|(count, _)| *count)?;
    (most as f64 >= CLIENTS_MIN * ended.len() as f64).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Five requests in a program's words: `%m` method, `%t` target, `%s` status, `%S` the
    /// same with its words, `%d` milliseconds, `%b` bytes.
    fn told(words: &str) -> Vec<String> {
        let requests = [
            ("GET", "/pay/7", "200", "12.5", "512"),
            ("POST", "/pay?a=b", "201", "7.25", "87"),
            ("GET", "/", "404 Not Found", "3.125", "9"),
            ("PUT", "/users/9/cart", "200", "21.5", "1024"),
            ("GET", "/pay/8", "503 Service Unavailable", "3100.5", "200"),
        ];
        let all = requests.iter();
        let one = |(method, target, status, duration, bytes): &(&str, &str, &str, &str, &str)| {
            words
                .replace("%m", method)
                .replace("%t", target)
                .replace("%S", status)
                .replace("%s", &status[..3])
                .replace("%d", duration)
                .replace("%b", bytes)
        };
        all.map(one).collect()
    }

    fn check(words: &str, expected: &str) {
        let messages = told(words);
        let messages: Vec<&[u8]> = messages.iter().map(String::as_bytes).collect();
        let found = layout(&messages);
        let said = found.map(|layout| {
            let last = layout.read(messages[4]).expect("a request");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let duration = last.latency_us.map_or("-".to_owned(), |us| us.to_string());
            let client = last.client.map_or("-".to_owned(), text);
            format!(
                "{} {} {} {duration} {client}",
                text(last.method),
                text(last.target),
                last.status
            )
        });
        assert_eq!(said.as_deref().unwrap_or("none"), expected, "{words}");
    }

    #[test]
    fn requests_are_read_in_whatever_words_they_are_told() {
        check("%m %t %s %dms", "GET /pay/8 503 3100500 -");
        check("%m %t %s %d ms - %b", "GET /pay/8 503 3100500 -");
        check("%m %t - %s - %d ms", "GET /pay/8 503 3100500 -");
        check("%m %t -> %s (%d ms)", "GET /pay/8 503 3100500 -");
        check("[HTTP] %m %t %S %dms", "GET /pay/8 503 3100500 -");
        check("%S : %m - %t in %dms", "GET /pay/8 503 3100500 -");
        check(
            "api: %S %m %t (10.0.0.1) %dms",
            "GET /pay/8 503 3100500 10.0.0.1",
        );
        check(
            "response %s for %m %t took %d ms",
            "GET /pay/8 503 3100500 -",
        );
        check(
            "HTTP %m %t responded %s in %d milliseconds.",
            "GET /pay/8 503 3100500 -",
        );
        check(
            "10.0.0.1:4711 - \"%m %t HTTP/1.1\" %s %b",
            "GET /pay/8 503 - 10.0.0.1",
        );
        check(
            "from [::1]:4711 \"%m %t HTTP/1.1\" %s %b",
            "GET /pay/8 503 - ::1",
        );
        check(
            "\\\"%m https://shop.example/%t\\\" %s %b took=%dms client=10.0.0.1",
            "GET https://shop.example//pay/8 503 3100500 10.0.0.1",
        );
    }

    #[test]
    fn of_several_durations_the_longest_is_the_requests() {
        check("%m %t %s db 1.5ms all %dms", "GET /pay/8 503 3100500 -");
        check("%m %t %s all %dms db 1.5ms", "GET /pay/8 503 3100500 -");
        // What a logger adds is no duration.
        check("%m %t %s %b +9999ms", "GET /pay/8 503 - -");
    }

    #[test]
    fn bare_numbers_with_a_point_are_seconds_or_milliseconds_by_their_size() {
        check("%m %t %s %b \"curl/8\" %d", "GET /pay/8 503 3100500 -");
        let agents = [
            "GET /a 200 1 b/8 0.012",
            "GET /b 200 2 a/8 (x y) 0.25",
            "GET /c 503 3 b/8 3.1",
        ];
        let layout_of =
            |texts: [&str; 3]| layout(&texts.map(str::as_bytes)).expect("a layout").words();
        assert_eq!(
            layout_of(agents),
            "status in word 1 behind the target, duration in word 1 from the end (guessed: s)"
        );
        let seconds = ["GET /a 200 0.012", "GET /b 200 0.250", "GET /c 503 3.001"];
        let seconds = seconds.map(str::as_bytes);
        let layout = layout(&seconds).expect("a layout");
        let read = layout.read(seconds[2]).expect("a request");
        assert_eq!(read.latency_us, Some(3_001_000));
        assert_eq!(
            layout.words(),
            "status in word 1 behind the target, duration in word 2 behind the target (guessed: s)"
        );
    }

    #[test]
    fn failures_have_words_that_the_sample_did_not_show() {
        let check = |sample: [&str; 3], failed: &str| {
            let layout = layout(&sample.map(str::as_bytes)).expect("a layout");
            let read = layout.read(failed.as_bytes()).expect("a request");
            let said = (read.status, read.latency_us, read.client);
            assert_eq!(
                said,
                (500, Some(12_000), Some(&b"10.0.0.1"[..])),
                "{failed}"
            );
        };
        check(
            [
                "http: 200 OK: GET - /a by 10.0.0.1 in 1ms",
                "http: 200 OK: GET - /b by 10.0.0.1 in 2ms",
                "http: 200 OK: PUT - /a by 10.0.0.1 in 3ms",
            ],
            "http: 500 Internal Server Error: GET - /a by 10.0.0.1 in 12ms",
        );
        check(
            [
                "GET /a: 200 OK, 10.0.0.1, 1ms",
                "GET /b: 200 OK, 10.0.0.1, 2ms",
                "PUT /a: 200 OK, 10.0.0.1, 3ms",
            ],
            "GET /a: 500 Internal Server Error, 10.0.0.1, 12ms",
        );
    }

    #[test]
    fn what_is_no_request_with_its_end_is_none() {
        check("%m %t took %dms", "none");
        check("%t %s %dms", "none");
        check("%m pay %s %dms", "none");
        // Bytes are no statuses: some of them are none that HTTP knows.
        check("%m %t %b", "none");
        // Failures alone.
        let failed = [
            "GET /a failed: 500",
            "GET /b failed: 503",
            "GET /c failed: 500",
        ];
        assert_eq!(layout(&failed.map(str::as_bytes)), None);
    }

    #[test]
    fn a_request_has_its_status_where_the_others_have_it() {
        let messages = told("%m %t %s %dms");
        let messages: Vec<&[u8]> = messages.iter().map(String::as_bytes).collect();
        let layout = layout(&messages).expect("a layout");
        for other in [
            "GET /pay/7 started",
            "GET /pay/7 1200 12ms",
            "GET /pay/7",
            "paid 200 12ms",
            "",
        ] {
            assert_eq!(layout.read(other.as_bytes()), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_message_is_safe(
            message in "(GET|PUT|/a|200|503|[0-9.]{1,9}|ms|12ms|10\\.0\\.0\\.1:7|\\[::1\\]|\"|=|:|-| |\\PC){0,90}",
            other: Vec<u8>,
        ) {
            let messages = told("%m %t %s %b by 10.0.0.1 in %dms");
            let messages: Vec<&[u8]> = messages.iter().map(String::as_bytes).collect();
            let known = layout(&messages).expect("a layout");
            for message in [message.as_bytes(), &other] {
                if let Some(read) = known.read(message) {
                    prop_assert!((100..600).contains(&read.status) && !read.target.is_empty());
                }
                let _ = layout(&[message, message, message]);
            }
        }
    }
}
