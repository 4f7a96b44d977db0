//! The words that a format's TOML uses for its fields: `client`, `time:clf`, `latency:ms`.

use super::fingerprint::Quotes;
use super::stamp::StampKind;
use crate::events::{Number, Text};

/// The unit a duration is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds, usually with decimals.
    Seconds,
    /// Seconds, unless the number has a unit behind it.
    SecondsUnlessWritten,
    /// Milliseconds.
    Millis,
    /// Whole milliseconds: a decimal number is another unit's.
    WholeMillis,
    /// Microseconds.
    Micros,
    /// Nanoseconds.
    Nanos,
    /// A number with its unit behind it: `1.2s`, `15ms`, `3µs`.
    Written,
}

impl Unit {
    /// Microseconds in one.
    pub fn in_us(self) -> f64 {
        match self {
            Self::Seconds | Self::SecondsUnlessWritten => 1e6,
            Self::Millis | Self::WholeMillis => 1e3,
            Self::Micros | Self::Written => 1.0,
            Self::Nanos => 1e-3,
        }
    }

    /// The unit of a suffix in a format or a field's name: `s`, `ms`, `us`, `ns`.
    pub fn of(suffix: &str) -> Option<Self> {
        match suffix {
            "s" => Some(Self::Seconds),
            "s_unless_written" => Some(Self::SecondsUnlessWritten),
            "ms" => Some(Self::Millis),
            "whole_ms" => Some(Self::WholeMillis),
            "us" => Some(Self::Micros),
            "ns" => Some(Self::Nanos),
            "written" => Some(Self::Written),
            _ => None,
        }
    }

    /// The suffix, as `of` reads it.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::SecondsUnlessWritten => "s_unless_written",
            Self::Millis => "ms",
            Self::WholeMillis => "whole_ms",
            Self::Micros => "us",
            Self::Nanos => "ns",
            Self::Written => "written",
        }
    }
}

/// What a piece of a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Not kept.
    Skip,
    /// The stamp.
    Time(StampKind),
    /// The date of a stamp whose time of day is another field.
    Date,
    /// The time of day that belongs to the date.
    Clock,
    /// The same in UTC, whatever the zone of the source.
    ClockUtc,
    /// A time of day in UTC, of the day on which it is nearest to the stamp before it.
    ClockNear,
    /// A date and a clock in UTC although nothing says so.
    TimeUtc,
    /// Nanoseconds within the second of a stamp that is whole seconds.
    Nanos,
    /// When the work began, where the stamp of the line is another.
    Start,
    /// When the work ended: with the stamp of its start that is its duration.
    End,
    /// A duration added to what the event has already; parts that were not reached are none.
    LatencyPart(Unit),
    /// What a server behind took of the work; 0 where it was not asked. It stands for the
    /// duration of events that have no other.
    OriginLatency(Unit),
    /// The duration of the work.
    Latency(Unit),
    /// An integer.
    Number(Number),
    /// A code of gRPC, kept as the HTTP status that it corresponds to.
    RpcStatus,
    /// What went wrong: the event is an error, and that its message if it has no other.
    Failure,
    /// An integer added to what the event has already: two queues are one wait.
    Sum(Number),
    /// A decimal number kept in millionths.
    Micro(Number),
    /// The age of a queue's jobs.
    JobAge(Unit),
    /// A level in words or numbers.
    Level(LevelScale),
    /// A text as it is.
    Text(Text),
    /// An address; `:port` behind it is cut off.
    Address,
    /// A list of addresses as of X-Forwarded-For: the first is kept.
    Addresses,
    /// `GET /path HTTP/1.1`.
    Request,
    /// A request target, normalised to an endpoint.
    Target,
    /// A statement, kept as its fingerprint.
    Statement(Quotes),
    /// A message; its variable parts are masked.
    Message,
    /// A message that has its level among its first words: `ERROR no route to host`.
    MessageWithLevel,
    /// A word that says what happened to a job.
    JobStep,
    /// The id of a request, under which other sources log it too.
    RequestId,
}

/// How a level is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelScale {
    /// Words, or pino's 10-60.
    Words,
    /// syslog's 7 (debug) to 0 (emergency).
    Syslog,
    /// OpenTelemetry's 1 (trace) to 24 (fatal).
    Telemetry,
    /// Redis' `. - * #`: debug, verbose, notice, warning.
    Signs,
    /// Words, also in the other languages that PostgreSQL speaks.
    Translated,
    /// Response codes of DNS: an answer, or that there is none, or why the server gave none.
    Rcode,
}

