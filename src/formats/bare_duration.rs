//! A bare whole number behind an access line: Apache's `%D` in microseconds, or that of Tomcat up to
//! 9 in milliseconds. Tomcat 10 and newer write microseconds as well.
//!
//! In: a detected format and the first lines. Out: what cannot be told from them, in words, and the
//! format with the unit that the user says. Which of both a log is at first is for `detect`.

use super::definition::Definition;
use super::detect::first_lines;
use super::mixed::Anew;
use super::parse::parse_as;
use super::stamp::StampContext;
use super::{Format, catalogue};
use crate::clock::{NS_PER_S, Zone};
use crate::events::Number;
use crate::lines::LineBatch;

/// How users call the number in `--map`.
pub const KEY: &str = "%D";
/// Formats that end in it.
const FORMATS: [&str; 3] = ["apache-timed", "tomcat", "nginx-timed"];
/// Half of the requests of a service take at most this, ms: a larger median is one of microseconds.
const MEDIAN_MS_MAX: i64 = 2_000;
/// Of fewer requests nothing is said.
const REQUESTS_MIN: usize = 20;

/// Whether a format ends in the number; layers stand behind the name.
pub fn ends_in_it(format: &Format) -> bool {
    let name = format.name.split(" in ").next().unwrap_or_default();
    FORMATS.contains(&name)
}

/// What is not certain of durations that were read as microseconds: they may be milliseconds. `None`
/// where they cannot: half of them would last longer than two seconds, or stamps go back, so that
/// they are of the start of a request, as only Apache's are.
pub fn doubt(format: &Format, head: &LineBatch) -> Option<String> {
    if format.name.split(" in ").next() != Some(FORMATS[0]) {
        return None;
    }
    let sample = first_lines(head);
    let context = StampContext::from(Zone::UTC).open_start();
    let chunk = parse_as(format, context, &sample, Anew::Keep).chunk;
    let goes_back = chunk
        .time_ns
        .windows(2)
        .any(|two| two[1] + NS_PER_S <= two[0]);
    let latency = |row| chunk.number_at(Number::LatencyUs, row);
    let mut numbers: Vec<i64> = (0..chunk.len()).filter_map(latency).collect();
    numbers.sort_unstable();
    let median = *numbers.get(numbers.len() / 2)?;
    let is_open = numbers.len() >= REQUESTS_MIN && median <= MEDIAN_MS_MAX && !goes_back;
    is_open.then(|| {
        format!(
            "durations are read as microseconds, half of them up to {median}; \
             if Tomcat up to 9 wrote them they are milliseconds: --map latency={KEY}:ms"
        )
    })
}

/// The format with the number in `unit`: in milliseconds it is Tomcat's, which stamps the end.
pub fn in_unit(format: Format, unit: &str) -> Format {
    let own = format.name.split(" in ").next().unwrap_or_default();
    let name = match unit {
        "ms" => "tomcat",
        "s" => "nginx-timed",
        // Tomcat 10 writes microseconds, and stamps the end as before.
        _ if own == "tomcat" => own,
        _ => "apache-timed",
    };
    let source = catalogue::SOURCES.iter().find(|(known, _)| *known == name);
    let read = source.and_then(|(name, text)| Definition::read(name, text).ok());
    let said = read.and_then(|definition| {
        let definition = match unit {
            "us" => definition.with_latency_in(unit),
            _ => definition,
        };
        definition.compile().ok()
    });
    let Some(said) = said else {
        return format;
    };
    let layers = format.name.split_once(" in ").map(|(_, layers)| layers);
    let name = layers.map_or(said.name.clone(), |layers| {
        format!("{} in {layers}", said.name)
    });
    Format {
        name,
        around: format.around,
        ..said
    }
}
