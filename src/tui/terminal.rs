//! The only part of the app that touches a terminal, threads and signals: it turns keys,
//! snapshots and signals into messages, draws after a change and carries out effects.
//!
//! Draws at most 30 times a second and sleeps on its channels when nothing happens. Whatever
//! ends it, the terminal is left as it was found.

use std::io::{self, stdout};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use crossterm::cursor::{Hide, Show};
use crossterm::event::{Event, KeyEventKind, read};
use crossterm::execute;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::{DefaultTerminal, Terminal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::compare::{self, CompareRequest, Compared};
use super::fetch::{LinesPage, LinesRequest, fetch_with};
use super::keys::key_name;
use super::matches::Matches;
use super::model::{Effect, Model, Msg};
use super::review::{self, Answer, Request};
use super::{LineReader, Look, update, view};
use crate::analysis::Snapshot;
use crate::reports::review::board::Board;

/// Time between two frames: 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// Keys typed ahead that are kept.
const KEYS_MAX: usize = 256;

/// What ended the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user left.
    ByUser,
    /// SIGTERM, SIGHUP or SIGINT.
    BySignal,
}

/// Runs the app until the user leaves or a signal ends it. Snapshots may come as fast as they
/// like: the newest is drawn. `stop` is called once, when the user has left, before the terminal
/// is given back.
/// # Errors
/// When the terminal cannot be set up or drawn to.
pub fn run(
    snapshots: Receiver<Arc<Snapshot>>,
    reader: LineReader,
    look: Look,
    stop: impl FnOnce(),
) -> io::Result<Ended> {
    let model = Model::new(look, 0, 0);
    run_from(model, (snapshots, never()), reader, stop)
}

/// Runs the app on the records of a review alone: its numbers come once.
/// # Errors
/// When the terminal cannot be set up or drawn to.
pub fn review(boards: Receiver<Arc<Board>>, title: String, look: Look) -> io::Result<Ended> {
    let mut model = Model::new(look, 0, 0);
    review::begin(&mut model, title);
    let reader: LineReader = Box::new(|_, _, _| Err("no log is open".to_owned()));
    run_from(model, (never(), boards), reader, || {})
}

fn run_from(
    model: Model,
    (snapshots, boards): (Receiver<Arc<Snapshot>>, Receiver<Arc<Board>>),
    mut reader: LineReader,
    stop: impl FnOnce(),
) -> io::Result<Ended> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP])?;
    let signals_handle = signals.handle();
    let (signal_sender, signal_receiver) = bounded(8);
    let signal_thread = thread::spawn(move || {
        // A full channel means that eight signals wait: the ninth adds nothing.
        for signal in signals.forever() {
            let _ = signal_sender.try_send(signal);
        }
    });
    // try_init also sets the panic hook that gives the terminal back before the message.
    let mut terminal = ratatui::try_init()?;
    let mut matches = Matches::default();
    let (requests, pages) = start(move |request| fetch_with(request, &mut reader, &mut matches));
    let (comparisons, compared) = start(compare::answer);
    let (reviews, reviewed) = start(review::answer);
    let mut app = App {
        model,
        snapshots,
        boards,
        reviews,
        reviewed,
        signals: signal_receiver,
        keys: start_keys(),
        requests,
        pages,
        comparisons,
        compared,
    };
    let outcome = app.run(&mut terminal);
    stop();
    let restored = ratatui::try_restore();
    if restored.is_err() {
        // Where the terminal is gone, its drop would print to it, which panics.
        std::mem::forget(terminal);
    }
    signals_handle.close();
    drop(signal_thread.join());
    restored.and(outcome)
}

struct App {
    model: Model,
    snapshots: Receiver<Arc<Snapshot>>,
    boards: Receiver<Arc<Board>>,
    reviews: Sender<Request>,
    reviewed: Receiver<Answer>,
    signals: Receiver<i32>,
    keys: Receiver<io::Result<Event>>,
    requests: Sender<LinesRequest>,
    pages: Receiver<LinesPage>,
    comparisons: Sender<CompareRequest>,
    compared: Receiver<Compared>,
}

/// What woke the app.
enum Wake {
    Message(Msg),
    Signal(i32),
    Frame,
    Nothing,
}

