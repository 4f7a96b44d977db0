//! Lines as servers write them during an outage: nothing was reached, nobody waited, the request
//! was none. Each has the right time, status, duration in its unit and client, or none.

use rfo::clock::{Zone, words::rfc3339};
use rfo::events::{Number, Text};
use rfo::formats::parse::parse_text;
use rfo::formats::{builtin, detect};
use rfo::lines::LineBatch;

/// Detects the format of a line and says what is read:
/// `FORMAT START STATUS LATENCY_US CLIENT ENDPOINT`.
fn check(line: &str, expected: &str) {
    let batch = LineBatch::split(line.as_bytes().to_vec(), 0);
    let detected = detect(&batch, "x").unwrap_or_else(|| panic!("no format for {line}"));
    let parsed = parse_text(&detected.format, Zone::UTC, line.as_bytes());
    assert_eq!(parsed.chunk.len(), 1, "{}: {line}", detected.format.name);
    let number = |field| {
        let number = parsed.chunk.number_at(field, 0);
        number.map_or("-".to_owned(), |n| n.to_string())
    };
    let text = |field: Text| {
        let symbol = parsed.chunk.text_at(field, 0);
        symbol.map_or("-".to_owned(), |symbol| {
            parsed.names[field as usize].text(symbol)
        })
    };
    let said = [
        detected.format.name.clone(),
        rfc3339(parsed.chunk.time_ns[0]),
        number(Number::Status),
        number(Number::LatencyUs),
        text(Text::Client),
        text(Text::Endpoint),
    ];
    assert_eq!(said.join(" "), expected, "{line}");
}

#[test]
fn a_load_balancer_that_reached_no_target() {
    let alb = |kind: &str, target: &str, times: &str, status: &str| {
        format!(
            r#"{kind} 2024-03-14T09:00:05.500Z app/shop/3f 203.0.113.9:51822 {target} {times} {status} - 210 0 "GET https://shop.example:443/orders/7?x HTTP/2.0" "app" - -"#
        )
    };
    check(
        &alb("h2", "-", "-1 -1 -1", "503"),
        "aws-alb 2024-03-14T09:00:05.500Z 503 - 203.0.113.9 /orders/{id}",
    );
    check(
        &alb("https", "10.0.0.1:80", "0.001 3.499 -1", "502"),
        "aws-alb 2024-03-14T09:00:02Z 502 3500000 203.0.113.9 /orders/{id}",
    );
    check(
        &alb("https", "-", "-1 -1 -1", "460"),
        "aws-alb 2024-03-14T09:00:05.500Z 460 - 203.0.113.9 /orders/{id}",
    );
    check(
        &alb("grpcs", "10.0.0.1:50051", "0.000 0.250 0.000", "200"),
        "aws-alb 2024-03-14T09:00:05.250Z 200 250000 203.0.113.9 /orders/{id}",
    );
    check(
        r#"2019-06-11T04:12:41.000000Z shop 198.51.100.40:2818 - -1 -1 -1 503 0 0 0 "GET http://shop.example:80/ HTTP/1.1" "-" - -"#,
        "aws-elb 2019-06-11T04:12:41Z 503 - 198.51.100.40 /",
    );
}

#[test]
fn nobody_waits_for_the_end_of_a_websocket() {
    check(
        r#"203.0.113.5 - - [22/Jul/2015:15:35:11 +0000] "GET /live HTTP/1.1" 101 512 "-" "-" 60.000"#,
        "nginx-timed 2015-07-22T15:34:11Z 101 - 203.0.113.5 /live",
    );
    check(
        r#"203.0.113.5 - - [22/Jul/2015:15:35:11 +0000] "GET /live HTTP/1.1" 200 512 "-" "-" 60.000"#,
        "nginx-timed 2015-07-22T15:34:11Z 200 60000000 203.0.113.5 /live",
    );
    // The balancer writes how long the handshake took.
    check(
        r#"ws 2024-03-14T09:00:05.500Z app/shop/3f 203.0.113.9:51822 10.0.0.1:80 0.001 0.249 0.000 101 101 210 0 "GET http://shop.example:80/live HTTP/1.1" "app" - -"#,
        "aws-alb 2024-03-14T09:00:05.250Z 101 250000 203.0.113.9 /live",
    );
}

#[test]
fn haproxy_without_a_server_in_every_way_of_writing() {
    let line = |client: &str, date: &str, server: &str, times: &str, status: &str| {
        format!(
            r#"{client} [{date}] web api/{server} {times} {status} 212 - - sQ-- 9/9/9/0/0 0/41 {{shop.example|a b}} "POST /login HTTP/1.1""#
        )
    };
    check(
        &line(
            "198.51.100.7:40112",
            "3/Feb/2024:06:09:12.655",
            "<NOSRV>",
            "0/5001/-1/-1/5001",
            "503",
        ),
        "haproxy-http 2024-02-03T06:09:12.655Z 503 5001000 198.51.100.7 /login",
    );
    check(
        &line(
            "[2001:db8::9]:40112",
            "2024-02-03T06:09:12.655+01:00",
            "web-1",
            "0/0/1/-1/+50",
            "504",
        ),
        "haproxy-http 2024-02-03T05:09:12.655Z 504 50000 2001:db8::9 /login",
    );
    check(
        &line(
            "2001:db8::9:40112",
            "03/Feb/2024:06:09:12.655",
            "<NOSRV>",
            "-1/-1/-1/-1/-1",
            "-1",
        ),
        "haproxy-http 2024-02-03T06:09:12.655Z 0 - 2001:db8::9 /login",
    );
    check(
        "198.51.100.8:33313 [3/Feb/2024:06:12:07.443] pg-in pg/<NOSRV> -1/-1/3000 0 sQ 31/12/8/3/0 0/412",
        "haproxy-tcp 2024-02-03T06:12:07.443Z - 3000000 198.51.100.8 -",
    );
    check(
        "<134>Feb  3 06:09:12 haproxy[7]: 198.51.100.7:40112 [03/Feb/2024:06:09:12.655] web web/<NOSRV> -1/-1/-1/-1/12 400 187 - - PR-- 2/2/0/0/0 0/0 \"<BADREQ>\"",
        "haproxy-http 2024-02-03T06:09:12.655Z 400 12000 198.51.100.7 (malformed request)",
    );
}

