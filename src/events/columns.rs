//! Chunks as bytes: the compact format of what is kept in memory, spilled and cached.
//!
//! In: a sealed `Chunk`. Out: bytes, and from bytes the same chunk. Of every column the first value
//! is written, and of each value the bits in which it differs from that, in as few whole bytes as
//! any of them needs: writing and reading are loops without branches or comparisons. Times are
//! counted from the least, and offsets from where the event before ends. Reading never panics: what
//! is not such a chunk is `None`. Does no I/O and knows no files.

use super::chunk::Chunk;
use super::fields::{Number, Text};
use super::intern::Symbol;

/// Most rows a chunk may claim to have: a block has fewer lines.
const ROWS_MAX: usize = 1 << 26;
/// Units of time that stamps are likely to be whole multiples of, ns.
const UNITS_NS: [u64; 4] = [1_000_000_000, 1_000_000, 1_000, 1];
/// A column that no line has.
const EMPTY: u8 = 0xFF;

/// What is done with each chunk of several.
pub type Each<'a> = &'a mut dyn FnMut(&Chunk);

/// Columns of a chunk that are taken; the others stay empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Only {
    /// Line, offset and length.
    places: bool,
    /// A bit for each `Number` and each `Text`.
    numbers: u32,
    texts: u32,
}

impl Only {
    /// All there are.
    pub const ALL: Self = Self {
        places: true,
        numbers: u32::MAX,
        texts: u32::MAX,
    };

    /// Times, these numbers and these texts.
    pub fn of(
        numbers: impl IntoIterator<Item = Number>,
        texts: impl IntoIterator<Item = Text>,
    ) -> Self {
        let numbers = numbers.into_iter().map(|field| 1 << field as u32);
        let texts = texts.into_iter().map(|field| 1 << field as u32);
        Self {
            places: false,
            numbers: numbers.fold(0, |all, one: u32| all | one),
            texts: texts.fold(0, |all, one: u32| all | one),
        }
    }
}

/// Appends a chunk.
pub fn put_chunk(out: &mut Vec<u8>, chunk: &Chunk) {
    put_chunk_with(out, chunk, Text::ALL.map(|field| chunk.text(field)));
}

/// The same with other symbols in its texts: columns as long as the chunk's own, in the order of
/// `Text::ALL`.
pub fn put_chunk_with(out: &mut Vec<u8>, chunk: &Chunk, texts: [&[Symbol]; Text::COUNT]) {
    put_u64(out, chunk.len() as u64);
    put_times(out, &chunk.time_ns);
    let steps = put_first(out, &chunk.line);
    put_codes(out, steps);
    put_codes(out, chunk.length.iter().map(|&length| u64::from(length)));
    let steps = put_first(out, &chunk.offset).zip(&chunk.length);
    let behind = steps.map(|(step, length)| zigzag(step.wrapping_sub(u64::from(*length))));
    put_codes(out, behind);
    for field in Number::ALL {
        match chunk.number(field) {
            [] => out.push(EMPTY),
            column => put_numbers(out, column),
        }
    }
    for column in texts {
        match column {
            [] => out.push(EMPTY),
            column => {
                out.push(0);
                put_codes(out, column.iter().map(|symbol| u64::from(symbol.0)));
            }
        }
    }
}

/// Takes a chunk from the front of `bytes`. `None` if there is none.
pub fn take_chunk(bytes: &mut &[u8]) -> Option<Chunk> {
    let mut chunk = Chunk::default();
    take_into(&mut chunk, bytes, Only::ALL)?;
    Some(chunk)
}

/// The same in place of what `chunk` holds, in the memory that its columns have. Where there is
/// none it holds nothing of use.
pub fn take_into(chunk: &mut Chunk, bytes: &mut &[u8], only: Only) -> Option<()> {
    chunk.clear();
    let rows = usize::try_from(take_u64(bytes)?).ok()?;
    if rows > ROWS_MAX {
        return None;
    }
    let (unit_ns, least) = (take_u64(bytes)?, take_u64(bytes)?);
    let time_ns = |code: u64| least.wrapping_add(code).wrapping_mul(unit_ns) as i64;
    Codes::take(bytes, rows)?.wide(&mut chunk.time_ns, time_ns);
    let (line, lines) = take_steps(bytes, rows)?;
    let length = Codes::take(bytes, rows)?;
    let (offset, offsets) = take_steps(bytes, rows)?;
    if only.places && rows > 0 {
        lines.add_up(&mut chunk.line, line, |_, step| step);
        length.narrow(&mut chunk.length, |length| length)?;
        let lengths = &chunk.length;
        offsets.add_up(&mut chunk.offset, offset, |event, behind| {
            u64::from(lengths[event]).wrapping_add(unzigzag(behind))
        });
    }
    for field in Number::ALL {
        let column = take_column(bytes, rows)?;
        if let Some((turned, codes)) = column
            && only.numbers & 1 << field as u32 != 0
        {
            let value = |code: u64| code.rotate_right(turned) as i64;
            codes.wide(chunk.numbers_mut(field), value);
        }
    }
    for field in Text::ALL {
        let column = take_column(bytes, rows)?;
        if let Some((_, codes)) = column
            && only.texts & 1 << field as u32 != 0
        {
            codes.narrow(chunk.texts_mut(field), Symbol)?;
        }
    }
    Some(())
}

