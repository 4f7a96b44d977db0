//! Bounds: memory, disks that are full, files that cannot be read. What does not fit is said, and
//! the rest goes on.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use rfo::analysis::{Options, Show, Snapshot, Timings, analyse};
use rfo::input::discover;
use rfo::tui::{Anchor, LinesRequest, fetch};
use serde_json::Value;
use tempfile::TempDir;

use crate::made;

/// The bound of the tests here, and what the program may take beyond so small a one: its own code
/// (a debug build has much) and one frame of polars.
const BOUND: &str = "64M";
const BOUND_BYTES: u64 = 64 << 20;
const FIXED_BYTES: u64 = 64 << 20;
/// Bytes of a log whose events do not all fit into `BOUND`: some lie in a temporary file.
const BEYOND_BYTES: u64 = 160 << 20;

fn rfo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rfo"));
    command
        .env("RFO_NO_CACHE", "1")
        .env_remove("RFO_MAX_MEMORY");
    command
}

/// About `bytes` of requests of an hour and a half, with ten bad minutes.
fn write_log(path: &Path, bytes: u64) {
    let mut file = BufWriter::new(File::create(path).expect("made"));
    let (mut written, mut i) = (0, 0u64);
    let each = 150;
    let per_s = bytes / each / 5400;
    while written < bytes {
        let second = i / per_s;
        let bad = (2700..3300).contains(&second) && i % 3 == 0;
        let (status, latency) = if bad { (503, "2.500") } else { (200, "0.043") };
        let line = format!(
            "10.{}.{}.{} - - [22/Jul/2015:{:02}:{:02}:{:02} +0000] \"GET /shop/{}/item/{i} HTTP/1.1\" {status} {} \"-\" \"Browser/{} (a common one)\" {latency}\n",
            i % 7,
            i % 200,
            i * 7919 % 250,
            10 + second / 3600,
            second / 60 % 60,
            second % 60,
            ["cart", "list", "pay"][(i % 3) as usize],
            i % 5000,
            i % 40,
        );
        file.write_all(line.as_bytes()).expect("written");
        written += line.len() as u64;
        i += 1;
    }
}

fn log(bytes: u64) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("access.log");
    write_log(&path, bytes);
    (folder, path)
}

/// The report and the most memory that was held, bytes.
fn bounded(path: &Path, bound: &str) -> (Value, u64) {
    let arguments = ["report", "--json", "--timings", "--max-memory", bound];
    let assert = rfo().args(arguments).arg(path).assert().success();
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    let peak = told
        .lines()
        .find_map(|line| line.strip_prefix("peak memory"));
    let peak = peak.and_then(|peak| peak.trim().parse().ok());
    let report = serde_json::from_slice(&assert.get_output().stdout);
    (
        report.expect("JSON"),
        peak.unwrap_or_else(|| panic!("{told}")),
    )
}

fn whats(report: &Value) -> Vec<&str> {
    let spots = report["blind_spots"].as_array().expect("blind spots");
    spots
        .iter()
        .filter_map(|spot| spot["what"].as_str())
        .collect()
}

