//! The screens: each draws what `refresh` derived, or lists the rows of a document.

pub mod case;
pub mod contributors;
pub mod findings;
pub mod help;
pub mod incident;
pub mod incidents;
pub mod logs;
pub mod patterns;
pub mod plot;
pub mod review;
pub mod sources;
pub mod timeline;
mod value;

use unicode_width::UnicodeWidthChar;

/// Breaks text into lines of at most `width` cells, at spaces where there are any in reach.
/// No lines for empty text or no width.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() && width > 0 {
        let mut used = 0;
        let fits = |(_, c): &(usize, char)| {
            used += c.width().unwrap_or(0);
            used > width
        };
        let end = rest
            .char_indices()
            .find(fits)
            .map_or(rest.len(), |(at, _)| at);
        let space = rest[..end].rfind(' ').filter(|&at| at > end / 2);
        // A character wider than the line still takes a line.
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let cut = if end == rest.len() {
            end
        } else {
            space.unwrap_or(end).max(first)
        };
        lines.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("日本語", 1), ["日", "本", "語"]);
        assert!(wrap("x", 0).is_empty());
    }
}
