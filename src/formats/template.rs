//! The line template engine: literals and fields in order, found by memchr.

mod millis;
mod step;

use super::express::{Express, Judge, Stop};
use super::field::{Field, Unit};
use super::row::Row;
use super::stamp::{StampKind, StampReader};
pub use millis::millis;
pub use step::starts;
use step::{Step, find, fits, fits_always, fits_at_once};

/// A compiled template: `{client} - {user} [{time:clf}] "{request}" {status}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    steps: Vec<Step>,
    /// The first step is a literal and no field.
    literal_first: bool,
    /// Where a literal ends in a space, more spaces may follow.
    padded: bool,
    /// Its first literal begins the line.
    anchored: bool,
    prefix_end: Option<Vec<u8>>,
    /// How many first steps are those of the alternative before it.
    shared: usize,
    /// It has no stamp: its lines have their time from what is written around them.
    untimed: bool,
}

/// How far a template got in a line: the step that found nothing and the bytes it was given.
#[derive(Debug, Clone, Copy)]
struct Reached<'a> {
    step: usize,
    rest: &'a [u8],
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
                word: 0,
                mask: 0,
            });
            quoted = literal.ends_with('"') && !(whole && literal.len() == 1);
        }
        Ok(Self {
            untimed: !steps.iter().any(|step| says_time(step.field)),
            literal_first: !text.starts_with('{') && !steps.is_empty(),
            steps: steps.into_iter().map(Step::ready).collect(),
            padded: false,
            anchored: false,
            prefix_end: prefix_end
                .filter(|end| !end.is_empty())
                .map(|end| end.as_bytes().to_vec()),
            shared: 0,
        })
    }

    /// The same for lines that pad their columns: one space of the template is any number of them.
    pub fn padded(mut self) -> Self {
        self.padded = true;
        self
    }

    /// The same for lines that its first literal begins: without it that may stand anywhere.
    pub fn anchored(mut self) -> Self {
        self.anchored = true;
        self
    }

    /// Tells alternatives what they share, so that a line is not read anew by each.
    pub fn link(alternatives: &mut [Self]) {
        for i in 1..alternatives.len() {
            let (before, rest) = alternatives.split_at_mut(i);
            let (before, next) = (&before[i - 1], &mut rest[0]);
            let steps = before.steps.iter().zip(&next.steps);
            let same = steps.take_while(|(one, other)| one == other).count();
            next.shared = if before.padded == next.padded {
                same
            } else {
                0
            };
        }
    }

    /// Splits a line into the row's pieces. `None` if the line is not of this shape.
    pub fn split<'a>(
        &self,
        line: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        split_any(std::slice::from_ref(self), line, row, stamps)
    }

    /// Splits a part of an event, whose time stands elsewhere. A literal in front of the first
    /// field must stand at the beginning.
    pub fn split_part<'a>(
        &self,
        part: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        if !self.begins(part) {
            return None;
        }
        let mut from = start(part);
        if self.literal_first && !self.padded {
            from.step = 1;
            from.rest = &part[self.steps[0].literal.len()..];
        }
        self.walk(from, row, stamps).ok()
    }

    /// Whether a text begins with the template's first literal; true where a field comes first.
    #[inline]
    pub fn begins(&self, text: &[u8]) -> bool {
        if !self.literal_first {
            return true;
        }
        // Most templates begin with another byte.
        let literal = &self.steps[0].literal;
        let may_begin = literal
            .first()
            .is_none_or(|byte| text.first() == Some(byte));
        may_begin && starts(text, literal)
    }

    /// The short way for its usual lines, if all of its fields can go it.
    pub fn express(&self) -> Option<Express> {
        let mut express = Express::new(false);
        if self.padded || self.anchored {
            return None;
        }
        for step in &self.steps {
            if step.to_last || step.is_list {
                return None;
            }
            let stop = match step.literal.first() {
                None => Stop::LineEnd,
                Some(b'"') => Stop::Quote,
                Some(&byte) => Stop::Byte(byte),
            };
            let is_time = matches!(step.field, Field::Time(_));
            if is_time && !step.is_plain_time() {
                return None;
            }
            let judge = (!fits_always(step)).then_some(fits as Judge);
            let express = express.add(step.field, stop, &step.literal, judge)?;
            if step.may_end {
                express.may_end();
            }
            if is_time {
                express.repeats();
            }
        }
        express.is_timed().then_some(express)
    }

    /// Goes on from a step. Where a step finds nothing, the row holds the pieces before it.
    #[inline]
    fn walk<'a>(
        &self,
        from: Reached<'a>,
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Result<(), Reached<'a>> {
        let mut rest = from.rest;
        for (i, step) in self.steps.iter().enumerate().skip(from.step) {
            let is_time = step.is_plain_time() && !self.padded;
            if is_time && let Some((length, time_ns)) = stamps.again(rest, &step.literal) {
                row.read_time_ns(time_ns);
                rest = &rest[length + step.literal.len()..];
                continue;
            }
            let Some((piece, tail, first)) = find(rest, step) else {
                // The line ends in the optional part: what is left is the field's.
                let last = rest.strip_suffix(b"\"").unwrap_or(rest);
                if step.may_end && fits(step.field, last) {
                    row.set(step.field, last, stamps);
                    return Ok(());
                }
                return Err(Reached { step: i, rest });
            };
            let fits = first && fits_at_once(step, piece) || fits(step.field, piece);
            if !fits {
                return Err(Reached { step: i, rest });
            }
            if step.field != Field::Skip {
                let padded = self.padded.then(|| piece.trim_ascii_end());
                row.set(step.field, padded.unwrap_or(piece), stamps);
            }
            if is_time {
                stamps.stood_before(piece, &step.literal);
            }
            rest = tail;
            if self.padded && step.literal.ends_with(b" ") {
                rest = rest.trim_ascii_start();
            }
        }
        Ok(())
    }

    /// What stands behind a prefix, if the line seems to have one.
    fn behind_prefix<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let end = self.prefix_end.as_ref()?;
        let head = &line[..line.len().min(200)];
        // One byte at a time: making ready to search for more costs as much as most lines do.
        let mut places = memchr::memchr_iter(end[0], head);
        let at = places.find(|at| head[*at..].starts_with(end))?;
        Some(&line[at + end.len()..])
    }

    /// The byte that everything begins with that it fits. `None` where that is open.
    pub fn first_byte(&self) -> Option<u8> {
        let first = self
            .steps
            .first()
            .filter(|_| self.literal_first && self.prefix_end.is_none());
        first.and_then(|step| step.literal.first().copied())
    }

    /// Whether its lines say no time.
    pub fn is_untimed(&self) -> bool {
        self.untimed
    }

    /// Whether every line of it holds a text of which `may_hold` says that none does.
    pub fn is_ruled_out(&self, may_hold: impl Fn(&[u8]) -> bool) -> bool {
        let needed = self.steps.iter().take_while(|step| !step.may_end);
        !needed.map(|step| &step.literal).all(|text| may_hold(text))
    }

    /// Whether it says nothing but a message, a statement and how long that took.
    pub fn is_message(&self) -> bool {
        let is_one = |field| {
            matches!(
                field,
                Field::Message | Field::Statement(_) | Field::Latency(_) | Field::Skip
            )
        };
        self.steps.iter().all(|step| is_one(step.field))
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

fn start(line: &[u8]) -> Reached<'_> {
    Reached {
        step: 0,
        rest: line,
    }
}

