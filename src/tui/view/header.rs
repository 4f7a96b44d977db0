//! The first row: which screen of what, from when to when, and how far the reading is.
//!
//! In: the model. Out: a row of the screen. What does not fit is left out, the least important first.

use unicode_width::UnicodeWidthStr;

use super::super::live_words;
use super::super::look::Ink;
use super::super::model::{Model, Screen};
use super::super::numbers::{bytes, count, figure};
use super::super::pen::{Pen, Piece};
use super::super::span::Span;
use crate::clock::words::{clock_minute, clock_time, date};
use crate::clock::{NS_PER_MIN, Zone};
use crate::text::shorten;

/// Cells of the filter in the header: what stands before it, and the fewest of it.
const FILTER_HEAD: usize = 5;
const FILTER_MIN: usize = 10;
/// Narrower screens with a filter leave the day out of the header.
const DAY_WIDTH_MIN: usize = 100;

/// ` rfo  slow-token-auth  22 Jul 2015 15:20-17:40 BST   1.2M events  4 sources`.
pub(super) fn header(model: &Model, pen: &mut Pen<'_>, width: usize) {
    let mut pieces = vec![Piece::new(" rfo", Ink::Key)];
    let name = match model.screen {
        Screen::Timeline => None,
        Screen::Incidents => Some("Incidents"),
        Screen::Incident => Some("Incident"),
        Screen::Contributors => Some("Contributors"),
        Screen::Patterns => Some("Queries and patterns"),
        Screen::Logs => Some("Logs"),
        Screen::Review => Some("Review"),
        Screen::Case => Some("Review: one incident"),
        Screen::Findings => Some("Review: lint"),
        Screen::Sources => Some("Sources"),
        Screen::Help => Some("Help"),
    };
    pieces.extend(name.map(|name| Piece::new(format!("  {name}"), Ink::Strong)));
    if let Some(snapshot) = &model.snapshot {
        pieces.push(Piece::new(format!("  {}", snapshot.title), Ink::Strong));
        if let Some(span) = model.span() {
            let zone = model.zone();
            let mut when = match model.screen {
                Screen::Timeline => stretch(so_far(model, span), zone),
                _ => format!("times in {}", zone.name_at(span.from_ns)),
            };
            let day = format!("{} ", date(span.from_ns, zone));
            if snapshot.filter.is_some() && width < DAY_WIDTH_MIN {
                // What is filtered is more than which day it is.
                when = when.strip_prefix(&day).map_or(when.clone(), str::to_owned);
            }
            pieces.push(Piece::new(format!("  {when}"), Ink::Plain));
        }
    }
    pieces.extend(review_name(model));
    let (right, ink) = progress(model);
    let filter = model.snapshot.as_ref().and_then(|one| one.filter.as_ref());
    if let Some(filter) = filter {
        // Whoever reads the screen must know that it is not of all events, and of how many.
        let cells = |piece: &Piece| piece.text.width();
        let taken: usize = pieces.iter().map(cells).sum();
        let room = |counts: &str| width.saturating_sub(taken + counts.width() + 3 + FILTER_HEAD);
        let all = Some(room(&right.join("  "))).filter(|all| *all >= 2 * FILTER_MIN);
        let room = all.unwrap_or(room(&right[0]));
        let text = shorten(&filter.text, room.max(FILTER_MIN));
        pieces.insert(
            pieces.len().min(2),
            Piece::new(format!("  -w {text}"), Ink::Warn),
        );
    }
    let x = pen.pieces(0, 0, &pieces);
    let room = width.saturating_sub(x + 2);
    // Parts that do not fit are left out from the right.
    let fitting = (1..=right.len())
        .rev()
        .map(|n| right[..n].join("  "))
        .find(|text| text.chars().count() < room);
    pen.right(
        x + 1,
        0,
        room,
        &fitting.unwrap_or_else(|| right[0].clone()),
        ink,
    );
}

