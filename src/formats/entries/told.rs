//! Messages that were told before, word for word: the rest of their row is known.
//!
//! In: the message of an entry as it stands in its line, and its severity. Out: the level and the
//! texts that the same message with the same severity was given. Knows nothing of prefixes,
//! statements and times. What comes once only is not remembered.

use super::front::Word;
use crate::events::{Number, Symbol, Text};
use crate::formats::Parsed;

/// Places for messages, a power of two.
const PLACES: usize = 64;
/// Longest message that is remembered, in bytes.
const LENGTH_MAX: usize = 256;
/// What a message says by itself.
const TEXTS: [Text; 6] = [
    Text::Message,
    Text::Kind,
    Text::Flags,
    Text::PARTS[0],
    Text::PARTS[1],
    Text::PARTS[2],
];

/// The latest messages of a batch that came more than once.
#[derive(Debug)]
pub struct Told {
    places: Vec<Place>,
}

#[derive(Debug, Clone)]
struct Place {
    /// Some bytes of the message that came here last.
    latest: u64,
    /// The message that is known; empty for none.
    message: Vec<u8>,
    word: Word,
    said: Said,
}

/// What a message says: its level, and a symbol or `NONE` for each of `TEXTS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    level: Option<i64>,
    symbols: [Symbol; TEXTS.len()],
}

impl Said {
    /// What the newest event says, which must have come with a message alone. `None` where a table
    /// had no room: it counts what it refuses.
    fn newest(parsed: &Parsed) -> Option<Self> {
        let row = parsed.chunk.len() - 1;
        let symbol = |text| parsed.chunk.text_at(text, row).unwrap_or(Symbol::NONE);
        let symbols = TEXTS.map(symbol);
        let found_room = symbols.iter().all(|symbol| *symbol != Symbol::OTHER);
        found_room.then_some(Self {
            level: parsed.chunk.number_at(Number::Level, row),
            symbols,
        })
    }

    /// Lets the newest event, which says nothing yet, say this.
    #[inline]
    pub fn say(&self, parsed: &mut Parsed) {
        if let Some(level) = self.level {
            parsed.chunk.set_number(Number::Level, level);
        }
        for (text, symbol) in TEXTS.into_iter().zip(self.symbols) {
            if symbol != Symbol::NONE {
                parsed.chunk.set_text(text, symbol);
            }
        }
    }
}

impl Told {
    /// Nothing was told yet.
    pub fn new() -> Self {
        let none = Place {
            latest: 0,
            message: Vec::new(),
            word: Word::Other,
            said: Said {
                level: None,
                symbols: [Symbol::NONE; TEXTS.len()],
            },
        };
        Self {
            places: vec![none; PLACES],
        }
    }

    /// What a message says, if it is known.
    #[inline]
    pub fn said(&self, word: Word, message: &[u8]) -> Option<&Said> {
        let place = &self.places[place_of(some_of(word, message)?)];
        (place.message == message && place.word == word).then_some(&place.said)
    }

    /// Remembers what the newest event says, whose message this is and nothing else, if it was the
    /// latest in its place already.
    pub fn learn(&mut self, word: Word, message: &[u8], parsed: &Parsed) {
        let Some(some) = some_of(word, message) else {
            return;
        };
        let place = &mut self.places[place_of(some)];
        if place.latest != some {
            place.latest = some;
            return;
        }
        if let Some(said) = Said::newest(parsed) {
            place.message = message.to_vec();
            (place.word, place.said) = (word, said);
        }
    }
}

/// Some bytes by which messages are looked for. `None` for one that is never remembered.
#[inline]
fn some_of(word: Word, message: &[u8]) -> Option<u64> {
    let (first, last) = (message.first_chunk()?, message.last_chunk()?);
    let mixed = u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29);
    let Word::Severity(level) = word else {
        return None;
    };
    let others = message.len() as u64 | u64::from(level.map_or(8, |level| level)) << 32;
    (message.len() <= LENGTH_MAX).then_some((mixed ^ others).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn place_of(some: u64) -> usize {
    (some >> (u64::BITS - PLACES.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A batch of one event with this level, message and kind.
    fn event() -> Parsed {
        let mut parsed = Parsed::of_lines(1);
        parsed.chunk.open(1, 0, 0, 1);
        parsed.chunk.set_number(Number::Level, 5);
        for (text, name) in [(Text::Kind, "too many clients"), (Text::Message, "sorry")] {
            let symbol = parsed.names[text as usize].intern(name.as_bytes());
            parsed.chunk.set_text(text, symbol);
        }
        parsed
    }

    #[test]
    fn a_message_is_known_once_it_came_again_with_its_severity_and_as_it_was() {
        let (mut told, mut parsed) = (Told::new(), event());
        let (fatal, message) = (Word::Severity(Some(5)), &b"sorry, too many clients"[..]);
        told.learn(fatal, message, &parsed);
        assert_eq!(told.said(fatal, message), None);
        told.learn(fatal, message, &parsed);
        let said = *told.said(fatal, message).expect("it came twice");
        for other in [&b"sorry, two many clients"[..], b"sorry", b""] {
            assert_eq!(told.said(fatal, other), None);
        }
        assert_eq!(told.said(Word::Severity(Some(4)), message), None);

        parsed.chunk.open(2, 1, 1, 1);
        said.say(&mut parsed);
        assert_eq!(Said::newest(&parsed), Some(said));
        assert_eq!(said.level, Some(5));
        let kind = parsed.chunk.text_at(Text::Kind, 1);
        assert_eq!(kind, parsed.chunk.text_at(Text::Kind, 0));
    }

    #[test]
    fn what_a_full_table_refused_is_not_known() {
        let (mut told, mut parsed) = (Told::new(), event());
        parsed.chunk.set_text(Text::Flags, Symbol::OTHER);
        for _ in 0..3 {
            told.learn(Word::Severity(None), b"some message", &parsed);
        }
        assert_eq!(told.said(Word::Severity(None), b"some message"), None);
    }
}
