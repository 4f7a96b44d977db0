//! One part of a usual line: where it ends, what is taken of it, the literal behind it.
//!
//! In: a window of lines that are at the part. Out: the same behind the part's literal, without
//! those in which it is not as usual. Most numbers and addresses are read at a glance: digits up
//! to the literal behind them. Where that does not stand, the field's end is looked for.

use super::digits::{Quick, decimal, quick_whole, quick_written_us, whole};
use super::literal::Literal;
use super::look::{Look, SEEN};
use super::pieces::{address, number_of, quick_duration, request};
use super::run::{Column, Run, Treatment};
use super::stop::{Stop, bare, find, last_word, rare_quote, usual_word, word};
use super::window::{Walkers, Window};
use crate::events::chunk::ABSENT;
use crate::events::span::Span;
use crate::events::{Number, Text};
use crate::formats::field::{Field, Unit};
use crate::formats::places::Places;
use crate::formats::value;

/// What judges whether a piece is one of the field's.
pub type Judge = fn(Field, &[u8]) -> bool;

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Skip,
    Time,
    Number(Number),
    Text(Text, Treatment),
    Address { of_list: bool },
    Request,
    RequestId,
}

/// What is tried before the field's end is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glance {
    None,
    Whole(Number),
    Decimal(Unit),
    /// A duration with its unit.
    Written,
    Address,
}

/// A field, how it ends and what stands behind it.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) take: Take,
    pub(super) glance: Glance,
    pub(super) stop: Stop,
    pub(super) literal: Literal,
    /// The line may end right behind the field.
    pub(super) may_end: bool,
    /// Numbers are read where they stand, and end where they do.
    pub(super) in_place: bool,
    pub(super) field: Field,
    /// What judges its pieces, and whether a dash is one.
    pub(super) judge: Option<Judge>,
    pub(super) dash_fits: bool,
}

impl Part {
    /// A text that it takes and how that becomes a name, unless it is taken as it is.
    pub(super) fn treatment(&self) -> Option<(Text, Treatment)> {
        match self.take {
            Take::Text(text, treatment) => Some((text, treatment)),
            Take::Request => Some((Text::Endpoint, Treatment::FirstWord)),
            _ => None,
        }
    }

    /// Takes the field of all lines that are being walked, and goes on behind its literal.
    #[inline]
    pub(super) fn walk(&self, buffer: &[u8], places: &Places, window: &mut Window) {
        let (walkers, run) = (&mut window.walkers, &mut window.run);
        match self.glance {
            Glance::Whole(number) => {
                self.numbers(buffer, places, walkers, run.numbers_mut(number), |at| {
                    quick_whole(buffer, at)
                });
            }
            Glance::Decimal(Unit::Seconds) => {
                // A loop of its own, in which the unit is known.
                let column = run.numbers_mut(Number::LatencyUs);
                self.numbers(buffer, places, walkers, column, |at| {
                    quick_duration(buffer, at, Unit::Seconds)
                });
            }
            Glance::Decimal(unit) => {
                let column = run.numbers_mut(Number::LatencyUs);
                self.numbers(buffer, places, walkers, column, |at| {
                    quick_duration(buffer, at, unit)
                });
            }
            Glance::Written => {
                let column = run.numbers_mut(Number::LatencyUs);
                self.numbers(buffer, places, walkers, column, |at| {
                    quick_written_us(buffer, at)
                });
            }
            Glance::Address => self.addresses(buffer, places, walkers, run.texts_mut(Text::Client)),
            Glance::None => match self.stop {
                Stop::Quote if self.take == Take::Request && self.judge.is_none() => {
                    self.requests(buffer, places, walkers, run);
                }
                Stop::Quote => self.find(buffer, walkers, run, |at, _| Some(places.next(at))),
                Stop::RareQuote => {
                    self.find(buffer, walkers, run, |at, end| rare_quote(buffer, at, end));
                }
                Stop::Byte(byte) => {
                    self.find(buffer, walkers, run, |at, end| find(byte, buffer, at, end));
                }
                Stop::Bare => self.find(buffer, walkers, run, |at, end| bare(buffer, at, end)),
                Stop::Word if self.literal.bytes().first() == Some(&b' ') => {
                    self.find_usual(buffer, walkers, run, |at| usual_word(buffer, at));
                }
                Stop::Word => {
                    self.find(buffer, walkers, run, |at, end| last_word(buffer, at, end));
                }
                Stop::Here => self.find(buffer, walkers, run, |at, _| Some(at)),
                Stop::LineEnd => self.find(buffer, walkers, run, |_, end| Some(end)),
            },
        }
    }

