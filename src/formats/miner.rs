//! Templates of messages: which masked messages are the same sentence with other words.
//!
//! In: the distinct masked messages of one source, in the order of their first sight. Out: the
//! number of each one's template, and the templates' texts so far: a template grows more general
//! as messages join it, its number stays. Deterministic; bounded, and says what did not fit.
//! Source: Drain (He, Zhu, Zheng & Lyu 2017), a tree of fixed depth over length and first words;
//! the similarity here also counts agreement among the words that do not vary yet.

use std::collections::BTreeMap;

use super::message::MASK;
use crate::events::{Interner, Symbol};

/// Templates of one source; messages of further ones have none.
pub const TEMPLATES_MAX: usize = 2000;
/// Distinct masked messages that are learnt from; later ones are compared and change nothing.
const LEARNT_MAX: usize = 100_000;
/// Distinct words remembered.
const WORDS_MAX: usize = 1 << 18;
/// Levels of the tree below the number of words: so many first words must agree.
const FIRST_WORDS: usize = 2;
/// Different words told apart in one place of the tree; further ones go together.
const BRANCHES_MAX: usize = 100;
/// Similarity in `[0, 1]` from which a message joins a template.
const SIMILARITY_MIN: f64 = 0.55;
/// The symbol of the first text that is interned.
const FIRST: Symbol = Symbol(2);
/// The word that varies: the first of the words.
const WILD: Symbol = FIRST;

/// One source's templates.
#[derive(Debug, Clone)]
pub struct Miner {
    learnt: Interner,
    /// Template of each learnt message, from the first on; `None` where there was no room.
    template_of: Vec<Option<usize>>,
    words: Interner,
    templates: Vec<Vec<Symbol>>,
    tree: BTreeMap<usize, Node>,
    refused: u64,
}

#[derive(Debug, Clone, Default)]
struct Node {
    branches: BTreeMap<Symbol, Node>,
    templates: Vec<usize>,
}

/// How alike a template and a message are; compared by similarity, then by fewer wild words.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Likeness {
    similarity: f64,
    wild: usize,
}

impl Default for Miner {
    fn default() -> Self {
        let mut words = Interner::new(WORDS_MAX);
        let wild = words.intern(MASK);
        debug_assert_eq!(wild, WILD);
        Self {
            learnt: Interner::new(LEARNT_MAX),
            template_of: Vec::new(),
            words,
            templates: Vec::new(),
            tree: BTreeMap::new(),
            refused: 0,
        }
    }
}

impl Miner {
    /// The template of a masked message, from 0, numbered by first sight. `None` when there is
    /// no room for another one. The same message always has the same template.
    /// Costs a look-up for a message that was seen, else some comparisons of its words.
    pub fn template_of(&mut self, masked: &[u8]) -> Option<usize> {
        let before = self.learnt.len();
        let symbol = self.learnt.intern(masked);
        if symbol == Symbol::OTHER {
            let words: Vec<Symbol> = split(masked)
                .map(|word| self.words.find(word).unwrap_or(Symbol::OTHER))
                .collect();
            let found = self.nearest(&words);
            self.refused += u64::from(found.is_none());
            return found;
        }
        if (symbol.0 as usize) < before {
            return self.template_of[symbol.0 as usize - FIRST.0 as usize];
        }
        let words: Vec<Symbol> = split(masked).map(|word| self.words.intern(word)).collect();
        let found = match self.nearest(&words) {
            Some(template) => {
                self.generalise(template, &words);
                Some(template)
            }
            None => self.open(words),
        };
        self.refused += u64::from(found.is_none());
        self.template_of.push(found);
        found
    }

    /// How many templates there are.
    pub fn len(&self) -> usize {
        self.templates.len()
    }

    /// True before the first message.
    pub fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// Learns nothing more: later messages are compared with the templates there are.
    pub fn close(&mut self) {
        self.learnt.close();
        self.words.close();
    }

    /// Bytes of memory it holds, about.
    pub fn memory(&self) -> usize {
        let words: usize = self
            .templates
            .iter()
            .map(|words| words.capacity() * 4)
            .sum();
        let of_learnt = self.template_of.capacity() * size_of::<Option<usize>>();
        self.learnt.memory() + self.words.memory() + of_learnt + words
    }

    /// How many distinct messages found no template because there was no room.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The text of a template as it is now: its words, `<*>` where they vary.
    /// # Panics
    /// If there is no such template.
    pub fn text(&self, template: usize) -> Vec<u8> {
        let words = self.templates[template].iter();
        words
            .map(|word| self.words.bytes(*word))
            .collect::<Vec<_>>()
            .join(&b' ')
    }

    /// The most similar template among those with as many words and the same first words.
    fn nearest(&self, words: &[Symbol]) -> Option<usize> {
        let mut node = self.tree.get(&words.len())?;
        for word in &words[..words.len().min(FIRST_WORDS)] {
            let key = self.key(*word);
            node = node
                .branches
                .get(&key)
                .or_else(|| node.branches.get(&WILD))?;
        }
        let mut best: Option<(Likeness, usize)> = None;
        for &template in &node.templates {
            let likeness = self.likeness(template, words);
            let better = best.is_none_or(|(best, _)| {
                likeness.similarity > best.similarity
                    || (likeness.similarity == best.similarity && likeness.wild < best.wild)
            });
            if better {
                best = Some((likeness, template));
            }
        }
        best.filter(|(likeness, _)| likeness.similarity >= SIMILARITY_MIN)
            .map(|(_, template)| template)
    }

