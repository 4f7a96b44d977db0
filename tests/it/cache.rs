//! The index cache: reports are the same with it and without, whatever became of the file or the
//! cache; and what is kept is used.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use rfo::analysis::Options;
use rfo::analysis::cache::CacheOptions;
use rfo::reports::json;
use tempfile::TempDir;

use crate::made;

/// Requests, three a second, from second `from` on; every 50th is a joined or broken line.
fn lines(from: usize, seconds: usize) -> String {
    let line = |i: usize| {
        let second = i / 3;
        let at = format!(
            "{:02}/Jul/2015:{:02}:{:02}:{:02} +0000",
            10 + second / 86_400,
            second / 3600 % 24,
            second / 60 % 60,
            second % 60
        );
        let failing = (12_000..13_000).contains(&second) && i.is_multiple_of(2);
        let status = if failing { 503 } else { 200 };
        match i % 50 {
            49 => "# neither this nor that\n".to_owned(),
            _ => format!(
                "10.1.{}.{} - - [{at}] \"GET /shop/{}/item HTTP/1.1\" {status} {} \"-\" \"browser\" 0.{:03}\n",
                i % 7,
                i % 250,
                ["cart", "list", "pay"][i % 3],
                i % 5000,
                i % 900
            ),
        }
    };
    (3 * from..3 * (from + seconds)).map(line).collect()
}

struct Made {
    folder: TempDir,
    log: PathBuf,
}

impl Made {
    /// A log of some blocks.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = folder.path().join("access.log");
        fs::write(&log, lines(0, 14_000)).expect("written");
        Self { folder, log }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    fn with_cache(&self) -> String {
        report(&self.log, |options| {
            options.cache = Some(CacheOptions {
                file_bytes_min: 0,
                ..CacheOptions::new(self.cache())
            });
        })
    }

    fn without(&self) -> String {
        report(&self.log, |_| {})
    }

    fn kept(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.cache());
        let entries = entries.into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    /// Breaks a line in the middle of the log behind everybody's back: same size, same time.
    fn spoil(&self) {
        let mut bytes = fs::read(&self.log).expect("readable");
        let modified = fs::metadata(&self.log).and_then(|meta| meta.modified());
        let at = bytes.len() / 3;
        let next = |from: usize| {
            let end = bytes[from..].iter().position(|byte| *byte == b'\n');
            from + end.expect("a line")
        };
        let start = next(at) + 1;
        let end = next(start);
        bytes[start..end].fill(b'?');
        fs::write(&self.log, &bytes).expect("written");
        let file = File::options().write(true).open(&self.log).expect("there");
        file.set_modified(modified.expect("known")).expect("set");
    }

    fn append(&self, text: &str) {
        let mut file = File::options().append(true).open(&self.log).expect("there");
        file.write_all(text.as_bytes()).expect("written");
    }
}

/// Fails with the first line that differs: reports are long.
fn same(found: &str, expected: &str, when: &str) {
    let mut lines = found.lines().zip(expected.lines());
    let differs = lines.find(|(found, expected)| found != expected);
    assert!(found == expected, "{when}: {differs:?}");
}

fn report(log: &Path, change: impl FnOnce(&mut Options)) -> String {
    json::json(&made::analysed(&[log.to_path_buf()], change))
}

#[test]
fn a_report_is_the_same_without_a_cache_while_it_is_made_and_with_it() {
    let made = Made::new();
    let without = made.without();
    assert!(
        without.contains("error share"),
        "there is something to find"
    );
    same(&made.with_cache(), &without, "with and without");
    assert_eq!(made.kept().len(), 1);
    same(&made.with_cache(), &without, "with and without");
}

#[test]
fn what_is_kept_is_not_parsed_again() {
    let made = Made::new();
    let before = made.with_cache();
    made.spoil();
    assert!(made.without() != before, "it would be seen");
    same(&made.with_cache(), &before, "it was not looked at");
}

#[test]
fn of_a_file_that_has_grown_only_the_end_is_read() {
    let made = Made::new();
    // The last line is not whole yet.
    let text = lines(14_000, 6_000);
    let (first, second) = text.split_at(text.len() / 2 + 30);
    made.append(first);
    made.with_cache();
    made.append(second);
    let grown = made.without();
    same(&made.with_cache(), &grown, "with and without");
    made.spoil();
    made.append("x\n");
    let spoilt = made.without();
    let used = made.with_cache();
    let unparsed = |report: &str| {
        let report: serde_json::Value = serde_json::from_str(report).expect("JSON");
        report["inputs"][0]["unparsed"].as_u64().expect("a number")
    };
    assert_eq!(unparsed(&spoilt), unparsed(&grown) + 2);
    assert_eq!(
        unparsed(&used),
        unparsed(&grown) + 1,
        "the kept part hides one"
    );
}

