//! Settings in layers, rfo's own log, and bytes that are lines in other ways.

use std::fs;
use std::io::Write;

use tempfile::TempDir;

use crate::command::{report, rfo, stderr};

/// Requests of ten minutes, one a second, local times; each line ends so.
fn requests(end: &str) -> String {
    let line = |i: usize| {
        let (minute, second) = (i / 60, i % 60);
        format!(
            "2024-03-05 10:{minute:02}:{second:02} INFO shop: request {i} for secret-cart done{end}"
        )
    };
    (0..600).map(line).collect()
}

fn folder() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("app.log"), requests("\n")).expect("written");
    folder
}

#[test]
fn a_flag_goes_over_the_environment_and_that_over_the_settings() {
    let folder = folder();
    let (log, settings) = (folder.path().join("app.log"), folder.path().join("s.toml"));
    fs::write(&settings, "tz = \"+02:00\"\nquiet = true\n").expect("written");
    let from = |flags: &[&str], environment: Option<&str>, settings: &str| {
        let mut command = rfo();
        command
            .env("RFO_CONFIG", settings)
            .args(["report", "--json"]);
        environment.map(|zone| command.env("RFO_TZ", zone));
        let report = report(command.args(flags).arg(&log));
        report["range"]["from"]
            .as_str()
            .expect("an instant")
            .to_owned()
    };
    let file = settings.to_str().expect("UTF-8");
    assert!(from(&[], None, "-").starts_with("2024-03-05T10:00:00"));
    assert!(from(&[], None, file).starts_with("2024-03-05T08:00:00"));
    assert!(from(&[], Some("+03:00"), file).starts_with("2024-03-05T07:00:00"));
    assert!(from(&["--tz", "+04:00"], Some("+03:00"), file).starts_with("2024-03-05T06:00:00"));
    assert!(from(&["--config", file], None, "-").starts_with("2024-03-05T08:00:00"));
    assert!(from(&["--config", "-"], None, file).starts_with("2024-03-05T10:00:00"));
}

#[test]
fn the_settings_of_the_xdg_folder_are_used_if_no_others_are_named() {
    let folder = folder();
    fs::create_dir(folder.path().join("rfo")).expect("made");
    fs::write(folder.path().join("rfo/config.toml"), "tz = \"+02:00\"\n").expect("written");
    let mut command = rfo();
    command
        .env_remove("RFO_CONFIG")
        .env("XDG_CONFIG_HOME", folder.path());
    let report = report(
        command
            .args(["report", "--json"])
            .arg(folder.path().join("app.log")),
    );
    let from = report["range"]["from"].as_str().expect("an instant");
    assert!(from.starts_with("2024-03-05T08:00:00"), "{from}");
}

#[test]
fn wrong_settings_name_the_key_and_the_nearest_option() {
    let folder = folder();
    let settings = folder.path().join("s.toml");
    fs::write(&settings, "treads = 2\n").expect("written");
    let mut command = rfo();
    let assert = command
        .arg("--config")
        .arg(&settings)
        .arg("x")
        .assert()
        .code(2);
    let words = stderr(&assert);
    assert!(
        words.contains("\"treads\"") && words.contains("\"threads\""),
        "{words}"
    );
    let assert = rfo()
        .args(["--config", "/nowhere/s.toml", "x"])
        .assert()
        .code(2);
    assert!(stderr(&assert).contains("cannot read the settings"));
}

#[test]
fn its_own_log_says_what_was_read_and_holds_none_of_the_text() {
    let folder = folder();
    let own = folder.path().join("own.log");
    let mut command = rfo();
    command
        .arg("report")
        .arg("--debug-log")
        .arg(&own)
        .arg(folder.path().join("app.log"));
    command.assert().success();
    let text = fs::read_to_string(&own).expect("it was written");
    for words in [
        "rfo begins",
        "input opened",
        "app.log",
        "format chosen",
        "stage done",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("secret-cart"), "{text}");
    let lines = text.lines().count();
    rfo()
        .arg("report")
        .arg("--debug-log")
        .arg(&own)
        .arg(folder.path().join("app.log"))
        .assert()
        .success();
    let text = fs::read_to_string(&own).expect("it was written");
    assert!(text.lines().count() > lines, "it is added to");
}

#[test]
fn lines_that_end_in_a_bare_cr_or_are_packed_utf_16_are_lines() {
    let folder = folder();
    let count = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        let report = report(rfo().args(["report", "--json"]).arg(path));
        let input = report["inputs"][0].clone();
        (input["lines"].as_u64(), input["events"].as_u64())
    };
    let all = (Some(600), Some(600));
    assert_eq!(count("mac.log", requests("\r").as_bytes()), all);
    assert_eq!(count("dos.log", requests("\r\n").as_bytes()), all);
    let wide: Vec<u8> = format!("\u{feff}{}", requests("\r\n"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&wide).expect("memory");
    assert_eq!(count("wide.log.gz", &packed.finish().expect("memory")), all);
}

#[test]
fn each_object_of_a_list_over_many_lines_is_an_event() {
    let folder = folder();
    let object = |i: usize| {
        format!("  {{\"time\":\"2024-03-05T10:00:{i:02}Z\",\"level\":\"info\",\"msg\":\"n\"}}")
    };
    let objects: Vec<String> = (0..60).map(object).collect();
    let path = folder.path().join("list.json");
    fs::write(&path, format!("[\n{}\n]\n", objects.join(",\n"))).expect("written");
    let report = report(rfo().args(["report", "--json"]).arg(path));
    let input = &report["inputs"][0];
    assert_eq!(
        (input["events"].as_u64(), input["unparsed"].as_u64()),
        (Some(60), Some(0)),
        "{input}"
    );
}