/// Every word that is one of its kind alone, with its detail.
const WORDS: [&str; 48] = [
    "time:any",
    "time:clf",
    "time:iso",
    "time:epoch",
    "nanos",
    "latency:s",
    "latency:ms",
    "latency:us",
    "latency:ns",
    "latency:written",
    "status",
    "status:rpc",
    "failure",
    "bytes",
    "sessions",
    "frontend_sessions",
    "backend_sessions",
    "server_sessions",
    "retries",
    "queue",
    "transactions",
    "repeat",
    "value",
    "limit",
    "level",
    "level:syslog",
    "level:telemetry",
    "level:signs",
    "level:translated",
    "level:rcode",
    "client",
    "client:port",
    "client:list",
    "request",
    "path",
    "method",
    "query",
    "query:names",
    "service",
    "host",
    "user",
    "flags",
    "agent",
    "metric",
    "kind",
    "message",
    "message:level",
    "request_id",
];

impl Field {
    /// The word of a field; `None` for those that formats of keys do not use.
    pub fn word(self) -> Option<&'static str> {
        WORDS.into_iter().find(|word| Self::of(word) == Some(self))
    }

    /// The field of a word. `None` if there is no such word.
    pub fn of(word: &str) -> Option<Self> {
        let (name, detail) = word.split_once(':').unwrap_or((word, ""));
        Some(match (name, detail) {
            ("_", _) => Self::Skip,
            ("time", kind) => Self::Time(StampKind::of(kind)?),
            ("date", "") => Self::Date,
            ("clock", "") => Self::Clock,
            ("clock", "utc") => Self::ClockUtc,
            ("clock", "near") => Self::ClockNear,
            ("time_utc", "") => Self::TimeUtc,
            ("nanos", "") => Self::Nanos,
            ("start", "") => Self::Start,
            ("end", "") => Self::End,
            ("latency_part", unit) => Self::LatencyPart(Unit::of(unit)?),
            ("origin_latency", unit) => Self::OriginLatency(Unit::of(unit)?),
            ("latency", unit) => Self::Latency(Unit::of(unit)?),
            ("status", "") => Self::Number(Number::Status),
            ("status", "rpc") => Self::RpcStatus,
            ("failure", "") => Self::Failure,
            ("bytes", "") => Self::Number(Number::Bytes),
            ("sessions", "") => Self::Number(Number::Sessions),
            ("frontend_sessions", "") => Self::Number(Number::FrontendSessions),
            ("backend_sessions", "") => Self::Number(Number::BackendSessions),
            ("server_sessions", "") => Self::Number(Number::ServerSessions),
            ("retries", "") => Self::Number(Number::Retries),
            ("queue", "") => Self::Sum(Number::Queue),
            ("transactions", "") => Self::Number(Number::Transactions),
            ("job_age", unit) => Self::JobAge(Unit::of(unit)?),
            ("repeat", "") => Self::Number(Number::Repeat),
            ("value", "") => Self::Micro(Number::ValueMicro),
            ("limit", "") => Self::Micro(Number::LimitMicro),
            ("level", "") => Self::Level(LevelScale::Words),
            ("level", "syslog") => Self::Level(LevelScale::Syslog),
            ("level", "telemetry") => Self::Level(LevelScale::Telemetry),
            ("level", "signs") => Self::Level(LevelScale::Signs),
            ("level", "translated") => Self::Level(LevelScale::Translated),
            ("level", "rcode") => Self::Level(LevelScale::Rcode),
            ("client", "") => Self::Text(Text::Client),
            ("client", "port") => Self::Address,
            ("client", "list") => Self::Addresses,
            ("request", "") => Self::Request,
            ("path", "") => Self::Target,
            ("method", "") => Self::Text(Text::Method),
            ("query", "") => Self::Statement(Quotes::Strings),
            ("query", "names") => Self::Statement(Quotes::Names),
            ("service", "") => Self::Text(Text::Service),
            ("host", "") => Self::Text(Text::Host),
            ("user", "") => Self::Text(Text::User),
            ("flags", "") => Self::Text(Text::Flags),
            ("agent", "") => Self::Text(Text::Agent),
            ("metric", "") => Self::Text(Text::Metric),
            ("kind", "") => Self::Text(Text::Kind),
            ("message", "") => Self::Message,
            ("message", "level") => Self::MessageWithLevel,
            ("job_step", "") => Self::JobStep,
            ("request_id", "") => Self::RequestId,
            _ => return None,
        })
    }
}
