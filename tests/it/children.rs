//! Logs that other programs print, with stand-ins for these on PATH.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{named_pipe, report, rfo, stderr, stdout};
use crate::made;

/// A folder to put on PATH, in which `docker`, `kubectl` and `journalctl` play this take.
fn stand_ins(take: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stand_in = made::root().join("tests/fixtures/children/stand-in");
    for name in ["docker", "kubectl", "journalctl"] {
        std::os::unix::fs::symlink(&stand_in, folder.path().join(name)).expect("linked");
    }
    fs::write(folder.path().join("take.last"), take).expect("written");
    folder
}

/// PATH with the stand-ins before the shell's own commands.
fn path(folder: &Path) -> String {
    format!("{}:/usr/bin:/bin", folder.display())
}

fn with(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = rfo();
    command
        .args(["report", "--json"])
        .args(arguments)
        .env("PATH", path(folder.path()));
    command
}

fn asked(folder: &TempDir) -> String {
    fs::read_to_string(folder.path().join("asked")).expect("it was called")
}

const STAMPED: &str = r#"
i=0
while [ $i -lt 500 ]; do
    echo "2024-02-03T15:04:05.$((100 + i))Z GET /$i"
    [ $((i % 5)) -eq 0 ] && echo "2024-02-03T15:04:05.$((100 + i))Z failed $i" >&2
    i=$((i + 1))
done
"#;

#[test]
fn both_streams_of_a_container_are_its_log() {
    let folder = stand_ins(&format!("{STAMPED}\nexit 0"));
    let found = report(&mut with(&folder, &["docker:web"]));
    assert_eq!(found["inputs"][0]["path"], "docker:web");
    assert_eq!(found["inputs"][0]["lines"], 600);
    assert_eq!(asked(&folder), "docker logs --timestamps web\n");
}

#[test]
fn what_kubectl_says_itself_is_no_line() {
    let folder = stand_ins(&format!("{STAMPED}\nexit 0"));
    let found = report(&mut with(&folder, &["k8s:shop/web-0/app"]));
    assert_eq!(found["inputs"][0]["lines"], 500);
    let wanted = "kubectl logs --timestamps --namespace=shop --container=app web-0\n";
    assert_eq!(asked(&folder), wanted);
}

#[test]
fn the_journal_is_read_and_since_is_handed_down() {
    let entry = |i: u64| {
        format!(
            r#"{{"__REALTIME_TIMESTAMP":"{}","PRIORITY":"6","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"app","MESSAGE":"request {i} done"}}"#,
            1_706_972_645_000_000 + i * 100_000
        )
    };
    let lines: Vec<String> = (0..200).map(entry).collect();
    let folder = stand_ins("cat \"$here/journal\"");
    fs::write(folder.path().join("journal"), lines.join("\n") + "\n").expect("written");
    let since = ["--since", "2024-02-03T15:04:00Z", "journald:app.service"];
    let found = report(&mut with(&folder, &since));
    assert_eq!(found["inputs"][0]["events"], 200, "{}", found["inputs"]);
    let wanted =
        "journalctl -o json --no-pager --all --quiet --unit=app.service --since=@1706972640\n";
    assert_eq!(asked(&folder), wanted);
}

#[test]
fn a_program_that_fails_is_named_and_what_it_printed_is_used() {
    let take =
        "echo '2024-02-03T15:04:05Z GET /'; echo 'Error: pods \"web\" not found' >&2; exit 3";
    let folder = stand_ins(take);
    let assert = with(&folder, &["k8s:shop/web"]).assert().code(3);
    let wanted =
        "rfo: k8s:shop/web: kubectl ended with exit code 3: Error: pods \"web\" not found\n";
    assert_eq!(stderr(&assert), wanted);
    let found: Value = serde_json::from_str(&stdout(&assert)).expect("JSON");
    assert_eq!(found["inputs"][0]["lines"], 1);
    let spots = found["blind_spots"].to_string();
    assert!(spots.contains("kubectl ended with exit code 3"), "{spots}");
}

#[test]
fn a_program_that_is_not_there_and_a_name_that_is_none_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let check = |source: &str, wanted: &str| {
        let assert = with(&folder, &[source])
            .env("PATH", folder.path())
            .assert()
            .code(3);
        assert_eq!(stderr(&assert), wanted);
    };
    check("docker:web", "rfo: docker:web: docker is not on PATH\n");
    check(
        "docker:web; true",
        "rfo: docker:web; true: name a container (docker:web)\n",
    );
}

#[test]
fn a_program_that_was_started_does_not_outlive_rfo() {
    let folder = stand_ins("echo $$ > \"$here/pipe\"; exec sleep 1000");
    let pipe = named_pipe(&folder);
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let mut rfo = std::process::Command::new(env!("CARGO_BIN_EXE_rfo"))
        .args(["report", "docker:web"])
        .env("PATH", path(folder.path()))
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("rfo runs");
    // Comes when the program runs.
    let child = fs::read_to_string(pipe).expect("it says its number");
    let kill = |signal: &str, process: &str| {
        let status = std::process::Command::new("kill")
            .args([signal, process])
            .stderr(Stdio::null())
            .status();
        status.expect("kill runs").success()
    };
    assert!(kill("-0", child.trim()));
    assert!(kill("-TERM", &rfo.id().to_string()));
    let status = rfo.wait().expect("it ends");
    assert!(!status.success());
    assert!(!kill("-0", child.trim()), "{child} goes on");
    assert_eq!(fs::read_dir(temporary.path()).expect("readable").count(), 0);
}
