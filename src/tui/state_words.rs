//! How an incident stands, in one line; where that is short of room, what a reader misses least goes
//! first.

use unicode_width::UnicodeWidthStr;

use super::look::Ink;
use super::model::Model;
use super::pen::Piece;
use super::ticking;
use super::words::{instant, plural, severity_ink, state_ink};
use crate::analysis::{Concluded, Snapshot};
use crate::clock::Zone;
use crate::clock::words::{clock_time, date};
use crate::incidents::{State, how_bad};

/// How much a piece is missed, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    /// Follows from the others, or is as usual: one window, relapses beside windows.
    Implied,
    /// How long users were worse off in all: among the durations, too.
    Down,
    /// How bad it is in one word.
    Severity,
    /// How often it came back.
    Windows,
    /// What the clocks say.
    Clocks,
    /// Since when.
    Since,
    /// Ongoing, recovering, restored.
    State,
}

/// `RESTORED critical  since 15:35:10 ±10 s  4 windows  down 34 min  3 relapses`, with what its
/// clocks say, in `width` cells: where there is little room the margin of the start goes first,
/// then what is missed least. With the day where the screen does not name it.
pub fn state(
    model: &Model,
    (snapshot, concluded): (&Snapshot, &Concluded),
    place: (usize, usize),
    with_day: bool,
    width: usize,
) -> Vec<Piece> {
    let of = |brief: bool| {
        let now = ticking::state(model, snapshot, concluded, brief);
        ranked(concluded, now, place, model.zone(), (with_day, brief))
    };
    // The margin makes room for what would be missed more, not for what follows from the rest.
    let without_implied = |brief: bool| {
        let pieces = of(brief).into_iter();
        let missed = pieces.filter(|(worth, _)| *worth > Worth::Implied);
        fitting(missed.collect(), width).len()
    };
    let is_brief = without_implied(true) > without_implied(false);
    fitting(of(is_brief), width)
}

/// The pieces, each with how much it is missed.
fn ranked(
    concluded: &Concluded,
    (state, clocks): (State, Vec<Piece>),
    place: (usize, usize),
    zone: Zone,
    (with_day, brief): (bool, bool),
) -> Vec<(Worth, Piece)> {
    let (incident, measured) = (&concluded.incident, &concluded.measured);
    let mut out = Vec::new();
    let mut add = |worth, text: String, ink| out.push((worth, Piece::new(text, ink)));
    if place.1 > 1 {
        add(
            Worth::State,
            format!("{}/{} ", place.0 + 1, place.1),
            Ink::Key,
        );
    }
    add(Worth::State, state.word().to_uppercase(), state_ink(state));
    let severity = incident.severity;
    add(
        Worth::Severity,
        format!(" {}", severity.word()),
        severity_ink(severity),
    );
    if let Some(first) = incident.windows.first() {
        let day = match (with_day, brief) {
            (true, false) => format!("{} ", date(first.start.at_ns, zone)),
            (true, true) => zone.local(first.start.at_ns).format("%-d %b ").to_string(),
            (false, _) => String::new(),
        };
        let start = ticking::began(concluded).unwrap_or(first.start);
        let since = match start.censor {
            None if brief => clock_time(start.at_ns, zone),
            _ => instant(start, zone),
        };
        add(Worth::Since, format!("  since {day}{since}"), Ink::Strong);
    }
    for clock in clocks {
        add(Worth::Clocks, clock.text, clock.ink);
    }
    let windows = incident.windows.len();
    let worth = if windows > 1 {
        Worth::Windows
    } else {
        Worth::Implied
    };
    add(
        worth,
        format!("  {windows} {}", plural(windows, "window")),
        Ink::Strong,
    );
    let down = measured.durations.get("downtime");
    if let Some(down) = down.filter(|down| down.seconds.is_some()) {
        let word = how_bad::word(incident);
        add(Worth::Down, format!("  {word} {down}"), Ink::Strong);
        if let Some(down) = how_bad::down_words(incident) {
            add(Worth::Down, format!("  {down}"), Ink::Strong);
        }
    }
    if let Some(n) = measured.recurrences.filter(|n| *n > 0) {
        add(
            Worth::Implied,
            format!("  {n} {}", plural(n, "relapse")),
            Ink::Warn,
        );
    }
    out
}

/// The pieces that fit into `room` cells, in their order: the least missed are left out first, of
/// equals the last. The state itself stays.
fn fitting(mut pieces: Vec<(Worth, Piece)>, room: usize) -> Vec<Piece> {
    let cells = |pieces: &[(Worth, Piece)]| -> usize {
        pieces.iter().map(|(_, piece)| piece.text.width()).sum()
    };
    while cells(&pieces) > room {
        let places = (0..pieces.len()).rev();
        let least = places.min_by_key(|&i| pieces[i].0);
        match least.filter(|&i| pieces[i].0 < Worth::State) {
            Some(i) => drop(pieces.remove(i)),
            None => break,
        }
    }
    pieces.into_iter().map(|(_, piece)| piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(room: usize, expected: &str) {
        let pieces = [
            (Worth::State, "RELAPSED"),
            (Worth::Severity, " critical"),
            (Worth::Since, "  since 15:35:10"),
            (Worth::Clocks, "  again since 15:54:50, for 3 min"),
            (Worth::Windows, "  4 windows"),
            (Worth::Down, "  down 34 min"),
            (Worth::Implied, "  3 relapses"),
        ];
        let pieces = pieces.map(|(worth, text)| (worth, Piece::new(text, Ink::Plain)));
        let found = fitting(pieces.to_vec(), room);
        let texts: Vec<&str> = found.iter().map(|piece| piece.text.as_str()).collect();
        assert_eq!(texts.concat(), expected);
    }

    #[test]
    fn what_is_missed_least_goes_first() {
        let again = "again since 15:54:50, for 3 min";
        let since = "since 15:35:10";
        let all =
            format!("RELAPSED critical  {since}  {again}  4 windows  down 34 min  3 relapses");
        check(103, &all);
        check(
            89,
            &format!("RELAPSED critical  {since}  {again}  4 windows"),
        );
        check(76, &format!("RELAPSED  {since}  {again}  4 windows"));
        check(58, &format!("RELAPSED  {since}  {again}"));
        check(3, "RELAPSED");
    }
}
