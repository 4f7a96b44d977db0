//! The line template engine: literals and fields in order, found by memchr.

use super::field::{Field, Unit};
use super::row::Row;
use super::stamp::{StampKind, StampReader};
use crate::events::Text;

/// A compiled template: `{client} - {user} [{time:clf}] "{request}" {status}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    steps: Vec<Step>,
    /// The first step is a literal and no field.
    literal_first: bool,
    /// Where a literal ends in a space, more spaces may follow.
    padded: bool,
    prefix_end: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    field: Field,
    /// What must follow the field; empty at the end of the line.
    literal: Vec<u8>,
    /// The field stands in double quotes and may hold escaped ones.
    quoted: bool,
    /// The line may end right after this field.
    may_end: bool,
    /// The field goes on to the last place where the literal stands.
    to_last: bool,
    /// A list: commas and colons with spaces around them belong to the field.
    is_list: bool,
}

impl Step {
    /// A literal and whatever stands before it.
    fn literal(text: &str, may_end: bool) -> Self {
        Self {
            field: Field::Skip,
            literal: text.into(),
            quoted: false,
            may_end,
            to_last: false,
            is_list: false,
        }
    }
}

impl Template {
    /// Compiles a template. `{?}` marks the place from which the rest of the line is
    /// optional; `{message...}` goes on to the last place where the literal behind it stands, not
    /// to the first, and `{...}` leaves that much out; `{host+}` is a list with spaces behind its
    /// commas and around its colons. `prefix_end`: what closes a prefix that lines may or may not
    /// have (`]: ` of syslog).
    pub fn compile(text: &str, prefix_end: Option<&str>) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text;
        if !rest.starts_with('{') {
            let end = rest.find('{').unwrap_or(rest.len());
            steps.push(Step::literal(&rest[..end], false));
            rest = &rest[end..];
        }
        let mut quoted = steps
            .last()
            .is_some_and(|step: &Step| step.literal.ends_with(b"\""));
        let mut optional = false;
        while let Some(after) = rest.strip_prefix('{') {
            let end = after
                .find('}')
                .ok_or_else(|| format!("no }} behind {{{after}"))?;
            let (word, tail) = (&after[..end], &after[end + 1..]);
            let next = tail.find('{').unwrap_or(tail.len());
            let literal = &tail[..next];
            rest = &tail[next..];
            if word == "?" {
                optional = true;
                quoted = literal.ends_with('"');
                match steps.last_mut().ok_or("{?} cannot come first")? {
                    last if last.literal.is_empty() => {
                        (last.literal, last.may_end) = (literal.into(), true)
                    }
                    _ => steps.push(Step::literal(literal, true)),
                }
                continue;
            }
            let is_list = word.ends_with('+');
            let (field, to_last) = field_of(word.trim_end_matches('+'))?;
            let whole = quoted && literal.starts_with('"');
            if literal.is_empty() && !rest.is_empty() && !rest.starts_with("{?}") {
                return Err(format!(
                    "nothing separates {{{word}}} from the field behind it"
                ));
            }
            steps.push(Step {
                field,
                literal: literal.into(),
                quoted: whole,
                may_end: optional,
                to_last,
                is_list,
            });
            quoted = literal.ends_with('"') && !(whole && literal.len() == 1);
        }
        Ok(Self {
            literal_first: !text.starts_with('{') && !steps.is_empty(),
            steps,
            padded: false,
            prefix_end: prefix_end
                .filter(|end| !end.is_empty())
                .map(|end| end.as_bytes().to_vec()),
        })
    }

    /// The same for lines that pad their columns: one space of the template is any number of them.
    pub fn padded(mut self) -> Self {
        self.padded = true;
        self
    }

    /// Splits a line into the row's pieces. `None` if the line is not of this shape.
    pub fn split<'a>(
        &self,
        line: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        // Most lines have no prefix: looking for its end first costs a tenth of the parse.
        if self.split_from(line, row, stamps).is_some() && row.time_ns().is_some() {
            return Some(());
        }
        let end = self.prefix_end.as_ref()?;
        let at = memchr::memmem::find(&line[..line.len().min(200)], end)?;
        *row = Row::new();
        self.split_from(&line[at + end.len()..], row, stamps)
    }

    /// Splits a part of an event, whose time stands elsewhere. A literal in front of the first
    /// field must stand at the beginning.
    pub fn split_part<'a>(
        &self,
        part: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        self.begins(part)
            .then(|| self.split_from(part, row, stamps))?
    }

    /// Whether a text begins with the template's first literal; true where a field comes first.
    pub fn begins(&self, text: &[u8]) -> bool {
        !self.literal_first || text.starts_with(&self.steps[0].literal)
    }

    fn split_from<'a>(
        &self,
        line: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        let mut rest = line;
        for step in &self.steps {
            let Some((piece, tail)) = find(rest, step) else {
                // The line ends in the optional part: what is left is the field's.
                let last = rest.strip_suffix(b"\"").unwrap_or(rest);
                return (step.may_end && fits(step.field, last))
                    .then(|| row.set(step.field, last, stamps));
            };
            if !fits(step.field, piece) {
                return None;
            }
            let piece = if self.padded {
                piece.trim_ascii_end()
            } else {
                piece
            };
            row.set(step.field, piece, stamps);
            rest = tail;
            if self.padded && step.literal.ends_with(b" ") {
                rest = rest.trim_ascii_start();
            }
        }
        Some(())
    }

    /// How it writes its stamps.
    pub fn stamp_kind(&self) -> Option<StampKind> {
        self.steps.iter().find_map(|step| match step.field {
            Field::Time(kind) => Some(kind),
            _ => None,
        })
    }

    /// The unit in which it writes durations.
    pub fn latency_unit(&self) -> Option<Unit> {
        self.steps.iter().find_map(|step| match step.field {
            Field::Latency(unit) => Some(unit),
            _ => None,
        })
    }

    /// How many fields it names: the more, the more a match says.
    pub fn specificity(&self) -> usize {
        self.steps.iter().map(|step| 1 + step.literal.len()).sum()
    }
}

