//! Fingerprints of SQL statements: literals become `?`, lists `?+`, white space one space.

mod memo;

use std::ops::Range;

use super::search::{digits, find_either};
pub use memo::Memo;

/// Longest fingerprint kept, in bytes.
const LENGTH_MAX: usize = 400;

/// What double quotes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// Strings, as in MySQL.
    Strings,
    /// Names, as in PostgreSQL and the standard; `$1` is a literal of a prepared statement.
    Names,
}

/// How a literal begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Literal {
    /// A digit, up to where letters, digits and points end.
    Number,
    /// The same behind `$`.
    Parameter,
    /// Between two of this quote.
    Quoted(u8),
}

impl Literal {
    /// The literal that a text begins with; a number is none within a word.
    #[inline]
    fn of(text: &[u8], quotes: Quotes) -> Option<Self> {
        let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        match text.first()? {
            b'0'..=b'9' => Some(Self::Number),
            b'\'' => Some(Self::Quoted(b'\'')),
            b'"' if quotes == Quotes::Strings => Some(Self::Quoted(b'"')),
            b'$' if quotes == Quotes::Names && is_digit(1) => Some(Self::Parameter),
            _ => None,
        }
    }

    /// What stands behind such a literal, if a text begins with one.
    #[inline]
    fn behind(self, text: &[u8]) -> Option<&[u8]> {
        match (self, text) {
            (Self::Number, [digit, rest @ ..]) | (Self::Parameter, [b'$', digit, rest @ ..]) => {
                digit.is_ascii_digit().then(|| after_number(rest))
            }
            (Self::Quoted(quote), [first, rest @ ..]) => {
                (quote == *first).then(|| after_quote(rest, quote))
            }
            _ => None,
        }
    }
}

/// Writes the fingerprint of a statement into `out`: lower case, comments removed, numbers
/// and quoted strings as `?`, lists of literals as `?+`, a closing semicolon dropped.
/// Linear in the length of the statement.
pub fn fingerprint(statement: &[u8], quotes: Quotes, out: &mut Vec<u8>) {
    written(statement, quotes, out, |_, _| {});
}

/// The same, and says where literals stand. What is written for a statement depends on its literals
/// no more than on the places where they stand.
fn written(
    statement: &[u8],
    quotes: Quotes,
    out: &mut Vec<u8>,
    mut seen: impl FnMut(Range<usize>, Literal),
) {
    out.clear();
    let mut rest = statement;
    while let Some((&byte, tail)) = rest.split_first() {
        if out.len() > 2 * LENGTH_MAX {
            // Rows of values fold to one; what is long without them is cut.
            fold_lists(out);
            if out.len() > LENGTH_MAX {
                break;
            }
        }
        let literal = Literal::of(rest, quotes);
        if let Some(literal) = literal.filter(|one| *one != Literal::Number || !within_word(out)) {
            let behind = literal.behind(rest).unwrap_or(&[]);
            let place = statement.len() - rest.len()..statement.len() - behind.len();
            seen(place, literal);
            push_literal(out);
            rest = behind;
            continue;
        }
        rest = match byte {
            b'"' if quotes == Quotes::Names => tail,
            b'-' if rest.starts_with(b"-- ") => after_line(rest),
            b'#' => after_line(rest),
            b'/' if rest.starts_with(b"/*") => {
                memchr::memmem::find(rest, b"*/").map_or(&[], |at| &rest[at + 2..])
            }
            byte if byte.is_ascii_whitespace() => space(out, tail),
            _ => {
                // This byte, whatever it is, and those behind it that mean nothing.
                let room = (2 * LENGTH_MAX + 1).saturating_sub(out.len()).max(1);
                let n = run(&rest[..rest.len().min(room)]);
                let start = out.len();
                out.extend_from_slice(&rest[..n]);
                out[start..].make_ascii_lowercase();
                &rest[n..]
            }
        };
    }
    while matches!(out.last(), Some(b' ' | b';')) {
        out.pop();
    }
    fold_lists(out);
    drop_open_list(out);
    out.truncate(LENGTH_MAX);
}

/// Behind `(?+)` a list that was cut off is one more of the same: `(?+),(?, ?` is `(?+)`.
fn drop_open_list(out: &mut Vec<u8>) {
    let is_open = |byte: &u8| matches!(byte, b'?' | b',' | b' ' | b'(');
    let open = out.iter().rev().take_while(|byte| is_open(byte)).count();
    let (closed, open) = out.split_at(out.len() - open);
    if open.starts_with(b",") && closed.ends_with(b"(?+)") {
        out.truncate(closed.len());
    }
}

/// How many bytes from the first on are copied as they are: all but the first mean nothing or are
/// single spaces, none of them behind an opening bracket.
fn run(bytes: &[u8]) -> usize {
    let mut before = b' ';
    let is_copied = |byte: &u8| {
        let single = *byte == b' ' && !matches!(before, b' ' | b'(');
        before = *byte;
        single || MEANS_NOTHING[usize::from(*byte)]
    };
    let Some((first, behind)) = bytes.split_first() else {
        return 0;
    };
    let mut copied = is_copied;
    copied(first);
    1 + behind.iter().take_while(|byte| copied(byte)).count()
}

/// Bytes that stand for themselves wherever they stand.
const MEANS_NOTHING: [bool; 256] = {
    let mut nothing = [true; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let means = matches!(byte, b'"' | b'\'' | b'$' | b'-' | b'#' | b'/');
        nothing[i] = !(means || byte.is_ascii_digit() || byte.is_ascii_whitespace());
        i += 1;
    }
    nothing
};

