//! The threads beside the screen: the keyboard, answers to requests, exports.
//!
//! In: requests. Out: answers over bounded channels. Draws nothing and knows no model.

use std::io;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind, read};

use super::super::export::{ExportEnd, ExportRequest, Exported, Exporter};
use super::super::keys::key_name;
use super::super::model::Msg;
use super::super::mouse::Mouse;

/// Keys typed ahead that are kept.
const KEYS_MAX: usize = 256;
/// Exports that wait.
pub(super) const EXPORTS_MAX: usize = 4;

/// What an event of the terminal tells the app, if anything.
pub(super) fn message_of(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_name(key).map(Msg::Key),
        Event::Resize(width, height) => Some(Msg::Resized(width, height)),
        Event::Paste(text) => Some(Msg::Pasted(text)),
        Event::Mouse(mouse) => {
            let done = match mouse.kind {
                MouseEventKind::ScrollUp => Mouse::WheelUp,
                MouseEventKind::ScrollDown => Mouse::WheelDown,
                MouseEventKind::Down(MouseButton::Left) => Mouse::Click(mouse.column, mouse.row),
                _ => return None,
            };
            Some(Msg::Mouse(done))
        }
        _ => None,
    }
}

/// Writes files on a thread of its own: each one that is asked for.
pub(super) fn start_exports(
    mut exporter: Exporter,
) -> (Sender<ExportRequest>, Receiver<Exported>, JoinHandle<()>) {
    let (requests, inbox) = bounded::<ExportRequest>(EXPORTS_MAX);
    // As many answers as can be on their way: nobody may read them any more.
    let (outbox, answers) = bounded(2 * EXPORTS_MAX);
    let writing = thread::spawn(move || {
        while let Ok(request) = inbox.recv() {
            if outbox.send(exporter(&request)).is_err() {
                return;
            }
        }
    });
    (requests, answers, writing)
}

/// Reads the keyboard on a thread of its own. It ends with the process: a blocked read cannot be
/// interrupted, and polling would cost while idle.
pub(super) fn start_keys() -> Receiver<io::Result<Event>> {
    let (sender, receiver) = bounded(KEYS_MAX);
    thread::spawn(move || {
        loop {
            let event = read();
            let failed = event.is_err();
            if sender.send(event).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

/// Answers requests on a thread of its own; of several that wait only the newest is answered.
pub(super) fn start<Request: Send + 'static, Answer: Send + 'static>(
    mut answer: impl FnMut(&Request) -> Answer + Send + 'static,
) -> (Sender<Request>, Receiver<Answer>) {
    let (requests, inbox) = bounded::<Request>(16);
    let (outbox, answers) = bounded(16);
    thread::spawn(move || {
        while let Ok(request) = inbox.recv() {
            let newest = inbox.try_iter().last().unwrap_or(request);
            if outbox.send(answer(&newest)).is_err() {
                return;
            }
        }
    });
    (requests, answers)
}

/// Says how an export ended whose answer no screen showed.
pub(super) fn tell_late(exported: &Exported, tell: fn(&str)) {
    match &exported.end {
        ExportEnd::Written(sentence) | ExportEnd::Failed(sentence) => tell(sentence),
        ExportEnd::Exists => tell(&format!("{} exists: nothing was written", exported.file)),
    }
}
