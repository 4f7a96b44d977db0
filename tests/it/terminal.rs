//! The app in a real terminal: start, screens, follow, and leaving it as it was found.

mod marks;

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, ExitStatus, PtyPair, PtySize, native_pty_system};

use crate::{command, made};

/// A terminal that says nothing for this long will say nothing more. It bounds how long a
/// failure takes; a test that passes never waits for it.
const SILENCE: Duration = Duration::from_secs(60);

/// A terminal with the app in it.
pub struct Terminal {
    pair: PtyPair,
    /// The terminal's settings, in words, before the app came.
    before: String,
    drawn: Receiver<Vec<u8>>,
    keys: Box<dyn Write + Send>,
    ended: Receiver<ExitStatus>,
    process: u32,
    pub screen: vt100::Parser,
    /// All that was written to it.
    pub raw: Vec<u8>,
}

impl Terminal {
    /// Starts the app on these sources.
    pub fn start(sources: &[&Path]) -> Self {
        let mut app = CommandBuilder::new(env!("CARGO_BIN_EXE_rfo"));
        app.args(sources);
        Self::with(app)
    }

    /// Starts a command line in which `rfo` is the app and `$0` the path; what the app must keep
    /// goes to `kept`.
    pub fn shell(line: &str, path: &Path, kept: &Path) -> Self {
        let mut shell = CommandBuilder::new("bash");
        let line = line.replace("rfo", env!("CARGO_BIN_EXE_rfo"));
        shell.args(["-c", line.as_str()]);
        shell.arg(path);
        shell.env("TMPDIR", kept);
        Self::with(shell)
    }

    pub fn with(app: CommandBuilder) -> Self {
        Self::within(app, &[])
    }

    /// The same with these names in the environment.
    pub fn within(mut app: CommandBuilder, environment: &[(&str, &str)]) -> Self {
        let (columns, rows) = (80, 24);
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let before = settings(&pair);
        for name in [
            "RFO_TZ",
            "RFO_ASCII",
            "NO_COLOR",
            "COLORTERM",
            "COLORFGBG",
            "RFO_THEME",
            "TMUX",
            "LC_ALL",
            "LC_CTYPE",
        ] {
            app.env_remove(name);
        }
        app.env("TERM", "xterm-256color");
        app.env("LANG", "C.UTF-8");
        // What is typed in a test is remembered nowhere.
        app.env("XDG_STATE_HOME", "/dev/null/none");
        for (name, value) in environment {
            app.env(name, value);
        }
        let mut child = pair.slave.spawn_command(app).expect("it starts");
        let process = child.process_id().expect("it runs");
        let mut reader = pair.master.try_clone_reader().expect("readable");
        let (sender, drawn) = channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        let (sender, ended) = channel();
        thread::spawn(move || sender.send(child.wait().expect("it was not waited for before")));
        let keys = pair.master.take_writer().expect("writable");
        let screen = vt100::Parser::new(cells(rows), cells(columns), 0);
        Self {
            pair,
            before,
            drawn,
            keys,
            ended,
            process,
            screen,
            raw: Vec::new(),
        }
    }

    /// Reads until the screen is as wanted.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) {
        while !wanted(self.screen.screen()) {
            match self.drawn.recv_timeout(SILENCE) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(why) => panic!("no {what} ({why}):\n{}", self.contents()),
            }
        }
    }

    pub fn until_shown(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    pub fn until_gone(&mut self, text: &str) {
        self.until(&format!("screen without {text}"), |screen| {
            !screen.contents().contains(text)
        });
    }

    /// Reads until these bytes were written to the terminal.
    pub fn until_raw(&mut self, wanted: &str) {
        while !String::from_utf8_lossy(&self.raw).contains(wanted) {
            match self.drawn.recv_timeout(SILENCE) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.raw.extend(bytes);
                }
                Err(why) => panic!("no {wanted:?} ({why}):\n{}", self.contents()),
            }
        }
    }

    /// The terminal is as it was found, whatever goes on in it.
    pub fn assert_whole(&self) {
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen() && !screen.hide_cursor());
        assert_eq!(settings(&self.pair), self.before, "raw mode is on");
    }

    /// Waits for the end of what runs in it.
    pub fn ends(self) -> ExitStatus {
        self.ended.recv_timeout(SILENCE).expect("it ends")
    }

    pub fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    pub fn press(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the app reads keys");
        self.keys.flush().expect("the app reads keys");
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.pair.master.resize(size).expect("resizable");
    }

    /// Sends a signal by name: `TERM`.
    pub fn signal(&self, name: &str) {
        let kill = std::process::Command::new("kill")
            .args(["-s", name, &self.process.to_string()])
            .status();
        assert!(kill.expect("kill runs").success());
    }

    /// The app is in charge: other screen, raw mode.
    pub fn assert_taken(&self) {
        assert!(self.screen.screen().alternate_screen());
        assert_ne!(settings(&self.pair), self.before, "raw mode is not on");
    }

    /// The terminal is closed, as when a connection breaks.
    fn hang_up(mut self) -> ExitStatus {
        // The thread that reads holds the terminal too, until it has read once more in vain.
        drop(self.drawn);
        self.keys.write_all(b"l").expect("the app reads keys");
        drop((self.keys, self.pair));
        self.ended
            .recv_timeout(SILENCE)
            .expect("it goes on without a terminal")
    }

    /// Waits for the end; the terminal must be as it was found.
    pub fn ends_whole(mut self) -> ExitStatus {
        self.until("end of the other screen", |screen| {
            !screen.alternate_screen() && !screen.hide_cursor()
        });
        let status = self
            .ended
            .recv_timeout(SILENCE)
            .expect("it left the screen and did not end");
        assert_eq!(settings(&self.pair), self.before, "raw mode was left on");
        let raw = String::from_utf8_lossy(&self.raw);
        assert!(
            raw.contains("\u{1b}[?1049h") && raw.contains("\u{1b}[?1049l"),
            "{raw:?}"
        );
        assert!(
            raw.rfind("\u{1b}[?25h") > raw.rfind("\u{1b}[?25l"),
            "the cursor stays hidden"
        );
        assert!(!self.contents().contains("panicked"), "{}", self.contents());
        status
    }
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has cells")
}

