//! The house rules that a machine can check: one-way modules, small files, few places for the
//! clock, the terminal and polars, documented modules, formats with samples and fixtures.
//!
//! Each rule is a function from sources to violations, and proves below that it finds one.

use std::fs;
use std::path::Path;

/// The data's way: each module may use itself and those before it.
const WAY: [&str; 14] = [
    "input",
    "lines",
    "events",
    "formats",
    "filter",
    "series",
    "anomalies",
    "records",
    "incidents",
    "durations",
    "analysis",
    "replay",
    "reports",
    "tui",
];
/// Used by all, using none of the way; `stats` uses nothing at all.
const SIDE: [&str; 3] = ["stats", "clock", "text"];
/// May use all.
const TOP: [&str; 5] = ["config", "cli", "run", "main", "lib"];

const LINES_MAX: usize = 400;

struct Source {
    path: String,
    text: String,
}

#[test]
fn modules_use_only_those_before_them() {
    assert_none(&one_way(&sources("src", "rs")));
}

#[test]
fn files_are_small() {
    assert_none(&sizes(&sources("src", "rs")));
}

#[test]
fn every_module_says_what_it_is() {
    assert_none(&undocumented(&sources("src", "rs")));
}

#[test]
fn polars_stays_where_questions_are_asked() {
    let homes = ["src/events/frame.rs", "src/series/query.rs", "src/reports/"];
    assert_none(&outside(&sources("src", "rs"), &["polars"], &homes));
}

#[test]
fn the_terminal_stays_in_tui() {
    assert_none(&outside(
        &sources("src", "rs"),
        &["ratatui", "crossterm"],
        &["src/tui/"],
    ));
}

#[test]
fn only_the_clock_asks_for_the_time() {
    let asking = ["SystemTime", "Instant::now", "Utc::now", "Local::now"];
    assert_none(&outside(&sources("src", "rs"), &asking, &["src/clock/"]));
}

#[test]
fn there_is_one_crossterm() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock is in the tree");
    assert_eq!(
        versions(&lock, "crossterm"),
        1,
        "two versions do not share raw mode"
    );
}

#[test]
fn every_format_has_a_sample_and_a_fixture() {
    let fixtures = names(&root().join("tests/fixtures/formats"));
    assert_none(&untried(
        &sources("src/formats/definitions", "toml"),
        &fixtures,
    ));
}

#[test]
fn nothing_is_left_open_or_silenced() {
    let all: Vec<Source> = ["src", "tests", "benches", "sample-logs"]
        .iter()
        .flat_map(|folder| sources(folder, "rs"))
        .collect();
    assert_none(&unfinished(&all));
}

/// `crate::x` and `super::x` that reach a module which comes later, or is not on the list.
fn one_way(sources: &[Source]) -> Vec<String> {
    let mut violations = Vec::new();
    for source in sources {
        let home = module(&source.path);
        if !WAY.contains(&home) && !SIDE.contains(&home) && !TOP.contains(&home) {
            violations.push(format!(
                "{}: the module {home} has no place on the way",
                source.path
            ));
            continue;
        }
        let mut used = roots(without_tests(&source.text), depth(&source.path));
        used.sort_unstable();
        used.dedup();
        let known = |name: &&str| {
            [&WAY[..], &SIDE[..], &TOP[..]]
                .iter()
                .any(|list| list.contains(name))
        };
        for used in used.into_iter().filter(known) {
            if !may_use(home, used) {
                violations.push(format!("{}: {home} uses {used}", source.path));
            }
        }
    }
    violations
}

fn may_use(home: &str, used: &str) -> bool {
    let place = |name: &str| WAY.iter().position(|module| *module == name);
    let side = |name: &str| SIDE.contains(&name);
    match (place(home), place(used)) {
        _ if TOP.contains(&home) || home == used => true,
        (Some(home), Some(used)) => used < home,
        (Some(_), None) => side(used),
        _ => home != "stats" && side(used),
    }
}

/// The first names of all paths from the root: `a` of `crate::a::b`, `a` and `b` of
/// `crate::{a::x, b}`, and of `super::a` where that many `super::` lead to the root.
fn roots(text: &str, depth: usize) -> Vec<&str> {
    let mut found = Vec::new();
    for start in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in text.match_indices(&start).filter(|_| !start.is_empty()) {
            if text[..at].ends_with(|c: char| c == ':' || c == '$' || is_name(c)) {
                continue;
            }
            match text[at + start.len()..].strip_prefix('{') {
                Some(group) => found.extend(first_names(group)),
                None => found.push(name(&text[at + start.len()..])),
            }
        }
    }
    found
}

