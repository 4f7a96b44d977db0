//! Writes the logs that reading is measured on: `cargo run --release --example speed -- FOLDER
//! [MEGABYTES] [SEED]`. docs/PERFORMANCE.md says what is run on them.
//!
//! Out: `nginx.log` (combined with times), `pino.json` (JSON lines of pino-http), `app.logfmt` and
//! `postgresql.log` (statements of several lines), each of that many megabytes (10^6 bytes, 1000
//! unless told) and a line. The same seed gives the same bytes. A quiet day of a busy shop:
//! nothing goes wrong, since reading is measured and not judging.

mod lines;
mod random;
mod world;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use random::Random;
use world::World;

/// Requests a second, statements and messages too.
const PER_S: u64 = 100;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let folder = PathBuf::from(words.next().context("name a folder to write into")?);
    let number = |word: Option<String>, default: u64| {
        word.map_or(Ok(default), |word| word.parse())
            .context("a whole number")
    };
    let megabytes = number(words.next(), 1000)?;
    let seed = number(words.next(), 7)?;
    std::fs::create_dir_all(&folder)?;
    for (name, line) in lines::WRITERS {
        write(&folder.join(name), megabytes * 1_000_000, seed, *line)
            .with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

/// Entries until the file is long enough, at even distances with some noise.
fn write(path: &Path, bytes: u64, seed: u64, line: lines::Line) -> Result<()> {
    let mut random = Random(seed);
    let world = World::new(&mut random);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut text, mut written, mut at_us) = (String::new(), 0, 0);
    while written < bytes {
        text.clear();
        at_us += random.below(2 * 1_000_000 / PER_S);
        line(&world, at_us, &mut random, &mut text)?;
        file.write_all(text.as_bytes())?;
        written += text.len() as u64;
    }
    file.flush()?;
    Ok(())
}
