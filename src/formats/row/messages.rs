//! What a row's message holds: fields of its own, and a level that its line did not say.

use super::{Encoding, Row, Treatment};
use crate::events::{Number, Text, level};
use crate::formats::requests::Layout;
use crate::formats::stamp::StampReader;
use crate::formats::template::Template;
use crate::formats::work::Durations;

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

    /// Takes the request that the message tells of for the message. False if it tells of none.
    pub fn take_request(&mut self, layout: &Layout) -> bool {
        let message = self.text_set(Text::Message).copied();
        let Some(message) = message.filter(|message| message.encoding != Encoding::ByteList) else {
            return false;
        };
        let Some(told) = layout.read(message.bytes) else {
            return false;
        };
        self.texts_set &= !(1 << Text::Message as u32);
        self.number(Number::Status, Some(told.status));
        if !self.has_number(Number::LatencyUs) {
            self.number(Number::LatencyUs, told.latency_us);
        }
        let encoding = message.encoding;
        self.text(Text::Method, told.method, Treatment::Plain, encoding);
        self.text(Text::Endpoint, told.target, Treatment::Target, encoding);
        if let Some(client) = told.client {
            self.text(Text::Client, client, Treatment::Plain, encoding);
        }
        true
    }

    /// Whether it says for what a request was and how that ended.
    pub fn is_request(&self) -> bool {
        self.has_number(Number::Status) && self.text_set(Text::Endpoint).is_some()
    }

    /// Takes the duration of the work that the message tells of.
    pub fn take_work(&mut self, durations: &Durations) {
        let message = self.text_set(Text::Message);
        let message = message.filter(|message| message.encoding != Encoding::ByteList);
        if let Some(message) = message
            && !self.has_number(Number::LatencyUs)
        {
            self.number(Number::LatencyUs, durations.told_us(message.bytes));
        }
    }

    /// Notes what went wrong. Words for nothing, and numbers, are nothing that went wrong.
    pub(super) fn failure(&mut self, words: &'a [u8], encoding: Encoding) {
        let is_number = words.iter().all(|byte| !byte.is_ascii_alphabetic());
        let is_nothing = |word: &[u8]| words.eq_ignore_ascii_case(word);
        if is_number
            || [&b"false"[..], b"null", b"none", b"nil", b"ok"]
                .into_iter()
                .any(is_nothing)
        {
            return;
        }
        self.number(Number::Level, Some(level::ERROR));
        if words != b"true" && self.text_set(Text::Message).is_none() {
            self.text(Text::Message, words, Treatment::Message, encoding);
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
