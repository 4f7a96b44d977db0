//! Parsed blocks put together in the order of the sources: names, line numbers, counts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::budget::Budget;
use super::naming::{BlockNames, Symbols, Translations};
use super::tally::Tally;
use super::work::Done;
use crate::events::opened::Opened;
use crate::events::spill::Kept;
use crate::events::{EventStore, Interner, Symbol, Text};
use crate::formats::{Miner, StampSide};
use crate::series::Rollup;
use crate::series::rollup::Key;

/// Names kept per text field; further ones become `(other)` and are counted.
const NAMES_MAX: usize = 1 << 20;
/// Blocks after which the tables are measured again.
const BLOCKS_MEASURED: u64 = 16;

/// Everything read so far. A copy costs the counts and names; the events are shared.
#[derive(Clone)]
pub struct Merged {
    /// One per planned source.
    pub tallies: Vec<Tally>,
    names: Vec<Arc<Interner>>,
    translations: Translations,
    /// Events of each field whose name did not fit.
    unnamed: [u64; Text::COUNT],
    /// One per planned source; messages are named by their templates.
    miners: Vec<Miner>,
    /// The symbols of each source's templates.
    templates: Vec<Vec<Symbol>>,
    /// Source and number of each template in the order of the symbols.
    template_at: Vec<(usize, usize)>,
    /// The events for drill-down.
    pub kept: Kept,
    opened: Arc<Mutex<Opened>>,
    budget: Budget,
    blocks: u64,
    /// True once names or templates did not fit into the memory allowed.
    pub names_closed: bool,
    /// True once buckets were made wider to fit into the memory allowed.
    pub counts_widened: bool,
}

impl Merged {
    /// Nothing yet, of `n` sources; events that do not fit lie in a file in `spill_folder`.
    pub fn new(n: usize, budget: Budget, spill_folder: PathBuf) -> Self {
        let names = Text::ALL.iter();
        Self {
            tallies: vec![Tally::default(); n],
            names: names.map(|_| Arc::new(Interner::new(NAMES_MAX))).collect(),
            translations: Translations::default(),
            unnamed: [0; Text::COUNT],
            miners: vec![Miner::default(); n],
            templates: vec![Vec::new(); n],
            template_at: Vec::new(),
            kept: Kept::new(budget.columns, spill_folder),
            opened: Arc::default(),
            budget,
            blocks: 0,
            names_closed: false,
            counts_widened: false,
        }
    }

    /// Adds the next block. Blocks must come in reading order: names are numbered by it.
    pub fn add(&mut self, done: Done, side: StampSide) {
        let Done {
            source,
            bytes,
            mut parsed,
            naming,
            rollup,
            foreign,
            reach,
        } = done;
        let symbols = self.translated(source, &naming);
        for field in Text::ALL {
            let unnamed = parsed.chunk.rename(field, &symbols[field as usize]);
            self.unnamed[field as usize] += unnamed;
        }
        let tally = &mut self.tallies[source];
        let (metrics, labels) = (
            &symbols[Text::Metric as usize],
            &symbols[Text::Host as usize],
        );
        let renamed = |symbols: &[Symbol], symbol: Symbol| {
            symbols.get(symbol.0 as usize).copied().unwrap_or(symbol)
        };
        let renamed = |key: Key| Key {
            metric: renamed(metrics, key.metric),
            label: renamed(labels, key.label),
        };
        tally.rollup.add(rollup, renamed);
        for (kind, rollup) in foreign {
            tally.foreign.entry(kind).or_default().add(rollup, renamed);
        }
        let chunk = &mut parsed.chunk;
        let lines_before = tally.lines();
        chunk
            .line
            .iter_mut()
            .for_each(|line| *line += lines_before + 1);
        tally.count(&parsed, reach.as_ref(), bytes, side);
        self.translations.put_back(&naming, symbols);
        self.kept.join(source, parsed.chunk);
        self.blocks += 1;
        if self.blocks.is_multiple_of(BLOCKS_MEASURED) {
            self.bound();
        }
    }

