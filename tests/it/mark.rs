//! Incident files as a shell sees them: marks, amendments, saved analyses, two writers, kill -9.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use rfo::analysis::{Own, Snapshot, restated};
use rfo::clock::When;
use rfo::records::incident_file::{
    Action, Entry, IncidentFile, Stated, apply, completed, standing, store, text,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{log, logs, report, rfo, stderr, stdout};
use crate::made;

/// A command as somebody at a fixed time.
fn by(who: &str) -> Command {
    let mut command = rfo();
    command.env("RFO_WHO", who);
    command
}

fn done(command: &mut Command) -> String {
    let assert = command.assert().success();
    assert_eq!(stderr(&assert), "");
    stdout(&assert)
}

fn refused(command: &mut Command, code: i32, why: &str) {
    let assert = command.assert().code(code);
    assert!(stderr(&assert).contains(why), "{}", stderr(&assert));
}

fn read(path: &Path) -> IncidentFile {
    store::open(path).expect("readable").expect("there")
}

/// A folder with a log and an incident file of it, saved.
fn saved() -> (TempDir, PathBuf) {
    let folder = logs();
    let path = folder.path().join("case.rfo.json");
    done(
        by("ana")
            .arg("report")
            .arg(log(&folder))
            .arg("-o")
            .arg(&path),
    );
    (folder, path)
}

fn amend<'a>(path: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = by("ben");
    command.arg("amend").arg(path).args(arguments);
    command
}

#[test]
fn a_mark_makes_the_file_and_the_report_reads_its_logs_with_the_mark() {
    let folder = logs();
    let name = folder.path().join("case");
    let said = done(
        by("ana")
            .args(["mark"])
            .arg(&name)
            .args([
                "detected",
                "--at",
                "2024-03-05 12:29",
                "--tz",
                "Europe/Helsinki",
            ])
            .args(["--note", "carts fail", "--source", "phone", "--logs"])
            .arg(log(&folder)),
    );
    assert!(
        said.starts_with(
            "marked detected (D) 2024-03-05T10:29:00Z +60 s by ana, carts fail, from phone"
        ),
        "{said}"
    );
    let path = folder.path().join("case.rfo.json");
    assert_eq!(read(&path).reading.sources, ["shop.json"]);
    let report = report(rfo().args(["report", "--json"]).arg(&path));
    let marked = report["incidents"][0]["milestones"]
        .as_array()
        .expect("milestones");
    let marked = marked
        .iter()
        .find(|one| one["source"] == "human")
        .expect("the mark");
    assert_eq!(
        (marked["kind"].as_str(), marked["hand"]["who"].as_str()),
        (Some("detected"), Some("ana"))
    );
    let ttd = report["incidents"][0]["durations"]["ttd"]["seconds"]
        .as_f64()
        .expect("known");
    assert!((60.0..=180.0).contains(&ttd), "{ttd}");
}

