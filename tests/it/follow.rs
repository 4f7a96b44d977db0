//! Following under load: a log is written and rotated in every way, and every line comes once.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use rfo::analysis::watch::Following;
use rfo::analysis::{Options, Own, Snapshot, follow};
use rfo::clock;
use rfo::input::follow::{Filling, Follower, HOLD_NS, Shelf, Surroundings};
use rfo::input::sets::join;
use rfo::input::{Filler, discover};

/// A failure is told after this; a test that passes never waits for it.
const DEADLINE: Duration = Duration::from_secs(60);

/// How a log changes its file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rotation {
    /// Renamed; a new file is created.
    Create,
    /// Copied, then cut.
    CopyTruncate,
    /// Renamed, a new file created, the old one packed at once.
    Pack,
    /// Copied, cut, the copy packed at once.
    CopyAndPack,
    /// Deleted, and created anew; only where the reader is known to have opened it.
    Delete,
}

/// A program that writes numbered lines, and logrotate.
struct Writer {
    folder: PathBuf,
    file: File,
    /// Lines written.
    n: u64,
    rotations: u64,
}

impl Writer {
    fn new(folder: &Path) -> Self {
        let path = folder.join("app.log");
        let file = OpenOptions::new().create(true).append(true).open(path);
        Self {
            folder: folder.to_path_buf(),
            file: file.expect("opens"),
            n: 0,
            rotations: 0,
        }
    }

    /// Lines, in writes that end anywhere.
    fn write(&mut self, lines: u64) {
        let mut text = String::new();
        for _ in 0..lines {
            self.n += 1;
            let long = "x".repeat((self.n * 7919 % 97) as usize);
            text.push_str(&format!("line {} {long}\n", self.n));
        }
        let (first, second) = text.split_at(text.len() * 2 / 3);
        self.file.write_all(first.as_bytes()).expect("written");
        self.file.write_all(second.as_bytes()).expect("written");
    }

    fn rotate(&mut self, how: Rotation) {
        self.rotations += 1;
        let log = self.folder.join("app.log");
        let aside = self
            .folder
            .join(format!("app.log.{:06}", 900_000 + self.rotations));
        match how {
            Rotation::Create | Rotation::Pack => {
                fs::rename(&log, &aside).expect("renamed");
                // The writer is told late: these go to the renamed file.
                self.write(2);
                self.reopen();
            }
            Rotation::CopyTruncate | Rotation::CopyAndPack => {
                fs::copy(&log, &aside).expect("copied");
                self.file.set_len(0).expect("cut");
            }
            Rotation::Delete => {
                fs::remove_file(&log).expect("removed");
                self.write(2);
                self.reopen();
            }
        }
        if matches!(how, Rotation::Pack | Rotation::CopyAndPack) {
            let text = fs::read(&aside).expect("readable");
            let packed = File::create(aside.with_extension(format!("{:06}.gz", self.rotations)));
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::GzEncoder::new(packed.expect("made"), level);
            encoder.write_all(&text).expect("packs");
            encoder.finish().expect("packs");
            fs::remove_file(&aside).expect("removed");
        }
    }

    fn reopen(&mut self) {
        let path = self.folder.join("app.log");
        let file = OpenOptions::new().create(true).append(true).open(path);
        self.file = file.expect("opens");
    }
}

fn any_line(_before: Option<&[u8]>, line: &[u8]) -> bool {
    !line.is_empty()
}

/// A follower, and how often each number came.
struct Reader {
    follower: Follower,
    around: Surroundings,
    seen: BTreeMap<u64, u32>,
    lines: u64,
}

impl Reader {
    fn new(folder: &Path) -> Self {
        let mut around = Surroundings::default();
        let shelf = (0, &Arc::new(Shelf::default()));
        let path = folder.join("app.log");
        let now_ns = clock::now_ns();
        let follower = Follower::new(&path, any_line, shelf, &mut around, now_ns);
        Self {
            follower: follower.expect("opens"),
            around,
            seen: BTreeMap::new(),
            lines: 0,
        }
    }

    fn poll(&mut self, now_ns: i64) {
        self.around.begin_round(now_ns);
        while let Some(block) = self.follower.poll(&mut self.around, now_ns) {
            self.count(&block.bytes);
        }
    }

    fn count(&mut self, bytes: &[u8]) {
        for line in String::from_utf8_lossy(bytes).lines() {
            let number = line.split(' ').nth(1).and_then(|text| text.parse().ok());
            let number = number.unwrap_or_else(|| panic!("not a line that was written: {line:?}"));
            *self.seen.entry(number).or_default() += 1;
            self.lines += 1;
        }
    }

