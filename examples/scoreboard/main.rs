//! Compares what rfo reads with what others say about the same logs:
//! `RFO_CORPUS=FOLDER cargo run --release --example scoreboard -- [--misses] [SET]...`.
//!
//! The sets are folders of the corpus, logs with what another program read from them. They are
//! no part of the project: without `RFO_CORPUS` every set says "skipped". Without names all
//! sets are scored. `--misses` also prints the first misses: line, expected, found.

mod board;
mod crowdsec;
mod fail2ban;
mod filebeat;
mod lnav;
mod mongodb;
mod percona;
mod reading;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use board::Board;

/// Scores one folder of the corpus.
type Score = fn(&Path) -> Result<Board>;

const SETS: [(&str, Score); 6] = [
    ("filebeat", filebeat::score),
    ("crowdsec", crowdsec::score),
    ("fail2ban", |folder| {
        let notes = fail2ban::text(folder, false)?;
        Ok(Board {
            notes,
            ..Board::default()
        })
    }),
    ("percona-slow", percona::score),
    ("lnav-logs", lnav::score),
    ("mtools-mongodb", mongodb::score),
];

fn main() -> Result<()> {
    let (flags, asked): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with("--"));
    if let Some(unknown) = flags.iter().find(|flag| *flag != "--misses") {
        bail!("there is no flag {unknown}; there is --misses");
    }
    let names: Vec<&str> = SETS.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = asked.iter().find(|set| !names.contains(&set.as_str())) {
        bail!("there is no set {unknown}; there are {}", names.join(", "));
    }
    for (name, score) in SETS {
        if !asked.is_empty() && !asked.iter().any(|set| set == name) {
            continue;
        }
        let text = match corpus(name) {
            None => format!("{name}: skipped, RFO_CORPUS names no folder that has it\n"),
            Some(folder) => score(&folder)?.text(name, !flags.is_empty()),
        };
        // A closed pipe is nobody's fault.
        let _ = writeln!(io::stdout(), "{text}");
    }
    Ok(())
}

fn corpus(set: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("RFO_CORPUS")?).join(set);
    folder.is_dir().then_some(folder)
}