    /// Keeps names and counts within what they may hold.
    fn bound(&mut self) {
        let names = self.names.iter().map(|names| names.memory());
        let miners = self.miners.iter().map(Miner::memory);
        if !self.names_closed && names.chain(miners).sum::<usize>() > self.budget.names {
            self.names_closed = true;
            let names = self.names.iter_mut();
            names.for_each(|names| Arc::make_mut(names).close());
            self.miners.iter_mut().for_each(Miner::close);
        }
        loop {
            let memory = |tally: &Tally| tally.rollups().map(Rollup::memory).sum::<usize>();
            let sizes = self.tallies.iter().map(memory);
            let sizes: Vec<usize> = sizes.collect();
            if sizes.iter().sum::<usize>() <= self.budget.counts {
                return;
            }
            // The largest that can be made smaller; the first of equals.
            let mut order: Vec<usize> = (0..sizes.len()).collect();
            order.sort_by_key(|&i| std::cmp::Reverse(sizes[i]));
            let mut tallies = order.into_iter();
            if !tallies.any(|i| self.tallies[i].widen()) {
                return;
            }
            self.counts_widened = true;
        }
    }

    /// A source joins.
    pub fn join(&mut self) {
        self.tallies.push(Tally::default());
        self.miners.push(Miner::default());
        self.templates.push(Vec::new());
    }

    /// The symbols among all of a block's symbols: of those that it brings, and of those before.
    fn translated(&mut self, source: usize, naming: &BlockNames) -> Symbols {
        let mut symbols = self.translations.take(naming);
        for (field, added) in Text::ALL.into_iter().zip(&naming.added) {
            let list = &mut symbols[field as usize];
            for (symbol, text) in added.iter() {
                list[symbol.0 as usize] = match field {
                    Text::Message => self.template(source, text),
                    _ => intern(&mut self.names[field as usize], text),
                };
            }
        }
        symbols
    }

    /// The symbol of a masked message's template. Sources have templates of their own.
    fn template(&mut self, source: usize, masked: &[u8]) -> Symbol {
        let Some(template) = self.miners[source].template_of(masked) else {
            return Symbol::OTHER;
        };
        let symbols = &mut self.templates[source];
        if template == symbols.len() {
            // The first two symbols are none and other.
            symbols.push(Symbol(self.template_at.len() as u32 + 2));
            self.template_at.push((source, template));
        }
        symbols[template]
    }

    /// How the memory is divided.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// How many templates the messages of a source have.
    pub fn templates_of(&self, source: usize) -> usize {
        self.templates[source].len()
    }

    /// The events for drill-down; shares the chunks. Messages bear the templates' texts of now.
    pub fn store(&self) -> EventStore {
        let mut names = self.names.clone();
        let texts = self.template_at.iter();
        names[Text::Message as usize] = Arc::new(Interner::numbered(
            texts.map(|(source, template)| self.miners[*source].text(*template)),
        ));
        EventStore::of(&self.kept, names, self.budget.room(), &self.opened)
    }

    /// Metric and label of each series of a source.
    pub fn names_of(&self, source: usize) -> BTreeMap<Key, (String, String)> {
        let text = |field: Text, symbol| self.names[field as usize].text(symbol);
        let keys = self.tallies[source]
            .rollups()
            .flat_map(|rollup| rollup.tables().keys());
        keys.map(|key| {
            (
                *key,
                (text(Text::Metric, key.metric), text(Text::Host, key.label)),
            )
        })
        .collect()
    }

    /// Events whose name of a field did not fit, and how many names did; for messages: events
    /// without a template, and templates.
    pub fn unnamed(&self) -> impl Iterator<Item = (Text, u64, usize)> {
        let held = |field: Text| match field {
            Text::Message => self.template_at.len(),
            // None and other are no names.
            _ => self.names[field as usize].len() - 2,
        };
        let fields = Text::ALL.iter();
        fields
            .map(move |field| (*field, self.unnamed[*field as usize], held(*field)))
            .filter(|(_, unnamed, _)| *unnamed > 0)
    }
}

/// The symbol of a name. A table that a snapshot still shows is copied before it grows.
fn intern(names: &mut Arc<Interner>, bytes: &[u8]) -> Symbol {
    match names.find(bytes) {
        Some(symbol) => symbol,
        None => Arc::make_mut(names).intern(bytes),
    }
}