    /// Looks until as many lines came as were written, then a while longer in time but not for us.
    fn ends_with(mut self, written: u64) {
        let (began, mut now_ns) = (Instant::now(), clock::now_ns());
        while self.lines < written && began.elapsed() < DEADLINE {
            now_ns += HOLD_NS;
            self.poll(now_ns);
        }
        for _ in 0..100 {
            now_ns += HOLD_NS;
            self.poll(now_ns);
        }
        while let Some(block) = self.follower.finish() {
            self.count(&block.bytes);
        }
        let lost: Vec<u64> = (1..=written)
            .filter(|n| !self.seen.contains_key(n))
            .collect();
        let doubled: Vec<_> = self.seen.iter().filter(|(_, times)| **times > 1).collect();
        assert!(
            lost.is_empty() && doubled.is_empty(),
            "lost {lost:?}, doubled {doubled:?}"
        );
        assert_eq!(self.lines, written);
    }
}

const KINDS: [Rotation; 4] = [
    Rotation::Create,
    Rotation::CopyTruncate,
    Rotation::Pack,
    Rotation::CopyAndPack,
];

#[test]
fn no_line_is_lost_or_doubled_while_a_log_is_rotated_under_load() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = Writer::new(folder.path());
    let mut reader = Reader::new(folder.path());
    // Time goes on between rotations: a machine that halts the writer within a copy for longer than
    // a copy is waited for would make this a test of the machine.
    let time_ns = Arc::new(AtomicI64::new(clock::now_ns()));
    let (done, ended) = channel();
    let (load, now_ns) = (Arc::clone(&time_ns), time_ns);
    let load = thread::spawn(move || {
        for round in 0..60u64 {
            for part in 0..5 {
                writer.write(1 + (round * 31 + part * 17) % 40);
            }
            writer.rotate(KINDS[(round % 4) as usize]);
            load.fetch_add(HOLD_NS / 3, Ordering::Relaxed);
        }
        writer.write(3);
        done.send(()).expect("someone waits");
        writer.n
    });
    while ended.try_recv().is_err() {
        reader.poll(now_ns.load(Ordering::Relaxed));
        thread::yield_now();
    }
    reader.ends_with(load.join().expect("it writes"));
}

#[test]
fn many_rotations_between_two_looks_lose_nothing() {
    for per_look in [1, 3, 7] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut writer = Writer::new(folder.path());
        let mut reader = Reader::new(folder.path());
        let mut now_ns = clock::now_ns();
        for round in 0..63u64 {
            writer.write(1 + round * 31 % 40);
            writer.rotate(KINDS[(round * 5 / 3 % 4) as usize]);
            if round % per_look == 0 {
                now_ns += HOLD_NS / 3;
                reader.poll(now_ns);
            }
        }
        reader.ends_with(writer.n);
    }
}

#[test]
fn a_deleted_log_is_read_to_its_end_each_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = Writer::new(folder.path());
    let mut reader = Reader::new(folder.path());
    let (ask, asked): (SyncSender<()>, Receiver<()>) = sync_channel(0);
    let (answer, answered) = sync_channel(0);
    let load = thread::spawn(move || {
        for round in 0..30 {
            writer.write(1 + round * 7 % 20);
            // The reader has looked since the file was made: what is not open cannot be read.
            ask.send(()).expect("the reader goes on");
            answered.recv().expect("the reader goes on");
            writer.write(5);
            writer.rotate(Rotation::Delete);
        }
        drop(ask);
        writer.n
    });
    while asked.recv().is_ok() {
        reader.poll(clock::now_ns());
        answer.send(()).expect("the writer goes on");
    }
    reader.ends_with(load.join().expect("it writes"));
}

/// The whole product on what a user named, while it is written: snapshots come by a channel.
struct Session {
    snapshots: Receiver<Snapshot>,
    filling: Arc<Filling>,
    shelf: Arc<Shelf>,
    marks: crossbeam_channel::Sender<Own>,
    ended: thread::JoinHandle<Snapshot>,
}

