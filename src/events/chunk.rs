//! A chunk: up to some ten thousand events of one source, one `Vec` per field.

use super::fields::{Number, Text};
use super::intern::Symbol;

/// The value of a number that a line does not have.
pub const ABSENT: i64 = i64::MIN;

/// Events of one source, in the order of their lines. A column that no line has stays empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chunk {
    /// Start of the work, or the stamp where no duration is known; ns UTC.
    pub time_ns: Vec<i64>,
    /// Line number in the source, from 1.
    pub line: Vec<u64>,
    /// Byte offset of the first byte in the (decompressed) source.
    pub offset: Vec<u64>,
    /// Bytes of the event's lines without the last line's end.
    pub length: Vec<u32>,
    numbers: [Vec<i64>; Number::COUNT],
    texts: [Vec<Symbol>; Text::COUNT],
    /// Room that a column gets with its first value.
    room: usize,
}

impl Chunk {
    /// Tells how many events are likely to come: columns are made that long at once. More may come.
    pub fn expect(&mut self, events: usize) {
        self.room = events;
        self.time_ns.reserve_exact(events);
        self.line.reserve_exact(events);
        self.offset.reserve_exact(events);
        self.length.reserve_exact(events);
    }

    /// Empties it; the room of its columns stays.
    pub fn clear(&mut self) {
        self.time_ns.clear();
        self.line.clear();
        self.offset.clear();
        self.length.clear();
        self.numbers.iter_mut().for_each(Vec::clear);
        self.texts.iter_mut().for_each(Vec::clear);
        self.room = 0;
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.time_ns.len()
    }

    /// True when it holds none.
    pub fn is_empty(&self) -> bool {
        self.time_ns.is_empty()
    }

    /// A numeric column; empty when no line has it.
    pub fn number(&self, field: Number) -> &[i64] {
        &self.numbers[field as usize]
    }

    /// A text column; empty when no line has it.
    pub fn text(&self, field: Text) -> &[Symbol] {
        &self.texts[field as usize]
    }

    /// One number of one event, if the line has it.
    pub fn number_at(&self, field: Number, row: usize) -> Option<i64> {
        self.number(field)
            .get(row)
            .copied()
            .filter(|&value| value != ABSENT)
    }

    /// One text of one event, if the line has it.
    pub fn text_at(&self, field: Text, row: usize) -> Option<Symbol> {
        self.text(field)
            .get(row)
            .copied()
            .filter(|&symbol| symbol != Symbol::NONE)
    }

    /// Sets a number of the newest event, filling the column up to it.
    pub fn set_number(&mut self, field: Number, value: i64) {
        let row = self.len() - 1;
        let column = &mut self.numbers[field as usize];
        if column.len() != row || row == 0 {
            fill(column, row, ABSENT, self.room);
        }
        column.push(value);
    }

    /// Takes a number out of all events of which another has this value. To be called when sealed.
    pub fn clear_where(&mut self, field: Number, other: Number, value: i64) {
        let others = std::mem::take(&mut self.numbers[other as usize]);
        if others.contains(&value) {
            let column = self.numbers[field as usize].iter_mut().zip(&others);
            let meant = column.filter(|(_, other)| **other == value);
            meant.for_each(|(own, _)| *own = ABSENT);
        }
        self.numbers[other as usize] = others;
    }

    /// Sets a text of the newest event, filling the column up to it.
    pub fn set_text(&mut self, field: Text, symbol: Symbol) {
        let row = self.len() - 1;
        let column = &mut self.texts[field as usize];
        if column.len() != row || row == 0 {
            fill(column, row, Symbol::NONE, self.room);
        }
        column.push(symbol);
    }

    /// Sets a number of the newest events, one each, filling the column up to them.
    pub fn extend_numbers(&mut self, field: Number, values: &[i64]) {
        let row = self.len() - values.len();
        let column = &mut self.numbers[field as usize];
        if column.len() != row || row == 0 {
            fill(column, row, ABSENT, self.room);
        }
        column.extend_from_slice(values);
    }

