//! Apache's `LogFormat`: `"%h %l %u %t \"%r\" %>s %b" common`.
//!
//! In: the string, the whole directive or one of the nicknames that come with the server. Out: a
//! format. Directives that say nothing of an event are passed over.

use super::super::{Format, StampSide};
use super::assemble::{self, Piece, Value};
use super::unquoted;

/// The strings behind the nicknames of the server's own configuration.
const NICKNAMES: [(&str, &str); 4] = [
    ("common", r#"%h %l %u %t "%r" %>s %b"#),
    (
        "combined",
        r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#,
    ),
    (
        "vhost_combined",
        r#"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#,
    ),
    (
        "combinedio",
        r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O"#,
    ),
];

/// What only Apache's strings hold: PostgreSQL's have letters behind `%` too.
const SIGNS: [&str; 8] = ["%>s", "%{", "%U", "%O", "%D", "%T", "\"%r", "\\\"%r"];

/// True for a string of Apache's.
pub fn is_one(text: &str) -> bool {
    let is_nickname = |(name, _): &(&str, &str)| *name == text;
    text.starts_with("LogFormat")
        || NICKNAMES.iter().any(is_nickname)
        || SIGNS.iter().any(|sign| text.contains(sign))
}

/// The format of a string; an error names the position in it.
pub fn compile(text: &str) -> Result<Format, String> {
    let nickname = NICKNAMES.iter().find(|(name, _)| *name == text);
    let text = match nickname {
        Some((_, string)) => (*string).to_owned(),
        None => unquoted(text, "LogFormat ")?,
    };
    // Apache stamps when the request came.
    assemble::format(pieces(&text)?, StampSide::Start)
}

/// A directive: `%>s`, `%{Referer}i`, `%!200,304{ms}T`.
struct Directive<'a> {
    parameter: &'a str,
    letter: &'a str,
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let position = text.len() - rest.len() + 1;
        let after = &rest[c.len_utf8()..];
        match c {
            '%' if after.starts_with('%') => {
                literal.push('%');
                rest = &after[1..];
            }
            '%' => {
                let (directive, tail) = directive(after)
                    .ok_or_else(|| format!("the % at {position} is no directive"))?;
                let written = &rest[..rest.len() - tail.len()];
                add(&mut pieces, &mut literal, &directive, (written, position));
                rest = tail;
            }
            '\\' => {
                let escaped = after.chars().next();
                let escaped =
                    escaped.ok_or_else(|| format!("nothing follows the \\ at {position}"))?;
                literal.push(match escaped {
                    't' => '\t',
                    other => other,
                });
                rest = &after[escaped.len_utf8()..];
            }
            c => {
                literal.push(c);
                rest = after;
            }
        }
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn add(
    pieces: &mut Vec<Piece>,
    literal: &mut String,
    directive: &Directive<'_>,
    (written, position): (&str, usize),
) {
    let (word, rank) = meaning(directive);
    // `%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t` is one stamp in three directives.
    let continues = word.starts_with("time")
        && matches!(literal.as_str(), "" | "." | " ")
        && matches!(pieces.last(), Some(Piece::Value(value)) if value.word.starts_with("time"));
    if continues {
        literal.clear();
        return;
    }
    // `%t` writes its own brackets.
    let is_bracketed = directive.letter == "t" && directive.parameter.is_empty();
    if is_bracketed {
        literal.push('[');
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(std::mem::take(literal)));
    }
    pieces.push(Piece::Value(Value {
        written: written.to_owned(),
        position,
        word,
        rank,
        is_list: word == "client:list",
    }));
    if is_bracketed {
        literal.push(']');
    }
}

fn directive(text: &str) -> Option<(Directive<'_>, &str)> {
    // Statuses for which it is written, and which of several internal requests is meant.
    let text = text.trim_start_matches(|c: char| c.is_ascii_digit() || "!,<>".contains(c));
    let (parameter, text) = match text.strip_prefix('{') {
        Some(body) => body.split_once('}')?,
        None => ("", text),
    };
    let text = text.trim_start_matches(['<', '>']);
    let length = if text.starts_with('^') { 3 } else { 1 };
    let letter = text.get(..length)?;
    let is_letter = letter.chars().last()?.is_ascii_alphabetic();
    is_letter.then(|| (Directive { parameter, letter }, &text[length..]))
}

/// The word of a directive's field and its rank among those of one role.
fn meaning(directive: &Directive<'_>) -> (&'static str, u8) {
    let parameter = directive.parameter.to_ascii_lowercase();
    match (directive.letter, parameter.as_str()) {
        ("t", format) => (stamp(format), 0),
        ("D", _) | ("T", "us") => ("latency:us", 0),
        ("T", "ms") => ("latency:ms", 1),
        ("T", _) => ("latency:s", 2),
        ("r", _) => ("request", 0),
        ("U", _) => ("path", 1),
        ("m", _) => ("method", 0),
        ("s", _) => ("status", 0),
        ("b" | "B", _) => ("bytes", 0),
        ("O", _) => ("bytes", 1),
        ("i", "x-forwarded-for") => ("client:list", 0),
        ("i", "x-real-ip" | "cf-connecting-ip" | "true-client-ip" | "x-client-ip") => ("client", 0),
        ("a" | "h", _) => ("client", 1),
        ("u", _) => ("user", 0),
        ("v" | "V", _) => ("service", 0),
        ("i", "host") => ("service", 1),
        ("i", "user-agent") => ("agent", 0),
        _ => ("_", 0),
    }
}

