//! A program started, its lines copied into a file, and started again when it ends while it
//! should go on.
//!
//! In: a `ChildLog` and an open file. Out: lines in the file; an error names the command, how it
//! ended and the last thing it said. Every program is killed when rfo ends (`ending`).

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

use super::resume::Resume;
use super::stamp::written_ns;
use super::{Asked, ChildLog};
use crate::clock::{NS_PER_S, now_ns};
use crate::input::Error;
use crate::input::ending::{self, Started};

/// A line longer than this is copied in pieces.
const LINE_BYTES_MAX: usize = 1 << 20;
/// Most bytes of a program's own words kept.
const WORDS_BYTES_MAX: usize = 4096;
/// How long a program may take to end after its last line, in steps.
const GRACE: (Duration, u32) = (Duration::from_millis(10), 200);
/// A program that ran as long as this did not fail quickly.
const QUICK_NS: i64 = 60 * NS_PER_S;

/// How often a program that ends is started again, and after what pause.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The first pause; each further one is twice as long.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// Starts without a new line, one after the other, after which it is left alone.
    pub quick_max: u32,
}

impl Default for Pace {
    /// Half a second to half a minute, and eight times: a minute and a half.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            quick_max: 8,
        }
    }
}

impl Pace {
    /// The pause after so many quick failures.
    fn pause(&self, quick: u32) -> Duration {
        let doubled = 1u32
            .checked_shl(quick.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.first.saturating_mul(doubled).min(self.longest)
    }
}

/// How following ended.
#[derive(Debug)]
pub enum Followed {
    /// rfo ends.
    Ended,
    /// It failed too often: why.
    GivenUp(Error),
}

/// Copies what a program prints into a file.
#[derive(Debug)]
pub struct Printer {
    log: ChildLog,
    program: PathBuf,
    asked: Asked,
    into: File,
}

/// One run of the program.
struct Run {
    new_lines: u64,
    status: ExitStatus,
    words: String,
}

impl Printer {
    /// A printer of `log` into `into`, a file at its end. Starts nothing yet. `asked` holds for
    /// the first run; those that follow begin where the file ends.
    pub fn new(log: ChildLog, asked: Asked, into: File) -> Self {
        let program = PathBuf::from(log.program());
        Self {
            log,
            program,
            asked,
            into,
        }
    }

    /// Copies what there is, until the program ends by itself.
    pub fn fill(&mut self) -> Result<(), Error> {
        let run = self.run(self.asked, Resume::default())?;
        match run.status.success() {
            true => Ok(()),
            false => Err(self.failed(&run)),
        }
    }

    /// Copies lines as they come, after those that are in the file. Started again when it ends;
    /// `wait` lets the time between pass.
    pub fn follow(&mut self, pace: Pace, wait: &mut dyn FnMut(Duration)) -> Followed {
        let mut quick = 0;
        loop {
            let started_ns = now_ns();
            let run = Resume::after(&mut self.into)
                .map_err(|source| self.not_kept(source))
                .and_then(|resume| {
                    let asked = Asked {
                        since_ns: resume.since_ns.max(self.asked.since_ns),
                        until_ns: None,
                        follow: true,
                    };
                    self.run(asked, resume)
                });
            if ending::has_ended() {
                return Followed::Ended;
            }
            let lasted = now_ns() - started_ns >= QUICK_NS;
            quick = match &run {
                Ok(run) if run.new_lines > 0 || lasted => 0,
                _ => quick + 1,
            };
            let error = match run {
                Ok(run) => self.failed(&run),
                // A disk that is full stays so.
                Err(error @ Error::Keep { .. }) => return Followed::GivenUp(error),
                Err(error) => error,
            };
            if quick >= pace.quick_max {
                return Followed::GivenUp(error);
            }
            wait(pace.pause(quick.max(1)));
        }
    }

