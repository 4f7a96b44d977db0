//! Expectations: what a report must say and must not say, checked against its JSON.
//!
//! In: an `expected.toml` and a report as JSON. Out: one `Finding` per expectation, in the
//! order of the file (`must` before `must_not`). Does not run the analysis.
//!
//! ```toml
//! [[must]]
//! what = "the first window starts at 15:35"
//! path = "incidents[0].windows[0].start.at"
//! at = "2015-07-22T14:35:00Z"
//! within_s = 10
//! ```
//! A path is keys with dots between (`"a b"` in quotes where a key has a dot), `[0]` for one
//! element, `[*]` for any, `[kind=restored]` for those whose `kind` is `restored`. `must` holds
//! if some selected value satisfies the predicate, `must_not` if none does.

use serde::Deserialize;
use serde_json::Value;

use super::layout::wrapped;
use super::path::{Path, PathError};
use crate::text::{printable, shorten};

/// Why an `expected.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("not a list of expectations")]
    Toml(#[from] toml::de::Error),
    #[error("there is no [[must]] and no [[must_not]]: nothing would be checked")]
    Empty,
    #[error("{what:?}: the path {path:?} cannot be read")]
    Path {
        what: String,
        path: String,
        source: PathError,
    },
    #[error("{what:?}: {problem}")]
    Predicate { what: String, problem: &'static str },
}

/// One expectation and what the report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The expectation in words, as its author wrote it; "must not" is not part of it.
    pub what: String,
    /// True if the report agrees.
    pub holds: bool,
    /// The value that decided, or the values at the path; `nothing there` where there is none.
    pub found: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    must: Vec<Entry>,
    #[serde(default)]
    must_not: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    what: String,
    path: String,
    count: Option<usize>,
    at: Option<toml::Value>,
    within_s: Option<f64>,
    equals: Option<toml::Value>,
    one_of: Option<Vec<toml::Value>>,
    contains: Option<String>,
    about: Option<f64>,
    within: Option<f64>,
    at_least: Option<f64>,
    at_most: Option<f64>,
    exists: Option<bool>,
}

enum Predicate {
    Count(usize),
    At { ns: i128, within_ns: f64 },
    OneOf(Vec<Value>),
    Contains(String),
    Between(f64, f64),
    Exists(bool),
}

/// Checks every expectation of a file against a report.
/// # Errors
/// If the file is not TOML of this shape, holds no expectation, or one of them has a path that
/// cannot be read or anything but exactly one predicate.
pub fn check(expected_toml: &str, report: &Value) -> Result<Vec<Finding>, Error> {
    let file: File = toml::from_str(expected_toml)?;
    if file.must.is_empty() && file.must_not.is_empty() {
        return Err(Error::Empty);
    }
    let must = file.must.into_iter().map(|entry| (entry, true));
    let must_not = file.must_not.into_iter().map(|entry| (entry, false));
    must.chain(must_not)
        .map(|(entry, wanted)| entry.find(wanted, report))
        .collect()
}

/// The findings as lines of at most 80 cells, failures with what was found instead.
pub fn table(findings: &[Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let (word, what) = (
            if finding.holds { "ok   " } else { "FAIL " },
            printable(&finding.what),
        );
        wrapped(&mut out, word, "     ", &what, 80);
        if !finding.holds {
            wrapped(
                &mut out,
                "       found: ",
                "       ",
                &printable(&finding.found),
                80,
            );
        }
    }
    let failed = findings.iter().filter(|finding| !finding.holds).count();
    out + &format!("{} expectations, {failed} failed\n", findings.len())
}

impl Entry {
    fn find(self, wanted: bool, report: &Value) -> Result<Finding, Error> {
        let path = Path::parse(&self.path).map_err(|source| Error::Path {
            what: self.what.clone(),
            path: self.path.clone(),
            source,
        })?;
        let what = self.what.clone();
        let predicate = self.predicate().map_err(|problem| Error::Predicate {
            what: what.clone(),
            problem,
        })?;
        let (satisfied, found) = predicate.test(&path, report);
        Ok(Finding {
            what,
            holds: satisfied == wanted,
            found,
        })
    }

