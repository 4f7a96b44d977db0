//! The threads beside the screen: the keyboard, answers to requests, exports.
//!
//! In: requests. Out: answers over bounded channels. Draws nothing and knows no model.

use std::io;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, RecvError, Sender, bounded};
use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEventKind, read};

use super::super::export::{ExportEnd, ExportRequest, Exported, Exporter};
use super::super::keys::key_name;
use super::super::model::Msg;
use super::super::mouse::Mouse;

/// Keys typed ahead that are kept.
const KEYS_MAX: usize = 256;
/// Exports that wait.
pub(super) const EXPORTS_MAX: usize = 4;

/// What woke the app.
pub(super) enum Wake {
    Message(Msg),
    Signal(i32),
    Frame,
    Nothing,
}

/// What a thread answered. Its end is the app's: nothing would answer any more.
pub(super) fn answered<T>(
    answer: Result<T, RecvError>,
    message: impl FnOnce(T) -> Msg,
    who: &str,
) -> io::Result<Wake> {
    match answer {
        Ok(answer) => Ok(Wake::Message(message(answer))),
        Err(_) => Err(io::Error::other(format!("{who} stopped"))),
    }
}

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

/// Of resizes that wait one after another the last, or what came where that is none; and what was
/// taken after them.
pub(super) fn newest_size(
    mut event: Event,
    waiting: &Receiver<io::Result<Event>>,
) -> (Event, Option<io::Result<Event>>) {
    while matches!(event, Event::Resize(..)) {
        match waiting.try_recv() {
            Ok(Ok(next @ Event::Resize(..))) => event = next,
            Ok(other) => return (event, Some(other)),
            Err(_) => break,
        }
    }
    (event, None)
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

/// Answers requests on a thread of its own; of several that wait only the newest is answered, and
/// whoever answers can ask whether a newer one waits.
pub(super) fn start<Request: Send + 'static, Answer: Send + 'static>(
    mut answer: impl FnMut(&Request, &dyn Fn() -> bool) -> Answer + Send + 'static,
) -> (Sender<Request>, Receiver<Answer>) {
    let (requests, inbox) = bounded::<Request>(16);
    let (outbox, answers) = bounded(16);
    thread::spawn(move || {
        while let Ok(request) = inbox.recv() {
            let newest = inbox.try_iter().last().unwrap_or(request);
            if outbox.send(answer(&newest, &|| !inbox.is_empty())).is_err() {
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

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;

    #[test]
    fn of_many_sizes_one_after_another_the_last_counts_and_no_key_is_lost() {
        let (send, waiting) = bounded(1000);
        let key = Event::Key(KeyCode::Char('j').into());
        for i in 0..300 {
            send.send(Ok(Event::Resize(i, i))).expect("there is room");
        }
        send.send(Ok(key.clone())).expect("there is room");
        send.send(Ok(Event::Resize(7, 7))).expect("there is room");
        let (first, ahead) = newest_size(Event::Resize(500, 500), &waiting);
        assert_eq!(first, Event::Resize(299, 299));
        let ahead = ahead.expect("what ended the run").expect("an event");
        assert_eq!(ahead, key);
        assert_eq!(
            newest_size(ahead, &waiting).0,
            key,
            "a key waits for nothing"
        );
        assert_eq!(waiting.len(), 1);
        let (last, nothing) = newest_size(Event::Resize(1, 1), &waiting);
        assert_eq!(last, Event::Resize(7, 7));
        assert!(nothing.is_none());
    }

    #[test]
    fn who_computes_hears_that_a_newer_request_waits() {
        let (begun, begins) = bounded(1);
        let (requests, answers) = start(move |request: &u32, stop: &dyn Fn() -> bool| {
            begun.send(()).expect("the test waits");
            while *request == 1 && !stop() {
                thread::yield_now();
            }
            *request
        });
        requests.send(1).expect("there is room");
        begins.recv().expect("it begins");
        requests.send(2).expect("there is room");
        assert_eq!(answers.recv(), Ok(1));
        begins.recv().expect("it begins");
        assert_eq!(answers.recv(), Ok(2));
    }
}
