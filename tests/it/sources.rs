//! Sources as people have them: rotated, packed, bundled, piped, damaged.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{gist, gzipped, log, logs, named_pipe, report, rfo, stderr, stdout};

/// Lines `[from, to)` thirds of a text.
fn thirds(text: &[u8], from: usize, to: usize) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    lines[from * lines.len() / 3..to * lines.len() / 3].concat()
}

/// A folder with the log of a scenario rotated into three files, packing caught in the middle.
fn rotated() -> TempDir {
    let text = fs::read(log(&logs())).expect("readable");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("written");
    };
    let middle = thirds(&text, 1, 2);
    let packed = gzipped(&middle);
    write("shop.json.2.gz", &gzipped(&thirds(&text, 0, 1)));
    // Its last line lacks its end.
    write("shop.json.1", &middle[..middle.len() - 1]);
    write("shop.json.1.gz", &packed[..packed.len() / 2]);
    write("shop.json", &thirds(&text, 2, 3));
    folder
}

fn json(source: &Path) -> Value {
    report(rfo().args(["report", "--json"]).arg(source))
}

#[test]
fn a_rotated_log_is_one_source_and_no_line_counts_twice() {
    let (whole, folder) = (logs(), rotated());
    let (whole, parts) = (json(&log(&whole)), json(folder.path()));
    assert_eq!(gist(&parts), gist(&whole));
    assert_eq!(parts["inputs"].as_array().map(Vec::len), Some(1));
    for count in ["lines", "events", "bytes"] {
        assert_eq!(
            parts["inputs"][0][count], whole["inputs"][0][count],
            "{count}"
        );
    }
    assert_eq!(whole["inputs"][0].get("parts"), None);
    let listed = parts["inputs"][0]["parts"].as_array().expect("its parts");
    let names: Vec<&str> = listed
        .iter()
        .filter_map(|part| part["path"].as_str())
        .collect();
    assert_eq!(names, ["shop.json.2.gz", "shop.json.1", "shop.json"]);
    let mut next_line = 1;
    for part in listed {
        assert_eq!(part["first_line"], next_line, "{listed:?}");
        next_line += part["lines"].as_u64().expect("counted");
    }
    assert_eq!(parts["inputs"][0]["lines"], next_line - 1);
    let spots = parts["blind_spots"].to_string();
    let copy = "the lines of shop.json.1.gz are in shop.json.1: read once";
    assert!(spots.contains(copy), "{spots}");
}

#[test]
fn a_copy_under_another_name_is_read_once_and_told() {
    let text = fs::read(log(&logs())).expect("readable");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let named = ["a.json", "b.json"].map(|name| folder.path().join(name));
    for path in &named {
        fs::write(path, &text).expect("written");
    }
    let (alone, both) = (
        json(&named[0]),
        report(rfo().args(["report", "--json"]).args(&named)),
    );
    assert_eq!(both["inputs"].as_array().map(Vec::len), Some(1));
    assert_eq!(both["inputs"][0]["lines"], alone["inputs"][0]["lines"]);
    let spots = both["blind_spots"].to_string();
    let copy = "the lines of b.json are in a.json: read once";
    assert!(spots.contains(copy), "{spots}");
}

#[test]
fn a_pipe_that_nobody_writes_to_is_told_and_waited_for() {
    use std::io::{BufRead, BufReader, Read, Write};
    let (folder, text) = (
        tempfile::tempdir().expect("made"),
        "2024-02-03T10:00:00Z open\n",
    );
    let pipe = named_pipe(&folder);
    let mut reading = std::process::Command::new(env!("CARGO_BIN_EXE_rfo"))
        .args(["report", "--json"])
        .arg(&pipe)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("starts");
    let mut told = String::new();
    let stderr = reading.stderr.as_mut().expect("piped");
    BufReader::new(stderr)
        .read_line(&mut told)
        .expect("says it");
    assert!(told.contains("pipe waits for a writer"), "{told}");
    let mut writer = fs::File::options()
        .write(true)
        .open(&pipe)
        .expect("it reads");
    writer.write_all(text.as_bytes()).expect("it reads");
    drop(writer);
    let mut said = String::new();
    let stdout = reading.stdout.as_mut().expect("piped");
    stdout.read_to_string(&mut said).expect("ends");
    assert!(reading.wait().expect("ends").success());
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(said["inputs"][0]["events"], 1);
}

