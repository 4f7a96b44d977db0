//! rfo's own log, in a file that the user names: off without `--debug-log`.
//!
//! In: what the stages tell (`tracing`'s events). Out: a line each. It says which inputs and
//! formats there are and how long stages took, and holds no text of the logs that are read.

use std::fmt;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use anyhow::{Context, Result};
use tracing::Level;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use crate::clock::now_ns;
use crate::clock::words::rfc3339;

/// Begins to write the log; for the life of the process. The file is added to: a log that was
/// named by mistake is not lost.
pub fn begin(path: &Path) -> Result<()> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.with_context(|| format!("cannot write the debug log {}", path.display()))?;
    let subscriber = tracing_subscriber::fmt()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_timer(Stamps)
        .with_max_level(Level::DEBUG)
        .finish();
    tracing::subscriber::set_global_default(subscriber).context("there is a debug log already")?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "rfo begins");
    Ok(())
}

/// Times as everywhere: RFC 3339, UTC.
struct Stamps;

impl FormatTime for Stamps {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&rfc3339(now_ns()))
    }
}
