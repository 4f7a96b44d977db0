//! The one key table: the handler, the help and the footer read it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::marking::Keeping;
use super::model::Screen;
use crate::records::MilestoneKind;

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// One row down.
    Down,
    /// One row up.
    Up,
    /// One cell back in time.
    Earlier,
    /// One cell on in time.
    Later,
    /// To the first row or instant.
    First,
    /// To the last row or instant.
    Last,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// Less time per cell.
    ZoomIn,
    /// More time per cell.
    ZoomOut,
    /// All of the data; again: the incident.
    Fit,
    /// The range starts at the cursor.
    RangeStart,
    /// The range ends at the cursor.
    RangeEnd,
    /// The next incident.
    NextIncident,
    /// The incident before.
    PreviousIncident,
    /// The next anomaly after the cursor.
    NextAnomaly,
    /// The anomaly before the cursor.
    PreviousAnomaly,
    /// Into what is selected.
    Drill,
    /// The claim nearest to the cursor, on its incident's screen.
    Claim,
    /// The selected lane one place up.
    LaneUp,
    /// The selected lane one place down.
    LaneDown,
    /// The selected lane smaller, or back.
    Fold,
    /// All lanes as they were.
    Unfold,
    /// One step back.
    Back,
    /// Stop or go on with new data.
    Freeze,
    /// Type what to search for.
    Search,
    /// Type which events are meant; on the Timeline: whose series a lane shows.
    Filter,
    /// The next line found.
    NextHit,
    /// The line found before.
    PreviousHit,
    /// Long lines on more rows, or cut.
    Wrap,
    /// Other columns of a line.
    Columns,
    /// The left part of wide lines.
    ScrollLeft,
    /// The right part of wide lines.
    ScrollRight,
    /// The next metric of a review.
    NextMetric,
    /// The metric before.
    PreviousMetric,
    /// The table by date or by the metric.
    Sort,
    /// Two periods: before the selected incident's day, and from then on.
    Split,
    /// Local time or UTC.
    Zone,
    /// Back, or out of the first screen.
    Quit,
    /// Out at once.
    Leave,
    /// Stop the process, as the shell's job control does.
    Suspend,
    /// To a screen.
    Show(Screen),
    /// Type a command, or what a key does.
    Palette,
    /// Type the file to write to.
    Export,
    /// What is selected to the clipboard.
    Copy,
    /// The command that shows the same to the clipboard.
    CopyCommand,
    /// Mark, note, correct, undo, save.
    Keep(Keeping),
}

impl Action {
    /// What it is with this key of its row: a milestone by a capital is of now.
    fn by_key(self, typed: &str) -> Self {
        match self {
            Self::Keep(Keeping::Mark(kind)) if typed.ends_with(char::is_uppercase) => {
                Self::Keep(Keeping::MarkNow(kind))
            }
            action => action,
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// The keys that do it, each by its name; two names joined by a space are a sequence.
    pub keys: &'static [&'static str],
    /// How they are written.
    pub shown: &'static str,
    /// What they do.
    pub action: Action,
    /// In the help.
    pub help: &'static str,
    /// In the footer: empty for never.
    pub footer: &'static str,
    /// Where they work.
    pub screens: &'static [Screen],
}

#[rustfmt::skip]
use Screen::{Case, Contributors, Findings, Help, Incident, Incidents, Logs, Patterns, Review, Sources, Timeline};
#[rustfmt::skip]
const ALL: &[Screen] = &[Timeline, Incidents, Incident, Contributors, Patterns, Logs, Review, Case, Findings, Sources, Help];
/// Screens that are lists.
pub const LISTS: &[Screen] = &[
    Incidents,
    Incident,
    Contributors,
    Patterns,
    Review,
    Case,
    Findings,
    Sources,
    Help,
];
const DATA: &[Screen] = &[
    Timeline,
    Incidents,
    Incident,
    Contributors,
    Patterns,
    Logs,
    Review,
    Case,
    Findings,
    Sources,
];
const COMPARED: &[Screen] = &[Contributors, Patterns];
/// Screens on which something happens at a time.
pub const MARKED: &[Screen] = &[Timeline, Incidents, Incident, Logs];

const fn mark(kind: MilestoneKind) -> Action {
    Action::Keep(Keeping::Mark(kind))
}

const fn key(
    keys: &'static [&'static str],
    shown: &'static str,
    action: Action,
    screens: &'static [Screen],
    footer: &'static str,
    help: &'static str,
) -> Binding {
    Binding {
        keys,
        shown,
        action,
        help,
        footer,
        screens,
    }
}