/// The field of `{word}` or `{word...}`, and whether it goes on to the last place of its literal.
fn field_of(word: &str) -> Result<(Field, bool), String> {
    let name = match word.trim_end_matches("...") {
        "" => "_",
        name => name,
    };
    let field = Field::of(name).ok_or_else(|| format!("there is no field {{{word}}}"))?;
    Ok((field, word.ends_with("...")))
}

/// A status or a duration begins like a number, or is `-`: else the line is of another shape,
/// as `"GET / HTTP/1.1" 200 5 "-" "agent" "10.0.0.1"` is not one with a duration at the end.
/// Spaces in a list of addresses stand behind commas, which no name of a service ends in.
fn fits(field: Field, piece: &[u8]) -> bool {
    match field {
        Field::Latency(unit)
            if unit != Unit::Written && piece.iter().any(u8::is_ascii_alphabetic) =>
        {
            false
        }
        // Microseconds are whole: a decimal number is seconds.
        Field::Latency(Unit::Micros) if piece.contains(&b'.') => false,
        Field::Latency(_) | Field::LatencyPart(_) | Field::Number(_) => {
            piece.is_empty() || piece[0].is_ascii_digit() || matches!(piece[0], b'-' | b'+' | b'.')
        }
        // Reading them tells programs apart; others are read when they are set.
        Field::Time(kind @ (StampKind::Ctime | StampKind::DayMonth)) => kind.read(piece).is_some(),
        Field::Level(scale) => super::value::level(piece, scale).is_some(),
        Field::JobStep => super::jobs::step(piece).is_some(),
        Field::Addresses => {
            memchr::memchr_iter(b' ', piece).all(|at| at > 0 && piece[at - 1] == b',')
        }
        // `Feb  3 06:09:12 lb haproxy[7]: 203.0.113.5`: a prefix stands in front of the address.
        Field::Address | Field::Text(Text::Client) => memchr::memchr(b' ', piece).is_none(),
        Field::Text(Text::Host) => !piece.contains(&b'"'),
        Field::Text(Text::Service) => !piece.ends_with(b","),
        // A prefix, or a field more in front than the template has: `shop.example 10.0.0.1 - - [`.
        Field::Text(Text::User) => {
            !piece.starts_with(b"- ") && (!piece.contains(&b':') || piece.starts_with(b"arn:"))
        }
        _ => true,
    }
}

