//! Arguments of `rfo formats`.

use std::path::PathBuf;

use clap::Subcommand;

/// The commands of `rfo formats`.
#[derive(Debug, Subcommand)]
pub enum FormatsCommand {
    /// List the formats in the order they are tried: name, engine, what it is, where it is from.
    List,
    /// Propose a definition from a sample of a log, on stdout: to be named, mended and checked.
    Learn {
        /// A log.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check definitions: each must compile and read its samples as it says; exit 1 if not. Of a
    /// log, tell what it is read as, what its keys mean and how sure that is.
    Check {
        /// Definitions, as NAME.toml; or logs.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
}