/// Appends a number.
pub fn put_u64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Takes a number from the front.
pub fn take_u64(bytes: &mut &[u8]) -> Option<u64> {
    let (first, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    Some(u64::from_le_bytes(*first))
}

/// Takes `n` bytes from the front.
pub fn take_bytes<'a>(bytes: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(n)?;
    *bytes = rest;
    Some(first)
}

/// Writes the first of a column; how far it is from each value to the next.
fn put_first<'a>(
    out: &mut Vec<u8>,
    column: &'a [u64],
) -> impl ExactSizeIterator<Item = u64> + Clone + 'a {
    put_u64(out, column.first().copied().unwrap_or(0));
    let later = column.get(1..).unwrap_or(&[]).iter().zip(column);
    later.map(|(value, before)| value.wrapping_sub(*before))
}

/// A number that may be negative, so that small ones are small.
fn zigzag(value: u64) -> u64 {
    value << 1 ^ ((value as i64) >> 63) as u64
}

fn unzigzag(code: u64) -> u64 {
    code >> 1 ^ (code & 1).wrapping_neg()
}

/// Stamps in the largest unit that they are whole multiples of.
fn put_times(out: &mut Vec<u8>, times: &[i64]) {
    // Constants, one by one: dividing by a number that is not known takes ten times as long.
    let is_put = put_in::<{ UNITS_NS[0] }>(out, times)
        || put_in::<{ UNITS_NS[1] }>(out, times)
        || put_in::<{ UNITS_NS[2] }>(out, times)
        || put_in::<{ UNITS_NS[3] }>(out, times);
    debug_assert!(is_put, "one divides every number");
}

/// Stamps in a unit, if they are whole multiples of it.
fn put_in<const UNIT_NS: u64>(out: &mut Vec<u8>, times: &[i64]) -> bool {
    let units = |time: &i64| *time as u64 / UNIT_NS;
    let least = times.iter().map(|time| *time as u64).min().unwrap_or(0) / UNIT_NS;
    let mut differing = 0;
    // Few are enough to see that it is none of theirs; all are asked at once, without a branch each.
    for few in times.chunks(256) {
        let mut rest = 0;
        for time in few {
            let units = units(time);
            rest |= *time as u64 - units * UNIT_NS;
            differing |= units - least;
        }
        if rest != 0 {
            return false;
        }
    }
    put_u64(out, UNIT_NS);
    put_u64(out, least);
    let codes = times.iter().map(|time| units(time) - least);
    put_differing(out, (0, differing), codes);
    true
}

/// Numbers; turned by a bit if there are negative ones or absent ones: what is absent is a one then,
/// and small numbers stay small.
fn put_numbers(out: &mut Vec<u8>, column: &[i64]) {
    let turned = u32::from(column.iter().fold(0, |bits, value| bits | value) < 0);
    out.push(turned as u8);
    let codes = column.iter().map(|value| value.rotate_left(turned) as u64);
    put_codes(out, codes);
}

/// By how many bits the codes of a column are turned, and they. `Some(None)` for an empty one.
fn take_column<'a>(bytes: &mut &'a [u8], rows: usize) -> Option<Option<(u32, Codes<'a>)>> {
    let (&turned, rest) = bytes.split_first()?;
    *bytes = rest;
    match turned {
        EMPTY => Some(None),
        turned => Some(Some((u32::from(turned), Codes::take(bytes, rows)?))),
    }
}

/// The first of a column, and the steps from each value to the next.
fn take_steps<'a>(bytes: &mut &'a [u8], rows: usize) -> Option<(u64, Codes<'a>)> {
    Some((
        take_u64(bytes)?,
        Codes::take(bytes, rows.saturating_sub(1))?,
    ))
}

