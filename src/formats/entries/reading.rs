//! A batch's entries, one after the other: which lines are one, and the event that they are.
//!
//! In: a batch of whole entries. Out: an event of each, with what its templates, marks and
//! attached lines say. The usual entry, a statement that took some time, whose prefix and statement
//! are known but for what varies, goes straight into columns; a law holds both ways together.

use std::ops::Range;

use super::front::{Head, WHO, Word, head};
use super::layout::Layouts;
use super::told::Told;
use super::{Entries, without_state};
use crate::events::{Number, Symbol, Text};
use crate::formats::field::Field;
use crate::formats::fingerprint::Quotes;
use crate::formats::row::{Place, Row, Treatment};
use crate::formats::stamp::StampReader;
use crate::formats::{Format, Parsed, StampSide};
use crate::lines::LineBatch;

/// A batch that is being read.
pub(super) struct Reading<'a, 'b> {
    pub(super) entries: &'a Entries,
    pub(super) format: &'a Format,
    pub(super) batch: &'a LineBatch,
    /// When each line was written as its wrapper says, where that dates entries; else empty.
    pub(super) outer_ns: &'b [Option<i64>],
    pub(super) stamps: &'b mut StampReader,
    pub(super) parsed: &'b mut Parsed,
    /// Known layouts; `None` where prefixes are read as the server was told to write them.
    pub(super) layouts: Option<Layouts>,
    /// Known messages; `None` where more than a message may stand in one.
    pub(super) told: Option<Told>,
    /// The line that was looked at last.
    pub(super) seen: usize,
    /// Its head, of the word `Other` where it has none.
    pub(super) head: Head,
    /// The heads of an entry's lines.
    pub(super) heads: Vec<Head>,
}

