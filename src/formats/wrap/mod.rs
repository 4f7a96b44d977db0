//! Wrappers: what container runtimes, syslog and tools write around the lines of a program.
//!
//! In: lines of a source and the layers found around them (`detect`). Out: the lines that the
//! programs wrote (`layers`), each with its outer time, host and service, one `Lane` per
//! program so that what belongs together stands together. Does not know what the inner lines
//! mean.

pub mod cells;
pub mod console;
pub mod containers;
pub mod detect;
pub mod export;
mod kept;
pub mod labels;
pub mod layers;
pub mod lists;
pub mod nested;
mod paired;
pub mod prefixed;
pub mod pretty;
pub mod rows;
pub mod shipped;
pub mod syslog;

pub use layers::{Lane, unwrap};

/// A layer around lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrapper {
    /// Terminal colours and other control bytes in the lines.
    Colour,
    /// `2024-02-03T06:09:12.655123456Z stdout F inner`, as container runtimes write for Kubernetes.
    Cri,
    /// `{"log":"inner\n","stream":"stderr","time":"..."}`, Docker's json-file.
    DockerJson,
    /// `[pod/NAME/CONTAINER] inner`, `kubectl logs --prefix`.
    PodPrefix,
    /// `service-1  | inner`, `docker compose logs`.
    Compose,
    /// `pod container inner`, stern, with or without a namespace in front.
    Stern,
    /// `Feb  3 06:09:12 host program[7]: inner` and its newer relatives.
    Syslog,
    /// `2024-02-03T06:09:12.655123456Z inner`, `--timestamps` of kubectl and docker.
    Stamped,
    /// The journal as JSON; what programs wrote is in `MESSAGE`.
    Journald,
    /// `{app="shop", pod="shop-7d9f"} inner`, labels of Loki.
    Labels,
    /// `2024-02-03T06:09:12Z api {"status":502}`: words that are the same on most lines, and an object.
    Prefixed,
    /// `2024-02-03 06:09:12.655,"inner"`, rows that a log store exports.
    Cells,
    /// `"_time",host,"_raw"`, CSV with lines in one of its columns.
    Rows(rows::Columns),
    /// `{"@timestamp":"...","log":"inner"}`, records of a log shipper or store.
    Shipped,
    /// `2024/02/03 06:09:12 INFO served method=GET status=502`, text with pairs behind it.
    Paired,
    /// JSON objects written as texts within JSON objects.
    Nested,
    /// JSON objects written over many lines, or many on one.
    Pretty,
    /// The journal as `journalctl -o export` writes it: entries of `FIELD=value` lines.
    Export,
    /// `stamp level logger caller message {object}` with tabs between, the console of Go's zap.
    Console,
}

/// What a wrapper wrote as the inner line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inner<'a> {
    /// As it is.
    Bytes(&'a [u8]),
    /// With JSON escapes.
    Escaped(&'a [u8]),
    /// A list of the numbers of its bytes.
    ByteList(&'a [u8]),
    /// With quotes written as two.
    Doubled(&'a [u8]),
}

/// A line without its wrapper. What the wrapper does not say is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peeled<'a> {
    /// What the program wrote.
    pub inner: Inner<'a>,
    /// The wrapper's stamp.
    pub stamp: &'a [u8],
    /// Host, pod or container.
    pub host: &'a [u8],
    /// Service, container or program.
    pub service: &'a [u8],
    /// Lines of one lane come from one process.
    pub lane: &'a [u8],
    /// Severity as in `Number::Level`, if the wrapper says.
    pub level: Option<i64>,
    /// The line goes on in the next one of its lane.
    pub partial: bool,
}

impl<'a> Peeled<'a> {
    /// An inner line and nothing else.
    pub fn of(inner: &'a [u8]) -> Self {
        Self {
            inner: Inner::Bytes(inner),
            stamp: b"",
            host: b"",
            service: b"",
            lane: b"",
            level: None,
            partial: false,
        }
    }
}

impl Wrapper {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Cri => "cri",
            Self::DockerJson => "docker",
            Self::PodPrefix => "kubectl",
            Self::Compose => "compose",
            Self::Stern => "stern",
            Self::Syslog => "syslog",
            Self::Stamped => "timestamps",
            Self::Journald => "journald",
            Self::Labels => "labels",
            Self::Prefixed => "a prefix",
            Self::Cells => "cells",
            Self::Rows(_) => "rows",
            Self::Shipped => "records",
            Self::Paired => "text",
            Self::Nested => "texts of JSON",
            Self::Pretty => "lines of JSON",
            Self::Export => "an export of the journal",
            Self::Console => "its console",
        }
    }

    /// A line without this wrapper; `None` if it does not have it. Colours, JSON in texts, JSON and
    /// others over many lines are nothing around one line: always `None`.
    pub fn peel(self, line: &[u8]) -> Option<Peeled<'_>> {
        match self {
            Self::Cri => containers::cri(line),
            Self::DockerJson => containers::docker_json(line),
            Self::PodPrefix => containers::pod_prefix(line),
            Self::Compose => containers::compose(line),
            Self::Stern => containers::stern(line),
            Self::Stamped => containers::stamped(line),
            Self::Syslog => syslog::syslog(line),
            Self::Journald => syslog::journald(line),
            Self::Labels => labels::peel(line),
            Self::Prefixed => prefixed::peel(line),
            Self::Cells => cells::peel(line),
            Self::Rows(columns) => columns.peel(line),
            Self::Shipped => shipped::peel(line),
            Self::Colour
            | Self::Nested
            | Self::Pretty
            | Self::Export
            | Self::Console
            | Self::Paired => None,
        }
    }
}

/// The innermost line and whether it goes on in the next one, whatever known layers are around
/// it: for where blocks may be cut.
pub fn innermost(line: &[u8]) -> (&[u8], bool) {
    const TRIED: [Wrapper; 8] = [
        Wrapper::Cri,
        Wrapper::DockerJson,
        Wrapper::PodPrefix,
        Wrapper::Compose,
        Wrapper::Stern,
        Wrapper::Syslog,
        Wrapper::Stamped,
        Wrapper::Shipped,
    ];
    let (mut line, mut partial) = (line, false);
    for _ in 0..detect::DEPTH_MAX {
        let Some(peeled) = TRIED.iter().find_map(|wrapper| wrapper.peel(line)) else {
            break;
        };
        let (Inner::Bytes(inner)
        | Inner::Escaped(inner)
        | Inner::ByteList(inner)
        | Inner::Doubled(inner)) = peeled.inner;
        (line, partial) = (inner, partial || peeled.partial);
    }
    (line, partial)
}