#[test]
fn a_file_written_anew_is_read_anew() {
    let made = Made::new();
    made.with_cache();
    fs::write(&made.log, lines(20_000, 15_000)).expect("written");
    same(
        &made.with_cache(),
        &made.without(),
        "larger, the same inode",
    );
    fs::write(&made.log, lines(3_000, 9_000)).expect("written");
    same(&made.with_cache(), &made.without(), "shorter");
    fs::write(&made.log, lines(3_000, 9_000).replace("pay", "buy")).expect("written");
    same(&made.with_cache(), &made.without(), "as long as before");
}

#[test]
fn a_log_that_is_renamed_keeps_what_is_known_of_it() {
    let mut made = Made::new();
    made.with_cache();
    let rotated = made.folder.path().join("access.log.1");
    fs::rename(&made.log, &rotated).expect("renamed");
    made.log = rotated;
    let before = made.without();
    made.spoil();
    same(&made.with_cache(), &before, "with and without");
}

#[test]
fn what_is_damaged_is_made_anew() {
    let made = Made::new();
    let without = made.without();
    made.with_cache();
    let path = made.kept().remove(0);
    let whole = fs::read(&path).expect("readable");
    let n = whole.len();
    for at in [
        0,
        1000,
        n / 3,
        n / 2,
        n - 300,
        n - 30,
        n - 20,
        n - 10,
        n - 1,
    ] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).expect("written");
        same(&made.with_cache(), &without, &format!("byte {at} of {n}"));
        // The first time it may have been deleted only.
        same(&made.with_cache(), &without, "with and without");
        let is_whole = fs::read(&path).expect("made anew") == whole;
        assert!(is_whole, "byte {at} of {n}");
    }
    for length in [0, 10, n / 2, n - 1] {
        fs::write(&path, &whole[..length]).expect("written");
        same(
            &made.with_cache(),
            &without,
            &format!("{length} of {n} bytes"),
        );
    }
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let made = Made::new();
    let without = made.without();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2 {
                    same(&made.with_cache(), &without, "with and without");
                }
            });
        }
    });
    assert_eq!(made.kept().len(), 1, "{:?}", made.kept());
}

#[test]
fn a_packed_file_is_unpacked_once() {
    let made = Made::new();
    let text = fs::read(&made.log).expect("readable");
    let pack = |text: &[u8]| fs::write(&made.log, zstd::encode_all(text, 1).expect("packs"));
    pack(&text).expect("written");
    let without = made.without();
    same(&made.with_cache(), &without, "with and without");
    same(&made.with_cache(), &without, "with and without");
    assert_eq!(made.kept().len(), 1);
    pack(&text[..text.len() / 2]).expect("written");
    same(&made.with_cache(), &made.without(), "with and without");
}

#[test]
fn a_folder_that_cannot_be_written_is_no_cache() {
    let made = Made::new();
    let without = made.without();
    fs::write(made.cache(), "a file").expect("written");
    same(&made.with_cache(), &without, "with and without");
}

#[test]
fn the_command_keeps_where_it_is_told_to_and_not_when_it_is_told_not_to() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("access.log");
    let text = lines(0, 14_000);
    let many = (16 << 20) / text.len() + 1;
    fs::write(&log, text.repeat(many)).expect("written");
    let cache = folder.path().join("kept");
    let run = |arguments: &[&str], no_cache: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rfo"));
        command
            .env("RFO_CACHE_DIR", &cache)
            .env("RFO_NO_CACHE", no_cache);
        command.args(["report", "--json"]).args(arguments).arg(&log);
        let assert = command.assert().success();
        assert.get_output().stdout.clone()
    };
    let without = run(&["--no-cache"], "");
    assert_eq!(run(&[], "1"), without);
    assert!(!cache.exists(), "nothing is kept");
    assert_eq!(run(&[], ""), without);
    assert_eq!(fs::read_dir(&cache).expect("made").count(), 1);
    assert_eq!(run(&["--threads", "3"], ""), without);
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o077;
    assert_eq!(mode(&cache), 0, "it is nobody else's");
}
