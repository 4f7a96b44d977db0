//! A frame as CSV: RFC 4180, line ends CR LF, what is missing empty.
//!
//! Spreadsheets run what looks like a formula. A text cell that begins with `=`, `+`, `-`, `@`, a tab
//! or a line end gets an apostrophe in front (OWASP, CSV Injection); numbers stay as they are.

use polars::prelude::{AnyValue, DataFrame};

use super::super::json::rounded;

/// The frame with its names as first row. Numbers have six significant digits at most.
pub fn csv(frame: &DataFrame) -> String {
    let columns = frame.columns();
    let names: Vec<String> = columns.iter().map(|one| cell(one.name())).collect();
    let mut out = names.join(",");
    out.push_str("\r\n");
    for row in 0..frame.height() {
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            let value = column.get(row).expect("a row of the frame");
            out.push_str(&value_cell(&value));
        }
        out.push_str("\r\n");
    }
    out
}

fn value_cell(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => cell(text),
        AnyValue::StringOwned(text) => cell(text),
        AnyValue::Float64(x) if !x.is_finite() => String::new(),
        AnyValue::Float64(x) => rounded(*x).to_string(),
        other => other.to_string(),
    }
}

/// A text as a cell.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let guarded = match formula {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match guarded.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", guarded.replace('"', "\"\"")),
        false => guarded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(cell(text), expected);
    }

    #[test]
    fn formulas_are_texts_and_separators_are_quoted() {
        check("plain", "plain");
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("-2+3", "'-2+3");
        check("a,\"b\"", "\"a,\"\"b\"\"\"");
        check("=A1,B1", "\"'=A1,B1\"");
        check("a\nb", "\"a\nb\"");
    }

    #[test]
    fn missing_is_empty_and_a_number_is_no_formula() {
        assert_eq!(value_cell(&AnyValue::Null), "");
        assert_eq!(value_cell(&AnyValue::Float64(f64::NAN)), "");
        assert_eq!(value_cell(&AnyValue::Float64(-12.5)), "-12.5");
        assert_eq!(value_cell(&AnyValue::UInt64(3)), "3");
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_cell_or_begins_a_formula(text: String) {
            let cell = cell(&text);
            let inner = cell.strip_prefix('"').and_then(|c| c.strip_suffix('"')).unwrap_or(&cell);
            prop_assert!(!inner.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert!(cell == inner || !inner.replace("\"\"", "").contains('"'));
            prop_assert!(cell != inner || !cell.contains([',', '\n', '"']));
        }
    }
}
