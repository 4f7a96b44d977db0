//! `rfo review` on a terminal: records are read beside the screen, which shows how far that is.
//!
//! In: the files. Out: the screen, and the exit code. What the screen exports is what the command
//! writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use crossbeam_channel::{Sender, bounded};

use super::app::{EXIT_INTERRUPTED, EXIT_PANIC};
use super::app_export::{located, put};
use super::keep::own_folder;
use super::review::{exit_code, read, written};
use super::{EXIT_INPUT, appearance, history, tell};
use crate::analysis::review::file::Contents;
use crate::analysis::review::{Asked, collect};
use crate::cli::ReviewArguments;
use crate::cli::review::by_ending;
use crate::clock::words::rfc3339;
use crate::clock::{NS_PER_S, Zone};
use crate::input::Source;
use crate::reports::review::Summary;
use crate::reports::review::board::Board;
use crate::reports::review::lints::{self, Linted};
use crate::tui::{self, ExportEnd, ExportRequest, Exportable, Exported, Memory, ReviewAnswer};

/// Told how far the reading is so often, in parts of the whole.
const TOLD_TIMES: usize = 200;

/// The group gap that needs no word.
const GROUP_GAP_S: i64 = 24 * 3600;

/// What became of the reading, for the exit code.
#[derive(Debug, Default)]
struct Outcome {
    /// Why files were not read, one sentence each, in the order of the files.
    failed: Vec<String>,
    /// All was read, and there was no incident in it.
    is_empty: bool,
}

/// The Review screen on the records of these files. `failed` are those that are not there.
pub fn app(
    arguments: &ReviewArguments,
    sources: Vec<Source>,
    asked: Asked,
    mut failed: Vec<String>,
) -> Result<ExitCode> {
    let of = sources.len();
    let mut rest = sources.into_iter();
    // Where nothing can be read there is nothing to show, and the reasons must stay readable.
    let first = rest.find_map(|source| match read(&source, arguments.tz) {
        Ok(contents) => Some(contents),
        Err(why) => {
            tell(&why);
            failed.push(why);
            None
        }
    });
    let Some(first) = first else {
        return Ok(ExitCode::from(EXIT_INPUT));
    };
    let told = failed.len();
    let outcome: Arc<Mutex<Outcome>> = Arc::default();
    let (send, receive) = bounded(1);
    let reading = Reading {
        first,
        rest: rest.collect(),
        of,
        zone: arguments.tz,
        asked: asked.clone(),
        failed,
        outcome: Arc::clone(&outcome),
    };
    // Not joined: when the app quits, the process ends and the reading with it.
    std::thread::spawn(move || {
        if catch_unwind(AssertUnwindSafe(|| reading.run(&send))).is_err() {
            // The hook gave the terminal back and said why: an app without data would only linger.
            std::process::exit(EXIT_PANIC);
        }
    });
    let title = super::title(&arguments.records);
    let look = appearance::look(&arguments.appearance, arguments.manners.theme);
    let (memory, remembering) = history::open(own_folder());
    let host = host(arguments, &asked, memory);
    let ended = tui::review(receive, title, host, look);
    drop(remembering.map(std::thread::JoinHandle::join));
    let ended = ended.context("the terminal cannot be used")?;
    let outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
    outcome.failed.iter().skip(told).for_each(|why| tell(why));
    let any_failed = told > 0 || !outcome.failed.is_empty();
    Ok(match ended {
        tui::Ended::ByUser => exit_code(any_failed, outcome.is_empty),
        tui::Ended::BySignal => ExitCode::from(EXIT_INTERRUPTED),
    })
}

/// What the thread beside the screen reads.
struct Reading {
    first: Contents,
    rest: Vec<Source>,
    of: usize,
    zone: Option<Zone>,
    asked: Asked,
    failed: Vec<String>,
    outcome: Arc<Mutex<Outcome>>,
}