impl Session {
    fn start(named: Vec<PathBuf>, kept: Option<&Filler>) -> Self {
        let (send, snapshots) = channel();
        let filling: Arc<Filling> = Arc::default();
        let found = discover(&named).0;
        let paths = found.iter().map(|one| one.origin.path().into()).collect();
        let mut sources = join(found);
        if let Some(kept) = kept {
            filling.begin(kept.source().origin.path());
            sources.push(kept.source());
        }
        let shelf: Arc<Shelf> = Arc::default();
        let following = Following {
            shelf: Arc::clone(&shelf),
            filling: Arc::clone(&filling),
            paths,
        };
        let options = Options::new(named);
        let (marks, marked) = crossbeam_channel::bounded(1);
        let ended = thread::spawn(move || {
            let mut show = |snapshot| send.send(snapshot).is_ok();
            follow("test", sources, &options, (&following, &marked), &mut show)
        });
        Self {
            snapshots,
            filling,
            shelf,
            marks,
            ended,
        }
    }

    /// The first snapshot that is as wanted.
    fn until(&self, what: &str, wanted: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let began = Instant::now();
        loop {
            let left = DEADLINE.saturating_sub(began.elapsed());
            let next = self.snapshots.recv_timeout(left);
            let snapshot = next.unwrap_or_else(|why| panic!("no {what}: {why}"));
            if wanted(&snapshot) {
                return snapshot;
            }
        }
    }

    /// Nobody looks any more: the last snapshot.
    fn end(self) -> Snapshot {
        drop(self.snapshots);
        self.ended.join().expect("it ends in order")
    }
}

/// An access line of the second `at` after some midnight.
fn access(at: u64, status: u16) -> String {
    let (hour, minute, second) = (at / 3600, at / 60 % 60, at % 60);
    format!(
        "192.0.2.{} - - [03/May/2026:{hour:02}:{minute:02}:{second:02} +0000] \
         \"GET /cart/{at} HTTP/1.1\" {status} 512 \"-\" \"probe/1.0\"\n",
        at % 200
    )
}

fn append(path: &Path, text: &str) {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.expect("opens")
        .write_all(text.as_bytes())
        .expect("written");
}

fn events(snapshot: &Snapshot) -> u64 {
    snapshot.inputs.iter().map(|input| input.events).sum()
}

#[test]
fn what_is_marked_while_following_counts_at_once_and_in_the_end() {
    let logs = crate::made::logs("error-burst");
    let session = Session::start(vec![logs.path().to_path_buf()], None);
    let seen = session.until("an incident", |one| !one.incidents.is_empty());
    let at = seen.incidents[0].incident.windows[0].start.at_ns + 90 * clock::NS_PER_S;
    let file = crate::mark::marked("detected", at);
    let own = Own {
        path: "x.rfo.json".to_owned(),
        file: Arc::new(file),
    };
    session.marks.send(own).expect("it follows");
    let has_it = |one: &Snapshot| {
        let mut claims = one.claims();
        claims.any(|claim| claim.hand.is_some() && claim.when.at_ns == at)
    };
    session.until("the mark", has_it);
    assert!(has_it(&session.end()));
}

#[test]
fn appended_lines_late_files_and_rotations_are_in_the_snapshots() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("web.log");
    let lines =
        |range: std::ops::Range<u64>| -> String { range.map(|at| access(at, 200)).collect() };
    append(&log, &lines(0..100));
    append(&folder.path().join("empty.log"), "");
    let session = Session::start(vec![folder.path().to_path_buf()], None);
    session.until("first conclusion", |one| {
        one.progress.finished && events(one) == 100
    });
    append(&log, &lines(100..150));
    session.until("appended lines", |one| events(one) == 150);
    fs::rename(&log, folder.path().join("web.log.1")).expect("renamed");
    append(&log, &lines(150..200));
    let seen = session.until("lines of the new file", |one| events(one) == 200);
    assert_eq!(
        seen.inputs.len(),
        2,
        "a renamed file is no source of its own"
    );
    let live = seen
        .inputs
        .iter()
        .find_map(|input| input.live.clone().filter(|one| one.files == 2));
    let watermark = live.expect("it had two files").watermark_ns;
    assert_eq!(watermark, seen.range.map(|range| range.1));
    append(&folder.path().join("empty.log"), &lines(0..30));
    session.until("lines of what was empty", |one| events(one) == 230);
    append(&folder.path().join("late.log"), &lines(0..20));
    let seen = session.until("lines of a late file", |one| events(one) == 250);
    assert_eq!(seen.inputs[2].path, "late.log");
    append(&log, access(200, 200).trim_end());
    let last = session.end();
    assert_eq!(
        (events(&last), last.inputs.len()),
        (251, 3),
        "the unended line is in the last one"
    );
    for input in &last.inputs {
        let sum = input.events + input.joined + input.unparsed + input.headers;
        assert_eq!(input.lines, sum, "{}", input.path);
    }
}

