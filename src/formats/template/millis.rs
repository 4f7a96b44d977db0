//! A duration in milliseconds that comes first in a template, as servers write it:
//! `duration: 13.608 ms  statement: `.
//!
//! In: a text. Out: the duration, read in place, and what stands behind it. What is not written just
//! so, with three decimals and a space and a letter behind them, is read as any other field.

use super::step::starts;
use super::{Reached, Template};
use crate::events::Number;
use crate::events::intern::same;
use crate::formats::digits::leading;
use crate::formats::field::{Field, Unit};
use crate::formats::fingerprint::Quotes;
use crate::formats::row::Row;
use crate::formats::stamp::StampReader;

impl Template {
    /// What stands in front of a duration in milliseconds that comes first, where a space and a
    /// letter stand behind it.
    pub fn before_millis(&self) -> Option<&[u8]> {
        let [first, second, ..] = self.steps.as_slice() else {
            return None;
        };
        let is_plain = !(self.padded || second.quoted || second.to_last || second.is_list);
        let is_millis = second.field == Field::Latency(Unit::Millis) && !second.may_end;
        let is_one = self.literal_first && is_plain && is_millis && goes_on(&second.literal);
        is_one.then_some(&first.literal)
    }

    /// Whether a text cannot be of this template: it begins as the template does and has a
    /// duration there, but goes on with another word. A duration that ended later would hold that
    /// word.
    pub fn is_another(&self, text: &[u8]) -> bool {
        let text = self
            .before_millis()
            .and_then(|before| text.strip_prefix(before));
        let behind = text.and_then(millis).map(|(_, behind)| behind);
        behind.is_some_and(|behind| goes_on(behind) && !self.stands_at(behind))
    }

    /// Whether what follows the template's first duration stands here.
    pub fn stands_at(&self, behind: &[u8]) -> bool {
        starts(behind, &self.steps[1].literal)
    }

    /// The statement that ends a text behind a duration that comes first, if `stands_at` that text
    /// and nothing else of it is kept.
    pub fn statement_behind_millis<'a>(&self, behind: &'a [u8]) -> Option<(Quotes, &'a [u8])> {
        let mut rest = behind.get(self.steps[1].literal.len()..)?;
        let (last, between) = self.steps.get(2..)?.split_last()?;
        let Field::Statement(quotes) = last.field else {
            return None;
        };
        for step in between {
            let is_odd = step.quoted || step.to_last || step.is_list;
            if is_odd || step.field != Field::Skip || step.literal.is_empty() {
                return None;
            }
            let mut places = rest.windows(step.literal.len());
            let at = places.position(|bytes| same(bytes, &step.literal))?;
            rest = &rest[at + step.literal.len()..];
        }
        last.literal.is_empty().then_some((quotes, rest))
    }

    /// Splits what stands behind a duration that comes first, and sets both. `None` where it does
    /// not fit.
    pub fn split_behind_millis<'a>(
        &self,
        us: i64,
        behind: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        self.stands_at(behind).then_some(())?;
        row.set_number(Number::LatencyUs, us);
        let rest = &behind[self.steps[1].literal.len()..];
        self.walk(Reached { step: 2, rest }, row, stamps).ok()
    }
}

/// Whether a space and a letter come first.
fn goes_on(text: &[u8]) -> bool {
    matches!(text, [b' ', letter, ..] if letter.is_ascii_alphabetic())
}

/// Milliseconds with three decimals, as microseconds, and what stands behind them. At most eight
/// digits stand in front of the point.
pub fn millis(text: &[u8]) -> Option<(i64, &[u8])> {
    let (whole, length) = leading(text);
    let first = (length > 0 && text.get(length) == Some(&b'.')).then_some(length + 1)?;
    let mut us = whole;
    for at in first..first + 3 {
        us = us * 10 + digit(text, at)?;
    }
    Some((us, &text[first + 3..]))
}

#[inline]
fn digit(text: &[u8], at: usize) -> Option<i64> {
    let digit = text.get(at)?.wrapping_sub(b'0');
    (digit <= 9).then_some(i64::from(digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::stamp::StampKind;
    use proptest::prelude::*;

    const TEMPLATES: [&str; 4] = [
        "duration: {latency:ms} ms  statement: {query:names}",
        "duration: {latency:ms} ms  execute {_}: {query:names}",
        "duration: {latency:ms} ms{?}  {message}",
        "duration: {latency:ms}  ms {message}",
    ];

    proptest! {
        #[test]
        fn what_is_of_another_template_does_not_fit(
            text in "duration: ([0-9]{1,2}(\\.[0-9]{3})?)( ms| s|  ms| 5)?(  statement: |  execute a| )?( ms|: |b ms  statement: c)?",
        ) {
            for template in TEMPLATES {
                let template = Template::compile(template, None).expect("compiles");
                let (mut row, mut stamps) = (Row::new(), StampReader::new(StampKind::Any, Zone::UTC));
                let fits = template.split_part(text.as_bytes(), &mut row, &mut stamps).is_some();
                prop_assert!(!(fits && template.is_another(text.as_bytes())));
            }
        }
    }
}
