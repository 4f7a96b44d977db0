//! Shapes of lines: programs write the same keys in the same order, line after line.
//!
//! In: a line of JSON or logfmt and the shapes of lines before it. A shape is what stood between
//! the values of such a line, byte for byte. Where a line has a shape's bytes and values of the
//! same kinds between them, the walker of its engine would find just these values: they are
//! handed out without looking at a key. Any other line is the walker's, which teaches its shape.
//! Which shape is tried first is guessed by a few bytes of the line, where lines of several shapes
//! begin to differ.

mod ends;

use super::express::{Express, Stop, Track};
use super::field::Field;
use super::guess::{Guess, KEPT};
use super::row::Row;
use super::stamp::StampReader;
use crate::events::intern::same;
use ends::{bare_json, bare_logfmt, quoted};

/// Shapes remembered: a program's usual messages.
const SHAPES_MAX: usize = u32::BITS as usize;
/// Lines in a row without a known shape after which only one is tried.
const MISSED_MAX: u32 = 64;
/// Shapes learned in any case; then one for so many lines that had one.
const LEARNED_MIN: usize = 4 * SHAPES_MAX;
const LINES_PER_LEARNED: usize = 4;
/// Longest line whose shape is remembered, in bytes.
const LINE_LENGTH_MAX: usize = 8192;

/// Lines of a shape by which it settles on what they have in common ...
const SETTLED_BY: usize = 12;
/// ... and anew once they are so many times as many.
const SETTLED_AGAIN: usize = 40;

/// How a value that is not quoted ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// JSON: at a comma, a closing bracket or white space.
    Json,
    /// logfmt: at a space.
    Logfmt,
}

/// A value that a walker met.
#[derive(Debug, Clone, Copy)]
pub struct Met<'a> {
    /// Its bytes, a part of the line; without its quotes.
    pub bytes: &'a [u8],
    /// What it means, if it is wanted.
    pub wanted: Option<Field>,
    /// A later value of the line feeds the field before this one if its rank is higher.
    pub rank: usize,
}

#[derive(Debug)]
struct Gap {
    /// What stands before the value, its opening quote included.
    literal: Vec<u8>,
    quoted: bool,
}

#[derive(Debug)]
struct Shape {
    gaps: Vec<Gap>,
    /// What stands behind the last value.
    tail: Vec<u8>,
    /// Which values mean what, in the order in which they are set.
    sets: Vec<(usize, Field)>,
    /// The short way for its lines, if all of its fields can go it.
    express: Option<Express>,
    grammar: Grammar,
    /// Lines that went it, and how many of them are to come before it settles on what they have in
    /// common.
    walked: usize,
    settles_at: usize,
}

/// Where a value lies in its line, and whether it holds escapes.
type Found = (u32, u32, bool);

/// The shapes of a batch's lines.
#[derive(Debug, Default)]
pub struct Shapes {
    known: Vec<Shape>,
    /// The places of the known ones, the last learned first.
    recent: Vec<u8>,
    /// A bit for each that was found since it last could have been forgotten.
    used: u32,
    guess: Guess,
    learned: usize,
    had_one: usize,
    /// Lines since the last that had one.
    missed: u32,
    found: Vec<Found>,
}

impl Shapes {
    /// Reads a line of a known shape into the row's pieces. False, with the row as it was, if the
    /// line has none.
    pub fn read<'a>(
        &mut self,
        grammar: Grammar,
        line: &'a [u8],
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> bool {
        let mut found = std::mem::take(&mut self.found);
        let fits = |shape: &Shape| shape.values(grammar, line, &mut found).is_some();
        let place = self.first(line, fits);
        if let Some(place) = place {
            for (value, field) in &self.known[place].sets {
                let (start, end, escaped) = found[*value];
                let bytes = &line[start as usize..end as usize];
                row.set_encoded(*field, bytes, escaped, stamps);
            }
        }
        self.found = found;
        place.is_some()
    }

