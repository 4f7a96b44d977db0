//! Logs of libraries and gateways that have no definition: what their keys mean is inferred from
//! names and values. Each line is written once for a request of 250 ms that went well and once for
//! one that failed after 30 s; both say the right start, status, duration in its unit, level, client
//! and endpoint.

use rfo::clock::{NS_PER_S, Zone};
use rfo::formats::parse::parse_text;
use rfo::formats::{Parsed, detect};
use rfo::lines::LineBatch;

use crate::fixtures::written;

/// How a library writes a duration: of 250 ms, and of 30 s.
type Took = (&'static str, &'static str);

const MS: Took = ("250", "30000");
const MS_DECIMAL: Took = ("250.125", "30000.5");
const S_DECIMAL: Took = ("0.250125", "30.0005");
const NS: Took = ("250125000", "30000500000");
const WORDS: (&str, &str) = ("info", "error");

/// Name, line with `{n}` (a second), `{status}`, `{level}`, `{took}`, the words of its levels, its
/// durations, what is read of the first line but for the level: `client endpoint`.
type Library = (
    &'static str,
    &'static str,
    (&'static str, &'static str),
    Took,
    &'static str,
);

const LIBRARIES: &[Library] = &[
    (
        "pino-http",
        r#"{"level":{level},"time":17096472{n}000,"pid":7,"hostname":"h","req":{"id":1,"method":"GET","url":"/pay","remoteAddress":"10.0.0.7","remotePort":4100},"res":{"statusCode":{status}},"responseTime":{took},"msg":"request completed"}"#,
        ("30", "50"),
        MS,
        "10.0.0.7 /pay",
    ),
    (
        "bunyan",
        r#"{"name":"shop","hostname":"h","pid":7,"level":{level},"req":{"method":"GET","url":"/pay","remoteAddress":"10.0.0.7"},"res":{"statusCode":{status}},"latency":{took},"msg":"handled","time":"2024-03-05T14:00:{n}.000Z","v":0}"#,
        ("30", "50"),
        MS,
        "10.0.0.7 /pay",
    ),
    (
        "winston",
        r#"{"level":"{level}","message":"HTTP GET /pay","meta":{"req":{"url":"/pay","method":"GET"},"res":{"statusCode":{status}},"responseTime":{took}},"timestamp":"2024-03-05T14:00:{n}.000Z"}"#,
        WORDS,
        MS,
        "- /pay",
    ),
    (
        "zerolog",
        r#"{"level":"{level}","method":"GET","path":"/pay","status":{status},"duration":{took},"ip":"10.0.0.7","time":"2024-03-05T14:00:{n}Z","message":"request"}"#,
        WORDS,
        MS_DECIMAL,
        "10.0.0.7 /pay",
    ),
    (
        "zap of another configuration",
        r#"{"L":"{level}","T":"2024-03-05T14:00:{n}.000Z","C":"mid/log.go:3","M":"served","status":{status},"elapsed":"{took}","uri":"/pay","remote":"10.0.0.7:4100"}"#,
        ("INFO", "ERROR"),
        ("250.125ms", "30.0005s"),
        "10.0.0.7 /pay",
    ),
    (
        "slog",
        r#"{"time":"2024-03-05T14:00:{n}.000Z","level":"{level}","msg":"request","request":{"method":"GET","path":"/pay","ip":"10.0.0.7"},"response":{"status":{status},"latency":{took}}}"#,
        ("INFO", "ERROR"),
        NS,
        "10.0.0.7 /pay",
    ),
    (
        "logrus",
        r#"{"level":"{level}","msg":"ok","time":"2024-03-05T14:00:{n}Z","duration":{took},"status":{status},"path":"/pay","client":"10.0.0.7"}"#,
        WORDS,
        NS,
        "10.0.0.7 /pay",
    ),
    (
        "structlog",
        r#"{"event":"request_finished","level":"{level}","timestamp":"2024-03-05T14:00:{n}.000Z","logger":"app.http","code":{status},"request":"GET /pay","ip":"10.0.0.7","duration_s":{took}}"#,
        WORDS,
        S_DECIMAL,
        "10.0.0.7 /pay",
    ),
    (
        "Serilog's JSON",
        r#"{"Timestamp":"2024-03-05T14:00:{n}.000Z","Level":"{level}","MessageTemplate":"HTTP {RequestMethod}","Properties":{"RequestMethod":"GET","RequestPath":"/pay","StatusCode":{status},"Elapsed":{took},"ClientIp":"10.0.0.7"}}"#,
        ("Information", "Error"),
        MS_DECIMAL,
        "10.0.0.7 /pay",
    ),
    (
        "ECS",
        r#"{"@timestamp":"2024-03-05T14:00:{n}.000Z","log.level":"{level}","message":"GET","ecs.version":"1.6.0","http.request.method":"GET","http.response.status_code":{status},"url.path":"/pay","event.duration":{took},"source.ip":"10.0.0.7"}"#,
        WORDS,
        NS,
        "10.0.0.7 /pay",
    ),
    (
        "GELF",
        r#"{"version":"1.1","host":"h","short_message":"GET /pay","timestamp":17096472{n}.000,"level":{level},"_status":{status},"_path":"/pay","_duration_ms":{took},"_client_ip":"10.0.0.7"}"#,
        ("6", "3"),
        MS,
        "10.0.0.7 /pay",
    ),
    (
        "log4j2's JsonLayout",
        r#"{"instant":{"epochSecond":17096472{n},"nanoOfSecond":0},"thread":"main","level":"{level}","loggerName":"shop.Api","message":"done","contextMap":{"status":"{status}","uri":"/pay","took":"{took}"}}"#,
        ("INFO", "ERROR"),
        MS,
        "- /pay",
    ),
    (
        "logstash-logback access",
        r#"{"@timestamp":"2024-03-05T14:00:{n}.000Z","@version":"1","level":"{level}","message":"x","method":"GET","status_code":{status},"requested_uri":"/pay","remote_host":"10.0.0.7","elapsed_time":{took}}"#,
        ("INFO", "ERROR"),
        MS,
        "10.0.0.7 /pay",
    ),
    (
        "Datadog",
        r#"{"date":"2024-03-05T14:00:{n}.000Z","status":"{level}","message":"x","service":"shop","http":{"status_code":{status},"url_details":{"path":"/pay"},"method":"GET"},"duration":{took},"network":{"client":{"ip":"10.0.0.7"}}}"#,
        WORDS,
        NS,
        "10.0.0.7 /pay",
    ),
    (
        "OpenTelemetry, flat",
        r#"{"Timestamp":"2024-03-05T14:00:{n}.000Z","SeverityText":"{level}","Body":"x","Attributes":{"http.response.status_code":{status},"url.path":"/pay","http.server.request.duration":{took},"client.address":"10.0.0.7"}}"#,
        ("INFO", "ERROR"),
        S_DECIMAL,
        "10.0.0.7 /pay",
    ),
    (
        "nginx, JSON of its own",
        r#"{"time_local":"05/Mar/2024:14:00:{n} +0000","remote_addr":"10.0.0.7","request":"GET /pay HTTP/1.1","status":"{status}","request_time":"{took}","upstream_response_time":"-","severity":"{level}"}"#,
        WORDS,
        S_DECIMAL,
        "10.0.0.7 /pay",
    ),
    (
        "AWS API Gateway",
        r#"{"requestId":"r","ip":"10.0.0.7","requestTime":"05/Mar/2024:14:00:{n} +0000","httpMethod":"GET","routeKey":"GET /pay","path":"/pay","status":"{status}","responseLatency":"{took}","level":"{level}"}"#,
        WORDS,
        MS,
        "10.0.0.7 /pay",
    ),
    (
        "Go kit",
        "ts=2024-03-05T14:00:{n}.000Z caller=a.go:3 level={level} method=GET path=/pay status={status} took={took} peer=10.0.0.7:4100",
        WORDS,
        ("250.125ms", "30.0005s"),
        "10.0.0.7 /pay",
    ),
    (
        "logrus, text",
        r#"time="2024-03-05T14:00:{n}Z" level={level} msg="finished call" duration={took} status={status} uri=/pay peer="10.0.0.7:4100""#,
        WORDS,
        S_DECIMAL,
        "10.0.0.7 /pay",
    ),
    (
        "a service of our own",
        r#"{"when":"2024-03-05T14:00:{n}.000Z","sev":"{level}","what":"x","response":{"status":{status}},"elapsed_millis":{took},"resource":"/pay","caller_ip":"10.0.0.7, 10.0.0.1"}"#,
        WORDS,
        MS,
        "10.0.0.7 /pay",
    ),
];

