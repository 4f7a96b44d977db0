//! The committed logs of the replays are what the generator makes of their scenarios today.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::engine;
use crate::engine::scenario::Scenario;

/// The folders of the replays, in order of name.
fn replays() -> Vec<PathBuf> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    let entries = fs::read_dir(samples).expect("sample-logs exists");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|folder| folder.join("scenario.toml").is_file())
        .collect();
    folders.sort();
    folders
}

fn scenario(file: &Path) -> Scenario {
    let text = fs::read_to_string(file).expect("a scenario can be read");
    toml::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

/// What a committed file says once it is unpacked.
fn unpacked(path: &Path) -> Vec<u8> {
    let kept = fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    let mut text = Vec::new();
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("zst") => {
            zstd::Decoder::new(&kept[..])
                .and_then(|mut decoder| decoder.read_to_end(&mut text))
                .expect("sound zstd");
        }
        Some("gz") => {
            flate2::read::GzDecoder::new(&kept[..])
                .read_to_end(&mut text)
                .expect("sound gzip");
        }
        _ => text = kept,
    }
    text
}

#[test]
fn every_replay_is_what_its_scenario_makes() {
    let folders = replays();
    assert!(folders.len() >= 3, "replays are missing: {folders:?}");
    for folder in folders {
        let files = engine::generate(&scenario(&folder.join("scenario.toml")));
        for (name, text) in &files {
            let path = folder.join("logs").join(name);
            let same = unpacked(&path) == *text;
            assert!(
                same,
                "{}: run `cargo run --release --example generate`",
                path.display()
            );
        }
        let kept = fs::read_dir(folder.join("logs"))
            .expect("logs exist")
            .count();
        assert_eq!(
            kept,
            files.len(),
            "{}: files of no scenario",
            folder.display()
        );
    }
}

#[test]
fn another_seed_makes_other_logs_of_about_the_same_size() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut other = scenario(&folder.join("quiet.toml"));
    let first = engine::generate(&other);
    other.seed += 1;
    let second = engine::generate(&other);
    for ((name, a), (_, b)) in first.iter().zip(&second) {
        assert_ne!(a, b, "{name}");
        let ratio = a.len() as f64 / b.len() as f64;
        assert!(
            (0.8..1.25).contains(&ratio),
            "{name}: {} and {} bytes",
            a.len(),
            b.len()
        );
    }
}