    /// Sets a text of the newest events, one each, filling the column up to them.
    pub fn extend_texts(&mut self, field: Text, symbols: &[Symbol]) {
        let row = self.len() - symbols.len();
        let column = &mut self.texts[field as usize];
        if column.len() != row || row == 0 {
            fill(column, row, Symbol::NONE, self.room);
        }
        column.extend_from_slice(symbols);
    }

    /// A numeric column to be filled, as long as the chunk.
    pub(super) fn numbers_mut(&mut self, field: Number) -> &mut Vec<i64> {
        &mut self.numbers[field as usize]
    }

    /// A text column to be filled, as long as the chunk.
    pub(super) fn texts_mut(&mut self, field: Text) -> &mut Vec<Symbol> {
        &mut self.texts[field as usize]
    }

    /// Opens the next event.
    pub fn open(&mut self, time_ns: i64, line: u64, offset: u64, length: u32) {
        self.time_ns.push(time_ns);
        self.line.push(line);
        self.offset.push(offset);
        self.length.push(length);
    }

    /// Fills all columns that have a value to full length. To be called once, when it is full.
    pub fn seal(&mut self) {
        let rows = self.len();
        self.room = 0;
        self.numbers
            .iter_mut()
            .filter(|column| !column.is_empty())
            .for_each(|column| column.resize(rows, ABSENT));
        self.texts
            .iter_mut()
            .filter(|column| !column.is_empty())
            .for_each(|column| column.resize(rows, Symbol::NONE));
    }

    /// Adds the events of a later chunk of the same source, sealed as this one is.
    pub fn append(&mut self, later: Self) {
        fn of<T: Copy>(column: &mut Vec<T>, rows: usize, later: &[T], end: usize, absent: T) {
            if !column.is_empty() || !later.is_empty() {
                column.resize(rows, absent);
                column.extend_from_slice(later);
                column.resize(end, absent);
            }
        }
        let (rows, end) = (self.len(), self.len() + later.len());
        for (column, later) in self.numbers.iter_mut().zip(&later.numbers) {
            of(column, rows, later, end, ABSENT);
        }
        for (column, later) in self.texts.iter_mut().zip(&later.texts) {
            of(column, rows, later, end, Symbol::NONE);
        }
        self.time_ns.extend_from_slice(&later.time_ns);
        self.line.extend_from_slice(&later.line);
        self.offset.extend_from_slice(&later.offset);
        self.length.extend_from_slice(&later.length);
    }

    /// Gives back the memory that its events do not need.
    pub fn shrink(&mut self) {
        self.time_ns.shrink_to_fit();
        self.line.shrink_to_fit();
        self.offset.shrink_to_fit();
        self.length.shrink_to_fit();
        self.numbers.iter_mut().for_each(Vec::shrink_to_fit);
        self.texts.iter_mut().for_each(Vec::shrink_to_fit);
    }

    /// Replaces every symbol of one field: `map[local] = global`. How many are `OTHER` now.
    pub fn rename(&mut self, field: Text, map: &[Symbol]) -> u64 {
        let column = &mut self.texts[field as usize];
        // Where one worker reads one source, most names have the same number everywhere. Without an
        // early end: that is what the compiler can do many at a time.
        let places = map.iter().zip(0u32..);
        if places.fold(true, |same, (symbol, place)| same & (symbol.0 == place)) {
            let others = column.iter().filter(|symbol| **symbol == Symbol::OTHER);
            return others.count() as u64;
        }
        let mut others = 0;
        for symbol in column {
            *symbol = map[symbol.0 as usize];
            others += u64::from(*symbol == Symbol::OTHER);
        }
        others
    }