    /// The mean of two shares of equal words: among all, and among those that do not vary.
    fn likeness(&self, template: usize, words: &[Symbol]) -> Likeness {
        let (mut equal, mut wild) = (0, 0);
        for (known, word) in self.templates[template].iter().zip(words) {
            if self.is_wild(*known) {
                wild += 1;
            } else if known == word && *word != Symbol::OTHER {
                equal += 1;
            }
        }
        let share = |n: usize| if n > 0 { equal as f64 / n as f64 } else { 1.0 };
        Likeness {
            similarity: (equal as f64 / words.len().max(1) as f64 + share(words.len() - wild))
                / 2.0,
            wild,
        }
    }

    fn generalise(&mut self, template: usize, words: &[Symbol]) {
        for (known, word) in self.templates[template].iter_mut().zip(words) {
            if known != word {
                *known = WILD;
            }
        }
    }

    fn open(&mut self, words: Vec<Symbol>) -> Option<usize> {
        if self.templates.len() == TEMPLATES_MAX {
            return None;
        }
        let keys = words.iter().take(FIRST_WORDS).map(|word| self.key(*word));
        let keys: Vec<Symbol> = keys.collect();
        let mut node = self.tree.entry(words.len()).or_default();
        for key in keys {
            let full = node.branches.len() >= BRANCHES_MAX && !node.branches.contains_key(&key);
            let key = if full { WILD } else { key };
            node = node.branches.entry(key).or_default();
        }
        node.templates.push(self.templates.len());
        self.templates.push(words);
        Some(self.templates.len() - 1)
    }

    /// Under which branch a word goes: words that vary, and names with numbers, together.
    fn key(&self, word: Symbol) -> Symbol {
        let bytes = self.words.bytes(word);
        let varies = memchr::memmem::find(bytes, MASK).is_some();
        if varies || word == Symbol::OTHER || bytes.iter().any(u8::is_ascii_digit) {
            WILD
        } else {
            word
        }
    }

    /// `<*>`, also in quotes or before a comma.
    fn is_wild(&self, word: Symbol) -> bool {
        if word == WILD {
            return true;
        }
        let bytes = self.words.bytes(word);
        let around = |byte: &u8| matches!(byte, b'"' | b',' | b';' | b'.' | b':');
        let start = bytes.iter().take_while(|byte| around(byte)).count();
        let end = bytes.iter().rev().take_while(|byte| around(byte)).count();
        bytes.get(start..bytes.len().saturating_sub(end)) == Some(MASK)
    }
}

fn split(masked: &[u8]) -> impl Iterator<Item = &[u8]> {
    masked
        .split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mined(messages: &[&str]) -> (Vec<Option<usize>>, Vec<String>) {
        let mut miner = Miner::default();
        let found = messages
            .iter()
            .map(|one| miner.template_of(one.as_bytes()))
            .collect();
        let texts = (0..miner.len()).map(|i| String::from_utf8_lossy(&miner.text(i)).into_owned());
        (found, texts.collect())
    }

    #[test]
    fn words_that_vary_become_one_template() {
        let (found, texts) = mined(&[
            "connection from alice closed by <*>",
            "connection from bob closed by <*>",
            "connection from carol closed by <*>",
        ]);
        assert_eq!(found, [Some(0); 3]);
        assert_eq!(texts, ["connection from <*> closed by <*>"]);
    }

    #[test]
    fn other_sentences_are_other_templates_and_keep_their_number() {
        let (found, texts) = mined(&[
            "disk full on <*>",
            "user <*> logged in",
            "disk full on <*>",
            "",
            "user <*> logged out",
        ]);
        assert_eq!(found, [Some(0), Some(1), Some(0), Some(2), Some(1)]);
        assert_eq!(texts, ["disk full on <*>", "user <*> logged <*>", ""]);
    }

    #[test]
    fn beyond_the_bound_a_message_has_no_template_and_is_counted() {
        let mut miner = Miner::default();
        let name = |i: usize| format!("{}{}", (b'a' + (i % 26) as u8) as char, "x".repeat(i / 26));
        for i in 0..TEMPLATES_MAX {
            assert_eq!(miner.template_of(name(i).as_bytes()), Some(i));
        }
        assert_eq!(miner.template_of(b"one too many"), None);
        assert_eq!(miner.template_of(b"one too many"), None);
        assert_eq!((miner.len(), miner.refused()), (TEMPLATES_MAX, 1));
        assert_eq!(miner.template_of(b"a"), Some(0));
    }

    #[test]
    fn when_no_more_is_learnt_messages_are_still_compared_and_change_nothing() {
        let mut miner = Miner {
            learnt: Interner::new(2),
            ..Miner::default()
        };
        miner.template_of(b"job failed alpha on host");
        let text = miner.text(0);
        miner.template_of(b"disk full");
        for _ in 0..2 {
            assert_eq!(miner.template_of(b"job failed beta on host"), Some(0));
            assert_eq!(miner.template_of(b"quite another message here now"), None);
        }
        assert_eq!((miner.text(0), miner.len()), (text, 2));
    }

    proptest! {
        #[test]
        fn any_bytes_are_mined_and_mined_again_the_same(messages: Vec<Vec<u8>>) {
            let mut miner = Miner::default();
            let first: Vec<_> = messages.iter().map(|one| miner.template_of(one)).collect();
            let again: Vec<_> = messages.iter().map(|one| miner.template_of(one)).collect();
            prop_assert_eq!(&first, &again);
            prop_assert!(miner.len() <= messages.len());
            for template in first.into_iter().flatten() {
                let _ = miner.text(template);
            }
        }
    }
}
