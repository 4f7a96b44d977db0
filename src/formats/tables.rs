//! Tables of names that go from one batch of a source to the next.
//!
//! In: the tables after a batch. Out: the same for the batch behind it, so that a name which both
//! hold is taken in once. Messages have a table in each batch: their masks are few, and what a
//! batch remembers of them goes by it. What is remembered of statements goes with their table.

use super::Parsed;
use super::fingerprint::Memo;
use crate::events::{Added, Brought, Chunk, Interner, Text};

/// Names a table can hold: no batch has more lines.
const NAMES_MAX: usize = 1 << 20;
/// Events that any batch may have.
const EVENTS_MIN: usize = 64;

/// What goes on with the next batch.
#[derive(Debug, Clone)]
pub struct Tables {
    /// One table per text field, in the order of `Text::ALL`.
    pub(super) names: Vec<Interner>,
    /// Symbols of statements, in the table of those.
    pub(super) statements: Memo,
    /// An empty chunk, with room for events if there is one to be used again.
    pub spare: Chunk,
    /// Lines and events of the batch before.
    before: Option<(usize, usize)>,
}

impl Default for Tables {
    fn default() -> Self {
        let fields = Text::ALL.iter();
        Self {
            names: fields.map(|_| Interner::new(NAMES_MAX)).collect(),
            statements: Memo::default(),
            spare: Chunk::default(),
            before: None,
        }
    }
}

impl Tables {
    /// How many events a batch of so many lines is likely to have: as many of a line as the batch
    /// before had, and some more; one of each line where none was before. No bound: more may come.
    pub(super) fn likely_events(&self, lines: usize) -> usize {
        let scaled = |(before, events): (usize, usize)| lines * (events + events / 8) / before;
        let likely = self.before.filter(|(before, _)| *before > 0).map(scaled);
        likely.map_or(lines, |likely| lines.min(likely + EVENTS_MIN))
    }

    /// Bytes of memory they hold, about.
    pub fn memory(&self) -> usize {
        let names: usize = self.names.iter().map(Interner::memory).sum();
        names + self.statements.memory()
    }
}

impl Parsed {
    /// The names of the events that were not `brought` by a batch before, one list for each field.
    pub fn added(&self, brought: &mut [Brought; Text::COUNT]) -> [Added; Text::COUNT] {
        std::array::from_fn(|i| {
            let column = self.chunk.text(Text::ALL[i]);
            Added::of(column, &self.names[i], &mut brought[i])
        })
    }

    /// Takes the tables out, for the next batch of the source.
    pub fn take_tables(&mut self) -> Tables {
        let mut names = std::mem::take(&mut self.names);
        if let Some(messages) = names.get_mut(Text::Message as usize) {
            *messages = Interner::new(NAMES_MAX);
        }
        Tables {
            before: Some((self.lines as usize, self.chunk.len())),
            names,
            spare: Chunk::default(),
            statements: std::mem::take(&mut self.statements),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::catalogue::builtin_named;
    use crate::formats::{parse, parse_with};
    use crate::lines::LineBatch;
    use proptest::prelude::*;

    /// The statement of each event.
    fn statements(parsed: &Parsed) -> Vec<Vec<u8>> {
        let names = &parsed.names[Text::Query as usize];
        let of = |row| {
            parsed
                .chunk
                .text_at(Text::Query, row)
                .map(|it| names.bytes(it).to_vec())
        };
        (0..parsed.chunk.len()).filter_map(of).collect()
    }

    proptest! {
        #[test]
        fn statements_are_the_same_whatever_came_before(
            batches in prop::collection::vec(
                prop::collection::vec("select [ab] from orders where (id = [0-9]{1,3}|c in \\([1-9](, [1-9]){0,2}\\))", 0..6),
                1..5,
            ),
        ) {
            let format = builtin_named("postgresql");
            let format = format.expect("a definition");
            let mut tables = Tables::default();
            for batch in batches {
                let front = "2019-10-25 05:40:12 UTC [1] LOG:  duration: 5.000 ms  statement: ";
                let lines = batch.iter().map(|statement| format!("{front}{statement}\n\tlimit 7\n"));
                let batch = LineBatch::split(lines.collect::<String>().into_bytes(), 0);
                let mut parsed = parse_with(format, Zone::UTC, &batch, tables);
                prop_assert_eq!(statements(&parsed), statements(&parse(format, Zone::UTC, &batch)));
                tables = parsed.take_tables();
            }
        }
    }

    #[test]
    fn what_goes_on_is_counted_and_messages_do_not() {
        let format = builtin_named("postgresql").expect("a definition");
        let front = "2019-10-25 05:40:12 UTC [1] LOG:  ";
        let text =
            format!("{front}duration: 5.000 ms  statement: select a from orders\n{front}hello\n");
        let batch = LineBatch::split(text.into_bytes(), 0);
        let mut parsed = parse_with(format, Zone::UTC, &batch, Tables::default());
        let tables = parsed.take_tables();
        let is_empty = |text: Text| tables.names[text as usize].is_empty();
        assert_eq!(
            (is_empty(Text::Message), is_empty(Text::Query)),
            (true, false)
        );
        let names: usize = tables.names.iter().map(Interner::memory).sum();
        assert!(tables.statements.memory() > 0);
        assert_eq!(tables.memory(), names + tables.statements.memory());
    }

    #[test]
    fn room_is_made_for_as_many_events_as_the_batch_before_had() {
        let of = |before| {
            let tables = Tables {
                before,
                ..Tables::default()
            };
            tables.likely_events(1000)
        };
        assert_eq!((of(None), of(Some((0, 0)))), (1000, 1000));
        assert_eq!((of(Some((4000, 800))), of(Some((4000, 0)))), (289, 64));
        assert_eq!(of(Some((1000, 1000))), 1000);
    }
}
