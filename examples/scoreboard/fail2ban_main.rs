//! Compares the times that rfo reads with those that fail2ban's samples state:
//! `RFO_CORPUS=FOLDER cargo run --release --example scoreboard-fail2ban -- [--misses]`.

mod fail2ban;

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Result;

fn main() -> Result<()> {
    let with_misses = std::env::args().any(|word| word == "--misses");
    let folder = std::env::var_os("RFO_CORPUS").map(|path| PathBuf::from(path).join("fail2ban"));
    let text = match folder.filter(|folder| folder.is_dir()) {
        None => "fail2ban: skipped, RFO_CORPUS names no folder that has it\n".to_owned(),
        Some(folder) => fail2ban::text(&folder, with_misses)?,
    };
    // A closed pipe is nobody's fault.
    let _ = write!(io::stdout(), "{text}");
    Ok(())
}
