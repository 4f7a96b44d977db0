//! The only part of the app that touches a terminal, threads and signals: it turns keys,
//! snapshots and signals into messages, draws after a change and carries out effects.
//!
//! Draws at most 30 times a second and sleeps on its channels when nothing happens. Whatever
//! ends it, the terminal is left as it was found.

mod threads;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use crossterm::event::Event;
use ratatui::DefaultTerminal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::closer::{self, CameCloser, CloserRequest};
use super::compare::{self, CompareRequest, Compared};
use super::export::{ExportEnd, ExportRequest, Exported};
use super::fetch::{LinesPage, LinesRequest, fetch_with};
use super::frozen::{self, RestateRequest, Restated};
use super::history::Entered;
use super::hold;
use super::host::Host;
use super::marking::{Kept, Wish};
use super::matches::Matches;
use super::model::{Effect, Model, Msg};
use super::outside::{self, Clipboard};
use super::review::{self, Answer, Request};
use super::{Look, ticking, update, view};
use crate::analysis::Snapshot;
use crate::clock;

use threads::{
    EXPORTS_MAX, Wake, answered, message_of, newest_size, start, start_exports, start_keys,
    tell_late,
};

/// Time between two frames: 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// A clock on the screen goes on once a second.
const TICK: Duration = Duration::from_secs(1);

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
/// is given back. An export on its way is finished.
/// # Errors
/// When the terminal cannot be set up or drawn to.
pub fn run(
    snapshots: Receiver<Arc<Snapshot>>,
    host: Host,
    look: Look,
    stop: impl FnOnce(),
) -> io::Result<Ended> {
    let model = Model::new(look, 0, 0);
    run_from(model, (snapshots, never()), host, stop)
}

/// Runs the app on the records of a review alone: `answers` say how far they are read, and give their
/// numbers once.
/// # Errors
/// When the terminal cannot be set up or drawn to.
pub fn review(
    answers: Receiver<Answer>,
    title: String,
    host: Host,
    look: Look,
) -> io::Result<Ended> {
    let mut model = Model::new(look, 0, 0);
    review::begin(&mut model, title);
    run_from(model, (never(), answers), host, || {})
}

fn run_from(
    mut model: Model,
    (snapshots, boards): (Receiver<Arc<Snapshot>>, Receiver<Answer>),
    host: Host,
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
    let mut terminal = hold::take(host.mouse)?;
    let (mut reader, mut matches) = (host.reader, Matches::default());
    let (requests, pages) = start(move |request, _| fetch_with(request, &mut reader, &mut matches));
    let (comparisons, compared) = start(|request, _| compare::answer(request));
    let (looks, looked) = start(|request, _| closer::answer(request));
    let (reviews, reviewed) = start(review::answer);
    let (restatements, restated) = start(|request, _| frozen::answer(request));
    let (exports, exported, exporting) = start_exports(host.exporter);
    model.manners.invocation = Arc::new(host.invocation);
    let mut memory = host.memory;
    model.history.begin(&mut memory);
    let (opened, wishes, kept) = match host.desk {
        Some(desk) => (Some(desk.opened), Some(desk.wishes), desk.kept),
        None => (None, None, never()),
    };
    let mut app = App {
        model,
        snapshots,
        boards,
        reviews,
        reviewed,
        restatements,
        restated,
        signals: signal_receiver,
        keys: start_keys(),
        ahead: None,
        requests,
        pages,
        comparisons,
        compared,
        looks,
        looked,
        exports,
        exported,
        clipboard: host.clipboard,
        bell: host.bell,
        mouse: host.mouse,
        remember: memory.remember,
        wishes,
        kept,
    };
    if let Some(opened) = opened {
        update(&mut app.model, Msg::Opened(Box::new(opened)));
    }
    let outcome = app.run(&mut terminal);
    stop();
    let restored = hold::give_back();
    if restored.is_err() {
        // Where the terminal is gone, its drop would print to it, which panics.
        std::mem::forget(terminal);
    }
    signals_handle.close();
    drop(signal_thread.join());
    drop(app.exports);
    for exported in &app.exported {
        tell_late(&exported, host.tell);
    }
    drop(exporting.join());
    restored.and(outcome)
}

