//! Fields of JSON exports, which may be missing, null, or numbers in quotes.

use serde_json::Value;

use crate::clock::{NS_PER_S, When};
use crate::text::printable;

/// Epoch seconds before this, in 1973, are another number.
const SECONDS_MIN: f64 = 1e8;
/// Epoch numbers from this on are milliseconds; less are seconds. As seconds it is the year 5138.
const MILLISECONDS_MIN: f64 = 1e11;

/// The field at a dotted path: `service.summary`. Null where there is none.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    static NULL: Value = Value::Null;
    path.split('.')
        .fold(value, |value, name| value.get(name).unwrap_or(&NULL))
}

/// The text of a field; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    at(value, path).as_str().unwrap_or_default()
}

/// The text or number at the first of these paths that has one; printable.
pub(super) fn word(value: &Value, paths: &[&str]) -> String {
    let read = |path: &&str| match at(value, path) {
        Value::String(text) if !text.trim().is_empty() => Some(printable(text.trim())),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    paths.iter().find_map(read).unwrap_or_default()
}

/// The elements of a list; none of anything else.
pub(super) fn list<'v>(value: &'v Value, path: &str) -> &'v [Value] {
    at(value, path).as_array().map_or(&[], Vec::as_slice)
}

/// Epoch seconds or milliseconds, by size. `None` for what is no time: NaN, before 1973, or
/// beyond the year 2261.
pub(super) fn epoch(number: f64) -> Option<When> {
    let (ns_per_unit, limit) = match number >= MILLISECONDS_MIN {
        true => (NS_PER_S / 1000, 9.2e12),
        false => (NS_PER_S, 9.2e9),
    };
    let whole = (SECONDS_MIN..limit)
        .contains(&number)
        .then_some(number as i64)?;
    Some(When::stamped(whole * ns_per_unit, ns_per_unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_field_that_is_missing_or_of_another_type_is_empty() {
        let value = json!({"a": {"b": "x"}, "n": 7, "l": [1], "blank": " "});
        assert_eq!(
            (text(&value, "a.b"), text(&value, "a.c"), text(&value, "n")),
            ("x", "", "")
        );
        assert_eq!(word(&value, &["blank", "a", "n", "a.b"]), "7");
        assert_eq!((list(&value, "l").len(), list(&value, "a").len()), (1, 0));
    }

    proptest! {
        #[test]
        fn any_number_is_safe(number: f64) {
            let when = epoch(number);
            prop_assert!(when.is_none_or(|when| when.at_ns > 0 && when.hi_ns >= when.at_ns));
        }
    }
}
