//! Unknown JSON and logfmt: what the keys mean, told by their names and values.

mod queue;

use std::collections::BTreeMap;

use super::field::{Field, LevelScale, Unit};
use super::json::{self, Value};
use super::stamp::StampKind;
use super::{logfmt, value};
use crate::events::{Number, Text};

/// Sample values kept per key.
const VALUES_MAX: usize = 200;
/// Keys looked at; a line with more is read without them.
const KEYS_MAX: usize = 300;

/// Keys of a sample with their values, in order of name.
#[derive(Debug, Default)]
pub struct Keys {
    values: BTreeMap<Vec<u8>, Vec<Vec<u8>>>,
    lines: usize,
}

/// A key's inferred meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Inferred {
    /// The dotted key.
    pub key: String,
    /// What it means.
    pub field: Field,
    /// How sure, in `[0, 1]`.
    pub confidence: f64,
}

/// Names by role, best first; compared in lower case without `_` and `-`.
const TIME: &[&str] = &[
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "@t",
    "t",
    "datetime",
    "date",
    "eventtime",
    "logtime",
    "starttime",
    "timemillis",
];
const LEVEL: &[&str] = &[
    "level",
    "severity",
    "lvl",
    "loglevel",
    "log.level",
    "@l",
    "levelname",
    "severitytext",
];
const MESSAGE: &[&str] = &["msg", "message", "@m", "@mt", "event", "text", "body"];
const STATUS: &[&str] = &[
    "status",
    "statuscode",
    "httpstatus",
    "res.statuscode",
    "http.response.statuscode",
    "responsecode",
    "response.status",
    "http.status",
    "code",
];
const LATENCY: &[&str] = &[
    "responsetime",
    "duration",
    "latency",
    "elapsed",
    "took",
    "requesttime",
    "event.duration",
    "dur",
    "timetaken",
    "durationmillis",
    "runtime",
];
const CLIENT: &[&str] = &[
    "clientip",
    "client",
    "remoteaddr",
    "remoteip",
    "ip",
    "client.ip",
    "source.ip",
    "account",
    "tenant",
    "customer",
    "apikey",
    "clientid",
    "userid",
    "req.remoteaddress",
];
const ENDPOINT: &[&str] = &[
    "path",
    "url",
    "uri",
    "route",
    "endpoint",
    "req.url",
    "url.path",
    "http.path",
    "http.target",
    "requesturi",
    "url.original",
];
const METHOD: &[&str] = &[
    "method",
    "httpmethod",
    "req.method",
    "http.method",
    "http.request.method",
    "verb",
];
const QUERY: &[&str] = &["query", "sql", "statement", "db.statement"];
const HOST: &[&str] = &[
    "host",
    "hostname",
    "instance",
    "pod",
    "node",
    "server",
    "host.name",
];
const SERVICE: &[&str] = &[
    "service",
    "service.name",
    "app",
    "application",
    "logger",
    "component",
    "name",
    "upstream",
];
const KIND: &[&str] = &[
    "type",
    "jobtype",
    "job",
    "jobclass",
    "class",
    "eventtype",
    "kind",
];
const USER: &[&str] = &["user", "username", "user.name"];

impl Keys {
    /// Takes in a line of JSON. False if it is not an object.
    pub fn add_json(&mut self, line: &[u8]) -> bool {
        let mut pairs = Vec::new();
        let read = json::walk(line, &mut |path, value| {
            let (Value::Text(bytes) | Value::Bare(bytes) | Value::Numbers(bytes)) = value;
            pairs.push((path.to_vec(), bytes.to_vec()));
        });
        self.keep(read, pairs)
    }

    /// Takes in a line of logfmt. False if it has fewer than two pairs.
    pub fn add_logfmt(&mut self, line: &[u8]) -> bool {
        let mut pairs = Vec::new();
        let read = logfmt::walk(line, &mut |key, value| {
            pairs.push((key.to_vec(), value.to_vec()))
        });
        let valued = pairs
            .iter()
            .filter(|(key, value)| !key.is_empty() && !value.is_empty())
            .count();
        self.keep(
            read.filter(|()| valued >= 2 && valued * 2 >= pairs.len()),
            pairs,
        )
    }

    fn keep(&mut self, read: Option<()>, pairs: Vec<(Vec<u8>, Vec<u8>)>) -> bool {
        if read.is_none() {
            return false;
        }
        self.lines += 1;
        for (key, value) in pairs {
            if self.values.len() < KEYS_MAX || self.values.contains_key(&key) {
                let values = self.values.entry(key).or_default();
                if values.len() < VALUES_MAX {
                    values.push(value);
                }
            }
        }
        true
    }

