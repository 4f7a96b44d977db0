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

/// A message that means something: lines whose message contains `contains`, and begins with
/// `begins`, are of `kind`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Mark {
    /// What the message contains.
    #[serde(default)]
    pub contains: String,
    /// What it begins with. Many marks that say so cost hardly more than none.
    pub begins: Option<String>,
    /// The event's kind.
    pub kind: String,
    /// A word of the level that the event has at least, where its line says less or nothing.
    pub level: Option<String>,
}

/// The marks of a format, in the order they are tried.
#[derive(Clone, Default)]
pub struct Marks {
    marks: Vec<Mark>,
    /// Those that say how messages begin; they are tried when none of the others is there.
    begun: Vec<(Vec<u8>, Mark)>,
    /// A bit for each byte that one of them begins with.
    firsts: [u64; 4],
    /// Finds any of them; `None` where there are none, or too many for one search. Made when a
    /// message is first looked into: of most formats none is. Clones have it together.
    any: Arc<OnceLock<Option<AhoCorasick>>>,
    /// Bytes of the shortest: what is shorter holds none.
    shortest: usize,
}

impl PartialEq for Marks {
    fn eq(&self, other: &Self) -> bool {
        self.marks == other.marks && self.begun == other.begun
    }
}

impl fmt::Debug for Marks {
    /// What they are, not whether they were searched for yet.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Marks")
            .field(&self.marks)
            .field(&self.begun)
            .finish()
    }
}

impl Marks {
    /// Marks in the order they are tried.
    pub fn new(marks: Vec<Mark>) -> Self {
        let (begun, marks): (Vec<Mark>, Vec<Mark>) = marks.into_iter().partition(|mark| {
            mark.begins
                .as_ref()
                .is_some_and(|begins| !begins.is_empty())
        });
        let beginning = |mark: &Mark| mark.begins.clone().unwrap_or_default().into_bytes();
        let begun: Vec<(Vec<u8>, Mark)> = begun
            .into_iter()
            .map(|mark| (beginning(&mark), mark))
            .collect();
        let mut firsts = [0; 4];
        let bytes = begun.iter().filter_map(|(begins, _)| begins.first());
        bytes.for_each(|byte| firsts[usize::from(byte / 64)] |= 1 << (byte % 64));
        let lengths = marks.iter().map(|mark| mark.contains.len());
        Self {
            shortest: lengths.min().unwrap_or(0),
            any: Arc::default(),
            begun,
            firsts,
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
        self.marks.is_empty() && self.begun.is_empty()
    }

    /// Whether a message may hold one: false for most.
    pub fn may_mark(&self, message: &[u8]) -> bool {
        let may_contain =
            || message.len() >= self.shortest && self.any().is_none_or(|any| any.is_match(message));
        self.begun(message).is_some() || !self.marks.is_empty() && may_contain()
    }

    /// The first mark of a message.
    fn of(&self, message: &[u8]) -> Option<&Mark> {
        self.contained(message).or_else(|| self.begun(message))
    }

    /// The first mark that says how the message begins.
    fn begun(&self, message: &[u8]) -> Option<&Mark> {
        let first = *message.first()?;
        if self.firsts[usize::from(first / 64)] & 1 << (first % 64) == 0 {
            return None;
        }
        let is_one = |(begins, mark): &&(Vec<u8>, Mark)| {
            begins.first() == Some(&first)
                && message.starts_with(begins)
                && memchr::memmem::find(message, mark.contains.as_bytes()).is_some()
        };
        self.begun.iter().find(is_one).map(|(_, mark)| mark)
    }

    /// The first mark that a message contains.
    fn contained(&self, message: &[u8]) -> Option<&Mark> {
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
        if self.is_empty() {
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
            begins: None,
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

    #[test]
    fn a_mark_that_says_how_messages_begin_is_not_sought_elsewhere() {
        let mark = |begins: &str, contains: &str| Mark {
            contains: contains.to_owned(),
            begins: Some(begins.to_owned()),
            kind: format!("{begins}{contains}"),
            level: None,
        };
        let marks = Marks::new(vec![mark("Prozess ", "wartet"), mark("storniere", "")]);
        let kind = |message: &str| marks.of(message.as_bytes()).map(|mark| mark.kind.as_str());
        assert_eq!(kind("Prozess 7 wartet"), Some("Prozess wartet"));
        assert_eq!(kind("storniere Anfrage"), Some("storniere"));
        assert_eq!(kind("Prozess 7 endet"), None);
        assert_eq!(kind("der Prozess 7 wartet"), None);
        assert!(!marks.is_empty() && marks.may_mark(b"storniere x") && !marks.may_mark(b"x"));
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
