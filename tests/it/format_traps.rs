//! What formats lay in wait with: units by magnitude and by name, keys nested, dotted or twice,
//! values that are none, batches of objects on one line. Each line says what it should.

use rfo::clock::Zone;
use rfo::formats::parse::parse_text;
use rfo::formats::{Parsed, detect};
use rfo::lines::LineBatch;

use crate::fixtures::written;

/// Lines read as what they are taken for.
fn read(text: &str) -> (String, Parsed) {
    let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
    let detected = detect(&batch, "x").unwrap_or_else(|| panic!("no format for {text}"));
    let parsed = parse_text(&detected.format, Zone::UTC, text.as_bytes());
    let sum = parsed.chunk.len() as u64 + parsed.joined + parsed.unparsed + parsed.headers;
    assert_eq!(parsed.lines + parsed.extra, sum, "{text}");
    (detected.format.name, parsed)
}

/// `FORMAT: CELLS OF THE FIRST EVENT`, its line left out; absent cells are `-`.
fn check(text: &str, columns: &str, expected: &str) {
    let (format, parsed) = read(text);
    let columns: Vec<&str> = columns.split(' ').collect();
    let rows = written(&parsed, &columns);
    let first = rows
        .first()
        .unwrap_or_else(|| panic!("{format} reads nothing of {text}"));
    assert_eq!(
        format!("{format}: {}", first.replace('\t', " ")),
        expected,
        "{text}"
    );
}

#[test]
fn libraries_write_durations_in_units_of_their_own() {
    let many = |line: &str| format!("{line}\n").repeat(20);
    let check = |line: &str, expected: &str| check(&many(line), "time status latency_us", expected);
    // pino-http: milliseconds.
    check(
        r#"{"level":30,"time":1709647200500,"pid":7,"req":{"method":"GET","url":"/a"},"res":{"statusCode":200},"responseTime":250,"msg":"request completed"}"#,
        "json: 2024-03-05T14:00:00.250Z 200 250000",
    );
    // slog and logrus: a Go Duration as nanoseconds.
    check(
        r#"{"time":"2024-03-05T14:00:00.5Z","level":"INFO","msg":"request","status":200,"path":"/a","duration":250000000}"#,
        "json: 2024-03-05T14:00:00.250Z 200 250000",
    );
    // ECS: nanoseconds, by dotted and by nested keys.
    check(
        r#"{"@timestamp":"2024-03-05T14:00:00.5Z","log.level":"error","message":"x","event.duration":250000000,"http.response.status_code":502,"url.path":"/a"}"#,
        "json: 2024-03-05T14:00:00.250Z 502 250000",
    );
    check(
        r#"{"@timestamp":"2024-03-05T14:00:00.5Z","log":{"level":"error"},"message":"x","event":{"duration":250000000},"http":{"response":{"status_code":502}},"url":{"path":"/a"}}"#,
        "json: 2024-03-05T14:00:00.250Z 502 250000",
    );
    // lograge: milliseconds with decimals.
    check(
        r#"{"method":"GET","path":"/a","format":"html","controller":"A","action":"b","status":200,"duration":250.0,"view":12.5,"db":8.1,"@timestamp":"2024-03-05T14:00:00.500Z"}"#,
        "json: 2024-03-05T14:00:00.250Z 200 250000",
    );
    // A unit written behind the number.
    check(
        r#"{"ts":"2024-03-05T14:00:00.5Z","level":"info","msg":"done","status":200,"path":"/a","elapsed":"250ms"}"#,
        "json: 2024-03-05T14:00:00.250Z 200 250000",
    );
    check(
        "ts=2024-03-05T14:00:00.5Z level=info status=200 path=/a took=0.25s",
        "logfmt: 2024-03-05T14:00:00.250Z 200 250000",
    );
}

#[test]
fn levels_are_words_and_numbers_of_three_scales() {
    let check = |line: &str, expected: &str| {
        let (format, parsed) = read(line);
        let level = written(&parsed, &["level"]).concat();
        assert_eq!(format!("{format} {level}"), expected, "{line}");
    };
    check(
        r#"{"level":50,"time":1709647200000,"pid":1,"hostname":"h","msg":"x"}"#,
        "json 4",
    );
    check(
        r#"{"level":60,"time":1709647200000,"pid":1,"hostname":"h","msg":"x"}"#,
        "json 5",
    );
    check(
        r#"{"severity":"WARNING","timestamp":"2024-03-05T14:00:00Z","message":"x"}"#,
        "json 3",
    );
    check(
        r#"{"lvl":"error","t":"2024-03-05T14:00:00Z","msg":"x"}"#,
        "json 4",
    );
    check("t=2024-03-05T14:00:00Z lvl=crit msg=x", "logfmt 5");
}

