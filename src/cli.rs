//! Arguments: what the command line may say, and what it means.

pub mod export;
pub mod formats;
pub mod select;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::analysis::cache::CacheOptions;
use crate::analysis::{Options, budget};
use crate::clock::abbreviation::zone_text;
use crate::clock::{NS_PER_S, Zone};
use crate::formats::field::Unit;
use crate::formats::mapping::Mapping;
use crate::formats::stamp::{StampKind, instant};
use crate::formats::value::duration_us;
use crate::series::BucketWidth;
pub use export::{Export, To};
pub use formats::FormatsCommand;
use select::Select;

/// Reason For Outage: reads logs, finds what went wrong and when, says who explains it, and
/// measures how long it took to detect, mitigate and recover.
#[derive(Debug, Parser)]
#[command(
    name = "rfo",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do; without a command: the app, or the text report when stdout is no terminal.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What to read, and how.
    #[command(flatten)]
    pub reading: Reading,
    /// What the app looks like.
    #[command(flatten)]
    pub appearance: Appearance,
    /// The app reads once and does not follow what is appended.
    #[arg(long)]
    pub no_follow: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the analysis as a report.
    Report(Box<Report>),
    /// List the formats, or check a definition against its own samples.
    Formats {
        /// What to do; without it: list.
        #[command(subcommand)]
        command: Option<FormatsCommand>,
    },
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// Arguments of `rfo report`.
#[derive(Debug, Args)]
pub struct Report {
    /// What to read, and how.
    #[command(flatten)]
    pub reading: Reading,
    /// What it is written as, and where to.
    #[command(flatten)]
    pub export: Export,
    /// Check the report against this file of expectations; exit 1 if one does not hold.
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// Attribute this range against the rest of the data: 15:55..16:10, -30m.. (before the end of
    /// the data), RFC 3339 or local times.
    #[arg(long, value_name = "FROM..TO", value_parser = select::select, allow_hyphen_values = true)]
    pub select: Option<Select>,
    /// Print bytes, seconds and MB/s per stage to stderr.
    #[arg(long)]
    pub timings: bool,
    /// What it looks like.
    #[command(flatten)]
    pub appearance: Appearance,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to read, and how to judge it.
#[derive(Debug, Clone, Args)]
pub struct Reading {
    /// Files, folders, quoted globs, bundles (tar), - for stdin, journald: (journald:UNIT), docker:NAME,
    /// k8s:NS/POD[/CONTAINER]; gz, zst, bz2 and xz are unpacked; rotated logs are one source.
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// Leave out events before this: RFC 3339, a local time, or -3h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// Leave out events from this on.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<String>,
    /// Zone of times that name none, and of local times shown: Europe/London, +03:00, UTC.
    #[arg(long, value_name = "ZONE", env = "RFO_TZ", value_parser = zone, allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// Zone of the stamps of some sources.
    #[arg(long, value_name = "GLOB=ZONE", value_parser = pair::<Zone>)]
    pub source_tz: Vec<(String, Zone)>,
    /// Correct the clock of some sources: lb*=+45s adds 45 s to their stamps.
    #[arg(long, value_name = "GLOB=OFFSET", value_parser = pair::<Offset>)]
    pub clock: Vec<(String, Offset)>,
    /// Read some sources as this format.
    #[arg(long, value_name = "GLOB=NAME", value_parser = pair::<FormatName>)]
    pub format: Vec<(String, FormatName)>,
    /// Read sources as nginx' log_format, Apache's LogFormat or PostgreSQL's log_line_prefix
    /// says: the string or the whole directive; '*access*=STRING' for some sources only.
    #[arg(long, value_name = "STRING", value_parser = log_format)]
    pub log_format: Vec<(Option<String>, crate::formats::Format)>,
    /// Say what a key of JSON or logfmt means: latency=took:ms, client=tenant, time=when.
    #[arg(long, value_name = "ROLE=KEY[:UNIT]", value_parser = Mapping::read)]
    pub map: Vec<Mapping>,
    /// Width of a bucket: 10s, 1m. Chosen from span and rate without it.
    #[arg(long, value_name = "WIDTH", value_parser = bucket)]
    pub bucket: Option<BucketWidth>,
    /// Availability target for burn rates and the error budget, per cent.
    #[arg(long, value_name = "PERCENT", default_value = "99.9", value_parser = slo)]
    pub slo: f64,
    /// Good stretches shorter than this do not end a window [default: max(3 buckets, 5m)].
    #[arg(long, value_name = "LENGTH", value_parser = length)]
    pub window_gap: Option<Length>,
    /// Windows of one signature within this are one incident.
    #[arg(long, value_name = "LENGTH", default_value = "24h", value_parser = length)]
    pub group_gap: Length,
    /// Parsing threads [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Memory rfo may take: 512M, 2G. Events beyond it lie in a temporary file [default: a quarter
    /// of the machine, at most 2G].
    #[arg(long, value_name = "SIZE", env = "RFO_MAX_MEMORY", value_parser = memory)]
    pub max_memory: Option<Bytes>,
    /// Read every source anew: neither use nor keep what its blocks became the last time.
    #[arg(long, env = "RFO_NO_CACHE", value_parser = clap::builder::FalseyValueParser::new())]
    pub no_cache: bool,
}

/// Colours and noise.
#[derive(Debug, Clone, Args)]
pub struct Appearance {
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Draw with ASCII only.
    #[arg(long, env = "RFO_ASCII")]
    pub ascii: bool,
    /// No progress on stderr.
    #[arg(short, long)]
    pub quiet: bool,
}

/// A signed length of time, ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset(pub i64);

/// A length of time, ns, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(pub i64);

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// The name of a format that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatName(pub String);

/// A value that a `GLOB=VALUE` argument can carry.
pub trait Named: Sized {
    /// Reads it.
    fn read(text: &str) -> Result<Self, String>;
}

impl Named for Zone {
    fn read(text: &str) -> Result<Self, String> {
        zone(text)
    }
}

impl Named for Offset {
    fn read(text: &str) -> Result<Self, String> {
        let (sign, rest) = match text.as_bytes().first() {
            Some(b'-') => (-1, &text[1..]),
            Some(b'+') => (1, &text[1..]),
            _ => (1, text),
        };
        length(rest).map(|length| Self(sign * length.0))
    }
}

impl Named for FormatName {
    fn read(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = crate::formats::catalogue::all()
            .map(|format| format.name.as_str())
            .collect();
        match names.contains(&text) {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "there is no format {text:?}; there are {}",
                names.join(", ")
            )),
        }
    }
}

