//! Whose names the symbols of a block are.
//!
//! In: blocks in the order that a worker reads them, and later in the order of their sources. Out:
//! for each block the symbols that its names have among all. A worker goes on with the tables of
//! its block before: most names of a block stand in that already, and only the others are handed
//! on. Blocks of one worker come back in its order, so that what it handed on before is known.
//!
//! Numbers among all are given in the order of blocks, and within a block by the first row: a name
//! that is new to all is new to its worker. How many workers there are changes nothing, nor does
//! it whether a block was parsed or comes from the cache.

use crate::events::{Added, Brought, Symbol, Text};
use crate::formats::{Parsed, Tables};

/// Bytes of a worker's tables beyond which it starts anew: they should stay in its caches.
const TABLES_BYTES_MAX: usize = 2 << 20;

/// What the symbols of a block stand for.
#[derive(Debug, Clone)]
pub struct BlockNames {
    /// The worker in whose tables they are; `None` if they are the block's own.
    worker: Option<usize>,
    /// Nothing that was brought before holds.
    is_anew: bool,
    /// How many symbols each table has.
    lengths: [usize; Text::COUNT],
    /// The names that are new, one list for each field.
    pub added: [Added; Text::COUNT],
}

impl BlockNames {
    /// Of a block with tables of its own.
    pub fn own(parsed: &Parsed) -> Self {
        Self {
            worker: None,
            is_anew: true,
            lengths: lengths(parsed),
            added: parsed.added(&mut Default::default()),
        }
    }
}

fn lengths(parsed: &Parsed) -> [usize; Text::COUNT] {
    std::array::from_fn(|i| parsed.names[i].len())
}

/// A worker's tables between two blocks.
#[derive(Debug)]
pub struct Desk {
    worker: usize,
    /// The source whose names they hold.
    source: Option<usize>,
    is_anew: bool,
    /// `None` before the first block, and while one is parsed: empty ones cost something too.
    tables: Option<Tables>,
    brought: [Brought; Text::COUNT],
}

impl Desk {
    /// The empty desk of a worker.
    pub fn new(worker: usize) -> Self {
        Self {
            worker,
            source: None,
            is_anew: true,
            tables: None,
            brought: Default::default(),
        }
    }

    /// The tables for a block of a source.
    pub fn take(&mut self, source: usize) -> Tables {
        let is_small = |tables: &Tables| tables.memory() <= TABLES_BYTES_MAX;
        let known = self.tables.take().filter(is_small);
        let known = known.filter(|_| self.source == Some(source));
        self.is_anew = known.is_none();
        self.source = Some(source);
        // Messages have a table in each batch.
        self.brought[Text::Message as usize] = Brought::default();
        known.unwrap_or_else(|| {
            self.brought = Default::default();
            Tables::default()
        })
    }

    /// Takes the tables of a parsed block back; what is new in them.
    pub fn put_back(&mut self, parsed: &mut Parsed) -> BlockNames {
        let names = BlockNames {
            worker: Some(self.worker),
            is_anew: self.is_anew,
            lengths: lengths(parsed),
            added: parsed.added(&mut self.brought),
        };
        self.tables = Some(parsed.take_tables());
        names
    }
}

/// The symbols among all for a block's symbols, one list for each field.
pub type Symbols = [Vec<Symbol>; Text::COUNT];

/// The symbols among all of what each worker handed on so far.
#[derive(Debug, Clone, Default)]
pub struct Translations(Vec<Symbols>);

impl Translations {
    /// Takes the lists of a block's symbols, in which those of its new names are to be set; to be
    /// given back by `put_back`.
    pub fn take(&mut self, names: &BlockNames) -> Symbols {
        let known = names.worker.filter(|_| !names.is_anew);
        let mut symbols = known.and_then(|worker| self.0.get_mut(worker).map(std::mem::take));
        let symbols = symbols.get_or_insert_default();
        for (list, length) in symbols.iter_mut().zip(names.lengths) {
            list.resize(length, Symbol::NONE);
            list[Symbol::OTHER.0 as usize] = Symbol::OTHER;
        }
        std::mem::take(symbols)
    }

