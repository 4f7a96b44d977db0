//! The command as a shell sees it: exit codes, streams, sources of any kind, hostile input.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;

use crate::{made, sound};

/// The command in a clean environment.
pub fn rfo() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rfo"));
    for name in ["RFO_TZ", "RFO_ASCII", "NO_COLOR", "COLORTERM"] {
        command.env_remove(name);
    }
    // The user's cache is nobody's business.
    command.env("RFO_NO_CACHE", "1");
    command.env("RFO_CONFIG", "-");
    command
}

pub fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).expect("stdout is UTF-8")
}

pub fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).expect("stderr is UTF-8")
}

/// The JSON report of a command that succeeds and has nothing to say on stderr.
pub fn report(command: &mut Command) -> Value {
    let assert = command.assert().success();
    assert_eq!(stderr(&assert), "");
    serde_json::from_str(&stdout(&assert)).expect("stdout is the report")
}

/// A folder with the logs of the scenario that most tests here use.
pub fn logs() -> TempDir {
    made::logs("error-burst")
}

/// Its one log.
pub fn log(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("shop.json")
}

/// `incidents` and `range` of a report: what does not depend on how the source was named.
pub fn gist(report: &Value) -> String {
    let incidents = report["incidents"].as_array().expect("incidents");
    assert!(
        !incidents.is_empty(),
        "nothing was found: {}",
        report["inputs"]
    );
    let windows: Vec<&Value> = incidents
        .iter()
        .map(|incident| &incident["windows"])
        .collect();
    format!("{} {}", serde_json::json!(windows), report["range"])
}

#[test]
fn wrong_arguments_are_told_with_what_would_be_right() {
    let check = |arguments: &[&str], hint: &str| {
        let assert = rfo().args(arguments).assert().code(2);
        assert!(
            stderr(&assert).contains(hint),
            "{arguments:?}: {}",
            stderr(&assert)
        );
        assert_eq!(stdout(&assert), "", "{arguments:?}");
    };
    check(&[], "name at least one source");
    check(&["report"], "name at least one source");
    check(&["report", "--bukket", "10s", "x"], "--bucket");
    check(&["report", "--format", "*=nginx", "x"], "combined");
    check(&["report", "--tz", "IST", "x"], "is not a zone");
    check(&["report", "--since", "noon", "x"], "2015-07-22T15:35:00Z");
    check(
        &["report", "--json", "--to", "text", "x"],
        "cannot be used with",
    );
    check(&["report", "--threads", "0", "x"], "1..=256");
}

#[test]
fn a_missing_file_is_named_with_its_cause_and_the_rest_goes_on() {
    let folder = logs();
    let assert = rfo()
        .arg("report")
        .arg("/no/such/log")
        .arg(log(&folder))
        .assert()
        .code(3);
    let error = stderr(&assert);
    assert!(
        error.contains("/no/such/log") && error.contains("No such file"),
        "{error}"
    );
    assert!(
        stdout(&assert).contains("1 incident"),
        "{}",
        stdout(&assert)
    );
    let alone = rfo().args(["report", "/no/such/log"]).assert().code(3);
    assert_eq!(stdout(&alone), "");
}

