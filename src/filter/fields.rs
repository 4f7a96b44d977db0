//! The fields that a filter may name: one table for reading, printing, completion and the manual.

use crate::events::{Number, Text};

/// What a filter can ask of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A number of the event.
    Number(Number),
    /// A text of the event.
    Text(Text),
    /// Its lines as they were written.
    Message,
    /// The source that it is of: its path or its label.
    Source,
    /// The format of that source.
    Format,
}

/// What values of a field are, and how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Count,
    /// An HTTP status, or a class of them.
    Status,
    /// A length of time with its unit, kept in microseconds.
    Duration,
    /// Bytes, with or without a unit.
    Bytes,
    /// A severity.
    Level,
    /// What happened to a job.
    Step,
    /// A number with decimals, kept in millionths.
    Decimal,
    /// Text.
    Text,
}

impl Kind {
    /// How a value is written, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Count => "a whole number",
            Self::Status => "a status like 503, or a class like 5xx",
            Self::Duration => "a length of time with its unit, like 250ms, 1.5s or 2m",
            Self::Bytes => "a number of bytes, like 512, 10KB or 1.5MB",
            Self::Level => "debug, info, notice, warning, error or fatal",
            Self::Step => "enqueued, started, finished, failed or discarded",
            Self::Decimal => "a number",
            Self::Text => "text",
        }
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// Its name, as screens and reports say it.
    pub name: &'static str,
    /// Other names that mean the same.
    pub aliases: &'static [&'static str],
    /// What is asked.
    pub field: Field,
    /// What its values are.
    pub kind: Kind,
    /// What it is, for the manual.
    pub help: &'static str,
}

const fn number(
    name: &'static str,
    aliases: &'static [&'static str],
    field: Number,
    kind: Kind,
    help: &'static str,
) -> Named {
    Named {
        name,
        aliases,
        field: Field::Number(field),
        kind,
        help,
    }
}

const fn text(
    name: &'static str,
    aliases: &'static [&'static str],
    field: Field,
    help: &'static str,
) -> Named {
    Named {
        name,
        aliases,
        field,
        kind: Kind::Text,
        help,
    }
}

/// All fields, the most asked for first.
#[rustfmt::skip]
pub const FIELDS: [Named; 33] = [
    number("status", &["code"], Number::Status, Kind::Status, "HTTP status; 0 where there was no response"),
    number("latency", &["duration", "took", "elapsed"], Number::LatencyUs, Kind::Duration, "how long the work took"),
    number("bytes", &["size"], Number::Bytes, Kind::Bytes, "bytes sent; KB, MB, GB are powers of 1024"),
    number("level", &["severity"], Number::Level, Kind::Level, "severity of a message; levels are ordered"),
    text("client", &["ip", "remote"], Field::Text(Text::Client), "who asked: an address or key"),
    text("endpoint", &["path", "url"], Field::Text(Text::Endpoint), "the path with ids as placeholders, as screens show it"),
    text("method", &["verb"], Field::Text(Text::Method), "HTTP method"),
    text("user", &[], Field::Text(Text::User), "the user's name"),
    text("host", &["server", "node"], Field::Text(Text::Host), "the server that did the work"),
    text("service", &["backend", "upstream", "logger"], Field::Text(Text::Service), "backend, upstream, service or logger"),
    text("query", &["statement", "sql"], Field::Text(Text::Query), "the fingerprint of a statement"),
    text("message", &["msg", "text", "line"], Field::Message, "the event's lines as they were written"),
    text("kind", &["type", "job"], Field::Text(Text::Kind), "the type of a job or event"),
    text("source", &["file"], Field::Source, "the source's path or its label"),
    text("format", &[], Field::Format, "the format that the source is read as"),
    text("agent", &["user_agent"], Field::Text(Text::Agent), "the client's software"),
    text("flags", &["termination"], Field::Text(Text::Flags), "termination state or response flags"),
    number("sessions", &["actconn"], Number::Sessions, Kind::Count, "concurrent sessions of the process"),
    number("frontend_sessions", &["feconn"], Number::FrontendSessions, Kind::Count, "concurrent sessions of the frontend"),
    number("backend_sessions", &["beconn"], Number::BackendSessions, Kind::Count, "concurrent sessions of the backend"),
    number("server_sessions", &["srvconn"], Number::ServerSessions, Kind::Count, "concurrent sessions of the server"),
    number("retries", &[], Number::Retries, Kind::Count, "how often the connection to a server was tried again"),
    number("queue", &["queued"], Number::Queue, Kind::Count, "requests that wait for a free slot"),
    number("step", &["job_step"], Number::JobStep, Kind::Step, "what happened to a job"),
    number("age", &["job_age"], Number::JobAgeUs, Kind::Duration, "age of the jobs in a queue"),
    text("metric", &["gauge"], Field::Text(Text::Metric), "the name of a metric"),
    number("value", &[], Number::ValueMicro, Kind::Decimal, "the value of a metric"),
    number("limit", &[], Number::LimitMicro, Kind::Decimal, "the limit of a metric"),
    number("transactions", &["tps"], Number::Transactions, Kind::Count, "transactions a second"),
    number("repeat", &["count"], Number::Repeat, Kind::Count, "how many events a line stands for, where it says"),
    text("part1", &[], Field::Text(Text::Part1), "the first identifying part of a message"),
    text("part2", &[], Field::Text(Text::Part2), "the second"),
    text("part3", &[], Field::Text(Text::Part3), "the third"),
];

/// The field of that name or alias, whatever its case.
pub fn named(name: &str) -> Option<&'static Named> {
    let is_it = |one: &&str| one.eq_ignore_ascii_case(name);
    let found = |one: &&Named| is_it(&one.name) || one.aliases.iter().any(is_it);
    FIELDS.iter().find(found)
}

impl Field {
    /// Its row of the table.
    pub fn row(self) -> &'static Named {
        let row = FIELDS.iter().find(|one| one.field == self);
        row.expect("a test shows that every field is in the table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_can_be_asked_for() {
        for number in Number::ALL {
            assert_eq!(Field::Number(number).row().field, Field::Number(number));
        }
        // The template of a message is asked for by what was written.
        for text in Text::ALL.into_iter().filter(|text| *text != Text::Message) {
            assert_eq!(Field::Text(text).row().field, Field::Text(text));
        }
    }

    #[test]
    fn no_name_means_two_fields() {
        let names = FIELDS
            .iter()
            .flat_map(|one| [&[one.name], one.aliases].concat());
        let names: Vec<&str> = names.collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert_eq!(named("PATH").map(|one| one.name), Some("endpoint"));
    }
}