    fn run(&mut self, asked: Asked, mut resume: Resume) -> Result<Run, Error> {
        let mut command = Command::new(&self.program);
        command.args(self.log.arguments(asked)).stdin(Stdio::null());
        let not_started = |why: io::Error| self.error(not_started(&why));
        let (lines, child) = match self.log.logs_to_stderr() {
            true => one_pipe(command),
            false => two_pipes(command),
        }
        .map_err(not_started)?;
        let stderr = { lock(&child).stderr.take() };
        let words = thread::spawn(move || stderr.map(last_words).unwrap_or_default());
        let copied = copy_lines(
            lines,
            &mut resume,
            self.log.logs_to_stderr(),
            &mut self.into,
        );
        if copied.is_err() {
            ending::kill(&child);
        }
        let status = wait(&child).map_err(|why| self.error(why.to_string()))?;
        let said = words.join().unwrap_or_default();
        let Copied { new_lines, held } = copied.map_err(|source| self.not_kept(source))?;
        // What docker said at its end without a stamp is its own if it failed, else a line.
        let words = match (status.success(), held.is_empty()) {
            (_, true) => said,
            (false, false) => last_line(&held),
            (true, false) => {
                let kept = self.into.write_all(&held);
                kept.map_err(|source| self.not_kept(source))?;
                String::new()
            }
        };
        Ok(Run {
            new_lines,
            status,
            words,
        })
    }

    fn failed(&self, run: &Run) -> Error {
        let ended = match run.status.code() {
            Some(0) => "ended".to_owned(),
            Some(code) => format!("ended with exit code {code}"),
            None => "was killed".to_owned(),
        };
        self.error(match run.words.is_empty() {
            true => ended,
            false => format!("{ended}: {}", run.words),
        })
    }

    fn error(&self, why: String) -> Error {
        Error::Child {
            name: self.log.name(),
            program: self.log.program(),
            why,
        }
    }

    fn not_kept(&self, source: io::Error) -> Error {
        Error::Keep {
            name: self.log.name(),
            source,
        }
    }
}

fn not_started(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not on PATH".to_owned(),
        _ => format!("cannot be started: {error}"),
    }
}

type Lines = Box<dyn Read + Send>;

/// Both streams into one pipe, so that their lines stay in order.
fn one_pipe(mut command: Command) -> io::Result<(Lines, Started)> {
    let (reader, writer) = io::pipe()?;
    let child = command.stdout(writer.try_clone()?).stderr(writer).spawn()?;
    Ok((Box::new(reader), ending::kill_at_end(child)))
}

fn two_pipes(mut command: Command) -> io::Result<(Lines, Started)> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let lines: Lines = match child.stdout.take() {
        Some(stdout) => Box::new(stdout),
        None => Box::new(io::empty()),
    };
    Ok((lines, ending::kill_at_end(child)))
}

fn lock(child: &Started) -> std::sync::MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a program that has closed its output; one that lingers is killed.
fn wait(child: &Started) -> io::Result<ExitStatus> {
    for _ in 0..GRACE.1 {
        if let Some(status) = lock(child).try_wait()? {
            return Ok(status);
        }
        thread::sleep(GRACE.0);
    }
    ending::kill(child);
    lock(child).wait()
}

/// The last line that a stream says, printable. Reads it to its end, so that nobody waits for us.
fn last_words(mut stream: impl Read) -> String {
    let (mut kept, mut buffer) = (Vec::new(), vec![0; WORDS_BYTES_MAX]);
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..n]);
        kept.drain(..kept.len().saturating_sub(WORDS_BYTES_MAX));
    }
    last_line(&kept)
}

fn last_line(text: &[u8]) -> String {
    let mut lines = text.split(|byte| *byte == b'\n').rev();
    let last = lines.find(|line| !line.trim_ascii().is_empty());
    crate::text::printable_bytes(last.unwrap_or_default().trim_ascii())
}

