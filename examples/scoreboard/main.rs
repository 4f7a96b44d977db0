//! Compares what rfo reads with what others say about the same logs:
//! `RFO_CORPUS=FOLDER cargo run --release --example scoreboard -- [--misses] [--check] [SET]...`.
//!
//! The sets are folders of the corpus, logs with what another program read from them. They are
//! no part of the project: without `RFO_CORPUS` every set says "skipped". Without names all
//! sets are scored. `--misses` also prints the first misses: line, expected, found. `--check`
//! fails where less of a set is right than it must be.

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

/// Names, what scores them, and the least per cent that must be right.
const SETS: [(&str, Score, Option<f64>); 6] = [
    ("filebeat", filebeat::score, Some(98.0)),
    ("crowdsec", crowdsec::score, Some(98.0)),
    (
        "fail2ban",
        |folder| fail2ban::score(folder, false),
        Some(90.0),
    ),
    ("percona-slow", percona::score, Some(95.0)),
    ("lnav-logs", lnav::score, Some(100.0)),
    ("mtools-mongodb", mongodb::score, None),
];

const FLAGS: [&str; 2] = ["--misses", "--check"];

fn main() -> Result<()> {
    let (flags, asked): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|word| word.starts_with("--"));
    if let Some(unknown) = flags.iter().find(|flag| !FLAGS.contains(&flag.as_str())) {
        bail!("there is no flag {unknown}; there are {}", FLAGS.join(", "));
    }
    let has = |flag: &str| flags.iter().any(|one| one == flag);
    let names: Vec<&str> = SETS.iter().map(|(name, ..)| *name).collect();
    if let Some(unknown) = asked.iter().find(|set| !names.contains(&set.as_str())) {
        bail!("there is no set {unknown}; there are {}", names.join(", "));
    }
    let mut below = Vec::new();
    for (name, score, least) in SETS {
        if !asked.is_empty() && !asked.iter().any(|set| set == name) {
            continue;
        }
        let text = match corpus(name) {
            None => format!("{name}: skipped, RFO_CORPUS names no folder that has it\n"),
            Some(folder) => {
                let board = score(&folder)?;
                let right = board.right_percent();
                below.extend(
                    least
                        .filter(|least| right < *least)
                        .map(|least| format!("{name}: {right:.2} % right, less than {least} %")),
                );
                board.text(name, has("--misses"))
            }
        };
        // A closed pipe is nobody's fault.
        let _ = writeln!(io::stdout(), "{text}");
    }
    match below.is_empty() || !has("--check") {
        true => Ok(()),
        false => bail!("{}", below.join("; ")),
    }
}

fn corpus(set: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("RFO_CORPUS")?).join(set);
    folder.is_dir().then_some(folder)
}
