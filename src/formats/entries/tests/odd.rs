//! Entries that are nearly as usual.

use super::super::front::head;
use super::{check, format};
use crate::clock::Zone;
use crate::events::Text;
use crate::formats::log_format::postgres::Prefix;
use crate::formats::parse::parse_text;
use crate::formats::{Engine, Parsed};

const FRONT: &str = "2019-10-25 05:40:12 UTC [1] ";

fn read(text: &str) -> Parsed {
    parse_text(format(), Zone::UTC, text.as_bytes())
}

fn text(parsed: &Parsed, field: Text) -> String {
    let symbol = parsed.chunk.text_at(field, 0);
    symbol.map_or("-".to_owned(), |symbol| {
        parsed.names[field as usize].text(symbol)
    })
}

#[test]
fn a_statement_of_the_message_stays_and_an_attached_one_ends_where_the_next_part_begins() {
    let attached =
        format!("{FRONT}STATEMENT:  select a\n\tfrom t\n{FRONT}CONTEXT:  while it rained\n");
    let own = format!("{FRONT}LOG:  duration: 5.000 ms  statement: select b\n{attached}");
    assert_eq!(text(&read(&own), Text::Query), "select b");
    let other = read(&format!("{FRONT}ERROR:  no such table\n{attached}"));
    assert_eq!(text(&other, Text::Query), "select a from t");
    assert_eq!((other.chunk.len(), other.joined), (1, 3));
}

#[test]
fn a_state_of_success_is_none() {
    for (state, expected) in [("53300", "53300"), ("00000", "-")] {
        let parsed = read(&format!("{FRONT}FATAL:  {state}: too many clients\n"));
        assert_eq!(text(&parsed, Text::Flags), expected);
        assert_eq!(text(&parsed, Text::Message), "too many clients");
    }
}

#[test]
fn blank_lines_are_headers_and_what_belongs_to_nothing_is_unread() {
    let parsed = read(&format!(
        "{FRONT}DETAIL:  of nothing\n\n  \n\tindented\n{FRONT}LOG:  hello\n"
    ));
    let counts = (
        parsed.chunk.len(),
        parsed.joined,
        parsed.headers,
        parsed.unparsed,
    );
    assert_eq!(counts, (1, 0, 2, 2));
}

#[test]
fn what_is_no_address_is_no_client() {
    for word in ["app(x", "1000.1.1.1", "10.0.0", "10.0.0.x"] {
        check(&format!("{FRONT}{word} "), "- - - 2019-10-25T05:40:12Z");
    }
}

#[test]
fn a_zone_that_is_certain_is_that_of_the_stamp() {
    let zone = Zone::Fixed(3600);
    for (written, expected) in [("UTC", "05"), ("GMT", "05"), ("+02", "03"), ("CEST", "04")] {
        let line = format!("2019-10-25 05:40:12 {written} [1] LOG:  hello");
        let parsed = parse_text(format(), zone, line.as_bytes());
        let time = crate::clock::words::rfc3339(parsed.chunk.time_ns[0]);
        assert_eq!(time, format!("2019-10-25T{expected}:40:12Z"), "{written}");
    }
}

#[test]
fn a_severity_is_looked_for_in_the_first_bytes_of_a_line() {
    for (length, expected) in [(393, true), (394, true), (395, false)] {
        let line = format!("{} LOG:  hello", "x".repeat(length - 1));
        let is_found = head(0, line.as_bytes()).is_some_and(|head| head.word.opens());
        assert_eq!(is_found, expected, "{length}");
    }
}

#[test]
fn what_a_prefix_of_another_shape_seemed_to_say_is_not_said() {
    let mut format = format().clone();
    let Engine::Entries(entries) = &mut format.engine else {
        panic!("its engine is this one");
    };
    entries.set_prefix(Prefix::new("%m %u/%d <%h> ").expect("a prefix"));
    let read = |prefix: &str| {
        let line = format!("2019-10-25 05:40:12 UTC {prefix} LOG:  hello\n");
        let parsed = parse_text(&format, Zone::UTC, line.as_bytes());
        assert_eq!(parsed.chunk.len(), 1);
        text(&parsed, Text::User)
    };
    assert_eq!(read("app/till <10.0.0.3>"), "app");
    assert_eq!(read("app/till [7]"), "-");
}
