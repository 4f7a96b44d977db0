//! Laws of the short ways: usual lines that are walked together, known shapes, sentences,
//! statements and seconds change nothing of what is read.
//!
//! In: the lines of all fixtures, damaged by chance. Out: nothing but a verdict: whether a batch
//! says the same with the short ways as without them. `PROPTEST_CASES` says how many batches.

mod damage;
mod servers;

use std::cell::Cell;
use std::fmt::Write;

use super::stamp::StampContext;
use super::{Format, Parsed, Tables, detect, parse_with};
use crate::clock::Zone;
use crate::events::{Number, Text};
use crate::lines::LineBatch;
use damage::{Chance, SAMPLES, batches, in_layer};
use proptest::prelude::*;

thread_local! {
    static PLAIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread reads without short ways.
pub(super) fn is_plain() -> bool {
    PLAIN.get()
}

/// What something is without short ways.
fn plainly<T>(what: impl FnOnce() -> T) -> T {
    PLAIN.set(true);
    let told = what();
    PLAIN.set(false);
    told
}

/// All that was read, a line for each event and one for what is none.
fn told(parsed: &Parsed) -> String {
    let chunk = &parsed.chunk;
    let mut told = String::new();
    for row in 0..chunk.len() {
        let place = (
            chunk.line[row],
            chunk.offset[row],
            chunk.length[row],
            chunk.time_ns[row],
        );
        write!(told, "{place:?}").expect("written");
        for number in Number::ALL {
            if let Some(n) = chunk.number_at(number, row) {
                write!(told, " {}={n}", number.name()).expect("written");
            }
        }
        for text in Text::ALL {
            if let Some(symbol) = chunk.text_at(text, row) {
                let name = parsed.names[text as usize].bytes(symbol);
                write!(told, " {}={}", text.name(), name.escape_ascii()).expect("written");
            }
        }
        told.push('\n');
    }
    let counts = (
        parsed.lines,
        parsed.joined,
        parsed.unparsed,
        parsed.headers,
        parsed.extra,
    );
    let others = (
        &parsed.samples,
        &parsed.sightings,
        &parsed.foreign,
        &parsed.read_by,
    );
    let _ = writeln!(told, "{counts:?} {others:?} {:?}", parsed.is_outer_timed);
    told
}

/// Batches read one after the other; `carry`: with the tables of the one before.
fn read(format: &Format, batches: &[Vec<Vec<u8>>], carry: bool) -> Vec<String> {
    let mut tables = Tables::default();
    let context = StampContext::from(Zone::UTC).open_start();
    let mut one = |lines: &Vec<Vec<u8>>| {
        let batch = LineBatch::split(lines.join(&b'\n'), 0);
        let mut parsed = parse_with(format, context, &batch, std::mem::take(&mut tables));
        let told = told(&parsed);
        if carry {
            tables = parsed.take_tables();
        }
        told
    };
    batches.iter().map(&mut one).collect()
}

/// What the short ways say otherwise, if they do.
fn differs(format: &Format, batches: &[Vec<Vec<u8>>]) -> Option<String> {
    let (short, plain) = (
        read(format, batches, true),
        plainly(|| read(format, batches, false)),
    );
    (short != plain).then(|| {
        let lines = |all: &[String]| -> Vec<String> {
            all.iter()
                .flat_map(|one| one.lines().map(str::to_owned))
                .collect()
        };
        let (short, plain) = (lines(&short), lines(&plain));
        let same = short
            .iter()
            .zip(&plain)
            .take_while(|(one, other)| one == other)
            .count();
        format!("short: {:?}\nplain: {:?}", short.get(same), plain.get(same))
    })
}

/// As few of the lines as still differ.
fn fewest(format: &Format, mut batches: Vec<Vec<Vec<u8>>>) -> Vec<Vec<Vec<u8>>> {
    let mut step = batches.iter().map(Vec::len).max().unwrap_or(0);
    while step > 0 {
        for at in 0..batches.len() {
            let mut from = 0;
            while from < batches[at].len() {
                let mut fewer = batches.clone();
                let end = (from + step).min(fewer[at].len());
                fewer[at].drain(from..end);
                if differs(format, &fewer).is_some() {
                    batches = fewer;
                } else {
                    from += step;
                }
            }
        }
        step /= 2;
    }
    batches
}

fn check(seed: u64) -> Result<(), TestCaseError> {
    let mut chance = Chance::of(seed);
    let sample = &SAMPLES[chance.below(SAMPLES.len())];
    let mut batches = batches(sample, &mut chance);
    let found = match &sample.format {
        Some(format) if chance.below(8) > 0 => Some(format.clone()),
        _ => {
            let head = LineBatch::split(batches[0].join(&b'\n'), 0);
            let detected = || detect(&head, "x").map(|found| (found.format, found.confidence));
            let (found, expected) = (detected(), plainly(detected));
            prop_assert_eq!(&found, &expected, "{} is another format", sample.name);
            found.map(|found| found.0)
        }
    };
    let Some(mut format) = found else {
        return Ok(());
    };
    if format.around.wrappers.is_empty() && chance.below(3) == 0 {
        format.around.wrappers = vec![in_layer(&mut batches, &mut chance)];
    }
    if differs(&format, &batches).is_some() {
        let fewest = fewest(&format, batches);
        let lines: Vec<String> = fewest
            .iter()
            .map(|batch| {
                batch
                    .iter()
                    .map(|line| format!("{}\n", line.escape_ascii()))
                    .collect()
            })
            .collect();
        let why = differs(&format, &fewest).unwrap_or_default();
        return Err(TestCaseError::fail(format!(
            "seed {seed}, {} as {}:\n{}\n{why}",
            sample.name,
            format.name,
            lines.join("---\n")
        )));
    }
    Ok(())
}

proptest! {
    #[test]
    fn short_ways_say_what_the_plain_way_says(seed: u64) {
        check(seed)?;
    }
}

/// Lines that say the same however they are read, each in any company.
fn check_lines(format: &str, lines: &[&str]) {
    let sample = SAMPLES.iter().find(|sample| sample.name == format);
    let format = sample.and_then(|sample| sample.format.as_ref());
    let format = format.expect("a format of that name");
    let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
    let alone = lines.iter().map(|line| vec![vec![line.clone()]]);
    for batches in alone.chain([vec![lines.clone(), lines.clone()]]) {
        assert_eq!(differs(format, &batches), None);
    }
}

#[test]
fn lines_that_are_nearly_a_templates_are_what_it_says() {
    for sample in SAMPLES
        .iter()
        .filter(|sample| sample.name.starts_with("own "))
    {
        let lines: Vec<&str> = sample
            .lines
            .iter()
            .map(|line| std::str::from_utf8(line).expect("text"))
            .collect();
        check_lines(&sample.name, &lines);
    }
}

#[test]
fn an_hour_of_one_digit_is_read_by_any_way() {
    let lines = ["7:08:09", "07:08:09", "7:08:09.5", "17:08:09"];
    let lines = lines.map(|clock| format!("[2024-05-06 {clock}] production.ERROR: no bill"));
    check_lines("monolog", &lines.each_ref().map(String::as_str));
}

#[test]
fn what_is_no_stamp_alone_is_none_behind_one_of_the_same_second() {
    check_lines(
        "dmesg",
        &[
            "[   12.250000] eth0: link is down",
            "[   12] eth0: link is up",
        ],
    );
}

#[test]
fn messages_have_their_marks_and_parts_by_any_way() {
    let lines = [
        "INFO: all is well at till-17",
        "INFO: Connection refused",
        "NOTICE: all is well at till-18",
        "WARNING: till-19 is slow",
        "ERROR: till-20 is lost",
    ];
    let lines = lines.map(|text| format!("[2024-05-06 07:08:09] production.{text}"));
    check_lines("monolog", &lines.each_ref().map(String::as_str));
}
