//! `rfo replay`: what is written is what was there, in the order of its time, and it stops when it
//! is told to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use flate2::write::GzEncoder;
use rfo::input::{discover, open};
use tempfile::TempDir;

use crate::command::{rfo, stderr, stdout};
use crate::made;

/// Path below the folder, without the ending of its packing, and unpacked bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (sources, errors) = discover(&[folder.to_path_buf()]);
    assert!(errors.is_empty(), "{errors:?}");
    let one = |source: &rfo::input::Source| {
        let mut bytes = Vec::new();
        let mut reader = open(source, Arc::default()).expect("opens");
        reader.read_to_end(&mut bytes).expect("reads");
        let name = source.name.trim_end_matches(".zst").trim_end_matches(".gz");
        (name.to_owned(), bytes)
    };
    sources.iter().map(one).collect()
}

fn played(folder: &Path, arguments: &[&str]) -> TempDir {
    let into = tempfile::tempdir().expect("a temporary folder");
    let command = rfo()
        .arg("replay")
        .args(arguments)
        .args(["--speed", "max", "--into"])
        .args([into.path(), folder])
        .assert();
    assert_eq!(stderr(&command), "");
    command.success();
    into
}

#[test]
fn every_replay_is_played_as_it_is_logs_and_records() {
    for name in [
        "config-push",
        "job-flood",
        "port-exhaustion",
        "rogue-client",
        "slow-token-auth",
    ] {
        let folder = made::root().join("sample-logs").join(name);
        let into = played(&folder, &[]);
        let (expected, found) = (contents(&folder), contents(into.path()));
        let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&found), names(&expected), "{name}");
        for (path, bytes) in &expected {
            assert!(found[path] == *bytes, "{name}: {path} differs");
        }
    }
}

const APP: &str = "2024-02-03 12:00:00 INFO a1\n2024-02-03 12:00:10 ERROR a2\n  at a.rs:1\n2024-02-03 12:00:20 INFO a3\n";
const JOBS: &str = "2024-02-03 12:00:05 INFO b1\n2024-02-03 12:00:15 INFO b2";

fn two_logs() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("app.log"), APP).expect("written");
    fs::write(folder.path().join("jobs.log"), JOBS).expect("written");
    folder
}

#[test]
fn stdout_gets_whole_events_in_order_of_time() {
    let folder = two_logs();
    let command = rfo()
        .arg("replay")
        .arg(folder.path())
        .args(["--speed", "max"])
        .assert()
        .success();
    let words: Vec<String> = stdout(&command)
        .lines()
        .map(|line| line.split(' ').next_back().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(words, ["a1", "b1", "a2", "a.rs:1", "b2", "a3"]);
}

#[test]
fn a_stretch_is_cut_out() {
    let folder = two_logs();
    let stretch = [
        "--from",
        "2024-02-03T12:00:05Z",
        "--until",
        "2024-02-03T12:00:20Z",
    ];
    let into = played(folder.path(), &stretch);
    let found = contents(into.path());
    assert_eq!(
        found["app.log"],
        b"2024-02-03 12:00:10 ERROR a2\n  at a.rs:1\n"
    );
    assert_eq!(found["jobs.log"], JOBS.as_bytes());
}

#[test]
fn a_rotated_log_becomes_one_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines: Vec<&str> = APP.split_inclusive('\n').collect();
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, lines[0].as_bytes()).expect("memory does not fail");
    let packed = packed.finish().expect("memory does not fail");
    fs::write(folder.path().join("app.log.2.gz"), packed).expect("written");
    fs::write(folder.path().join("app.log.1"), lines[1..3].concat()).expect("written");
    fs::write(folder.path().join("app.log"), lines[3]).expect("written");
    let found = contents(played(folder.path(), &[]).path());
    assert_eq!(found.len(), 1, "{:?}", found.keys());
    assert_eq!(found["app.log"], APP.as_bytes());
}

#[test]
fn nothing_is_overwritten_and_a_speed_is_a_number() {
    let folder = two_logs();
    let command = rfo()
        .arg("replay")
        .arg(folder.path())
        .arg("--into")
        .arg(folder.path())
        .assert();
    let command = command.code(3);
    assert!(
        stderr(&command).contains("it is there already"),
        "{}",
        stderr(&command)
    );
    let command = rfo()
        .args(["replay", "x", "--speed", "fast"])
        .assert()
        .code(2);
    assert!(
        stderr(&command).contains("is not a speed"),
        "{}",
        stderr(&command)
    );
    rfo().args(["replay", "/no/such/file"]).assert().code(3);
}

/// So slow that the second event does not come while a test runs.
fn slow(folder: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rfo"))
        .arg("replay")
        .arg(folder)
        .args(["--speed", "0.0001"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rfo starts");
    let stdout = child.stdout.take().expect("it is piped");
    (child, BufReader::new(stdout))
}

#[test]
fn an_interrupt_ends_the_waiting_with_what_was_due_written() {
    let folder = two_logs();
    let (mut child, mut lines) = slow(folder.path());
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line comes");
    assert_eq!(line, "2024-02-03 12:00:00 INFO a1\n");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill is there").success());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("it ends");
    assert_eq!(
        (rest.as_str(), child.wait().expect("it ends").code()),
        ("", Some(130))
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = made::root().join("sample-logs/slow-token-auth");
    let mut child = Command::new(env!("CARGO_BIN_EXE_rfo"))
        .arg("replay")
        .arg(folder.join("logs"))
        .args(["--speed", "max"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("rfo starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("a line comes");
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}
