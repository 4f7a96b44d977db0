//! What a user asked for, with the defaults filled in.

use std::path::PathBuf;

use super::budget;
use super::cache::CacheOptions;
use crate::clock::{NS_PER_MIN, NS_PER_S, Zone};
use crate::filter::Filter;
use crate::formats::Format;
use crate::formats::mapping::Mapping;
use crate::series::BucketWidth;

/// How to read and judge the sources.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The sources as the user named them.
    pub sources: Vec<PathBuf>,
    /// The zone of stamps and records that name none, and of local times on screens.
    pub zone: Option<Zone>,
    /// Zones by glob of the source's name; the first that matches wins.
    pub source_zones: Vec<(String, Zone)>,
    /// What to add to the stamps of sources by glob, ns.
    pub clock_offsets: Vec<(String, i64)>,
    /// Names of formats by glob.
    pub formats: Vec<(String, String)>,
    /// Formats compiled from strings of servers' configuration, by glob; without a glob for
    /// every source of which they read half.
    pub log_formats: Vec<(Option<String>, Format)>,
    /// What keys of JSON and logfmt mean, whatever is inferred.
    pub mappings: Vec<Mapping>,
    /// Events before this are left out, ns UTC.
    pub since_ns: Option<i64>,
    /// Events from this on are left out, ns UTC.
    pub until_ns: Option<i64>,
    /// Which events are meant; the others are left out before anything is counted.
    pub filter: Option<Filter>,
    /// The bucket width; chosen from span and rate if `None`.
    pub bucket: Option<BucketWidth>,
    /// Availability target in `(0, 1)`.
    pub slo: f64,
    /// Good stretches shorter than this do not end a window; `max(3 buckets, 5 min)` if `None`.
    pub window_gap_ns: Option<i64>,
    /// Windows of one signature within this are one incident, ns.
    pub group_gap_ns: i64,
    /// Parsing threads, at least one.
    pub threads: usize,
    /// What kept sources from being read whole before the analysis began.
    pub troubles: Vec<Trouble>,
    /// Memory the whole process may take, bytes.
    pub memory_bytes: u64,
    /// Where parsed blocks are kept for the next time; `None` keeps and uses none.
    pub cache: Option<CacheOptions>,
    /// Where events lie that do not fit.
    pub spill_folder: PathBuf,
}

/// Why a source is not there whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The source's name.
    pub source: String,
    /// What happened, in words that name it.
    pub what: String,
}

impl Trouble {
    /// What happened, without the source's name where it stands in front.
    pub fn without_name(&self) -> &str {
        let rest = self.what.strip_prefix(&self.source);
        rest.and_then(|rest| rest.strip_prefix(": "))
            .unwrap_or(&self.what)
    }
}

impl Options {
    /// The defaults for these sources.
    pub fn new(sources: Vec<PathBuf>) -> Self {
        Self {
            sources,
            zone: None,
            source_zones: Vec::new(),
            clock_offsets: Vec::new(),
            formats: Vec::new(),
            log_formats: Vec::new(),
            mappings: Vec::new(),
            since_ns: None,
            until_ns: None,
            filter: None,
            bucket: None,
            slo: 0.999,
            window_gap_ns: None,
            group_gap_ns: 24 * 60 * NS_PER_MIN,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            troubles: Vec::new(),
            memory_bytes: budget::default_bytes(),
            cache: None,
            spill_folder: spill_folder(),
        }
    }

    /// The window gap for a bucket width, ns.
    pub fn window_gap(&self, width: BucketWidth) -> i64 {
        self.window_gap_ns
            .unwrap_or((3 * width.ns()).max(300 * NS_PER_S))
    }
}

/// `TMPDIR`; else `/var/tmp`, which lies on a disk where `/tmp` may lie in memory.
fn spill_folder() -> PathBuf {
    let named = std::env::var_os("TMPDIR").is_some_and(|value| !value.is_empty());
    let on_disk = PathBuf::from("/var/tmp");
    match !named && on_disk.is_dir() {
        true => on_disk,
        false => std::env::temp_dir(),
    }
}

/// The value of the first glob that matches a source's name or the end of it.
pub fn by_glob<'a, T>(pairs: &'a [(String, T)], name: &str) -> Option<&'a T> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let matches = |glob: &str| {
        glob::Pattern::new(glob).is_ok_and(|pattern| pattern.matches(name) || pattern.matches(base))
    };
    pairs
        .iter()
        .find(|(glob, _)| matches(glob))
        .map(|(_, value)| value)
}