/// How many bytes a code takes, the first, and the bits in which each differs from it.
fn put_codes(out: &mut Vec<u8>, codes: impl ExactSizeIterator<Item = u64> + Clone) {
    let first = codes.clone().next().unwrap_or(0);
    let differing = codes.clone().fold(0, |bits, code| bits | (code ^ first));
    put_differing(out, (first, differing), codes);
}

/// The same where the first, and the bits in which any differs from it, are known.
fn put_differing(
    out: &mut Vec<u8>,
    (first, differing): (u64, u64),
    codes: impl ExactSizeIterator<Item = u64>,
) {
    let width = match differing {
        0 => 0,
        1..=0xFF => 1,
        0x100..=0xFFFF => 2,
        0x1_0000..=0xFF_FFFF => 3,
        0x100_0000..=0xFFFF_FFFF => 4,
        _ => 8,
    };
    out.push(width);
    put_u64(out, first);
    let codes = codes.map(|code| code ^ first);
    match width {
        0 => {}
        1 => put_wide(out, codes, |code| [code as u8]),
        2 => put_wide(out, codes, |code| (code as u16).to_le_bytes()),
        3 => put_wide(out, codes, |code| {
            let [one, two, three, ..] = code.to_le_bytes();
            [one, two, three]
        }),
        4 => put_wide(out, codes, |code| (code as u32).to_le_bytes()),
        _ => put_wide(out, codes, u64::to_le_bytes),
    }
}

fn put_wide<const N: usize>(
    out: &mut Vec<u8>,
    codes: impl ExactSizeIterator<Item = u64>,
    narrow: impl Fn(u64) -> [u8; N],
) {
    let at = out.len();
    out.resize(at + codes.len() * N, 0);
    let (places, _) = out[at..].as_chunks_mut::<N>();
    for (place, code) in places.iter_mut().zip(codes) {
        *place = narrow(code);
    }
}

/// A column as it is written.
struct Codes<'a> {
    /// Bytes of each.
    width: u8,
    first: u64,
    rows: usize,
    differing: &'a [u8],
}

impl<'a> Codes<'a> {
    fn take(bytes: &mut &'a [u8], rows: usize) -> Option<Self> {
        let (&width, mut rest) = bytes.split_first()?;
        let first = take_u64(&mut rest)?;
        if !matches!(width, 0..=4 | 8) {
            return None;
        }
        let differing = take_bytes(&mut rest, rows.checked_mul(usize::from(width))?)?;
        *bytes = rest;
        Some(Self {
            width,
            first,
            rows,
            differing,
        })
    }

    /// Appends the values of codes of 64 bits.
    fn wide<T: Copy>(&self, column: &mut Vec<T>, value: impl Fn(u64) -> T) {
        let (first, bytes) = (self.first, self.differing);
        let of = |code: u64| value(first ^ code);
        match self.width {
            0 => column.resize(column.len() + self.rows, of(0)),
            1 => read(column, bytes, |[code]| of(u64::from(code))),
            2 => read(column, bytes, |code| {
                of(u64::from(u16::from_le_bytes(code)))
            }),
            3 => read(column, bytes, |[one, two, three]| {
                of(u64::from(u32::from_le_bytes([one, two, three, 0])))
            }),
            4 => read(column, bytes, |code| {
                of(u64::from(u32::from_le_bytes(code)))
            }),
            _ => read(column, bytes, |code| of(u64::from_le_bytes(code))),
        }
    }

    /// The same of 32 bits. `None` if one may have more.
    fn narrow<T: Copy>(&self, column: &mut Vec<T>, value: impl Fn(u32) -> T) -> Option<()> {
        let (first, bytes) = (u32::try_from(self.first).ok()?, self.differing);
        let of = |code: u32| value(first ^ code);
        match self.width {
            0 => column.resize(column.len() + self.rows, of(0)),
            1 => read(column, bytes, |[code]| of(u32::from(code))),
            2 => read(column, bytes, |code| {
                of(u32::from(u16::from_le_bytes(code)))
            }),
            3 => read(column, bytes, |[one, two, three]| {
                of(u32::from_le_bytes([one, two, three, 0]))
            }),
            4 => read(column, bytes, |code| of(u32::from_le_bytes(code))),
            _ => return None,
        }
        Some(())
    }

