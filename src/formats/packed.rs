//! What a batch of lines became, as bytes: for the index cache.
//!
//! In: a `Parsed`. Out: bytes, and from bytes the same again. Names are those of its rows, by their
//! first row. Reading never panics. What only the parser uses is left out.

use super::{Parsed, SourceKind};
use crate::events::Text;
use crate::events::columns::{Only, put_chunk_with, put_u64, take_bytes, take_into, take_u64};
use crate::events::sightings::Sighting;
use crate::events::{Chunk, Interner, Symbol};

/// Most texts and samples that are believed.
const COUNT_MAX: u64 = 1 << 26;

/// Appends a batch.
pub fn put(out: &mut Vec<u8>, parsed: &Parsed) {
    let Parsed {
        chunk,
        names,
        lines,
        joined,
        unparsed,
        headers,
        left_out,
        extra,
        samples,
        sightings,
        foreign,
        read_by,
        seen: _, // asked of a source's head only
        is_outer_timed: _,
        refused: _,
        messages: _,
        statements: _,
        scratch: _,
    } = parsed;
    for count in [lines, joined, unparsed, headers, left_out, extra] {
        put_u64(out, *count);
    }
    put_u64(out, samples.len() as u64);
    for (line, text) in samples {
        put_u64(out, *line);
        put_text(out, text.as_bytes());
    }
    put_u64(out, sightings.len() as u64);
    for one in sightings {
        let times = [one.first_ns as u64, one.last_ns as u64];
        [one.id].iter().chain(&times).for_each(|n| put_u64(out, *n));
    }
    put_u64(out, foreign.len() as u64);
    for (row, kind) in foreign {
        put_u64(out, *row as u64);
        put_u64(out, *kind as u64);
    }
    put_u64(out, read_by.len() as u64);
    for (name, events) in read_by {
        put_text(out, name.as_bytes());
        put_u64(out, *events);
    }
    let mut texts: [Vec<Symbol>; Text::COUNT] = Default::default();
    for ((field, table), text) in Text::ALL.into_iter().zip(names).zip(&mut texts) {
        let (column, symbols) = chunk.renumbered(field, table.len());
        put_u64(out, symbols.len() as u64);
        for symbol in symbols {
            put_text(out, table.bytes(symbol));
        }
        *text = column;
    }
    put_chunk_with(out, chunk, texts.each_ref().map(Vec::as_slice));
}

/// Takes a batch from the front of `bytes`; its events are put into the chunk. `None` if there is
/// none.
pub fn take(bytes: &mut &[u8], chunk: Chunk) -> Option<Parsed> {
    let mut parsed = Parsed::of_lines(take_u64(bytes)?);
    parsed.joined = take_u64(bytes)?;
    parsed.unparsed = take_u64(bytes)?;
    parsed.headers = take_u64(bytes)?;
    parsed.left_out = take_u64(bytes)?;
    parsed.extra = take_u64(bytes)?;
    for _ in 0..take_count(bytes)? {
        let line = take_u64(bytes)?;
        let text = String::from_utf8(take_text(bytes)?.to_vec()).ok()?;
        parsed.samples.push((line, text));
    }
    for _ in 0..take_count(bytes)? {
        let (id, first, last) = (take_u64(bytes)?, take_u64(bytes)?, take_u64(bytes)?);
        parsed.sightings.push(Sighting {
            id,
            first_ns: first as i64,
            last_ns: last as i64,
        });
    }
    for _ in 0..take_count(bytes)? {
        let row = usize::try_from(take_u64(bytes)?).ok()?;
        let kind = SourceKind::ALL.get(usize::try_from(take_u64(bytes)?).ok()?)?;
        parsed.foreign.push((row, *kind));
    }
    for _ in 0..take_count(bytes)? {
        let name = String::from_utf8(take_text(bytes)?.to_vec()).ok()?;
        parsed.read_by.insert(name, take_u64(bytes)?);
    }
    for table in &mut parsed.names {
        let n = take_count(bytes)?;
        let texts: Option<Vec<&[u8]>> = (0..n).map(|_| take_text(bytes)).collect();
        *table = Interner::listed(texts?);
    }
    parsed.chunk = chunk;
    take_into(&mut parsed.chunk, bytes, Only::ALL)?;
    let rows = parsed.chunk.len();
    let are_there = parsed.foreign.iter().all(|(row, _)| *row < rows);
    (are_there && fits(&parsed.chunk, &parsed.names)).then_some(parsed)
}

/// Whether every symbol has a name.
fn fits(chunk: &Chunk, names: &[Interner]) -> bool {
    Text::ALL.iter().zip(names).all(|(field, names)| {
        let symbols = chunk.text(*field).iter();
        // Without an early end: that is what the compiler can do many at a time.
        !symbols.fold(false, |beyond, symbol| {
            beyond | (symbol.0 >= names.len() as u32)
        })
    })
}

fn take_count(bytes: &mut &[u8]) -> Option<u64> {
    take_u64(bytes).filter(|n| *n <= COUNT_MAX)
}

/// Most texts are short: one byte says how long, 255 that four more do.
fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    match u8::try_from(text.len()) {
        Ok(short) if short < u8::MAX => out.push(short),
        _ => {
            out.push(u8::MAX);
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
        }
    }
    out.extend_from_slice(text);
}

fn take_text<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (&short, rest) = bytes.split_first()?;
    *bytes = rest;
    if short < u8::MAX {
        return take_bytes(bytes, usize::from(short));
    }
    let (long, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    take_bytes(bytes, u32::from_le_bytes(*long) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::builtin;
    use crate::formats::parse::parse_text;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Parsed {
        let combined = builtin().find(|format| format.name == "combined");
        parse_text(
            combined.expect("a built-in format"),
            Zone::UTC,
            text.as_bytes(),
        )
    }

    fn text(lines: &[(u8, u16, bool)]) -> String {
        let line = |(client, second, broken): &(u8, u16, bool)| match broken {
            true => format!("what is this {second}\n"),
            false => format!(
                "10.0.0.{client} - - [22/Jul/2015:15:{:02}:{:02} +0000] \"GET /a/{} HTTP/1.1\" 200 {second} \"-\" \"{}\"\n",
                second / 60 % 60,
                second % 60,
                client % 4,
                "agent ".repeat(usize::from(*client)),
            ),
        };
        lines.iter().map(line).collect()
    }

    fn names(parsed: &Parsed) -> Vec<Vec<&[u8]>> {
        let of_table = |table| Interner::iter(table).map(|(_, text)| text).collect();
        parsed.names.iter().map(of_table).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_batch_read_back_equals_the_batch(lines: Vec<(u8, u16, bool)>, cut: prop::sample::Index) {
            let before = parsed(&text(&lines));
            let mut bytes = Vec::new();
            put(&mut bytes, &before);
            let mut rest = &bytes[..];
            let after = take(&mut rest, Chunk::default()).expect("it is whole");
            prop_assert!(rest.is_empty());
            prop_assert_eq!(&after.chunk, &before.chunk);
            prop_assert_eq!(names(&after), names(&before));
            let counts = |one: &Parsed| (one.lines, one.joined, one.unparsed, one.headers, one.left_out);
            prop_assert_eq!(counts(&after), counts(&before));
            prop_assert_eq!(after.samples, before.samples);
            prop_assert!(take(&mut &bytes[..cut.index(bytes.len())], Chunk::default()).is_none());
        }
    }
}