fn pair<T: Named>(text: &str) -> Result<(String, T), String> {
    let (glob, value) = text.split_once('=').ok_or("it must be GLOB=VALUE")?;
    glob::Pattern::new(glob)
        .map_err(|error| format!("{glob:?} is not a pattern: {}", error.msg))?;
    Ok((glob.to_owned(), T::read(value)?))
}

/// `STRING` or `GLOB=STRING`; a string may hold `=` too, but then not behind a pattern.
fn log_format(text: &str) -> Result<(Option<String>, crate::formats::Format), String> {
    let is_glob = |glob: &str| {
        glob.contains(['*', '?', '.', '/']) && !glob.contains(['$', '%', '"', '\'', ' ', '{'])
    };
    let (glob, string) = match text.split_once('=') {
        Some((glob, string)) if is_glob(glob) => (Some(glob), string),
        _ => (None, text),
    };
    if let Some(glob) = glob {
        glob::Pattern::new(glob)
            .map_err(|error| format!("{glob:?} is not a pattern: {}", error.msg))?;
    }
    let format = crate::formats::log_format::compile(string)?;
    Ok((glob.map(str::to_owned), format))
}

fn zone(text: &str) -> Result<Zone, String> {
    zone_text(text).zone(None).ok_or_else(|| {
        format!("{text:?} is not a zone: use an IANA name (Europe/London), an offset (+03:00) or UTC; abbreviations that several places use are refused")
    })
}

fn length(text: &str) -> Result<Length, String> {
    let us = duration_us(text.as_bytes(), Unit::Written).filter(|us| *us > 0);
    us.map(|us| Length(us.saturating_mul(1000)))
        .ok_or_else(|| format!("{text:?} is not a length of time like 90s, 5m or 24h"))
}

/// `512M`, `2G`, `1536MiB`: powers of 1024.
fn bytes(text: &str) -> Option<u64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let shift = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" if unit.is_empty() || unit == "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

fn memory(text: &str) -> Result<Bytes, String> {
    let asked = bytes(text).ok_or_else(|| format!("{text:?} is not a size like 512M or 2G"))?;
    match asked >= budget::LEAST {
        true => Ok(Bytes(asked)),
        false => Err(format!("{text} is too little: rfo needs at least 64M")),
    }
}

fn bucket(text: &str) -> Result<BucketWidth, String> {
    let length = length(text)?.0;
    let whole = length % NS_PER_S == 0;
    BucketWidth::seconds((length / NS_PER_S) as u64)
        .filter(|_| whole)
        .ok_or_else(|| "a bucket is a whole number of seconds".to_owned())
}

