//! What a row's message holds: fields of its own, and a level that its line did not say.

use super::{Encoding, Row};
use crate::events::{Number, Text};
use crate::formats::stamp::StampReader;
use crate::formats::template::Template;

impl<'a> Row<'a> {
    /// Splits the message into fields by the first of the templates that fits it. One that none
    /// fits stays as it is; the time and what stood in the line already are kept.
    pub fn split_message(&mut self, templates: &'a [Template], stamps: &mut StampReader) {
        let Some(message) = self.text_set(Text::Message).copied() else {
            return;
        };
        if message.encoding == Encoding::ByteList {
            return;
        }
        for template in templates {
            if !template.begins(message.bytes) || template.is_another(message.bytes) {
                continue;
            }
            // A template that fits in its first half only leaves nothing behind.
            let mut attempt = self.clone();
            attempt.texts_set &= !(1 << Text::Message as u32);
            attempt.encoding = message.encoding;
            if template
                .split_part(message.bytes, &mut attempt, stamps)
                .is_some()
            {
                attempt.encoding = Encoding::Bytes;
                *self = attempt;
                return;
            }
        }
    }

    /// Raises the level to `level` where it is lower or absent.
    pub fn raise_level(&mut self, level: i64) {
        let known = self.number_set(Number::Level);
        self.number(
            Number::Level,
            Some(known.map_or(level, |known| known.max(level))),
        );
    }
}
