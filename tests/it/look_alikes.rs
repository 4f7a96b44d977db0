//! Lines that the formats of other programs would read as well: each is called what it is, and says
//! what it says.

use rfo::clock::{Zone, words::rfc3339};
use rfo::events::{Number, Text};
use rfo::formats::stamp::StampContext;
use rfo::formats::{detect, parse};
use rfo::lines::LineBatch;

/// Detects the format of a source and says it with what its last event says:
/// `FORMAT TIME LEVEL STATUS LATENCY_US SERVICE ENDPOINT`.
fn check(text: &str, expected: &str) {
    let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
    let detected = detect(&batch, "x").unwrap_or_else(|| panic!("no format for {text}"));
    let context = StampContext::from(Zone::UTC);
    let parsed = parse(&detected.format, context, &batch);
    let row = parsed.chunk.len() - 1;
    let number = |field| match parsed.chunk.number_at(field, row) {
        Some(number) => number.to_string(),
        None => "-".to_owned(),
    };
    let text_of = |field: Text| match parsed.chunk.text_at(field, row) {
        Some(symbol) => parsed.names[field as usize].text(symbol),
        None => "-".to_owned(),
    };
    let said = [
        detected.format.name.clone(),
        rfc3339(parsed.chunk.time_ns[row]),
        number(Number::Level),
        number(Number::Status),
        number(Number::LatencyUs),
        text_of(Text::Service),
        text_of(Text::Endpoint),
    ];
    assert_eq!(said.join(" "), expected, "{text}");
}

#[test]
fn what_is_missing_before_a_date_makes_no_line_djangos() {
    let request = "[06/May/2024:07:08:09 +0000] \"GET /a HTTP/1.1\" 200 5";
    check(
        &format!("10.0.0.9 {request}\n10.0.0.8 -{request}\n10.0.0.8 - {request}"),
        "combined 2024-05-06T07:08:09Z - 200 - - /a",
    );
}

#[test]
fn a_level_and_a_thread_in_brackets_are_no_web_servers() {
    check(
        "2024-03-04 10:00:00,123 [INFO] [main] the cart is ready\n2024-03-04 10:00:01,123 [ERROR] [http-nio-8080-exec-4] order #17 is refused",
        "java 2024-03-04T10:00:01.123Z 4 - - - -",
    );
    check(
        "2024-03-04 10:00:00.123456 [NOTICE] [81201] [203.0.113.9:40112:HTTP2-7#shop] x\n2024-03-04 10:00:01.123456 [ERROR] [81201] y",
        "litespeed 2024-03-04T10:00:01.123456Z 4 - - - -",
    );
    check(
        "2024-03-04T10:15:01.123Z [INFO]  agent: Synced service: service=shop\n2024-03-04T10:15:02.123Z [ERROR] agent.http: Request error: no leader",
        "text 2024-03-04T10:15:02.123Z 4 - - - -",
    );
    check(
        "2024/03/04 10:15:02 [error] 31#31: *5 no live upstreams while connecting to upstream, client: 10.0.0.9, server: shop.test, request: \"GET /a HTTP/2.0\", upstream: \"http://backend/a\", host: \"shop.test\"",
        "nginx-error 2024-03-04T10:15:02Z 4 - - shop.test /a",
    );
    check(
        "2024/03/04 10:15:02 [error] 31#31: *5 upstream timed out (110: Operation timed out) while reading upstream, client: 10.0.0.9, server: 0.0.0.0:5432, upstream: \"10.0.0.8:5432\", bytes from/to client:0/0, bytes from/to upstream:0/0",
        "nginx-error 2024-03-04T10:15:02Z 4 - - 0.0.0.0:5432 -",
    );
}

#[test]
fn what_an_application_sends_is_no_request_of_phoenix() {
    check(
        "2024-03-04 10:15:02.100 [INFO] Sent 200 emails in 3 batches\n2024-03-04 10:15:02.123 [ERROR] Sent 500 of 800 emails",
        "text 2024-03-04T10:15:02.123Z 4 - - - -",
    );
}

#[test]
fn a_plugin_of_another_program_makes_its_log_no_name_servers() {
    check(
        "2024-03-04T10:15:01Z [INFO] plugins are loaded\n2024-03-04T10:15:02Z [INFO] plugin/cache is ready\n2024-03-04T10:15:03Z [WARN] cart 8 is late\n2024-03-04T10:15:04Z [ERROR] cart 9 is lost",
        "text 2024-03-04T10:15:04Z 4 - - - -",
    );
}