    /// The meanings, best name first where several keys could feed one field. Empty when no
    /// key is a time: without one a line is no event.
    pub fn infer(&self) -> Vec<Inferred> {
        let mut found = Vec::new();
        let texts = [
            (METHOD, Field::Text(Text::Method)),
            (ENDPOINT, Field::Target),
            (QUERY, Field::Statement(super::fingerprint::Quotes::Strings)),
            (CLIENT, Field::Text(Text::Client)),
            (HOST, Field::Text(Text::Host)),
            (SERVICE, Field::Text(Text::Service)),
            (KIND, Field::Text(Text::Kind)),
            (USER, Field::Text(Text::User)),
        ];
        if self
            .pick(
                TIME,
                &is_stamp,
                |_, _| Field::Time(StampKind::Any),
                &mut found,
            )
            .is_none()
        {
            return Vec::new();
        }
        self.pick(
            LEVEL,
            &is_level,
            |_, _| Field::Level(LevelScale::Words),
            &mut found,
        );
        self.pick(
            STATUS,
            &is_status,
            |_, _| Field::Number(Number::Status),
            &mut found,
        );
        self.pick(LATENCY, &is_amount, latency_field, &mut found);
        for (names, field) in texts {
            self.pick(names, &is_text, |_, _| field, &mut found);
        }
        queue::pick(self, &mut found);
        let taken: Vec<String> = found.iter().map(|inferred| inferred.key.clone()).collect();
        let message = |value: &[u8]| !value.is_empty();
        let free = MESSAGE
            .iter()
            .copied()
            .filter(|name| !taken.iter().any(|key| plain(key.as_bytes()) == *name))
            .collect::<Vec<_>>();
        self.pick(&free, &message, |_, _| Field::Message, &mut found);
        found
    }

    /// The first name whose key is there with fitting values in most lines that have it.
    fn pick(
        &self,
        names: &[&str],
        fits: &dyn Fn(&[u8]) -> bool,
        field: impl Fn(&str, &[Vec<u8>]) -> Field,
        found: &mut Vec<Inferred>,
    ) -> Option<()> {
        let mut candidates: Vec<(usize, &Vec<u8>, f64)> = Vec::new();
        for (key, values) in &self.values {
            let name = plain(key);
            let stem = without_unit(&name);
            let Some(rank) = names
                .iter()
                .position(|known| *known == name || *known == stem)
            else {
                continue;
            };
            let share =
                values.iter().filter(|value| fits(value)).count() as f64 / values.len() as f64;
            if share >= 0.8 {
                candidates.push((rank, key, share));
            }
        }
        candidates.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));
        let (rank, key, share) = candidates.first()?;
        let key = String::from_utf8_lossy(key).into_owned();
        let field = field(&key, &self.values[key.as_bytes()]);
        found.push(Inferred {
            key,
            field,
            confidence: share * (1.0 - 0.02 * *rank as f64),
        });
        Some(())
    }
}

fn plain(key: &[u8]) -> String {
    String::from_utf8_lossy(key)
        .to_lowercase()
        .replace(['_', '-'], "")
}

/// The unit a key's name ends in: `duration_ms`, `took.us`, `latencySeconds`.
fn named_unit(key: &str) -> Option<Unit> {
    let lower = key.to_lowercase();
    let endings = [
        ("seconds", Unit::Seconds),
        ("secs", Unit::Seconds),
        ("sec", Unit::Seconds),
        ("millis", Unit::Millis),
        ("milliseconds", Unit::Millis),
        ("micros", Unit::Micros),
        ("microseconds", Unit::Micros),
        ("nanos", Unit::Nanos),
        ("_ms", Unit::Millis),
        ("_us", Unit::Micros),
        ("_ns", Unit::Nanos),
        ("_s", Unit::Seconds),
        (".ms", Unit::Millis),
        ("ms", Unit::Millis),
        ("ns", Unit::Nanos),
        ("us", Unit::Micros),
    ];
    let longest_first = endings
        .iter()
        .filter(|(ending, _)| lower.ends_with(ending))
        .max_by_key(|(ending, _)| ending.len());
    longest_first.map(|(_, unit)| *unit)
}

