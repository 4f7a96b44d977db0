//! Names that a worker keeps from block to block.
//!
//! Most names of a block stood in the blocks before it: a worker that keeps its tables adds only
//! what is new, and the merger renames only that. In: the blocks of one source in reading order,
//! not all of them. Out: per block, the names that this worker met for the first time. What a
//! name is called in the end is the merger's.

use super::{NAMES_MAX, Text};
use crate::events::{Interner, Symbol};

/// Tables with more names than this are begun anew with the next block.
const KEPT_MAX: usize = 1 << 16;
/// Tables with more bytes than this are begun anew with the next block.
const KEPT_BYTES_MAX: usize = 8 << 20;

/// Which tables symbols are of: two blocks of one lane share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// The worker.
    pub worker: usize,
    /// How often it has begun anew.
    pub turn: u64,
}

/// A worker's tables, one per text field in the order of `Text::ALL`.
#[derive(Debug)]
pub struct Names {
    tables: Vec<Interner>,
    lane: Lane,
    source: Option<usize>,
    known: [u32; Text::COUNT],
}

/// What a block added to the tables of its lane.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// The lane.
    pub lane: Lane,
    lists: Vec<List>,
}

#[derive(Debug, Clone, Default)]
struct List {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Empty tables, one per text field.
pub fn empty_tables() -> Vec<Interner> {
    Text::ALL.iter().map(|_| Interner::new(NAMES_MAX)).collect()
}

impl Names {
    /// No names yet of a worker.
    pub fn new(worker: usize) -> Self {
        Self {
            tables: empty_tables(),
            lane: Lane { worker, turn: 0 },
            source: None,
            known: [0; Text::COUNT],
        }
    }

    /// Hands out the tables for a block of a source: begun anew where they are another source's
    /// or have grown too large. Every block has room for `NAMES_MAX` names of its own, so that
    /// what is kept changes nothing.
    pub fn lend(&mut self, source: usize) -> Vec<Interner> {
        let large =
            |table: &Interner| table.len() > KEPT_MAX || table.bytes_held() > KEPT_BYTES_MAX;
        if self.source != Some(source) || self.tables.iter().any(large) {
            self.tables = empty_tables();
            self.lane.turn += 1;
            self.source = Some(source);
        }
        for (table, known) in self.tables.iter_mut().zip(&mut self.known) {
            table.allow(NAMES_MAX);
            *known = table.len() as u32;
        }
        std::mem::take(&mut self.tables)
    }

    /// Takes the tables back and tells what was added.
    pub fn take_back(&mut self, tables: Vec<Interner>) -> Fresh {
        let added = |(table, known): (&Interner, &u32)| {
            let mut list = List::default();
            for (_, text) in table.iter_from(Symbol(*known)) {
                list.bytes.extend_from_slice(text);
                list.ends.push(list.bytes.len());
            }
            list
        };
        let lists = tables.iter().zip(&self.known).map(added).collect();
        self.tables = tables;
        Fresh {
            lane: self.lane,
            lists,
        }
    }

    /// The table of a field.
    /// # Panics
    /// While the tables are lent.
    pub fn of(&self, field: Text) -> &Interner {
        &self.tables[field as usize]
    }
}

impl Fresh {
    /// The new names of a field in order of first sight.
    pub fn iter(&self, field: Text) -> impl Iterator<Item = &[u8]> {
        let list = &self.lists[field as usize];
        let starts = std::iter::once(0).chain(list.ends.iter().copied());
        starts
            .zip(&list.ends)
            .map(|(start, end)| &list.bytes[start..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(names: &mut Names, source: usize, clients: &[&str]) -> (u64, Vec<String>) {
        let mut tables = names.lend(source);
        for client in clients {
            tables[Text::Client as usize].intern(client.as_bytes());
        }
        let fresh = names.take_back(tables);
        let texts = fresh.iter(Text::Client);
        let texts = texts.map(|text| String::from_utf8_lossy(text).into_owned());
        (fresh.lane.turn, texts.collect())
    }

    #[test]
    fn only_what_is_new_to_the_worker_is_told() {
        let mut names = Names::new(0);
        let owned = |turn: u64, texts: &[&str]| {
            (turn, texts.iter().map(|text| (*text).to_owned()).collect())
        };
        assert_eq!(fresh(&mut names, 0, &["a", "b"]), owned(1, &["a", "b"]));
        assert_eq!(fresh(&mut names, 0, &["b", "c"]), owned(1, &["c"]));
        assert_eq!(fresh(&mut names, 0, &["a"]), owned(1, &[]));
        assert_eq!(fresh(&mut names, 1, &["a"]), owned(2, &["a"]));
    }

    #[test]
    fn tables_that_have_grown_large_are_begun_anew() {
        let mut names = Names::new(0);
        let many: Vec<String> = (0..=KEPT_MAX).map(|i| i.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(fresh(&mut names, 0, &many).0, 1);
        assert_eq!(fresh(&mut names, 0, &["0"]).0, 2);
    }
}
