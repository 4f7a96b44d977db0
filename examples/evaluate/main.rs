//! Measures the detectors: `cargo run --release --example evaluate -- [SET]...`.
//!
//! Sets: `scenarios`, `five`, `bursts` are made here from seeds; `web-kpi`, `ms-cloud`,
//! `rootly-apache`, `elastic-examples` are read from the folder that `RFO_CORPUS` names and
//! skipped without it. Without arguments all are measured, with the parameters of the product.
//! `misses` lists the scenarios that were not found.

mod bursts;
mod concluding;
mod five;
mod labelled;
mod logs;
mod random;
mod report;
mod scenarios;
mod service;

use std::path::PathBuf;

use anyhow::{Result, bail};

const SETS: [&str; 7] = [
    "scenarios",
    "five",
    "bursts",
    "web-kpi",
    "ms-cloud",
    "rootly-apache",
    "elastic-examples",
];

fn main() -> Result<()> {
    let mut asked: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = asked
        .iter()
        .find(|set| !SETS.contains(&set.as_str()) && *set != "misses")
    {
        bail!("there is no set {unknown}; there are {}", SETS.join(", "));
    }
    if asked.is_empty() {
        asked = SETS.map(str::to_owned).to_vec();
    }
    for set in &asked {
        let text = match set.as_str() {
            "scenarios" => report::scenarios(),
            "misses" => report::misses(),
            "five" => report::five(),
            "bursts" => report::bursts()?,
            _ => match corpus(set) {
                None => format!("{set}: skipped, RFO_CORPUS names no folder that has it\n"),
                Some(folder) if set == "rootly-apache" => logs::floods(&folder),
                Some(folder) if set == "elastic-examples" => logs::sampled(&folder),
                Some(folder) => report::labelled(set, &folder)?,
            },
        };
        report::print(&text);
    }
    Ok(())
}

fn corpus(set: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("RFO_CORPUS")?).join(set);
    folder.is_dir().then_some(folder)
}
