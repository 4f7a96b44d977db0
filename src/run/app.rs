//! The app: analysis on one thread, screens on another, and the exit code.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock, PoisonError};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, never};

use super::gather::{self, Found, NotRead};
use super::keep::{Keeper, own_folder};
use super::{EXIT_INPUT, Opened, app_export, appearance, history, mark, open, tell};
use crate::analysis::options::{Options, Trouble};
use crate::analysis::watch::Following;
use crate::analysis::{Own, Show, Snapshot, Timings, analyse, follow, restated};
use crate::cli::Cli;
use crate::input::follow::Shelf;
use crate::input::{self, Filler, RawReader, Source};
use crate::tui;

/// A defect of the program, as Rust's own panics exit.
pub(super) const EXIT_PANIC: i32 = 101;
/// A signal ended it.
pub(super) const EXIT_INTERRUPTED: u8 = 130;

/// Wishes that may wait for the one that is being carried out.
const WISHES_MAX: usize = 64;

/// Runs the app on the sources; follows them unless it is told not to.
pub fn app(cli: &Cli) -> Result<ExitCode> {
    let (reading, live) = (&cli.reading, !cli.no_follow);
    // What was found lives as long as the app: with it goes what was kept of pipes.
    let Opened {
        title,
        mut found,
        options,
        reading: read,
        awaited,
    } = match open(reading, live)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let (owns, marks) = bounded(1);
    let keeper = Keeper::new(
        mark::who(None),
        &reading.sources,
        (Path::new(""), own_folder()),
        (&read, &options),
        (owns, marks.clone()),
    )?;
    let (wishes, wished) = bounded(WISHES_MAX);
    let (answers, kept) = bounded(WISHES_MAX);
    let desk = tui::Desk {
        opened: opened(&keeper, &found, &awaited),
        wishes,
        kept,
    };
    let invocation = app_export::invocation(reading, &options);
    let exporter = app_export::exporter(read, options.clone());
    let keeping = std::thread::spawn(move || keeper.run(&wished, &answers));
    let (send, receive) = bounded::<Arc<Snapshot>>(1);
    let gathered: Arc<OnceLock<Vec<Source>>> = Arc::default();
    let shelf: Arc<Shelf> = Arc::default();
    let not_read: NotRead = Arc::default();
    let analysing = Analysing {
        title,
        files: std::mem::take(&mut found.files),
        fillers: std::mem::take(&mut found.fillers),
        not_found: gather::troubles(&found.errors),
        options,
        live,
        marks,
        shelf: Arc::clone(&shelf),
        known: Arc::clone(&gathered),
        told: Arc::clone(&not_read),
    };
    analysing.start(send);
    let (memory, remembering) = history::open(own_folder());
    let host = tui::Host {
        reader: lines_of(gathered, shelf),
        exporter,
        invocation,
        clipboard: appearance::clipboard(),
        bell: !cli.manners.no_bell,
        mouse: cli.manners.mouse,
        tell,
        memory,
        desk: Some(desk),
    };
    let look = appearance::look(&cli.appearance, cli.manners.theme);
    let ended = tui::run(receive, host, look, || {});
    let saved = finish(keeping, remembering);
    let ended = ended.context("the terminal cannot be used")?;
    let not_read = not_read.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(code(ended, &not_read, saved))
}

/// With what the app is opened: what is not there, and what may still come beside what is: where
/// nothing is there, the screen says so until it is.
fn opened(keeper: &Keeper, found: &Found, awaited: &[String]) -> tui::Opened {
    let missing = found.errors.iter().map(|error| error.name().to_owned());
    let missing: Vec<String> = missing.collect();
    let mut opened = keeper.opened(&missing);
    if opened.message.is_none() && !awaited.is_empty() && !found.files.is_empty() {
        let named = awaited.join(", ");
        opened.message = Some(format!("no file yet in {named}; it is waited for"));
    }
    opened
}

/// What was asked for is saved before the process ends, whatever ended the app. False where some of
/// it could not be, which is told.
fn finish(keeping: JoinHandle<Vec<String>>, remembering: Option<JoinHandle<()>>) -> bool {
    let unsaved = keeping.join().unwrap_or_default();
    drop(remembering.map(JoinHandle::join));
    for words in &unsaved {
        tell(&format!("NOT SAVED: {words}"));
    }
    unsaved.is_empty()
}