fn within_word(out: &[u8]) -> bool {
    out.last().is_some_and(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'`' | 0x80..)
    })
}

fn push_literal(out: &mut Vec<u8>) {
    // A sign before a number belongs to it when no operand stands before the sign.
    if let [.., before, b'-' | b'+'] = out[..]
        && matches!(before, b' ' | b'(' | b',' | b'=')
    {
        out.pop();
    }
    out.push(b'?');
}

fn space<'a>(out: &mut Vec<u8>, rest: &'a [u8]) -> &'a [u8] {
    if !matches!(out.last(), None | Some(b' ' | b'(')) {
        out.push(b' ');
    }
    rest
}

#[inline(never)]
fn after_quote(mut rest: &[u8], quote: u8) -> &[u8] {
    while let Some(at) = find_either(quote, b'\\', rest) {
        let escaped = rest[at] == b'\\' || rest.get(at + 1) == Some(&quote);
        rest = rest.get(at + 1 + usize::from(escaped)..).unwrap_or(&[]);
        if !escaped {
            return rest;
        }
    }
    &[]
}

#[inline]
fn after_number(rest: &[u8]) -> &[u8] {
    // Most are whole and have up to eight digits.
    let digits = match rest.first_chunk() {
        Some(word) => (!digits(u64::from_le_bytes(*word)) & HIGHS).trailing_zeros() as usize / 8,
        None => 0,
    };
    let rest = &rest[digits..];
    let is_inside = |byte: &&u8| IN_NUMBER[usize::from(**byte)];
    let n = rest.iter().take_while(is_inside).count();
    &rest[n..]
}

const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Letters, digits and points.
const IN_NUMBER: [bool; 256] = {
    let mut inside = [false; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        inside[i] = byte.is_ascii_alphanumeric() || byte == b'.';
        i += 1;
    }
    inside
};

fn after_line(rest: &[u8]) -> &[u8] {
    memchr::memchr(b'\n', rest).map_or(&[], |at| &rest[at + 1..])
}

/// `(?, ?,?)` becomes `(?+)`, and `(?+), (?+)` one `(?+)`.
fn fold_lists(out: &mut Vec<u8>) {
    let opens = |at: usize| out.get(at + 1) == Some(&b'?');
    if !memchr::memchr_iter(b'(', out).any(opens) {
        return;
    }
    let mut folded = Vec::with_capacity(out.len());
    let mut i = 0;
    while i < out.len() {
        match list_of_literals(&out[i..]) {
            Some(length) => {
                let again = folded.ends_with(b"(?+), ") || folded.ends_with(b"(?+),");
                if again {
                    let keep = folded
                        .iter()
                        .rposition(|&byte| byte == b')')
                        .map_or(folded.len(), |at| at + 1);
                    folded.truncate(keep);
                } else {
                    folded.extend_from_slice(b"(?+)");
                }
                i += length;
            }
            None => {
                folded.push(out[i]);
                i += 1;
            }
        }
    }
    *out = folded;
}

/// The length of a `(?, ?)` at the start; `(?)` counts only behind `in` or `values`, which
/// the caller cannot see, so single literals are folded as well.
fn list_of_literals(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'(') {
        return None;
    }
    let inner = bytes[1..]
        .iter()
        .take_while(|byte| matches!(byte, b'?' | b',' | b' '))
        .count();
    (inner > 0 && bytes[1] == b'?' && bytes.get(inner + 1) == Some(&b')')).then_some(inner + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(statement: &str, expected: &str) {
        let mut out = Vec::new();
        fingerprint(statement.as_bytes(), Quotes::Strings, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn quoted_names_stay_and_parameters_go_where_quotes_hold_names() {
        let mut out = Vec::new();
        let statement = br#"SELECT "t"."a" FROM "t" WHERE "t"."b" = $1 AND c IN ($2, $3)"#;
        fingerprint(statement, Quotes::Names, &mut out);
        let expected = "select t.a from t where t.b = ? and c in (?+)";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn literals_become_question_marks() {
        check(
            "SELECT * FROM t WHERE a = 5 AND b='it''s'  AND c=\"x\\\"y\";",
            "select * from t where a = ? and b=? and c=?",
        );
        check(
            "select id from t1 where x = -3.5e7",
            "select id from t1 where x = ?",
        );
        check("SELECT a-1 FROM t", "select a-? from t");
    }

    #[test]
    fn lists_of_any_length_are_one() {
        check(
            "SELECT 1 FROM t WHERE id IN (1, 2,3)",
            "select ? from t where id in (?+)",
        );
        check(
            "INSERT INTO t VALUES (1,'a'), (2,'b'),(3,'c')",
            "insert into t values (?+)",
        );
    }

    #[test]
    fn a_thousand_rows_of_values_are_one_wherever_they_are_cut() {
        let statement = format!("INSERT INTO t VALUES {}", "(1,'abc', 2.5),".repeat(1000));
        for n in [statement.len() - 1, 9_000, 9_001, 9_005, 9_009] {
            check(&statement[..n], "insert into t values (?+)");
        }
    }

    #[test]
    fn comments_and_white_space_go() {
        check(
            "SELECT /* hint */ a -- x\n FROM\n\tt # y\n",
            "select a from t",
        );
    }

    proptest! {
        #[test]
        fn any_statement_is_safe(statement: Vec<u8>) {
            let mut out = Vec::new();
            for quotes in [Quotes::Strings, Quotes::Names] {
                fingerprint(&statement, quotes, &mut out);
                prop_assert!(out.len() <= LENGTH_MAX);
            }
        }
    }
}