#[test]
fn values_that_are_none_are_absent_and_not_zero() {
    let line = |took: &str| {
        format!(r#"{{"ts":"2024-03-05T14:00:00Z","status":200,"path":"/a","took_ms":{took}}}"#)
    };
    let whole = format!("{}\n", line("250")).repeat(10);
    for none in [
        "null", r#""-""#, r#""""#, r#""NaN""#, "-1", r#""-1""#, "1e999",
    ] {
        let (_, parsed) = read(&format!("{whole}{}\n", line(none)));
        let rows = written(&parsed, &["latency_us"]);
        assert_eq!(rows.len(), 11, "{none}");
        assert_eq!(rows[10], "-", "{none}");
    }
    // No JSON: the line is told, and costs no other.
    let (_, parsed) = read(&format!("{whole}{}\n", line("NaN")));
    assert_eq!((parsed.chunk.len(), parsed.unparsed), (10, 1));
    let (_, parsed) = read(&format!("{whole}{}\n", line("0")));
    assert_eq!(written(&parsed, &["latency_us"])[10], "0");
}

#[test]
fn keys_that_stand_twice_and_words_before_an_object_cost_no_event() {
    check(
        "{\"ts\":\"2024-03-05T14:00:00Z\",\"level\":\"info\",\"level\":\"error\",\"msg\":\"x\"}\n",
        "time",
        "json: 2024-03-05T14:00:00Z",
    );
    let line =
        r#"2024-03-05T14:00:00.250Z api {"level":"error","msg":"gone","status":502,"path":"/a"}"#;
    let (_, parsed) = read(&format!("{line}\n").repeat(5));
    let rows = written(&parsed, &["time"]);
    assert_eq!(
        (rows.len(), rows[0].as_str()),
        (5, "2024-03-05T14:00:00.250Z")
    );
}

#[test]
fn escaped_quotes_end_no_field() {
    check(
        r#"203.0.113.9 - - [05/Mar/2024:14:00:00 +0000] "GET /a\"b HTTP/1.1" 404 7 "-" "an \"odd\" agent" 1250000"#,
        "time status latency_us endpoint agent",
        r#"apache-timed: 2024-03-05T14:00:00Z 404 1250000 /a\"b an \"odd\" agent"#,
    );
}

#[test]
fn an_edge_that_writes_its_times_in_any_unit_says_the_same() {
    for (start, end) in [
        (r#""2024-03-05T14:00:00Z""#, r#""2024-03-05T14:00:01Z""#),
        ("1709647200", "1709647201"),
        ("1709647200000000000", "1709647201000000000"),
    ] {
        let line = format!(
            r#"{{"ClientIP":"203.0.113.9","ClientRequestMethod":"GET","ClientRequestURI":"/a","EdgeStartTimestamp":{start},"EdgeEndTimestamp":{end},"EdgeResponseStatus":522,"RayID":"8a"}}"#
        );
        check(
            &line,
            "time status latency_us client",
            "cloudflare: 2024-03-05T14:00:00Z 522 1000000 203.0.113.9",
        );
    }
}

#[test]
fn servers_say_that_they_cannot_write_or_have_changed_roles() {
    let check = |line: &str, expected: &str| check(line, "time level", expected);
    check(
        "1:M 05 Mar 2024 14:00:00.250 # MISCONF Errors writing to the AOF file: No space left on device\n",
        "redis: 2024-03-05T14:00:00.250Z 4",
    );
    check(
        "1:X 05 Mar 2024 14:00:00.250 # +switch-master shop 10.0.0.1 6379 10.0.0.2 6379\n",
        "redis: 2024-03-05T14:00:00.250Z 3",
    );
    check(
        "[Tue Mar  5 14:00:00 2024] INFO: task jbd2/sda1-8:312 blocked for more than 120 seconds.\n",
        "kernel: 2024-03-05T14:00:00Z 4",
    );
}

#[test]
fn a_batch_of_objects_on_one_line_is_an_event_each_with_its_place() {
    let object = |second: u32, status: u32| {
        format!(
            r#"{{"time":"2024-03-05T14:00:{second:02}.500Z","category":"FrontDoorAccessLog","properties":{{"httpMethod":"GET","requestUri":"https://www.example:443/a/7","clientIp":"203.0.113.9","timeTaken":"0.250","httpStatusCode":"{status}","note":"}},{{"}}}}"#
        )
    };
    let list = |from: u32| {
        (from..from + 3)
            .map(|i| object(i, 500 + i % 10))
            .collect::<Vec<_>>()
    };
    for (open, close) in [
        ("{\"records\":[", "]}"),
        ("[", "]"),
        ("{ \"records\" : [ ", " ] }"),
    ] {
        let text = format!(
            "{open}{}{close}\n{open}{}{close}\n",
            list(0).join(","),
            list(3).join(" , ")
        );
        let (format, parsed) = read(&text);
        assert_eq!(format, "azure-gateway in lines of JSON");
        let counts = (
            parsed.lines,
            parsed.extra,
            parsed.chunk.len(),
            parsed.unparsed,
        );
        assert_eq!(counts, (2, 4, 6, 0), "{text}");
        for (row, object) in [list(0), list(3)].concat().iter().enumerate() {
            let start = parsed.chunk.offset[row] as usize;
            let end = start + parsed.chunk.length[row] as usize;
            assert_eq!(&text[start..end], object);
            assert_eq!(parsed.chunk.line[row], row as u64 / 3);
        }
        assert_eq!(
            written(&parsed, &["time", "status", "latency_us"])[4],
            "2024-03-05T14:00:04.250Z\t504\t250000"
        );
    }
}

#[test]
fn a_batch_that_is_cut_off_loses_what_is_cut_and_says_so() {
    let object =
        |i: u32| format!(r#"{{"time":"2024-03-05T14:00:0{i}Z","level":"info","msg":"a"}}"#);
    let whole = format!("[{},{}]\n", object(0), object(1));
    let text = format!("{whole}[{},{}", object(2), &object(3)[..20]);
    let (_, parsed) = read(&text);
    assert_eq!(
        (parsed.lines, parsed.chunk.len(), parsed.unparsed),
        (2, 3, 1)
    );
    assert_eq!(parsed.samples.len(), 1);
}

#[test]
fn a_wrapper_gives_whole_seconds_their_parts_where_both_agree() {
    let line = |outer: &str, inner: &str| {
        format!(
            "2024-03-05T{outer}Z stdout F 203.0.113.9 - - [05/Mar/2024:{inner} +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" rt=0.250\n"
        )
    };
    // The stamp is of the end: the wrapper's is finer, and the work began a quarter before.
    let text = line("14:00:05.600000001", "14:00:05") + &line("14:00:07.000000002", "14:00:06");
    let (format, parsed) = read(&text);
    assert_eq!(format, "nginx-timed in cri");
    assert_eq!(
        written(&parsed, &["time"]),
        ["2024-03-05T14:00:05.350000001Z", "2024-03-05T14:00:05.750Z"],
        "what was written in another second keeps its own stamp"
    );
    // A stamp of the start is moved only within its second.
    let apache = |outer: &str, took: u32| {
        format!(
            "2024-03-05T14:00:{outer}Z stdout F 203.0.113.9 - - [05/Mar/2024:14:00:05 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" {took}\n"
        )
    };
    let text = apache("05.600000000", 250_000)
        + &apache("08.600000000", 3_000_000)
        + &apache("09.1", 250_000);
    assert_eq!(
        written(&read(&text).1, &["time"]),
        [
            "2024-03-05T14:00:05.350Z",
            "2024-03-05T14:00:05.600Z",
            "2024-03-05T14:00:05Z"
        ]
    );
    // Stamps that are finer themselves are left alone, whole ones among them too.
    let json = |at: &str| {
        format!(
            "2024-03-05T14:00:05.900000000Z stdout F {{\"ts\":\"2024-03-05T14:00:05.{at}Z\",\"level\":\"info\",\"msg\":\"a\"}}\n"
        )
    };
    assert_eq!(
        written(&read(&(json("000") + &json("250"))).1, &["time"]),
        ["2024-03-05T14:00:05Z", "2024-03-05T14:00:05.250Z"]
    );
}

#[test]
fn a_bare_whole_number_behind_a_request_is_told_by_what_lasts_how_long() {
    let log = |number: fn(u64) -> u64| {
        let line = |i: u64| {
            let (minute, second) = (i / 60, i % 60);
            format!(
                "203.0.113.9 - - [05/Mar/2024:14:{minute:02}:{second:02} +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\" {}\n",
                number(i)
            )
        };
        (0..300).map(line).collect::<String>()
    };
    let named = |number| read(&log(number)).0;
    assert_eq!(
        named(|i| i * 7919 % 40),
        "tomcat",
        "milliseconds of a fast service"
    );
    assert_eq!(
        named(|i| 900 + i * 7919 % 300_000),
        "apache-timed",
        "microseconds"
    );
    assert_eq!(
        named(|i| u64::from(i % 10 == 0)),
        "nginx-timed",
        "whole seconds, most of them none"
    );
}