fn slo(text: &str) -> Result<f64, String> {
    let percent: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is not a number"))?;
    if percent > 0.0 && percent < 100.0 {
        Ok(percent / 100.0)
    } else {
        Err("it must lie between 0 and 100".to_owned())
    }
}

/// An instant: RFC 3339, a local time in `zone`, or `-3h` before `now_ns`.
pub fn instant_of(text: &str, zone: Zone, now_ns: i64) -> Result<i64, String> {
    if let Some(ago) = text.strip_prefix('-') {
        return length(ago).map(|length| now_ns - length.0);
    }
    let complete = if text.len() == 16 {
        format!("{text}:00")
    } else {
        text.to_owned()
    };
    let stamp = StampKind::Iso.read(complete.as_bytes());
    stamp.and_then(|stamp| instant(stamp, zone)).ok_or_else(|| {
        format!("{text:?} is not a time like 2015-07-22T15:35:00Z, \"2015-07-22 15:35\" or -3h")
    })
}

/// `RFO_CACHE_DIR`, or `rfo` in the XDG cache folder; `None` where there is no such folder.
fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    named("RFO_CACHE_DIR").or_else(|| {
        // A relative XDG path is to be ignored, says its specification.
        let cache = named("XDG_CACHE_HOME").filter(|path| path.is_absolute());
        let cache = cache.or_else(|| named("HOME").map(|home| home.join(".cache")));
        cache.map(|cache| cache.join("rfo"))
    })
}

impl Reading {
    /// The options of an analysis.
    pub fn options(&self, now_ns: i64) -> Result<Options, String> {
        let zone = self.tz.unwrap_or(Zone::UTC);
        let at = |text: &Option<String>| {
            text.as_deref()
                .map(|text| instant_of(text, zone, now_ns))
                .transpose()
        };
        let mut options = Options::new(self.sources.clone());
        options.zone = self.tz;
        options.source_zones = self.source_tz.clone();
        options.clock_offsets = self
            .clock
            .iter()
            .map(|(glob, offset)| (glob.clone(), offset.0))
            .collect();
        options.formats = self
            .format
            .iter()
            .map(|(glob, name)| (glob.clone(), name.0.clone()))
            .collect();
        options.log_formats = self.log_format.clone();
        options.mappings = self.map.clone();
        options.since_ns = at(&self.since)?;
        options.until_ns = at(&self.until)?;
        options.bucket = self.bucket;
        options.slo = self.slo;
        options.window_gap_ns = self.window_gap.map(|length| length.0);
        options.group_gap_ns = self.group_gap.0;
        if let Some(threads) = self.threads {
            options.threads = usize::from(threads);
        }
        options.cache = cache_folder()
            .filter(|_| !self.no_cache)
            .map(CacheOptions::new);
        if let Some(Bytes(bytes)) = self.max_memory {
            options.memory_bytes = bytes;
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_wrong_value_says_what_would_be_right() {
        let error = |args: &[&str]| Cli::try_parse_from(args).expect_err("refused").to_string();
        assert!(error(&["rfo", "--slo", "100", "x"]).contains("between 0 and 100"));
        assert!(error(&["rfo", "--tz", "Mars", "x"]).contains("is not a zone"));
        assert!(error(&["rfo", "--bucket", "10", "x"]).contains("like 90s"));
        assert!(error(&["rfo", "--format", "x=nginx", "x"]).contains("there is no format"));
        assert!(error(&["rfo", "--clock", "x", "x"]).contains("GLOB=VALUE"));
        assert!(error(&["rfo", "--max-memory", "much", "x"]).contains("like 512M or 2G"));
        assert!(error(&["rfo", "--max-memory", "1M", "x"]).contains("at least 64M"));
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(bytes("512M"), Some(512 << 20));
        assert_eq!(
            (bytes("2g"), bytes("2 GiB")),
            (Some(2 << 30), Some(2 << 30))
        );
        assert_eq!((bytes("70000"), bytes("9B")), (Some(70_000), Some(9)));
        for wrong in ["", "M", "1.5G", "-1G", "1X", "1I", "99999999999T"] {
            assert_eq!(bytes(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn times_are_absolute_local_or_ago() {
        let now = 1_000_000 * NS_PER_S;
        assert_eq!(
            instant_of("-3h", Zone::UTC, now),
            Ok(now - 10_800 * NS_PER_S)
        );
        assert_eq!(
            instant_of("1970-01-01T01:00:00Z", Zone::UTC, now),
            Ok(3600 * NS_PER_S)
        );
        assert_eq!(
            instant_of("1970-01-01 02:00", Zone::Fixed(3600), now),
            Ok(3600 * NS_PER_S)
        );
        assert!(instant_of("noon", Zone::UTC, now).is_err());
    }
}
