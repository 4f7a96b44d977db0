//! The app and its terminal: suspended, after a panic, what it copies, writes, rings; terminals that
//! can show nothing. Words for a shell, read by a shell.

use std::process::Command;
use std::sync::Arc;

use portable_pty::CommandBuilder;
use rfo::tui::{
    Clipboard, Colour, ExportEnd, Exported, Host, Invocation, Look, Memory, Theme, quoted, run,
};

use crate::made;
use crate::terminal::{Terminal, on_scenario};

/// The app with these arguments on a scenario's logs.
fn with(
    name: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> (tempfile::TempDir, Terminal) {
    let logs = made::logs(name);
    let terminal = on(&logs, arguments, environment);
    (logs, terminal)
}

/// The app in a folder, on its files.
fn on(logs: &tempfile::TempDir, arguments: &[&str], environment: &[(&str, &str)]) -> Terminal {
    let mut app = CommandBuilder::new(env!("CARGO_BIN_EXE_rfo"));
    app.args(arguments);
    app.arg(logs.path());
    app.cwd(logs.path());
    Terminal::within(app, environment)
}

fn raw(terminal: &Terminal) -> String {
    String::from_utf8_lossy(&terminal.raw).into_owned()
}

#[test]
fn suspended_the_terminal_is_the_shells_and_then_the_apps_again() {
    let logs = made::logs("error-burst");
    let kept = tempfile::tempdir().expect("a temporary folder");
    let line =
        "set -m; rfo \"$0\"; echo sus''pended; read -r; fg >/dev/null; echo back in the sh''ell";
    let mut terminal = Terminal::shell(line, logs.path(), kept.path());
    terminal.until_shown("RESTORED");
    terminal.assert_taken();
    terminal.press("\u{1a}");
    terminal.until_shown("suspended");
    terminal.assert_whole();
    terminal.press("\r");
    terminal.until_shown("RESTORED");
    terminal.assert_taken();
    terminal.press("2");
    terminal.until_shown("rfo  Incidents");
    terminal.press("\u{3}");
    terminal.until_shown("back in the shell");
    assert!(terminal.ends_whole().success());
}

/// The name of the test below, for the process that it starts.
const CHILD: &str = "manners::a_panic_gives_the_terminal_back_before_its_message";

#[test]
fn a_panic_gives_the_terminal_back_before_its_message() {
    if std::env::var_os("RFO_TEST_CHILD").is_some() {
        an_app_that_panics();
        return;
    }
    let mut child = CommandBuilder::new(std::env::current_exe().expect("this program"));
    child.args([CHILD, "--exact", "--nocapture", "--test-threads=1"]);
    child.env("RFO_TEST_CHILD", "1");
    let mut terminal = Terminal::with(child);
    terminal.until_shown("NO INCIDENT");
    terminal.assert_taken();
    // Asks for lines: their reader panics.
    terminal.press("5");
    terminal.until("end of the other screen", |screen| {
        !screen.alternate_screen()
    });
    terminal.until_shown("panicked at");
    terminal.until_shown("asked to");
    terminal.until_shown("it ended with an error");
    terminal.assert_whole();
    let raw = raw(&terminal);
    assert!(
        raw.rfind("\u{1b}[?1049l") < raw.find("panicked at"),
        "{raw:?}"
    );
    assert!(
        raw.rfind("\u{1b}[?2004l") > raw.rfind("\u{1b}[?2004h"),
        "pasting stays bracketed"
    );
}

/// Runs the app on a log, with a reader of lines that panics.
fn an_app_that_panics() {
    let logs = made::logs("quiet");
    let snapshot = made::analysed(&[logs.path().to_path_buf()], |_| {});
    let (send, receive) = crossbeam_channel::bounded(1);
    send.send(Arc::new(snapshot)).expect("there is room");
    let host = Host {
        reader: Box::new(|_, _, _| panic!("asked to")),
        exporter: Box::new(|request| Exported {
            file: request.file.clone(),
            end: ExportEnd::Exists,
        }),
        invocation: Invocation::default(),
        clipboard: Clipboard::File,
        bell: false,
        mouse: false,
        tell: |_| {},
        memory: Memory::default(),
        desk: None,
    };
    let look = Look {
        colour: Colour::None,
        theme: Theme::Dark,
        ascii: true,
    };
    let ended = run(receive, host, look, || {});
    assert!(ended.is_err(), "{ended:?}");
    let mut error = std::io::stderr();
    std::io::Write::write_all(&mut error, b"it ended with an error\r\n").expect("a terminal");
}

#[test]
fn a_storm_of_sizes_ends_in_a_whole_screen() {
    let (_logs, mut terminal) = on_scenario("error-burst");
    for i in 0..300u16 {
        terminal.resize(20 + i % 120, 3 + i % 50);
    }
    terminal.resize(100, 30);
    terminal.until("footer in the last row", |screen| {
        let last = screen.rows(0, 100).last().unwrap_or_default();
        last.contains("quit")
    });
    terminal.until_shown("RESTORED");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn what_is_copied_goes_to_the_terminal_or_to_a_file() {
    let (_logs, mut terminal) = on_scenario("error-burst");
    terminal.press("Y");
    terminal.until_shown("copied: rfo /");
    let raw_text = raw(&terminal);
    let inside = raw_text.split("\u{1b}]52;c;").nth(1).expect("the sequence");
    let base64 = inside.split("\u{1b}\\").next().expect("its end");
    let text = decoded(base64);
    assert!(text.starts_with("rfo /"), "{text}");
    terminal.press("q");
    assert!(terminal.ends_whole().success());

    let kept = tempfile::tempdir().expect("a temporary folder");
    let folder = kept.path().to_str().expect("UTF-8");
    let (_logs, mut terminal) = with("error-burst", &[], &[("TERM", "linux"), ("TMPDIR", folder)]);
    terminal.until_shown("RESTORED");
    terminal.press("y");
    terminal.until_shown("no clipboard here: the answer is in");
    terminal.press("q");
    assert!(!raw(&terminal).contains("\u{1b}]52"));
    assert!(terminal.ends_whole().success());
    let files: Vec<_> = std::fs::read_dir(kept.path()).expect("readable").collect();
    let path = files[0].as_ref().expect("readable").path();
    let text = std::fs::read_to_string(path).expect("readable");
    assert!(
        text.contains("RESTORED") && text.contains("restore"),
        "{text}"
    );
}

/// Base64 (RFC 4648) as bytes of a text.
fn decoded(base64: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = base64.chars().filter_map(|c| alphabet.find(c));
    let (mut bits, mut n, mut bytes) = (0u32, 0, Vec::new());
    for digit in digits {
        (bits, n) = ((bits << 6 | digit as u32) & 0xffff, n + 6);
        if n >= 8 {
            n -= 8;
            bytes.push((bits >> n) as u8);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn an_export_writes_a_file_and_asks_before_it_writes_over_one() {
    let logs = made::logs("error-burst");
    let path = logs.path().join("x.md");
    std::fs::write(&path, "mine").expect("written");
    let mut terminal = on(&logs, &[], &[]);
    // The last line of a log that is followed counts a moment later.
    terminal.until_shown("33,130 events");
    terminal.until_shown("RESTORED");
    terminal.press(":export x.md\r");
    terminal.until_shown("exists: ^o writes over it");
    assert_eq!(std::fs::read(&path).expect("readable"), b"mine");
    terminal.press("\u{1b}");
    terminal.until_gone("exists");
    terminal.press("e\u{15}y.md\r");
    terminal.until_shown("wrote ");
    terminal.until_shown("y.md");
    let written = std::fs::read_to_string(logs.path().join("y.md")).expect("readable");
    assert!(written.starts_with("# "), "{written}");
    assert_eq!(std::fs::read(&path).expect("readable"), b"mine");
    terminal.press("e\u{15}x.md\r");
    terminal.until_shown("exists: ^o writes over it");
    // Enter once more is a slip of the hand.
    terminal.press("\r\r");
    assert_eq!(std::fs::read(&path).expect("readable"), b"mine");
    terminal.press("\u{f}");
    terminal.until_shown("x.md (");
    assert_eq!(std::fs::read_to_string(&path).expect("readable"), written);
    terminal.press("e\u{15}nowhere/z.md\r");
    terminal.until_shown("cannot write nowhere/z.md");
    terminal.press("e\u{15}z\r");
    terminal.until_shown("its ending says no form");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn an_export_is_whole_when_the_app_is_left_at_once() {
    let (logs, mut terminal) = with("error-burst", &[], &[]);
    terminal.until_shown("RESTORED");
    terminal.press(":export z.html\rq");
    assert!(terminal.ends_whole().success());
    let written = std::fs::read_to_string(logs.path().join("z.html")).expect("readable");
    assert!(written.trim_end().ends_with("</html>"));
}

#[test]
fn a_new_incident_rings_once_and_is_the_title_until_the_app_is_left() {
    for (arguments, bells) in [(&[][..], 1), (&["--no-bell"][..], 0)] {
        let logs = made::logs("error-burst");
        let log = logs.path().join("shop.json");
        let whole = std::fs::read(&log).expect("readable");
        let calm = whole[..whole.len() / 4]
            .iter()
            .rposition(|byte| *byte == b'\n');
        let (before, after) = whole.split_at(calm.expect("it has lines") + 1);
        std::fs::write(&log, before).expect("written");
        let mut app = CommandBuilder::new(env!("CARGO_BIN_EXE_rfo"));
        app.args(arguments);
        app.arg(&log);
        let mut terminal = Terminal::with(app);
        terminal.until_shown("live");
        assert!(
            !raw(&terminal).contains("\u{1b}]0;"),
            "there is no news yet"
        );
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .open(&log)
            .expect("opens");
        // Until the middle of the trouble, and no further.
        let middle = after[..after.len() / 2]
            .iter()
            .rposition(|byte| *byte == b'\n');
        let (trouble, rest) = after.split_at(middle.expect("it has lines") + 1);
        std::io::Write::write_all(&mut file, trouble).expect("written");
        terminal.until_raw("\u{1b}]0;rfo: ");
        std::io::Write::write_all(&mut file, rest).expect("written");
        terminal.until_shown("RESTORED");
        terminal.until_raw("\u{1b}]0;rfo: RESTORED");
        terminal.press("q");
        terminal.until_raw("\u{1b}[23;0t");
        let written = raw(&terminal);
        assert!(
            written.contains("\u{1b}[22;0t"),
            "the title before is not kept"
        );
        // Each title ends in the same byte as a bell.
        let titles = written.matches("\u{1b}]0;").count();
        assert_eq!(written.matches('\u{7}').count() - titles, bells);
        assert!(terminal.ends_whole().success());
    }
}

#[test]
fn without_asking_the_mouse_is_the_terminals() {
    let (_logs, mut terminal) = on_scenario("error-burst");
    terminal.press("q");
    assert!(!raw(&terminal).contains("\u{1b}[?1000h"));
    assert!(terminal.ends_whole().success());
    let (_logs, mut terminal) = with("error-burst", &["--mouse"], &[]);
    terminal.until_shown("RESTORED");
    terminal.press("7");
    terminal.until_shown("rfo  Sources");
    // The wheel, then a click, as xterm says it (SGR).
    terminal.press("\u{1b}[<65;10;10M\u{1b}[<0;10;3M");
    terminal.press("\u{1b}[200~q\u{1b}[201~");
    terminal.until_shown("pasted text is taken");
    terminal.press("\u{3}");
    terminal.until_raw("\u{1b}[?1000l");
    assert!(terminal.ends_whole().success());
}

#[test]
fn a_terminal_that_can_only_print_gets_the_text_report() {
    let (_logs, mut terminal) = with("error-burst", &["--no-follow"], &[("TERM", "dumb")]);
    terminal.until_shown("TERM=dumb: this terminal cannot show the app");
    terminal.until_raw("RESTORED");
    let raw = raw(&terminal);
    assert!(terminal.ends().success());
    assert!(!raw.contains('\u{1b}'), "{raw:?}");
}

#[test]
fn a_theme_is_a_flag_or_a_variable_and_keeps_to_the_colours_there_are() {
    let theme = ("RFO_THEME", "light");
    for (flags, environment, colour) in [
        (
            &[][..],
            &[theme, ("COLORTERM", "truecolor")][..],
            "38;2;0;90;140;49m",
        ),
        (&[], &[theme], "38;5;24;49m"),
        (&["--theme", "dark"], &[theme], "38;5;74;49m"),
        (&[], &[theme, ("TERM", "xterm")], "38;5;4;49m"),
        (&[], &[("COLORFGBG", "0;15")], "38;5;24;49m"),
    ] {
        let (_logs, mut terminal) = with("error-burst", flags, environment);
        terminal.until_shown("RESTORED");
        assert!(
            raw(&terminal).contains(colour),
            "{flags:?} {environment:?}: {:?}",
            raw(&terminal)
        );
        terminal.press("q");
        assert!(terminal.ends_whole().success());
    }
    let (_logs, mut terminal) = with("error-burst", &["--theme", "light"], &[("NO_COLOR", "1")]);
    terminal.until_shown("RESTORED");
    assert!(!raw(&terminal).contains("\u{1b}[38;"));
    terminal.press("q");
    assert!(terminal.ends_whole().success());
}

#[test]
fn words_for_a_shell_are_what_a_shell_reads() {
    for word in [
        &b"plain"[..],
        b"a b*?[x]$HOME`id`!",
        b"it's \"quoted\" \\ back",
        b"",
        b"line\nfeed\ttab\x07bell",
        b"caf\xc3\xa9 \xff\xfe",
        b"\xe2\x80\xae'turned\\'",
    ] {
        let script = format!("printf %s {}", quoted(word));
        let read = Command::new("bash")
            .args(["-c", &script])
            .output()
            .expect("bash runs");
        assert_eq!(read.stdout, word, "{script}");
    }
}