#[test]
fn a_late_line_finds_its_bucket_and_an_incident_appears_while_it_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("web.log");
    // Two hours with ten requests a second, of which nearly none fails.
    let calm: String = (0..72_000)
        .map(|i| access(i / 10, if i % 1500 == 7 { 500 } else { 200 }))
        .collect();
    append(&log, &calm);
    let session = Session::start(vec![log.clone()], None);
    let first = session.until("first conclusion", |one| one.progress.finished);
    assert!(
        first.incidents.is_empty(),
        "{:?}",
        first.incidents[0].incident.title
    );
    let bad: String = (72_000..78_000)
        .map(|i| access(i / 10, if i % 2 == 0 { 503 } else { 200 }))
        .collect();
    append(&log, &bad);
    let seen = session.until("incident", |one| !one.incidents.is_empty());
    assert_eq!(seen.incidents.len(), 1);
    let calm_again: String = (78_000..84_000).map(|i| access(i / 10, 200)).collect();
    append(&log, &format!("{calm_again}{}", access(60, 200)));
    let at = |one: &Snapshot| one.range.map(|range| (range.1 - range.0) / 1_000_000_000);
    let seen = session.until("all lines", |one| {
        events(one) == 84_001 && at(one) == Some(8399)
    });
    assert!(
        seen.series
            .iter()
            .all(|one| one.grid == seen.grid.expect("there are lines"))
    );
    let last = session.end();
    assert_eq!(last.incidents.len(), 1);
    let window = last.incidents[0]
        .incident
        .windows
        .first()
        .expect("it has one");
    let start_s = (window.start.at_ns - last.range.expect("lines").0) / 1_000_000_000;
    assert!((7190..7260).contains(&start_s), "{start_s}");
}

#[test]
fn a_pipe_is_shown_while_it_fills() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let from = folder.path().join("from");
    fs::write(&from, "").expect("written");
    let filler = Filler::of_path(&from).expect("made");
    let kept = filler.source().origin.path().to_path_buf();
    let session = Session::start(Vec::new(), Some(&filler));
    let lines: String = (0..50).map(|at| access(at, 200)).collect();
    append(&kept, &lines);
    session.until("first lines", |one| events(one) == 50);
    append(&kept, &access(50, 200));
    session.until("one more", |one| events(one) == 51);
    append(&kept, access(51, 200).trim_end());
    session.filling.end(&kept);
    // Nothing is left that may grow: it ends by itself.
    let last = session.ended.join().expect("it ends in order");
    assert_eq!(events(&last), 52);
    assert!(last.progress.finished && !last.progress.following);
    fs::remove_file(kept).expect("removed");
}

#[test]
fn a_bundle_in_a_pipe_is_taken_apart_once_it_is_whole() {
    let mut bundle = tar::Builder::new(Vec::new());
    for (name, from) in [("web.log", 0), ("api.log", 40)] {
        let lines: String = (from..from + 40).map(|at| access(at, 200)).collect();
        let mut header = tar::Header::new_gnu();
        header.set_size(lines.len() as u64);
        header.set_cksum();
        let added = bundle.append_data(&mut header, name, lines.as_bytes());
        added.expect("added");
    }
    let bundle = bundle.into_inner().expect("whole");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let from = folder.path().join("from");
    fs::write(&from, "").expect("written");
    let filler = Filler::of_path(&from).expect("made");
    let kept = filler.source().origin.path().to_path_buf();
    fs::write(&kept, &bundle[..1000]).expect("written");
    let session = Session::start(Vec::new(), Some(&filler));
    fs::write(&kept, &bundle).expect("written");
    session.filling.end(&kept);
    let last = session.ended.join().expect("it ends in order");
    let events: Vec<u64> = last.inputs.iter().map(|input| input.events).collect();
    assert_eq!(events, [40, 40]);
    fs::remove_file(kept).expect("removed");
}

