//! Arguments about rfo itself: its settings and its own log.

use std::path::PathBuf;

use clap::Args;

/// How rfo itself runs.
#[derive(Debug, Clone, Args)]
pub struct Own {
    /// Settings: TOML with the names of the long options; - for none [default: rfo/config.toml in
    /// the XDG folder].
    #[arg(long, value_name = "FILE", env = "RFO_CONFIG", global = true)]
    pub config: Option<PathBuf>,
    /// Append what rfo does to this file: inputs, formats, times of stages; no text of the logs.
    #[arg(long, value_name = "FILE", env = "RFO_DEBUG_LOG", global = true)]
    pub debug_log: Option<PathBuf>,
}