    /// Numbers of few digits, up to the literal; others are read one by one.
    #[inline]
    fn numbers(
        &self,
        buffer: &[u8],
        places: &Places,
        walkers: &mut Walkers,
        column: &mut Column<i64>,
        quick: impl Fn(usize) -> Option<Quick>,
    ) {
        let literal = self.literal.ready();
        walkers.step(|row, at, end| {
            if let Some(quick) = quick(at)
                && let Some(behind) = literal.behind_number(quick.rest, buffer, quick.stop, end)
            {
                column[row] = quick.value;
                return Some(behind);
            }
            let (value, behind) = self.number(buffer, places, at, end)?;
            column[row] = value;
            Some(behind)
        });
    }

    /// IPv4 addresses without a port, up to the literal; others are read one by one.
    #[inline]
    fn addresses(
        &self,
        buffer: &[u8],
        places: &Places,
        walkers: &mut Walkers,
        column: &mut Column<Span>,
    ) {
        let literal = self.literal.ready();
        walkers.step(|row, at, end| {
            let length = Look::at(buffer, at).map_or(SEEN, Look::digits_and_points);
            if let 1..SEEN = length
                && let Some(behind) = literal.behind(buffer, at + length, end)
            {
                column[row] = Span::of(at, at + length);
                return Some(behind);
            }
            let (span, behind) = self.address(buffer, places, at, end)?;
            column[row] = span;
            Some(behind)
        });
    }

    /// Requests in quotes.
    #[inline]
    fn requests(&self, buffer: &[u8], places: &Places, walkers: &mut Walkers, run: &mut Run) {
        let literal = self.literal.ready();
        walkers.step(|row, at, end| {
            let stop = places.next(at);
            let behind = literal.behind(buffer, stop, end)?;
            request(buffer, (at, stop), row, run)?;
            Some(behind)
        });
    }

    /// A field whose end is looked for.
    #[inline]
    fn find(
        &self,
        buffer: &[u8],
        walkers: &mut Walkers,
        run: &mut Run,
        stop: impl Fn(usize, usize) -> Option<usize>,
    ) {
        let literal = self.literal.ready();
        let column = run.pieces_of(self.take);
        walkers.step(|row, at, end| {
            let stop = stop(at, end)?;
            let behind = literal.behind(buffer, stop, end)?;
            column[row] = Span::of(at, stop);
            Some(behind)
        });
        self.take_pieces(buffer, walkers, run);
    }

    /// A word with a literal behind it that begins with a space; `usual` says where it mostly
    /// ends.
    #[inline]
    fn find_usual(
        &self,
        buffer: &[u8],
        walkers: &mut Walkers,
        run: &mut Run,
        usual: impl Fn(usize) -> usize,
    ) {
        let literal = self.literal.ready();
        let column = run.pieces_of(self.take);
        walkers.step(|row, at, end| {
            let stop = usual(at);
            if let Some(behind) = literal.behind(buffer, stop, end) {
                column[row] = Span::of(at, stop);
                return Some(behind);
            }
            let stop = word(buffer, at, end)?;
            column[row] = Span::of(at, stop);
            literal.behind(buffer, stop, end)
        });
        self.take_pieces(buffer, walkers, run);
    }