    fn predicate(self) -> Result<Predicate, &'static str> {
        if self.within_s.is_some() != self.at.is_some() {
            return Err("`at` and `within_s` belong together");
        }
        if self.within.is_some() != self.about.is_some() {
            return Err("`about` and `within` belong together");
        }
        let bounds = [
            self.within_s,
            self.about,
            self.within,
            self.at_least,
            self.at_most,
        ];
        if bounds.into_iter().flatten().any(|bound| !bound.is_finite()) {
            return Err("a bound is not a finite number");
        }
        if [self.within_s, self.within]
            .into_iter()
            .flatten()
            .any(|within| within < 0.0)
        {
            return Err("a tolerance below 0 can never be met");
        }
        let range = self.at_least.is_some() || self.at_most.is_some();
        let (least, most) = (
            self.at_least.unwrap_or(f64::MIN),
            self.at_most.unwrap_or(f64::MAX),
        );
        let mut given = vec![
            self.count.map(Predicate::Count),
            self.equals
                .map(|value| Predicate::OneOf(vec![json_of(value)])),
            self.one_of
                .map(|values| Predicate::OneOf(values.into_iter().map(json_of).collect())),
            self.contains.map(Predicate::Contains),
            self.about
                .zip(self.within)
                .map(|(about, within)| Predicate::Between(about - within, about + within)),
            range.then_some(Predicate::Between(least, most)),
            self.exists.map(Predicate::Exists),
        ];
        if let Some((at, within_s)) = self.at.zip(self.within_s) {
            let ns = json_of(at).as_str().and_then(instant_ns);
            let ns = ns.ok_or("`at` is not an RFC 3339 instant")?;
            given.push(Some(Predicate::At {
                ns,
                within_ns: within_s * 1e9,
            }));
        }
        let mut given = given.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(predicate), None) => Ok(predicate),
            (None, _) => Err(
                "no predicate: one of count, at, equals, one_of, contains, about, at_least, at_most, exists",
            ),
            _ => Err("more than one predicate: write one entry for each"),
        }
    }
}

impl Predicate {
    /// Whether some selected value satisfies it, and what was found.
    fn test(&self, path: &Path, report: &Value) -> (bool, String) {
        match self {
            Self::Count(wanted) => {
                let counts = path.counts(report);
                let found: Vec<String> = counts
                    .iter()
                    .map(|count| format!("{count} elements"))
                    .collect();
                (counts.contains(wanted), list(&found))
            }
            Self::Exists(wanted) => {
                let values = path.select(report);
                let there = values.iter().any(|value| !value.is_null());
                (there == *wanted, list(&values))
            }
            _ => {
                let values = path.select(report);
                match values.iter().find(|value| self.satisfied(value)) {
                    Some(value) => (true, list(&[value])),
                    None => (false, list(&values)),
                }
            }
        }
    }

    fn satisfied(&self, value: &Value) -> bool {
        match self {
            Self::At { ns, within_ns } => {
                let at = value.as_str().and_then(instant_ns);
                at.is_some_and(|at| (at - ns).abs() as f64 <= *within_ns)
            }
            Self::OneOf(wanted) => wanted.iter().any(|wanted| same(wanted, value)),
            Self::Contains(text) => match value {
                Value::String(value) => value.contains(text.as_str()),
                value => value.to_string().contains(text.as_str()),
            },
            Self::Between(least, most) => value
                .as_f64()
                .is_some_and(|x| (*least..=*most).contains(&x)),
            Self::Count(_) | Self::Exists(_) => false,
        }
    }
}

/// Up to three values, each cut to 60 cells.
fn list<T: ToString>(values: &[T]) -> String {
    let mut shown: Vec<String> = values
        .iter()
        .take(3)
        .map(|value| shorten(&printable(&value.to_string()), 60))
        .collect();
    match values.len() {
        0 => return "nothing there".to_owned(),
        n if n > 3 => shown.push(format!("and {} more", n - 3)),
        _ => {}
    }
    shown.join(", ")
}

fn instant_ns(text: &str) -> Option<i128> {
    let at = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos()))
}

/// The JSON that a report would hold for this TOML value; a date is its text.
fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(n) => Value::from(n),
        toml::Value::Float(x) => Value::from(x),
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(at) => Value::String(at.to_string()),
        toml::Value::Array(values) => values.into_iter().map(json_of).collect(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| (key, json_of(value)))
            .collect(),
    }
}