#[test]
fn a_file_named_by_hand_is_read_alone() {
    let folder = rotated();
    let alone = json(&folder.path().join("shop.json"));
    let all = json(folder.path());
    assert_eq!(alone["inputs"][0].get("parts"), None);
    assert!(alone["inputs"][0]["lines"].as_u64() < all["inputs"][0]["lines"].as_u64());
    let glob = json(&folder.path().join("shop*"));
    assert_eq!(glob["inputs"][0]["lines"], all["inputs"][0]["lines"]);
    assert_eq!(glob["inputs"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_damaged_part_is_named_and_the_others_are_read() {
    let folder = rotated();
    let old = folder.path().join("shop.json.2.gz");
    let bytes = fs::read(&old).expect("readable");
    fs::write(&old, &bytes[..bytes.len() - 20]).expect("written");
    let assert = rfo()
        .args(["report", "--json"])
        .arg(folder.path())
        .assert()
        .code(3);
    let error = stderr(&assert);
    let wanted = "cannot read shop.json to its end: shop.json.2.gz: it is cut off: its gzip data end too early";
    assert!(error.contains(wanted), "{error}");
    let report: Value = serde_json::from_str(&stdout(&assert)).expect("JSON");
    let newest = json(&folder.path().join("shop.json"));
    assert_eq!(
        report["range"]["to"], newest["range"]["to"],
        "{}",
        report["range"]
    );
}

/// A tar of a folder, below `logs/`.
fn bundle(folder: &Path) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_dir_all("logs", folder).expect("memory");
    builder.into_inner().expect("memory")
}

#[test]
fn a_bundle_is_read_like_the_folder_in_it_and_leaves_nothing_behind() {
    let folder = rotated();
    let wanted = json(folder.path());
    let tar = bundle(folder.path());
    let (place, temporary) = (tempfile::tempdir(), tempfile::tempdir());
    let (place, temporary) = (place.expect("a folder"), temporary.expect("a folder"));
    let check = |command: &mut Command, name: &str| {
        let found = report(command.env("TMPDIR", temporary.path()));
        assert_eq!(gist(&found), gist(&wanted), "{name}");
        let lines = |report: &Value| report["inputs"][0]["lines"].clone();
        assert_eq!(lines(&found), lines(&wanted), "{name}");
        let path = found["inputs"][0]["path"].as_str().expect("a path");
        assert!(path.ends_with(&format!("{name}/logs/shop.json")), "{path}");
        let left = fs::read_dir(temporary.path()).expect("readable").count();
        assert_eq!(left, 0, "{name}");
    };
    let packed = [
        ("b.tar", tar.clone()),
        ("b.tgz", gzipped(&tar)),
        ("b.tar.zst", zstd::encode_all(&tar[..], 1).expect("packs")),
    ];
    for (name, bytes) in packed {
        let path = place.path().join(name);
        fs::write(&path, bytes).expect("written");
        check(rfo().args(["report", "--json"]).arg(&path), name);
    }
    let mut piped = rfo();
    piped
        .args(["report", "--json", "-"])
        .write_stdin(gzipped(&tar));
    check(&mut piped, "stdin");
}

#[test]
fn a_zip_in_a_pipe_is_read_like_the_folder_in_it_and_leaves_nothing_behind() {
    let folder = rotated();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for entry in fs::read_dir(folder.path()).expect("readable") {
        let path = entry.expect("readable").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(name, options).expect("memory");
        let bytes = fs::read(&path).expect("readable");
        std::io::Write::write_all(&mut writer, &bytes).expect("memory");
    }
    let bytes = writer.finish().expect("memory").into_inner();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let mut piped = rfo();
    piped.args(["report", "--json", "-"]).write_stdin(bytes);
    let found = report(piped.env("TMPDIR", temporary.path()));
    assert_eq!(gist(&found), gist(&json(folder.path())));
    assert_eq!(fs::read_dir(temporary.path()).expect("readable").count(), 0);
}

#[test]
fn stdin_named_twice_is_read_once_and_nothing_stays_of_it() {
    let folder = logs();
    let text = fs::read(log(&folder)).expect("readable");
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let found = report(
        rfo()
            .args(["report", "--json", "-", "-"])
            .arg(log(&folder))
            .arg("-")
            .env("TMPDIR", temporary.path())
            .write_stdin(text.clone()),
    );
    assert_eq!(found["inputs"].as_array().map(Vec::len), Some(2));
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    for input in 0..2 {
        assert_eq!(found["inputs"][input]["lines"], lines);
    }
    assert_eq!(fs::read_dir(temporary.path()).expect("readable").count(), 0);
}

#[test]
fn two_pipes_may_be_written_in_turn() {
    let folder = logs();
    let text = fs::read_to_string(log(&folder)).expect("readable");
    let other = tempfile::tempdir().expect("a temporary folder");
    let (one, two) = (named_pipe(&folder), named_pipe(&other));
    let writer = {
        let (one, two, text) = (one.clone(), two.clone(), text.clone());
        std::thread::spawn(move || {
            use std::io::Write;
            let open = |path| {
                fs::File::options()
                    .write(true)
                    .open(path)
                    .expect("someone reads")
            };
            // The second first: whoever read one after the other would wait for ever.
            let (mut two, mut one) = (open(two), open(one));
            for line in text.split_inclusive('\n') {
                one.write_all(line.as_bytes()).expect("someone reads");
                two.write_all(line.as_bytes()).expect("someone reads");
            }
        })
    };
    let found = report(rfo().args(["report", "--json"]).args([&one, &two]));
    writer.join().expect("written");
    for input in 0..2 {
        assert_eq!(found["inputs"][input]["lines"], text.lines().count());
    }
}
