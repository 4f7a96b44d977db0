//! The two hours of a year that local clocks skip or show twice, in every way in which formats
//! write a local time; and formats that write UTC, which no zone moves.

use chrono::{DateTime, NaiveDateTime};
use rfo::clock::words::rfc3339;
use rfo::clock::{NS_PER_S, Zone, zone_text};
use rfo::formats::catalogue;
use rfo::formats::parse::parse_text;
use rfo::formats::stamp::StampContext;

/// Formats with local stamps: a line as `strftime` is told to write it.
const LOCAL: &[(&str, &str)] = &[
    (
        "java",
        "%Y-%m-%d %H:%M:%S.250 ERROR 1 --- [main] shop.Pay : gone",
    ),
    ("python", "%Y-%m-%d %H:%M:%S,250 ERROR shop: gone"),
    ("nginx-error", "%Y/%m/%d %H:%M:%S [error] 7#7: *8 gone"),
    (
        "apache-error",
        "[%a %b %d %H:%M:%S.250000 %Y] [core:error] [pid 1] gone",
    ),
    ("redis", "1:M %d %b %Y %H:%M:%S.250 # gone"),
    ("php-fpm", "[%d-%b-%Y %H:%M:%S] WARNING: gone"),
    (
        "kafka",
        "[%Y-%m-%d %H:%M:%S,250] ERROR gone (kafka.server.KafkaServer)",
    ),
    ("rabbitmq", "%Y-%m-%d %H:%M:%S.250 [error] <0.1.0> gone"),
    ("celery", "[%Y-%m-%d %H:%M:%S,250: ERROR/MainProcess] gone"),
    (
        "elasticsearch",
        "[%Y-%m-%dT%H:%M:%S,250][WARN ][o.e.Node] [a] gone",
    ),
    ("kernel", "[%a %b %e %H:%M:%S %Y] gone"),
    (
        "auth",
        "%b %e %H:%M:%S web-1 sshd[1]: Server listening on :: port 22.",
    ),
    ("postgresql", "%Y-%m-%d %H:%M:%S.250 CET [7] ERROR:  gone"),
    (
        "mysql-slow",
        "# Time: %y%m%d %k:%M:%S\n# User@Host: a[a] @ b []\n# Query_time: 0.0  Lock_time: 0.0\nSELECT 1;",
    ),
];

/// Formats that say their offset, or write UTC without saying so.
const FIXED: &[(&str, &str)] = &[
    (
        "combined",
        r#"203.0.113.5 - - [%d/%b/%Y:%H:%M:%S +0000] "GET /a HTTP/1.1" 200 5"#,
    ),
    (
        "envoy",
        r#"[%Y-%m-%dT%H:%M:%S.250Z] "GET /a HTTP/1.1" 200 - 0 5 0 - "-" "x" "1" "s" "a:1""#,
    ),
    (
        "iis",
        "#Fields: date time cs-method cs-uri-stem sc-status\n%Y-%m-%d %H:%M:%S GET /a 200",
    ),
    (
        "s3",
        r#"b bucket [%d/%b/%Y:%H:%M:%S +0000] 203.0.113.5 - A1 REST.GET.OBJECT k "GET /k HTTP/1.1" 200 - 5 5 0 0 "-" "x" -"#,
    ),
];

fn berlin() -> Zone {
    zone_text("Europe/Berlin").zone(None).expect("a zone")
}

/// The times of the events of lines written at these local times, in whole seconds.
fn read(format: &str, pattern: &str, locals: &[NaiveDateTime]) -> Vec<String> {
    let known = catalogue::all().find(|one| one.name == format);
    let known = known.unwrap_or_else(|| panic!("{format} is no format"));
    let text: String = locals
        .iter()
        .map(|local| format!("{}\n", local.format(pattern)))
        .collect();
    // The year of stamps without one: the file is of 2019.
    let near_ns = ns("2019-03-30T00:00:00Z");
    let near_ns = if locals[0] > utc("2019-09-01T00:00:00Z") {
        ns("2019-10-26T00:00:00Z")
    } else {
        near_ns
    };
    let context = StampContext::from(berlin()).near(Some(near_ns));
    let parsed = parse_text(known, context, text.as_bytes());
    assert_eq!(parsed.unparsed, 0, "{format}: {text}");
    let whole = |ns: &i64| rfc3339(ns.div_euclid(NS_PER_S) * NS_PER_S);
    parsed.chunk.time_ns.iter().map(whole).collect()
}

fn ns(text: &str) -> i64 {
    let instant = DateTime::parse_from_rfc3339(text).expect("a time");
    instant.timestamp_nanos_opt().expect("of this age")
}

fn utc(text: &str) -> NaiveDateTime {
    DateTime::parse_from_rfc3339(text)
        .expect("a time")
        .naive_utc()
}

#[test]
fn a_local_time_that_the_clocks_skipped_has_the_offset_before_in_every_format() {
    let locals = [
        "2019-03-31T01:59:59Z",
        "2019-03-31T02:30:00Z",
        "2019-03-31T03:00:01Z",
    ]
    .map(utc);
    for (format, pattern) in LOCAL {
        assert_eq!(
            read(format, pattern, &locals),
            [
                "2019-03-31T00:59:59Z",
                "2019-03-31T01:30:00Z",
                "2019-03-31T01:00:01Z"
            ],
            "{format}"
        );
    }
}

#[test]
fn the_hour_that_the_clocks_show_twice_is_two_hours_in_every_format() {
    let instants: Vec<i64> = (0..13)
        .map(|i| ns("2019-10-27T00:00:00Z") + i * 600 * NS_PER_S)
        .collect();
    let local = |ns: &i64| berlin().local(*ns);
    let locals: Vec<NaiveDateTime> = instants.iter().map(local).collect();
    let expected: Vec<String> = instants.iter().copied().map(rfc3339).collect();
    for (format, pattern) in LOCAL {
        assert_eq!(read(format, pattern, &locals), expected, "{format}");
    }
}

#[test]
fn no_zone_moves_a_stamp_that_says_its_offset_or_is_of_utc() {
    for hour in ["2019-03-31T02:30:00Z", "2019-10-27T02:30:00Z"] {
        for (format, pattern) in FIXED {
            assert_eq!(read(format, pattern, &[utc(hour)]), [hour], "{format}");
        }
    }
}
