//! The app before there is anything to read, and several sessions that share what was typed.

use std::fs;
use std::path::Path;

use portable_pty::CommandBuilder;

use crate::command::rfo;
use crate::terminal::Terminal;

/// Lines of a log, one a second.
fn lines(n: u32) -> String {
    let line = |i: u32| {
        let (minute, second) = (i / 60, i % 60);
        format!("2024-05-03T10:{minute:02}:{second:02}Z INFO shop ready to serve\n")
    };
    (0..n).map(line).collect()
}

fn is_read_once_it_is_there(named: &Path, file: &Path) {
    let mut terminal = Terminal::start(&[named]);
    terminal.until_shown("There is no file yet in");
    terminal.until_shown("WAITING  for the first file");
    fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    fs::write(file, lines(90)).expect("written");
    terminal.until_shown("90 events");
    terminal.until_gone("WAITING");
    terminal.press("5");
    terminal.until_shown("shop ready to serve");
    terminal.press("qq");
    assert!(terminal.ends_whole().success());
}

#[test]
fn the_first_file_of_an_empty_folder_is_waited_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    is_read_once_it_is_there(folder.path(), &folder.path().join("shop/app.log"));
}

#[test]
fn the_first_file_of_a_glob_is_waited_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let named = folder.path().join("logs/*.log");
    is_read_once_it_is_there(&named, &folder.path().join("logs/app.log"));
}

#[test]
fn a_pipe_without_a_writer_is_waited_for_and_read_as_it_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pipe = folder.path().join("till.pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let mut terminal = Terminal::start(&[&pipe]);
    terminal.until_shown("WAITING  for somebody to write to the pipe");
    terminal.until_shown("Nobody has opened");
    terminal.press("7");
    terminal.until_shown("a pipe, waits for a writer");
    terminal.press("1");
    fs::write(&pipe, lines(90)).expect("written");
    terminal.until_shown("90 events");
    terminal.until_gone("WAITING");
    terminal.press("qq");
    assert!(terminal.ends_whole().success());
}

#[test]
fn files_that_come_together_say_together_what_one_leaves_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (here, named) = (folder.path().join("made"), folder.path().join("named"));
    fs::create_dir_all(&here).expect("made");
    fs::create_dir_all(&named).expect("made");
    // The first leaves out its zone, the other has the one that both were written in.
    let bare = lines(90).replace('T', " ").replace('Z', "");
    fs::write(here.join("a.log"), bare).expect("written");
    let offset = lines(90).replace("Z ", "+03:00 ");
    fs::write(here.join("b.log"), offset).expect("written");
    let mut terminal = Terminal::start(&[&named]);
    terminal.until_shown("There is no file yet in");
    fs::rename(&here, named.join("logs")).expect("renamed");
    terminal.until_shown("180 events");
    terminal.press("5");
    terminal.until_shown("shop ready to serve");
    terminal.press("G");
    terminal.until_shown("10:01:29");
    assert!(
        !terminal.contents().contains("13:01"),
        "{}",
        terminal.contents()
    );
    terminal.press("qq");
    assert!(terminal.ends_whole().success());
}

#[test]
fn what_is_not_there_and_what_is_read_once_end_with_the_cause() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("a plain path");
    for (arguments, why) in [
        (vec!["report", path], "there is no file in it"),
        (vec!["--no-follow", path], "there is no file in it"),
        (vec!["report", &format!("{path}/*.log")], "no file matches"),
        (vec![&format!("{path}/gone.log")], "No such file"),
    ] {
        let mut app = CommandBuilder::new(env!("CARGO_BIN_EXE_rfo"));
        app.args(&arguments);
        let mut terminal = Terminal::with(app);
        terminal.until_shown(why);
        assert_eq!(terminal.ends().exit_code(), 3, "{arguments:?}");
    }
    rfo().args(["report", path]).assert().code(3);
}

#[test]
fn a_filter_of_one_session_is_recalled_in_the_next() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (log, state) = (folder.path().join("app.log"), folder.path().join("state"));
    fs::write(&log, lines(90)).expect("written");
    let start = || {
        let mut app = CommandBuilder::new(env!("CARGO_BIN_EXE_rfo"));
        app.args([&log]);
        let state = state.to_str().expect("a plain path");
        let mut terminal = Terminal::within(app, &[("XDG_STATE_HOME", state)]);
        terminal.until_shown("90 events");
        terminal.press("5");
        terminal.until_shown("shop ready to serve");
        terminal.press("f");
        terminal
    };
    let mut first = start();
    first.press("level=info\r");
    first.until_shown("90 of 90");
    first.press("qq");
    assert!(first.ends_whole().success());
    let mut second = start();
    second.press("\u{1b}[A");
    second.until_shown("filter level=info");
    second.signal("TERM");
    second.ends_whole();
}
