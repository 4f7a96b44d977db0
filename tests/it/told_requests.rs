//! Requests, and how long work took, that programs tell of in messages of their own: the same hours of
//! the same requests in the words of several programs are the same incident.

use std::fmt::Write as _;

use rfo::analysis::Snapshot;
use rfo::clock::words::rfc3339;

use crate::made;

const LENGTH_S: u64 = 2 * 3600;
/// Seconds from the start.
const FAULT_S: std::ops::Range<u64> = 4200..4800;

/// A request as it was: when it was over, how, and after how many milliseconds.
struct Request {
    /// `2024-03-05T10:00:00`.
    at: String,
    target: String,
    status: &'static str,
    ms: u64,
}

/// One request in the words of a program.
type Words = fn(&Request) -> String;

const PROGRAMS: [(&str, Words); 9] = [
    ("text", |one| {
        format!(
            "{}Z GET {} {} {}ms",
            one.at,
            one.target,
            &one.status[..3],
            one.ms
        )
    }),
    ("text", |one| {
        format!(
            "{}Z [router] {}: GET - {} in {}ms",
            one.at, one.status, one.target, one.ms
        )
    }),
    ("python", |one| {
        let at = one.at.replace('T', " ");
        let (target, status) = (&one.target, &one.status[..3]);
        format!(
            "{at},250 - till - INFO - Answered GET {target} with {status} after {} ms",
            one.ms
        )
    }),
    ("java", |one| {
        let (target, status) = (&one.target, &one.status[..3]);
        format!(
            "{}.250Z  INFO 1 --- [nio-8080-exec-3] shop.till.Log : GET {target} -> {status} ({} ms)",
            one.at, one.ms
        )
    }),
    ("json", |one| {
        format!(
            r#"{{"time":"{}Z","level":"info","msg":"GET {} {} {}ms"}}"#,
            one.at, one.target, one.status, one.ms
        )
    }),
    ("json", |one| {
        format!(
            r#"{{"time":"{}Z","level":"info","msg":"[http] \"GET {} HTTP/1.1\" {} in {}ms"}}"#,
            one.at, one.target, one.status, one.ms
        )
    }),
    ("timestamps", |one| {
        let begun = format!("{}.250000000Z <-- GET {}", one.at, one.target);
        format!(
            "{begun}\n{}.250000000Z --> GET {} {} {}ms",
            one.at, one.target, one.status, one.ms
        )
    }),
    ("syslog", |one| {
        let seconds = one.ms as f64 / 1000.0;
        let (target, status) = (&one.target, &one.status[..3]);
        format!(
            "{}+00:00 web-1 till[7]: \"GET {target} HTTP/1.1\" status: {status} time: {seconds:.4}",
            one.at
        )
    }),
    ("clock", |one| {
        format!(
            "[{} INF] HTTP GET {} responded {} in {}.5 ms",
            &one.at[11..],
            one.target,
            &one.status[..3],
            one.ms
        )
    }),
];

/// Two hours of a program that also says something else each few seconds.
fn analysed(program: Words) -> Snapshot {
    let mut log = String::new();
    for second in 0..LENGTH_S {
        let (hour, minute) = (10 + second / 3600, second / 60 % 60);
        for part in 0..3 {
            let id = (second * 3 + part) * 7919 % 10_007;
            let is_bad = FAULT_S.contains(&second) && part == 0;
            let request = Request {
                at: format!("2024-03-05T{hour:02}:{minute:02}:{:02}", second % 60),
                target: format!("{}/{id}", ["/orders", "/items", "/users"][part as usize]),
                status: if is_bad {
                    "500 Internal Server Error"
                } else {
                    "200 OK"
                },
                ms: 20 + id % 60,
            };
            writeln!(log, "{}", program(&request)).expect("a string takes all");
        }
    }
    let folder = made::folder(&[("till.log".to_owned(), log.into_bytes())]);
    made::analysed(&[folder.path().join("till.log")], |_| {})
}

