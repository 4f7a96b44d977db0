//! Which rows of a chunk a filter means.
//!
//! In: a filter, the names behind the symbols, chunks. Out: a truth per row. Names are compared
//! once each, not once per row; columns are looked at as a whole; lines as they were written only
//! of rows that the rest of the filter leaves open. Times grow with the length of the text
//! compared, whatever the expression (the regex crate has no backtracking).

use regex::bytes::{Regex, RegexBuilder};

use super::Filter;
use super::expression::Expression;
use super::fields::Field;
use super::scan::Operator;
use super::times::Resolved;
use crate::clock::Zone;
use crate::events::chunk::ABSENT;
use crate::events::{Chunk, Interner, Number, Symbol, Text};

/// Memory that one compiled expression may take, bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// What a text is compared with.
#[derive(Debug, Clone)]
pub struct Pattern {
    test: Test,
    negated: bool,
}

#[derive(Debug, Clone)]
enum Test {
    Equal(Vec<u8>),
    Matches(Regex),
}

impl Pattern {
    /// Compiles it. `:` and words find letters of either case, `~` is as it is written.
    /// # Errors
    /// Why it is no regular expression, or too large.
    pub fn new(operator: Operator, text: &str) -> Result<Self, String> {
        let regex = |text: &str, any_case: bool| {
            let mut builder = RegexBuilder::new(text);
            builder
                .case_insensitive(any_case)
                .multi_line(true)
                .size_limit(REGEX_BYTES_MAX);
            builder
                .build()
                .map(Test::Matches)
                .map_err(|error| why(&error))
        };
        let test = match operator {
            Operator::Contains => regex(&regex::escape(text), true)?,
            Operator::Matches | Operator::MatchesNot => regex(text, false)?,
            _ => Test::Equal(text.as_bytes().to_vec()),
        };
        let negated = matches!(operator, Operator::IsNot | Operator::MatchesNot);
        Ok(Self { test, negated })
    }

    fn fits(&self, text: &[u8]) -> bool {
        self.found(text) != self.negated
    }

    fn found(&self, text: &[u8]) -> bool {
        match &self.test {
            Test::Equal(other) => other == text,
            Test::Matches(regex) => regex.is_match(text),
        }
    }
}

/// One line of what the compiler of expressions says in several.
fn why(error: &regex::Error) -> String {
    let words = error.to_string();
    let last = words.lines().last().unwrap_or_default();
    let last = last.trim().trim_start_matches("error: ");
    format!("this is no regular expression: {last}")
}

/// A filter ready to be asked.
#[derive(Debug, Clone)]
pub struct Matcher {
    node: Node,
    /// The comparisons of interned texts.
    texts: Vec<(Text, Pattern)>,
}

#[derive(Debug, Clone)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Number {
        field: Number,
        low: i64,
        high: i64,
        negated: bool,
    },
    /// Number of the comparison in `texts`.
    Text(Text, usize),
    Lines(Pattern),
    Source(Pattern),
    Format(Pattern),
    HasNumber(Number),
    HasText(Text),
    Always,
    During(Resolved),
}

/// What is the same for all rows of a chunk.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The source's path.
    pub path: &'a str,
    /// The source's label.
    pub label: &'a str,
    /// The name of its format.
    pub format: &'a str,
}

/// Hands over lines as they were written.
pub trait Lines {
    /// The lines of the event in a row, all of them; empty where they cannot be read.
    fn lines(&mut self, row: usize) -> &[u8];
}

/// For filters that ask for no line.
#[derive(Debug)]
pub struct NoLines;

impl Lines for NoLines {
    fn lines(&mut self, _: usize) -> &[u8] {
        &[]
    }
}

/// What the names behind the symbols say to each comparison. Of one set of interners, which may
/// grow.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// By comparison and symbol.
    fits: Vec<Vec<bool>>,
}

impl Tables {
    /// Compares the names that are new since the last time.
    pub fn update<'a>(&mut self, matcher: &Matcher, names: impl Fn(Text) -> Option<&'a Interner>) {
        self.fits.resize(matcher.texts.len(), Vec::new());
        for (fits, (field, pattern)) in self.fits.iter_mut().zip(&matcher.texts) {
            let Some(names) = names(*field) else { continue };
            // The first symbol is no text at all.
            fits.resize(fits.len().max(1), false);
            let new = fits.len()..names.len();
            fits.extend(new.map(|id| pattern.fits(names.bytes(Symbol(id as u32)))));
        }
    }
}

/// What is looked at.
struct Look<'a> {
    tables: &'a Tables,
    chunk: &'a Chunk,
    facts: Facts<'a>,
    lines: &'a mut dyn Lines,
}

impl Matcher {
    /// Makes a filter ready. Local times are of `zone`; lengths before the end are before
    /// `end_ns`.
    pub fn new(filter: &Filter, zone: Zone, end_ns: i64) -> Self {
        let mut texts = Vec::new();
        let node = node(&filter.expression, (zone, end_ns), &mut texts);
        Self { node, texts }
    }