/// Of which records and by which clock, where nothing else is open.
fn review_name(model: &Model) -> Vec<Piece> {
    let state = &model.review;
    if !state.alone {
        return Vec::new();
    }
    let zone = if model.utc { Zone::UTC } else { state.zone() };
    vec![
        Piece::new(format!("  {}", state.title), Ink::Strong),
        Piece::new(format!("  times in {}", zone.name_at(0)), Ink::Plain),
    ]
}

/// How far the reading is, the most important first; never empty.
fn progress(model: &Model) -> (Vec<String>, Ink) {
    if let Some(board) = model.review.board.as_ref().filter(|_| model.review.alone) {
        let incidents = count(board.review.cases.len() as u64, "incident");
        let records = count(board.review.records.len() as u64, "record");
        return (vec![incidents, records], Ink::Dim);
    }
    if let (Some((done, of)), true) = (model.review.reading, model.review.alone) {
        let share = done * 100 / of.max(1);
        return (vec![format!("reading {share} %")], Ink::Warn);
    }
    let Some(snapshot) = &model.snapshot else {
        return (vec!["reading".to_owned()], Ink::Warn);
    };
    let is_awaited = live_words::awaited(snapshot, &[]).is_some();
    if is_awaited || live_words::without_writer(snapshot).is_some() {
        return (vec!["waiting".to_owned()], Ink::Warn);
    }
    let progress = snapshot.progress;
    let all = count(progress.events, "event");
    let events = match &snapshot.filter {
        Some(filter) => format!("{} of {all}", figure(filter.events as f64)),
        None => all,
    };
    if model.frozen {
        let news = if model.held.is_some() {
            ", newer data wait"
        } else {
            ""
        };
        return (
            vec![format!("FROZEN{news}"), "(Space)".to_owned()],
            Ink::Warn,
        );
    }
    if progress.finished {
        let sources = snapshot.inputs.len() as u64;
        let live = progress.following.then(|| live_words::live(snapshot));
        let parts = [events, count(sources, "source")];
        if snapshot.filter.is_some() {
            // What is left out is said before anything else.
            return (parts.into_iter().chain(live).collect(), Ink::Dim);
        }
        return (live.into_iter().chain(parts).collect(), Ink::Dim);
    }
    let share = match progress.bytes_total {
        0 => String::new(),
        total => format!(" {} %", progress.bytes_read.min(total) * 100 / total),
    };
    (
        vec![
            format!("reading{share}"),
            events,
            bytes(progress.bytes_read),
        ],
        Ink::Warn,
    )
}

/// While data come in the axis keeps room for them: what is there ends before it does.
fn so_far(model: &Model, span: Span) -> Span {
    let snapshot = model.snapshot.as_ref();
    let following = snapshot.filter(|snapshot| snapshot.progress.following);
    let last_ns = following.and_then(|snapshot| Some(snapshot.range?.1.saturating_add(1)));
    match last_ns.filter(|last_ns| (span.from_ns + 1..span.to_ns).contains(last_ns)) {
        Some(last_ns) => Span::new(span.from_ns, last_ns),
        None => span,
    }
}

/// `22 Jul 2015 15:20-17:40 BST`, with seconds where minutes would say too little.
fn stretch(span: Span, zone: Zone) -> String {
    let (from, to) = (span.from_ns, span.to_ns);
    let time = |ns| {
        if span.length_ns() < 10 * NS_PER_MIN {
            clock_time(ns, zone)
        } else {
            clock_minute(ns, zone)
        }
    };
    let (first, last) = (date(from, zone), date(to - 1, zone));
    // The midnight at which a day ends is that day's.
    let end = match date(to, zone) == last {
        true => time(to),
        false => "24:00".to_owned(),
    };
    let (name, last_name) = (zone.name_at(from), zone.name_at(to));
    let name = &name;
    if name != &last_name && first == last {
        format!("{first} {} {name} - {end} {last_name}", time(from))
    } else if first == last {
        format!("{first} {}-{end} {name}", time(from))
    } else {
        // The year is said once if it is one.
        let first = match (first.rsplit_once(' '), last.rsplit_once(' ')) {
            (Some((day, year)), Some((_, other))) if year == other => day,
            _ => &first,
        };
        format!("{first} {} - {last} {end} {name}", time(from))
    }
}
