//! One line that the user types at the foot of a screen: what it is for, the text and the place in
//! it. Knows no key of the key table; filters, which complete and recall, have their own (`sift`).

use crate::text::printable;

/// Longest text, characters.
const TEXT_MAX: usize = 500;

/// What is typed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A pattern to be found in the loaded lines.
    Search,
    /// Whose series the selected lane is to show.
    Entity,
    /// A command, or words of what a key does.
    Palette,
    /// The name of a file.
    Export,
    /// A text to be found in the titles of incidents.
    SearchIncidents,
    /// The words of a note.
    Note,
    /// Another instant for a milestone that was at this one, ns UTC.
    Instant(i64),
    /// Why a milestone is corrected or retracted.
    Reason,
}

impl Purpose {
    /// What stands before the text.
    pub fn head(&self) -> &str {
        match self {
            Self::Search | Self::SearchIncidents => "/",
            Self::Entity => "only ",
            Self::Palette => ":",
            Self::Export => "export to ",
            Self::Note => "note: ",
            Self::Instant(_) => "instead at: ",
            Self::Reason => "why: ",
        }
    }
}

/// A line on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What it is for.
    pub purpose: Purpose,
    /// So far.
    pub text: String,
    /// Characters before the place where the next is put.
    pub at: usize,
    /// What is wrong with it, until the next key.
    pub error: Option<String>,
}

/// What a key did to a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// It goes on.
    On,
    /// The text is what the user means.
    Entered,
    /// Nothing is meant.
    Dropped,
}

impl Prompt {
    /// Begins with a text that can be changed; the place is behind it.
    pub fn new(purpose: Purpose, text: &str) -> Self {
        let text: String = text.chars().take(TEXT_MAX).collect();
        Self {
            purpose,
            at: text.chars().count(),
            text,
            error: None,
        }
    }

    /// Takes a key by its name; one character is put into the text.
    pub fn key(&mut self, name: &str) -> Typed {
        self.error = None;
        match name {
            "Esc" | "^c" => return Typed::Dropped,
            "Enter" => return Typed::Entered,
            "Left" => self.at = self.at.saturating_sub(1),
            "Right" => self.at = (self.at + 1).min(self.length()),
            "Home" | "^a" => self.at = 0,
            "End" | "^e" => self.at = self.length(),
            "Backspace" if self.at > 0 => {
                self.at -= 1;
                self.take(1);
            }
            "Delete" | "^d" => self.take(1),
            "^u" => {
                let before = std::mem::take(&mut self.at);
                self.take(before);
            }
            "^w" => self.drop_word(),
            "Space" => self.put(' '),
            name => {
                let mut characters = name.chars();
                if let (Some(c), None) = (characters.next(), characters.next()) {
                    self.put(c);
                }
            }
        }
        Typed::On
    }

    /// Puts pasted text at the place.
    pub fn paste(&mut self, text: &str) {
        self.error = None;
        // More would not fit, and a clipboard may hold megabytes.
        text.chars().take(TEXT_MAX).for_each(|c| self.put(c));
    }

    /// Its text in two parts, before the place and from there on, as they can be drawn in so many
    /// characters: the place is always among them.
    pub fn shown(&self, room: usize) -> (String, String) {
        let first = self.at.saturating_sub(room.saturating_sub(1));
        let part = |from: usize, to: usize| -> String {
            let characters = self.text.chars().skip(from);
            printable(&characters.take(to - from).collect::<String>())
        };
        let last = self.length().min(first + room).max(self.at);
        (part(first, self.at), part(self.at, last))
    }

    fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// The byte at which a character starts.
    fn byte(&self, character: usize) -> usize {
        let mut starts = self.text.char_indices().map(|(at, _)| at);
        starts.nth(character).unwrap_or(self.text.len())
    }

    fn put(&mut self, c: char) {
        if self.length() < TEXT_MAX {
            self.text.insert(self.byte(self.at), c);
            self.at += 1;
        }
    }

    /// Removes characters from the place on.
    fn take(&mut self, count: usize) {
        let (from, to) = (self.byte(self.at), self.byte(self.at + count));
        self.text.replace_range(from..to, "");
    }

    /// Removes the word before the place, with the spaces behind it.
    fn drop_word(&mut self) {
        let before = &self.text[..self.byte(self.at)];
        let kept = before.trim_end().rfind(' ').map_or(0, |space| space + 1);
        let kept = before[..kept].chars().count();
        let count = self.at - kept;
        self.at = kept;
        self.take(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> Prompt {
        let mut prompt = Prompt::new(Purpose::Search, "");
        for key in keys.split(' ') {
            assert_eq!(prompt.key(key), Typed::On);
        }
        prompt
    }

    #[test]
    fn characters_go_where_the_place_is() {
        let prompt = typed("a c Left b Space End ä Home x Delete");
        assert_eq!((prompt.text.as_str(), prompt.at), ("xb cä", 1));
    }

    #[test]
    fn a_word_and_all_before_the_place_can_be_dropped() {
        let prompt = typed("a b Space c d Space ^w");
        assert_eq!((prompt.text.as_str(), prompt.at), ("ab ", 3));
        let prompt = typed("ä b Left ^u");
        assert_eq!((prompt.text.as_str(), prompt.at), ("b", 0));
        assert_eq!(typed("Backspace ^w Delete").text, "");
    }

    #[test]
    fn the_end_of_a_long_text_is_shown_and_nothing_that_steers_a_terminal() {
        let mut prompt = Prompt::new(Purpose::Search, "0123456789");
        assert_eq!(prompt.shown(4), ("789".to_owned(), String::new()));
        prompt.key("Home");
        assert_eq!(prompt.shown(4), (String::new(), "0123".to_owned()));
        let hostile = Prompt::new(Purpose::Search, "\u{1b}[2J");
        assert!(!hostile.shown(20).0.contains('\u{1b}'));
    }

    #[test]
    fn a_text_has_a_longest_length() {
        let mut prompt = Prompt::new(Purpose::Search, &"x".repeat(2 * TEXT_MAX));
        prompt.key("y");
        assert_eq!(prompt.text, "x".repeat(TEXT_MAX));
    }
}