#[test]
fn a_file_that_is_no_log_is_named_and_the_rest_goes_on() {
    let folder = logs();
    let noise: Vec<u8> = (0..40_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    fs::write(folder.path().join("core.dump"), noise).expect("written");
    let assert = rfo().arg("report").arg(folder.path()).assert().code(3);
    assert!(
        stderr(&assert).contains("core.dump is not a log"),
        "{}",
        stderr(&assert)
    );
    assert!(
        stdout(&assert).contains("1 incident"),
        "{}",
        stdout(&assert)
    );
}

#[test]
fn a_file_that_is_cut_off_is_used_as_far_as_it_goes() {
    let folder = logs();
    let text = fs::read(log(&folder)).expect("readable");
    let packed = zstd::encode_all(&text[..], 1).expect("packs");
    let cut = folder.path().join("cut.json.zst");
    fs::write(&cut, &packed[..packed.len() * 9 / 10]).expect("written");
    let assert = rfo().args(["report", "--json"]).arg(&cut).assert().code(3);
    assert!(
        stderr(&assert).contains("cut.json.zst"),
        "{}",
        stderr(&assert)
    );
    let report: Value = serde_json::from_str(&stdout(&assert)).expect("JSON");
    assert!(
        report["inputs"][0]["events"].as_u64() > Some(10_000),
        "{}",
        report["inputs"]
    );
    assert!(
        report["blind_spots"].to_string().contains("unreadable"),
        "{}",
        report["blind_spots"]
    );
}

#[test]
fn nothing_parseable_has_a_code_of_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let prose = folder.path().join("poem");
    fs::write(&prose, "the cat sat\non the mat\n".repeat(50)).expect("written");
    let empty = folder.path().join("empty.log");
    fs::write(&empty, "").expect("written");
    for path in [&prose, &empty] {
        let assert = rfo().arg("report").arg(path).assert().code(4);
        assert!(
            stderr(&assert).contains("nothing could be parsed"),
            "{}",
            stderr(&assert)
        );
        sound::check_text("nothing", &stdout(&assert));
    }
}

#[test]
fn an_empty_file_beside_a_log_is_no_failure() {
    let folder = logs();
    fs::write(folder.path().join("empty.log"), "").expect("written");
    let report = report(rfo().args(["report", "--json"]).arg(folder.path()));
    assert_eq!(report["inputs"][0]["path"], "empty.log");
    assert_eq!(report["inputs"][0]["lines"], 0);
    gist(&report);
}

#[test]
fn a_report_fails_on_an_incident_that_is_bad_enough() {
    let folder = logs();
    let report = report(rfo().args(["report", "--json"]).arg(log(&folder)));
    let severity = report["incidents"][0]["severity"].as_str();
    let at = ["minor", "major", "critical"]
        .iter()
        .position(|one| Some(*one) == severity);
    let at = at.expect("a severity");
    for (i, least) in ["minor", "major", "critical"].into_iter().enumerate() {
        let code = i32::from(i <= at);
        let mut command = rfo();
        command
            .args(["report", "--fail-on", least])
            .arg(log(&folder));
        let assert = command.assert().code(code);
        assert!(
            stdout(&assert).contains("incident"),
            "the report is printed"
        );
        let missing = command.arg("/no/such/log").assert().code(3);
        assert!(stderr(&missing).contains("/no/such/log"));
    }
}

#[test]
fn a_log_from_before_1970_is_read() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("old.log");
    let line = |i: usize| {
        let (hour, minute, second) = (i / 3600, i / 60 % 60, i % 60);
        format!(
            "10.0.0.{} - - [01/Jan/1970:{hour:02}:{minute:02}:{second:02} +0100] \"GET /a HTTP/1.1\" 200 12 \"-\" \"c\" 0.010\n",
            i % 9
        )
    };
    fs::write(&path, (0..7200).map(line).collect::<String>()).expect("written");
    let report = report(rfo().args(["report", "--json"]).arg(&path));
    assert_eq!(report["inputs"][0]["events"], 7200);
    assert_eq!(report["inputs"][0]["first"], "1969-12-31T22:59:59.990Z");
}

#[test]
fn expectations_decide_the_exit_code() {
    let folder = logs();
    let check = |count: u32, code: i32, word: &str| {
        let wanted = folder.path().join("expected.toml");
        let text =
            format!("[[must]]\nwhat = \"incidents\"\npath = \"incidents\"\ncount = {count}\n");
        fs::write(&wanted, text).expect("written");
        let assert = rfo()
            .arg("report")
            .arg(log(&folder))
            .arg("--expect")
            .arg(&wanted)
            .assert();
        let assert = assert.code(code);
        assert!(stdout(&assert).starts_with(word), "{}", stdout(&assert));
    };
    check(1, 0, "ok ");
    check(9, 1, "FAIL ");
    let nothing = folder.path().join("nothing.toml");
    fs::write(&nothing, "").expect("written");
    let assert = rfo()
        .arg("report")
        .arg(log(&folder))
        .arg("--expect")
        .arg(&nothing)
        .assert();
    assert!(
        !assert.get_output().status.success(),
        "an empty file of expectations held"
    );
}

