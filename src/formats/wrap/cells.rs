//! Rows of a stamp and a line in quotes, as log stores export what they hold:
//! `2024-02-03 06:09:12.655,"{""status"":502}"`.
//!
//! In: one line. Out: what the program wrote. Rows of more cells, and cells over several lines, are
//! CSV and no layer.

use super::{Inner, Peeled};
use crate::formats::csv::cell;
use crate::formats::stamp::StampKind;

/// A row without its stamp and quotes.
pub fn peel(line: &[u8]) -> Option<Peeled<'_>> {
    let (stamp, rest) = cell(line, b',')?;
    let quoted = rest.filter(|rest| rest.starts_with(b"\""))?;
    let (inner, more) = cell(quoted, b',')?;
    let is_whole = more.is_none() && inner.len() + 2 == quoted.len();
    (is_whole && StampKind::Any.read(stamp).is_some()).then(|| Peeled {
        inner: Inner::Doubled(inner),
        stamp,
        ..Peeled::of(b"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_and_a_line_in_quotes_are_a_row() {
        let check = |line: &str, expected: Option<(&str, &str)>| {
            let found = peel(line.as_bytes()).map(|peeled| (peeled.stamp, peeled.inner));
            let expected =
                expected.map(|(stamp, inner)| (stamp.as_bytes(), Inner::Doubled(inner.as_bytes())));
            assert_eq!(found, expected, "{line}");
        };
        let stamp = "2024-02-03 06:09:12.655";
        check(
            r#"2024-02-03 06:09:12.655,"{""a"":1}""#,
            Some((stamp, r#"{""a"":1}"#)),
        );
        check(r#""2024-02-03 06:09:12.655","a, b""#, Some((stamp, "a, b")));
        check(r#"2024-02-03 06:09:12.655,"a","b""#, None);
        check(r#"2024-02-03 06:09:12.655,"never closed"#, None);
        check(r#"2024-02-03 06:09:12.655,"a" b"#, None);
        check("2024-02-03 06:09:12,655 INFO a", None);
        check(r#"@timestamp,"@message""#, None);
    }
}