    /// Walks lines the short way: those of known shapes are usual. Each walks with the lines of the
    /// shape that is guessed of it, and where that is wrong with the others.
    pub fn walk(&mut self, track: &mut Track<'_>) {
        let rows = track.rows();
        let mut told = [0; u64::BITS as usize];
        if self.known.len() > 1 {
            for (row, told) in told.iter_mut().enumerate().take(rows) {
                *told = self.guess.place(track.text(row));
            }
        }
        let told = &told[..rows];
        let mut open = u64::MAX.checked_shr(64 - rows as u32).unwrap_or(0);
        let mut tried = [0; SHAPES_MAX];
        let rounds = if self.missed > MISSED_MAX { 1 } else { KEPT };
        for round in 0..rounds {
            let mut wanted = [0; SHAPES_MAX];
            for row in rows_of(open) {
                if let Some(place) = self.guess.at(told[row]).nth(round) {
                    wanted[usize::from(place) % SHAPES_MAX] |= 1 << row;
                }
            }
            for (place, rows) in wanted.into_iter().enumerate().take(self.known.len()) {
                if rows != 0 {
                    tried[place] |= rows;
                    open &= !self.walk_as(place, rows, told, track);
                }
            }
            if open == 0 {
                break;
            }
        }
        if rounds > 1 {
            for (place, tried) in tried.into_iter().enumerate().take(self.known.len()) {
                let rows = open & !tried;
                if rows == 0 {
                    continue;
                }
                open &= !self.walk_as(place, rows, told, track);
            }
        }
        self.missed = if open == 0 {
            0
        } else {
            self.missed + open.count_ones()
        };
    }

    /// Walks some rows as lines of a shape. Which of them are.
    fn walk_as(&mut self, place: usize, rows: u64, told: &[usize], track: &mut Track<'_>) -> u64 {
        let shape = &mut self.known[place];
        let express = shape.express.as_ref();
        let its = express.map_or(0, |express| express.walk(track, rows));
        shape.walked += its.count_ones() as usize;
        if shape.walked >= shape.settles_at && its.count_ones() as usize >= SETTLED_BY {
            shape.settle(its, track, &mut self.found);
        }
        for row in rows_of(its) {
            self.guess.keep(told[row], place as u8);
        }
        self.had_one += its.count_ones() as usize;
        self.used |= u32::from(its != 0) << place;
        its
    }

    /// The place of the first shape that is the line's, of those that are guessed and then the
    /// latest.
    #[inline]
    fn first(&mut self, line: &[u8], mut is_its: impl FnMut(&Shape) -> bool) -> Option<usize> {
        let told = match self.known.len() {
            0 => return None,
            1 => 0,
            _ => self.guess.place(line),
        };
        let is_lost = self.missed > MISSED_MAX;
        let tries = if is_lost { 1 } else { usize::MAX };
        for guessed in self.guess.at(told).take(tries) {
            if is_its(&self.known[usize::from(guessed)]) {
                self.found_at(told, guessed);
                return Some(usize::from(guessed));
            }
        }
        self.missed += 1;
        let others = if is_lost { &[][..] } else { &self.recent };
        let is_new = |place: &u8| self.guess.at(told).all(|guessed| guessed != *place);
        let mut others = others.iter().copied().filter(is_new);
        let place = others.find(|place| is_its(&self.known[usize::from(*place)]))?;
        self.found_at(told, place);
        Some(usize::from(place))
    }

    #[inline]
    fn found_at(&mut self, told: usize, place: u8) {
        self.guess.keep(told, place);
        self.used |= 1 << place;
        self.had_one += 1;
        self.missed = 0;
    }