/// Equal, where 4 and 4.0 are the same number.
fn same(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report() -> Value {
        json!({
            "schema": "rfo.report/1",
            "incidents": [{
                "state": "restored",
                "windows": [
                    {"start": {"at": "2015-07-22T14:35:10Z"}, "end": null},
                    {"start": {"at": "2015-07-22T14:55:00.5Z"}, "end": null},
                ],
                "durations": {"ttr": {"seconds": 6420.0, "status": "exact"}},
                "contributors": [{"dimensions": {"query": "token_auth"}}],
            }],
        })
    }

    fn find(kind: &str, path: &str, predicate: &str) -> Finding {
        let toml = format!("[[{kind}]]\nwhat = \"it\"\npath = '{path}'\n{predicate}\n");
        check(&toml, &report()).expect("an expectation").remove(0)
    }

    /// Holds as `must` and, so that the predicate can fail, not as `must_not`.
    fn holds(path: &str, predicate: &str) {
        assert!(find("must", path, predicate).holds, "{path} {predicate}");
        assert!(
            !find("must_not", path, predicate).holds,
            "{path} {predicate}"
        );
    }

    fn fails(path: &str, predicate: &str, found: &str) {
        let finding = find("must", path, predicate);
        assert_eq!(
            (finding.holds, finding.found.as_str()),
            (false, found),
            "{path} {predicate}"
        );
        assert!(
            find("must_not", path, predicate).holds,
            "{path} {predicate}"
        );
    }

    #[test]
    fn count_is_the_length_of_a_list() {
        holds("incidents[0].windows", "count = 2");
        holds("incidents[0].windows[*]", "count = 2");
        fails("incidents[0].windows", "count = 3", "2 elements");
        fails("incidents[0].state", "count = 1", "nothing there");
    }

    #[test]
    fn at_is_an_instant_within_seconds() {
        holds(
            "incidents[0].windows[*].start.at",
            "at = '2015-07-22T15:55:00+01:00'\nwithin_s = 1",
        );
        holds(
            "incidents[0].windows[0].start.at",
            "at = 2015-07-22T14:35:00Z\nwithin_s = 10",
        );
        fails(
            "incidents[0].windows[0].start.at",
            "at = '2015-07-22T14:35:00Z'\nwithin_s = 9",
            "\"2015-07-22T14:35:10Z\"",
        );
        fails(
            "incidents[0].state",
            "at = '2015-07-22T14:35:00Z'\nwithin_s = 9",
            "\"restored\"",
        );
    }

    #[test]
    fn equals_and_one_of_compare_values() {
        holds("incidents[0].state", "equals = 'restored'");
        holds("incidents[0].durations.ttr.seconds", "equals = 6420");
        holds(
            "incidents[0].contributors[*].dimensions",
            "equals = { query = 'token_auth' }",
        );
        fails("incidents[0].state", "equals = 'ongoing'", "\"restored\"");
        holds("incidents[0].state", "one_of = ['ongoing', 'restored']");
        fails(
            "incidents[0].state",
            "one_of = ['ongoing', 1, true]",
            "\"restored\"",
        );
    }

    #[test]
    fn contains_looks_into_the_json_text() {
        holds("incidents[0].contributors", "contains = 'token_auth'");
        holds("incidents[0].state", "contains = 'store'");
        fails(
            "incidents[0].contributors",
            "contains = 'traffic'",
            r#"[{"dimensions":{"query":"token_auth"}}]"#,
        );
    }

    #[test]
    fn numbers_have_bounds() {
        let path = "incidents[0].durations.ttr.seconds";
        holds(path, "about = 6400\nwithin = 20");
        fails(path, "about = 6400\nwithin = 19", "6420.0");
        holds(path, "at_least = 6420");
        fails(path, "at_least = 6421", "6420.0");
        holds(path, "at_most = 6420");
        fails(path, "at_most = 6419", "6420.0");
        holds(path, "at_least = 6000\nat_most = 7000");
        fails(path, "at_least = 1\nat_most = 2", "6420.0");
        fails("incidents[0].state", "at_least = 0", "\"restored\"");
    }

    #[test]
    fn null_does_not_exist() {
        holds("incidents[0].state", "exists = true");
        holds("incidents[0].windows[0].end", "exists = false");
        holds("incidents[1]", "exists = false");
        fails("incidents[0].windows[*].end", "exists = true", "null, null");
        fails("incidents[1]", "exists = true", "nothing there");
    }

    #[test]
    fn a_bad_file_is_an_error_and_not_a_finding() {
        let problem = |toml: &str| check(toml, &report()).expect_err("an error");
        let entry = |rest: &str| format!("[[must]]\nwhat = \"it\"\n{rest}");
        assert!(matches!(problem("x ="), Error::Toml(_)));
        assert!(matches!(
            problem("[[musst]]\nwhat = 'a'\npath = 'b'\nexists = true"),
            Error::Toml(_)
        ));
        assert!(matches!(
            problem(&entry("path = 'a'\nequal = 1")),
            Error::Toml(_)
        ));
        assert!(matches!(problem(""), Error::Empty));
        assert!(matches!(
            problem(&entry("path = 'a['\nexists = true")),
            Error::Path { .. }
        ));
        for rest in [
            "",
            "equals = 1\ncount = 1",
            "at = '2015-07-22T14:35:00Z'",
            "at = 'yesterday'\nwithin_s = 1",
            "about = 1.0",
            "about = nan\nwithin = 1",
            "about = 1\nwithin = -1",
            "at_least = inf",
        ] {
            let error = problem(&entry(&format!("path = 'a'\n{rest}")));
            assert!(matches!(error, Error::Predicate { .. }), "{rest}: {error}");
        }
    }

    #[test]
    fn the_table_says_what_failed_and_what_was_found() {
        let toml = "[[must]]\nwhat = \"the state is ongoing\"\npath = \"incidents[0].state\"\nequals = \"ongoing\"\n\
                    [[must_not]]\nwhat = \"a second incident\"\npath = \"incidents[1]\"\nexists = true\n";
        let findings = check(toml, &report()).expect("expectations");
        let expected = "FAIL the state is ongoing\n       found: \"restored\"\nok   a second incident\n2 expectations, 1 failed\n";
        assert_eq!(table(&findings), expected);
    }
}
