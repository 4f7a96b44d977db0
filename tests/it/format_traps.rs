//! What formats lay in wait with: units by magnitude and by name, keys nested, dotted or twice,
//! values that are none, batches of objects on one line. Each line says what it should.

use rfo::clock::Zone;
use rfo::formats::parse::parse_text;
use rfo::formats::{Parsed, detect};
use rfo::lines::LineBatch;

use crate::fixtures::written;
use crate::made::{analysed, folder};

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
fn keys_that_stand_twice_cost_no_event() {
    check(
        "{\"ts\":\"2024-03-05T14:00:00Z\",\"level\":\"info\",\"level\":\"error\",\"msg\":\"x\"}\n",
        "time",
        "json: 2024-03-05T14:00:00Z",
    );
}

#[test]
fn an_object_behind_words_that_are_the_same_on_most_lines_is_read() {
    let line = |second: u32, words: &str, status: u32| {
        format!(
            "2024-03-05T14:00:{second:02}.250Z {words} {{\"level\":\"error\",\"msg\":\"gone\",\"status\":{status},\"path\":\"/a\"}}\n"
        )
    };
    let text: String = (0..8).map(|i| line(i, "api", 500 + i)).collect();
    let (format, parsed) = read(&text);
    assert_eq!(format, "json in a prefix");
    let said = written(&parsed, &["time", "level", "status", "endpoint"]);
    assert_eq!(said[3], "2024-03-05T14:00:03.250Z\t4\t503\t/a");
    // What stands before the object gives the severity that the object does not have.
    let line = |i: u32| {
        format!(
            "[2024-03-05 14:00:{i:02},250] WARN [worker-{i}] shop.Http - {{\"status\":502,\"path\":\"/a\"}}\n"
        )
    };
    let text =
        (0..8).map(line).collect::<String>() + "[2024-03-05 14:00:09,250] INFO [main] stops\n";
    let (_, parsed) = read(&text);
    assert_eq!((parsed.chunk.len(), parsed.unparsed), (9, 0));
    let said = written(&parsed, &["time", "level", "status"]);
    assert_eq!(said[7], "2024-03-05T14:00:07.250Z\t3\t502");
    assert_eq!(said[8], "2024-03-05T14:00:09.250Z\t1\t-");
}

#[test]
fn words_that_differ_before_an_object_are_the_message() {
    let words = [
        "order placed",
        "mail sent",
        "cart cleared",
        "user left",
        "price changed",
    ];
    let line = |i: usize| {
        format!(
            "2024-03-05T14:00:{i:02}.250Z INFO {} {{\"status\":200,\"path\":\"/a\"}}\n",
            words[i % 5]
        )
    };
    let (format, parsed) = read(&(0..20).map(line).collect::<String>());
    assert!(!format.contains("prefix"), "{format}");
    let rows = written(&parsed, &["time", "message"]);
    assert_eq!(rows.len(), 20);
    assert!(rows[0].contains("order placed"), "{}", rows[0]);
    // Objects that say nothing of what happened are a part of their message.
    let line = |i: usize| format!("2024-03-05T14:00:{i:02}.250Z placed {{\"order\":\"o-{i}\"}}\n");
    let (format, parsed) = read(&(0..20).map(line).collect::<String>());
    assert!(!format.contains("prefix"), "{format}");
    assert!(written(&parsed, &["message"])[0].contains("placed"));
}

#[test]
fn an_entry_that_was_exported_twice_counts_once() {
    let line = |id: &str, second: u32| {
        format!(
            r#"{{"insertId":"{id}","timestamp":"2024-03-05T14:00:{second:02}Z","httpRequest":{{"requestMethod":"GET","requestUrl":"/a","status":502,"latency":"0.250s","remoteIp":"203.0.113.9"}}}}"#
        ) + "\n"
    };
    let text = [
        line("a", 0),
        line("b", 1),
        line("a", 0),
        line("a", 2),
        line("b", 1),
    ]
    .concat();
    let (format, parsed) = read(&text);
    assert_eq!(format, "gcp-load-balancer");
    assert_eq!(
        (parsed.chunk.len(), parsed.headers, parsed.unparsed),
        (3, 2, 0)
    );
}

#[test]
fn an_entry_that_was_exported_twice_counts_once_however_far_apart() {
    // 1 KB a line: the second export begins three blocks behind the first.
    let line = |i: usize| {
        let (minute, second, agent) = (i / 60, i % 60, "x".repeat(800));
        format!(
            r#"{{"insertId":"e{i}","timestamp":"2024-03-05T14:{minute:02}:{second:02}Z","httpRequest":{{"requestMethod":"GET","requestUrl":"/a","status":502,"latency":"0.250s","remoteIp":"203.0.113.9","userAgent":"{agent}"}}}}"#
        ) + "\n"
    };
    let once: String = (0..3_000).map(line).collect();
    let twice = once + &(0..1_500).map(line).collect::<String>();
    let folder = folder(&[("gcp.log".to_owned(), twice.into_bytes())]);
    let path = folder.path().join("gcp.log");
    for threads in [1, 3] {
        let snapshot = analysed(std::slice::from_ref(&path), |options| {
            options.threads = threads
        });
        let input = &snapshot.inputs[0];
        assert_eq!(
            (input.events, input.headers, input.unparsed),
            (3_000, 1_500, 0)
        );
        assert_eq!(input.lines, 4_500);
    }
}

