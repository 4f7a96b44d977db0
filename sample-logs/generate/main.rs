//! Makes the sample logs again: `cargo run --release --example generate -- [PATH]... [--into DIR]`.
//!
//! A PATH is a `scenario.toml` or the folder of one; without any, all of `sample-logs/*/` are made.
//! The logs go to `logs/` beside the scenario, or to DIR. Names in `.zst` and `.gz` are compressed.

#[path = "engine.rs"]
mod engine;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

fn main() -> Result<()> {
    let (paths, into) = arguments()?;
    for path in if paths.is_empty() { replays()? } else { paths } {
        let file = if path.is_dir() {
            path.join("scenario.toml")
        } else {
            path
        };
        let folder = match &into {
            Some(folder) => folder.clone(),
            None => file.parent().context("a file has a folder")?.join("logs"),
        };
        make(&file, &folder).with_context(|| format!("cannot make {}", file.display()))?;
    }
    Ok(())
}

fn arguments() -> Result<(Vec<PathBuf>, Option<PathBuf>)> {
    let (mut paths, mut into) = (Vec::new(), None);
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        if word == "--into" {
            into = Some(PathBuf::from(
                words.next().context("--into wants a folder")?,
            ));
        } else if word.to_string_lossy().starts_with('-') {
            bail!("unknown option {}", word.display());
        } else {
            paths.push(PathBuf::from(word));
        }
    }
    Ok((paths, into))
}

/// The folders in `sample-logs/` that have a scenario.
fn replays() -> Result<Vec<PathBuf>> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    let mut folders = Vec::new();
    for entry in fs::read_dir(samples)? {
        let folder = entry?.path();
        if folder.join("scenario.toml").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

fn make(scenario: &Path, folder: &Path) -> Result<()> {
    let scenario = toml::from_str(&fs::read_to_string(scenario)?)?;
    fs::create_dir_all(folder)?;
    let mut out = std::io::stderr().lock();
    for (name, text) in engine::generate(&scenario) {
        let bytes = compressed(&name, &text)?;
        let path = folder.join(&name);
        writeln!(
            out,
            "{}: {} bytes, {} kept",
            path.display(),
            text.len(),
            bytes.len()
        )?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

fn compressed(name: &str, text: &[u8]) -> Result<Vec<u8>> {
    if name.ends_with(".zst") {
        return Ok(zstd::encode_all(text, 19)?);
    }
    if name.ends_with(".gz") {
        let level = flate2::Compression::best();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
        encoder.write_all(text)?;
        return Ok(encoder.finish()?);
    }
    Ok(text.to_vec())
}