impl Reading {
    /// Reads, tells how far it is, and gives the numbers.
    fn run(self, send: &Sender<ReviewAnswer>) {
        let before = self.of - self.rest.len();
        let (mut contents, mut failed) = (vec![self.first], self.failed);
        let each = self.of.div_ceil(TOLD_TIMES);
        for (i, source) in self.rest.iter().enumerate() {
            if i % each == 0 {
                // Where the screen has not taken the last word yet, it takes the next.
                let _ = send.try_send(ReviewAnswer::Reading(before + i, self.of));
            }
            match read(source, self.zone) {
                Ok(one) => contents.push(one),
                Err(why) => failed.push(why),
            }
        }
        // The receiver is gone when the app has quit: then nobody waits for the numbers.
        if send.send(ReviewAnswer::Reading(self.of, self.of)).is_err() {
            return;
        }
        let board = board(contents, self.asked, &failed);
        let outcome = Outcome {
            is_empty: board.review.cases.is_empty(),
            failed,
        };
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
        drop(send.send(ReviewAnswer::Board(None, Arc::new(board))));
    }
}

fn board(contents: Vec<Contents>, asked: Asked, failed: &[String]) -> Board {
    let linted = contents.iter().filter_map(|one| match one {
        Contents::Record(record) => Some(lints::linted(record)),
        Contents::Report { .. } => None,
    });
    let mut linted: Vec<Linted> = linted.collect();
    linted.sort_by(|a, b| a.path.cmp(&b.path));
    let warnings = failed.iter().map(|why| format!("not read: {why}"));
    Board::of(collect(contents, asked), linted, warnings.collect())
}

/// What the Review screen needs of the program around it; it has no lines.
fn host(arguments: &ReviewArguments, asked: &Asked, memory: Memory) -> tui::Host {
    let own = arguments.clone();
    tui::Host {
        reader: Box::new(|_, _, _| Err("no log is open".to_owned())),
        exporter: Box::new(move |request| Exported {
            file: request.file.clone(),
            end: export(request, &own)
                .unwrap_or_else(|error| ExportEnd::Failed(format!("{error:#}"))),
        }),
        invocation: invocation(arguments, asked),
        clipboard: appearance::clipboard(),
        bell: false,
        mouse: arguments.manners.mouse,
        tell,
        memory,
        desk: None,
    }
}

/// How the review was called, `-3h` as an instant. The periods are those of the screen.
fn invocation(arguments: &ReviewArguments, asked: &Asked) -> tui::Invocation {
    let mut options = Vec::new();
    let mut give = |name: &str, value: Option<String>| {
        options.extend(value.map(|value| (name.to_owned(), value)));
    };
    give("tz", arguments.tz.map(typed));
    give("since", asked.since_ns.map(rfc3339));
    give("until", asked.until_ns.map(rfc3339));
    let gap_s = arguments.group_gap.0 / NS_PER_S;
    let told = (gap_s != GROUP_GAP_S).then(|| format!("{gap_s}s"));
    give("group-gap", told);
    let records = arguments.records.iter();
    tui::Invocation {
        sources: records.map(|path| path.as_os_str().to_owned()).collect(),
        options,
        filter: None,
    }
}

/// A zone as `--tz` takes it.
fn typed(zone: Zone) -> String {
    match zone {
        Zone::Named(zone) => zone.name().to_owned(),
        Zone::Fixed(seconds) => {
            let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

/// Writes the review as `rfo review -o FILE` does, with the periods of the screen.
fn export(request: &ExportRequest, arguments: &ReviewArguments) -> Result<ExportEnd> {
    let Exportable::Review(board, compare) = &request.shown else {
        return Ok(ExportEnd::Failed("no review is open".to_owned()));
    };
    let path = located(&request.file);
    let Some(form) = by_ending(&path) else {
        return Ok(ExportEnd::Failed(format!(
            "{}: its ending says no form: .md .txt .json .csv .prom .ics",
            request.file
        )));
    };
    let mut review = board.review.clone();
    review.asked.compare = *compare;
    let bytes = written(arguments, form, false, &Summary::of(&review))?;
    let what = crate::reports::plural(review.cases.len(), "incident");
    put(&path, &bytes, request.over, &what)
}