fn read(text: &str) -> Parsed {
    let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
    let found = detect(&batch, "x").unwrap_or_else(|| panic!("no format for {text}"));
    let parsed = parse_text(&found.format, Zone::UTC, text.as_bytes());
    assert_eq!(
        parsed.unparsed, 0,
        "{}: {}",
        found.format.name, found.reason
    );
    parsed
}

#[test]
fn every_library_says_what_happened_in_its_own_words() {
    for (name, line, levels, took, expected) in LIBRARIES {
        let write = |second: usize, failed: bool| {
            let (level, took, status) = match failed {
                true => (levels.1, took.1, "503"),
                false => (levels.0, took.0, "200"),
            };
            line.replace("{n}", &format!("{second:02}"))
                .replace("{status}", status)
                .replace("{level}", level)
                .replace("{took}", took)
                + "\n"
        };
        // Every fifth request fails.
        let text: String = (0..40).map(|i| write(i, i % 5 == 4)).collect();
        let parsed = read(&text);
        let rows = written(&parsed, &["status", "level", "client", "endpoint"]);
        assert_eq!(
            rows[0],
            format!("200\t1\t{}", expected.replace(' ', "\t")),
            "{name}"
        );
        assert_eq!(
            rows[4],
            format!("503\t4\t{}", expected.replace(' ', "\t")),
            "{name}"
        );
        let latencies = written(&parsed, &["latency_us"]);
        let us = |row: usize| latencies[row].parse::<i64>().expect("a duration");
        assert!((250_000..=250_125).contains(&us(0)), "{name}: {}", us(0));
        assert!(
            (30_000_000..=30_000_500).contains(&us(4)),
            "{name}: {}",
            us(4)
        );
        // The stamps are of the end, a second after each other.
        let ends: Vec<i64> = (0..2)
            .map(|row| parsed.chunk.time_ns[row] + us(row) * 1000)
            .collect();
        assert_eq!(ends[1] - ends[0], NS_PER_S, "{name}");
    }
}

#[test]
fn a_stamp_that_says_when_work_began_is_of_the_start() {
    let line = r#"{"started_at":1709647200000,"request":{"method":"GET","uri":"/pay"},"response":{"status":502},"latencies":{"request":250,"proxy":249},"client_ip":"10.0.0.7","service":{"name":"shop"}}"#;
    let parsed = read(&format!("{line}\n").repeat(20));
    assert_eq!(
        written(
            &parsed,
            &["time", "status", "latency_us", "client", "endpoint"]
        )[0],
        "2024-03-05T14:00:00Z\t502\t250000\t10.0.0.7\t/pay"
    );
}
