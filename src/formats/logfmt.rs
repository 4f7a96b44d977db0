//! The logfmt engine: `key=value key="quoted value"` in any order.

use super::escapes::text_end;
use super::json::Plan;
use super::row::Row;
use super::shape::{Grammar, Met, Shapes};
use super::stamp::StampReader;

/// Calls `visit` with every key and value; a key without `=` has an empty value. `None` if
/// there is no pair at all.
pub fn walk<'a>(line: &'a [u8], visit: &mut impl FnMut(&'a [u8], &'a [u8])) -> Option<()> {
    let mut rest = line.trim_ascii();
    let mut pairs = 0;
    while !rest.is_empty() {
        let end = memchr::memchr2(b'=', b' ', rest).unwrap_or(rest.len());
        let key = &rest[..end];
        rest = &rest[end..];
        let mut value: &[u8] = &[];
        if let Some(after) = rest.strip_prefix(b"=") {
            (value, rest) = read_value(after);
            pairs += usize::from(!key.is_empty());
        }
        visit(key, value);
        rest = rest.trim_ascii_start();
    }
    (pairs > 0).then_some(())
}

fn read_value(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some(body) = bytes.strip_prefix(b"\"") else {
        return bytes.split_at(memchr::memchr(b' ', bytes).unwrap_or(bytes.len()));
    };
    match text_end(body) {
        Some(end) => (&body[..end], &body[end + 1..]),
        None => (body, &[]),
    }
}

/// Reads a line into the row's pieces by the wanted keys. Lines of a known shape are read by it,
/// others teach theirs.
pub fn split<'a>(
    plan: &Plan,
    line: &'a [u8],
    shapes: &mut Shapes,
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> Option<()> {
    // A shape knows one unit for all.
    let is_one_unit = plan.units().is_empty();
    if is_one_unit && shapes.read(Grammar::Logfmt, line, row, stamps) {
        return Some(());
    }
    let mut service = &b""[..];
    if !is_one_unit {
        walk(line, &mut |key, value| {
            if plan.is_service(key) {
                service = value;
            }
        })?;
    }
    let mut met: Vec<Met<'a>> = Vec::new();
    let mut alone = false;
    walk(line, &mut |key, value| {
        let field = plan.wanted().iter().find(|(name, _)| name == key);
        let field = field.map(|(_, field)| plan.of_service(*field, service));
        if let Some(field) = field {
            row.set_escaped(field, value, stamps);
        }
        if line.as_ptr_range().contains(&value.as_ptr()) {
            met.push(Met {
                bytes: value,
                wanted: field,
                rank: met.len(),
            });
        } else {
            alone |= field.is_some();
        }
    })?;
    // A wanted key that has no value is none that a shape could set.
    if !alone && is_one_unit {
        shapes.learn(Grammar::Logfmt, line, &met);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, expected: &str) {
        let mut seen = Vec::new();
        let found = walk(line.as_bytes(), &mut |key, value| {
            seen.push(format!(
                "{}={}",
                String::from_utf8_lossy(key),
                String::from_utf8_lossy(value)
            ));
        });
        assert_eq!(
            found.map(|()| seen.join(" | ")).as_deref(),
            (!expected.is_empty()).then_some(expected)
        );
    }

    #[test]
    fn pairs_may_be_quoted_or_bare() {
        check(
            r#"ts=1 msg="a \"b\" c" ok level=info"#,
            r#"ts=1 | msg=a \"b\" c | ok= | level=info"#,
        );
        check("no pairs here", "");
        check("", "");
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = walk(&bytes, &mut |_, _| {});
        }
    }
}