#[test]
fn a_source_may_be_a_pipe_packed_or_a_quoted_glob() {
    let folder = logs();
    let text = fs::read(log(&folder)).expect("readable");
    let wanted = gist(&report(rfo().args(["report", "--json"]).arg(log(&folder))));
    let check = |name: &str, command: &mut Command| {
        assert_eq!(gist(&report(command)), wanted, "{name}");
    };
    let rfo = || {
        let mut command = rfo();
        command.args(["report", "--json"]);
        command
    };
    check("stdin", rfo().arg("-").write_stdin(text.clone()));
    let gzip = folder.path().join("packed.gz");
    fs::write(&gzip, gzipped(&text)).expect("written");
    check("gzip", rfo().arg(&gzip));
    check("gzip on stdin", rfo().arg("-").write_stdin(gzipped(&text)));
    let zstd = folder.path().join("without-an-ending");
    fs::write(&zstd, zstd::encode_all(&text[..], 3).expect("packs")).expect("written");
    check("zstd", rfo().arg(&zstd));
    check("a glob", rfo().arg(folder.path().join("sh?p.*")));
}

pub fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("packs");
    encoder.finish().expect("packs")
}

/// What a shell makes of `rfo report <(cat shop.json)`: a pipe with a name, read once.
#[test]
fn a_named_pipe_is_read_whole() {
    let folder = logs();
    let wanted = gist(&report(rfo().args(["report", "--json"]).arg(log(&folder))));
    let pipe = named_pipe(&folder);
    let text = fs::read(log(&folder)).expect("readable");
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::write(pipe, text).expect("someone reads"))
    };
    let found = report(rfo().args(["report", "--json"]).arg(&pipe));
    writer.join().expect("written");
    assert_eq!(gist(&found), wanted);
    assert_eq!(found["inputs"][0]["path"], pipe.to_string_lossy().as_ref());
}

/// A pipe with a name in this folder.
pub fn named_pipe(folder: &TempDir) -> std::path::PathBuf {
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo")
        .arg(&pipe)
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    pipe
}

#[test]
fn an_output_file_is_written_whole_and_stdout_stays_empty() {
    let folder = logs();
    let (json, text) = (
        folder.path().join("out.json"),
        folder.path().join("out.txt"),
    );
    for path in [&json, &text] {
        let assert = rfo()
            .arg("report")
            .arg(log(&folder))
            .arg("-o")
            .arg(path)
            .assert()
            .success();
        assert_eq!(
            (stdout(&assert), stderr(&assert)),
            (String::new(), String::new())
        );
    }
    let written: Value = serde_json::from_slice(&fs::read(json).expect("written")).expect("JSON");
    assert_eq!(written["schema"], "rfo.report/1");
    sound::check_text("out.txt", &fs::read_to_string(text).expect("written"));
    assert_eq!(
        fs::read_dir(folder.path()).expect("readable").count(),
        3,
        "a file was left behind"
    );
    let nowhere = rfo()
        .arg("report")
        .arg(log(&folder))
        .args(["-o", "/no/such/folder/x"])
        .assert();
    assert!(stderr(&nowhere.code(3)).contains("/no/such/folder/x"));
}