    /// Remembers the shape of a line by the values that its walker met, in their order. A line of
    /// which a shape would say too little teaches none.
    pub fn learn(&mut self, grammar: Grammar, line: &[u8], met: &[Met<'_>]) {
        if self.learned >= LEARNED_MIN + self.had_one / LINES_PER_LEARNED {
            return;
        }
        let Some(shape) = Shape::of(grammar, line, met) else {
            return;
        };
        self.learned += 1;
        if let Some(other) = self.recent.first() {
            let place = shape.parts_from(&self.known[usize::from(*other)], line, met);
            self.guess.look_at(line, place);
        }
        let place = match self.known.len() {
            SHAPES_MAX => self.forgotten(),
            new => new as u8,
        };
        match self.known.get_mut(usize::from(place)) {
            Some(known) => *known = shape,
            None => self.known.push(shape),
        }
        self.recent.insert(0, place);
        let told = self.guess.place(line);
        self.guess.keep(told, place);
    }

    /// Takes the place of the one learned longest ago that was not found since it was last spared
    /// ("second chance").
    fn forgotten(&mut self) -> u8 {
        while let Some(place) = self.recent.pop() {
            if self.used & 1 << place == 0 {
                return place;
            }
            self.used &= !(1 << place);
            self.recent.insert(0, place);
        }
        0
    }
}

impl Shape {
    fn of(grammar: Grammar, line: &[u8], met: &[Met<'_>]) -> Option<Self> {
        if line.len() > LINE_LENGTH_MAX || line.trim_ascii().len() < line.len() || met.is_empty() {
            return None;
        }
        let mut gaps = Vec::with_capacity(met.len());
        let mut at = 0;
        for one in met {
            let start = (one.bytes.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
            let literal = line.get(at..start)?;
            let quoted = literal.ends_with(b"\"");
            // A bare value that opens a list may be a list of numbers, which is one value.
            if literal.trim_ascii_end().ends_with(b"[") {
                return None;
            }
            gaps.push(Gap {
                literal: literal.to_vec(),
                quoted,
            });
            at = start + one.bytes.len();
        }
        let mut sets: Vec<(usize, Field, usize)> = Vec::new();
        for (i, one) in met.iter().enumerate() {
            if let Some(field) = one.wanted {
                sets.push((i, field, one.rank));
            }
        }
        sets.sort_by_key(|set| set.2);
        let mut shape = Self {
            gaps,
            tail: line.get(at..)?.to_vec(),
            sets: sets.into_iter().map(|set| (set.0, set.1)).collect(),
            express: None,
            grammar,
            walked: 0,
            settles_at: SETTLED_BY,
        };
        shape.express = shape.express(grammar);
        // A shape must find what its walker met.
        let mut found = Vec::new();
        shape.values(grammar, line, &mut found)?;
        let same = found.iter().zip(met).all(|((start, end, _), one)| {
            line[*start as usize..*end as usize].as_ptr() == one.bytes.as_ptr()
                && (end - start) as usize == one.bytes.len()
        });
        same.then_some(shape)
    }

    /// Where its line begins to say that it is not of the other shape: in its message, or where
    /// another key stands.
    fn parts_from(&self, other: &Self, line: &[u8], met: &[Met<'_>]) -> usize {
        let start = |one: &Met<'_>| one.bytes.as_ptr() as usize - line.as_ptr() as usize;
        let message = met.iter().find(|one| one.wanted == Some(Field::Message));
        let mut pairs = self.gaps.iter().zip(&other.gaps).zip(met);
        let differs = pairs.find_map(|((gap, other), one)| {
            let both = gap.literal.iter().zip(&other.literal);
            let shared = both.take_while(|(one, other)| one == other).count();
            let begin = start(one) - gap.literal.len();
            (gap.literal != other.literal).then_some(begin + shared)
        });
        let places = message.map(start).into_iter().chain(differs);
        places.min().unwrap_or(0)
    }

    /// The short way for its lines.
    fn express(&self, grammar: Grammar) -> Option<Express> {
        let mut express = Express::new(true);
        let first = &self.gaps.first()?.literal;
        express.add(Field::Skip, Stop::Here, first, None)?;
        let behind = self.gaps.iter().skip(1).map(|gap| &gap.literal);
        let behind = behind.chain(std::iter::once(&self.tail));
        for (i, (gap, literal)) in self.gaps.iter().zip(behind).enumerate() {
            let mut wanted = self.sets.iter().filter(|set| set.0 == i);
            let field = wanted.next().map_or(Field::Skip, |set| set.1);
            let stop = match (gap.quoted, grammar) {
                (true, Grammar::Json) => Stop::Quote,
                (true, Grammar::Logfmt) => Stop::RareQuote,
                (false, Grammar::Json) => Stop::Bare,
                (false, Grammar::Logfmt) => Stop::Word,
            };
            if wanted.next().is_some() {
                return None;
            }
            express.add(field, stop, literal, None)?;
        }
        express.is_timed().then_some(express)
    }

    /// Settles on the values that its lines mostly have, by some of them.
    fn settle(&mut self, rows: u64, track: &Track<'_>, found: &mut Vec<Found>) {
        self.settles_at = SETTLED_AGAIN * self.walked;
        let mut lines = Vec::with_capacity(SETTLED_BY);
        for row in rows_of(rows).take(SETTLED_BY) {
            let line = track.text(row);
            if self.values(self.grammar, line, found).is_some() {
                let begins = found.iter().map(|(start, ..)| *start as usize);
                lines.push((line, std::iter::once(0).chain(begins).collect()));
            }
        }
        if let Some(express) = &mut self.express {
            express.settle(&lines);
        }
    }

    /// The values of a line of this shape.
    fn values(&self, grammar: Grammar, line: &[u8], found: &mut Vec<Found>) -> Option<()> {
        found.clear();
        let mut at = 0;
        for gap in &self.gaps {
            let start = at + gap.literal.len();
            if !same(line.get(at..start)?, &gap.literal) {
                return None;
            }
            let rest = &line[start..];
            let (length, escaped) = match (gap.quoted, grammar) {
                (true, _) => quoted(rest)?,
                (false, Grammar::Json) => (bare_json(rest)?, false),
                (false, Grammar::Logfmt) => bare_logfmt(rest)?,
            };
            at = start + length;
            found.push((start as u32, at as u32, escaped));
        }
        let ends = line[at..] == *self.tail && !line.last()?.is_ascii_whitespace();
        ends.then_some(())
    }
}

/// The rows of a set, a bit each.
#[inline]
fn rows_of(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let row = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (row < u64::BITS as usize).then_some(row)
    })
}

#[cfg(test)]
mod tests {
    mod limits;
    mod odd;

