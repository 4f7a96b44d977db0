//! Reports for others, made by the command: what their endings mean, and that the page works in a
//! browser, where there is one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rfo::reports::exports::{self, Names};

use crate::command::{log, logs, rfo, stderr, stdout};
use crate::made;

#[test]
fn the_ending_of_the_file_says_what_is_written() {
    let folder = logs();
    let check = |name: &str, sign: &str| {
        let path = folder.path().join("out").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let assert = rfo()
            .arg("report")
            .arg(log(&folder))
            .arg("-o")
            .arg(&path)
            .assert();
        assert.success();
        let text = fs::read_to_string(&path).expect("written");
        assert!(
            text.starts_with(sign),
            "{name}: {}",
            &text[..60.min(text.len())]
        );
    };
    check("a.md", "# Incident review");
    check("a.html", "<!DOCTYPE html>");
    check("a.svg", "<svg ");
    check("a.csv", "incident,title,");
    check("a.json", "{");
    check("a.ans", "\u{1b}[");
}

#[test]
fn what_is_asked_for_goes_to_stdout_and_a_selection_only_where_it_has_a_place() {
    let folder = logs();
    let assert = rfo()
        .args(["report", "--to", "status"])
        .arg(log(&folder))
        .assert();
    assert!(stdout(&assert.success()).contains("DRAFT"));
    let select = ["report", "--to", "markdown", "--select", "-5m.."];
    let assert = rfo().args(select).arg(log(&folder)).assert().code(2);
    assert!(stderr(&assert).contains("--select goes with"));
}

fn page(replay: &str) -> String {
    let folder = made::root().join("sample-logs").join(replay);
    let snapshot = made::analysed(&[folder], |_| {});
    exports::html(&snapshot, Names::Redacted)
}

#[test]
fn the_page_of_a_replay_has_its_parts() {
    let page = page("rogue-client");
    let pattern =
        regex::Regex::new(r"<(h[1-3]|th|table|figure|ol|ul)\b[^>]*>([^<]*)").expect("valid");
    let mut parts = String::new();
    for found in pattern.captures_iter(&page) {
        parts += &format!("{} {}", &found[1], found[2].trim());
        parts = parts.trim_end().to_owned() + "\n";
    }
    insta::assert_snapshot!("page_of_rogue_client", parts);
}

/// Chromium on the path, by one of its names.
fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut all = folders
        .iter()
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    all.find(|path| path.is_file())
}

/// Put before all else of the page: notes what goes wrong.
const WATCH: &str = r#"<script>
window.wrong = [];
addEventListener("error", (event) => wrong.push("error: " + event.message));
addEventListener("securitypolicyviolation", (event) => wrong.push("policy: " + event.blockedURI));
</script>"#;

/// Put behind all else: uses the page as hands would, and writes down what it saw.
const USE: &str = r#"<script>
const seen = { };
const window1 = document.querySelector(".window");
window1.focus();
// A page that is not yet in front gets no such event from the browser.
window1.dispatchEvent(new FocusEvent("focus"));
seen.tip = document.getElementById("tip").innerText;
const stretch = document.querySelector(".stretch");
document.getElementById("zoom-in").click();
seen.zoomed = stretch.getAttribute("transform");
const svg = document.querySelector("svg.rfo");
const box = svg.getBoundingClientRect();
const middle = { clientX: box.left + box.width / 2, clientY: box.top + 70, bubbles: true, cancelable: true };
svg.dispatchEvent(new WheelEvent("wheel", { ...middle, deltaY: -100 }));
seen.wheeled = stretch.getAttribute("transform");
svg.dispatchEvent(new PointerEvent("pointermove", middle));
seen.values = document.getElementById("tip").innerText;
seen.lanes = document.querySelectorAll(".stretch .area").length;
seen.requests = performance.getEntriesByType("resource").map((one) => one.name);
seen.wrong = window.wrong;
const out = document.createElement("pre");
out.id = "seen";
out.textContent = JSON.stringify(seen);
document.body.append(out);
</script>"#;

#[test]
fn the_page_of_each_replay_works_in_a_browser_and_asks_nobody_for_anything() {
    let Some(browser) = browser() else {
        println!("skipped: there is no chromium on the path");
        return;
    };
    let samples = fs::read_dir(made::root().join("sample-logs")).expect("there");
    let folders = samples.map(|entry| entry.expect("readable").path());
    for folder in folders.filter(|path| path.join("scenario.toml").is_file()) {
        let replay = folder.file_name().expect("a name").to_string_lossy();
        let page = page(&replay)
            .replacen(
                "<meta name=\"viewport\"",
                &format!("{WATCH}<meta name=\"viewport\""),
                1,
            )
            .replacen("</body>", &format!("{USE}</body>"), 1);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("page.html");
        fs::write(&path, page).expect("written");
        let seen = seen(&dom(&browser, &path, folder.path()));
        is_used(&replay, &seen);
    }
}

/// What hands saw of the page: a window's numbers and evidence, other widths, values, no request.
fn is_used(replay: &str, seen: &serde_json::Value) {
    let text = |key: &str| seen[key].as_str().unwrap_or_default().to_owned();
    let tip = text("tip");
    assert!(
        tip.contains("i1 w1") && tip.contains("expected"),
        "{replay}: {seen}"
    );
    assert!(
        tip.lines()
            .any(|line| line.contains('@') || line.contains(".log") || line.contains(".json")),
        "{replay}: its evidence: {seen}"
    );
    assert!(text("zoomed").contains("scale(1.5 1)"), "{replay}: {seen}");
    assert_ne!(text("wheeled"), text("zoomed"), "{replay}: {seen}");
    let lanes = seen["lanes"].as_u64();
    assert!(lanes.is_some_and(|n| n >= 2), "{replay}: {seen}");
    assert!(text("values").contains(": "), "{replay}: {seen}");
    assert_eq!(seen["requests"], serde_json::json!([]), "{replay}: {seen}");
    assert_eq!(seen["wrong"], serde_json::json!([]), "{replay}: {seen}");
}

/// Without a display, a sandbox (CI is root) or any service of the browser that calls home.
const ALONE: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--enable-logging=stderr",
    "--dump-dom",
];

/// How often the browser is started: one that ends before it has loaded the page says nothing about
/// the page.
const STARTS: usize = 4;

/// The page as the browser has it once its scripts have run; nothing may be on its console.
fn dom(browser: &Path, page: &Path, folder: &Path) -> String {
    let mut log = String::new();
    for start in 0..STARTS {
        let profile = folder.join(format!("profile{start}"));
        let output = Command::new(browser)
            .args(ALONE)
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .output()
            .expect("the browser starts");
        log = String::from_utf8_lossy(&output.stderr).into_owned();
        let console: Vec<&str> = log.lines().filter(|l| l.contains("CONSOLE")).collect();
        assert!(console.is_empty(), "{console:?}");
        let dom = String::from_utf8_lossy(&output.stdout).into_owned();
        if dom.contains("class=\"rfo\"") {
            return dom;
        }
    }
    panic!("the browser never loaded the page: {log}");
}

fn seen(dom: &str) -> serde_json::Value {
    let (_, rest) = dom
        .split_once("<pre id=\"seen\">")
        .expect("the page was used");
    let (text, _) = rest.split_once("</pre>").expect("the note ends");
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    serde_json::from_str(&text).expect("it is JSON")
}
