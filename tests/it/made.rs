//! Logs made from `tests/scenarios/*.toml` in a temporary folder, and what rfo concludes.

use std::fs;
use std::path::{Path, PathBuf};

use rfo::analysis::{Options, Show, Snapshot, Timings, analyse};
use rfo::input::discover;
use tempfile::TempDir;

use crate::engine;

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of all scenarios, in order.
pub fn names() -> Vec<String> {
    let entries = fs::read_dir(root().join("tests/scenarios")).expect("tests/scenarios exists");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let tables = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let stem = |path: PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        stem.expect("a plain name").to_owned()
    };
    let mut names: Vec<String> = tables.map(stem).collect();
    names.sort();
    names
}

/// A scenario as it is written.
pub fn scenario(name: &str) -> String {
    let path = root().join(format!("tests/scenarios/{name}.toml"));
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The files that a scenario makes: name and bytes.
pub fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let scenario = toml::from_str(&scenario(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
    engine::generate(&scenario)
}

/// A new folder with these files.
pub fn folder<'a>(files: impl IntoIterator<Item = &'a (String, Vec<u8>)>) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    folder
}

/// A new folder with the logs of a scenario.
pub fn logs(name: &str) -> TempDir {
    folder(&files(name))
}

/// What rfo concludes from these paths, with changed options.
pub fn analysed(paths: &[PathBuf], change: impl FnOnce(&mut Options)) -> Snapshot {
    let mut options = Options::new(paths.to_vec());
    change(&mut options);
    run(&options, Show::Nothing)
}

/// The same with the defaults; `show` gets what there is while reading goes on.
pub fn shown(paths: &[PathBuf], show: &mut dyn FnMut(Snapshot) -> bool) -> Snapshot {
    run(&Options::new(paths.to_vec()), Show::Snapshots(show))
}

fn run(options: &Options, show: Show<'_>) -> Snapshot {
    let (sources, errors) = discover(&options.sources);
    assert!(errors.is_empty(), "{errors:?}");
    analyse("test", sources, options, &Timings::default(), show)
}
