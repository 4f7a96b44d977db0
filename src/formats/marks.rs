//! Messages that mean something: a text that they contain gives the event a kind and a level.
//!
//! In: a row with its message. Out: the row with the kind, and at least the level, of the first
//! mark that the message contains. Marks are few and seldom found: one pass over the message says
//! that it has none.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aho_corasick::{AhoCorasick, MatchKind};

use super::field::LevelScale;
use super::row::Row;
use super::value;
use crate::events::Text;

/// A message that means something: lines whose message contains `contains` are of `kind`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Mark {
    /// What the message contains.
    pub contains: String,
    /// The event's kind.
    pub kind: String,
    /// A word of the level that the event has at least, where its line says less or nothing.
    pub level: Option<String>,
}

/// The marks of a format, in the order they are tried.
#[derive(Clone, Default)]
pub struct Marks {
    marks: Vec<Mark>,
    /// Finds any of them; `None` where there are none, or too many for one search. Made when a
    /// message is first looked into: of most formats none is. Clones have it together.
    any: Arc<OnceLock<Option<AhoCorasick>>>,
    /// Bytes of the shortest: what is shorter holds none.
    shortest: usize,
}

impl PartialEq for Marks {
    fn eq(&self, other: &Self) -> bool {
        self.marks == other.marks
    }
}

impl fmt::Debug for Marks {
    /// What they are, not whether they were searched for yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Marks").field(&self.marks).finish()
    }
}

impl Marks {
    /// Marks in the order they are tried.
    pub fn new(marks: Vec<Mark>) -> Self {
        let lengths = marks.iter().map(|mark| mark.contains.len());
        Self {
            shortest: lengths.min().unwrap_or(0),
            any: Arc::default(),
            marks,
        }
    }

    /// What finds any of them.
    fn any(&self) -> Option<&AhoCorasick> {
        let made = self.any.get_or_init(|| {
            let texts = self.marks.iter().map(|mark| &mark.contains);
            // Which of them it finds does not matter, but of this kind it finds many bytes at once.
            let kind = MatchKind::LeftmostFirst;
            let any = AhoCorasick::builder().match_kind(kind).build(texts).ok();
            any.filter(|_| !self.marks.is_empty())
        });
        made.as_ref()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Whether a message may hold one: false for most.
    pub fn may_mark(&self, message: &[u8]) -> bool {
        message.len() >= self.shortest && self.any().is_none_or(|any| any.is_match(message))
    }

    /// The first mark that a message contains.
    fn of(&self, message: &[u8]) -> Option<&Mark> {
        if message.len() < self.shortest {
            return None;
        }
        let is_in = |mark: &&Mark| {
            let text = mark.contains.as_bytes();
            memchr::memmem::find(message, text).is_some()
        };
        let Some(any) = self.any() else {
            return self.marks.iter().find(is_in);
        };
        // What stands first in the message is in it; a mark before it in the list may be as well.
        let found = any.find(message)?.pattern().as_usize();
        self.marks[..found]
            .iter()
            .find(is_in)
            .or(self.marks.get(found))
    }

    /// Gives an event whose message holds a mark the mark's kind, and its level at least.
    pub(super) fn apply<'a>(&'a self, row: &mut Row<'a>) {
        if self.marks.is_empty() {
            return;
        }
        let Some(found) = self.of(row.text_bytes(Text::Message)) else {
            return;
        };
        row.set_text(Text::Kind, found.kind.as_bytes());
        let word = found.level.as_ref();
        let level = word.and_then(|word| value::level(word.as_bytes(), LevelScale::Words));
        if let Some(level) = level {
            row.raise_level(level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marks(texts: &[&str]) -> Marks {
        let mark = |text: &&str| Mark {
            contains: (*text).to_owned(),
            kind: format!("kind of {text}"),
            level: None,
        };
        Marks::new(texts.iter().map(mark).collect())
    }

    #[test]
    fn the_first_mark_of_the_list_decides_wherever_it_stands() {
        let marks = marks(&["timed out", "upstream"]);
        let kind = |message: &str| marks.of(message.as_bytes()).map(|mark| mark.kind.as_str());
        assert_eq!(kind("upstream timed out"), Some("kind of timed out"));
        assert_eq!(kind("no live upstream"), Some("kind of upstream"));
        assert_eq!(kind("all well"), None);
        assert_eq!(kind(""), None);
        assert_eq!(Marks::default().of(b"upstream"), None);
    }

    proptest! {
        #[test]
        fn one_pass_and_each_mark_alone_say_the_same(texts in prop::collection::vec("[ab]{0,3}", 0..5), message in "[abc]{0,12}") {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let expected = texts.iter().find(|text| message.contains(**text));
            let marks = marks(&texts);
            let found = marks.of(message.as_bytes()).map(|mark| mark.contains.as_str());
            prop_assert_eq!(found, expected.copied());
        }
    }
}