impl<'a> Reading<'a, '_> {
    /// Reads all entries.
    pub(super) fn all(mut self) {
        let mut row = Row::new();
        // A mark without a text is in every message, even where there is none.
        let has_columns = self.layouts.is_some() && !self.format.marks.may_mark(b"");
        let mut i = 0;
        while i < self.batch.len() {
            let first = i;
            self.look(first);
            let is_other = self.head.word == Word::Other;
            if is_other && self.batch.line(first).trim_ascii_start().is_empty() {
                self.parsed.headers += 1;
                i += 1;
                continue;
            }
            self.heads.clear();
            let usual = has_columns.then(|| self.usual()).flatten();
            i = usual.unwrap_or_else(|| self.any(first, &mut row));
        }
    }

    /// Finds the head of a line, unless it is the one that was looked at last.
    #[inline]
    fn look(&mut self, i: usize) {
        if self.seen == i {
            return;
        }
        self.seen = i;
        let line = self.batch.line(i);
        let names = &mut self.parsed.names;
        let is_known = match &mut self.layouts {
            Some(layouts) => layouts.find(i, line, names, &mut self.head),
            None => false,
        };
        if !is_known {
            self.look_anew(i, line);
        }
    }

    /// The head of a line whose layout is unknown.
    #[inline(never)]
    fn look_anew(&mut self, i: usize, line: &[u8]) {
        self.head = head(i, line).unwrap_or(Head::NONE);
        if let Some(layouts) = &mut self.layouts
            && self.head.word != Word::Other
        {
            layouts.learn(line, self.head.prefix(line));
        }
    }

    /// The first line that does not go on with the entry whose next line is `i`.
    #[inline]
    fn behind(&mut self, mut i: usize) -> usize {
        while i < self.batch.len() {
            match self.batch.line(i).first() {
                None => break,
                Some(b' ' | b'\t') => {}
                Some(_) => {
                    self.look(i);
                    if !self.head.word.is_attached() {
                        break;
                    }
                    self.heads.push(self.head);
                }
            }
            i += 1;
        }
        i
    }

    /// Makes the entry that begins with the latest head an event, if it is a known statement that
    /// took some time. The first line behind it.
    #[inline]
    fn usual(&mut self) -> Option<usize> {
        let head = &self.head;
        let (stamp_end, word, who) = (head.stamp_end as usize, head.word, head.who);
        let (batch, first) = (self.batch, head.line);
        if stamp_end == 0 || !word.opens() {
            return None;
        }
        let (start, line_end) = batch.range(first);
        let line = &batch.buffer()[start..line_end];
        let message = line.get(head.message_at()..)?;
        let timed = &self.entries.timed;
        let (us, quotes, statement) = timed.statement(&self.entries.templates, message)?;
        let (query, lines) = self.statement(first, line_end - statement.len(), quotes)?;
        let stamp_ns = self.stamps.read(&line[..stamp_end])?;
        let time_ns = match self.format.side {
            StampSide::End => stamp_ns.saturating_sub(us.saturating_mul(1000)),
            _ => stamp_ns,
        };
        let end = self.behind(first + lines + 1);
        self.open(time_ns, first..end);
        let chunk = &mut self.parsed.chunk;
        chunk.set_number(Number::LatencyUs, us);
        if let Word::Severity(Some(level)) = word {
            chunk.set_number(Number::Level, i64::from(level));
        }
        chunk.set_text(Text::Query, query);
        self.set_who(who);
        Some(end)
    }

    /// Opens an event of these lines.
    #[inline]
    fn open(&mut self, time_ns: i64, lines: Range<usize>) {
        self.parsed.joined += lines.len() as u64 - 1;
        let place = place(self.batch, lines);
        let chunk = &mut self.parsed.chunk;
        chunk.open(time_ns, place.line, place.offset, place.length);
    }

    /// The symbol of the statement that begins at `from` of the buffer in line `first` and ends
    /// with a line, and how many lines it goes on, if it is known.
    #[inline]
    fn statement(&self, first: usize, from: usize, quotes: Quotes) -> Option<(Symbol, usize)> {
        let batch = self.batch;
        let is_end = |length: usize, lines: usize| {
            let last = first + lines;
            let goes_on = |i| matches!(batch.line(i).first(), Some(b' ' | b'\t'));
            last < batch.len()
                && batch.range(last).1 == from + length
                && (last + 1 == batch.len() || !goes_on(last + 1))
        };
        let text = &batch.buffer()[from..];
        self.parsed.statements.first_of(text, quotes, is_end)
    }

    /// Sets whom the prefix of the newest event names.
    #[inline]
    fn set_who(&mut self, who: [Symbol; WHO.len()]) {
        for (text, symbol) in WHO.into_iter().zip(who) {
            if symbol != Symbol::NONE {
                self.parsed.chunk.set_text(text, symbol);
            }
        }
    }

    /// Reads the entry whose first line was looked at last. The first line behind it.
    fn any(&mut self, first: usize, row: &mut Row<'a>) -> usize {
        let head = self.head;
        if !head.word.opens() {
            let end = self.behind(first + 1);
            self.refuse(first..end);
            return end;
        }
        self.heads.push(head);
        let end = self.behind(first + 1);
        let message_end = self.heads.get(1).map_or(end, |next| next.line);
        let is_known = head.stamp_end > 0;
        let whole = self.batch.line(first).get(head.message_at()..);
        let whole = whole.filter(|_| is_known && message_end == first + 1);
        if let Some(message) = whole
            && self.told_again(&head, message, first..end).is_some()
        {
            return end;
        }
        row.clear();
        if !self.one(&head, first..end, row) {
            self.refuse(first..end);
            return end;
        }
        self.parsed.joined += (end - first) as u64 - 1;
        if row.text_bytes(Text::Query).is_empty() {
            // A message that says a duration is dated by it.
            let is_timed = row.number_of(Number::LatencyUs).is_some();
            if let (Some(message), Some(told)) = (whole.filter(|_| !is_timed), &mut self.told) {
                told.learn(head.word, message, self.parsed);
            }
            self.set_attached(end);
        }
        if is_known {
            self.set_who(head.who);
        }
        end
    }

    /// Makes an entry an event whose message is known whole.
    fn told_again(&mut self, head: &Head, message: &[u8], lines: Range<usize>) -> Option<()> {
        let said = *self.told.as_ref()?.said(head.word, message)?;
        let stamp = &self.batch.line(lines.start)[..head.stamp_end as usize];
        let time_ns = self.stamps.read(stamp)?;
        let end = lines.end;
        self.open(time_ns, lines);
        said.say(self.parsed);
        self.set_attached(end);
        self.set_who(head.who);
        Some(())
    }

    /// Sets the statement that is attached to the newest event, whose lines end before `end`.
    fn set_attached(&mut self, end: usize) {
        let mut heads = self.heads.iter();
        let Some(k) = heads.position(|head| head.word == Word::Statement) else {
            return;
        };
        let text = part(self.batch, end, &self.heads, k);
        if !matches!(text, b"" | b"-") {
            let treatment = Treatment::Statement(Quotes::Names);
            let symbol = self.parsed.symbol_of(Text::Query, text, treatment);
            self.parsed.chunk.set_text(Text::Query, symbol);
        }
    }

    /// Makes an entry of these lines an event, but for whom a known prefix names and what is
    /// attached to it. False where it says no time.
    fn one(&mut self, head: &Head, lines: Range<usize>, row: &mut Row<'a>) -> bool {
        let (batch, format) = (self.batch, self.format);
        self.who_and_when(batch.line(lines.start), head, row);
        if let Some(outer_ns) = self.outer_ns.get(lines.start).copied().flatten() {
            self.parsed.is_outer_timed |= row.set_outer_time(outer_ns);
        }
        if let Word::Severity(Some(level)) = head.word {
            row.raise_level(i64::from(level));
        }
        let (state, message) = without_state(part(batch, lines.end, &self.heads, 0));
        row.set(Field::Text(Text::Flags), state, self.stamps);
        self.entries.message(message, row, self.stamps);
        format.marks.apply(row);
        row.commit(place(batch, lines), format.side, self.parsed)
    }

    /// What a prefix says: as it is known, as the server was told to write it, else as it looks.
    /// Whom it names is not set where that is known.
    fn who_and_when(&mut self, line: &'a [u8], head: &Head, row: &mut Row<'a>) {
        let stamp = Some(&line[..head.stamp_end as usize]).filter(|stamp| !stamp.is_empty());
        match stamp.and_then(|stamp| self.stamps.read(stamp)) {
            Some(time_ns) => row.set_time_ns(time_ns),
            None => {
                let prefix = head.prefix(line);
                self.entries.who_and_when(prefix, line, row, self.stamps);
            }
        }
    }

    fn refuse(&mut self, lines: Range<usize>) {
        lines.for_each(|i| self.parsed.refuse(i as u64, self.batch.line(i)));
    }
}