fn settings(pair: &PtyPair) -> String {
    format!(
        "{:?}",
        pair.master.get_termios().expect("a terminal has settings")
    )
}

/// The app on the logs of a scenario, once it has read them.
pub fn on_scenario(name: &str) -> (tempfile::TempDir, Terminal) {
    let logs = made::logs(name);
    let mut terminal = Terminal::start(&[logs.path()]);
    terminal.until_shown("RESTORED");
    terminal.assert_taken();
    (logs, terminal)
}

#[test]
fn the_first_screen_shows_the_incident() {
    let (_logs, mut terminal) = on_scenario("error-burst");
    // A frame may come in pieces: each part is waited for.
    for part in [
        "1 window",
        "since 10:27",
        "req/s",
        "errors",
        "latency",
        "restore",
        "q quit",
    ] {
        terminal.until_shown(part);
    }
    terminal.until("window drawn", |screen| {
        let contents = screen.contents();
        let lane = contents
            .lines()
            .find(|line| line.trim_start().starts_with("windows"));
        lane.is_some_and(|lane| lane.contains('┣') && lane.contains('┫'))
    });
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn a_review_on_a_terminal_opens_on_its_screen_and_q_leaves() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("own.csv");
    let claims: String = (1..8)
        .map(|day| {
            let end = 7 * day;
            format!(
                "{day},impact_start,2024-05-0{day}T10:00:00Z\n\
                 {day},restored,2024-05-0{day}T10:{end:02}:00Z\n"
            )
        })
        .collect();
    std::fs::write(&path, format!("incident_id,kind,time\n{claims}")).expect("written");
    let mut terminal = Terminal::start(&[Path::new("review"), &path]);
    terminal.until_shown("rfo  Review");
    terminal.until_shown("median    28 min, 95 % CI 7 min to 49 min");
    terminal.assert_taken();
    terminal.press("\r");
    terminal.until_shown("Review: one incident");
    terminal.press("q");
    terminal.until_gone("one incident");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn keys_change_screens_and_back() {
    let (_logs, mut terminal) = on_scenario("error-burst");
    for (key, title, shows) in [
        ("2", "rfo  Incidents", "10:27"),
        ("5", "rfo  Logs", "request"),
        ("6", "rfo  Review", "One incident"),
        ("7", "rfo  Sources", "shop.json"),
        ("?", "rfo  Help", "half a page down"),
    ] {
        terminal.press(key);
        terminal.until_shown(title);
        terminal.until_shown(shows);
        terminal.press("1");
        terminal.until_gone(title);
        terminal.until_shown("windows");
    }
    terminal.press("2");
    terminal.until_shown("rfo  Incidents");
    terminal.press("\r");
    terminal.until_shown("rfo  Incident ");
    terminal.press("\u{3}");
    assert!(terminal.ends_whole().success());
}

#[test]
fn a_signal_to_end_leaves_the_terminal_whole() {
    for name in ["TERM", "HUP", "INT"] {
        let (_logs, terminal) = on_scenario("error-burst");
        terminal.signal(name);
        terminal.ends_whole();
    }
}

#[test]
fn another_size_is_drawn_at_once() {
    let (_logs, mut terminal) = on_scenario("error-burst");
    for (columns, rows) in [(120, 40), (60, 15)] {
        terminal.resize(columns, rows);
        terminal.until("footer in the last row", |screen| {
            let last = screen.rows(0, columns).last().unwrap_or_default();
            last.contains("quit")
        });
        terminal.until_shown("RESTORED");
    }
    terminal.resize(20, 2);
    terminal.until_shown("needs");
    terminal.resize(80, 24);
    terminal.until_shown("windows");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn the_screen_is_there_before_the_reading_is_done() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pipe = command::named_pipe(&folder);
    let mut terminal = Terminal::start(&[&pipe]);
    // Nobody has written yet: the reading cannot be done.
    terminal.until_shown("reading");
    terminal.assert_taken();
    terminal.press("?");
    terminal.until_shown("rfo  Help");
    terminal.press("1");
    terminal.until_gone("rfo  Help");
    let (_, log) = made::files("error-burst").remove(0);
    std::fs::write(&pipe, log).expect("the app reads the pipe");
    terminal.until_shown("RESTORED");
    terminal.until_shown("10:27");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn leaving_does_not_wait_for_a_source_that_never_ends() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pipe = command::named_pipe(&folder);
    let mut terminal = Terminal::start(&[&pipe]);
    terminal.until_shown("reading");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn a_log_that_grows_is_followed_until_the_user_leaves() {
    let logs = made::logs("error-burst");
    let log = logs.path().join("shop.json");
    let whole = std::fs::read(&log).expect("readable");
    // Up to a line before the trouble.
    let calm = whole[..whole.len() / 4]
        .iter()
        .rposition(|byte| *byte == b'\n');
    let (before, after) = whole.split_at(calm.expect("it has lines") + 1);
    std::fs::write(&log, before).expect("written");
    let mut terminal = Terminal::start(&[&log]);
    terminal.until_shown("live");
    assert!(
        !terminal.contents().contains("RESTORED"),
        "{}",
        terminal.contents()
    );
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&log)
        .expect("opens");
    file.write_all(after).expect("written");
    terminal.until_shown("RESTORED");
    terminal.until_shown("10:27");
    terminal.press("7");
    terminal.until_shown("live: up to");
    terminal.press("\u{3}");
    assert!(terminal.ends_whole().success());
}

#[test]
fn without_following_a_log_is_read_once() {
    let logs = made::logs("error-burst");
    let mut app = CommandBuilder::new(env!("CARGO_BIN_EXE_rfo"));
    app.arg("--no-follow");
    app.arg(logs.path());
    let mut terminal = Terminal::with(app);
    terminal.until_shown("RESTORED");
    assert!(
        !terminal.contents().contains("live"),
        "{}",
        terminal.contents()
    );
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn what_cannot_be_read_is_said_on_the_screen() {
    let logs = made::logs("error-burst");
    std::fs::write(logs.path().join("empty.log"), "").expect("written");
    std::fs::write(logs.path().join("noise.bin"), [1u8; 5000]).expect("written");
    let mut terminal = Terminal::start(&[logs.path()]);
    terminal.until_shown("RESTORED");
    terminal.press("7");
    terminal.until_shown("noise.bin");
    terminal.until_shown("not a log");
    terminal.press("q");
    terminal.until_shown("windows");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

fn is_empty(folder: &tempfile::TempDir) -> bool {
    std::fs::read_dir(folder.path())
        .expect("readable")
        .next()
        .is_none()
}

#[test]
fn sources_that_can_be_read_once_leave_the_keyboard_to_the_app() {
    let logs = made::logs("error-burst");
    let kept = tempfile::tempdir().expect("a temporary folder");
    for line in ["cat \"$0\" | rfo -", "rfo <(cat \"$0\")"] {
        let mut terminal = Terminal::shell(line, &logs.path().join("shop.json"), kept.path());
        terminal.until_shown("RESTORED");
        assert!(
            !is_empty(&kept),
            "{line}: the lines were not kept to be shown"
        );
        terminal.press("5");
        terminal.until_shown("rfo  Logs");
        terminal.until_shown("\"hostname\":\"sh");
        terminal.press("\u{3}");
        assert!(terminal.ends_whole().success(), "{line}");
        assert!(is_empty(&kept), "{line}: a file was left behind");
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_app_in_order() {
    let logs = made::logs("error-burst");
    let kept = tempfile::tempdir().expect("a temporary folder");
    let line = "exec rfo <(cat \"$0\")";
    let mut terminal = Terminal::shell(line, &logs.path().join("shop.json"), kept.path());
    terminal.until_shown("RESTORED");
    let status = terminal.hang_up();
    assert_eq!(status.signal(), None, "it crashed");
    assert_ne!(status.exit_code(), 101, "it panicked");
    assert!(is_empty(&kept), "a file was left behind");
}

#[test]
fn hostile_lines_are_drawn_without_their_teeth() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("access.log");
    std::fs::write(&log, command::hostile_log(command::EVIL.as_bytes())).expect("written");
    let mut terminal = Terminal::start(&[&log]);
    terminal.until_shown("RECOVERING");
    for (key, shows) in [
        ("5", "owned"),
        ("2", "Incidents"),
        ("\r", "owned"),
        ("7", "Sources"),
    ] {
        terminal.press(key);
        terminal.until_shown(shows);
    }
    let raw = String::from_utf8_lossy(&terminal.raw).into_owned();
    for tooth in [
        "\u{1b}]0;",
        "\u{9b}",
        "\u{202e}",
        "\u{7}",
        "\u{7f}",
        "\u{8}",
    ] {
        assert!(!raw.contains(tooth), "{tooth:?} was drawn");
    }
    terminal.press("\u{3}");
    assert!(terminal.ends_whole().success());
}
