//! A definition proposed from a sample of lines, for a user to name and mend.
//!
//! In: the first lines of a log. Out: a definition as TOML that reads them: keys with what was
//! inferred of them, or a template of the words that stand still and of the pieces between them
//! that are alike in all lines. Proposes nothing for what a format reads already.

use std::fmt::Write as _;

use super::catalogue;
use super::definition::Definition;
use super::detect::{Detected, detect, first_lines};
use super::field::{Field, LevelScale};
use super::parse::parse_text;
use super::stamp::StampKind;
use super::{Engine, Format, value};
use crate::clock::{Zone, words::rfc3339};
use crate::lines::LineBatch;

/// Samples that are put into a definition.
const SAMPLES: usize = 2;
/// Most words of a line that are looked at one by one; the rest is the message.
const WORDS_MAX: usize = 12;
/// A shorter word that stands on all lines is not taken for a severity.
const LEVEL_LENGTH_MIN: usize = 3;

/// Proposes a definition of that name; an error says why there is none.
pub fn learn(head: &LineBatch, name: &str) -> Result<String, String> {
    let found = detect(head, name);
    let lines: Vec<&[u8]> = lines(head);
    if lines.is_empty() {
        return Err("it holds no line".to_owned());
    }
    let body = match &found {
        Some(found) => match &found.format.engine {
            _ if is_known(&found.format.name) => {
                return Err(format!(
                    "{} reads it already: {}",
                    found.format.name, found.reason
                ));
            }
            Engine::Json(plan) => keys("json", plan.wanted(), &found.format),
            Engine::Logfmt(plan) => keys("logfmt", plan.wanted(), &found.format),
            Engine::Delimited(_) | Engine::Headed(_) => {
                return Err(format!("its columns are read already: {}", found.reason));
            }
            _ => template(&lines)?,
        },
        None => template(&lines)?,
    };
    let head = format!(
        "name = {}\ntitle = {}\n",
        text(name),
        text(&format!("Log of {name}"))
    );
    with_samples(head + &body, &lines, found.as_ref())
}

/// Whether it is the name of a format, perhaps within layers: `combined in docker`.
fn is_known(name: &str) -> bool {
    let own = name.split(" in ").next().unwrap_or(name);
    catalogue::names().any(|known| known == own)
}

fn lines(head: &LineBatch) -> Vec<&[u8]> {
    let n = first_lines(head).len();
    let all = (0..n).map(|i| head.line(i));
    all.filter(|line| !line.trim_ascii().is_empty()).collect()
}

fn text(words: &str) -> String {
    toml::Value::String(words.to_owned()).to_string()
}

fn keys(engine: &str, wanted: &[(Vec<u8>, Field)], format: &Format) -> String {
    let word = |value: Result<toml::Value, _>| {
        value.map_or_else(|_| String::new(), |value| value.to_string())
    };
    let kind = word(toml::Value::try_from(format.kind));
    let stamp = word(toml::Value::try_from(format.side));
    let mut out = format!("engine = \"{engine}\"\nkind = {kind}\nstamp = {stamp}\n\n[fields]\n");
    for (key, field) in wanted {
        if let Some(word) = field.word() {
            let key = String::from_utf8_lossy(key);
            let _ = writeln!(out, "{} = \"{word}\"", text(&key));
        }
    }
    out
}

/// A template of a stamp, of words, and of the message behind them.
fn template(lines: &[&[u8]]) -> Result<String, String> {
    let rest_of = |line: &'_ [u8]| -> Option<usize> {
        let bracket = usize::from(line.starts_with(b"["));
        let n = StampKind::Any.leading_length(&line[bracket..])?;
        Some(bracket + n)
    };
    let stamped: Vec<(&[u8], usize)> = lines
        .iter()
        .filter_map(|line| Some((*line, rest_of(line)?)))
        .collect();
    if stamped.len() * 2 < lines.len() {
        return Err("fewer than half of its lines begin with a stamp".to_owned());
    }
    if stamped.len() < 2 {
        return Err("one line does not tell what varies".to_owned());
    }
    let bracket = if stamped[0].0.starts_with(b"[") {
        "["
    } else {
        ""
    };
    let rests: Vec<&[u8]> = stamped.iter().map(|(line, at)| &line[*at..]).collect();
    let mut out = format!("{bracket}{{time:any}}");
    let rows: Vec<Vec<&[u8]>> = rests.iter().map(|rest| words(rest)).collect();
    let mut seen: Vec<String> = Vec::new();
    let mut column = 0;
    while let Some(piece) = piece(&rows, column, &mut seen) {
        if column > 0 {
            out.push(' ');
        }
        out.push_str(&piece);
        column += 1;
    }
    out.push_str(if column > 0 {
        " {message}"
    } else {
        "{message}"
    });
    let literal = toml::Value::Array(vec![toml::Value::String(out)]);
    // What fills a column up to its width is no empty word.
    let is_padded = |rest: &&[u8]| memchr::memmem::find(rest, b"  ").is_some();
    let padded = match rests.iter().any(is_padded) {
        true => "padded = true\n",
        false => "",
    };
    let has = |name: &str| seen.iter().any(|one| one == name);
    let kind = match has("status") && has("path") {
        true => "access",
        false => "app",
    };
    Ok(format!(
        "engine = \"template\"\nkind = \"{kind}\"\nstamp = \"end\"\n{padded}templates = {literal}\n"
    ))
}

