//! Measures following: writes an nginx log at a steady rate and says how old the newest line of
//! every snapshot is; or how soon the first snapshots of a large file come.
//!
//! `cargo run --release --example live -- pour 200000 30` writes 200,000 lines a second for 30 s.
//! `cargo run --release --example live -- first access.log` reads until the first judgement.
//! `cargo run --release --example live -- write FILE 1000000` writes a file to read.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use rfo::analysis::watch::Following;
use rfo::analysis::{Options, Snapshot, follow};
use rfo::input::discover;

/// Lines are written a hundred times a second.
const BATCHES_PER_S: u64 = 100;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    match words[..] {
        ["pour", rate, seconds] => pour(number(rate), number(seconds)),
        ["first", file] => first(Path::new(file)),
        ["write", file, lines] => write(Path::new(file), number(lines)),
        _ => print("live pour RATE SECONDS | live first FILE | live write FILE LINES\n"),
    }
}

fn print(text: &str) {
    std::io::stdout()
        .write_all(text.as_bytes())
        .expect("stdout is there");
}

/// An access line with times, as many paths and clients as a middling shop has.
fn line(out: &mut Vec<u8>, i: u64, second: u64) {
    let (hour, minute) = (second / 3600 % 24, second / 60 % 60);
    let mixed = i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let status = if mixed.is_multiple_of(997) { 502 } else { 200 };
    let written = writeln!(
        out,
        "10.{}.{}.{} - - [04/May/2026:{hour:02}:{minute:02}:{:02} +0000] \"GET /shop/item/{}?page={} HTTP/1.1\" {status} {} \"https://shop.example/start\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0\" 0.{:03} 0.{:03}",
        mixed % 4,
        mixed / 4 % 256,
        mixed / 1024 % 256,
        second % 60,
        mixed % 5000,
        mixed % 9,
        200 + mixed % 40_000,
        mixed % 400,
        mixed % 380,
    );
    written.expect("memory does not fail");
}

fn write(path: &Path, lines: u64) {
    let mut file = BufWriter::new(File::create(path).expect("made"));
    let mut text = Vec::new();
    for i in 0..lines {
        text.clear();
        line(&mut text, i, i / 2000);
        file.write_all(&text).expect("written");
    }
}

fn events(snapshot: &Snapshot) -> u64 {
    snapshot.progress.events
}

fn options(path: &Path) -> Options {
    Options::new(vec![PathBuf::from(path)])
}

fn following() -> Following {
    Following {
        shelf: Arc::default(),
        filling: Arc::default(),
        paths: std::collections::BTreeSet::default(),
    }
}

/// How soon there is something to see of a file.
fn first(path: &Path) {
    let began = Instant::now();
    let sources = discover(&[path.to_path_buf()]).0;
    let mut shown = 0;
    let mut show = |snapshot: Snapshot| {
        shown += 1;
        if shown <= 3 || snapshot.progress.finished {
            let ms = began.elapsed().as_millis();
            let progress = snapshot.progress;
            print(&format!(
                "snapshot {shown} after {ms} ms: {} events, {} of {} bytes, judged: {}\n",
                progress.events, progress.bytes_read, progress.bytes_total, progress.finished
            ));
        }
        !snapshot.progress.finished
    };
    follow(
        "live",
        sources,
        &options(path),
        (&following(), &never()),
        &mut show,
    );
}

/// When how many lines had been written.
type Written = Arc<Mutex<Vec<(u64, Instant)>>>;

fn pour(rate: u64, seconds: u64) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("access.log");
    let mut file = File::create(&path).expect("made");
    let written: Written = Arc::default();
    let poured = Arc::clone(&written);
    let writer = thread::spawn(move || {
        let (began, mut text, mut n) = (Instant::now(), Vec::new(), 0);
        for batch in 0..seconds * BATCHES_PER_S {
            text.clear();
            for _ in 0..rate / BATCHES_PER_S {
                line(&mut text, n, 36_000 + batch / BATCHES_PER_S);
                n += 1;
            }
            file.write_all(&text).expect("written");
            poured
                .lock()
                .expect("nobody panics")
                .push((n, Instant::now()));
            let due = Duration::from_millis((batch + 1) * 1000 / BATCHES_PER_S);
            thread::sleep(due.saturating_sub(began.elapsed()));
        }
        (n, began.elapsed())
    });
    let total = rate / BATCHES_PER_S * BATCHES_PER_S * seconds;
    let (mut lags_ms, mut judged) = (Vec::new(), 0);
    let mut show = |snapshot: Snapshot| {
        let n = events(&snapshot);
        let all = written.lock().expect("nobody panics");
        let missing = all.partition_point(|(lines, _)| *lines <= n);
        // How long the oldest line that the snapshot lacks has been there.
        let lag = all
            .get(missing)
            .map_or(Duration::ZERO, |(_, at)| at.elapsed());
        judged += u64::from(snapshot.progress.finished);
        lags_ms.push(lag.as_millis());
        n < total
    };
    let sources = discover(std::slice::from_ref(&path)).0;
    let last = follow(
        "live",
        sources,
        &options(&path),
        (&following(), &never()),
        &mut show,
    );
    let (lines, took) = writer.join().expect("it writes");
    lags_ms.sort_unstable();
    let at = |share: usize| lags_ms[(lags_ms.len() - 1) * share / 100];
    print(&format!(
        "{lines} lines in {:.1} s ({:.0} lines/s), {} read\n{} snapshots ({judged} after the first judgement), \
         age of the oldest line not shown: median {} ms, p95 {} ms, worst {} ms\n",
        took.as_secs_f64(),
        lines as f64 / took.as_secs_f64(),
        events(&last),
        lags_ms.len(),
        at(50),
        at(95),
        at(100)
    ));
}
