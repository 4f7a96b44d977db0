//! Draws the model. Can change nothing; draws the same for the same model and size.

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::entity;
use super::keys::{Action, Meaning, TABLE, continuations, meaning};
use super::layout::SIZE_MIN;
use super::live_words;
use super::look::Ink;
use super::model::{Model, Screen};
use super::numbers::{bytes, count, figure};
use super::palette;
use super::pen::{Pen, Piece};
use super::picking;
use super::prompt::{Prompt, Purpose};
use super::review::{Page, refused};
use super::screens;
use super::sift::Typed;
use super::span::Span;
use crate::clock::words::{clock_minute, clock_time, date};
use crate::clock::{NS_PER_MIN, Zone};
use crate::text::{printable, shorten};

/// Cells of the filter in the header: what stands before it, and the fewest of it.
const FILTER_HEAD: usize = 5;
const FILTER_MIN: usize = 10;
/// Narrower screens with a filter leave the day out of the header.
const DAY_WIDTH_MIN: usize = 100;
/// Rows that a long message may take.
const MESSAGE_ROWS_MAX: usize = 5;

/// Draws the whole screen.
pub fn view(model: &Model, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut pen = Pen::new(frame.buffer_mut(), area, model.look);
    if area.width < SIZE_MIN.0 || area.height < SIZE_MIN.1 {
        small(model, &mut pen);
        return;
    }
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    header(model, &mut pen, width);
    footer(model, &mut pen, width, height - 1);
    let body = Rect {
        y: area.y + 1,
        height: area.height - 2,
        ..area
    };
    match model.screen {
        Screen::Timeline => screens::timeline::draw(model, &mut pen),
        Screen::Logs => {
            let mut pen = Pen::new(frame.buffer_mut(), body, model.look);
            screens::logs::draw(model, &mut pen, usize::from(body.height));
        }
        Screen::Review if let Page::Numbers(numbers) = &model.review.page => {
            let mut pen = Pen::new(frame.buffer_mut(), body, model.look);
            screens::review::draw(model, numbers, &mut pen);
        }
        screen => {
            let mut pen = Pen::new(frame.buffer_mut(), body, model.look);
            model
                .drawn
                .document
                .draw(&mut pen, usize::from(body.height), model.rows.get(&screen));
        }
    }
    let mut pen = Pen::new(frame.buffer_mut(), area, model.look);
    match &model.prompt {
        Some(prompt) if prompt.purpose == Purpose::Palette => {
            palette::draw(model, prompt, &mut pen, width, height - 1);
        }
        None if let Some(picking) = &model.picking => {
            picking::draw(model, picking, &mut pen, width, height - 1);
        }
        _ => long_message(model, &mut pen, width, height),
    }
}

/// A message that the footer has no room for, over the last rows: a path or a command is of use
/// only whole.
fn long_message(model: &Model, pen: &mut Pen<'_>, width: usize, height: usize) {
    let typed = model.logs.sift.typed.is_some() && model.screen == Screen::Logs;
    let message = model.message.as_ref().filter(|message| {
        message.width() > width - 2 && model.prompt.is_none() && model.pending.is_none() && !typed
    });
    let Some(message) = message else { return };
    let lines = screens::wrap(&printable(message), width - 2);
    let lines = &lines[..lines.len().min(MESSAGE_ROWS_MAX.min(height / 3))];
    for (i, line) in lines.iter().enumerate() {
        let y = height - lines.len() + i;
        pen.blank(y);
        pen.text(1, y, width - 2, line, Ink::Strong);
    }
}

/// Too small for a plot: how it stands, and what would help.
fn small(model: &Model, pen: &mut Pen<'_>) {
    let state = model
        .concluded()
        .map(|concluded| concluded.incident.state.word().to_uppercase());
    pen.text(
        0,
        0,
        usize::MAX,
        &state.unwrap_or_else(|| "rfo".to_owned()),
        Ink::Strong,
    );
    pen.text(
        0,
        1,
        usize::MAX,
        &format!("needs {}x{}", SIZE_MIN.0, SIZE_MIN.1),
        Ink::Plain,
    );
    pen.text(0, 2, usize::MAX, "q quits", Ink::Dim);
}