/// What was copied.
struct Copied {
    new_lines: u64,
    /// The last lines without a stamp, where a program's own words and the log are one stream.
    held: Vec<u8>,
}

/// Copies lines that are not there yet. With `hold`, lines without a stamp wait for one with.
/// An error is the file's; a stream that fails has ended.
fn copy_lines(
    lines: impl Read,
    resume: &mut Resume,
    hold: bool,
    into: &mut File,
) -> io::Result<Copied> {
    let mut lines = BufReader::with_capacity(1 << 16, lines);
    let (mut line, mut new_lines, mut held) = (Vec::new(), 0, Vec::new());
    let mut goes_on = false;
    let mut out = io::BufWriter::with_capacity(1 << 16, into);
    loop {
        if lines.buffer().is_empty() {
            // Nothing waits to be copied with it: what came can be seen.
            out.flush()?;
        }
        line.clear();
        let limit = LINE_BYTES_MAX as u64;
        let read = lines.by_ref().take(limit).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) {
            break;
        }
        let ends = line.ends_with(b"\n");
        let was_going_on = std::mem::replace(&mut goes_on, !ends && line.len() == LINE_BYTES_MAX);
        if !ends && !goes_on {
            // The last line lacks its end.
            line.push(b'\n');
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if !was_going_on && resume.has(text) {
            continue;
        }
        new_lines += u64::from(!was_going_on);
        if hold && !was_going_on && written_ns(text).is_none() && held.len() < LINE_BYTES_MAX {
            held.extend_from_slice(&line);
            continue;
        }
        out.write_all(&std::mem::take(&mut held))?;
        out.write_all(&line)?;
    }
    out.flush()?;
    Ok(Copied { new_lines, held })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom};

    fn copied(text: &str, there: &str, hold: bool) -> (String, u64, String) {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(there.as_bytes()).expect("written");
        let mut resume = Resume::after(&mut file).expect("readable");
        let copied = copy_lines(text.as_bytes(), &mut resume, hold, &mut file).expect("kept");
        file.seek(SeekFrom::Start(0)).expect("sought");
        let mut all = String::new();
        file.read_to_string(&mut all).expect("readable");
        let held = String::from_utf8(copied.held).expect("text");
        (all, copied.new_lines, held)
    }

    #[test]
    fn lines_that_are_there_are_not_copied_again() {
        let there = "2024-02-03T15:04:05Z a\n2024-02-03T15:04:05Z b\n";
        let again = "2024-02-03T15:04:05Z b\n2024-02-03T15:04:06Z c";
        let expected = format!("{there}2024-02-03T15:04:06Z c\n");
        assert_eq!(copied(again, there, false), (expected, 1, String::new()));
    }

    #[test]
    fn words_without_a_stamp_wait_for_a_line_with_one() {
        let text = "2024-02-03T15:04:05Z a\nmore of it\n2024-02-03T15:04:06Z b\nError: gone\n";
        let (all, _, held) = copied(text, "", true);
        assert_eq!(all, text.replace("Error: gone\n", ""));
        assert_eq!(held, "Error: gone\n");
    }

    #[test]
    fn a_very_long_line_is_copied_whole() {
        let text = format!("{}\nshort\n", "x".repeat(3 * LINE_BYTES_MAX + 5));
        for hold in [false, true] {
            let (all, new_lines, held) = copied(&text, "", hold);
            assert_eq!((all + &held, new_lines), (text.clone(), 2));
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<u64> = (1..10)
            .map(|n| Pace::default().pause(n).as_millis() as u64)
            .collect();
        assert_eq!(
            pauses,
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]
        );
        assert_eq!(Pace::default().pause(u32::MAX), Duration::from_secs(30));
    }

    const AT: &str = "2024-02-03T15:04:0";

    /// A printer whose program plays these takes; the last again and again.
    fn printer(log: &str, takes: &[&str]) -> (tempfile::TempDir, Printer) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = ChildLog::named(log).expect("a scheme").expect("a name");
        let stand_in = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/fixtures/children/stand-in"
        );
        let program = folder.path().join(log.program());
        std::os::unix::fs::symlink(stand_in, &program).expect("linked");
        for (i, take) in takes.iter().enumerate() {
            let name = match i + 1 == takes.len() {
                true => "take.last".to_owned(),
                false => format!("take.{}", i + 1),
            };
            std::fs::write(folder.path().join(name), take).expect("written");
        }
        let into = tempfile::tempfile().expect("a temporary file");
        let printer = Printer {
            program,
            ..Printer::new(log, Asked::default(), into)
        };
        (folder, printer)
    }

    fn lines(printer: &mut Printer) -> String {
        let mut text = String::new();
        printer.into.seek(SeekFrom::Start(0)).expect("sought");
        printer.into.read_to_string(&mut text).expect("readable");
        text.replace(AT, "")
    }

    #[test]
    fn a_program_that_dies_is_started_again_and_no_line_is_doubled_or_lost() {
        let takes = [
            format!("echo {AT}1Z a; echo {AT}5Z b; exit 1"),
            format!("echo {AT}5Z b; echo {AT}5Z c; echo {AT}7Z d; exit 0"),
            format!("echo {AT}5Z c; echo {AT}7Z d; echo lost the connection >&2; exit 1"),
            format!("echo {AT}7Z d; echo {AT}8Z e"),
            "echo no such pod >&2; exit 1".to_owned(),
        ];
        let (folder, mut printer) =
            printer("k8s:shop/web-0", &takes.each_ref().map(String::as_str));
        assert!(printer.fill().is_err());
        let mut pauses = Vec::new();
        let pace = Pace {
            quick_max: 3,
            ..Pace::default()
        };
        let Followed::GivenUp(error) = printer.follow(pace, &mut |pause| pauses.push(pause)) else {
            panic!("it goes on");
        };
        assert_eq!(lines(&mut printer), "1Z a\n5Z b\n5Z c\n7Z d\n8Z e\n");
        assert_eq!(
            error.to_string(),
            "k8s:shop/web-0: kubectl ended with exit code 1: no such pod"
        );
        let pauses: Vec<u128> = pauses.iter().map(Duration::as_millis).collect();
        assert_eq!(pauses, [500, 500, 500, 500, 1000]);
        let asked = std::fs::read_to_string(folder.path().join("asked")).expect("written");
        let since: Vec<&str> = asked
            .lines()
            .map(|line| line.split("--since-time=").nth(1).unwrap_or("all"))
            .collect();
        let expected = [
            "all",
            "2024-02-03T15:04:03Z --follow web-0",
            "2024-02-03T15:04:05Z --follow web-0",
            "2024-02-03T15:04:05Z --follow web-0",
            "2024-02-03T15:04:06Z --follow web-0",
            "2024-02-03T15:04:06Z --follow web-0",
            "2024-02-03T15:04:06Z --follow web-0",
        ];
        assert_eq!(since, expected);
    }

    #[test]
    fn what_docker_says_itself_is_no_line_but_why_it_failed() {
        let take = format!(
            "echo {AT}1Z out; echo {AT}2Z err >&2; echo {AT}3Z out; echo Error: gone >&2; exit 1"
        );
        let (_folder, mut printer) = printer("docker:web", &[&take]);
        let error = printer.fill().expect_err("it failed").to_string();
        assert_eq!(
            error,
            "docker:web: docker ended with exit code 1: Error: gone"
        );
        assert_eq!(lines(&mut printer), "1Z out\n2Z err\n3Z out\n");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let (_folder, mut printer) = printer("docker:web", &[]);
        printer.program = "/no/such/docker".into();
        let error = printer.fill().expect_err("it is not there").to_string();
        assert_eq!(error, "docker:web: docker is not on PATH");
    }
}