fn without_unit(name: &str) -> String {
    const ENDINGS: [&str; 11] = [
        "milliseconds",
        "microseconds",
        "seconds",
        "millis",
        "micros",
        "nanos",
        "secs",
        "sec",
        "ms",
        "us",
        "ns",
    ];
    let stem = ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name);
    let stem = if stem.len() > 3 && ["durations", "latencys", "elapseds", "tooks"].contains(&stem) {
        &stem[..stem.len() - 1]
    } else {
        stem
    };
    stem.trim_end_matches('.').to_owned()
}

/// A name with a unit says it; `responseTime` is pino's and in ms; written units say it;
/// else whole numbers above 100,000 are nanoseconds, other whole numbers milliseconds,
/// decimals under 30 at the median seconds.
fn latency_field(key: &str, values: &[Vec<u8>]) -> Field {
    if values
        .iter()
        .all(|value| value.last().is_some_and(u8::is_ascii_alphabetic))
    {
        return Field::Latency(Unit::Written);
    }
    if let Some(unit) = named_unit(key) {
        return Field::Latency(unit);
    }
    match plain(key.as_bytes()).as_str() {
        "responsetime" => return Field::Latency(Unit::Millis),
        "event.duration" => return Field::Latency(Unit::Nanos),
        _ => {}
    }
    let mut numbers: Vec<i64> = values
        .iter()
        .filter_map(|value| value::micro(value))
        .collect();
    numbers.sort_unstable();
    let median = numbers.get(numbers.len() / 2).copied().unwrap_or(0) / 1_000_000;
    let decimal = values.iter().any(|value| value.contains(&b'.'));
    Field::Latency(match (decimal, median) {
        (true, ..30) => Unit::Seconds,
        (false, 100_000..) => Unit::Nanos,
        _ => Unit::Millis,
    })
}

fn is_stamp(value: &[u8]) -> bool {
    StampKind::Any.read(value).is_some()
}

fn is_level(value: &[u8]) -> bool {
    value::level(value, LevelScale::Words).is_some()
}

fn is_status(value: &[u8]) -> bool {
    value::integer(value).is_some_and(|n| n == 0 || (100..1000).contains(&n))
}

fn is_amount(value: &[u8]) -> bool {
    value::duration_us(value, Unit::Millis).is_some()
        || value::duration_us(value, Unit::Written).is_some()
}

fn is_text(value: &[u8]) -> bool {
    !value.is_empty() && value.len() <= 2000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expected: &str) {
        let mut keys = Keys::default();
        for line in lines {
            assert!(if line.starts_with('{') {
                keys.add_json(line.as_bytes())
            } else {
                keys.add_logfmt(line.as_bytes())
            });
        }
        let word = |field: &Field| match field {
            Field::Latency(unit) => format!("latency:{}", unit.suffix()),
            Field::Time(_) => "time".into(),
            Field::Level(_) => "level".into(),
            Field::Number(number) => number.name().into(),
            Field::Text(text) => text.name().into(),
            Field::Target => "endpoint".into(),
            Field::Message => "message".into(),
            other => format!("{other:?}"),
        };
        let found: Vec<_> = keys
            .infer()
            .iter()
            .map(|inferred| format!("{}={}", word(&inferred.field), inferred.key))
            .collect();
        assert_eq!(found.join(" "), expected);
    }

    #[test]
    fn names_and_values_tell_the_roles() {
        check(
            &[
                r#"{"level":30,"time":1437575710123,"req":{"method":"GET","url":"/a"},"res":{"statusCode":200},"responseTime":5,"msg":"done"}"#,
            ],
            "time=time level=level status=res.statusCode latency:ms=responseTime method=req.method endpoint=req.url message=msg",
        );
        check(
            &[r#"ts=2015-07-22T14:35:10Z level=info path=/a status=200 duration=1.2ms host=a"#],
            "time=ts level=level status=status latency:written=duration endpoint=path host=host",
        );
    }

    #[test]
    fn the_unit_comes_from_the_name_or_the_size() {
        let line = |pair: &str| format!(r#"{{"ts":1437575710.5,{pair}}}"#);
        check(
            &[&line(r#""latency_ms":5"#)],
            "time=ts latency:ms=latency_ms",
        );
        check(
            &[&line(r#""duration":0.005"#)],
            "time=ts latency:s=duration",
        );
        check(
            &[&line(r#""duration":5000000"#)],
            "time=ts latency:ns=duration",
        );
        check(
            &[&line(r#""duration_seconds":5"#)],
            "time=ts latency:s=duration_seconds",
        );
    }

    #[test]
    fn without_a_time_nothing_is_inferred() {
        check(&[r#"{"level":"info","msg":"x"}"#], "");
    }
}