/// The word for a stamp: bare, an epoch, or the part of a date.
fn stamp(format: &str) -> &'static str {
    let format = format
        .trim_start_matches("begin:")
        .trim_start_matches("end:");
    match format {
        "" => "time:clf",
        "sec" | "msec" | "usec" => "time:epoch",
        _ if format.starts_with("%d/%b/%y") => "time:clf",
        _ if format.starts_with("%y-%m-%d") || format.starts_with("%f") => "time:iso",
        _ => "time:any",
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::log_format::tests::{check, refused};

    #[test]
    fn the_usual_strings_are_read() {
        let line = r#"203.0.113.5 - bob [22/Jul/2015:15:35:11 +0100] "GET /a/7?x HTTP/1.1" 503 17 "-" "x \"y\"""#;
        let said = "2015-07-22T14:35:11Z status=503 bytes=17 client=203.0.113.5 endpoint=/a/{id} method=GET user=bob";
        check("combined", line, &format!(r#"{said} agent=x \"y\""#));
        check(
            r#"LogFormat "%h %l %u %t \"%r\" %>s %b" common"#,
            line.split_once(" \"-\"").expect("a referrer").0,
            said,
        );
        check(
            r#"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D"#,
            &format!("{line} 1250000"),
            r#"2015-07-22T14:35:11Z status=503 latency_us=1250000 bytes=17 client=203.0.113.5 endpoint=/a/{id} method=GET user=bob agent=x \"y\""#,
        );
    }

    #[test]
    fn durations_have_the_unit_of_their_directive() {
        let expect = |us: &str| format!("2015-07-22T14:35:11Z status=200 latency_us={us}");
        for (directive, value, us) in [
            ("%T", "2", "2000000"),
            ("%{ms}T", "1250", "1250000"),
            ("%{us}T", "1250", "1250"),
            ("%D", "1250", "1250"),
            ("%T/%D", "0/1250", "1250"),
        ] {
            check(
                &format!("%t %>s {directive}"),
                &format!("[22/Jul/2015:15:35:11 +0100] 200 {value}"),
                &expect(us),
            );
        }
    }

    #[test]
    fn stamps_of_several_directives_and_paths_with_their_query_are_one_field() {
        check(
            r#"[%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t] %v %{X-Forwarded-For}i %a %m "%U%q" %s %O"#,
            r#"[22/Jul/2015:15:35:11.250 +0100] shop.example 203.0.113.5, 10.0.0.2 10.0.0.1 PUT "/a/7?x=1" 204 -"#,
            "2015-07-22T14:35:11.250Z status=204 client=203.0.113.5 endpoint=/a/{id} method=PUT service=shop.example",
        );
        check(
            r#"{"t":"%{%Y-%m-%dT%H:%M:%S%z}t","s":%>s,"us":%D,"c":"%a","r":"%r"}"#,
            r#"{"t":"2015-07-22T15:35:11+0100","s":500,"us":1250,"c":"203.0.113.5","r":"GET /a HTTP/1.1"}"#,
            "2015-07-22T14:35:11Z status=500 latency_us=1250 client=203.0.113.5 endpoint=/a method=GET",
        );
    }

    #[test]
    fn strings_of_other_sites_are_read() {
        check(
            r#"LogFormat "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"" vhost_combined"#,
            r#"shop.example:443 203.0.113.5 - - [22/Jul/2015:15:35:11 +0100] "-" 408 17 "-" "-""#,
            "2015-07-22T14:35:11Z status=408 bytes=17 client=203.0.113.5 endpoint=(empty request) service=shop.example",
        );
        check(
            r#"LogFormat "%h %l %u %t \"%r\" %>s %b %T/%D" timed"#,
            r#"203.0.113.5 - - [22/Jul/2015:15:35:11 +0100] "POST /pay HTTP/1.1" 504 - 60/60000123"#,
            "2015-07-22T14:35:11Z status=504 latency_us=60000123 client=203.0.113.5 endpoint=/pay method=POST",
        );
        check(
            r#"LogFormat "%a %{c}a %t \"%m %U%q %H\" %s %B %{ms}T %{UNIQUE_ID}e" proxied"#,
            r#"203.0.113.5 10.0.0.9 [22/Jul/2015:15:35:11 +0100] "GET /a?x=1 HTTP/1.1" 503 299 1250 ZecR"#,
            "2015-07-22T14:35:11Z status=503 latency_us=1250000 bytes=299 client=203.0.113.5 endpoint=/a method=GET",
        );
        check(
            r#"LogFormat "{ \"time\":\"%{%Y-%m-%dT%H:%M:%S%z}t\", \"ip\":\"%a\", \"host\":\"%V\", \"path\":\"%U\", \"method\":\"%m\", \"status\":\"%>s\", \"us\":\"%D\" }" json"#,
            r#"{ "time":"2015-07-22T15:35:11+0100", "ip":"203.0.113.5", "host":"shop.example", "path":"/a", "method":"GET", "status":"502", "us":"250000" }"#,
            "2015-07-22T14:35:11Z status=502 latency_us=250000 client=203.0.113.5 endpoint=/a method=GET service=shop.example",
        );
        check(
            r#"%h %l %u [%{sec}t.%{usec_frac}t] "%r" %>s %b **%T/%D** %{BALANCER_WORKER_NAME}e"#,
            r#"203.0.113.5 - - [1437575711.250000] "GET /a HTTP/1.1" 503 299 **1/1250000** ajp://app-1:8009"#,
            "2015-07-22T14:35:11.250Z status=503 latency_us=1250000 bytes=299 client=203.0.113.5 endpoint=/a method=GET",
        );
    }

    #[test]
    fn errors_name_the_position_and_the_cause() {
        refused("%t %>s%D", "nothing separates %>s from %D at 7");
        refused("%>s %D", "no time");
        refused("%t %>s %", "the % at 8 is no directive");
        refused("%t %>s %{Referer", "the % at 8 is no directive");
    }
}
