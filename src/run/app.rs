//! The app: analysis on one thread, screens on another, and the exit code.

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use crossbeam_channel::{TrySendError, bounded};

use super::{EXIT_INPUT, Opened, colour, fill, open, tell};
use crate::analysis::watch::Following;
use crate::analysis::{Snapshot, Timings, analyse, follow};
use crate::cli::{Appearance, Reading};
use crate::input::follow::{Filling, Shelf};
use crate::input::spool::{Filler, Spool};
use crate::input::{self, RawReader};
use crate::tui;

/// A defect of the program, as Rust's own panics exit.
const EXIT_PANIC: i32 = 101;
/// A signal ended it.
const EXIT_INTERRUPTED: u8 = 130;

/// What could not be kept of stdin and pipes.
type NotKept = Arc<Mutex<Vec<input::Error>>>;

/// Runs the app on the sources; follows them where `live`.
pub fn app(reading: &Reading, appearance: &Appearance, live: bool) -> Result<ExitCode> {
    let opened = match open(reading)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let Opened {
        title,
        sources,
        options,
        fillers,
        spools,
        ..
    } = opened;
    let (send, receive) = bounded::<Arc<Snapshot>>(1);
    let shelf: Arc<Shelf> = Arc::default();
    let (places, mut raw) = (Arc::clone(&shelf), RawReader::new(sources.clone()));
    let reader = Box::new(move |input, offset, length| {
        let read = match places.read(input, offset, length) {
            Some(read) => read,
            None => raw.read(input, offset, length),
        };
        read.map_err(|error| error.to_string())
    });
    let not_kept: NotKept = Arc::default();
    let filling = match live {
        true => fill_beside(&spools, fillers, &not_kept),
        false => Filled::Later(fillers),
    };
    let told = Arc::clone(&not_kept);
    // Not joined: when the app quits, the process ends and the reading with it.
    std::thread::spawn(move || {
        let conclude = || {
            let mut show = |partial: Snapshot| {
                let sent = send.try_send(Arc::new(partial));
                !matches!(sent, Err(TrySendError::Disconnected(_)))
            };
            match filling {
                Filled::Beside(filling) => {
                    let following = Following { shelf, filling };
                    follow(&title, sources, &options, &following, &mut show)
                }
                Filled::Later(fillers) => {
                    add(&told, fill(fillers));
                    analyse(&title, sources, &options, &Timings::default(), &mut show)
                }
            }
        };
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(conclude)) {
            // The receiver is gone when the app has quit.
            Ok(last) => drop(send.send(Arc::new(last))),
            // The hook gave the terminal back and said why: an app without data would only linger.
            Err(_) => std::process::exit(EXIT_PANIC),
        }
    });
    let look = tui::Look {
        colour: if colour(appearance.color, true) {
            depth()
        } else {
            tui::Colour::None
        },
        ascii: appearance.ascii || !utf8(),
    };
    let ended = tui::run(receive, reader, look, || {}).context("the terminal cannot be used")?;
    let mut code = match ended {
        tui::Ended::ByUser => ExitCode::SUCCESS,
        tui::Ended::BySignal => ExitCode::from(EXIT_INTERRUPTED),
    };
    for error in not_kept
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
    {
        tell(&error.to_string());
        code = ExitCode::from(EXIT_INPUT);
    }
    Ok(code)
}

/// When the bytes of stdin and pipes come into their spools.
enum Filled {
    /// While they are followed.
    Beside(Arc<Filling>),
    /// All before the analysis.
    Later(Vec<Filler>),
}

/// Fills each spool on a thread of its own, which ends with the process.
fn fill_beside(spools: &[Spool], fillers: Vec<Filler>, not_kept: &NotKept) -> Filled {
    let filling: Arc<Filling> = Arc::default();
    for (spool, filler) in spools.iter().zip(fillers) {
        let path = spool.source().origin.path().to_path_buf();
        let (filling, not_kept) = (Arc::clone(&filling), Arc::clone(not_kept));
        filling.begin(&path);
        std::thread::spawn(move || {
            add(&not_kept, filler.fill().err());
            filling.end(&path);
        });
    }
    Filled::Beside(filling)
}

fn add(not_kept: &NotKept, errors: impl IntoIterator<Item = input::Error>) {
    let mut all = not_kept.lock().unwrap_or_else(PoisonError::into_inner);
    all.extend(errors);
}

/// How many colours the terminal says it has.
fn depth() -> tui::Colour {
    match std::env::var("COLORTERM").as_deref() {
        Ok("truecolor" | "24bit") => tui::Colour::True,
        _ => tui::Colour::Sixteen,
    }
}

/// Whether the locale says UTF-8; without a locale it is assumed.
fn utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    set.is_none_or(|value| {
        value.to_uppercase().contains("UTF-8") || value.to_uppercase().contains("UTF8")
    })
}
