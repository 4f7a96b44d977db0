//! What the user chose, the snapshot that is shown, and what was derived from both for drawing.

mod spans;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::arrangement::Arrangement;
use super::closer::{CameCloser, Closeness, CloserRequest};
use super::compare::{CompareRequest, Compared, Comparing};
use super::copy::Copied;
use super::drawn::Drawn;
use super::drill::Way;
use super::export::{ExportRequest, Exported};
use super::fetch::{LinesPage, LinesRequest};
use super::frozen::{RestateRequest, Restated, Restating};
use super::herald::Announcement;
use super::history::{Entered, History};
use super::lanes::LaneId;
use super::logs::Logs;
use super::look::Look;
use super::manners::Manners;
use super::marking::{Kept, Marking, Opened, Wish};
use super::mouse::Mouse;
use super::picking::Picking;
use super::prompt::Prompt;
use super::review;
use super::span::Span;
use super::ticking::Ticking;
use crate::analysis::{Concluded, Snapshot};
use crate::clock::Zone;

/// The screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Screen {
    /// Lanes on one time axis: the first screen.
    Timeline,
    /// All incidents.
    Incidents,
    /// One incident.
    Incident,
    /// Who or what makes up the difference, by every dimension.
    Contributors,
    /// Statements, endpoints, messages and types of jobs, with their durations.
    Patterns,
    /// Lines at the cursor.
    Logs,
    /// Many incidents together.
    Review,
    /// One incident of a review, where no log is open.
    Case,
    /// What the linter found in the records of a review.
    Findings,
    /// How each source was read, and what cannot be seen.
    Sources,
    /// The keys.
    Help,
}

/// What happens to the app.
#[derive(Debug, Clone)]
pub enum Msg {
    /// Newer findings.
    Snapshot(Arc<Snapshot>),
    /// No newer findings will come.
    SnapshotsEnded,
    /// A key, by its name in the key table; a printable character is its own name.
    Key(String),
    /// The clock's time, ns UTC.
    Tick(i64),
    /// The terminal has this size now, in cells.
    Resized(u16, u16),
    /// Lines that were asked for.
    Lines(LinesPage),
    /// A comparison that was asked for.
    Compared(Compared),
    /// A closer look that was asked for.
    CameCloser(CameCloser),
    /// Numbers of a review.
    Reviewed(review::Answer),
    /// With what the app is opened, before all else.
    Opened(Box<Opened>),
    /// How something that was to be kept in the incident file ended.
    Kept(Box<Kept>),
    /// How something that was asked for ended: one sentence for the user.
    Told(String),
    /// How an export ended.
    Exported(Exported),
    /// What is shown, with what follows from a mark.
    Restated(Restated),
    /// Text was pasted.
    Pasted(String),
    /// The mouse.
    Mouse(Mouse),
}

/// What is to be done outside.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Nothing.
    None,
    /// Leave.
    Quit,
    /// Stop the process until the shell continues it.
    Suspend,
    /// Fetch lines and answer with `Msg::Lines`.
    Lines(LinesRequest),
    /// Compare and answer with `Msg::Compared`.
    Compare(CompareRequest),
    /// Count and answer with `Msg::CameCloser`.
    Closer(CloserRequest),
    /// Write a file and answer with `Msg::Exported`.
    Export(ExportRequest),
    /// Hand text to the clipboard and answer with `Msg::Told`.
    Copy(Copied),
    /// Ring, and set the terminal's title.
    Announce(Announcement),
    /// One after the other.
    Both(Box<(Effect, Effect)>),
    /// Compute and answer with `Msg::Reviewed`.
    Review(review::Request),
    /// Remember for later sessions.
    Remember(Entered, String),
    /// Keep in the incident file and answer with `Msg::Kept`.
    Keep(Box<Wish>),
    /// Compute and answer with `Msg::Restated`.
    Restate(Box<RestateRequest>),
}