/// All keys. The first binding that fits the screen wins.
#[rustfmt::skip]
pub const TABLE: &[Binding] = &[
    key(&["j", "Down"], "j k", Action::Down, &[Timeline], "lane", "next lane"),
    key(&["k", "Up"], "k", Action::Up, &[Timeline], "", "lane before"),
    key(&["h", "Left"], "h l", Action::Earlier, &[Timeline], "time", "move the time cursor by one cell"),
    key(&["l", "Right"], "l", Action::Later, &[Timeline], "", "time cursor one cell on"),
    key(&["g", "Home"], "g", Action::First, &[Timeline], "", "to the first instant"),
    key(&["G", "End"], "G", Action::Last, &[Timeline], "", "to the last instant"),
    key(&["j", "Down"], "j", Action::Down, &[Logs], "", "next line; beyond the page more are fetched"),
    key(&["k", "Up"], "k", Action::Up, &[Logs], "", "line before"),
    key(&["g", "Home"], "g", Action::First, &[Logs], "", "first line of all"),
    key(&["G", "End"], "G", Action::Last, &[Logs], "", "last line of all"),
    key(&["j", "Down"], "j", Action::Down, LISTS, "", "next row"),
    key(&["k", "Up"], "k", Action::Up, LISTS, "", "row before"),
    key(&["g", "Home"], "g", Action::First, LISTS, "", "first row"),
    key(&["G", "End"], "G", Action::Last, LISTS, "", "last row"),
    key(&["^d", "PageDown"], "^d", Action::HalfDown, ALL, "", "half a page down"),
    key(&["^u", "PageUp"], "^u", Action::HalfUp, ALL, "", "half a page up"),
    key(&["+", "="], "+ -", Action::ZoomIn, &[Timeline], "zoom", "zoom in around the cursor; with a range, into the range"),
    key(&["-", "_"], "-", Action::ZoomOut, &[Timeline], "", "zoom out"),
    key(&["0"], "0", Action::Fit, &[Timeline], "", "all of the data; again: the incident"),
    key(&["["], "[", Action::RangeStart, &[Timeline], "", "start of the range at the cursor"),
    key(&["]"], "]", Action::RangeEnd, &[Timeline], "", "end of the range at the cursor"),
    key(&["] i"], "]i", Action::NextIncident, &[Timeline, Incident, Contributors, Patterns], "", "next incident"),
    key(&["[ i"], "[i", Action::PreviousIncident, &[Timeline, Incident, Contributors, Patterns], "", "incident before"),
    key(&["] a"], "]a", Action::NextAnomaly, &[Timeline], "", "next anomaly"),
    key(&["[ a"], "[a", Action::PreviousAnomaly, &[Timeline], "", "anomaly before"),
    key(&["J"], "J K", Action::LaneDown, &[Timeline], "", "move the lane down"),
    key(&["K"], "K", Action::LaneUp, &[Timeline], "", "move the lane up"),
    key(&["z"], "z", Action::Fold, &[Timeline], "", "fold the lane: to one row, then behind the others; there: back"),
    key(&["Z"], "Z", Action::Unfold, &[Timeline], "", "all lanes as rfo arranges them"),
    key(&["f"], "f", Action::Filter, &[Timeline], "", "one client's, host's or the like in the lane (Tab: the next; Esc: the whole)"),
    key(&["Enter"], "Enter", Action::Drill, &[Timeline], "lines", "the lane's lines at the cursor; a mark's evidence, of several by choice (Esc: back)"),
    key(&["o"], "o", Action::Claim, &[Timeline], "", "open the incident at what was said nearest to the cursor"),
    key(&["Enter"], "Enter", Action::Drill, &[Incidents], "open", "open the incident"),
    key(&["Enter"], "Enter", Action::Drill, &[Incident], "evidence", "open the evidence: the line, or the lane at that time"),
    key(&["Enter"], "Enter", Action::Drill, COMPARED, "first line", "the first line of it in the logs"),
    key(&["Enter"], "Enter", Action::Drill, &[Review], "open", "open the incident: its durations, claims and lint findings"),
    key(&["Enter"], "Enter", Action::Drill, &[Case], "", "where the claim stands"),
    key(&["Tab", "l", "Right"], "Tab", Action::NextMetric, &[Review], "metric", "next metric"),
    key(&["h", "Left"], "h", Action::PreviousMetric, &[Review], "", "metric before"),
    key(&["BackTab"], "BackTab", Action::PreviousMetric, &[Review], "", "the same (Shift and Tab)"),
    key(&["s"], "s", Action::Sort, &[Review], "sort", "sort the table by the metric, or by date again"),
    key(&["p"], "p", Action::Split, &[Review], "periods", "compare those before the selected incident's day with those from then on"),
    key(&["L"], "L", Action::Show(Findings), &[Review, Case], "lint", "what the linter found in the records"),
    key(&["Esc"], "Esc", Action::Back, ALL, "", "back; on the Timeline: drop the lane's entity, then the range"),
    key(&["/"], "/", Action::Search, &[Logs], "search", "search the loaded lines"),
    key(&["n"], "n", Action::NextHit, &[Logs], "next", "next line found"),
    key(&["N"], "N", Action::PreviousHit, &[Logs], "", "line found before"),
    key(&["/"], "/", Action::Search, &[Review], "search", "search titles, names and services of the incidents"),
    key(&["n"], "n", Action::NextHit, &[Review], "", "next incident found"),
    key(&["N"], "N", Action::PreviousHit, &[Review], "", "incident found before"),
    key(&["f"], "f", Action::Filter, &[Logs], "filter", "filter the lines: status>=500 and path~^/api (Tab completes, Up recalls)"),
    key(&["w"], "w", Action::Wrap, &[Logs], "wrap", "wrap long lines, or cut them"),
    key(&["v"], "v", Action::Columns, &[Logs], "columns", "columns: the line as it is; status, latency, what; status, who, what"),
    key(&["h", "Left"], "h l", Action::ScrollLeft, &[Logs], "", "scroll wide lines to the left"),
    key(&["l", "Right"], "l", Action::ScrollRight, &[Logs], "", "scroll wide lines to the right"),
    key(&[". s", ". S"], ".", mark(MilestoneKind::ImpactStart), MARKED, "mark", "start: users are worse off, from the cursor on; capital: now"),
    key(&[". d", ". D"], ".d", mark(MilestoneKind::Detected), MARKED, "", "detected: people know, at the cursor; capital: now"),
    key(&[". a", ". A"], ".a", mark(MilestoneKind::Acknowledged), MARKED, "", "ack: somebody took it, at the cursor; capital: now"),
    key(&[". i", ". I"], ".i", mark(MilestoneKind::Identified), MARKED, "", "identified: the cause is known, at the cursor; capital: now"),
    key(&[". m", ". M"], ".m", mark(MilestoneKind::Mitigated), MARKED, "", "mitigated: the worst is over, at the cursor; capital: now"),
    key(&[". r", ". R"], ".r", mark(MilestoneKind::Restored), MARKED, "", "restored: all is as usual, at the cursor; capital: now"),
    key(&[". c"], ".c", Action::Keep(Keeping::Correct), &[Timeline, Incident], "", "correct: another time for the selected milestone, and why"),
    key(&[". x"], ".x", Action::Keep(Keeping::Retract), &[Timeline, Incident], "", "retract: the selected milestone no longer counts, and why"),
    key(&["c"], "c", Action::Keep(Keeping::Note), MARKED, "", "note at the cursor"),
    key(&["u"], "u", Action::Keep(Keeping::Undo), MARKED, "", "undo the last of your own marks, notes, corrections"),
    key(&["^s"], "^s", Action::Keep(Keeping::Save), DATA, "", "save the incident file: sources, range, filter (marks are saved at once)"),
    key(&["Space"], "Space", Action::Freeze, DATA, "", "freeze: hold this state while data go on arriving"),
    key(&["T"], "T", Action::Zone, DATA, "", "local time or UTC rules; the other clock stands at the left of the axis"),
    key(&["1"], "1", Action::Show(Timeline), ALL, "Timeline", "Timeline"),
    key(&["2"], "2", Action::Show(Incidents), ALL, "Incidents", "Incidents"),
    key(&["3"], "3", Action::Show(Contributors), ALL, "Contributors", "Contributors: the range, else the incident, against the rest"),
    key(&["4"], "4", Action::Show(Patterns), ALL, "Patterns", "Queries and patterns of the same, with their durations"),
    key(&["5"], "5", Action::Show(Logs), ALL, "Logs", "Logs at the cursor"),
    key(&["6"], "6", Action::Show(Review), ALL, "Review", "Review: all incidents together"),
    key(&["7"], "7", Action::Show(Sources), ALL, "Sources", "Sources, and what cannot be seen"),
    key(&[":"], ":", Action::Palette, ALL, "", "type a command, or words of what a key does"),
    key(&["e"], "e", Action::Export, DATA, "", "export what is shown to a file; its ending decides the form"),
    key(&["y"], "y", Action::Copy, ALL, "", "copy what is selected: the line, the row, the incident's answer"),
    key(&["Y"], "Y", Action::CopyCommand, DATA, "", "copy the command that shows the same"),
    key(&["?"], "?", Action::Show(Help), ALL, "help", "this help"),
    key(&["q"], "q", Action::Quit, ALL, "quit", "back; on the first screen: quit"),
    key(&["^c"], "^c", Action::Leave, ALL, "", "quit at once"),
    key(&["^z"], "^z", Action::Suspend, ALL, "", "suspend; `fg` brings it back"),
];

