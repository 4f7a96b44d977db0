//! Gauges that a program writes into a line of its log: `wait 951 us` among statistics.
//!
//! In: a line that became an event, and what its format's gauges stand behind. Out: an event more
//! for each that is there, of a metric's kind. Numbers stay in the unit that their name says.

use super::row::Place;
use super::{Parsed, SourceKind, value};
use crate::events::{Number, Text};

/// A number in a line that is a sample of a gauge.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gauge {
    /// A text that the line holds.
    pub line: String,
    /// What stands right in front of the number.
    pub behind: String,
    /// The gauge's name, its unit last.
    pub metric: String,
}

/// Adds the samples that the newest event's line holds.
pub(super) fn add(gauges: &[Gauge], line: &[u8], place: Place, parsed: &mut Parsed) {
    let Some(&time_ns) = parsed.chunk.time_ns.last() else {
        return;
    };
    for gauge in gauges {
        let Some(value_micro) = sample(gauge, line) else {
            continue;
        };
        parsed
            .foreign
            .push((parsed.chunk.len(), SourceKind::Metric));
        parsed.extra += 1;
        let chunk = &mut parsed.chunk;
        chunk.open(time_ns, place.line, place.offset, place.length);
        chunk.set_number(Number::ValueMicro, value_micro);
        let name = parsed.names[Text::Metric as usize].intern(gauge.metric.as_bytes());
        chunk.set_text(Text::Metric, name);
    }
}

/// The number behind the gauge's text, in millionths.
fn sample(gauge: &Gauge, line: &[u8]) -> Option<i64> {
    memchr::memmem::find(line, gauge.line.as_bytes())?;
    let at = memchr::memmem::find(line, gauge.behind.as_bytes())? + gauge.behind.len();
    let is_part = |byte: &&u8| byte.is_ascii_digit() || **byte == b'.';
    let length = line[at..].iter().take_while(is_part).count();
    value::micro(&line[at..at + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_its_text_is_a_sample_and_nothing_else_is() {
        let gauge = Gauge {
            line: " stats: ".into(),
            behind: ", wait ".into(),
            metric: "wait us".into(),
        };
        let check = |line: &str, expected| assert_eq!(sample(&gauge, line.as_bytes()), expected);
        check("LOG stats: 8 xacts/s, wait 951 us", Some(951_000_000));
        check("LOG stats: 8 xacts/s, wait 0.5", Some(500_000));
        check("LOG stats: 8 xacts/s, wait us", None);
        check("LOG stats: 8 xacts/s, wait ", None);
        check("LOG they were told, wait 3 minutes", None);
    }
}