/// Splits a line by the first of the alternatives that fits and gives a readable time, with a
/// prefix in front or without. `None` with an empty row if none does. Where an alternative
/// begins as the one before it, it goes on where that one stopped.
pub fn split_any<'a>(
    alternatives: &[Template],
    line: &'a [u8],
    row: &mut Row<'a>,
    stamps: &mut StampReader,
) -> Option<()> {
    let mut reached = start(line);
    let mut behind: Option<(&Template, Option<&'a [u8]>)> = None;
    for template in alternatives {
        if template.shared < reached.step {
            row.clear();
            reached = start(line);
        }
        if template.anchored && !template.begins(line) {
            reached.step = usize::MAX;
            continue;
        }
        match template.walk(reached, row, stamps) {
            Ok(()) if row.time_ns().is_some() || template.untimed => return Some(()),
            Ok(()) => reached.step = usize::MAX,
            Err(at) => reached = at,
        }
        // Most lines have no prefix: looking for its end first costs a tenth of the parse.
        let known = behind.filter(|(known, _)| known.prefix_end == template.prefix_end);
        let (_, rest) = known.unwrap_or_else(|| (template, template.behind_prefix(line)));
        behind = Some((template, rest));
        if let Some(rest) = rest {
            row.clear();
            reached.step = usize::MAX;
            let read = template.walk(start(rest), row, stamps).is_ok();
            if read && row.time_ns().is_some() {
                return Some(());
            }
        }
    }
    row.clear();
    None
}

/// Whether a field says when, or a part of that.
fn says_time(field: Field) -> bool {
    matches!(
        field,
        Field::Time(_)
            | Field::Date
            | Field::Clock
            | Field::ClockUtc
            | Field::ClockNear
            | Field::TimeUtc
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::Text;
    use crate::formats::express::Track;
    use crate::formats::marks::Marks;
    use crate::formats::row::Place;
    use crate::formats::{Parsed, StampSide};
    use crate::lines::LineBatch;
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
    fn the_first_literal_of_an_anchored_template_begins_the_line() {
        let template = Template::compile("[{time:clf}] {message}", None).expect("compiles");
        let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
        let mut reads = |template: &Template, line: &str| {
            let mut row = Row::new();
            template
                .split(line.as_bytes(), &mut row, &mut stamps)
                .is_some()
        };
        let line = "[06/May/2024:07:08:09 +0000] hello";
        assert!(reads(&template, line) && reads(&template, &format!("a {line}")));
        let anchored = template.anchored();
        assert!(reads(&anchored, line) && !reads(&anchored, &format!("a {line}")));
    }

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

    const TIMED: &str = r#"{client:list} - {user} [{time:clf}] "{request}" {status} {bytes} "{_}" "{agent}" rt={latency:s}{?} {_}"#;
    const USUAL: &str = r#"198.51.100.7 - - [22/Jul/2015:15:35:10 +0100] "GET /a/17?b HTTP/1.1" 200 5 "-" "curl/8 (a long name of a program)" rt=0.250 urt="0.2""#;

    /// Reads all lines the short way, three at a time, and tells which of them went it.
    fn each_usual(
        express: &Express,
        track: &mut Track<'_>,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
        mut tell: impl FnMut(usize),
    ) {
        let mut next = 0;
        while let seen @ 1.. = track.look_at(next, &mut 3, |_| false) {
            express.walk(track, u64::MAX);
            for row in 0..track.rows() {
                if track.is_usual(row, stamps) {
                    tell(track.line(row));
                } else {
                    track.flush(row, parsed);
                }
            }
            track.flush(track.rows(), parsed);
            next += seen;
        }
    }

    /// What a batch of lines becomes: by the short way where it can be gone, and by the template.
    /// Gives how many went the short way.
    fn short_and_whole(template: &str, text: &str) -> usize {
        let template = Template::compile(template, Some("]: ")).expect("compiles");
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let express = template.express().expect("it can");
        let marks = Marks::default();
        let mut track = Track::new(&batch, StampSide::End, &marks);
        let reader = || StampReader::new(StampKind::Clf, Zone::UTC);
        let (mut stamps, mut others) = (reader(), reader());
        let (mut short, mut whole) = (Parsed::of_lines(9), Parsed::of_lines(9));
        let mut gone = 0;
        each_usual(&express, &mut track, &mut stamps, &mut short, |i| {
            gone += 1;
            let mut row = Row::new();
            let line = batch.line(i);
            let split = split_any(std::slice::from_ref(&template), line, &mut row, &mut others);
            assert!(split.is_some(), "{}", String::from_utf8_lossy(line));
            let place = Place {
                line: i as u64,
                offset: batch.offset(i),
                length: line.len() as u32,
            };
            assert!(row.commit(place, StampSide::End, &mut whole));
        });
        short.chunk.seal();
        whole.chunk.seal();
        assert_eq!(short.chunk, whole.chunk);
        for (one, other) in short.names.iter().zip(&whole.names) {
            assert!(
                one.iter().eq(other.iter()),
                "the same names in the same order"
            );
        }
        gone
    }

    #[test]
    fn usual_lines_go_the_short_way_and_odd_ones_do_not() {
        assert_eq!(short_and_whole(TIMED, &format!("{USUAL}\n{USUAL}\n")), 2);
        let last = "a line behind them, since the end of the buffer is too near for a word";
        for (from, to) in [
            ("curl", r#"\"curl"#),
            ("198.51.100.7", "198.51.100.7, 10.0.0.1"),
            ("GET /a/17?b HTTP/1.1", r"\x16\x03\x01"),
            ("200 5", "200 x"),
            ("0.250", "-"),
            ("22/Jul", "32/Jul"),
        ] {
            let odd = USUAL.replacen(from, to, 1);
            assert_eq!(
                short_and_whole(TIMED, &format!("{odd}\n{last}\n")),
                0,
                "{odd}"
            );
        }
    }

    #[test]
    fn lines_alike_around_their_stamps_keep_their_own_users_and_times() {
        let user = |n: usize| match n % 11 {
            0..6 => "-".to_string(),
            6..8 => "bob".to_string(),
            8 => "a-name-of-more-bytes-than-are-compared-together-at-once".to_string(),
            _ => format!("u{n}"),
        };
        let line = |user: &str, n: usize| {
            let own = USUAL.replacen("- -", &format!("- {user}"), 1);
            own.replacen(":10 +0100", &format!(":{} +0100", 10 + n / 5 % 40), 1)
        };
        let mixed: Vec<String> = (0..200).map(|n| line(&user(n), n)).collect();
        assert_eq!(short_and_whole(TIMED, &mixed.join("\n")), 200);
        // No two of them are alike; some that are follow.
        let many = (0..90).map(|n| line(&format!("u{n}"), n));
        let lines: Vec<String> = many.chain((0..90).map(|n| line("eve", n))).collect();
        assert_eq!(short_and_whole(TIMED, &lines.join("\n")), 180);
        let before = r#"{user} {client} [{time:clf}] "{request}" {status}"#;
        let line = |user: &str| {
            format!(r#"{user} ::1 [22/Jul/2015:15:35:10 +0100] "GET /a HTTP/1.1" 200"#)
        };
        let lines = ["bob", "-", "eve", "eve", "-", "bob"].map(line).join("\n");
        assert_eq!(short_and_whole(before, &format!("{lines}\n{lines}")), 12);
    }

    #[test]
    fn a_template_with_two_of_a_field_goes_the_long_way() {
        for text in [
            "{client} {client} [{time:clf}]",
            "{client} [{status}]",
            "{job_step} [{time:clf}]",
        ] {
            let template = Template::compile(text, None).expect("compiles");
            assert!(template.express().is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_goes_the_short_way_becomes_what_the_template_makes_of_it(
            lines in prop::collection::vec(
                r#"(::1|[0-9.]{7,15}|a:80|\[::1\]:80|b, c|)( -){0,2} (-|bob|a b) \[2[2-3]/Jul/2015:15:35:1[0-2] \+0100\] "((GET|get|) ?(/|-|[a-z/?#0-9.]{0,80}|http://x/y)( HTTP/1\.1)?)" (200|-|502|0|x|12345678901234) (-|[0-9]{0,13})( "(-|[a-z]{0,40}|\\")" "(-|[a-zA-Z/;() ]{0,90})")?( rt=[0-9]{0,8}\.?[0-9]{0,8})?( (-|urt="[0-9]"))?"#,
                1..6,
            ),
        ) {
            let text = lines.join("\n");
            short_and_whole(TIMED, &text);
            short_and_whole(COMBINED, &text);
        }

        #[test]
        fn any_bytes_are_safe_the_short_way(text: Vec<u8>) {
            let template = Template::compile(COMBINED, None).expect("compiles");
            let batch = LineBatch::split(text, 0);
            let express = template.express().expect("it can");
            let marks = Marks::default();
            let mut track = Track::new(&batch, StampSide::End, &marks);
            let mut stamps = StampReader::new(StampKind::Clf, Zone::UTC);
            let mut parsed = Parsed::of_lines(batch.len() as u64);
            each_usual(&express, &mut track, &mut stamps, &mut parsed, |_| {});
        }

        #[test]
        fn linked_alternatives_read_what_each_reads_alone(line in r#"(Jul 2 \]: )?(a |::1 |b, c )?(- )?(-|x) \[22/Jul/2015:15:35:1[0-2] \+0100\] "GET /[a-z]" (200|-|x) ("-" )?("b" |rt=)?[0-9.]{0,4}( x)?"#) {
            let texts = [
                r#"{client:list} - {user} [{time:clf}] "{request}" {status} rt={latency:s}{?} {_}"#,
                r#"{client:list} - {user} [{time:clf}] "{request}" {status} "{_}" {latency:s}{?} {_}"#,
                r#"{client} {user} [{time:clf}] "{request}" {status} {latency:s}"#,
            ];
            let compile = |text: &&str| Template::compile(text, Some("]: ")).expect("compiles");
            let alone: Vec<Template> = texts.iter().map(compile).collect();
            let mut linked = alone.clone();
            Template::link(&mut linked);
            let read = |alternatives: &[Template]| {
                let mut stamps = StampReader::new(StampKind::Clf, Zone::UTC);
                let mut row = Row::new();
                let read = split_any(alternatives, line.as_bytes(), &mut row, &mut stamps);
                let texts = Text::ALL.map(|text| row.text_bytes(text).to_vec());
                (read, row.time_ns(), texts)
            };
            let first = alone.iter().map(|one| read(std::slice::from_ref(one)));
            let expected = first.into_iter().find(|(read, ..)| read.is_some());
            prop_assert_eq!(Some(read(&linked)).filter(|(read, ..)| read.is_some()), expected);
        }

        #[test]
        fn any_line_is_safe(line: Vec<u8>) {
            let template = Template::compile(COMBINED, None).expect("compiles");
            let mut stamps = StampReader::new(StampKind::Clf, Zone::UTC);
            let _ = template.split(&line, &mut Row::new(), &mut stamps);
        }
    }
}