/// All keys of a value, whatever their depth.
fn keys(value: &Value, into: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                // Names of durations are keys too: those are METHODS' matter.
                if value.get("words").is_none() {
                    into.insert(key.clone());
                }
                keys(value, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[test]
fn every_field_is_described() {
    let (folder, path) = saved();
    let mark = [
        "X",
        "--outcome",
        "failed",
        "--fraction",
        "0.5",
        "--note",
        "a",
        "--source",
        "b",
    ];
    done(by("ana").arg("mark").arg(&path).args(mark));
    done(&mut amend(
        &path,
        ["S", "--at", "2024-03-05 10:26", "--why", "x"],
    ));
    done(&mut amend(&path, ["--undo"]));
    let save = ["--bucket", "30s", "--tz", "UTC", "--save"];
    done(
        by("ana")
            .arg("report")
            .arg(log(&folder))
            .args(save)
            .arg(&path),
    );
    let written = serde_json::from_str(&fs::read_to_string(&path).expect("text"));
    let mut found = std::collections::BTreeSet::new();
    keys(&written.expect("JSON"), &mut found);
    assert!(found.len() > 40, "{found:?}");
    let described = crate::made::root().join("docs/INCIDENT_FILE.md");
    let described = fs::read_to_string(described).expect("in the tree");
    let missing = |key: &&String| {
        !described.contains(&format!("`{key}`")) && !described.contains(&format!("{key},"))
    };
    let missing: Vec<_> = found.iter().filter(missing).collect();
    assert!(
        missing.is_empty(),
        "docs/INCIDENT_FILE.md does not describe {missing:?}"
    );
}

#[test]
fn notes_are_read_in_the_report() {
    let (_folder, path) = saved();
    let words = "we thought it was over";
    let note = ["note", "--at", "2024-03-05T10:41:00Z", "--note", words];
    done(by("ana").arg("mark").arg(&path).args(note));
    let text = done(rfo().arg("report").arg(&path));
    let line = text.lines().find(|line| line.contains(words)).expect(&text);
    assert!(
        line.contains("10:41") && line.contains("(noted by ana)"),
        "{line}"
    );
}

#[test]
fn wrong_marks_are_told_with_what_would_be_right_and_make_no_file() {
    let folder = logs();
    let path = folder.path().join("case.rfo.json");
    let mark = |arguments: &[&str]| {
        let mut command = by("ana");
        command.arg("mark").arg(&path).args(arguments);
        command
    };
    refused(&mut mark(&["happy"]), 2, "impact_start S");
    refused(&mut mark(&["R", "--at", "noon"]), 2, "15:40");
    refused(&mut mark(&["note"]), 2, "--note");
    refused(
        &mut amend(&path, ["R", "--at", "15:40", "--why", "x"]),
        3,
        "rfo mark makes one",
    );
    assert!(!path.exists());
    done(&mut mark(&["R"]));
    refused(&mut amend(&path, ["S", "--at", "15:40"]), 2, "--why");
    refused(
        &mut amend(&path, ["S", "--retract", "--why", "x"]),
        2,
        "PATH:LINE",
    );
    refused(&mut amend(&path, ["S"]), 2, "--at");
    assert_eq!(read(&path).history.len(), 1);
}

#[test]
fn an_override_stands_beside_what_was_computed_and_an_undo_takes_it_back() {
    let (_folder, path) = saved();
    let before = report(rfo().args(["report", "--json"]).arg(&path));
    let at = "2024-03-05T10:45:00Z";
    done(&mut amend(
        &path,
        ["restored", "--at", at, "--why", "the last cart was paid"],
    ));
    let text = done(rfo().arg("report").arg(&path));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "restored 10:45:00",
        "by ben",
        "the last cart was paid; computed 10:39:00",
        "without it: ttr 12 min",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    let after = report(rfo().args(["report", "--json"]).arg(&path));
    let ttr = |report: &Value| report["incidents"][0]["durations"]["ttr"]["seconds"].as_f64();
    let grown = ttr(&after).expect("known") - ttr(&before).expect("known");
    assert!((300.0..=420.0).contains(&grown), "{grown}");
    assert_eq!(
        after["incidents"][0]["unamended_durations"],
        before["incidents"][0]["durations"]
    );
    let entry = read(&path).history.last().cloned().expect("an entry");
    let computed = entry.before.expect("a computed value");
    assert_eq!(
        (computed.source.as_str(), entry.who.as_str()),
        ("log", "ben")
    );
    done(&mut amend(&path, ["--undo"]));
    let undone = report(rfo().args(["report", "--json"]).arg(&path));
    assert_eq!(undone["incidents"], before["incidents"]);
    let list = done(&mut amend(&path, ["--list"]));
    assert_eq!(list.lines().count(), 2 + 3, "{list}");
    assert!(list.contains("undid restored"), "{list}");
}

#[test]
fn fuller_logs_show_what_changed_since_the_file_was_saved() {
    let folder = logs();
    let whole = fs::read_to_string(log(&folder)).expect("text");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    // Its first lines, up to the middle of the outage: 10:33.
    let is_later = |line: &&str| {
        let event: Value = serde_json::from_str(line).expect("JSON");
        event["time"].as_i64() >= Some(1_709_634_780_000)
    };
    let upto = lines.iter().position(is_later).expect("a later line");
    assert!(upto > 100);
    fs::write(log(&folder), lines[..upto].concat()).expect("written");
    let path = folder.path().join("case.rfo.json");
    done(
        by("ana")
            .arg("report")
            .arg(log(&folder))
            .arg("-o")
            .arg(&path),
    );
    let same = done(rfo().arg("report").arg(&path));
    assert!(
        same.contains("nothing that is concluded has changed"),
        "{same}"
    );
    fs::write(log(&folder), &whole).expect("written");
    let report = report(rfo().args(["report", "--json"]).arg(&path));
    let file = &report["incident_files"][0];
    let changes = file["changes"].as_array().expect("changes");
    let change = |what: &str| changes.iter().find(|one| one["what"] == what).expect(what);
    assert_eq!(
        (&change("state")["before"], &change("state")["after"]),
        (&"ongoing".into(), &"restored".into())
    );
    assert_eq!(
        change("restored")["before"]
            .as_str()
            .map(|at| at < "2024-03-05T10:34"),
        Some(true)
    );
    assert_eq!(change("ttr")["incident"], "i1");
    assert!(file["events"]["before"].as_u64() < file["events"]["after"].as_u64());
    // Saving anew is a new basis; the history goes on.
    done(
        by("ana")
            .arg("report")
            .arg(&path)
            .arg("--save")
            .arg(&path)
            .arg("-q"),
    );
    let file = read(&path);
    assert_eq!((file.history.len(), file.reading.sources.len()), (2, 1));
    let again = done(rfo().arg("report").arg(&path));
    assert!(
        again.contains("nothing that is concluded has changed"),
        "{again}"
    );
}

#[test]
fn options_are_kept_and_the_users_come_first() {
    let folder = logs();
    let path = folder.path().join("case.rfo.json");
    let save = ["--bucket", "30s", "--until", "2024-03-05T10:50:00Z", "-o"];
    done(
        by("ana")
            .arg("report")
            .arg(log(&folder))
            .args(save)
            .arg(&path),
    );
    let kept = report(rfo().args(["report", "--json"]).arg(&path));
    assert_eq!(kept["bucket_s"], 30.0);
    assert!(kept["range"]["to"].as_str() < Some("2024-03-05T10:50:00Z"));
    let own = report(
        rfo()
            .args(["report", "--json", "--bucket", "1m"])
            .arg(&path),
    );
    assert_eq!(own["bucket_s"], 60.0);
}

#[test]
fn two_peoples_files_are_one_history_and_their_conflict_is_shown() {
    let (folder, ana) = saved();
    let ben = folder.path().join("ben.rfo.json");
    fs::copy(&ana, &ben).expect("copied");
    let change = |who: &str, path: &Path, at: &str| {
        let why = format!("{who} saw it");
        let mut command = by(who);
        command
            .arg("amend")
            .arg(path)
            .args(["R", "--why", &why, "--at", at]);
        done(&mut command);
    };
    change("ana", &ana, "2024-03-05T10:41:00Z");
    change("ben", &ben, "2024-03-05T10:45:00Z");
    let report = report(rfo().args(["report", "--json"]).arg(&ana).arg(&ben));
    let amended = &report["incidents"][0]["amended"];
    assert_eq!(amended.as_array().map(Vec::len), Some(1));
    assert_eq!(
        amended[0]["amended"]["hand"]["who"], "ben",
        "the newest counts"
    );
    assert_eq!(amended[0]["others"][0]["hand"]["who"], "ana");
    let text = done(rfo().arg("report").arg(&ana).arg(&ben));
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("conflict: restored 10:41:00") || text.contains("conflict: 10:41:00"),
        "{text}"
    );
    assert_eq!(
        report["inputs"].as_array().map(Vec::len),
        Some(3),
        "the log is read once"
    );
}

#[test]
fn what_is_damaged_or_foreign_is_told_and_never_overwritten() {
    let folder = logs();
    let path = folder.path().join("case.rfo.json");
    for (bytes, why) in [
        (
            "{\"schema\":\"rfo.incident/1\",\"history\":[",
            "damaged at line 1",
        ),
        ("{\"schema\":\"rfo.incident/2\"}", "newer rfo"),
        ("{\"schema\":\"rfo.report/1\"}", "not an incident file"),
        ("", "left as it is"),
    ] {
        fs::write(&path, bytes).expect("written");
        refused(by("ana").arg("mark").arg(&path).arg("R"), 3, why);
        refused(
            by("ana")
                .arg("report")
                .arg(log(&folder))
                .arg("-o")
                .arg(&path),
            3,
            why,
        );
        refused(rfo().arg("report").arg(&path), 3, why);
        refused(&mut amend(&path, ["--list"]), 3, why);
        assert_eq!(fs::read_to_string(&path).expect("there"), bytes);
    }
}

#[test]
fn a_writer_that_is_killed_at_any_moment_leaves_a_whole_file_with_all_marks_before() {
    let folder = logs();
    let path = folder.path().join("case.rfo.json");
    let mut told = 0;
    for round in 0..60u32 {
        let mut writer = Process::new(env!("CARGO_BIN_EXE_rfo"))
            .args(["mark"])
            .arg(&path)
            .args(["note", "--note", &format!("round {round}"), "--who", "ana"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        // Each round lets it go further: from not at all to its end.
        for _ in 0..round * 40 {
            std::thread::yield_now();
        }
        writer.kill().expect("killed, or at its end");
        told += usize::from(writer.wait().expect("ended").success());
        if let Some(file) = store::open(&path).expect("a whole file or none") {
            assert!(file.history.len() >= told, "{told} were written");
            assert!(fs::read(&path).expect("there").ends_with(b"}\n"));
        }
    }
    done(by("ana").arg("mark").arg(&path).arg("R"));
    assert_eq!(
        standing(&read(&path)).marks.len(),
        1,
        "the lock of who was killed is gone"
    );
}

#[test]
fn two_processes_lose_none_of_their_marks() {
    let folder = logs();
    let path = folder.path().join("case.rfo.json");
    std::thread::scope(|scope| {
        for who in ["ana", "ben"] {
            let path = &path;
            scope.spawn(move || {
                for n in 0..100 {
                    let note = format!("{who} {n}");
                    done(
                        by(who)
                            .arg("mark")
                            .arg(path)
                            .args(["note", "--note", &note]),
                    );
                }
            });
        }
    });
    let file = read(&path);
    assert_eq!(standing(&file).notes.len(), 200);
    let ids: std::collections::BTreeSet<&str> =
        file.history.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids.len(), 200);
}

#[test]
fn without_its_logs_a_file_still_tells_what_was_computed() {
    let (folder, path) = saved();
    done(
        by("ana")
            .arg("mark")
            .arg(&path)
            .args(["D", "--at", "2024-03-05T10:28:00Z"]),
    );
    fs::remove_file(log(&folder)).expect("removed");
    let assert = rfo().args(["report", "--json"]).arg(&path).assert().code(3);
    let report: Value = serde_json::from_str(&stdout(&assert)).expect("a report");
    let durations = &report["incidents"][0]["durations"];
    let ttr = durations["ttr"]["seconds"].as_f64().expect("computed then");
    assert!((630.0..=810.0).contains(&ttr), "{ttr}");
    assert!(
        durations["ttd"]["seconds"]
            .as_f64()
            .is_some_and(|s| s > 0.0)
    );
}

/// A file with one mark.
pub fn marked(kind: &str, at_ns: i64) -> IncidentFile {
    let entry = Entry {
        kind: Some(kind.to_owned()),
        after: Some(Stated::of(&When::exact(at_ns), "human")),
        note: "seen on the dashboard".to_owned(),
        ..Entry::new(Action::Mark, "ana", at_ns)
    };
    with(&IncidentFile::default(), entry)
}

fn with(file: &IncidentFile, entry: Entry) -> IncidentFile {
    apply(file, completed(file, entry)).expect("in order")
}

/// What a snapshot says of its incidents, but for where the file lies.
fn concluded(snapshot: &Snapshot) -> Vec<String> {
    let said = snapshot.incidents.iter().map(|one| format!("{one:#?}"));
    said.collect()
}

#[test]
fn what_is_marked_in_the_app_concludes_as_its_file_does_that_is_read_with_the_logs() {
    let logs = made::logs("error-burst");
    let alone = made::analysed(&[logs.path().to_path_buf()], |_| {});
    let start = alone.incidents[0].incident.windows[0].start.at_ns;
    let path = logs.path().join("x.rfo.json");
    let mark = marked("detected", start + 90_000_000_000);
    let later = Entry {
        kind: Some("restored".to_owned()),
        after: Some(Stated::of(&When::exact(start + 3_600_000_000_000), "human")),
        why: "users still saw it".to_owned(),
        ..Entry::new(Action::Amend, "ana", start)
    };
    let undo = Entry {
        of: Some(mark.history[0].id.clone()),
        ..Entry::new(Action::Undo, "ana", start)
    };
    let mut restated_so_far = alone.clone();
    let amended = with(&mark, later);
    let undone = with(&amended, undo);
    for file in [mark, amended, undone] {
        fs::write(&path, text(&file)).expect("written");
        let read = made::analysed(&[logs.path().to_path_buf()], |_| {});
        let record = read.records.iter().find(|record| record.file.is_some());
        let own = Own {
            path: record.expect("it was read").path.clone(),
            file: file.into(),
        };
        restated_so_far = restated(&restated_so_far, &own);
        assert_eq!(concluded(&restated_so_far), concluded(&read));
        assert_eq!(concluded(&restated(&read, &own)), concluded(&read), "again");
    }
    assert_ne!(concluded(&restated_so_far), concluded(&alone));
}
