//! Where a block of a source may be cut.
//!
//! In: a format, then pairs of lines that follow each other. Out: whether an event may begin at
//! the second one. Knows no state but the line before: a cut may part what lines of several
//! programs, mixed, say together.

use super::wrap::{Wrapper, console, export, innermost, pretty};
use super::{Engine, Format, blocks, csv, dateless, entries, headed, join, plain, records};

/// Where an event may begin, given the line before (if it is in the block) and the line.
pub type Cut = fn(Option<&[u8]>, &[u8]) -> bool;

/// Where blocks of a source of this format may be cut; without one, at lines that are not
/// indented.
pub fn cut(format: Option<&Format>) -> Cut {
    let Some(format) = format else {
        return bare;
    };
    let wrappers = &format.around.wrappers;
    let is_around = |one: &Wrapper| !matches!(one, Wrapper::Pretty | Wrapper::Nested);
    let is_wrapped = wrappers.iter().any(is_around);
    match (&format.engine, is_wrapped) {
        _ if wrappers.contains(&Wrapper::Export) => export::opens,
        _ if wrappers.contains(&Wrapper::Pretty) => object,
        _ if wrappers.contains(&Wrapper::Console) => console_entry,
        _ if let Some(Wrapper::Rows(columns)) = wrappers.first() => match columns.begin_with_time()
        {
            true => headed::opens,
            false => bare,
        },
        (Engine::Blocks(_), false) => blocks::Blocks::opens,
        (Engine::Entries(_), false) => entries::opens,
        (Engine::Records(_), false) => records::opens,
        (Engine::Plain, false) => plain::opens,
        (Engine::Clock, false) => dateless::opens,
        (Engine::Csv(_), false) => csv::opens,
        (Engine::Headed(headed), false) if headed.begins_with_time() => headed::opens,
        (_, false) => bare,
        (Engine::Blocks(_), true) => wrapped_block,
        (Engine::Entries(_), true) => wrapped_entry,
        (Engine::Records(_), true) => wrapped_record,
        (Engine::Csv(_), true) => wrapped_cells,
        (_, true) => wrapped,
    }
}

fn bare(_before: Option<&[u8]>, line: &[u8]) -> bool {
    join::may_open(line)
}

fn object(before: Option<&[u8]>, line: &[u8]) -> bool {
    let inside = |before: &[u8]| innermost(before).1;
    let (inner, _) = innermost(line);
    let opens = inner == b"{" || pretty::opens_list(inner);
    !before.is_some_and(inside) && (opens || is_next_of_list(before, line))
}

/// Whether an object of a list begins here: behind the end of another, a step in as `gcloud`, jq and
/// most libraries write it. Farther in it may lie within an object itself.
fn is_next_of_list(before: Option<&[u8]>, line: &[u8]) -> bool {
    let pair = (before.map(<[u8]>::trim_ascii_end), line.trim_ascii_end());
    matches!(pair, (Some(b"  },"), b"  {") | (Some(b"\t},"), b"\t{"))
}

fn console_entry(before: Option<&[u8]>, line: &[u8]) -> bool {
    by(before, line, |_, line| console::opens(line))
}

fn wrapped(before: Option<&[u8]>, line: &[u8]) -> bool {
    by(before, line, bare)
}

fn wrapped_block(before: Option<&[u8]>, line: &[u8]) -> bool {
    by(before, line, blocks::Blocks::opens)
}

fn wrapped_entry(before: Option<&[u8]>, line: &[u8]) -> bool {
    by(before, line, entries::opens)
}

fn wrapped_record(before: Option<&[u8]>, line: &[u8]) -> bool {
    by(before, line, records::opens)
}

fn wrapped_cells(before: Option<&[u8]>, line: &[u8]) -> bool {
    by(before, line, csv::opens)
}

/// Not behind a line of which parts are to come, and where the inner line may begin something.
fn by(before: Option<&[u8]>, line: &[u8], opens: Cut) -> bool {
    let before = before.map(innermost);
    let goes_on = before.is_some_and(|(_, partial)| partial);
    !goes_on && opens(before.map(|(line, _)| line), innermost(line).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_line_stay_together() {
        let cri = |rest: &str| format!("2024-02-03T06:09:12.655123456Z stdout {rest}").into_bytes();
        let may = |before: &str, line: &str| wrapped(Some(&cri(before)), &cri(line));
        assert!(may("F a", "F b"));
        assert!(!may("P a", "F b"));
        assert!(!may("F a", "F \tat shop.Pay"));
        assert!(!wrapped(
            Some(b"{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"x\"}"),
            b"b"
        ));
    }

    #[test]
    fn objects_of_a_list_may_be_parted_and_what_they_hold_may_not() {
        assert!(object(Some(b"}"), b"{"));
        assert!(object(Some(b"  },"), b"  {"));
        assert!(!object(Some(b"    },"), b"  {"));
        assert!(!object(Some(b"  \"a\": ["), b"    {"));
        assert!(object(Some(b"\t},"), b"\t{"));
        // As jq writes objects in a list of an object that is none of a list itself.
        assert!(!object(Some(b"    },"), b"    {"));
        assert!(!object(Some(b"\t\t},"), b"\t\t{"));
    }

    #[test]
    fn what_a_record_holds_may_go_on_with_the_one_before() {
        let line = |text: &str| format!("{{\"@timestamp\":\"x\",\"log\":\"{text}\"}}").into_bytes();
        assert!(wrapped(None, &line("GET /a")));
        assert!(!wrapped(None, &line("    at shop.Pay")));
        let entry = |rest: &str| line(&format!("2019-10-25 05:40:12 UTC [1] {rest}"));
        assert!(wrapped_entry(None, &entry("LOG:  x")));
        assert!(!wrapped_entry(None, &entry("DETAIL:  x")));
    }

    #[test]
    fn what_is_wrapped_is_cut_as_it_would_be_without() {
        let line = |text: &str| format!("db-1  | {text}").into_bytes();
        assert!(!wrapped_entry(
            None,
            &line("2019-10-25 05:40:12 UTC [1] DETAIL:  x")
        ));
        assert!(wrapped_entry(
            None,
            &line("2019-10-25 05:40:12 UTC [1] LOG:  x")
        ));
        assert!(!wrapped_block(
            Some(&line("# Time: x")),
            &line("# User@Host: a")
        ));
        assert!(!wrapped_record(None, &line("SEVERE: x")));
        assert!(wrapped_record(None, &line("Dec 01, 2022 6:04:10 AM a.B c")));
        assert!(object(None, b"{") && !object(None, b"  \"a\": {"));
    }
}
