//! nginx' `log_format`: `'$remote_addr - $remote_user [$time_local] "$request" $status'`.
//!
//! In: the string, or the whole directive. Out: a format. Variables that say nothing of an
//! event, and unknown ones, are passed over; what stands between them is needed all the same.

use super::super::{Format, StampSide};
use super::assemble::{self, Piece, Value};
use super::unquoted;

/// Variables, the words of their fields and, among those of one role, which counts first.
const VARIABLES: [(&str, &str, u8); 35] = [
    ("msec", "time:epoch", 0),
    ("time_iso8601", "time:iso", 1),
    ("time_local", "time:clf", 2),
    ("request_time", "latency:s", 0),
    ("session_time", "latency:s", 1),
    ("upstream_response_time", "latency:s", 2),
    ("request", "request", 0),
    ("request_uri", "path", 1),
    ("uri", "path", 2),
    ("document_uri", "path", 3),
    ("request_method", "method", 0),
    ("status", "status", 0),
    ("body_bytes_sent", "bytes", 0),
    ("bytes_sent", "bytes", 1),
    ("http_x_forwarded_for", "client:list", 0),
    ("proxy_add_x_forwarded_for", "client:list", 0),
    ("http_x_real_ip", "client", 0),
    ("http_cf_connecting_ip", "client", 0),
    ("http_true_client_ip", "client", 0),
    ("the_real_ip", "client", 0),
    ("remote_addr", "client", 1),
    ("realip_remote_addr", "client", 1),
    ("proxy_protocol_addr", "client", 1),
    ("remote_user", "user", 0),
    ("http_user_agent", "agent", 0),
    ("proxy_upstream_name", "service", 0),
    ("host", "service", 1),
    ("http_host", "service", 2),
    ("server_name", "service", 3),
    ("upstream_addr", "host", 0),
    ("hostname", "host", 1),
    ("ssl_server_name", "service", 4),
    ("request_id", "request_id", 0),
    ("req_id", "request_id", 1),
    ("http_x_request_id", "request_id", 1),
];

/// The format of a string; an error names the position in it.
pub fn compile(text: &str) -> Result<Format, String> {
    let text = unquoted(text, "log_format ")?;
    // nginx stamps when the response was sent.
    assemble::format(pieces(&text)?, StampSide::End)
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some(dollar) = rest.find('$') else {
            pieces.push(Piece::Literal(rest.to_owned()));
            break;
        };
        if dollar > 0 {
            pieces.push(Piece::Literal(rest[..dollar].to_owned()));
        }
        let position = text.len() - rest.len() + dollar + 1;
        let (name, tail) = name(&rest[dollar + 1..])
            .ok_or_else(|| format!("no variable follows the $ at {position}"))?;
        let known = VARIABLES.iter().find(|(known, ..)| *known == name);
        let (word, rank) = known.map_or(("_", 0), |(_, word, rank)| (*word, *rank));
        pieces.push(Piece::Value(Value {
            written: format!("${name}"),
            position,
            word,
            rank,
            is_list: name.starts_with("upstream_") || word == "client:list",
        }));
        rest = tail;
    }
    Ok(pieces)
}

