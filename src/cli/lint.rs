//! Arguments of `rfo lint`.

use std::path::PathBuf;

use clap::Args;

use super::{ColorChoice, zone};
use crate::clock::Zone;

/// Arguments of `rfo lint`.
#[derive(Debug, Args)]
pub struct Lint {
    /// Records: reports, postmortems, pasted status pages, exports of pagers, our own CSV; files,
    /// folders or quoted globs.
    #[arg(value_name = "RECORD", required = true)]
    pub records: Vec<PathBuf>,
    /// Zone of times that name none: Europe/London, +03:00, UTC.
    #[arg(long, value_name = "ZONE", env = "RFO_TZ", value_parser = zone, allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// Print the contract rfo.lint/1 instead of text.
    #[arg(long)]
    pub json: bool,
    /// When to use colours.
    #[arg(long, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
}