/// The words of a line behind its stamp, the first as it follows the stamp; what brackets hold
/// with blanks beside it, `[INFO ]`, is one.
fn words(rest: &[u8]) -> Vec<&[u8]> {
    let blank = |from: usize| {
        let at = memchr::memchr(b' ', &rest[from..]);
        at.map_or(rest.len(), |at| from + at)
    };
    let mut words = vec![&rest[..blank(0)]];
    let mut at = blank(0);
    while words.len() < WORDS_MAX {
        at += rest[at..].iter().take_while(|byte| **byte == b' ').count();
        if at >= rest.len() {
            break;
        }
        let mut end = blank(at);
        if rest[at] == b'[' && !rest[at..end].contains(&b']') {
            let inner = &rest[at + 1..];
            let close = memchr::memchr(b']', inner);
            let is_one = |close: &usize| word_count(&inner[..*close]) == 1;
            end = close
                .filter(is_one)
                .map_or(end, |close| blank(at + 1 + close));
        }
        words.push(&rest[at..end]);
        at = end;
    }
    words
}

fn word_count(text: &[u8]) -> usize {
    let words = text.split(|byte| *byte == b' ');
    words.filter(|word| !word.is_empty()).count()
}

/// One word of all lines as a piece of a template; `None` where the message begins: the lines
/// end, or what stands there is not alike.
fn piece(rows: &[Vec<&[u8]>], column: usize, seen: &mut Vec<String>) -> Option<String> {
    let words: Vec<&[u8]> = rows
        .iter()
        .filter_map(|row| row.get(column).copied())
        .collect();
    let longer = rows.iter().filter(|row| row.len() > column + 1).count();
    if words.is_empty() || longer < rows.len() {
        return None;
    }
    let mut distinct = words.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let written = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
    let (open, close) = wrapping(&words);
    let inner: Vec<&[u8]> = words
        .iter()
        .map(|word| word[open.len()..word.len() - close.len()].trim_ascii())
        .collect();
    // A log may hold one severity only so far: it is one all the same.
    let is_severity = inner[0].len() >= LEVEL_LENGTH_MIN && is_level(inner[0]);
    let has_level = seen.iter().any(|one| one == "level");
    let stands = distinct.len() == 1 && (has_level || !is_severity);
    if stands && !distinct[0].contains(&b'{') && !distinct[0].contains(&b'}') {
        return Some(written(distinct[0]));
    }
    let field = role(&inner, seen).or_else(|| (!open.is_empty()).then(|| "_".to_owned()))?;
    Some(format!("{}{{{field}}}{}", written(open), written(close)))
}

/// What stands around all of the words: brackets, quotes, a colon behind.
fn wrapping<'a>(words: &[&'a [u8]]) -> (&'a [u8], &'a [u8]) {
    const AROUND: [(&[u8], &[u8]); 7] = [
        (b"[", b"]:"),
        (b"[", b"]"),
        (b"(", b")"),
        (b"<", b">"),
        (b"\"", b"\""),
        (b"", b":"),
        (b"", b","),
    ];
    let first = words[0];
    AROUND
        .iter()
        .find(|(open, close)| {
            let within = |word: &&[u8]| {
                word.len() > open.len() + close.len()
                    && word.starts_with(open)
                    && word.ends_with(close)
            };
            words.iter().all(within)
        })
        .map_or((b"", b""), |(open, close)| {
            (&first[..open.len()], &first[first.len() - close.len()..])
        })
}

/// Whether a word is a severity.
fn is_level(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_alphabetic) && value::level(word, LevelScale::Words).is_some()
}

/// The word of the field that all values look like; each is used once.
fn role(values: &[&[u8]], seen: &mut Vec<String>) -> Option<String> {
    let all = |fits: &dyn Fn(&[u8]) -> bool| values.iter().all(|value| fits(value));
    let is_address = |value: &[u8]| {
        let text = std::str::from_utf8(value).unwrap_or_default();
        text.parse::<std::net::IpAddr>().is_ok()
    };
    let is_status = |value: &[u8]| value::integer(value).is_some_and(|n| (100..600).contains(&n));
    let name = if all(&is_level) {
        "level"
    } else if all(&is_address) {
        "client"
    } else if all(&is_status) {
        "status"
    } else if all(&|value| value.starts_with(b"/")) {
        "path"
    } else if all(&|value| value::integer(value).is_some()) {
        "_"
    } else {
        return None;
    };
    if name != "_" && seen.iter().any(|one| one == name) {
        return None;
    }
    seen.push(name.to_owned());
    Some(name.to_owned())
}

