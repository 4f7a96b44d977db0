//! The app: analysis on one thread, screens on another, and the exit code.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock, PoisonError};

use anyhow::{Context, Result};
use crossbeam_channel::{TrySendError, bounded};

use super::gather::{self, NotRead};
use super::{EXIT_INPUT, Opened, colour, open, tell};
use crate::analysis::watch::Following;
use crate::analysis::{Show, Snapshot, Timings, analyse, follow};
use crate::cli::{Appearance, Reading};
use crate::input::follow::Shelf;
use crate::input::{self, RawReader, Source};
use crate::tui;

/// A defect of the program, as Rust's own panics exit.
pub(super) const EXIT_PANIC: i32 = 101;
/// A signal ended it.
pub(super) const EXIT_INTERRUPTED: u8 = 130;

/// Runs the app on the sources; follows them where `live`.
pub fn app(reading: &Reading, appearance: &Appearance, live: bool) -> Result<ExitCode> {
    let opened = match open(reading)? {
        Ok(opened) => opened,
        Err(code) => return Ok(code),
    };
    let Opened {
        title,
        mut found,
        mut options,
        reading: _,
    } = opened;
    let (send, receive) = bounded::<Arc<Snapshot>>(1);
    let gathered: Arc<OnceLock<Vec<Source>>> = Arc::default();
    let shelf: Arc<Shelf> = Arc::default();
    let (files, mut fillers) = (
        std::mem::take(&mut found.files),
        std::mem::take(&mut found.fillers),
    );
    let not_read: NotRead = Arc::default();
    let (known, told) = (Arc::clone(&gathered), Arc::clone(&not_read));
    let places = Arc::clone(&shelf);
    // Not joined: when the app quits, the process ends and the reading with it.
    std::thread::spawn(move || {
        let conclude = || {
            let paths: BTreeSet<_> = files.iter().map(|one| one.origin.path().into()).collect();
            let (sources, not_whole) = match live {
                true => gather::gather_live(files, &fillers),
                false => gather::gather(files, &mut fillers),
            };
            options.troubles = gather::troubles(&not_whole);
            gather::tell(&told, not_whole);
            let sources = known.get_or_init(|| sources).clone();
            let mut show = |partial: Snapshot| {
                let sent = send.try_send(Arc::new(partial));
                !matches!(sent, Err(TrySendError::Disconnected(_)))
            };
            if !live {
                return analyse(
                    &title,
                    sources,
                    &options,
                    &Timings::default(),
                    Show::Snapshots(&mut show),
                );
            }
            let following = Following {
                shelf,
                filling: gather::fill_beside(fillers, &told),
                paths,
            };
            follow(&title, sources, &options, &following, &mut show)
        };
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(conclude)) {
            // The receiver is gone when the app has quit.
            Ok(last) => drop(send.send(Arc::new(last))),
            // The hook gave the terminal back and said why: an app without data would only linger.
            Err(_) => {
                input::ending::end();
                std::process::exit(EXIT_PANIC)
            }
        }
    });
    let ended = tui::run(receive, lines_of(gathered, places), look(appearance), || {})
        .context("the terminal cannot be used")?;
    let mut code = match ended {
        tui::Ended::ByUser => ExitCode::SUCCESS,
        tui::Ended::BySignal => ExitCode::from(EXIT_INTERRUPTED),
    };
    let not_read = not_read.lock().unwrap_or_else(PoisonError::into_inner);
    for error in not_read.iter() {
        tell(&error.to_string());
        code = ExitCode::from(EXIT_INPUT);
    }
    Ok(code)
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

/// How the screens look, as the user and the terminal say.
pub(super) fn look(appearance: &Appearance) -> tui::Look {
    tui::Look {
        colour: if colour(appearance.color, true) {
            depth()
        } else {
            tui::Colour::None
        },
        ascii: appearance.ascii || !utf8(),
    }
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