#[test]
fn one_key_may_have_another_unit_in_another_service() {
    let line = |i: usize| {
        let (service, took) = [("cart", "250"), ("pay", "0.250"), ("stock", "250125000")][i % 3];
        let (minute, second) = (i / 60, i % 60);
        format!(
            r#"{{"ts":"2024-03-05T14:{minute:02}:{second:02}Z","service":"{service}","status":200,"path":"/a","duration":{took}}}"#
        ) + "\n"
    };
    let (_, parsed) = read(&(0..120).map(line).collect::<String>());
    let rows = written(&parsed, &["service", "latency_us"]);
    assert_eq!(rows[..3], ["cart\t250000", "pay\t250000", "stock\t250125"]);
}

#[test]
fn one_key_of_logfmt_may_have_another_unit_in_another_service() {
    let line = |i: usize| {
        let (service, took) = [("cart", "250"), ("pay", "0.250"), ("stock", "250125000")][i % 3];
        let (minute, second) = (i / 60, i % 60);
        format!(
            "ts=2024-03-05T14:{minute:02}:{second:02}Z duration={took} status=200 path=/a service={service}\n"
        )
    };
    let (format, parsed) = read(&(0..120).map(line).collect::<String>());
    assert_eq!(format, "logfmt");
    let rows = written(&parsed, &["service", "latency_us"]);
    assert_eq!(rows[..3], ["cart\t250000", "pay\t250000", "stock\t250125"]);
}

#[test]
fn a_comma_may_be_the_point_of_a_number() {
    let many = |line: &str| format!("{line}\n").repeat(20);
    check(
        &many(r#"{"ts":"2024-03-05T14:00:00.5Z","status":200,"path":"/a","took_s":"0,250"}"#),
        "time latency_us",
        "json: 2024-03-05T14:00:00.250Z 250000",
    );
    check(
        &many(r#"{"ts":"2024-03-05T14:00:00.5Z","status":200,"path":"/a","took":"250,5 ms"}"#),
        "latency_us",
        "json: 250500",
    );
    // A list of two upstreams is none.
    check(
        r#"203.0.113.5 - - [05/Mar/2024:14:00:01 +0000] "GET /a HTTP/1.1" 200 5 "-" "x" rt=0.750 urt="0.250,0.500""#,
        "latency_us",
        "nginx-timed: 750000",
    );
    let (format, parsed) = read("time;value\n2024-03-05 14:00:00;0,25\n2024-03-05 14:01:00;12,5\n");
    assert_eq!(format, "metric-csv");
    assert_eq!(written(&parsed, &["value_micro"]), ["250000", "12500000"]);
    let (_, parsed) =
        read("time,value\n2024-03-05 14:00:00,\"1,250\"\n2024-03-05 14:01:00,\"2,500.5\"\n");
    assert_eq!(
        written(&parsed, &["value_micro"]),
        ["1250000000", "2500500000"]
    );
}

#[test]
fn a_message_that_came_again_counts_as_often_as_syslog_says() {
    let text = "Mar  5 14:00:01 web-1 till[7]: card service is gone\n\
                Mar  5 14:00:09 web-1 till[7]: message repeated 3 times: [ card service is gone]\n\
                Mar  5 14:00:19 web-1 last message repeated 5 times\n\
                Mar 15 14:00:20 web-1 till[7]: back again\n";
    let (format, parsed) = read(text);
    assert_eq!(format, "syslog");
    assert_eq!((parsed.chunk.len(), parsed.unparsed), (4, 0));
    let said = written(&parsed, &["repeat", "message"]);
    assert_eq!(
        said,
        [
            "-\tcard service is gone",
            "3\tcard service is gone",
            "5\t-",
            "-\tback again"
        ]
    );
}

#[test]
fn tomcat_10_writes_microseconds_and_stamps_the_end() {
    use rfo::formats::{catalogue, mapping};
    let line = r#"203.0.113.5 - - [05/Mar/2024:14:00:01 +0000] "GET /a HTTP/1.1" 200 5 250000"#;
    let text = format!("{line}\n").repeat(30);
    let batch = LineBatch::split(text.clone().into_bytes(), 0);
    let tomcat = catalogue::all()
        .find(|one| one.name == "tomcat")
        .expect("a format");
    let said = [mapping::Mapping::read("latency=%D:us").expect("a mapping")];
    let forced = rfo::formats::Detected {
        format: tomcat.clone(),
        confidence: 1.0,
        reason: "from --format".to_owned(),
    };
    let found = mapping::mapped(Some(forced), &said, &batch).expect("a format");
    let parsed = parse_text(&found.format, Zone::UTC, text.as_bytes());
    assert_eq!(
        written(&parsed, &["time", "latency_us"])[0],
        "2024-03-05T14:00:00.750Z\t250000"
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
