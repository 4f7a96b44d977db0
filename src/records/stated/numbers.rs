//! Numbers as words: `three`, `a`, `half an`, `forty-five`.

const WORDS: [(&str, f64); 26] = [
    ("three quarters of an", 0.75),
    ("a quarter of an", 0.25),
    ("quarter of an", 0.25),
    ("one and a half", 1.5),
    ("two and a half", 2.5),
    ("half an", 0.5),
    ("half a", 0.5),
    ("forty-five", 45.0),
    ("forty five", 45.0),
    ("thirteen", 13.0),
    ("fifteen", 15.0),
    ("twelve", 12.0),
    ("eleven", 11.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("ninety", 90.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("nine", 9.0),
    ("sixty", 60.0),
    ("six", 6.0),
];
const SHORT: [(&str, f64); 5] = [
    ("ten", 10.0),
    ("two", 2.0),
    ("one", 1.0),
    ("an", 1.0),
    ("a", 1.0),
];

/// Numbers that nobody can count: `a few`.
const VAGUE: [&str; 8] = [
    "a few",
    "few",
    "several",
    "a couple of",
    "couple of",
    "many",
    "some",
    "a number of",
];

/// A pattern of all of them, longest first, for a regular expression.
pub(super) fn pattern() -> String {
    let words = WORDS.iter().chain(&SHORT).map(|(word, _)| *word);
    let all: Vec<&str> = VAGUE.into_iter().chain(words).collect();
    all.join("|")
}

/// A number written in digits or in one of the words; `None` for what is vague. A comma before
/// exactly three digits groups thousands, else it is a decimal sign.
pub(super) fn number(text: &str) -> Option<f64> {
    let lower = text.to_lowercase();
    if lower.starts_with(|c: char| c.is_ascii_digit()) {
        let grouped = lower
            .split_once(',')
            .is_some_and(|(_, rest)| rest.len() == 3);
        let plain = lower.replace(',', if grouped { "" } else { "." });
        return plain.parse().ok();
    }
    let mut words = WORDS.iter().chain(&SHORT);
    words.find(|(word, _)| *word == lower).map(|(_, n)| *n)
}

/// Decimals of a number in digits: `1.5` has one.
pub(super) fn decimals(text: &str) -> u32 {
    let digits = text.split_once(['.', ',']).map_or("", |(_, rest)| rest);
    let grouped = text.contains(',') && digits.len() == 3;
    if grouped {
        0
    } else {
        digits.len().min(9) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_or_words() {
        let check =
            |text: &str, expected: Option<f64>| assert_eq!(number(text), expected, "{text}");
        check("12", Some(12.0));
        check("1.5", Some(1.5));
        check("1,5", Some(1.5));
        check("1,500", Some(1500.0));
        check("Forty-five", Some(45.0));
        check("half an", Some(0.5));
        check("a few", None);
        assert_eq!(
            (decimals("1.5"), decimals("1,500"), decimals("7")),
            (1, 0, 0)
        );
    }
}