#[test]
fn without_a_terminal_the_report_is_printed() {
    let folder = logs();
    let plain = rfo().arg(log(&folder)).assert().success();
    let named = rfo().arg("report").arg(log(&folder)).assert().success();
    assert_eq!(stdout(&plain), stdout(&named));
    assert!(
        stdout(&plain).starts_with("shop.json: 1 incident\n"),
        "{}",
        stdout(&plain)
    );
    sound::check_text("stdout", &stdout(&plain));
    let painted = rfo()
        .args(["report", "--color", "always"])
        .arg(log(&folder))
        .assert()
        .success();
    assert!(stdout(&painted).contains("\u{1b}[1m"));
}

#[test]
fn timings_are_told_on_stderr_only() {
    let folder = logs();
    let assert = rfo()
        .args(["report", "--json", "--timings"])
        .arg(log(&folder))
        .assert()
        .success();
    let plain = rfo()
        .args(["report", "--json"])
        .arg(log(&folder))
        .assert()
        .success();
    assert_eq!(stdout(&assert), stdout(&plain));
    assert!(stderr(&assert).contains("MB/s") && stderr(&assert).contains("parse"));
    assert_eq!(stderr(&plain), "");
}

#[test]
fn the_report_is_the_same_on_any_number_of_threads() {
    let logs = made::logs("gauge-limit");
    let on = |threads: &str| {
        let arguments = ["report", "--json", "--threads", threads];
        stdout(&rfo().args(arguments).arg(logs.path()).assert().success())
    };
    assert_eq!(on("1"), on("2"));
    assert_eq!(on("1"), on("1"));
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let folder = logs();
    let path = log(&folder);
    let path = path.to_str().expect("a plain path");
    let check = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rfo"));
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert!(output.status.success(), "{arguments:?}: {}", output.status);
    };
    check(&["report", path]);
    check(&["report", "--json", path]);
    check(&["completions", "bash"]);
    check(&["man"]);
    check(&["--help"]);
}

#[test]
fn since_and_until_leave_out_what_is_outside() {
    let folder = logs();
    let range = |arguments: &[&str]| {
        let report = report(
            rfo()
                .args(["report", "--json"])
                .args(arguments)
                .arg(log(&folder)),
        );
        let end = |end: &str| {
            report["range"][end]
                .as_str()
                .expect("an instant")
                .to_owned()
        };
        (end("from"), end("to"))
    };
    let (from, to) = range(&[
        "--since",
        "2024-03-05T10:20:00Z",
        "--until",
        "2024-03-05T10:30:00Z",
    ]);
    assert!(
        from.as_str() >= "2024-03-05T10:20:00" && from.as_str() < "2024-03-05T10:21:00",
        "{from}"
    );
    assert!(
        to.as_str() >= "2024-03-05T10:29:00" && to.as_str() < "2024-03-05T10:30:00",
        "{to}"
    );
    let local = [
        "--tz",
        "Europe/London",
        "--since",
        "2024-03-05 10:20",
        "--until",
        "2024-03-05 10:30",
    ];
    assert_eq!(range(&local), (from.clone(), to.clone()));
    let local = [
        "--tz",
        "+02:00",
        "--since",
        "2024-03-05 12:20",
        "--until",
        "2024-03-05T12:30:00",
    ];
    assert_eq!(range(&local), (from, to));
}

#[test]
fn a_zone_places_stamps_that_name_none() {
    let lines: String = (0..600)
        .map(|i| format!("Jul 22 15:{:02}:{:02} lb1 haproxy[77]: 10.0.0.9:5000 [22/Jul/2015:15:{:02}:{:02}.120] web~ app/a1 0/0/1/20/21 200 512 - - ---- 10/9/8/1/0 0/0 \"GET /x HTTP/1.1\"\n", i / 60, i % 60, i / 60, i % 60))
        .collect();
    let from = |arguments: &[&str]| {
        let command = &mut rfo();
        let report = report(
            command
                .args(["report", "--json", "-"])
                .args(arguments)
                .write_stdin(lines.clone()),
        );
        assert_eq!(report["inputs"][0]["unparsed"], 0, "{}", report["inputs"]);
        report["range"]["from"]
            .as_str()
            .expect("an instant")
            .to_owned()
    };
    assert!(from(&[]).starts_with("2015-07-22T15:00:00"));
    assert!(from(&["--tz", "Europe/London"]).starts_with("2015-07-22T14:00:00"));
    assert!(from(&["--source-tz", "std*=America/New_York"]).starts_with("2015-07-22T19:00:00"));
    assert!(from(&["--clock", "stdin=+45s"]).starts_with("2015-07-22T15:00:45"));
}