#[test]
fn a_key_is_what_stands_before_a_colon() {
    // `request` is a message here, and Caddy's object there.
    check(
        r#"{"level":"ERROR","ts":"2024-03-04T10:15:02.123Z","caller":"http/server.go:12","msg":"request","status":502,"duration":"3.1s","uri":"/orders/7"}"#,
        "zap 2024-03-04T10:14:59.023Z 4 502 3100000 - /orders/{id}",
    );
    check(
        r#"{"level":"error","ts":1709547302.5,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"203.0.113.9","method":"GET","host":"shop.test","uri":"/orders/7"},"duration":0.5,"size":0,"status":502}"#,
        "caddy 2024-03-04T10:15:02Z 4 502 500000 shop.test /orders/{id}",
    );
}

#[test]
fn a_format_for_lines_without_a_stamp_has_only_those_that_it_reads() {
    let wrapped = |lines: &[&str]| {
        let line = |(i, line): (usize, &&str)| format!("2024-03-04T10:15:0{i}Z stdout F {line}\n");
        lines.iter().enumerate().map(line).collect::<String>()
    };
    check(
        &wrapped(&["the answer took 12 ms", "WARN the till is slow"]),
        "cri 2024-03-04T10:15:01Z 3 - - - -",
    );
    check(
        &wrapped(&[
            "GET /orders/7 200 12.5 ms - 35",
            "GET /orders/8 500 3000.5 ms - 35",
        ]),
        "morgan in cri 2024-03-04T10:14:57.999500Z - 500 3000500 - /orders/{id}",
    );
}

#[test]
fn a_number_behind_an_access_line_is_not_always_its_duration() {
    let line = |rest: &str| {
        format!(r#"203.0.113.9 - - [04/Mar/2024:10:15:02 +0000] "GET /a HTTP/1.1" 502 9 {rest}"#)
    };
    // How many requests so far, the length of the request, the port of the client.
    for (rest, expected) in [
        (
            r#""-" "-" 4 "till@docker" "http://10.0.0.5:8080" 999ms"#,
            "traefik-clf 2024-03-04T10:15:01.001Z - 502 999000 till@docker /a",
        ),
        (
            r#""-" "curl/8" 80 5.001 [till-80] [] 10.244.1.5:8080 0 5.001 - 8f3c"#,
            "nginx-ingress 2024-03-04T10:14:56.999Z - 502 5001000 till-80 /a",
        ),
        (
            r#""" "" 40112 655 "web" "till" "till-2" 10 0 30 69 109 ---- 12 3 8 4 0 1 2 "" """#,
            "haproxy-http 2024-03-04T10:15:02Z - 502 109000 till /a",
        ),
        (
            r#""-" "curl/8" 12.5 ms"#,
            "morgan 2024-03-04T10:15:01.987500Z - 502 12500 - /a",
        ),
        (
            r#""-" "curl/8" "198.51.100.7""#,
            "combined 2024-03-04T10:15:02Z - 502 - - /a",
        ),
        (
            r#""-" "curl/8" "198.51.100.7" "till.example""#,
            "combined 2024-03-04T10:15:02Z - 502 - - /a",
        ),
        (
            r#""-" "curl/8" "198.51.100.7" "0.250" "0.249""#,
            "nginx-forwarded 2024-03-04T10:15:01.750Z - 502 250000 - /a",
        ),
        (
            r#""-" "curl/8" D=15321"#,
            "apache-timed 2024-03-04T10:15:02Z - 502 15321 - /a",
        ),
    ] {
        check(&line(rest), expected);
    }
    check(
        r#"203.0.113.9 - [203.0.113.9] - - [04/Mar/2024:10:15:02 +0000] "GET /a HTTP/1.1" 502 9 "-" "curl/8" 80 5.001 [till-80] 10.244.1.5:8080 0 5.001 502 8f3c"#,
        "nginx-ingress 2024-03-04T10:14:56.999Z - 502 5001000 till-80 /a",
    );
}

#[test]
fn a_logger_in_brackets_before_the_thread_is_the_service() {
    check(
        "2024-03-04 10:15:01,123 INFO  [io.quarkus] (main) shop 1.0 on JVM started in 1.234s. Listening on: http://0.0.0.0:8080\n2024-03-04 10:15:02,123 ERROR [org.jboss.as] (default task-1) WFLYCTL0013: it failed",
        "java 2024-03-04T10:15:02.123Z 4 - - org.jboss.as -",
    );
    check(
        "2024-03-04T10:15:02.123Z ERROR 1 --- [shop] [nio-8080-exec-2] [65e5a1b2c3d4e5f6-a1b2c3d4] c.e.shop.OrderController                 : boom",
        "java 2024-03-04T10:15:02.123Z 4 - - c.e.shop.OrderController -",
    );
}

#[test]
fn the_second_of_log4j2_has_its_nanoseconds() {
    check(
        r#"{"instant":{"epochSecond":1709547302,"nanoOfSecond":5000000},"thread":"main","level":"ERROR","loggerName":"com.example.Shop","message":"boom"}"#,
        "json 2024-03-04T10:15:02.005Z 4 - - com.example.Shop -",
    );
}
