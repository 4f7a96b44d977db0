//! Arguments: what the command line may say, and what it means.

pub mod export;
mod folders;
pub mod formats;
pub mod lint;
pub mod manners;
pub mod mark;
pub mod own;
pub mod replay;
pub mod review;
pub mod select;
pub mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::analysis::Options;
use crate::analysis::cache::CacheOptions;
use crate::clock::Zone;
use crate::filter::Filter;
use crate::formats::mapping::Mapping;
use crate::series::BucketWidth;
pub use export::{Export, To};
pub use formats::FormatsCommand;
pub use lint::Lint;
pub use manners::{Manners, ThemeChoice};
use mark::{Amend, Mark};
pub use own::Own;
pub use review::{ReviewArguments, ReviewTo, Table};
use select::Select;
pub use values::{Bytes, FailOn, FormatName, Length, Named, Offset, instant_of};
use values::{bucket, length, log_format, memory, pair, slo, zone};

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
    /// What the app does to the terminal.
    #[command(flatten)]
    pub manners: Manners,
    /// How rfo itself runs.
    #[command(flatten)]
    pub own: Own,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the analysis as a report.
    Report(Box<Report>),
    /// Put many incidents together: how long, how often, and whether it has changed.
    Review(Box<ReviewArguments>),
    /// Check records of incidents against themselves: stated lengths of time, orders, dates.
    Lint(Lint),
    /// Play logs in real time: each line comes when its time comes, the first one now.
    Replay(Box<replay::Replay>),
    /// List the formats, or check a definition against its own samples.
    Formats {
        /// What to do; without it: list.
        #[command(subcommand)]
        command: Option<FormatsCommand>,
    },
    /// Mark a milestone of an incident, or take a note, in its incident file.
    Mark(Box<Mark>),
    /// Override, correct, retract or undo what an incident file says; every change stays on record.
    Amend(Box<Amend>),
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
    /// Exit 1 if an incident at least this bad was found and all could be read.
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub fail_on: Option<FailOn>,
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
    /// Files, folders, quoted globs, bundles (tar, zip), - for stdin, journald: (journald:UNIT), docker:NAME,
    /// k8s:NS/POD[/CONTAINER]; gz, zst, bz2 and xz are unpacked; rotated logs are one source.
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<PathBuf>,
    /// Leave out events before this: RFC 3339, a local time, or -3h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// Leave out events from this on.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<String>,
    /// Only the events that match: 'status>=500 and path~^/api and latency>1s @14:02..14:10'; all
    /// counts and findings are of these (docs/FILTER.md).
    #[arg(short = 'w', long = "where", value_name = "FILTER", value_parser = Filter::parse)]
    pub filter: Option<Filter>,
    /// Zone of times that name none, and of local times shown: Europe/London, +03:00, UTC.
    #[arg(long, value_name = "ZONE", env = "RFO_TZ", value_parser = zone, allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// Zone of the stamps of some sources.
    #[arg(long, value_name = "GLOB=ZONE", value_parser = pair::<Zone>)]
    pub source_tz: Vec<(String, Zone)>,
    /// Correct the clock of some sources: lb*=+45s adds 45 s to their stamps.
    #[arg(long, value_name = "GLOB=OFFSET", value_parser = pair::<Offset>)]
    pub clock: Vec<(String, Offset)>,
    /// Read sources as this format: NAME, or GLOB=NAME for some.
    #[arg(long, value_name = "NAME", value_parser = values::format)]
    pub format: Vec<(String, FormatName)>,
    /// Read sources as nginx' log_format, Apache's LogFormat or PostgreSQL's log_line_prefix
    /// says: the string or the whole directive; '*access*=STRING' for some sources only.
    #[arg(long, value_name = "STRING", value_parser = log_format)]
    pub log_format: Vec<(Option<String>, crate::formats::Format)>,
    /// Say what a key of JSON or logfmt, or a column of CSV, means: latency=took:ms, client=tenant, time=when.
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
    /// What of this was given, as written: an incident file keeps it.
    #[arg(skip)]
    pub given: serde_json::Map<String, serde_json::Value>,
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
        let filter = self.filter.clone();
        options.filter = filter.map(|filter| filter.anchored(now_ns));
        options.bucket = self.bucket;
        options.slo = self.slo;
        options.window_gap_ns = self.window_gap.map(|length| length.0);
        options.group_gap_ns = self.group_gap.0;
        if let Some(threads) = self.threads {
            options.threads = usize::from(threads);
        }
        options.cache = folders::cache()
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
        assert!(error(&["rfo", "--format", "nginx", "x"]).contains("there is no format"));
        assert!(error(&["rfo", "--clock", "x", "x"]).contains("GLOB=VALUE"));
        assert!(error(&["rfo", "--max-memory", "much", "x"]).contains("like 512M or 2G"));
        assert!(error(&["rfo", "--max-memory", "1M", "x"]).contains("at least 64M"));
    }
}