struct App {
    model: Model,
    snapshots: Receiver<Arc<Snapshot>>,
    boards: Receiver<Answer>,
    reviews: Sender<Request>,
    reviewed: Receiver<Answer>,
    restatements: Sender<RestateRequest>,
    restated: Receiver<Restated>,
    signals: Receiver<i32>,
    keys: Receiver<io::Result<Event>>,
    /// What was taken from `keys` to see whether it was one more resize.
    ahead: Option<io::Result<Event>>,
    requests: Sender<LinesRequest>,
    pages: Receiver<LinesPage>,
    comparisons: Sender<CompareRequest>,
    compared: Receiver<Compared>,
    looks: Sender<CloserRequest>,
    looked: Receiver<CameCloser>,
    exports: Sender<ExportRequest>,
    exported: Receiver<Exported>,
    clipboard: Clipboard,
    bell: bool,
    mouse: bool,
    remember: Option<Sender<(Entered, String)>>,
    wishes: Option<Sender<(Wish, i64)>>,
    kept: Receiver<Kept>,
}

impl App {
    fn run(&mut self, terminal: &mut DefaultTerminal) -> io::Result<Ended> {
        let size = terminal.size()?;
        update(&mut self.model, Msg::Resized(size.width, size.height));
        let (mut changed, mut pace) = (true, None::<Receiver<_>>);
        let mut tick = None::<Receiver<_>>;
        loop {
            if tick.is_none() && ticking::is_needed(&self.model, clock::now_ns()) {
                tick = Some(after(TICK));
            }
            if changed && pace.is_none() {
                if !hold::is_taken() {
                    // A panic elsewhere gave it back: its message must stay readable.
                    return Err(io::Error::other("a part of rfo failed"));
                }
                terminal.draw(|frame| view(&self.model, frame))?;
                changed = false;
                pace = Some(after(FRAME));
            }
            let effect = match self.wake(pace.as_ref(), tick.as_ref())? {
                Wake::Frame => {
                    pace = None;
                    continue;
                }
                Wake::Nothing => continue,
                Wake::Message(msg) => {
                    if matches!(msg, Msg::Tick(_)) {
                        tick = None;
                    }
                    update(&mut self.model, msg)
                }
                Wake::Signal(SIGTSTP) => Effect::Suspend,
                Wake::Signal(_) => return Ok(Ended::BySignal),
            };
            changed = true;
            if let Some(ended) = self.carry_out(effect, terminal)? {
                return Ok(ended);
            }
        }
    }

    /// Does what is to be done outside; gives what ends the app.
    fn carry_out(
        &mut self,
        effect: Effect,
        terminal: &mut DefaultTerminal,
    ) -> io::Result<Option<Ended>> {
        match effect {
            Effect::None => {}
            Effect::Quit => return Ok(Some(Ended::ByUser)),
            Effect::Suspend => self.suspend(terminal)?,
            Effect::Lines(request) => self.ask(request),
            Effect::Compare(request) => self.compare(request),
            Effect::Closer(request) => self.look(request),
            Effect::Review(request) => self.review(request),
            Effect::Keep(wish) => self.keep(*wish),
            // Where so much waits that there is no room, it is forgotten: nothing hangs on it.
            Effect::Remember(kind, text) => drop(
                self.remember
                    .as_ref()
                    .map(|remember| remember.try_send((kind, text))),
            ),
            // Of more than wait already the newest is lost: the next mark asks again.
            Effect::Restate(request) => drop(self.restatements.try_send(*request)),
            Effect::Export(request) => self.export(request),
            Effect::Copy(copied) => {
                let told = outside::copy(&copied, self.clipboard);
                update(&mut self.model, Msg::Told(told));
            }
            Effect::Announce(announcement) => outside::announce(&announcement, self.bell)?,
            Effect::Both(both) => {
                let ended = self.carry_out(both.0, terminal)?;
                let ended_too = self.carry_out(both.1, terminal)?;
                return Ok(ended.or(ended_too));
            }
        }
        Ok(None)
    }

