//! Taking the terminal and giving it back, whatever ends the app: other screen, raw mode, cursor,
//! pasted text in brackets, mouse, title.
//!
//! What was taken is kept in one place for the process, since a panic on any thread must undo it.

use std::io::{self, Write, stdout};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{DefaultTerminal, Terminal};

/// The terminal is taken; the mouse with it; the title is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);
static MOUSE: AtomicBool = AtomicBool::new(false);
static TITLED: AtomicBool = AtomicBool::new(false);
/// The panic hook is set once for the process.
static HOOK: Once = Once::new();

/// Keep the title on the terminal's stack; bring it back (XTWINOPS).
const KEEP_TITLE: &str = "\u{1b}[22;0t";
const OLD_TITLE: &str = "\u{1b}[23;0t";

/// Takes the terminal; from now on a panic gives it back before its message.
/// # Errors
/// Where there is none, or it cannot be written to.
pub fn take(mouse: bool) -> io::Result<DefaultTerminal> {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |about| {
            // Where it cannot be given back it is gone.
            let _ = give_back();
            before(about);
        }));
    });
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let taken = enter(mouse);
    if taken.is_err() {
        let _ = give_back();
    }
    taken
}

fn enter(mouse: bool) -> io::Result<DefaultTerminal> {
    execute!(
        stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        Hide,
        Clear(ClearType::All)
    )?;
    if mouse {
        MOUSE.store(true, Ordering::SeqCst);
        execute!(stdout(), EnableMouseCapture)?;
    }
    Terminal::new(CrosstermBackend::new(stdout()))
}

/// Gives it back as it was found; a second time does nothing. All is tried, the first error told.
/// # Errors
/// Where it cannot be written to.
pub fn give_back() -> io::Result<()> {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    let mut out = stdout().lock();
    let mut written = Ok(());
    if MOUSE.swap(false, Ordering::SeqCst) {
        written = written.and(queue!(out, DisableMouseCapture));
    }
    if TITLED.swap(false, Ordering::SeqCst) {
        // Terminals without a stack of titles are left without one of ours.
        written = written
            .and(queue!(out, SetTitle("")))
            .and(out.write_all(OLD_TITLE.as_bytes()));
    }
    written = written.and(queue!(
        out,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    ));
    let flushed = out.flush();
    disable_raw_mode().and(written).and(flushed)
}

/// Whether the terminal is ours now.
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// Sets the title; the one before comes back when the terminal is given back.
/// # Errors
/// Where it cannot be written to.
pub fn set_title(title: &str) -> io::Result<()> {
    let mut out = stdout().lock();
    if !TITLED.swap(true, Ordering::SeqCst) {
        out.write_all(KEEP_TITLE.as_bytes())?;
    }
    execute!(out, SetTitle(title))
}