/// Where some lines lie.
#[inline]
fn place(batch: &LineBatch, lines: Range<usize>) -> Place {
    let ((start, _), (_, end)) = (batch.range(lines.start), batch.range(lines.end - 1));
    Place {
        line: lines.start as u64,
        offset: batch.offset(lines.start),
        length: (end - start) as u32,
    }
}

/// The text of a part of an entry, the message or what is attached to it, with its indented
/// lines.
fn part<'a>(batch: &'a LineBatch, lines_end: usize, heads: &[Head], k: usize) -> &'a [u8] {
    let head = &heads[k];
    let end = heads.get(k + 1).map_or(lines_end, |next| next.line);
    let text = batch.span(head.line, end).get(head.message_at()..);
    text.unwrap_or(b"").trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::stamp::StampKind;
    use proptest::prelude::*;

    /// What a batch holds: counts, and of each event its time, place and columns as text.
    fn read(text: &[u8], goes_short_way: bool) -> (Vec<u64>, Vec<String>) {
        let format = crate::formats::catalogue::builtin_named("postgresql").expect("a definition");
        let crate::formats::Engine::Entries(entries) = &format.engine else {
            panic!("its engine is this one");
        };
        let batch = LineBatch::split(text.to_vec(), 10);
        let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
        let mut parsed = Parsed::of_lines(batch.len() as u64);
        let reading = Reading {
            entries,
            format,
            batch: &batch,
            outer_ns: &[],
            stamps: &mut stamps,
            parsed: &mut parsed,
            layouts: goes_short_way.then(Layouts::default),
            told: goes_short_way.then(Told::new),
            seen: usize::MAX,
            head: Head::NONE,
            heads: Vec::new(),
        };
        reading.all();
        parsed.chunk.seal();
        let chunk = &parsed.chunk;
        let event = |row: usize| {
            let numbers = Number::ALL.map(|number| chunk.number_at(number, row));
            let texts = Text::ALL.map(|text| {
                let symbol = chunk.text_at(text, row);
                symbol.map(|symbol| parsed.names[text as usize].text(symbol))
            });
            let place = (chunk.line[row], chunk.offset[row], chunk.length[row]);
            format!("{} {place:?} {numbers:?} {texts:?}", chunk.time_ns[row])
        };
        let counts = vec![parsed.lines, parsed.joined, parsed.unparsed, parsed.headers];
        (counts, (0..chunk.len()).map(event).collect())
    }

    const PREFIX: &str = "2019-10-25 05:4[01]:1[0-3](\\.00[0-9])? UTC \\[[1-9]{1,3}\\] (app|eve|\\[unknown\\])@shop ";
    const MESSAGE: &str = "(LOG:  duration: [0-9]{1,2}\\.[0-9]{3} ms(  (statement|execute s1|parse): )?|ERROR:  00000: |LOG:  |(DETAIL|STATEMENT|QUERY):  )";
    const STATEMENT: &str = "(SELECT \\* FROM orders|deadlock detected|(00000: )?duration: 5\\.000 ms|update t set a = 'x\n\t y', b = 1|odd \"[ab]\" from 10\\.0\\.0\\.[12]|-|SELECT a FROM (t|\"u\")(\n\t|\n| )WHERE b = [0-9]{1,3}(\n\tAND c = '[0-9]{0,2}'?| IN \\([1-3](,\n?[ \t][4-6]){0,2}\\)|))";
    const END: &str = "( |\r)?\n(\n|\todd\n| \n)?";

    proptest! {
        #[test]
        fn the_short_way_says_what_the_long_one_says(
            entries in prop::collection::vec((PREFIX, MESSAGE, STATEMENT, END), 1..40),
        ) {
            let entry = |(prefix, message, statement, end): &(String, String, String, String)| {
                format!("{prefix}{message}{statement}{end}")
            };
            let text: String = entries.iter().map(entry).collect();
            prop_assert_eq!(read(text.as_bytes(), true), read(text.as_bytes(), false), "{}", text);
        }
    }

    #[test]
    fn what_comes_again_is_read_as_it_was_at_first() {
        let entries = |message: &str| {
            let line = format!("2019-10-25 05:40:12 UTC [1] a@b {message}\n");
            line.repeat(4)
        };
        let statement = "LOG:  duration: 5.000 ms  statement: SELECT a FROM t\n\tWHERE b = 7";
        for message in [
            statement,
            "FATAL:  too many clients",
            "LOG:  duration: 5.000 ms",
        ] {
            let text = entries(message);
            let (short, long) = (read(text.as_bytes(), true), read(text.as_bytes(), false));
            assert_eq!(short, long, "{message}");
            assert_eq!(short.1.len(), 4, "{message}");
        }
    }
}
