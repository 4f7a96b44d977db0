//! Names of the texts that a window's lines hold, a column at a time.
//!
//! In: the places of a column's texts. Out: their symbols, in the order of rows, in a column of the
//! chunk; the same as each text alone would get. Texts that the table knows are found side by side.

use super::paths::Paths;
use super::run::{Column, Treatment};
use super::window::ROWS;
use crate::events::chunk::ABSENT;
use crate::events::span::{Lengths, Span};
use crate::events::{Symbol, Text};
use crate::formats::row::PARTS_LEVEL_MIN;
use crate::formats::{Parsed, path};

/// Gives a column of texts its names.
pub(super) fn intern(
    (text, treatment): (Text, Treatment),
    spans: &[Span],
    buffer: &[u8],
    paths: &mut Paths,
    parsed: &mut Parsed,
) {
    let mut symbols = [Symbol::NONE; ROWS];
    let lengths = Lengths::of(spans);
    let texts = texts_in(spans, &lengths, buffer);
    match treatment {
        Treatment::Plain => {
            let names = &parsed.names[text as usize];
            let left = names.known(buffer, (spans, &lengths), texts, &mut symbols);
            for row in rows_of(left) {
                symbols[row] = parsed.symbol_of(text, spans[row].of_buffer(buffer), treatment);
            }
        }
        Treatment::Target | Treatment::FirstWord => {
            let of = (text, treatment);
            endpoints(of, (spans, texts), buffer, paths, parsed, &mut symbols);
        }
        Treatment::Message => {
            // Those of lines that say the same are mostly one span.
            let mut known = [((0, 0), Symbol::NONE); 8];
            for row in rows_of(texts) {
                let span = spans[row].range();
                let known = &mut known[span.0 / 32 % 8];
                // What a full table refuses is counted each time.
                if known.0 != span || known.1 == Symbol::OTHER {
                    let bytes = spans[row].of_buffer(buffer);
                    *known = (span, parsed.symbol_of(text, bytes, treatment));
                }
                symbols[row] = known.1;
            }
        }
        Treatment::Statement(_) => {
            for row in rows_of(texts) {
                symbols[row] = parsed.symbol_of(text, spans[row].of_buffer(buffer), treatment);
            }
        }
    }
    let symbols = &symbols[..spans.len()];
    if symbols.iter().any(|symbol| *symbol != Symbol::NONE) {
        parsed.chunk.extend_texts(text, symbols);
    }
}

/// Gives endpoints their names: those rows that have one.
fn endpoints(
    (text, treatment): (Text, Treatment),
    (spans, rows): (&[Span], u64),
    buffer: &[u8],
    paths: &mut Paths,
    parsed: &mut Parsed,
    symbols: &mut Column<Symbol>,
) {
    let is_first_word = treatment == Treatment::FirstWord;
    let mut written = 0;
    for row in rows_of(rows) {
        let span = spans[row];
        let length = (span.length as usize).min(treatment.length_max());
        let target = (&buffer[span.start as usize..], length);
        written |= u64::from(paths.write(row, target, is_first_word)) << row;
    }
    let names = &mut parsed.names[text as usize];
    let of = (&paths.spans[..], &Lengths::of(&paths.spans));
    let unknown = names.known(&paths.buffer[..], of, written, symbols);
    // Names are numbered in the order of rows.
    let mut room = path::NO_PATH;
    for row in rows_of(unknown | rows & !written) {
        if written >> row & 1 == 1 {
            symbols[row] = parsed.names[text as usize].intern(paths.path(row));
            continue;
        }
        let (rest, bytes) = (
            &buffer[spans[row].start as usize..],
            spans[row].of_buffer(buffer),
        );
        let length = bytes.len().min(treatment.length_max());
        symbols[row] = match path::quick(rest, length, is_first_word, &mut room) {
            Some(path) => parsed.names[text as usize].intern(path),
            None => parsed.symbol_of(text, bytes, treatment),
        };
    }
}

/// The rows whose bits are set.
#[inline]
fn rows_of(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let row = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (row < ROWS).then_some(row)
    })
}

/// Which spans hold a text, a bit each: a dash is none.
#[inline]
fn texts_in(spans: &[Span], lengths: &Lengths, buffer: &[u8]) -> u64 {
    let (none, one) = (lengths.up_to(0), lengths.up_to(1));
    let is_dash = |row: &usize| buffer[spans[*row].start as usize] == b'-';
    let dashes = rows_of(one & !none).filter(is_dash);
    !none & !dashes.fold(0, |dashes, row| dashes | 1 << row)
}

/// Keeps the identifying parts of messages that are more than chatter.
pub(super) fn parts(levels: &[i64], messages: &[Span], buffer: &[u8], parsed: &mut Parsed) {
    let mut columns = [[Symbol::NONE; ROWS]; Text::PARTS.len()];
    let mut any = [false; Text::PARTS.len()];
    for (row, (level, message)) in levels.iter().zip(messages).enumerate() {
        let is_chatter = *level != ABSENT && *level < PARTS_LEVEL_MIN;
        let message = message.text(buffer);
        if !message.is_empty() && !is_chatter {
            let symbols = parsed.parts_of(message);
            for (i, symbol) in symbols.into_iter().enumerate() {
                columns[i][row] = symbol;
                any[i] |= symbol != Symbol::NONE;
            }
        }
    }
    for (i, text) in Text::PARTS.into_iter().enumerate().filter(|(i, _)| any[*i]) {
        parsed
            .chunk
            .extend_texts(text, &columns[i][..messages.len()]);
    }
}