#[test]
fn a_rotated_log_is_read_oldest_first_and_followed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let lines = |range: std::ops::Range<u64>| range.map(|at| access(at, 200)).collect::<String>();
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("packs");
        encoder.finish().expect("packs")
    };
    fs::write(path("app.log.2.gz"), gzip(&lines(0..100))).expect("written");
    fs::write(path("app.log.1"), lines(100..200).trim_end()).expect("written");
    fs::write(path("app.log"), lines(200..210)).expect("written");
    let session = Session::start(vec![folder.path().to_path_buf()], None);
    session.until("all parts", |one| events(one) == 210);
    fs::rename(path("app.log.2.gz"), path("app.log.3.gz")).expect("renamed");
    fs::write(path("app.log.2.gz"), gzip(&lines(100..200))).expect("written");
    fs::remove_file(path("app.log.1")).expect("removed");
    fs::rename(path("app.log"), path("app.log.1")).expect("renamed");
    fs::write(path("app.log"), lines(210..212)).expect("written");
    session.until("the new file", |one| events(one) == 212);
    fs::write(path("other.log"), lines(0..1)).expect("written");
    let shown = session.until("another log", |one| one.inputs.len() > 1);
    assert_eq!(
        shown.inputs[1].events + shown.inputs[0].events,
        events(&shown)
    );
    assert_eq!(shown.inputs.len(), 2, "no part is a source of its own");
    let shelf = Arc::clone(&session.shelf);
    let last = session.end();
    assert_eq!((last.inputs[0].events, last.inputs[0].unparsed), (212, 0));
    let kept = last
        .store
        .merged(i64::MIN, i64::MAX, 1000, false, |line, _, _| {
            line.source == 0
        });
    assert_eq!(kept.len(), 212);
    for (at, (line, _)) in kept.into_iter().enumerate() {
        let bytes = shelf.read(0, line.offset, line.length);
        let bytes = bytes.expect("followed").expect("found");
        let expected = access(at as u64, 200);
        assert_eq!(String::from_utf8_lossy(&bytes), expected.trim_end());
        assert_eq!(line.line, at as u64 + 1);
    }
}

/// A message with a trace of so many lines.
fn trace(second: u64, lines: std::ops::Range<u64>) -> String {
    let at = |i| format!("    at shop.Cart.step{i}(Cart.java:{i})\n");
    let head = format!("2026-05-03T00:00:{second:02}Z ERROR shop.Cart failed\n");
    let first = if lines.start == 0 {
        head
    } else {
        String::new()
    };
    first + &lines.map(at).collect::<String>()
}

#[test]
fn a_trace_across_the_files_of_a_followed_rotated_log_is_one_event() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("app.log.2"), trace(1, 0..9) + &trace(2, 0..4)).expect("written");
    fs::write(path("app.log.1"), trace(2, 4..9) + &trace(3, 0..2)).expect("written");
    fs::write(
        path("app.log"),
        trace(3, 2..9) + &trace(4, 0..9) + &trace(5, 0..9),
    )
    .expect("written");
    let session = Session::start(vec![folder.path().to_path_buf()], None);
    session.until("all parts", |one| events(one) == 5);
    let shelf = Arc::clone(&session.shelf);
    let last = session.end();
    let input = &last.inputs[0];
    assert_eq!((input.events, input.unparsed, input.joined), (5, 0, 45));
    let kept = last
        .store
        .merged(i64::MIN, i64::MAX, 100, false, |line, _, _| {
            line.source == 0
        });
    for (second, (line, _)) in (1..).zip(kept) {
        let bytes = shelf.read(0, line.offset, line.length).expect("followed");
        let bytes = bytes.expect("found");
        let expected = trace(second, 0..9);
        assert_eq!(String::from_utf8_lossy(&bytes), expected.trim_end());
    }
}

#[test]
fn what_a_program_says_of_its_crash_after_its_event_was_shown_is_read_as_in_the_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("app.log");
    let message = |second: u64| format!("2026-05-03T00:00:{second:02}Z INFO shop.Cart took 7 ms\n");
    append(&log, &(0..9).map(message).collect::<String>());
    let session = Session::start(vec![log.clone()], None);
    let joined = |one: &Snapshot| -> u64 { one.inputs.iter().map(|one| one.joined).sum() };
    session.until("the messages", |one| events(one) == 9);
    append(&log, "panic: cart is nil\n\ngoroutine 1 [running]:\n");
    session.until("the crash", |one| (events(one), joined(one)) == (10, 1));
    append(&log, "main.main()\n\t/app/main.go:10 +0x25\n");
    session.until("its calls", |one| (events(one), joined(one)) == (10, 3));
    append(&log, &message(9));
    let last = session.end();
    let input = &last.inputs[0];
    assert_eq!((input.events, input.unparsed, input.joined), (11, 0, 3));
    assert_eq!(input.lines, 15);
}