/// ` rfo  slow-token-auth  22 Jul 2015 15:20-17:40 BST   1.2M events  4 sources`.
fn header(model: &Model, pen: &mut Pen<'_>, width: usize) {
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
    if live_words::awaited(snapshot, &[]).is_some() {
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

/// The pattern being typed, the keys that may follow, a message, or the keys of the screen.
fn footer(model: &Model, pen: &mut Pen<'_>, width: usize, y: usize) {
    if let Some(prompt) = &model.prompt {
        prompt_line(model, prompt, pen, width, y);
    } else if let Some(typed) = model
        .logs
        .sift
        .typed
        .as_ref()
        .filter(|_| model.screen == Screen::Logs)
    {
        filter_line(typed, pen, width, y);
    } else if let Some(first) = &model.pending {
        pen.pieces(0, y, &sequence(model.screen, first, width));
    } else if let Some(message) = &model.message {
        pen.text(1, y, width - 2, message, Ink::Strong);
    } else {
        keys(model, pen, width, y);
    }
}

/// The keys that may follow the first one of a sequence: close together where they are many,
/// those left out that do not fit.
fn sequence(screen: Screen, first: &str, width: usize) -> Vec<Piece> {
    let next = continuations(screen, first);
    let note = match meaning(screen, first) {
        Meaning::Action { .. } => "; alone: that end of the range",
        _ if first == "." => "  capital: now",
        _ => "",
    };
    let loose = (next.len(), "  ");
    let close = (1..=next.len()).rev().map(|n| (n, " "));
    let of = |(n, between): (usize, &str)| {
        let mut pieces = vec![Piece::new(format!(" {first}"), Ink::Key)];
        for (key, help) in &next[..n] {
            pieces.push(Piece::new(format!("{between}{key}"), Ink::Key));
            pieces.push(Piece::new(format!(" {help}"), Ink::Plain));
        }
        pieces.push(Piece::new(note, Ink::Dim));
        pieces
    };
    let cells = |pieces: &[Piece]| pieces.iter().map(|one| one.text.width()).sum::<usize>();
    let mut ways = [loose].into_iter().chain(close).map(of);
    ways.find(|way| cells(way) <= width).unwrap_or_default()
}

/// The line being typed around its place, and what is wrong with it.
fn prompt_line(model: &Model, prompt: &Prompt, pen: &mut Pen<'_>, width: usize, y: usize) {
    // The palette has room for it above.
    let error = prompt
        .error
        .as_deref()
        .filter(|_| prompt.purpose != Purpose::Palette);
    let error = error.unwrap_or_default();
    let head = pen.text(1, y, width, prompt.purpose.head(), Ink::Key);
    let room = width.saturating_sub(head + error.width() + 3).max(8);
    let (before, behind) = prompt.shown(room);
    let place = pen.text(head, y, width, &before, Ink::Strong);
    let end = pen.text(place, y, width, &format!("{behind} "), Ink::Strong);
    pen.restyle(place, y, 1, pen.look.selected());
    let end = pen.text(end + 1, y, width, error, Ink::Bad);
    if prompt.purpose == Purpose::Entity {
        pen.fitting(end, y, &entity::pieces(model, &prompt.text));
    }
}

/// The end of the filter being typed, with what is wrong in it marked.
fn filter_line(typed: &Typed, pen: &mut Pen<'_>, width: usize, y: usize) {
    let text = printable(&typed.text);
    let room = width.saturating_sub(12);
    let hidden = text.chars().count().saturating_sub(room);
    let shown: String = text.chars().skip(hidden).collect();
    let start = pen.text(1, y, width, "filter ", Ink::Key);
    let end = pen.text(start, y, room, &shown, Ink::Strong);
    pen.cell(end, y, ' ', pen.look.selected());
    if let Some((at, _)) = &typed.error {
        let cells = |until: usize| {
            let before = printable(typed.text.get(..until).unwrap_or(&typed.text));
            let before: String = before.chars().skip(hidden).collect();
            before.width()
        };
        let (from, to) = (cells(at.start), cells(at.end));
        let style = pen.look.style(Ink::Bad);
        pen.restyle(start + from, y, (to - from).max(1), style);
    }
}

/// As many keys of the table as fit, and always the way to the help.
fn keys(model: &Model, pen: &mut Pen<'_>, width: usize, y: usize) {
    let screen = model.screen;
    let shown = TABLE
        .iter()
        .filter(|key| !key.footer.is_empty() && key.screens.contains(&screen))
        .filter(|key| key.action != Action::Show(screen))
        .filter(|key| refused(model, key.action).is_none());
    let cells = |key: &&super::keys::Binding| key.shown.len() + key.footer.len() + 3;
    let (last, others): (Vec<_>, Vec<_>) = shown.partition(|key| matches!(key.shown, "?" | "q"));
    let mut room = width.saturating_sub(last.iter().map(cells).sum::<usize>());
    let fitting = others.into_iter().filter(|key| {
        let fits = cells(key) <= room;
        room -= if fits { cells(key) } else { 0 };
        fits
    });
    let mut x = 1;
    let all: Vec<_> = fitting.chain(last).collect();
    for key in all {
        x = pen.text(x, y, width, key.shown, Ink::Key) + 1;
        // The first screen is where `q` leaves for good.
        let word = if key.shown == "q" && screen != model.home() {
            "back"
        } else {
            key.footer
        };
        x = pen.text(x, y, width, word, Ink::Dim) + 2;
    }
}
