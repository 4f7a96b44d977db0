//! docs/FORMATS.md: its tables are made of the catalogue, the fixtures and the list of traps below,
//! so that no cell says what is not so. Whatever a trap cites must be there: a test of that name, or
//! a fixture with a line of that text of which `NAME.expected` says what is read.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rfo::events::{Number, Text};
use rfo::formats::catalogue::SOURCES;
use rfo::formats::definition::Definition;
use rfo::formats::parse;
use rfo::formats::stamp::StampContext;
use rfo::formats::{Format, Parsed, StampSide, builtin};
use rfo::lines::LineBatch;

use crate::traps::TRAPS;

/// Rows of the ranking of formats, and the definitions that read them. Rows without any are read by
/// the shape of their lines, which the traps' tests show.
const ROWS: &[(&str, &[&str])] = &[
    (
        "1",
        &[
            "nginx-timed",
            "nginx-iso",
            "nginx-keyed",
            "nginx-forwarded",
            "nginx-stream",
            "nginx-ingress",
            "nginx-proxy-manager",
            "combined",
        ],
    ),
    (
        "2",
        &[
            "zap",
            "gin",
            "fiber",
            "morgan",
            "clef",
            "serilog",
            "tracing-json",
        ],
    ),
    ("3", &[]),
    ("4", &[]),
    ("5", &["journald"]),
    (
        "6",
        &[
            "postgresql",
            "postgresql-csv",
            "postgresql-json",
            "postgresql-cnpg",
        ],
    ),
    ("7", &["envoy", "envoy-json"]),
    ("8", &["aws-alb", "aws-elb", "aws-nlb"]),
    ("9", &["apache-timed", "apache-ssl", "combined-vhost"]),
    ("10", &["haproxy-http", "haproxy-tcp"]),
    ("11", &["mysql-slow", "mysql-error"]),
    (
        "12",
        &[
            "python", "gunicorn", "uwsgi", "uvicorn", "werkzeug", "django",
        ],
    ),
    ("13", &["java", "java-logging", "java-gc", "tomcat"]),
    ("14", &["traefik-clf", "traefik-json"]),
    ("15", &["caddy"]),
    ("16", &["otlp", "otlp-spans"]),
    ("17", &["heroku-router"]),
    ("18", &["nginx-error", "apache-error", "litespeed"]),
    ("19", &["mongodb", "mongodb-text"]),
    ("20", &["lambda", "lambda-json"]),
    ("21", &["sidekiq", "celery", "resque", "bullmq"]),
    ("22", &["rails", "rails-requests", "ruby", "phoenix"]),
    ("23", &["cloudfront", "cloudfront-json"]),
    ("24", &["iis"]),
    ("25", &["cloudflare"]),
    ("26", &["gcp-load-balancer"]),
    ("27", &["azure-gateway"]),
    ("28", &["pgbouncer"]),
    ("29", &["php-fpm", "php-fpm-access", "monolog"]),
    ("30", &["redis"]),
    ("31", &["kernel", "dmesg"]),
    (
        "32",
        &["elasticsearch", "elasticsearch-json", "elasticsearch-ecs"],
    ),
    (
        "33",
        &[
            "kafka",
            "zookeeper",
            "rabbitmq",
            "etcd",
            "kubernetes-audit",
            "coredns",
        ],
    ),
    ("34", &["s3"]),
    ("35", &["varnish", "squid"]),
    ("36", &["auth", "postfix", "exim"]),
    ("M1", &[]),
    ("C1", &[]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn fixture(name: &str) -> String {
    let path = root().join(format!("tests/fixtures/formats/{name}.log"));
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn read(format: &Format) -> Parsed {
    let context = StampContext::from(rfo::clock::Zone::UTC).open_start();
    let batch = LineBatch::split(fixture(&format.name).into_bytes(), 0);
    parse(format, context, &batch)
}

/// Whether an event is one of trouble: an answer that failed or never came, a client that gave up or
/// sent no request, an error, a job that failed, something that has a name because it is trouble.
fn is_trouble(parsed: &Parsed, row: usize) -> bool {
    let number = |field| parsed.chunk.number_at(field, row);
    let text = |field: Text| {
        let symbol = parsed.chunk.text_at(field, row)?;
        Some(parsed.names[field as usize].text(symbol))
    };
    let failed = number(Number::Status)
        .is_some_and(|status| status >= 500 || matches!(status, 0 | 408 | 429 | 460 | 499));
    let endpoint = text(Text::Endpoint).unwrap_or_default();
    let no_request = endpoint == "(empty request)" || endpoint == "(malformed request)";
    failed
        || no_request
        || number(Number::Level).is_some_and(|level| level >= 3)
        || number(Number::JobStep) == Some(4)
        || number(Number::LatencyUs).is_some_and(|us| us >= 10_000_000)
}

/// The units of durations that a definition names, in the order in which they stand there.
fn units(source: &str) -> String {
    let (definition, _) = source.split_once("[[sample]]").unwrap_or((source, ""));
    let mut found: Vec<&str> = Vec::new();
    for part in definition.split("latency").skip(1) {
        let part = part.trim_start_matches("_part");
        let unit = part.strip_prefix(':').unwrap_or_default();
        let end = unit.find(|c: char| !c.is_ascii_lowercase() && c != '_');
        let units = match &unit[..end.unwrap_or(unit.len())] {
            "whole_ms" => ["ms", ""],
            "written" => ["as written", ""],
            "s_unless_written" => ["s", "as written"],
            unit => [unit, ""],
        };
        for unit in units {
            if !unit.is_empty() && !found.contains(&unit) {
                found.push(unit);
            }
        }
    }
    match found.is_empty() {
        true => "-".to_owned(),
        false => found.join(", "),
    }
}

fn formats() -> String {
    let mut out = String::from(
        "| row | format | what it reads | engine | stamp | durations in | fixture: events, of trouble |\n|---|---|---|---|---|---|---|\n",
    );
    for (row, names) in ROWS {
        if names.is_empty() {
            let _ = writeln!(
                out,
                "| {row} | by the shape of the lines | see the traps | - | - | - | - |"
            );
        }
        for name in *names {
            let (_, source) = SOURCES
                .iter()
                .find(|(known, _)| known == name)
                .unwrap_or_else(|| panic!("{name} is no format"));
            let definition = Definition::read(name, source).expect("reads");
            let format = builtin().find(|format| format.name == *name);
            let format = format.expect("compiles");
            let parsed = read(format);
            let trouble = (0..parsed.chunk.len()).filter(|row| is_trouble(&parsed, *row));
            let trouble = trouble.count();
            assert!(trouble > 0, "{name}: no line of an outage in its fixture");
            let side = match format.side {
                StampSide::Start => "start",
                StampSide::End => "end",
            };
            let _ = writeln!(
                out,
                "| {row} | `{name}` | {} | {} | {side} | {} | {}, {trouble} |",
                definition.title,
                definition.engine,
                units(source),
                parsed.chunk.len()
            );
        }
    }
    out
}

fn traps() -> String {
    let mut out = String::from("| row | trap | shown by |\n|---|---|---|\n");
    for (row, trap, places) in TRAPS {
        let places: Vec<String> = places
            .iter()
            .map(|place| match place.split_once(": ") {
                Some((name, text)) => {
                    format!("fixture `{name}`, `{}`", text.trim().replace('|', "\\|"))
                }
                None => format!("`{place}`"),
            })
            .collect();
        let _ = writeln!(out, "| {row} | {trap} | {} |", places.join(", "));
    }
    out
}

#[test]
fn the_page_of_formats_is_what_catalogue_fixtures_and_tests_say() {
    let path = root().join("docs/FORMATS.md");
    let page = fs::read_to_string(&path).expect("docs/FORMATS.md is in the tree");
    let tables = [("formats", formats()), ("traps", traps())];
    let wanted = tables.iter().fold(page, |text, (name, table)| {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let (before, rest) = text.split_once(&begin).expect("the part begins");
        let (_, after) = rest.split_once(&end).expect("the part ends");
        format!("{before}{begin}{table}{end}{after}")
    });
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        fs::write(&path, &wanted).expect("writable");
    }
    let written = fs::read_to_string(&path).expect("docs/FORMATS.md is in the tree");
    assert!(
        written == wanted,
        "docs/FORMATS.md differs; INSTA_UPDATE=always writes it"
    );
}

#[test]
fn every_definition_has_its_row_and_every_row_its_traps() {
    let in_rows: BTreeSet<&str> = ROWS
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    let known: BTreeSet<&str> = SOURCES.iter().map(|(name, _)| *name).collect();
    assert_eq!(in_rows, known);
    let with_traps: BTreeSet<&str> = TRAPS.iter().map(|(row, ..)| *row).collect();
    for (row, _) in ROWS {
        assert!(
            with_traps.contains(row),
            "row {row} has no trap that is shown"
        );
    }
}

/// Where a test may be: `file::test` of `tests/it`, or `folder/file::test` of `src`.
fn source_of(file: &str) -> PathBuf {
    match file.contains('/') {
        true => root().join(format!("src/{file}.rs")),
        false => root().join(format!("tests/it/{file}.rs")),
    }
}

#[test]
fn every_place_that_a_trap_cites_is_there() {
    for (row, trap, places) in TRAPS {
        assert!(!places.is_empty(), "{row} {trap}");
        for place in *places {
            if let Some((name, text)) = place.split_once(": ") {
                let log = fixture(name);
                let at = log.lines().position(|line| line.contains(text));
                assert!(at.is_some(), "{row} {trap}: no line of {name} has {text:?}");
                continue;
            }
            let (file, test) = place.split_once("::").unwrap_or_else(|| panic!("{place}"));
            let source =
                fs::read_to_string(source_of(file)).unwrap_or_else(|why| panic!("{place}: {why}"));
            assert!(
                source.contains(&format!("fn {test}(")),
                "{row} {trap}: there is no {place}"
            );
        }
    }
}