#[test]
fn a_log_of_several_times_the_memory_gives_the_same_report_but_for_what_is_stated() {
    let (_folder, path) = log(BEYOND_BYTES);
    let (free, free_peak) = bounded(&path, "4G");
    let (tight, peak) = bounded(&path, BOUND);
    assert!(peak < BOUND_BYTES + FIXED_BYTES, "{peak} bytes");
    assert!(
        free_peak > BOUND_BYTES + FIXED_BYTES,
        "it would not fit: {free_peak} bytes"
    );
    let incident = |report: &Value| report["incidents"][0].clone();
    for part in ["inputs", "range"] {
        assert_eq!(tight[part], free[part], "{part}");
    }
    for part in ["title", "state", "severity", "impact", "explanation"] {
        assert_eq!(incident(&tight)[part], incident(&free)[part], "{part}");
    }
    let suspects = |report: &Value| {
        let all = incident(report)["contributors"]
            .as_array()
            .expect("a list")
            .clone();
        let names = all.iter().map(|one| one["dimensions"].to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(suspects(&tight), suspects(&free));
    assert_eq!(whats(&free), [] as [&str; 0]);
    assert!(
        whats(&tight)
            .iter()
            .any(|what| what.contains("a sample of") && what.contains("--max-memory")),
        "{:?}",
        whats(&tight)
    );
}

fn analysed(path: &Path, change: impl FnOnce(&mut Options)) -> Snapshot {
    made::analysed(&[path.to_path_buf()], change)
}

#[test]
fn lines_that_lie_in_the_temporary_file_can_be_opened() {
    let (_folder, path) = log(BEYOND_BYTES);
    let spill = tempfile::tempdir().expect("a temporary folder");
    let snapshot = analysed(&path, |options| {
        options.memory_bytes = BOUND_BYTES;
        options.spill_folder = spill.path().to_path_buf();
    });
    let free = analysed(&path, |_| {});
    let (first, last) = snapshot.range.expect("events");
    let page = |snapshot: &Snapshot, at| {
        let request = LinesRequest {
            number: 1,
            store: snapshot.store.clone(),
            anchor: Anchor::Time(at),
            sieve: None,
        };
        let mut reader = rfo::input::RawReader::new(discover(std::slice::from_ref(&path)).0);
        fetch(
            &request,
            &mut (Box::new(move |source, offset, length| {
                let read = reader.read(source, offset, length);
                read.map_err(|error| error.to_string())
            }) as rfo::tui::LineReader),
        )
    };
    for at in [first, (first + last) / 2, last] {
        assert_eq!(page(&snapshot, at), page(&free, at));
    }
    assert!(page(&snapshot, last).rows.len() >= 200);
    assert_eq!(snapshot.store.unreadable(), None);
    assert_eq!(fs::read_dir(spill.path()).expect("there").count(), 0);
}

/// Runs rfo in a shell that lets no file grow beyond some KiB.
fn on_a_full_disk(command: &str, kib: u32) -> Command {
    let mut shell = Command::new("sh");
    let program = env!("CARGO_BIN_EXE_rfo");
    let limited = format!("trap '' XFSZ; ulimit -f {kib}; exec {program} {command}");
    shell.args(["-c", &limited]).env("RFO_NO_CACHE", "1");
    shell
}

#[test]
fn a_full_disk_costs_the_drill_down_and_is_said() {
    let (_folder, path) = log(BEYOND_BYTES);
    let command = format!("report --json --max-memory {BOUND} {}", path.display());
    let assert = on_a_full_disk(&command, 512).assert().success();
    let report: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    let lost = whats(&report);
    let lost = lost.iter().find(|what| what.contains("cannot be opened"));
    let lost = lost.unwrap_or_else(|| panic!("{:?}", whats(&report)));
    assert!(
        lost.contains("cannot write to") && lost.contains("File too large"),
        "{lost}"
    );
    assert_eq!(report["incidents"].as_array().map(Vec::len), Some(1));
    let (free, _) = bounded(&path, "4G");
    assert_eq!(report["inputs"], free["inputs"], "all is counted");
}

#[test]
fn a_pipe_that_does_not_fit_on_the_disk_is_used_as_far_as_it_came() {
    let (_folder, path) = log(8 << 20);
    let assert = on_a_full_disk("report --json -", 2048)
        .pipe_stdin(&path)
        .expect("readable")
        .assert()
        .code(3);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        told.contains("cannot keep stdin") && told.contains("File too large"),
        "{told}"
    );
    let report: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    assert!(report["inputs"][0]["events"].as_u64() > Some(1000));
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let logs = made::logs("error-burst");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rfo"));
    command
        .env("RFO_NO_CACHE", "1")
        .arg("report")
        .arg(logs.path());
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("there");
    let told = command.stdout(Stdio::from(full)).output().expect("runs");
    let error = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(
        error.contains("cannot write to stdout") && error.contains("No space left"),
        "{error}"
    );
    assert_eq!(told.status.code(), Some(3));
}

#[test]
fn a_file_that_vanishes_before_it_is_read_is_named_and_the_rest_goes_on() {
    let logs = made::logs("error-burst");
    let gone = logs.path().join("gone.log");
    fs::write(&gone, "2015-07-22 10:00:00 hello\n").expect("written");
    let named = [logs.path().to_path_buf()];
    let (sources, errors) = discover(&named);
    assert!(errors.is_empty() && sources.len() == 2);
    fs::remove_file(&gone).expect("removed");
    let options = Options::new(named.to_vec());
    let snapshot = analyse(
        "test",
        sources,
        &options,
        &Timings::default(),
        Show::Nothing,
    );
    let error = snapshot.inputs[0].error.as_deref().unwrap_or_default();
    assert!(
        error.contains("cannot read gone.log: No such file"),
        "{error}"
    );
    assert!(snapshot.inputs[1].error.is_none() && !snapshot.incidents.is_empty());
}

#[test]
fn a_file_that_may_not_be_read_is_named_and_the_rest_goes_on() {
    use std::os::unix::fs::PermissionsExt;
    let logs = made::logs("error-burst");
    let locked = logs.path().join("locked.log");
    fs::write(&locked, "2015-07-22 10:00:00 hello\n").expect("written");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).expect("locked");
    if fs::read(&locked).is_ok() {
        // Root may read everything: what it may not do is read a process's memory from its start.
        fs::remove_file(&locked).expect("removed");
        std::os::unix::fs::symlink("/proc/self/mem", &locked).expect("linked");
    }
    let assert = rfo().arg("report").arg(logs.path()).assert().code(3);
    let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(told.contains("cannot read locked.log"), "{told}");
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("1 incident"), "{text}");
}