    /// Takes what was found.
    #[inline]
    fn take_pieces(&self, buffer: &[u8], walkers: &mut Walkers, run: &mut Run) {
        let column = run.pieces_of(self.take);
        // A loop of its own, so that the one above is small.
        match self.take {
            Take::Skip => {}
            Take::Number(_) | Take::Address { .. } | Take::Request => {
                walkers.step(|row, at, _| self.keep(buffer, row, run).map(|()| at));
            }
            _ if self.judge.is_some() => {
                walkers.step(|row, at, _| self.fits(column[row].of_buffer(buffer)).then_some(at));
            }
            _ => {}
        }
    }

    /// Whether it is the rest of a line, whatever that is, and nothing of it is taken.
    pub(super) fn is_any_rest(&self) -> bool {
        let is_rest = self.stop == Stop::LineEnd && self.literal.bytes().is_empty();
        is_rest && self.take == Take::Skip && self.judge.is_none()
    }

    /// Whether it says nothing in most lines: a user, or what is not taken at all.
    pub(super) fn is_quiet(&self) -> bool {
        self.is_user() || self.take == Take::Skip
    }

    pub(super) fn is_user(&self) -> bool {
        matches!(self.take, Take::Text(Text::User, Treatment::Plain))
    }

    /// The piece of one line, and where the line goes on.
    pub(super) fn piece(
        &self,
        buffer: &[u8],
        places: &Places,
        at: usize,
        end: usize,
    ) -> Option<(Span, usize)> {
        let stop = self.stop.of(places, buffer, at, end)?;
        self.fits(buffer.get(at..stop)?).then_some(())?;
        Some((Span::of(at, stop), self.behind(buffer, stop, end)?))
    }

    /// One number, and where its line goes on.
    #[inline(never)]
    fn number(
        &self,
        buffer: &[u8],
        places: &Places,
        at: usize,
        end: usize,
    ) -> Option<(i64, usize)> {
        let (value, stop) = match (self.in_place, self.glance) {
            (true, Glance::Decimal(unit)) => {
                let (micro, stop) = decimal(buffer, at, end, unit)?;
                let value = value::of_micro(micro, unit);
                (value.unwrap_or(ABSENT), stop)
            }
            (true, _) => whole(buffer, at, end)?,
            _ => {
                let stop = self.stop.of(places, buffer, at, end)?;
                let piece = buffer.get(at..stop)?;
                self.fits(piece).then_some(())?;
                (number_of(self.field, piece)?.unwrap_or(ABSENT), stop)
            }
        };
        Some((value, self.behind(buffer, stop, end)?))
    }

    /// One address, and where its line goes on.
    #[inline(never)]
    fn address(
        &self,
        buffer: &[u8],
        places: &Places,
        at: usize,
        end: usize,
    ) -> Option<(Span, usize)> {
        let (piece, behind) = self.piece(buffer, places, at, end)?;
        let span = address(self.take, piece.of_buffer(buffer), at);
        Some((span, behind))
    }

    /// Where a line goes on, or that it ends, behind a field that stops here.
    fn behind(&self, buffer: &[u8], stop: usize, end: usize) -> Option<usize> {
        match self.may_end && stop == end {
            true => Some(end),
            false => self.literal.ready().behind(buffer, stop, end),
        }
    }

    /// Whether a piece is one of the field's.
    #[inline]
    fn fits(&self, piece: &[u8]) -> bool {
        let is_dash = self.dash_fits && piece == b"-";
        is_dash || self.judge.is_none_or(|judge| judge(self.field, piece))
    }

    /// Keeps the piece of a row. `None` if it is none of the field's.
    #[inline]
    fn keep(&self, buffer: &[u8], row: usize, run: &mut Run) -> Option<()> {
        let (at, stop) = run.pieces_mut()[row].range();
        let piece = &buffer[at..stop];
        self.fits(piece).then_some(())?;
        match self.take {
            Take::Request => return request(buffer, (at, stop), row, run),
            Take::Number(number) => {
                let value = match self.field {
                    Field::Level(scale) => run.level(piece, scale),
                    field => number_of(field, piece)?.unwrap_or(ABSENT),
                };
                run.numbers_mut(number)[row] = value;
            }
            take => run.texts_mut(Text::Client)[row] = address(take, piece, at),
        }
        Some(())
    }
}