#[test]
fn the_same_requests_in_any_words_are_the_same_incident() {
    for (i, (format, program)) in PROGRAMS.into_iter().enumerate() {
        let found = analysed(program);
        let case = format!("program {i}: {}", found.inputs[0].reason);
        assert_eq!(found.inputs[0].format, format, "{case}");
        assert_eq!(found.inputs[0].unparsed, 0, "{case}");
        assert_eq!(found.incidents.len(), 1, "{case}");
        let incident = &found.incidents[0].incident;
        let title = "33 % of requests fail in till.log; endpoint /orders/{id}";
        assert_eq!(incident.title, title, "{case}");
        let start = incident.windows[0].start;
        // The end of a request is what is stamped; a clock alone may be of any day.
        let began = &rfc3339(start.at_ns)[11..19];
        assert!(["11:09:50", "11:10:00"].contains(&began), "{case}: {began}");
        let named = &incident.contributors[0];
        let of = [("endpoint".to_owned(), "/orders/{id}".to_owned())];
        assert_eq!(named.dimensions, of, "{case}");
        assert!((named.share_of_excess - 1.0).abs() < 0.02, "{case}");
        let (with, without) = (named.counterfactual.observed, named.counterfactual.without);
        assert!(
            (with - 1.0 / 3.0).abs() < 0.02 && without < 0.01,
            "{case}: {with} {without}"
        );
        let sentence = &incident.explanation.sentence;
        assert!(sentence.contains("traffic x1.00"), "{case}: {sentence}");
    }
}

#[test]
fn a_format_that_was_asked_for_tells_of_requests_too() {
    let line = |i: u64| {
        let (minute, second) = (i / 60, i % 60);
        format!(
            "2024-03-05 10:{minute:02}:{second:02},250 - till - INFO - GET /orders/{i} -> 200 (12 ms)\n"
        )
    };
    let log: String = (0..600).map(line).collect();
    let cri = |line: &str| format!("2024-03-05T10:00:00.250000000Z stdout F {line}\n");
    let wrapped: String = log.lines().map(cri).collect();
    for text in [log, wrapped] {
        let folder = made::folder(&[("till.log".to_owned(), text.into_bytes())]);
        let found = made::analysed(&[folder.path().join("till.log")], |options| {
            options.formats = vec![("*".to_owned(), "python".to_owned())];
        });
        let rates = found.series.iter().map(|one| one.signal.name.as_str());
        assert!(
            rates.clone().any(|name| name == "request rate"),
            "{:?}",
            rates.collect::<Vec<_>>()
        );
    }
}

/// Two hours of a program that works off a queue, in a quarter of which each order takes `slow_ms`; every
/// half hour reports are written, which takes long.
fn worker(slow_ms: u64) -> Snapshot {
    let mut log = String::new();
    for second in 0..LENGTH_S {
        let at = format!(
            "2024-03-05 {:02}:{:02}:{:02},500 INFO [till]",
            10 + second / 3600,
            second / 60 % 60,
            second % 60
        );
        let usual_ms = 20 + second * 7919 % 10_007 % 60;
        let ms = if FAULT_S.contains(&second) {
            slow_ms.max(usual_ms)
        } else {
            usual_ms
        };
        writeln!(log, "{at} received order {second}").expect("a string takes all");
        writeln!(log, "{at} processed order {second} in {ms} ms").expect("a string takes all");
        if second % 1800 < 40 {
            writeln!(log, "{at} report {second} written in 9.5 s").expect("a string takes all");
        }
    }
    let folder = made::folder(&[("till.log".to_owned(), log.into_bytes())]);
    made::analysed(&[folder.path().join("till.log")], |_| {})
}

#[test]
fn work_that_takes_longer_is_an_incident_and_a_batch_is_none() {
    assert_eq!(worker(0).incidents.len(), 0);
    let found = worker(3000);
    assert_eq!(found.incidents.len(), 1);
    let incident = &found.incidents[0].incident;
    let title = &incident.title;
    assert!(
        title.ends_with("% of timed events slower than the usual p99"),
        "{title}"
    );
    let sentence = &incident.explanation.sentence;
    assert!(sentence.contains("traffic x1.00"), "{sentence}");
    let start = rfc3339(incident.windows[0].start.at_ns);
    assert!(
        start.starts_with("2024-03-05T11:10:0") || start.starts_with("2024-03-05T11:09:5"),
        "{start}"
    );
}