/// The first name of each path of a braced group whose opening brace is taken off.
fn first_names(group: &str) -> Vec<&str> {
    let (mut level, mut from, mut names) = (1, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => level += 1,
            '}' => level -= 1,
            _ => {}
        }
        if level == 0 || (level == 1 && c == ',') {
            names.push(name(group[from..at].trim_start()));
            from = at + 1;
        }
        if level == 0 {
            break;
        }
    }
    names
}

fn name(text: &str) -> &str {
    text.split(|c| !is_name(c)).next().unwrap_or_default()
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `clock` for `src/clock/zone.rs` and for `src/clock.rs`.
fn module(path: &str) -> &str {
    let below = path.strip_prefix("src/").unwrap_or(path);
    below
        .split('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".rs")
}

/// How many `super::` lead from a file to the crate's root.
fn depth(path: &str) -> usize {
    let below = path
        .strip_prefix("src/")
        .unwrap_or(path)
        .trim_end_matches(".rs");
    below
        .split('/')
        .filter(|part| !["mod", "lib", "main"].contains(part))
        .count()
}

/// The text before its test module.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or(text)
}

/// Test modules in files of their own: `tests.rs`, `tests/...`, `fixture.rs`.
fn is_test(path: &str) -> bool {
    path.split('/')
        .skip(1)
        .any(|part| ["tests", "tests.rs", "fixture.rs"].contains(&part))
}

fn sizes(sources: &[Source]) -> Vec<String> {
    let lines = |source: &Source| without_tests(&source.text).lines().count();
    let work = sources.iter().filter(|source| !is_test(&source.path));
    let long = work.filter(|source| lines(source) > LINES_MAX);
    long.map(|source| {
        format!(
            "{}: {} lines, {LINES_MAX} at most",
            source.path,
            lines(source)
        )
    })
    .collect()
}

fn undocumented(sources: &[Source]) -> Vec<String> {
    let bare = sources
        .iter()
        .filter(|source| !source.text.starts_with("//!"));
    bare.map(|source| format!("{}: does not begin with //!", source.path))
        .collect()
}

/// Lines of code, not of comment, that hold a needle as a whole word outside its homes.
fn outside(sources: &[Source], needles: &[&str], homes: &[&str]) -> Vec<String> {
    let abroad = sources
        .iter()
        .filter(|source| !homes.iter().any(|home| source.path.starts_with(home)));
    let mut violations = Vec::new();
    for source in abroad {
        for (i, line) in source.text.lines().enumerate() {
            let found = needles.iter().find(|needle| has_word(code(line), needle));
            violations.extend(found.map(|needle| format!("{}:{}: {needle}", source.path, i + 1)));
        }
    }
    violations
}

/// A line without its comment. A `//` in a string cuts too much only behind it.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        !line[..at].ends_with(is_name) && !line[at + word.len()..].starts_with(is_name)
    })
}

fn versions(lock: &str, package: &str) -> usize {
    let line = format!("name = \"{package}\"");
    lock.lines().filter(|other| *other == line).count()
}

/// Definitions without a `[[sample]]`, or without a fixture of their name.
fn untried(definitions: &[Source], fixtures: &[String]) -> Vec<String> {
    let mut violations = Vec::new();
    for definition in definitions {
        let name = Path::new(&definition.path)
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if !definition
            .text
            .lines()
            .any(|line| line.trim() == "[[sample]]")
        {
            violations.push(format!("{}: no [[sample]]", definition.path));
        }
        if !fixtures
            .iter()
            .any(|fixture| fixture.split('.').next() == Some(name))
        {
            violations.push(format!(
                "{}: no tests/fixtures/formats/{name}.*",
                definition.path
            ));
        }
    }
    violations
}