#[test]
fn completions_and_manual_are_printed() {
    let bash = rfo().args(["completions", "bash"]).assert().success();
    assert!(stdout(&bash).contains("--group-gap"));
    let manual = rfo().arg("man").assert().success();
    assert!(stdout(&manual).starts_with(".ie") && stdout(&manual).contains("rfo"));
    let help = rfo().arg("--help").assert().success();
    assert!(stdout(&help).contains("--source-tz") && stdout(&help).contains("completions"));
}

/// What must never come out: it would clear the screen, set the title, turn the text around.
pub const EVIL: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{200b}\u{2028}\u{8}\u{7f}";

/// A line of nginx with this in its fields; seconds after 10:00.
fn line(second: usize, status: u16, evil: &[u8]) -> Vec<u8> {
    let mut line = Vec::new();
    let (minute, second) = (second / 60, second % 60);
    line.extend(b"10.0.");
    line.extend([b'0' + (second % 7) as u8, b'.', b'1', b' ', b'-', b' ']);
    line.extend(evil);
    line.extend(format!(" [05/Mar/2024:10:{minute:02}:{second:02} +0000] \"GET /a/").bytes());
    line.extend(evil);
    line.extend(format!(" HTTP/1.1\" {status} 900 \"http://").bytes());
    line.extend(evil);
    line.extend(b"\" \"");
    line.extend(evil);
    line.extend(b"\"\n");
    line
}

/// Thirty minutes of requests of which those with hostile fields fail for ten, so that the
/// report has every reason to name them.
pub fn hostile_log(evil: &[u8]) -> Vec<u8> {
    let mut log = Vec::new();
    for second in 0..1800 {
        for _ in 0..4 {
            log.extend(line(second, 200, b"plain"));
        }
        let status = if (900..1500).contains(&second) {
            502
        } else {
            200
        };
        log.extend(line(second, status, evil));
        if second % 60 == 7 {
            log.extend(evil);
            log.extend(b" is no request\n");
        }
    }
    log
}

/// Text and JSON reports of these paths are harmless; gives both.
fn harmless(paths: &[&Path]) -> (String, String) {
    let text = rfo().arg("report").args(paths).assert();
    let json = rfo().args(["report", "--json"]).args(paths).assert();
    for assert in [&text, &json] {
        sound::check_harmless("stdout", &stdout(assert));
        sound::check_harmless("stderr", &stderr(assert));
    }
    sound::check_text("text", &stdout(&text));
    serde_json::from_str::<Value>(&stdout(&json)).expect("JSON");
    (stdout(&text), stdout(&json))
}

#[test]
fn hostile_lines_never_reach_a_terminal() {
    let raw = [EVIL.as_bytes(), b"\0\xff\xfe\xc3(\xed\xa0\x80\xf0\x9f"].concat();
    for evil in [&raw[..], EVIL.as_bytes(), b"\x1b[31m", b"\xff\x9b", b"\0"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("access.log");
        fs::write(&path, hostile_log(evil)).expect("written");
        let (_, json) = harmless(&[&path]);
        let report: Value = serde_json::from_str(&json).expect("JSON");
        assert!(
            report["inputs"][0]["events"].as_u64() > Some(8000),
            "{}",
            report["inputs"]
        );
        assert_eq!(
            report["incidents"].as_array().map(Vec::len),
            Some(1),
            "the failures are found"
        );
    }
}

