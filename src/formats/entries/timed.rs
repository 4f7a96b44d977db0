//! Messages that begin with a duration as the server writes it: `duration: 13.608 ms  statement: `.
//!
//! In: a message, and the templates of its format. Out: the same that the templates make of it,
//! but the duration is read once, in place, whichever of them fits. What is not written just so is
//! left to the templates.

use crate::formats::fingerprint::Quotes;
use crate::formats::row::Row;
use crate::formats::stamp::StampReader;
use crate::formats::template::{Template, millis, starts};

/// The first few templates of a format, if they begin alike: some words and milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    before: Vec<u8>,
    count: usize,
    /// Which bytes templates begin with: most messages begin with none of them.
    firsts: Box<[bool; 256]>,
    /// From here on, templates begin with no literal.
    open_from: usize,
}

impl Timed {
    /// What the first templates begin with. Behind their duration stands a space and a letter:
    /// then none of them can take another part of the message for the duration.
    pub fn of(templates: &[Template]) -> Self {
        let before = templates.first().and_then(Template::before_millis);
        let is_alike = |template: &&Template| template.before_millis() == before;
        let alike = templates.iter().take_while(is_alike);
        let mut firsts = Box::new([false; 256]);
        let begun = templates.iter().filter_map(Template::first_byte);
        begun.for_each(|first| firsts[usize::from(first)] = true);
        let has_first = |template: &Template| template.first_byte().is_some();
        Self {
            count: before.map_or(0, |_| alike.count()),
            before: before.unwrap_or(&[]).to_vec(),
            firsts,
            open_from: templates
                .iter()
                .rposition(has_first)
                .map_or(0, |last| last + 1),
        }
    }

    /// The templates that may fit a message by its first byte, in their order.
    pub fn likely<'t>(&self, templates: &'t [Template], message: &[u8]) -> &'t [Template] {
        &templates[self.likely_from(message)..]
    }

    fn likely_from(&self, message: &[u8]) -> usize {
        let is_first = |first: &u8| self.firsts[usize::from(*first)];
        match message.first().is_none_or(is_first) {
            true => 0,
            false => self.open_from,
        }
    }

    /// Whether one of the templates fits a message, whose pieces are then the row's. `None`, with
    /// the row as it was, for a message that has to be read as any other.
    pub fn split<'a>(
        &self,
        templates: &[Template],
        message: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<bool> {
        let (timed, others) = templates.split_at(self.count);
        if timed.is_empty() {
            return None;
        }
        if !starts(message, &self.before) {
            let others = self.likely_from(message).max(self.count);
            let mut others = templates[others..].iter();
            return Some(others.any(|one| one.split_part(message, row, stamps).is_some()));
        }
        let (us, rest) = millis(&message[self.before.len()..])?;
        let stands = timed.iter().position(|one| one.stands_at(rest))?;
        let is_split = |one: &Template| one.split_behind_millis(us, rest, row, stamps).is_some();
        let fits = timed[stands..].iter().any(is_split);
        let mut others = others.iter();
        Some(fits || others.any(|one| one.split_part(message, row, stamps).is_some()))
    }

    /// Whether what does not begin with a duration is a message and nothing else.
    pub fn others_are_messages(&self, templates: &[Template]) -> bool {
        templates[self.count..].iter().all(Template::is_message)
    }

    /// The duration that a message begins with, in microseconds, and the statement behind it, where
    /// that is all it says. `None` for what has to be split.
    pub fn statement<'a>(
        &self,
        templates: &[Template],
        message: &'a [u8],
    ) -> Option<(i64, Quotes, &'a [u8])> {
        let timed = &templates[..self.count];
        if timed.is_empty() || !starts(message, &self.before) {
            return None;
        }
        let (us, rest) = millis(&message[self.before.len()..])?;
        let one = timed.iter().find(|one| one.stands_at(rest))?;
        let (quotes, statement) = one.statement_behind_millis(rest)?;
        Some((us, quotes, statement))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::{Number, Text};
    use crate::formats::stamp::StampKind;
    use proptest::prelude::*;

    const TEMPLATES: [&str; 5] = [
        "duration: {latency:ms} ms  statement: {query:names}",
        "duration: {latency:ms} ms  execute {_}: {query:names}",
        "duration: {latency:ms} ms{?}  {message}",
        "duration: {message}",
        "{message}",
    ];

    fn templates(texts: &[&str]) -> Vec<Template> {
        let compile = |text: &&str| Template::compile(text, None).expect("compiles");
        texts.iter().map(compile).collect()
    }

    #[test]
    fn templates_go_on_behind_a_letter_or_are_read_one_by_one() {
        assert_eq!(Timed::of(&templates(&TEMPLATES)).count, 3);
        for odd in [
            "a {latency:ms}  ms",
            "a {latency:s} s",
            "{latency:ms} ms",
            "{message}",
        ] {
            assert_eq!(Timed::of(&templates(&[odd])).count, 0, "{odd}");
        }
    }

    #[test]
    fn where_no_template_of_the_duration_fits_the_others_are_tried() {
        let templates = templates(&[TEMPLATES[0], TEMPLATES[1], TEMPLATES[3]]);
        let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
        let mut row = Row::new();
        let timed = Timed::of(&templates);
        let fits = timed.split(
            &templates,
            b"duration: 5.000 ms  execute a",
            &mut row,
            &mut stamps,
        );
        assert_eq!(fits, Some(true));
        assert_eq!(row.text_bytes(Text::Message), b"5.000 ms  execute a");
    }

    proptest! {
        #[test]
        fn what_is_read_once_is_what_each_template_reads(
            message in "(duration: )?([0-9]{0,9}(\\.[0-9]{0,4})?)( ms|  ms| 5| x)?(  statement: |  execute a|  )?(select 1|: |-|b ms  statement: c| ms)?",
            count in 1..TEMPLATES.len(),
        ) {
            let templates = templates(&TEMPLATES[..count]);
            let timed = Timed::of(&templates);
            let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
            let (mut row, mut plain) = (Row::new(), Row::new());
            let message = message.as_bytes();
            let once = timed.split(&templates, message, &mut row, &mut stamps);
            if let Some((us, _, statement)) = timed.statement(&templates, message) {
                prop_assert_eq!(row.number_of(Number::LatencyUs), Some(us));
                let kept = if statement == b"-" { b"" } else { statement };
                prop_assert_eq!((row.text_bytes(Text::Query), row.text_bytes(Text::Message)), (kept, &b""[..]));
            }
            let mut all = templates.iter();
            let each = all.any(|one| one.split_part(message, &mut plain, &mut stamps).is_some());
            if let Some(once) = once {
                let pieces = |row: &Row| {
                    let texts = [Text::Query, Text::Message].map(|text| row.text_bytes(text).to_vec());
                    (row.number_of(Number::LatencyUs), texts)
                };
                prop_assert_eq!((once, pieces(&row)), (each, pieces(&plain)));
            } else {
                prop_assert_eq!(row.number_of(Number::LatencyUs), None);
            }
        }

        #[test]
        fn every_duration_of_the_server_is_read_once(us in 0i64..99_999_999_999) {
            let templates = templates(&TEMPLATES);
            let message = format!("duration: {}.{:03} ms  execute x: select", us / 1000, us % 1000);
            let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
            let mut row = Row::new();
            let fits = Timed::of(&templates).split(&templates, message.as_bytes(), &mut row, &mut stamps);
            prop_assert_eq!((fits, row.number_of(Number::LatencyUs)), (Some(true), Some(us)));
        }
    }
}
