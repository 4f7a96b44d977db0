//! The beginning of a long foreign text.

use crate::text::{printable, shorten};

/// At most `cells` cells of a text. A word is never cut: half an address or half a secret would
/// not be known for what it is.
pub fn excerpt(text: &str, cells: usize) -> String {
    let text = printable(text);
    let short = shorten(&text, cells);
    if short == text {
        return text;
    }
    match short.rsplit_once(' ') {
        Some((whole, _)) => format!("{} …", whole.trim_end()),
        None => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert_eq!(excerpt("token abcdefgh", 40), "token abcdefgh");
        assert_eq!(excerpt("token abcdefgh", 10), "token …");
        assert_eq!(excerpt("abcdefgh", 4), "…");
        assert_eq!(excerpt("", 4), "");
    }
}