#[test]
fn hostile_fields_are_named_without_their_teeth() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("access.log");
    fs::write(&path, hostile_log(EVIL.as_bytes())).expect("written");
    let (_, json) = harmless(&[&path]);
    assert!(
        json.contains("·[2J·]0;owned·"),
        "the field was not shown at all: {json}"
    );
}

#[test]
fn hostile_json_names_and_records_stay_text() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let evil: String = EVIL
        .chars()
        .map(|c| format!("\\u{:04x}", c as u32))
        .collect();
    let lines: String = (0..1800)
        .map(|i| {
            let level = if (900..1200).contains(&i) { "error" } else { "info" };
            format!("{{\"ts\":{},\"level\":\"{level}\",\"logger\":\"{evil}\",\"msg\":\"{evil} {i}\",\"{evil}\":\"{evil}\",\"host\":\"{evil}\\u0000\"}}\n", 1_709_632_800 + i)
        })
        .collect();
    let app = folder.path().join("app.json");
    fs::write(&app, lines).expect("written");
    let posts = folder.path().join("record-posts.txt");
    let post = format!(
        "Status {EVIL}\nTuesday 5 March 2024\n\n10:16 - {EVIL} We are investigating errors.\n10:21 - {EVIL} Service is restored.\n"
    );
    fs::write(&posts, post).expect("written");
    let csv = folder.path().join("record-marks.csv");
    let table = format!(
        "incident_id,kind,time,tz,source,note\n1{EVIL},detected,2024-03-05T10:17:00Z,UTC,human,{EVIL}\n"
    );
    fs::write(&csv, table).expect("written");
    let gauge = folder.path().join("pool.csv");
    let rows: String = (0..120)
        .map(|i| {
            format!(
                "2024-03-05T10:{:02}:{:02}Z,{EVIL},{},200\n",
                i / 4,
                i % 4 * 15,
                i % 9
            )
        })
        .collect();
    fs::write(&gauge, format!("time,host,{EVIL}pool_in_use,limit\n{rows}")).expect("written");
    harmless(&[&app, &posts, &csv, &gauge]);
    harmless(&[&posts, &csv]);
}

#[test]
fn hostile_file_names_stay_text() {
    let folder = logs();
    let name = folder.path().join(format!("a{EVIL}\nb.json"));
    fs::rename(log(&folder), &name).expect("renamed");
    let (text, _) = harmless(&[&name]);
    assert!(text.contains("1 incident"), "{text}");
    let missing = folder.path().join(format!("no{EVIL}such"));
    let check = |arguments: &[&Path]| {
        let assert = rfo().arg("report").args(arguments).assert().code(3);
        sound::check_harmless("stderr", &stderr(&assert));
        assert!(
            stderr(&assert).contains("no·"),
            "it was not named: {}",
            stderr(&assert)
        );
    };
    check(&[&missing]);
    check(&[&name, Path::new("--expect"), &missing]);
    check(&[&name, Path::new("--output"), &missing.join("file")]);
}

#[test]
fn a_very_long_line_is_one_line_and_the_rest_is_read() {
    let folder = logs();
    let mut text = fs::read(log(&folder)).expect("readable");
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    text.extend(b"x".repeat(10 << 20));
    text.extend(b"\n");
    text.extend(fs::read(log(&folder)).expect("readable"));
    fs::write(log(&folder), text).expect("written");
    let report = report(rfo().args(["report", "--json"]).arg(log(&folder)));
    let input = &report["inputs"][0];
    assert_eq!(input["lines"], 2 * lines + 1);
    assert_eq!(input["unparsed"], 1);
    assert_eq!(input["events"], 2 * lines);
}

#[test]
fn a_file_without_any_line_end_is_no_event_and_no_harm() {
    let folder = logs();
    fs::write(folder.path().join("blob.txt"), b"y".repeat(40 << 20)).expect("written");
    let report = report(rfo().args(["report", "--json"]).arg(folder.path()));
    assert_eq!(report["inputs"][0]["path"], "blob.txt");
    assert_eq!(report["inputs"][0]["events"], 0);
    gist(&report);
}