/// `name rest` or `{name}rest`.
fn name(text: &str) -> Option<(&str, &str)> {
    if let Some(body) = text.strip_prefix('{') {
        return body.split_once('}').filter(|(name, _)| !name.is_empty());
    }
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use crate::formats::log_format::compile as any;
    use crate::formats::log_format::tests::{check, refused};

    #[test]
    fn the_usual_strings_are_read() {
        check(
            r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time uct="$upstream_connect_time" urt="$upstream_response_time""#,
            r#"203.0.113.5 - bob [22/Jul/2015:15:35:11 +0100] "GET /a/7?x HTTP/1.1" 502 17 "-" "x y" rt=1.100 uct="0.1, 0.2 : 0.3" urt="0.5, 0.6 : 0.1""#,
            "2015-07-22T14:35:09.900Z status=502 latency_us=1100000 bytes=17 client=203.0.113.5 endpoint=/a/{id} method=GET user=bob agent=x y",
        );
        check(
            r#"log_format main escape=default '$http_x_forwarded_for - [$time_iso8601] $host "$request" '
               '$status $upstream_addr $upstream_status $upstream_response_time';"#,
            r#"203.0.113.5, 10.0.0.2 - [2015-07-22T15:35:11+01:00] shop.example "" 400 10.0.0.1:80, 10.0.0.2:80 : unix:/x 502, 504 : 200 0.100, 0.200 : 0.700"#,
            "2015-07-22T14:35:10Z status=400 latency_us=1000000 client=203.0.113.5 endpoint=(empty request) service=shop.example host=10.0.0.1:80, 10.0.0.2:80 : unix:/x",
        );
        check(
            "$msec $remote_addr $request_method $scheme://$host$request_uri $status $request_length $request_id",
            "1437575711.250 203.0.113.5 GET https://shop.example/a/7?x=1 200 17 af0",
            "2015-07-22T14:35:11.250Z status=200 client=203.0.113.5 endpoint=shop.example/a/{id} method=GET",
        );
    }

    #[test]
    fn strings_of_other_sites_are_read() {
        check(
            r#"log_format main '$remote_addr - $remote_user [$time_local] "$request" '
               '$status $body_bytes_sent "$http_referer" '
               '"$http_user_agent" "$http_x_forwarded_for"';"#,
            r#"10.0.0.2 - - [22/Jul/2015:15:35:11 +0100] "GET /a HTTP/1.1" 502 17 "-" "x (y)" "203.0.113.5, 10.0.0.3""#,
            "2015-07-22T14:35:11Z status=502 bytes=17 client=203.0.113.5 endpoint=/a method=GET agent=x (y)",
        );
        check(
            r"log_format vhosts '$host $remote_addr [$time_local] $status $request_time $upstream_response_time $pipe';",
            "shop.example 203.0.113.5 [22/Jul/2015:15:35:11 +0100] 499 9.250 - .",
            "2015-07-22T14:35:01.750Z status=499 latency_us=9250000 client=203.0.113.5 service=shop.example",
        );
        check(
            "log_format ltsv \"time:$time_local\\thost:$remote_addr\\turi:$request_uri\\tstatus:$status\\treqtime:$request_time\";",
            "time:22/Jul/2015:15:35:11 +0100\thost:203.0.113.5\turi:/a?x=1\tstatus:200\treqtime:0.250",
            "2015-07-22T14:35:10.750Z status=200 latency_us=250000 client=203.0.113.5 endpoint=/a",
        );
        check(
            r#"log_format stream '$remote_addr [$time_local] $protocol $status $bytes_sent $session_time "$upstream_addr"';"#,
            r#"203.0.113.5 [22/Jul/2015:15:35:11 +0100] TCP 502 0 3.001 "10.1.1.1:5432""#,
            "2015-07-22T14:35:07.999Z status=502 latency_us=3001000 bytes=0 client=203.0.113.5 host=10.1.1.1:5432",
        );
        check(
            r#"$the_real_ip - [$time_iso8601] "$request" $status $request_time [$proxy_upstream_name] $upstream_addr $upstream_response_time $upstream_status $req_id"#,
            r#"203.0.113.5 - [2015-07-22T15:35:11+01:00] "GET /a HTTP/1.1" 503 0.000 [shop-web-80] - - - af01"#,
            "2015-07-22T14:35:11Z status=503 latency_us=0 client=203.0.113.5 endpoint=/a method=GET service=shop-web-80",
        );
    }

    #[test]
    fn json_strings_are_read_by_their_keys() {
        check(
            r#"log_format json escape=json '{"time":"$time_iso8601","http":{"status":$status,"method":"$request_method"},"uri":"$request_uri","took":$request_time,"up":"$upstream_response_time","ip":"$remote_addr","xff":"$http_x_forwarded_for","v":1}';"#,
            r#"{"time":"2015-07-22T15:35:11+01:00","http":{"status":499,"method":"GET"},"uri":"/a/7?x=\"1\"","took":0.250,"up":"-","ip":"10.0.0.2","xff":"203.0.113.5, 10.0.0.3","v":1}"#,
            "2015-07-22T14:35:10.750Z status=499 latency_us=250000 client=203.0.113.5 endpoint=/a/{id} method=GET",
        );
    }

    #[test]
    fn errors_name_the_position_and_the_cause() {
        refused(
            "$time_local $status$request_time",
            "nothing separates $status from $request_time at 20",
        );
        refused("$status $request", "no time");
        refused("$time_local $ $status", "no variable follows the $ at 13");
        refused("log_format main '$time_local $status", "not closed");
        refused(r#"{"a":"$time_local","b":}"#, "not JSON");
        refused("[$time_local] {$status}", "brace");
        assert!(any("hello").is_err());
    }
}
