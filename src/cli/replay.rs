//! Arguments of `rfo replay`.

use std::path::PathBuf;

use clap::Args;

use super::{FormatName, instant_of, pair, zone};
use crate::analysis::Options;
use crate::clock::Zone;
use crate::replay::Speed;

/// Play logs in real time: each line comes when its time comes, the first one now.
#[derive(Debug, Args)]
pub struct Replay {
    /// Files, folders, quoted globs, bundles; rotated logs are one source. Packed files are
    /// written unpacked.
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<PathBuf>,
    /// Seconds of the logs a second: 60 plays a minute a second; max waits for nothing.
    #[arg(long, value_name = "TIMES", default_value = "1")]
    pub speed: Speed,
    /// Write files of the same names into this folder, which grow; without it the lines of all logs
    /// go to stdout, in order of time. People's records are written into folders only.
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Leave out what was written before this: RFC 3339, a local time, or -3h.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// Leave out what was written from this on.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub until: Option<String>,
    /// Zone of times that name none: Europe/London, +03:00, UTC.
    #[arg(long, value_name = "ZONE", env = "RFO_TZ", value_parser = zone, allow_hyphen_values = true)]
    pub tz: Option<Zone>,
    /// Zone of the stamps of some sources.
    #[arg(long, value_name = "GLOB=ZONE", value_parser = pair::<Zone>)]
    pub source_tz: Vec<(String, Zone)>,
    /// Read some sources as this format.
    #[arg(long, value_name = "GLOB=NAME", value_parser = pair::<FormatName>)]
    pub format: Vec<(String, FormatName)>,
}

impl Replay {
    /// How the sources are read; times before now are before `now_ns`.
    pub fn options(&self, now_ns: i64) -> Result<Options, String> {
        let at = |text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| instant_of(text, self.tz.unwrap_or(Zone::UTC), now_ns))
                .transpose()
        };
        let mut options = Options::new(self.sources.clone());
        options.zone = self.tz;
        options.source_zones = self.source_tz.clone();
        let formats = self.format.iter();
        options.formats = formats
            .map(|(glob, name)| (glob.clone(), name.0.clone()))
            .collect();
        options.since_ns = at(&self.from)?;
        options.until_ns = at(&self.until)?;
        Ok(options)
    }
}