/// Work left open, lints silenced without a reason, tests switched off. The needles are put
/// together here, so that this file does not hold them.
fn unfinished(sources: &[Source]) -> Vec<String> {
    let needles = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("#[", "allow("),
        concat!("#![", "allow("),
        concat!("#[", "ignore"),
    ];
    let mut violations = Vec::new();
    for source in sources {
        for (i, line) in source.text.lines().enumerate() {
            let found = needles.iter().find(|needle| line.contains(*needle));
            violations.extend(found.map(|needle| format!("{}:{}: {needle}", source.path, i + 1)));
        }
    }
    violations
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder whose name ends so, in the order of their paths.
fn sources(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for name in names(&root().join(&folder)) {
            let path = format!("{folder}/{name}");
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.ends_with(&format!(".{ending}")) {
                let text = fs::read_to_string(root().join(&path)).expect("a source is text");
                found.push(Source { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The names in a folder; none if there is no such folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

fn planted(path: &str, text: &str) -> [Source; 1] {
    [Source {
        path: path.to_owned(),
        text: text.to_owned(),
    }]
}

#[test]
fn a_use_against_the_way_is_found() {
    let check = |path: &str, text: &str, expected: &[&str]| {
        assert_eq!(one_way(&planted(path, text)), expected, "{path}: {text}");
    };
    check(
        "src/series/grid.rs",
        "use crate::tui::Model;",
        &["src/series/grid.rs: series uses tui"],
    );
    check(
        "src/lines/mod.rs",
        "use crate::{text, clock::{Zone, x}, formats as f};",
        &["src/lines/mod.rs: lines uses formats"],
    );
    check(
        "src/input/mod.rs",
        "use super::events::Chunk;",
        &["src/input/mod.rs: input uses events"],
    );
    check(
        "src/input/a.rs",
        "use super::super::events::Chunk;",
        &["src/input/a.rs: input uses events"],
    );
    check(
        "src/input/a.rs",
        "//! See [`crate::reports`].",
        &["src/input/a.rs: input uses reports"],
    );
    check(
        "src/stats/mod.rs",
        "use crate::text::printable;",
        &["src/stats/mod.rs: stats uses text"],
    );
    check(
        "src/clock/mod.rs",
        "use crate::events::Chunk;",
        &["src/clock/mod.rs: clock uses events"],
    );
    check(
        "src/reports/mod.rs",
        "use crate::run::x;",
        &["src/reports/mod.rs: reports uses run"],
    );
    check(
        "src/odd.rs",
        "",
        &["src/odd.rs: the module odd has no place on the way"],
    );
}

#[test]
fn a_use_along_the_way_is_not_a_violation() {
    let check = |path: &str, text: &str| assert_none(&one_way(&planted(path, text)));
    check(
        "src/tui/mod.rs",
        "use crate::{analysis::Snapshot, clock, tui};",
    );
    check(
        "src/clock/zone.rs",
        "use crate::text::printable; use super::words::utc;",
    );
    check("src/run.rs", "use crate::tui::start;");
    check("src/formats/a/b.rs", "use super::super::lines::x;");
    check(
        "src/input/a.rs",
        "fn f() {}\n#[cfg(test)]\nmod tests { use crate::events::Chunk; }",
    );
    check("src/input/a.rs", "use other_crate::events;");
}

#[test]
fn a_long_file_is_found_and_its_tests_are_not_counted() {
    let lines = "x\n".repeat(401);
    assert_eq!(
        sizes(&planted("src/a.rs", &lines)),
        ["src/a.rs: 401 lines, 400 at most"]
    );
    let tests = format!("x\n#[cfg(test)]\nmod tests {{\n{lines}}}");
    assert_none(&sizes(&planted("src/a.rs", &tests)));
    assert_none(&sizes(&planted("src/a/tests/b.rs", &lines)));
}

#[test]
fn a_word_outside_its_home_is_found() {
    let found =
        |path: &str, line: &str| outside(&planted(path, line), &["polars"], &["src/reports/"]);
    assert_eq!(
        found("src/a.rs", "fn f() {}\nuse polars::prelude::*;"),
        ["src/a.rs:2: polars"]
    );
    assert_none(&found("src/reports/csv.rs", "use polars::prelude::*;"));
    assert_none(&found("src/a.rs", "let x = 1; // not polars"));
    assert_none(&found("src/a.rs", "use polarstern::x;"));
    assert_eq!(
        outside(
            &planted("src/a.rs", "Instant::now()"),
            &["Instant::now"],
            &[]
        )
        .len(),
        1
    );
}

#[test]
fn a_second_version_is_found() {
    let lock = "[[package]]\nname = \"crossterm\"\nversion = \"0.28.1\"\n[[package]]\nname = \"crossterm\"\n";
    assert_eq!(versions(lock, "crossterm"), 2);
}

#[test]
fn a_format_without_proof_is_found() {
    let definition = planted("src/formats/definitions/nginx.toml", "name = \"nginx\"\n");
    assert_eq!(untried(&definition, &["nginxes.log".to_owned()]).len(), 2);
    let definition = planted("src/formats/definitions/nginx.toml", "[[sample]]\n");
    assert_none(&untried(&definition, &["nginx.log".to_owned()]));
}

#[test]
fn a_bare_module_and_an_open_end_are_found() {
    assert_eq!(
        undocumented(&planted("src/a.rs", "use x;\n//! late")).len(),
        1
    );
    let open = concat!(
        "#[",
        "allow(dead_code)]\nto",
        "do!()\n#[",
        "ignore]\nunimpl",
        "emented!()"
    );
    assert_eq!(unfinished(&planted("src/a.rs", open)).len(), 4);
}

#[test]
fn the_tree_is_seen() {
    assert!(
        sources("src", "rs").len() > 20,
        "the rules would pass on an empty tree"
    );
}