/// Says what could not be read whole, and how the process ends.
fn code(ended: tui::Ended, not_read: &[input::Error], saved: bool) -> ExitCode {
    for error in not_read {
        tell(&error.to_string());
    }
    match ended {
        _ if !saved => ExitCode::FAILURE,
        _ if !not_read.is_empty() => ExitCode::from(EXIT_INPUT),
        tui::Ended::ByUser => ExitCode::SUCCESS,
        tui::Ended::BySignal => ExitCode::from(EXIT_INTERRUPTED),
    }
}

/// What the thread of the analysis needs.
struct Analysing {
    title: String,
    files: Vec<Source>,
    fillers: Vec<Filler>,
    not_found: Vec<Trouble>,
    options: Options,
    live: bool,
    /// The incident file, each time something was marked in it.
    marks: Receiver<Own>,
    shelf: Arc<Shelf>,
    known: Arc<OnceLock<Vec<Source>>>,
    told: NotRead,
}

impl Analysing {
    /// On a thread that is not joined: when the app quits, the process ends and the reading with
    /// it.
    fn start(self, send: Sender<Arc<Snapshot>>) {
        std::thread::spawn(move || {
            let analysed = std::panic::AssertUnwindSafe(|| self.run(&send));
            if std::panic::catch_unwind(analysed).is_err() {
                // The hook gave the terminal back and said why: an app without data would only
                // linger.
                input::ending::end();
                std::process::exit(EXIT_PANIC)
            }
        });
    }

    /// Analyses, sends what is found, and what follows from marks, until nobody looks any more.
    fn run(self, send: &Sender<Arc<Snapshot>>) {
        let marks = self.marks.clone();
        let mut last = self.read(send);
        loop {
            if send.send(Arc::new(last.clone())).is_err() {
                return;
            }
            let Ok(own) = marks.recv() else { return };
            last = restated(&last, &own);
        }
    }

    /// All that is there, or while sources are followed all that comes.
    fn read(self, send: &Sender<Arc<Snapshot>>) -> Snapshot {
        let (title, mut files, mut fillers) = (self.title, self.files, self.fillers);
        let mut options = self.options;
        let mut show = |partial: Snapshot| {
            let sent = send.try_send(Arc::new(partial));
            !matches!(sent, Err(TrySendError::Disconnected(_)))
        };
        if self.live && files.is_empty() && fillers.is_empty() {
            files = first_files(&title, &options, &mut show);
        }
        let paths: BTreeSet<_> = files.iter().map(|one| one.origin.path().into()).collect();
        let (sources, not_whole) = match self.live {
            true => gather::gather_live(files, &fillers),
            false => gather::gather(files, &mut fillers, &|_| {}),
        };
        options.troubles = self.not_found;
        options.troubles.extend(gather::troubles(&not_whole));
        gather::tell(&self.told, not_whole);
        let sources = self.known.get_or_init(|| sources).clone();
        if !self.live {
            let show = Show::Snapshots(&mut show);
            return analyse(&title, sources, &options, &Timings::default(), show);
        }
        let following = Following {
            shelf: self.shelf,
            filling: gather::fill_beside(fillers, &self.told),
            paths,
        };
        follow(
            &title,
            sources,
            &options,
            (&following, &self.marks),
            &mut show,
        )
    }
}

/// Waits until there is a file in what was named; meanwhile it is shown that there is none.
fn first_files(
    title: &str,
    options: &Options,
    show: &mut dyn FnMut(Snapshot) -> bool,
) -> Vec<Source> {
    let nothing = Following {
        shelf: Arc::default(),
        filling: Arc::default(),
        paths: BTreeSet::new(),
    };
    // What is marked meanwhile waits for the logs.
    follow(title, Vec::new(), options, (&nothing, &never()), show);
    input::discover_logs(&options.sources).0
}

/// Fetches lines of the sources, once they are known: of those that are followed from where their
/// files are now.
fn lines_of(gathered: Arc<OnceLock<Vec<Source>>>, shelf: Arc<Shelf>) -> tui::LineReader {
    let mut raw = None;
    Box::new(move |input, offset, length| {
        let sources = gathered.get().ok_or("the sources are not read yet")?;
        let read = shelf.read(input, offset, length).unwrap_or_else(|| {
            let raw = raw.get_or_insert_with(|| RawReader::new(sources.clone()));
            match shelf.late(input) {
                // Seldom asked for: it is unpacked anew.
                Some(late) => RawReader::new(vec![late]).read(0, offset, length),
                None => raw.read(input, offset, length),
            }
        });
        read.map_err(|error| error.to_string())
    })
}