/// What the keys typed so far mean on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// An action; another key may still make a sequence of it.
    Action { action: Action, may_go_on: bool },
    /// The start of a sequence and nothing else.
    Begun,
    /// Nothing.
    Nothing,
}

/// Looks up a key, or two joined by a space.
pub fn meaning(screen: Screen, typed: &str) -> Meaning {
    let here = || {
        TABLE
            .iter()
            .filter(|binding| binding.screens.contains(&screen))
    };
    let goes_on = |name: &str| {
        name.strip_prefix(typed)
            .is_some_and(|rest| rest.starts_with(' '))
    };
    let may_go_on = here().any(|binding| binding.keys.iter().any(|name| goes_on(name)));
    let found = here().find(|binding| binding.keys.contains(&typed));
    match found {
        Some(binding) => Meaning::Action {
            action: binding.action.by_key(typed),
            may_go_on,
        },
        None if may_go_on => Meaning::Begun,
        None => Meaning::Nothing,
    }
}

/// How a sequence may go on: `i next incident`; of keys that do the same the first, and of the
/// help what stands before its first colon.
pub fn continuations(screen: Screen, typed: &str) -> Vec<(String, &'static str)> {
    let here = TABLE
        .iter()
        .filter(|binding| binding.screens.contains(&screen));
    let next = |name: &str| Some(name.strip_prefix(typed)?.strip_prefix(' ')?.to_owned());
    here.filter_map(|binding| {
        let key = binding.keys.iter().find_map(|name| next(name))?;
        let word = binding.help.split(':').next().unwrap_or_default();
        Some((key, word))
    })
    .collect()
}