    /// Which rows of a sealed chunk are meant, in their order. `tables` must be up to date with
    /// the names of the chunk.
    pub fn rows(
        &self,
        tables: &Tables,
        chunk: &Chunk,
        facts: Facts<'_>,
        lines: &mut dyn Lines,
    ) -> Vec<bool> {
        let mut look = Look {
            tables,
            chunk,
            facts,
            lines,
        };
        rows(&self.node, &vec![true; chunk.len()], &mut look)
    }
}

fn node(expression: &Expression, at: (Zone, i64), texts: &mut Vec<(Text, Pattern)>) -> Node {
    let pattern = |operator, text: &str| {
        Pattern::new(operator, text).expect("it was compiled when the filter was read")
    };
    match expression {
        Expression::All(parts) | Expression::Any(parts) => {
            let mut sorted: Vec<&Expression> = parts.iter().collect();
            // What asks for lines comes last: it is asked of the rows that are left.
            sorted.sort_by_key(|part| part.reads_lines());
            let nodes = sorted.iter().map(|part| node(part, at, texts)).collect();
            match expression {
                Expression::All(_) => Node::All(nodes),
                _ => Node::Any(nodes),
            }
        }
        Expression::Not(inner) => Node::Not(Box::new(node(inner, at, texts))),
        Expression::Number {
            field,
            operator,
            low,
            high,
        } => {
            let (low, high) = match operator {
                // One above the value of what is absent.
                Operator::Below => (ABSENT + 1, low.saturating_sub(1)),
                Operator::AtMost => (ABSENT + 1, *high),
                Operator::Above => (high.saturating_add(1), i64::MAX),
                Operator::AtLeast => (*low, i64::MAX),
                _ => (*low, *high),
            };
            let negated = *operator == Operator::IsNot;
            Node::Number {
                field: *field,
                low,
                high,
                negated,
            }
        }
        Expression::Text {
            field,
            operator,
            pattern: text,
        } => {
            let pattern = pattern(*operator, text);
            match field {
                Field::Text(field) => {
                    texts.push((*field, pattern));
                    Node::Text(*field, texts.len() - 1)
                }
                Field::Source => Node::Source(pattern),
                Field::Format => Node::Format(pattern),
                Field::Message | Field::Number(_) => Node::Lines(pattern),
            }
        }
        Expression::Word(word) => Node::Lines(pattern(Operator::Contains, word)),
        Expression::Has(Field::Number(field)) => Node::HasNumber(*field),
        Expression::Has(Field::Text(field)) => Node::HasText(*field),
        Expression::Has(Field::Message | Field::Source | Field::Format) => Node::Always,
        Expression::During(times) => Node::During(times.resolved(at.0, at.1)),
    }
}

/// The rows among those asked for that are meant.
fn rows(node: &Node, among: &[bool], look: &mut Look<'_>) -> Vec<bool> {
    match node {
        Node::All(parts) => {
            let mut left = among.to_vec();
            for part in parts {
                if !left.contains(&true) {
                    break;
                }
                left = rows(part, &left, look);
            }
            left
        }
        Node::Any(parts) => {
            let (mut found, mut left) = (vec![false; among.len()], among.to_vec());
            for part in parts {
                let more = rows(part, &left, look);
                for ((found, left), more) in found.iter_mut().zip(&mut left).zip(more) {
                    *found |= more;
                    *left &= !more;
                }
            }
            found
        }
        Node::Not(inner) => {
            let meant = rows(inner, among, look);
            among
                .iter()
                .zip(meant)
                .map(|(asked, meant)| *asked & !meant)
                .collect()
        }
        Node::Number {
            field,
            low,
            high,
            negated,
        } => {
            let fits = |n: i64| ((*low <= n) & (n <= *high)) != *negated && n != ABSENT;
            column(look.chunk.number(*field), among, fits)
        }
        Node::HasNumber(field) => column(look.chunk.number(*field), among, |n| n != ABSENT),
        Node::HasText(field) => column(look.chunk.text(*field), among, |text| text != Symbol::NONE),
        Node::Text(field, number) => {
            let fits = look.tables.fits.get(*number).map_or(&[][..], Vec::as_slice);
            let fits = |symbol: Symbol| fits.get(symbol.0 as usize).copied().unwrap_or(false);
            column(look.chunk.text(*field), among, fits)
        }
        Node::Lines(pattern) => {
            let asked = among.iter().enumerate();
            asked
                .map(|(row, asked)| *asked && pattern.fits(look.lines.lines(row)))
                .collect()
        }
        Node::Source(pattern) => {
            let names = [look.facts.path, look.facts.label];
            let found = names.iter().any(|name| pattern.found(name.as_bytes()));
            whole(among, found != pattern.negated)
        }
        Node::Format(pattern) => whole(among, pattern.fits(look.facts.format.as_bytes())),
        Node::Always => among.to_vec(),
        Node::During(times) => times.rows(&look.chunk.time_ns, among),
    }
}

/// The asked rows whose value fits; none where no line has the column.
fn column<T: Copy>(column: &[T], among: &[bool], fits: impl Fn(T) -> bool) -> Vec<bool> {
    if column.is_empty() {
        return vec![false; among.len()];
    }
    let rows = column.iter().zip(among);
    rows.map(|(value, asked)| *asked & fits(*value)).collect()
}

fn whole(among: &[bool], fits: bool) -> Vec<bool> {
    match fits {
        true => among.to_vec(),
        false => vec![false; among.len()],
    }
}