/// The definition with the first lines that it reads, and what it reads of them.
fn with_samples(
    mut out: String,
    lines: &[&[u8]],
    found: Option<&Detected>,
) -> Result<String, String> {
    let read = Definition::read("the proposal", &out).map_err(|error| error.to_string())?;
    let format = read.compile().map_err(|error| error.to_string())?;
    let mut samples = 0;
    for line in lines {
        let parsed = parse_text(&format, Zone::UTC, line);
        if parsed.chunk.len() != 1 || samples == SAMPLES {
            continue;
        }
        samples += 1;
        let line = text(&String::from_utf8_lossy(line));
        let time = rfc3339(parsed.chunk.time_ns[0]);
        let _ = write!(out, "\n[[sample]]\nline = {line}\ntime = \"{time}\"\n");
    }
    match (samples, found) {
        (0, Some(found)) => Err(format!(
            "no template fits; it is read as {}",
            found.format.name
        )),
        (0, None) => Err("no template fits its lines".to_owned()),
        _ => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::check::check;

    fn learnt(lines: &str) -> Result<String, String> {
        learn(&LineBatch::split(lines.as_bytes().to_vec(), 0), "ours")
    }

    fn sound(lines: &str) -> String {
        let text = learnt(lines).expect("a proposal");
        let definition = Definition::read("ours", &text).expect("reads");
        let format = definition.compile().expect("compiles");
        assert_eq!(check(&definition, &format), Vec::<String>::new(), "{text}");
        text
    }

    #[test]
    fn words_that_stand_still_and_pieces_that_are_alike_make_a_template() {
        let text = sound(
            "2024-05-03 09:00:01.250 INFO <7> gate 10.0.0.7 open for ann\n\
             2024-05-03 09:00:02.000 WARN <12> gate 10.0.0.8 slow for bob, 3 wait\n",
        );
        assert!(
            text.contains("{time:any} {level} <{_}> gate {client} {message}"),
            "{text}"
        );
    }

    #[test]
    fn a_severity_is_one_though_all_lines_have_the_same_or_pad_it() {
        let check = |lines: &str, template: &str| {
            let text = sound(lines);
            assert!(
                text.contains(&format!("templates = [\"{template}\"]")),
                "{text}"
            );
        };
        check(
            "2024-05-03 09:00:01.250 [INFO ] gate open for ann\n\
             2024-05-03 09:00:02.000 [INFO ] gate shut by bob\n",
            "{time:any} [{level}] gate {message}",
        );
        check(
            "2024-05-03 09:00:01.250 INFO: gate open for ann\n\
             2024-05-03 09:00:02.000 INFO: gate shut by bob\n",
            "{time:any} {level}: gate {message}",
        );
        check(
            "2024-05-03 09:00:01.250 <7> INFO  gate open for ann\n\
             2024-05-03 09:00:02.000 <8> ERROR gate shut by bob\n",
            "{time:any} <{_}> {level} gate {message}",
        );
        // A name of two letters is none.
        check(
            "2024-05-03 09:00:01.250 f gate open for ann\n\
             2024-05-03 09:00:02.000 f gate shut by bob\n",
            "{time:any} f gate {message}",
        );
    }

    #[test]
    fn keys_are_written_as_they_were_inferred() {
        let text =
            sound("{\"when\":1,\"ts\":\"2024-05-03T09:00:01Z\",\"msg\":\"a\",\"took_ms\":5}\n");
        assert!(text.contains("\"ts\" = \"time:any\""), "{text}");
        assert!(text.contains("\"took_ms\" = \"latency:ms\""), "{text}");
        assert!(text.contains("kind = \"app\"\nstamp = \"end\""), "{text}");
    }

    #[test]
    fn requests_are_learnt_as_requests_and_starts_as_starts() {
        let text = sound(
            "{\"start_time\":\"2024-05-03T09:00:01Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200,\"took_ms\":5}\n",
        );
        assert!(
            text.contains("kind = \"access\"\nstamp = \"start\""),
            "{text}"
        );
    }

    #[test]
    fn a_template_with_path_and_status_is_of_requests() {
        let text =
            sound("2024-05-03 09:00:01.250 <7> /a 200 x\n2024-05-03 09:00:02.000 <8> /b 503 y\n");
        assert!(text.contains("kind = \"access\""), "{text}");
    }

    #[test]
    fn what_is_read_already_or_has_no_stamp_is_not_learnt() {
        let known = "10.0.0.7 - - [03/May/2024:09:00:01 +0000] \"GET / HTTP/1.1\" 200 5\n";
        assert!(
            learnt(known)
                .expect_err("known")
                .contains("combined reads it already")
        );
        let shipped = format!("{{\"@timestamp\":\"2024-05-03T09:00:01Z\",\"log\":{known:?}}}\n");
        assert!(
            learnt(&shipped)
                .expect_err("known")
                .contains("combined in records reads it already")
        );
        assert!(
            learnt("a b c\nd e f\n")
                .expect_err("no stamp")
                .contains("stamp")
        );
        let one = "2024-05-03 09:00:01 <7> gate open\n";
        assert!(learnt(one).expect_err("one line").contains("what varies"));
        assert!(learnt("").expect_err("nothing").contains("no line"));
    }
}