/// Everything the screens are drawn from.
#[derive(Debug, Clone)]
pub struct Model {
    /// What the terminal can show.
    pub look: Look,
    /// Columns and rows.
    pub size: (u16, u16),
    /// What is shown; `None` before the first snapshot.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The newest, while frozen.
    pub held: Option<Arc<Snapshot>>,
    /// New snapshots are held back.
    pub frozen: bool,
    /// What was marked meanwhile.
    pub restating: Restating,
    /// Counts up with every snapshot shown.
    pub generation: u64,
    /// The screen.
    pub screen: Screen,
    /// Where Esc goes.
    pub back: Vec<Screen>,
    /// Times are shown in UTC.
    pub utc: bool,
    /// The start of a key sequence.
    pub pending: Option<String>,
    /// The range before the pending key touched it.
    pub range_before: (Option<i64>, Option<i64>),
    /// What is being typed, while it is.
    pub prompt: Option<Prompt>,
    /// One sentence for the footer, until the next key.
    pub message: Option<String>,
    /// The selected incident's id; `None` for the most important.
    pub incident: Option<String>,
    /// The stretch of time the user zoomed to; `None` follows the data.
    pub zoom: Option<Span>,
    /// The stretch while nobody zooms; `None` before the first data.
    pub follow: Option<Span>,
    /// Data came in while the app was looking.
    pub grows: bool,
    /// The time cursor; `None` stands where the trouble is worst, or where the data end.
    pub cursor_ns: Option<i64>,
    /// The selected range's start and end, ns UTC.
    pub range: (Option<i64>, Option<i64>),
    /// The selected lane; `None` for the first.
    pub lane: Option<LaneId>,
    /// How the user arranged the lanes.
    pub arrangement: Arrangement,
    /// Where on the Timeline the user was before looking at what is behind it.
    pub way: Option<Way>,
    /// The selected row of each list screen, by its key.
    pub rows: BTreeMap<Screen, String>,
    /// The time, while a clock is on the screen.
    pub ticking: Ticking,
    /// The Logs screen.
    pub logs: Logs,
    /// What Contributors and Patterns show.
    pub comparing: Comparing,
    /// The palette, exports, the bell.
    pub manners: Manners,
    /// What was typed before.
    pub history: History,
    /// The Review screen.
    pub review: review::State,
    /// What was marked by hand.
    pub marking: Marking,
    /// What was counted closer than the buckets of the series.
    pub closeness: Closeness,
    /// Marks of one cell to choose from, while they are on the screen.
    pub picking: Option<Picking>,
    /// What was derived for drawing.
    pub drawn: Drawn,
}

/// Screens that Esc can go back through.
const BACK_MAX: usize = 8;

impl Model {
    /// The app before its first snapshot.
    pub fn new(look: Look, width: u16, height: u16) -> Self {
        Self {
            look,
            size: (width, height),
            snapshot: None,
            held: None,
            frozen: false,
            generation: 0,
            screen: Screen::Timeline,
            back: Vec::new(),
            utc: false,
            pending: None,
            range_before: (None, None),
            prompt: None,
            message: None,
            incident: None,
            zoom: None,
            follow: None,
            grows: false,
            cursor_ns: None,
            range: (None, None),
            lane: None,
            arrangement: Arrangement::default(),
            way: None,
            rows: BTreeMap::new(),
            ticking: Ticking::default(),
            restating: Restating::default(),
            logs: Logs::default(),
            comparing: Comparing::default(),
            manners: Manners::default(),
            history: History::default(),
            review: review::State::default(),
            marking: Marking::default(),
            closeness: Closeness::default(),
            picking: None,
            drawn: Drawn::default(),
        }
    }

    /// The zone of the times on the screen.
    pub fn zone(&self) -> Zone {
        match &self.snapshot {
            Some(snapshot) if !self.utc => snapshot.zone,
            _ => Zone::UTC,
        }
    }

    /// Index of the selected incident; else of one that is still on, the most severe, the clearest.
    pub fn incident_index(&self) -> Option<usize> {
        let incidents = &self.snapshot.as_ref()?.incidents;
        let chosen = self.incident.as_ref();
        let found = chosen.and_then(|id| {
            incidents
                .iter()
                .position(|concluded| concluded.incident.id == *id)
        });
        found.or_else(|| {
            let open = |concluded: &Concluded| {
                concluded
                    .incident
                    .windows
                    .last()
                    .is_some_and(|window| window.end.is_none())
            };
            (0..incidents.len()).max_by_key(|&i| {
                (
                    open(&incidents[i]),
                    incidents[i].incident.severity,
                    self.strength(&incidents[i]),
                    std::cmp::Reverse(i),
                )
            })
        })
    }

    /// The largest score of an incident's anomalies, in tenths of a sigma.
    fn strength(&self, concluded: &Concluded) -> u64 {
        let anomalies = self
            .snapshot
            .iter()
            .flat_map(|snapshot| &snapshot.anomalies);
        let windows = &concluded.incident.windows;
        let mine = anomalies.filter(|one| {
            windows
                .iter()
                .any(|window| window.anomalies.contains(&one.id))
        });
        mine.map(|one| (one.score * 10.0) as u64).max().unwrap_or(0)
    }

    /// The selected incident.
    pub fn concluded(&self) -> Option<&Concluded> {
        self.snapshot
            .as_ref()?
            .incidents
            .get(self.incident_index()?)
    }

    /// The first screen: the one that `q` leaves for good.
    pub fn home(&self) -> Screen {
        match self.review.alone {
            true => Screen::Review,
            false => Screen::Timeline,
        }
    }

    /// Goes to a screen and remembers the way back.
    pub fn show(&mut self, screen: Screen) {
        if screen == self.screen {
            return;
        }
        self.back
            .retain(|other| *other != screen && *other != self.screen);
        match screen == self.home() {
            true => self.back.clear(),
            false => self.back.push(self.screen),
        }
        if self.back.len() > BACK_MAX {
            self.back.remove(0);
        }
        self.screen = screen;
    }
}