    fn wake(
        &mut self,
        pace: Option<&Receiver<Instant>>,
        tick: Option<&Receiver<Instant>>,
    ) -> io::Result<Wake> {
        if let Some(event) = self.ahead.take() {
            return self.happened(event);
        }
        let idle = never();
        select! {
            recv(self.signals) -> signal => Ok(signal.map_or(Wake::Nothing, Wake::Signal)),
            recv(self.keys) -> event => match event {
                Ok(event) => self.happened(event),
                Err(_) => Err(io::Error::other("the keyboard is gone")),
            },
            recv(self.pages) -> answer => answered(answer, Msg::Lines, "the reader of lines"),
            recv(self.compared) -> answer => answered(answer, Msg::Compared, "the comparison"),
            recv(self.looked) -> answer => answered(answer, Msg::CameCloser, "the closer look"),
            recv(self.exported) -> answer => answered(answer, Msg::Exported, "the writer of files"),
            recv(self.reviewed) -> answer => answered(answer, Msg::Reviewed, "the review"),
            recv(self.restated) -> answer => answered(answer, Msg::Restated, "the attribution"),
            recv(self.boards) -> answer => {
                let answer = answer.unwrap_or_else(|_| {
                    self.boards = never();
                    match self.model.review.board {
                        Some(_) => Answer::Dropped,
                        None => Answer::Failed,
                    }
                });
                Ok(Wake::Message(Msg::Reviewed(answer)))
            },
            recv(self.kept) -> kept => {
                let kept = kept.map(Box::new);
                answered(kept, Msg::Kept, "the keeper of the incident file")
            }
            recv(self.snapshots) -> snapshot => Ok(Wake::Message(match snapshot {
                // Only the newest counts.
                Ok(snapshot) => Msg::Snapshot(self.snapshots.try_iter().last().unwrap_or(snapshot)),
                Err(_) => {
                    self.snapshots = never();
                    Msg::SnapshotsEnded
                }
            })),
            recv(tick.unwrap_or(&idle)) -> _ => Ok(Wake::Message(Msg::Tick(clock::now_ns()))),
            recv(pace.unwrap_or(&idle)) -> _ => Ok(Wake::Frame),
        }
    }

    /// A key, a resize: of several resizes one after another only the last.
    fn happened(&mut self, event: io::Result<Event>) -> io::Result<Wake> {
        let (event, ahead) = newest_size(event?, &self.keys);
        self.ahead = ahead;
        Ok(message_of(event).map_or(Wake::Nothing, Wake::Message))
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

    /// The same for closer looks: they are asked for again with the next change.
    fn look(&mut self, request: CloserRequest) {
        if self.looks.try_send(request).is_err() {
            self.model.closeness.lost();
        }
    }

    /// Hands an export to its thread; all are carried out, one after another.
    fn export(&mut self, request: ExportRequest) {
        if let Err(error) = self.exports.try_send(request) {
            let file = error.into_inner().file;
            let why = format!("{EXPORTS_MAX} exports wait already: {file} is not written");
            let end = ExportEnd::Failed(why);
            update(&mut self.model, Msg::Exported(Exported { file, end }));
        }
    }

    /// The same for the Review screen.
    fn review(&mut self, request: Request) {
        if self.reviews.try_send(request).is_err() {
            review::not_taken(&mut self.model.review);
        }
    }

    /// Hands over what is to be kept, with the time of the key. Where so much waits that there is
    /// no room, it is not taken, and that is said.
    fn keep(&mut self, wish: Wish) {
        let words = match &self.wishes {
            None => "NOT TAKEN: there is no incident file here",
            Some(wishes) => match wishes.try_send((wish, clock::now_ns())) {
                Ok(()) => return,
                Err(_) => "NOT TAKEN: saving is so slow that too much waits; try again",
            },
        };
        update(&mut self.model, Msg::Told(words.to_owned()));
    }

    /// Gives the terminal back, stops the process, and takes the terminal again when continued.
    fn suspend(&mut self, terminal: &mut DefaultTerminal) -> io::Result<()> {
        hold::give_back()?;
        emulate_default_handler(SIGTSTP)?;
        // A new one draws everything. `Terminal::clear` would ask the terminal for its cursor and
        // wait for an answer that the thread of the keyboard reads.
        *terminal = hold::take(self.mouse)?;
        if let Some(title) = self.model.manners.herald.title() {
            hold::set_title(title)?;
        }
        let size = terminal.size()?;
        update(&mut self.model, Msg::Resized(size.width, size.height));
        Ok(())
    }
}