impl App {
    fn run(&mut self, terminal: &mut DefaultTerminal) -> io::Result<Ended> {
        let size = terminal.size()?;
        update(&mut self.model, Msg::Resized(size.width, size.height));
        let (mut changed, mut pace) = (true, None::<Receiver<_>>);
        loop {
            if changed && pace.is_none() {
                terminal.draw(|frame| view(&self.model, frame))?;
                changed = false;
                pace = Some(after(FRAME));
            }
            let effect = match self.wake(pace.as_ref())? {
                Wake::Frame => {
                    pace = None;
                    continue;
                }
                Wake::Nothing => continue,
                Wake::Message(msg) => update(&mut self.model, msg),
                Wake::Signal(SIGTSTP) => Effect::Suspend,
                Wake::Signal(_) => return Ok(Ended::BySignal),
            };
            changed = true;
            match effect {
                Effect::None => {}
                Effect::Quit => return Ok(Ended::ByUser),
                Effect::Suspend => self.suspend(terminal)?,
                Effect::Lines(request) => self.ask(request),
                Effect::Compare(request) => self.compare(request),
                Effect::Review(request) => self.review(request),
            }
        }
    }

    fn wake(&mut self, pace: Option<&Receiver<std::time::Instant>>) -> io::Result<Wake> {
        let idle = never();
        select! {
            recv(self.signals) -> signal => Ok(signal.map_or(Wake::Nothing, Wake::Signal)),
            recv(self.keys) -> event => match event {
                Ok(Ok(event)) => Ok(message_of(event).map_or(Wake::Nothing, Wake::Message)),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(io::Error::other("the keyboard is gone")),
            },
            recv(self.pages) -> page => match page {
                Ok(page) => Ok(Wake::Message(Msg::Lines(page))),
                Err(_) => Err(io::Error::other("the reader of lines stopped")),
            },
            recv(self.compared) -> compared => match compared {
                Ok(compared) => Ok(Wake::Message(Msg::Compared(compared))),
                Err(_) => Err(io::Error::other("the comparison stopped")),
            },
            recv(self.reviewed) -> reviewed => match reviewed {
                Ok(answer) => Ok(Wake::Message(Msg::Reviewed(answer))),
                Err(_) => Err(io::Error::other("the review stopped")),
            },
            recv(self.boards) -> board => {
                self.boards = never();
                let answer = board.map_or(Answer::Failed, |board| Answer::Board(None, board));
                Ok(Wake::Message(Msg::Reviewed(answer)))
            },
            recv(self.snapshots) -> snapshot => Ok(Wake::Message(match snapshot {
                // Only the newest counts.
                Ok(snapshot) => Msg::Snapshot(self.snapshots.try_iter().last().unwrap_or(snapshot)),
                Err(_) => {
                    self.snapshots = never();
                    Msg::SnapshotsEnded
                }
            })),
            recv(pace.unwrap_or(&idle)) -> _ => Ok(Wake::Frame),
        }
    }

    /// Hands a request to the reader's thread. While it is busy with older ones, they pile up to
    /// the channel's bound, then the newest is lost; the next move of the cursor asks again.
    fn ask(&mut self, request: LinesRequest) {
        if self.requests.try_send(request).is_err() {
            self.model.logs.loading = false;
        }
    }

    /// The same for comparisons: they are asked for again when more events came.
    fn compare(&mut self, request: CompareRequest) {
        if self.comparisons.try_send(request).is_err() {
            self.model.comparing.loading = false;
        }
    }

    /// The same for the Review screen, which waits for one answer before it asks again.
    fn review(&mut self, request: Request) {
        if self.reviews.try_send(request).is_err() {
            self.model.review.waiting = false;
        }
    }

    /// Gives the terminal back, stops the process, and takes the terminal again when continued.
    fn suspend(&mut self, terminal: &mut DefaultTerminal) -> io::Result<()> {
        execute!(stdout(), LeaveAlternateScreen, Show)?;
        disable_raw_mode()?;
        emulate_default_handler(SIGTSTP)?;
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen, Hide, Clear(ClearType::All))?;
        // A new one draws everything. `Terminal::clear` would ask the terminal for its cursor and
        // wait for an answer that the thread of the keyboard reads.
        *terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        let size = terminal.size()?;
        update(&mut self.model, Msg::Resized(size.width, size.height));
        Ok(())
    }
}

fn message_of(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_name(key).map(Msg::Key),
        Event::Resize(width, height) => Some(Msg::Resized(width, height)),
        _ => None,
    }
}

/// Reads the keyboard on a thread of its own. It ends with the process: a blocked read cannot be
/// interrupted, and polling would cost while idle.
fn start_keys() -> Receiver<io::Result<Event>> {
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
fn start<Request: Send + 'static, Answer: Send + 'static>(
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