    /// Fills an empty column with a number and what it becomes with each step, which `step` says of
    /// the row that it leads away from and its code.
    fn add_up(&self, column: &mut Vec<u64>, first: u64, step: impl Fn(usize, u64) -> u64) {
        column.push(first);
        // Read first and added up then: each sum waits for the one before.
        self.wide(column, |code| code);
        let mut at = first;
        for (row, value) in column[1..].iter_mut().enumerate() {
            at = at.wrapping_add(step(row, *value));
            *value = at;
        }
    }
}

fn read<const N: usize, T>(column: &mut Vec<T>, bytes: &[u8], value: impl Fn([u8; N]) -> T) {
    let codes = bytes.as_chunks::<N>().0.iter();
    column.extend(codes.map(|code| value(*code)));
}

/// Goes through packed chunks as a store does.
#[cfg(test)]
pub fn scan_of(chunks: &[Chunk]) -> impl Fn(Only, Each<'_>) {
    let mut packed = Vec::new();
    chunks
        .iter()
        .for_each(|chunk| put_chunk(&mut packed, chunk));
    move |only, each| {
        let (mut rest, mut chunk) = (&packed[..], Chunk::default());
        while !rest.is_empty() {
            take_into(&mut chunk, &mut rest, only).expect("it was packed");
            each(&chunk);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Made = (i64, u64, u64, u32, Option<i64>, Option<u32>);

    fn chunk(rows: &[Made]) -> Chunk {
        let mut chunk = Chunk::default();
        for &(time_ns, line, offset, length, number, text) in rows {
            chunk.open(time_ns, line, offset, length);
            if let Some(number) = number {
                chunk.set_number(Number::LatencyUs, number);
            }
            if let Some(text) = text {
                chunk.set_text(Text::Client, Symbol(text));
            }
        }
        chunk.seal();
        chunk
    }

    fn there_and_back(chunk: &Chunk) -> (Option<Chunk>, usize) {
        let mut bytes = Vec::new();
        put_chunk(&mut bytes, chunk);
        let mut rest = &bytes[..];
        let found = take_chunk(&mut rest);
        assert!(rest.is_empty(), "all of it is read");
        (found, bytes.len())
    }

    #[test]
    fn requests_of_a_second_take_few_bytes_each() {
        let rows: Vec<Made> = (0..1000u64)
            .map(|i| {
                let ms = 1_000_000 * i as i64;
                (
                    ms,
                    i,
                    // Lengths of 170 to 178, and a line end behind each.
                    1 << 40 | (171 * i + 36 * (i / 9) + (0..i % 9).sum::<u64>()),
                    170 + (i % 9) as u32,
                    Some(i as i64 * 7),
                    Some(5),
                )
            })
            .collect();
        let (found, bytes) = there_and_back(&chunk(&rows));
        assert_eq!(found, Some(chunk(&rows)));
        assert!(bytes < 6 * 1000, "{bytes} bytes");
        let later: Vec<Made> = rows
            .into_iter()
            .map(|row| (row.0 + 65_000_000_000, row.1, row.2, row.3, row.4, row.5))
            .collect();
        assert_eq!(there_and_back(&chunk(&later)).1, bytes, "wherever they are");
    }

    fn made() -> impl Strategy<Value = Vec<Made>> {
        let numbers = prop::option::of(prop_oneof![any::<i64>(), 0i64..300]);
        let texts = prop::option::of(prop_oneof![any::<u32>(), 0u32..300]);
        let times = prop_oneof![any::<i64>(), 0i64..5_000_000];
        let row = (
            times,
            any::<u64>(),
            any::<u64>(),
            any::<u32>(),
            numbers,
            texts,
        );
        prop::collection::vec(row, 0..60)
    }

    proptest! {
        #[test]
        fn a_chunk_read_back_equals_the_chunk(rows in made()) {
            let chunk = chunk(&rows);
            prop_assert_eq!(there_and_back(&chunk).0, Some(chunk));
        }

        #[test]
        fn bytes_cut_short_or_changed_never_panic(rows in made(), cut: prop::sample::Index, byte: u8) {
            let mut bytes = Vec::new();
            put_chunk(&mut bytes, &chunk(&rows));
            let at = cut.index(bytes.len());
            prop_assert_eq!(take_chunk(&mut &bytes[..at]), None);
            bytes[at] = byte;
            // Only a length can be absurd without being caught: it must not be believed.
            if at >= 8 || usize::from(byte) <= rows.len() {
                let _ = take_chunk(&mut &bytes[..]);
            }
        }
    }
}
