//! Paths into JSON: `incidents[0].milestones[kind=restored].at`.
//!
//! In: the path's text, and a JSON value. Out: the values that it selects, in their order.

use serde_json::Value;

/// Why a path cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum PathError {
    #[error("a key is empty")]
    EmptyKey,
    #[error("a quote or bracket is not closed")]
    Open,
    #[error("[{0}] is neither a number, nor *, nor key=value")]
    Selector(String),
    #[error("{0:?} stands where a dot or a bracket should")]
    Unexpected(char),
}

/// A parsed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
    Any,
    Where(String, String),
}

impl Path {
    /// Reads a path. The empty text is the whole value.
    /// # Errors
    /// If a key is empty, a bracket holds something else than a selector, or one is not closed.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let (mut steps, mut rest, mut first) = (Vec::new(), text, true);
        while let Some(c) = rest.chars().next() {
            rest = match c {
                '[' => bracket(&rest[1..], &mut steps)?,
                '.' if !first => key(&rest[1..], &mut steps)?,
                _ if first => key(rest, &mut steps)?,
                c => return Err(PathError::Unexpected(c)),
            };
            first = false;
        }
        Ok(Self(steps))
    }

    /// The selected values; empty where the path leads nowhere.
    pub fn select<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        walk(&self.0, value)
    }

    /// How many elements each selected array has; where the path ends in `[*]` or a condition,
    /// how many of each array's elements meet it.
    pub fn counts(&self, value: &Value) -> Vec<usize> {
        let (steps, last) = match self.0.split_last() {
            Some((last @ (Step::Any | Step::Where(..)), steps)) => (steps, last),
            _ => (self.0.as_slice(), &Step::Any),
        };
        let arrays = walk(steps, value)
            .into_iter()
            .filter(|value| value.is_array());
        arrays.map(|array| step(last, array).len()).collect()
    }
}

fn walk<'a>(steps: &[Step], value: &'a Value) -> Vec<&'a Value> {
    steps.iter().fold(vec![value], |values, next| {
        values
            .into_iter()
            .flat_map(|value| step(next, value))
            .collect()
    })
}

fn step<'a>(step: &Step, value: &'a Value) -> Vec<&'a Value> {
    let elements = || value.as_array().into_iter().flatten();
    match step {
        Step::Key(key) => value.get(key).into_iter().collect(),
        Step::Index(i) => value.get(i).into_iter().collect(),
        Step::Any => elements().collect(),
        Step::Where(key, wanted) => elements()
            .filter(|element| is(element.get(key), wanted))
            .collect(),
    }
}

fn is(value: Option<&Value>, wanted: &str) -> bool {
    match value {
        Some(Value::String(text)) => text == wanted,
        Some(value) => {
            let text = value.to_string();
            text == wanted
        }
        None => false,
    }
}

fn key<'a>(text: &'a str, steps: &mut Vec<Step>) -> Result<&'a str, PathError> {
    let (key, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or(PathError::Open)?,
        None => text.split_at(text.find(['.', '[']).unwrap_or(text.len())),
    };
    if key.is_empty() {
        return Err(PathError::EmptyKey);
    }
    steps.push(Step::Key(key.to_owned()));
    Ok(rest)
}

fn bracket<'a>(text: &'a str, steps: &mut Vec<Step>) -> Result<&'a str, PathError> {
    let (selector, rest) = text.split_once(']').ok_or(PathError::Open)?;
    let unknown = || PathError::Selector(selector.to_owned());
    steps.push(match selector {
        "*" => Step::Any,
        number if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
            Step::Index(number.parse().map_err(|_| unknown())?)
        }
        condition => {
            let (key, value) = condition.split_once('=').ok_or_else(unknown)?;
            Step::Where(key.trim().to_owned(), value.trim().to_owned())
        }
    });
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(path: &str, expected: &Value) {
        let value = json!({"a": [{"k": "x", "n": 1}, {"k": "y", "n": 2}, {"k": "x", "n": 3}], "b c.d": {"e": 5}});
        let found: Vec<Value> = Path::parse(path)
            .expect("a path")
            .select(&value)
            .into_iter()
            .cloned()
            .collect();
        assert_eq!(&Value::from(found), expected, "{path}");
    }

    #[test]
    fn a_path_selects_keys_elements_and_conditions() {
        check("a[1].n", &json!([2]));
        check("a[*].n", &json!([1, 2, 3]));
        check("a[k=x].n", &json!([1, 3]));
        check("a[n=2].k", &json!(["y"]));
        check("\"b c.d\".e", &json!([5]));
        check("a[7].n", &json!([]));
        check("a.n", &json!([]));
        check("z", &json!([]));
    }

    #[test]
    fn a_count_is_of_elements_or_of_those_that_meet_the_condition() {
        let value = json!({"a": [{"k": "x"}, {"k": "y"}, {"k": "x"}], "b": []});
        let counts = |path: &str| Path::parse(path).expect("a path").counts(&value);
        assert_eq!(counts("a"), [3]);
        assert_eq!(counts("a[*]"), [3]);
        assert_eq!(counts("a[k=x]"), [2]);
        assert_eq!(counts("a[k=z]"), [0]);
        assert_eq!(counts("b"), [0]);
        assert_eq!(counts("c"), [0; 0]);
    }

    #[test]
    fn a_bad_path_says_what_is_wrong() {
        let problem = |path: &str| Path::parse(path).expect_err("not a path");
        assert_eq!(problem("a..b"), PathError::EmptyKey);
        assert_eq!(problem("a."), PathError::EmptyKey);
        assert_eq!(problem(".a"), PathError::EmptyKey);
        assert_eq!(problem("a[0"), PathError::Open);
        assert_eq!(problem("\"a"), PathError::Open);
        assert_eq!(problem("a[-1]"), PathError::Selector("-1".to_owned()));
        assert_eq!(problem("a[]"), PathError::Selector(String::new()));
        assert_eq!(problem("a[0]b"), PathError::Unexpected('b'));
    }
}
