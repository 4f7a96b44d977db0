//! The regex engine, for users' formats only: lines by regular expressions whose named groups are
//! fields. Slow against a template (on a 223-byte nginx line 590 ns to 3.7 µs against 87 ns), but
//! it reads what no template can.
//!
//! In: a line. Out: its pieces. Expressions match in time linear in the line.

use regex::bytes::{Regex, RegexBuilder};

use super::field::Field;
use super::row::Row;
use super::stamp::{StampKind, StampReader};

/// Most memory of one compiled expression, in bytes.
const SIZE_MAX: usize = 4 << 20;

/// An expression with the field of each of its groups.
#[derive(Debug, Clone)]
pub struct Pattern {
    regex: Regex,
    /// By the number of the group.
    fields: Vec<Option<Field>>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.regex.as_str() == other.regex.as_str()
    }
}

impl Pattern {
    /// Compiles an expression. A group's name is a field's word with `_` for its `:`
    /// (`(?<time>...)`, `(?<latency_ms>...)`, `(?<client_port>...)`); groups without a name are
    /// not kept.
    pub fn compile(text: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(text)
            .size_limit(SIZE_MAX)
            .build()
            .map_err(|error| error.to_string())?;
        let field = |name: Option<&str>| name.map(field_of).transpose();
        let fields: Vec<Option<Field>> =
            regex.capture_names().map(field).collect::<Result<_, _>>()?;
        let has_time = fields.iter().flatten().any(|field| is_time(*field));
        match has_time {
            true => Ok(Self { regex, fields }),
            false => Err("no group is the time".to_owned()),
        }
    }

    /// Splits a line into the row's pieces. `None` if the expression does not match.
    pub fn split<'a>(
        &self,
        line: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        let captures = self.regex.captures(line)?;
        for (field, group) in self.fields.iter().zip(captures.iter()) {
            if let (Some(field), Some(group)) = (field, group) {
                row.set(*field, group.as_bytes(), stamps);
            }
        }
        Some(())
    }

    /// How it writes its stamps.
    pub fn stamp_kind(&self) -> Option<StampKind> {
        self.fields.iter().flatten().find_map(|field| match field {
            Field::Time(kind) => Some(*kind),
            _ => None,
        })
    }
}

fn is_time(field: Field) -> bool {
    matches!(field, Field::Time(_) | Field::Date)
}

fn field_of(name: &str) -> Result<Field, String> {
    let with_unit = || {
        let (word, detail) = name.split_once('_')?;
        Field::of(&format!("{word}:{detail}"))
    };
    let with_last = || {
        let (word, detail) = name.rsplit_once('_')?;
        Field::of(&format!("{word}:{detail}"))
    };
    Field::of(name)
        .or_else(with_unit)
        .or_else(with_last)
        .ok_or_else(|| format!("there is no field {name:?} for a group"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::Text;

    #[test]
    fn named_groups_are_fields() {
        let pattern = Pattern::compile(
            r"^(?<time>\S+) (?<level>\w+) \[(?<client_port>[^\]]+)\] took (?<latency_ms>\d+) (?:x|y)$",
        )
        .expect("compiles");
        let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
        let mut row = Row::new();
        let line = b"2015-07-22T14:35:10Z warn [10.0.0.1:80] took 12 x";
        assert!(pattern.split(line, &mut row, &mut stamps).is_some());
        assert!(row.time_ns().is_some());
        assert_eq!(row.text_bytes(Text::Client), b"10.0.0.1");
        assert!(pattern.split(b"x", &mut row, &mut stamps).is_none());
    }

    #[test]
    fn what_cannot_work_says_why() {
        for (text, why) in [
            ("(?<message>.*)", "no group is the time"),
            (
                "(?<time>.*)(?<colour>x)",
                "there is no field \"colour\" for a group",
            ),
        ] {
            assert_eq!(Pattern::compile(text).expect_err("refused"), why);
        }
        assert!(Pattern::compile("(").is_err());
        assert!(Pattern::compile(r"(?<time>\d{1000}){1000}").is_err());
    }
}