/// The name of a key: `j`, `^d`, `Enter`. `None` for keys without one.
pub fn key_name(event: KeyEvent) -> Option<String> {
    let control = event.modifiers.contains(KeyModifiers::CONTROL);
    Some(match event.code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) if control => format!("^{}", c.to_ascii_lowercase()),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::Enter => "Enter".to_owned(),
        KeyCode::Esc => "Esc".to_owned(),
        KeyCode::Tab => "Tab".to_owned(),
        KeyCode::BackTab => "BackTab".to_owned(),
        KeyCode::Delete => "Delete".to_owned(),
        KeyCode::Backspace => "Backspace".to_owned(),
        KeyCode::Up => "Up".to_owned(),
        KeyCode::Down => "Down".to_owned(),
        KeyCode::Left => "Left".to_owned(),
        KeyCode::Right => "Right".to_owned(),
        KeyCode::Home => "Home".to_owned(),
        KeyCode::End => "End".to_owned(),
        KeyCode::PageUp => "PageUp".to_owned(),
        KeyCode::PageDown => "PageDown".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_bound_twice_on_a_screen() {
        for &screen in ALL {
            let mut seen: Vec<&str> = Vec::new();
            for binding in TABLE
                .iter()
                .filter(|binding| binding.screens.contains(&screen))
            {
                for key in binding.keys {
                    assert!(!seen.contains(key), "{key} twice on {screen:?}");
                    seen.push(key);
                }
            }
        }
    }

    #[test]
    fn a_bracket_is_a_range_end_or_the_start_of_a_sequence() {
        assert_eq!(
            meaning(Timeline, "]"),
            Meaning::Action {
                action: Action::RangeEnd,
                may_go_on: true
            }
        );
        assert_eq!(
            meaning(Timeline, "] i"),
            Meaning::Action {
                action: Action::NextIncident,
                may_go_on: false
            }
        );
        assert_eq!(meaning(Incident, "]"), Meaning::Begun);
        assert_eq!(meaning(Logs, "]"), Meaning::Nothing);
    }
}
