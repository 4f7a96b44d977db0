//! Marks by key in a real terminal: they survive whatever ends the app.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use portable_pty::CommandBuilder;
use rfo::records::incident_file::{standing, store};
use tempfile::TempDir;

use super::{SILENCE, Terminal};
use crate::made;

/// The app in a folder of its own, with these arguments, run by ana.
fn at_work(folder: &Path, arguments: &[&Path]) -> Terminal {
    let mut app = CommandBuilder::new(env!("CARGO_BIN_EXE_rfo"));
    app.args(arguments);
    app.cwd(folder);
    app.env("RFO_WHO", "ana");
    app.env("XDG_STATE_HOME", folder.join("state"));
    let mut terminal = Terminal::with(app);
    terminal.until_shown("RESTORED");
    terminal
}

/// Logs in a folder, and the app on them.
fn on_logs() -> (TempDir, PathBuf, Terminal) {
    let folder = made::folder(&[]);
    let logs = folder.path().join("shop");
    fs::create_dir(&logs).expect("made");
    for (name, bytes) in made::files("error-burst") {
        fs::write(logs.join(name), bytes).expect("written");
    }
    let terminal = at_work(folder.path(), &[Path::new("shop")]);
    let path = folder.path().join("shop.rfo.json");
    (folder, path, terminal)
}

fn kinds(path: &Path) -> Vec<String> {
    let file = store::open(path).expect("readable").expect("there");
    let standing = standing(&file);
    let marks = standing.marks.iter();
    marks.filter_map(|mark| mark.entry.kind.clone()).collect()
}

/// The duration of this name is taken from a mark.
fn until_marked(terminal: &mut Terminal, name: &str) {
    terminal.until(&format!("{name} from a mark"), |screen| {
        let contents = screen.contents();
        let mut lines = contents.lines();
        lines.any(|line| line.trim_start().starts_with(name) && line.contains("marked"))
    });
}

#[test]
fn a_mark_that_was_said_to_be_saved_survives_kill_9() {
    let (folder, path, mut terminal) = on_logs();
    terminal.press(".d");
    terminal.until_shown("marked, saved to shop.rfo.json");
    until_marked(&mut terminal, "detect");
    terminal.press(".a");
    terminal.until_shown("acknowledged at");
    terminal.signal("KILL");
    terminal.ended.recv_timeout(SILENCE).expect("it is dead");
    assert_eq!(kinds(&path), ["detected", "acknowledged"]);
    let mut again = at_work(folder.path(), &[Path::new("shop.rfo.json")]);
    until_marked(&mut again, "detect");
    again.press("2\r");
    again.until_shown("rfo  Incident ");
    again.press("G");
    again.press("1");
    again.press("u");
    again.until_shown("undone: acknowledged at");
    again.press("q");
    assert!(again.ends_whole().success());
    assert_eq!(kinds(&path), ["detected"]);
}

#[test]
fn a_signal_waits_for_what_is_being_saved() {
    let (folder, path, mut terminal) = on_logs();
    let lock = File::create(folder.path().join(".shop.rfo.json.lock")).expect("made");
    lock.lock().expect("nobody else holds it");
    terminal.press(".r");
    // The screen goes on while the file is waited for.
    terminal.press("2");
    terminal.until_shown("rfo  Incidents");
    terminal.signal("TERM");
    terminal.until("end of the other screen", |screen| {
        !screen.alternate_screen()
    });
    assert!(terminal.ended.try_recv().is_err(), "it did not wait");
    lock.unlock().expect("it was held");
    terminal.ends_whole();
    assert_eq!(kinds(&path), ["restored"]);
}

/// Whether the process is stopped, as `/proc` says.
fn is_stopped(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let state = stat.rsplit(')').next().unwrap_or_default();
    state.trim_start().starts_with('T')
}

#[test]
fn marks_are_there_after_a_suspension() {
    let (_folder, path, mut terminal) = on_logs();
    terminal.press(".i");
    terminal.until_shown("identified at");
    terminal.press("\u{1a}");
    terminal.until("end of the other screen", |screen| {
        !screen.alternate_screen()
    });
    while !is_stopped(terminal.process) {
        std::thread::yield_now();
    }
    terminal.signal("CONT");
    terminal.until("the other screen", vt100::Screen::alternate_screen);
    until_marked(&mut terminal, "identify");
    terminal.press(".m");
    terminal.until_shown("mitigated at");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
    assert_eq!(kinds(&path), ["identified", "mitigated"]);
}

#[test]
fn sources_that_are_gone_are_named_and_the_rest_opens() {
    let (folder, path, mut terminal) = on_logs();
    terminal.press(".d");
    terminal.until_shown("saved to shop.rfo.json");
    terminal.press("q");
    assert!(terminal.ends_whole().success());
    let text = fs::read_to_string(&path).expect("there");
    fs::write(
        &path,
        text.replace("\"shop\"", "\"shop\",\n      \"gone.log\""),
    )
    .expect("written");
    let mut again = at_work(folder.path(), &[Path::new("shop.rfo.json")]);
    again.until_shown("gone.log");
    until_marked(&mut again, "detect");
    again.press("q");
    again.ends_whole();
}
