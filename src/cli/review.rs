//! Arguments of `rfo review`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Appearance, Length, Manners, instant_of, length, zone};
use crate::analysis::review::{Asked, Days};
use crate::clock::Zone;

/// Arguments of `rfo review`.
#[derive(Debug, Clone, Args)]
pub struct ReviewArguments {
    /// Status page and pager exports, timelines, CSVs of claims, and reports of rfo's (rfo report
    /// -o X.json): files, folders, quoted globs; gz, zst, bz2 and xz are unpacked.
    #[arg(value_name = "RECORD", required = true)]
    pub records: Vec<PathBuf>,
    /// What the review is written as.
    #[arg(long, value_enum)]
    pub to: Option<ReviewTo>,
    /// The same as --to json.
    #[arg(long, conflicts_with = "to")]
    pub json: bool,
    /// Write to this file instead of stdout (written whole, then renamed); without --to its ending
    /// decides: .json, .csv, .md, .prom, .ics, .txt.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Which table --to csv writes.
    #[arg(long, value_enum, default_value_t = Table::Statistics)]
    pub table: Table,
    /// Compare two periods of whole months or days, by start of impact:
    /// 2024-01..2024-06,2024-07..2024-12 or ..2024-06-14,2024-06-15..
    #[arg(long, value_name = "FROM..TO,FROM..TO", value_parser = periods)]
    pub compare: Option<(Days, Days)>,
    /// Leave out incidents that started before this: RFC 3339, a local time, or -3h. Rates are
    /// then per month from here on.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub since: Option<String>,
    /// Leave out incidents that started from then on.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<String>,
    /// Zone of months, and of times in records that name none: Europe/London, +03:00, UTC.
    #[arg(long, value_name = "ZONE", env = "RFO_TZ", value_parser = zone, allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// Claims of a record that tells no incidents apart, further apart than this, are of two.
    #[arg(long, value_name = "LENGTH", default_value = "24h", value_parser = length)]
    pub group_gap: Length,
    /// What it looks like.
    #[command(flatten)]
    pub appearance: Appearance,
    /// Of the screen.
    #[command(flatten)]
    pub manners: Manners,
}

/// What a review is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReviewTo {
    /// For people, 80 columns.
    Text,
    /// The contract rfo.review/1.
    Json,
    /// A table for spreadsheets; see --table.
    Csv,
    /// Tables for a wiki.
    Markdown,
    /// Gauges for a monitor.
    Openmetrics,
    /// One event per incident for a calendar.
    Ics,
    /// The table of statistics as columns.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// The tables that CSV and Parquet have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Table {
    /// One row per group and metric.
    Statistics,
    /// One row per incident and metric.
    Incidents,
}

impl ReviewArguments {
    /// Whether nothing is to be written: on a terminal it is the Review screen.
    pub fn is_app(&self) -> bool {
        self.to.is_none() && !self.json && self.output.is_none()
    }

    /// What it is written as: as told, else as the file's name ends, else text.
    pub fn form(&self) -> ReviewTo {
        let ending = self.output.as_deref().and_then(by_ending);
        match (self.to, self.json) {
            (Some(to), _) => to,
            (None, true) => ReviewTo::Json,
            (None, false) => ending.unwrap_or(ReviewTo::Text),
        }
    }

    /// What is asked of the review.
    ///
    /// # Errors
    /// A time that is none.
    pub fn asked(&self, now_ns: i64) -> Result<Asked, String> {
        let zone = self.tz.unwrap_or(Zone::UTC);
        let at = |text: &Option<String>| {
            let at = text.as_deref().map(|text| instant_of(text, zone, now_ns));
            at.transpose()
        };
        let (since_ns, until_ns) = (at(&self.since)?, at(&self.until)?);
        if since_ns
            .zip(until_ns)
            .is_some_and(|(since, until)| since >= until)
        {
            return Err("--since is not before --until".to_owned());
        }
        Ok(Asked {
            zone,
            group_gap_ns: self.group_gap.0,
            since_ns,
            until_ns,
            compare: self.compare,
        })
    }
}

/// What a file's name says it is written as; `None` where its ending says nothing.
pub fn by_ending(path: &Path) -> Option<ReviewTo> {
    Some(match path.extension()?.to_str()? {
        "txt" => ReviewTo::Text,
        "json" => ReviewTo::Json,
        "csv" => ReviewTo::Csv,
        "md" | "markdown" => ReviewTo::Markdown,
        "prom" | "om" => ReviewTo::Openmetrics,
        "ics" => ReviewTo::Ics,
        #[cfg(feature = "parquet")]
        "parquet" => ReviewTo::Parquet,
        _ => return None,
    })
}

fn periods(text: &str) -> Result<(Days, Days), String> {
    let two = text.split_once(',').ok_or_else(|| {
        format!("{text:?} is not two periods like 2024-01..2024-06,2024-07..2024-12")
    })?;
    let (first, second) = (Days::read(two.0.trim())?, Days::read(two.1.trim())?);
    match first.overlaps(&second) {
        true => Err("the two periods share days: an incident would be in both".to_owned()),
        false => Ok((first, second)),
    }
}