    use crate::clock::Zone;
    use crate::events::{Number, Text};
    use crate::formats::field::{Field, LevelScale, Unit};
    use crate::formats::json::Plan;
    use crate::formats::parse::parse_text;
    use crate::formats::stamp::StampKind;
    use crate::formats::{Engine, Format, Parsed, SourceKind, StampSide};
    use proptest::prelude::*;

    fn format(engine: fn(Vec<(Vec<u8>, Field)>) -> Engine) -> Format {
        let wanted = [
            ("t", Field::Time(StampKind::Any)),
            ("l", Field::Level(LevelScale::Words)),
            ("a.d", Field::Latency(Unit::Millis)),
            ("d", Field::Latency(Unit::Millis)),
            ("p", Field::Target),
            ("q", Field::Target),
            ("m", Field::Message),
            ("r", Field::Request),
            ("b", Field::Number(Number::Bytes)),
            ("c", Field::Addresses),
        ];
        let wanted = wanted.map(|(key, field)| (key.as_bytes().to_vec(), field));
        Format::new(
            "x",
            SourceKind::App,
            StampSide::Start,
            engine(wanted.to_vec()),
        )
    }

    /// All that was read of every event.
    fn told(parsed: &Parsed) -> Vec<String> {
        let chunk = &parsed.chunk;
        let of_row = |row: usize| {
            let numbers = Number::ALL.map(|field| chunk.number_at(field, row));
            let texts = Text::ALL.map(|field| {
                let symbol = chunk.text_at(field, row)?;
                Some(parsed.names[field as usize].text(symbol))
            });
            format!("{} {numbers:?} {texts:?}", chunk.time_ns[row])
        };
        (0..chunk.len()).map(of_row).collect()
    }