/// True within a list of servers or durations: `a, b : c` (retries, redirects).
fn goes_on(before: &[u8], rest: &[u8]) -> bool {
    rest.starts_with(b" ")
        && (before.ends_with(b",") || before.ends_with(b" :") || rest.starts_with(b" : "))
}

/// The field's bytes and what follows its literal.
fn find<'a>(rest: &'a [u8], step: &Step) -> Option<(&'a [u8], &'a [u8])> {
    let Some(&first) = step.literal.first() else {
        return Some((rest, &[]));
    };
    if step.to_last {
        let at = memchr::memmem::rfind(rest, &step.literal)?;
        return Some((&rest[..at], &rest[at + step.literal.len()..]));
    }
    // A date and a clock with a space between are one stamp.
    let mut from = match step.field {
        Field::Time(kind) => kind.spaced_length(rest),
        _ => 0,
    };
    loop {
        let at = from + memchr::memchr(first, &rest[from..])?;
        let escaped = step.quoted
            && rest[..at]
                .iter()
                .rev()
                .take_while(|byte| **byte == b'\\')
                .count()
                % 2
                == 1;
        let (before, behind) = rest.split_at(at);
        let is_inside = step.is_list && goes_on(before, behind);
        if !escaped && !is_inside && behind.starts_with(&step.literal) {
            return Some((&rest[..at], &rest[at + step.literal.len()..]));
        }
        // A literal that stands whole but not here: skip this first byte. Only a field whose
        // literal is longer than one byte, or a quoted one, may contain the byte.
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use proptest::prelude::*;

    fn splits(template: &str, line: &str) -> bool {
        let template = Template::compile(template, Some("]: ")).expect("compiles");
        let mut stamps = StampReader::new(StampKind::Clf, Zone::UTC);
        let mut row = Row::new();
        template
            .split(line.as_bytes(), &mut row, &mut stamps)
            .is_some()
            && row.time_ns().is_some()
    }

    const COMBINED: &str =
        r#"{client} {_} {user} [{time:clf}] "{request}" {status} {bytes}{?} "{_}" "{agent}""#;

    #[test]
    fn a_line_of_the_shape_splits_and_another_does_not() {
        let common = r#"::1 - - [22/Jul/2015:15:35:10 +0100] "GET / HTTP/1.1" 200 5"#;
        assert!(splits(COMBINED, common));
        assert!(splits(COMBINED, &format!(r#"{common} "-" "curl \"8\"""#)));
        assert!(splits(
            COMBINED,
            &format!("Jul 22 15:35:10 web nginx[3]: {common}")
        ));
        assert!(!splits(
            COMBINED,
            "::1 - - [22/Jul/2015:15:35:10 +0100] GET"
        ));
        assert!(!splits(COMBINED, ""));
    }

    #[test]
    fn words_where_numbers_belong_are_another_shape() {
        let timed = r#""{request}" {status} [{time:clf}] {latency:s}{?} {_}"#;
        assert!(splits(
            timed,
            r#""GET /" 200 [22/Jul/2015:15:35:10 +0100] 0.1 x"#
        ));
        assert!(splits(timed, r#""GET /" - [22/Jul/2015:15:35:10 +0100] -"#));
        assert!(!splits(
            timed,
            r#""GET /" 200 [22/Jul/2015:15:35:10 +0100] "x""#
        ));
        assert!(!splits(
            timed,
            r#""GET /" ok [22/Jul/2015:15:35:10 +0100] 0.1"#
        ));
    }

    #[test]
    fn a_template_that_cannot_work_is_refused() {
        assert!(Template::compile("{client}{user}", None).is_err());
        assert!(Template::compile("{colour}", None).is_err());
        assert!(Template::compile("{client", None).is_err());
    }

    proptest! {
        #[test]
        fn any_line_is_safe(line: Vec<u8>) {
            let template = Template::compile(COMBINED, None).expect("compiles");
            let mut stamps = StampReader::new(StampKind::Clf, Zone::UTC);
            let _ = template.split(&line, &mut Row::new(), &mut stamps);
        }
    }
}