    /// The symbols of one field numbered anew, below `symbols`, in the order of the first row that
    /// has each; and the ones they had. `NONE` and `OTHER` stay.
    pub fn renumbered(&self, field: Text, symbols: usize) -> (Vec<Symbol>, Vec<Symbol>) {
        const UNSEEN: Symbol = Symbol(u32::MAX);
        let column = self.text(field);
        let mut order = Vec::new();
        if column.is_empty() {
            return (Vec::new(), order);
        }
        let mut map = vec![UNSEEN; symbols.max(Symbol::FIRST.0 as usize)];
        for stays in [Symbol::NONE, Symbol::OTHER] {
            map[stays.0 as usize] = stays;
        }
        let anew = |symbol: &Symbol| {
            let new = &mut map[symbol.0 as usize];
            if *new == UNSEEN {
                *new = Symbol(Symbol::FIRST.0 + order.len() as u32);
                order.push(*symbol);
            }
            *new
        };
        let column = column.iter().map(anew).collect();
        (column, order)
    }

    /// Sets a text of an event that does not have it.
    pub fn fill_text(&mut self, field: Text, row: usize, symbol: Symbol) {
        let column = &mut self.texts[field as usize];
        column.resize(column.len().max(row + 1), Symbol::NONE);
        if column[row] == Symbol::NONE {
            column[row] = symbol;
        }
    }

    /// Sets a number of an event that does not have it.
    pub fn fill_number(&mut self, field: Number, row: usize, value: i64) {
        let column = &mut self.numbers[field as usize];
        column.resize(column.len().max(row + 1), ABSENT);
        if column[row] == ABSENT {
            column[row] = value;
        }
    }

    /// These events of a sealed chunk, in this order.
    pub fn taken(&self, kept: &[usize]) -> Self {
        fn of<T: Copy>(column: &[T], kept: &[usize]) -> Vec<T> {
            if column.is_empty() {
                Vec::new()
            } else {
                kept.iter().map(|&row| column[row]).collect()
            }
        }
        Self {
            time_ns: of(&self.time_ns, kept),
            line: of(&self.line, kept),
            offset: of(&self.offset, kept),
            length: of(&self.length, kept),
            numbers: std::array::from_fn(|i| of(&self.numbers[i], kept)),
            texts: std::array::from_fn(|i| of(&self.texts[i], kept)),
            room: 0,
        }
    }

    /// Bytes of memory its columns hold.
    pub fn bytes(&self) -> usize {
        let numbers: usize = self
            .numbers
            .iter()
            .map(|column| column.capacity() * 8)
            .sum();
        let texts: usize = self.texts.iter().map(|column| column.capacity() * 4).sum();
        self.time_ns.capacity() * 28 + numbers + texts
    }
}

/// Fills a column up to a row; an empty one gets room for all rows.
#[cold]
fn fill<T: Copy>(column: &mut Vec<T>, row: usize, nothing: T, room: usize) {
    if column.is_empty() {
        column.reserve_exact(room);
    }
    column.resize(row, nothing);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Line, status if there is one, client if there is one.
    type Row = (u64, Option<i64>, Option<u32>);

    fn chunk(rows: &[Row]) -> Chunk {
        let mut chunk = Chunk::default();
        for (line, status, client) in rows {
            chunk.open(*line as i64, *line, *line * 10, 9);
            if let Some(status) = status {
                chunk.set_number(Number::Status, *status);
            }
            if let Some(client) = client {
                chunk.set_text(Text::Client, Symbol(client + 2));
            }
        }
        chunk.seal();
        chunk
    }

    proptest! {
        #[test]
        fn joined_parts_are_the_whole(rows: Vec<Row>, cut in 0usize..20) {
            let rows: Vec<Row> = rows
                .into_iter()
                .map(|(line, status, client)| {
                    (line % 1_000_000, status.map(|n| n % 600), client.map(|n| n % 9))
                })
                .collect();
            let cut = cut.min(rows.len());
            let mut joined = chunk(&rows[..cut]);
            joined.append(chunk(&rows[cut..]));
            prop_assert_eq!(joined, chunk(&rows));
        }
    }
}