    /// Lines read one after the other say what each says alone.
    fn check(format: &Format, lines: &[String]) -> Result<(), TestCaseError> {
        let together = parse_text(format, Zone::UTC, lines.join("\n").as_bytes());
        let alone = lines
            .iter()
            .map(|line| parse_text(format, Zone::UTC, line.as_bytes()));
        let alone: Vec<String> = alone.flat_map(|parsed| told(&parsed)).collect();
        prop_assert_eq!(told(&together), alone);
        Ok(())
    }

    #[test]
    fn shapes_whose_texts_become_names_in_other_ways_do_not_mix() {
        let pair = [
            r#"{"t":1709510400,"p":"/a b/c"}"#,
            r#"{"t":1709510400,"r":"GET /a b"}"#,
        ];
        let lines: Vec<String> = pair
            .iter()
            .cycle()
            .take(90)
            .map(|line| (*line).to_owned())
            .collect();
        check(&format(|wanted| Engine::Json(Plan::new(wanted))), &lines).expect("the same");
    }

    #[test]
    fn words_with_quotes_or_backslashes_among_plain_ones_are_read_as_alone() {
        let words = [
            r"/a/b",
            r"/a\tb",
            r#"/a\"b"#,
            r#"/a"b"#,
            r#""/a b""#,
            r"/a\\",
            r#"/a\"#,
        ];
        let lines: Vec<String> = (0..200)
            .map(|i| {
                let odd = if i % 3 == 2 {
                    words[i / 3 % words.len()]
                } else {
                    words[0]
                };
                format!("t=1709510400 q={odd} b={i}")
            })
            .collect();
        check(&format(|wanted| Engine::Logfmt(Plan::new(wanted))), &lines).expect("the same");
    }

    /// Lines that mostly hold the same level and message, by what one with those holds.
    fn mostly(line: impl Fn(&str, &str, usize) -> String) -> Vec<String> {
        let levels = ["info", "warn", "infos", "inf", "-", "error"];
        let messages = [
            "request done",
            "request gone",
            r"request\tdone",
            "request done ",
            "",
            "request done again",
        ];
        let of = |which: [&'static str; 6], i: usize, every: usize| match i % every + 1 == every {
            true => which[i / every % 6],
            false => which[0],
        };
        let lines = (0..600).map(|i| line(of(levels, i, 29), of(messages, i, 31), i));
        lines.collect()
    }

    #[test]
    fn values_that_are_mostly_the_same_may_be_others() {
        let logfmt = mostly(|level, message, i| {
            format!(
                r#"t=170951040{} l={level} m="{message}" q=/a/{i} b={i}"#,
                i % 10
            )
        });
        check(&format(|wanted| Engine::Logfmt(Plan::new(wanted))), &logfmt).expect("the same");
        let json = mostly(|level, message, i| {
            let t = i % 10;
            format!(r#"{{"l":"{level}","t":170951040{t},"q":"/a/{i}","b":{i},"m":"{message}"}}"#)
        });
        check(&format(|wanted| Engine::Json(Plan::new(wanted))), &json).expect("the same");
    }

    proptest! {
        #[test]
        fn json_of_a_known_shape_says_what_it_says_alone(
            lines in prop::collection::vec(
                r#"\{"t":170951040[0-9](\.5)?(,"(l|d|p|q|m|a|r|b|c)":("[a-z/ ]{0,9}(\\"|\\n)?"|"GET /[a-z0-9]{0,3}( x)?"|"[0-9.:]{1,17}"|[0-9]{1,9}|-1|null|\[(1|1,2|"x",2)?\]|\{"d":[0-9]\}|true)){0,4} ?\}?"#,
                1..24,
            )
        ) {
            check(&format(|wanted| Engine::Json(Plan::new(wanted))), &lines)?;
        }

        #[test]
        fn logfmt_of_a_known_shape_says_what_it_says_alone(
            lines in prop::collection::vec(
                r#"t=170951040[0-9]( (l|d|p|q|m|m|b|c)(=("[a-z/ ]{0,5}(\\")?"?|[a-z0-9/\\]{0,4}\t?|[0-9.]{1,9}))?){0,4}[ \t]?"#,
                1..24,
            )
        ) {
            check(&format(|wanted| Engine::Logfmt(Plan::new(wanted))), &lines)?;
        }
    }
}