    /// Keeps the lists for the worker's next block.
    pub fn put_back(&mut self, names: &BlockNames, symbols: Symbols) {
        if let Some(worker) = names.worker {
            if self.0.len() <= worker {
                self.0.resize_with(worker + 1, Symbols::default);
            }
            self.0[worker] = symbols;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Interner;
    use proptest::prelude::*;

    /// Names that go on from block to block, and those that do not.
    const FIELDS: [Text; 2] = [Text::Client, Text::Message];

    /// A block of a source that holds these names, through a desk; as all name it then.
    fn through(
        desk: &mut Desk,
        (source, names): (usize, &[u8]),
        (all, translations): (&mut Interner, &mut Translations),
    ) -> Vec<Symbol> {
        let mut parsed = Parsed::with_tables(0, desk.take(source));
        for (row, name) in names.iter().enumerate() {
            parsed.chunk.open(0, row as u64, 0, 1);
            for field in FIELDS {
                let symbol = parsed.names[field as usize].intern(&[*name]);
                parsed.chunk.set_text(field, symbol);
            }
        }
        let naming = desk.put_back(&mut parsed);
        let mut symbols = translations.take(&naming);
        for field in FIELDS {
            let list = &mut symbols[field as usize];
            for (symbol, name) in naming.added[field as usize].iter() {
                list[symbol.0 as usize] = all.intern(name);
            }
            parsed.chunk.rename(field, list);
        }
        translations.put_back(&naming, symbols);
        let [clients, messages] = FIELDS.map(|field| parsed.chunk.text(field).to_vec());
        assert_eq!(clients, messages);
        clients
    }

    /// Parses a block of that many names at a desk.
    fn full(desk: &mut Desk, source: usize, names: u32) -> BlockNames {
        let mut parsed = Parsed::with_tables(0, desk.take(source));
        for name in 0..names {
            parsed.chunk.open(0, u64::from(name), 0, 1);
            let symbol = parsed.names[Text::Client as usize].intern(&name.to_le_bytes());
            parsed.chunk.set_text(Text::Client, symbol);
        }
        desk.put_back(&mut parsed)
    }

    #[test]
    fn tables_that_are_large_or_of_another_source_are_left() {
        let mut desk = Desk::new(0);
        let is_anew = |desk: &mut Desk, source, names| {
            let naming = full(desk, source, names);
            let all = naming.added[Text::Client as usize].iter().count();
            assert_eq!(naming.is_anew, all == names as usize);
            naming.is_anew
        };
        assert!(is_anew(&mut desk, 0, 10));
        assert!(!is_anew(&mut desk, 0, 20));
        assert!(is_anew(&mut desk, 1, 20));
        assert!(!is_anew(&mut desk, 1, 100_000));
        assert!(is_anew(&mut desk, 1, 20));
        let kept = desk.take(1);
        assert!(kept.memory() < TABLES_BYTES_MAX);
    }

    #[test]
    fn what_a_full_table_refused_stays_so() {
        let (mut desk, mut translations) = (Desk::new(0), Translations::default());
        for _ in 0..2 {
            let mut parsed = Parsed::with_tables(0, desk.take(0));
            parsed.chunk.open(0, 0, 0, 1);
            parsed.chunk.set_text(Text::Client, Symbol::OTHER);
            let naming = desk.put_back(&mut parsed);
            let symbols = translations.take(&naming);
            parsed
                .chunk
                .rename(Text::Client, &symbols[Text::Client as usize]);
            assert_eq!(parsed.chunk.text(Text::Client), [Symbol::OTHER]);
            translations.put_back(&naming, symbols);
        }
    }

    proptest! {
        #[test]
        fn names_have_the_same_numbers_on_any_number_of_workers(
            blocks in prop::collection::vec((0..2_usize, prop::collection::vec(0_u8..9, 1..9), 0..3_usize), 1..12),
        ) {
            let read = |workers: usize| {
                let mut desks: Vec<Desk> = (0..workers).map(Desk::new).collect();
                let (mut all, mut translations) = (Interner::new(99), Translations::default());
                let one = |(source, names, worker): &(usize, Vec<u8>, usize)| {
                    let desk = &mut desks[worker % workers];
                    through(desk, (*source, names), (&mut all, &mut translations))
                };
                let symbols: Vec<Vec<Symbol>> = blocks.iter().map(one).collect();
                (symbols, all.iter().map(|(_, name)| name.to_vec()).collect::<Vec<_>>())
            };
            let (symbols, all) = read(1);
            for (block, symbols) in blocks.iter().zip(&symbols) {
                let named: Vec<u8> = symbols.iter().map(|one| all[one.0 as usize - 2][0]).collect();
                prop_assert_eq!(&named, &block.1);
            }
            prop_assert_eq!(read(2), (symbols.clone(), all.clone()));
            prop_assert_eq!(read(3), (symbols, all));
        }
    }
}
