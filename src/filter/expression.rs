//! What a filter means, as a tree, and the tree as text.

use std::fmt;

use super::fields::Field;
use super::scan::{Operator, quote};
use super::times::Times;
use super::value;
use crate::events::Number;

/// A condition on an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// All of these, at least two, none of them an `All`.
    All(Vec<Expression>),
    /// Any of these, at least two, none of them an `Any`.
    Any(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// The event has the number, and it compares so. `Is` and `IsNot` are of a range, the others
    /// of one number.
    Number {
        /// Which.
        field: Number,
        /// How it compares.
        operator: Operator,
        /// The least that is meant, in the unit of the column.
        low: i64,
        /// The greatest.
        high: i64,
    },
    /// The event has the text, and it compares so.
    Text {
        /// Which; not a number.
        field: Field,
        /// How it compares.
        operator: Operator,
        /// With what.
        pattern: String,
    },
    /// Its lines contain this.
    Word(String),
    /// It has the field.
    Has(Field),
    /// It began in this time.
    During(Times),
}

impl Expression {
    /// All of these. One stands for itself.
    /// # Panics
    /// Without any.
    pub fn all(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::All(inner) => inner,
            part => vec![part],
        });
        let mut flat: Vec<Self> = flat.collect();
        match flat.len() {
            1 => flat.remove(0),
            0 => panic!("a condition has parts"),
            _ => Self::All(flat),
        }
    }

    /// Any of these. One stands for itself.
    /// # Panics
    /// Without any.
    pub fn any(parts: Vec<Self>) -> Self {
        let flat = parts.into_iter().flat_map(|part| match part {
            Self::Any(inner) => inner,
            part => vec![part],
        });
        let mut flat: Vec<Self> = flat.collect();
        match flat.len() {
            1 => flat.remove(0),
            0 => panic!("a condition has parts"),
            _ => Self::Any(flat),
        }
    }

    /// Takes lengths of time before the end before this instant, ns UTC.
    pub fn anchor(&mut self, end_ns: i64) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter_mut().for_each(|part| part.anchor(end_ns));
            }
            Self::Not(inner) => inner.anchor(end_ns),
            Self::During(times) => times.anchor(end_ns),
            Self::Number { .. } | Self::Text { .. } | Self::Word(_) | Self::Has(_) => {}
        }
    }

    /// Whether it asks for lines as they were written.
    pub fn reads_lines(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::reads_lines),
            Self::Not(inner) => inner.reads_lines(),
            Self::Text { field, .. } => *field == Field::Message,
            Self::Word(_) => true,
            Self::Number { .. } | Self::Has(_) | Self::During(_) => false,
        }
    }

    /// Whether it chooses by how things went (status, latency, level): shares of failures among
    /// what matches then say nothing of the service.
    pub fn chooses_by_outcome(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::chooses_by_outcome),
            Self::Not(inner) => inner.chooses_by_outcome(),
            Self::Number { field, .. } | Self::Has(Field::Number(field)) => {
                matches!(field, Number::Status | Number::LatencyUs | Number::Level)
            }
            Self::Text { .. } | Self::Word(_) | Self::Has(_) | Self::During(_) => false,
        }
    }

    /// Printed as a part of another: in brackets if it would be read otherwise.
    fn part(&self, f: &mut fmt::Formatter<'_>, in_brackets: bool) -> fmt::Result {
        match in_brackets {
            true => write!(f, "({self})"),
            false => write!(f, "{self}"),
        }
    }

    fn joined(f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str, all: bool) -> fmt::Result {
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                write!(f, " {word} ")?;
            }
            part.part(f, all && matches!(part, Self::Any(_)))?;
        }
        Ok(())
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => Self::joined(f, parts, "and", true),
            Self::Any(parts) => Self::joined(f, parts, "or", false),
            Self::Not(inner) => {
                write!(f, "not ")?;
                inner.part(f, matches!(**inner, Self::All(_) | Self::Any(_)))
            }
            Self::Number {
                field,
                operator,
                low,
                high,
            } => {
                let row = Field::Number(*field).row();
                let words = |n: i64| value::print(row.kind, n);
                write!(f, "{}{}{}", row.name, operator.sign(), words(*low))?;
                match low == high {
                    true => Ok(()),
                    false => write!(f, "..{}", words(*high)),
                }
            }
            Self::Text {
                field,
                operator,
                pattern,
            } => {
                write!(
                    f,
                    "{}{}{}",
                    field.row().name,
                    operator.sign(),
                    quote(pattern)
                )
            }
            Self::Word(word) => {
                write!(f, "\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
            }
            Self::Has(field) => write!(f, "has:{}", field.row().name),
            Self::During(times) => write!(f, "{times}"),
        }
    }
}