#[test]
fn nginx_without_a_request_a_client_or_an_upstream() {
    let line = |client: &str, request: &str, rest: &str| {
        format!(r#"{client} - - [22/Jul/2015:15:35:11 +0100] "{request}" {rest}"#)
    };
    check(
        &line("203.0.113.5", "", r#"400 0 "-" "-" rt=0.500 urt="-""#),
        "nginx-timed 2015-07-22T14:35:10.500Z 400 500000 203.0.113.5 (empty request)",
    );
    check(
        &line("203.0.113.5", r"\x16\x03\x01", r#"400 157 "-" "-""#),
        "combined 2015-07-22T14:35:11Z 400 - 203.0.113.5 (malformed request)",
    );
    check(
        &line(
            "203.0.113.5, 10.0.0.2",
            "GET /a HTTP/1.1",
            r#"502 0 "-" "x" rt=2.000 urt="1.0, 0.5 : 0.5""#,
        ),
        "nginx-timed 2015-07-22T14:35:09Z 502 2000000 203.0.113.5 /a",
    );
    check(
        &line("2001:db8::5", "GET /a HTTP/1.1", r#"499 0 "-" "x" 9.250 -"#),
        "nginx-timed 2015-07-22T14:35:01.750Z 499 9250000 2001:db8::5 /a",
    );
    check(
        &line(
            "unix:",
            "GET /a HTTP/1.1",
            r#"000 0 "-" "x" 0.250 0.100, 0.150"#,
        ),
        "nginx-timed 2015-07-22T14:35:10.750Z 0 250000 unix: /a",
    );
}

#[test]
fn others_that_nobody_answered() {
    check(
        r#"[2022-12-01T06:04:10.123Z] "- - -" 0 UF,URX 0 0 15000 - "-" "-" "-" "-" "-""#,
        "envoy 2022-12-01T06:04:10.123Z 0 15000000 - (empty request)",
    );
    check(
        r#"203.0.113.70 - - [24/Nov/2024:13:40:16 +0100] "GET /old HTTP/1.1" - - "-" "-" 90212 "-" "-" 0ms"#,
        "traefik-clf 2024-11-24T12:40:16Z - 0 203.0.113.70 /old",
    );
    check(
        r#"203.0.113.5 - - [22/Jul/2015:15:35:11 +0100] "-" 408 - "-" "-" 20000812"#,
        "apache-timed 2015-07-22T14:35:11Z 408 20000812 203.0.113.5 (empty request)",
    );
    check(
        "1694512375.000  30000 10.5.0.9 TCP_MISS_ABORTED/000 0 CONNECT repo.example:443 - HIER_NONE/- -",
        "squid 2023-09-12T09:52:25Z 0 30000000 10.5.0.9 repo.example:443",
    );
}

/// The same request of 250 ms from 10:00:00, as five programs tell it: their stamps are of its
/// start or its end, in whole seconds or not, their durations in four units.
#[test]
fn the_same_request_begins_and_lasts_the_same_for_all() {
    let lines = [
        r#"203.0.113.5 - - [1437559200.250] "GET /a HTTP/1.1" 200 5 "-" "x" 0.250"#,
        r#"203.0.113.5 - - [22/Jul/2015:10:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x" 250000"#,
        r#"[2015-07-22T10:00:00.000Z] "GET /a HTTP/1.1" 200 - 0 5 250 249 "203.0.113.5" "x" "1" "s" "10.0.0.1:80""#,
        r#"http 2015-07-22T10:00:00.250Z app/s/1 203.0.113.5:9 10.0.0.1:80 0.001 0.248 0.001 200 200 0 5 "GET http://s:80/a HTTP/1.1" "x" - -"#,
        r#"{"StartUTC":"2015-07-22T10:00:00Z","DownstreamStatus":200,"Duration":250000000,"ClientHost":"203.0.113.5","RequestMethod":"GET","RequestPath":"/a"}"#,
    ];
    let formats = [
        "nginx-iso",
        "apache-timed",
        "envoy",
        "aws-alb",
        "traefik-json",
    ];
    for (line, format) in lines.iter().zip(formats) {
        assert!(builtin().any(|known| known.name == format));
        let same = "2015-07-22T10:00:00Z 200 250000 203.0.113.5 /a";
        check(line, &format!("{format} {same}"));
    }
}
