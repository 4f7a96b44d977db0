//! Every way in which a log changes its file, step by step.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::input::Block;

/// An event may begin at any line that is not indented.
fn cut(_before: Option<&[u8]>, line: &[u8]) -> bool {
    !line.is_empty() && line[0] != b' '
}

/// A log in a folder of its own, its follower, and all that came of it.
struct Bench {
    folder: tempfile::TempDir,
    follower: Follower,
    around: Surroundings,
    shelf: Arc<Shelf>,
    now_ns: i64,
    blocks: Vec<Block>,
}

impl Bench {
    fn new(first: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::beside(folder, first)
    }

    fn beside(folder: tempfile::TempDir, first: &str) -> Self {
        let path = folder.path().join("app.log");
        fs::write(&path, first).expect("written");
        let (shelf, mut around) = (Arc::new(Shelf::default()), Surroundings::default());
        let follower = Follower::new(&path, cut, (0, &shelf), &mut around, 0).expect("opens");
        Self {
            folder,
            follower,
            around,
            shelf,
            now_ns: 0,
            blocks: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, text: &str) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.path("app.log"))
            .expect("opens");
        file.write_all(text.as_bytes()).expect("written");
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).expect("renamed");
    }

    /// As logrotate's `copytruncate`.
    fn copy_and_cut(&self, to: &str) {
        fs::copy(self.path("app.log"), self.path(to)).expect("copied");
        let file = OpenOptions::new().write(true).open(self.path("app.log"));
        file.expect("opens").set_len(0).expect("cut");
    }

    fn pack(&self, name: &str) {
        let text = fs::read(self.path(name)).expect("readable");
        let packed = File::create(self.path(&format!("{name}.gz"))).expect("made");
        let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
        encoder.write_all(&text).expect("packs");
        encoder.finish().expect("packs");
        fs::remove_file(self.path(name)).expect("removed");
    }

    /// All that there is `after_ns` later.
    fn poll(&mut self, after_ns: i64) -> String {
        self.now_ns += after_ns;
        self.around.begin_round(self.now_ns);
        let first = self.blocks.len();
        while let Some(block) = self.follower.poll(&mut self.around, self.now_ns) {
            self.blocks.push(block);
        }
        text(&self.blocks[first..])
    }

    /// All that comes until nothing more is held back.
    fn settle(&mut self) -> String {
        let first = self.blocks.len();
        for _ in 0..3 {
            self.poll(HOLD_NS);
        }
        text(&self.blocks[first..])
    }

    /// Every block can be read again where it says it is.
    fn assert_on_the_shelf(&self) {
        for block in &self.blocks {
            let length = block.bytes.len() as u32;
            let again = self.shelf.read(0, block.offset, length).expect("followed");
            let again = again.expect("readable");
            assert_eq!(
                String::from_utf8_lossy(&again),
                String::from_utf8_lossy(&block.bytes),
                "at {:x}",
                block.offset
            );
        }
    }
}

fn text(blocks: &[Block]) -> String {
    let bytes: Vec<u8> = blocks
        .iter()
        .flat_map(|block| block.bytes.clone())
        .collect();
    String::from_utf8(bytes).expect("text")
}

#[test]
fn what_is_appended_comes_once_the_event_is_whole() {
    let mut bench = Bench::new("1 one\n2 two\n");
    assert_eq!(bench.poll(1), "1 one\n", "the second may go on");
    bench.append("  more of it\n3 thr");
    assert_eq!(bench.poll(1), "2 two\n  more of it\n");
    bench.append("ee\n");
    assert_eq!(bench.poll(1), "");
    assert_eq!(bench.poll(HOLD_NS), "3 three\n", "nothing came after it");
    assert_eq!(bench.poll(HOLD_NS), "");
    bench.assert_on_the_shelf();
}

#[test]
fn a_last_line_without_an_end_is_held_back_and_never_lost_nor_doubled() {
    let mut bench = Bench::new("1 one\n2 tw");
    assert_eq!(bench.poll(1), "1 one\n");
    assert_eq!(bench.poll(HOLD_NS), "", "it may go on");
    assert_eq!(bench.follower.standing().held_bytes, 4);
    bench.append("o\n3 panic");
    assert_eq!(bench.poll(1), "2 two\n");
    assert_eq!(bench.poll(UNFINISHED_NS), "3 panic", "shown after a while");
    bench.append("\n4 four\n");
    assert_eq!(bench.settle(), "4 four\n", "the late end opens no line");
    bench.append("5 five");
    assert_eq!(bench.poll(1), "");
    let rest = bench.follower.finish().expect("held back");
    assert_eq!(rest.bytes, b"5 five");
    assert_eq!(bench.follower.finish(), None);
}

#[test]
fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
    let mut bench = Bench::new("1\n");
    assert_eq!(bench.settle(), "1\n");
    let mut writer = OpenOptions::new()
        .append(true)
        .open(bench.path("app.log"))
        .expect("opens");
    bench.append("2\n");
    bench.rename("app.log", "app.log.1");
    bench.append("4\n");
    writer.write_all(b"3\n").expect("it does not know yet");
    assert_eq!(bench.settle(), "2\n3\n4\n");
    writer
        .write_all(b"5 late\n")
        .expect("it still does not know");
    assert_eq!(bench.settle(), "5 late\n");
    bench.append("6\n");
    assert_eq!(bench.settle(), "6\n");
    assert_eq!(bench.follower.standing().files, 2);
    bench.assert_on_the_shelf();
}

#[test]
fn files_that_came_and_went_between_two_looks_are_read_in_their_order() {
    let mut bench = Bench::new("1\n");
    assert_eq!(bench.poll(1), "");
    bench.append("2\n");
    for (from, to) in [("3\n", 2), ("4\n", 3), ("5\n", 4)] {
        for n in (1..to).rev().filter(|n| *n + 1 < to) {
            bench.rename(&format!("app.log.{n}"), &format!("app.log.{}", n + 1));
        }
        bench.rename("app.log", "app.log.1");
        bench.append(from);
    }
    assert_eq!(bench.settle(), "1\n2\n3\n4\n5\n");
    assert_eq!(bench.settle(), "");
    bench.assert_on_the_shelf();
}

#[test]
fn what_a_cut_file_held_is_read_from_its_copy() {
    let mut bench = Bench::new("1 the first line\n2 the second\n");
    assert_eq!(bench.settle(), "1 the first line\n2 the second\n");
    bench.append("3 not read yet\n");
    bench.copy_and_cut("app.log.1");
    assert_eq!(bench.settle(), "3 not read yet\n");
    bench.append("4\n");
    assert_eq!(bench.settle(), "4\n");
    assert_eq!(bench.settle(), "");
    assert_eq!(bench.follower.standing().cut_short, 0);
    bench.assert_on_the_shelf();
}

#[test]
fn a_cut_file_that_has_grown_beyond_its_old_length_is_seen() {
    let mut bench = Bench::new("1 short\n");
    assert_eq!(bench.settle(), "1 short\n");
    bench.copy_and_cut("app.log.1");
    bench.append("2 much longer than what was there before\n3\n");
    assert_eq!(
        bench.settle(),
        "2 much longer than what was there before\n3\n"
    );
    bench.assert_on_the_shelf();
}

#[test]
fn a_file_that_was_copied_and_cut_before_a_byte_was_read_is_read_from_its_copy() {
    let mut bench = Bench::new("");
    assert_eq!(bench.settle(), "");
    bench.append("1\n");
    bench.copy_and_cut("app.log.1");
    bench.append("2\n");
    bench.rename("app.log.1", "app.log.2");
    bench.copy_and_cut("app.log.1");
    bench.append("3\n");
    assert_eq!(bench.settle(), "1\n2\n3\n");
    bench.assert_on_the_shelf();
}

#[test]
fn a_file_that_is_cut_without_a_copy_begins_anew_and_is_said() {
    let mut bench = Bench::new("1\n2\n");
    assert_eq!(bench.settle(), "1\n2\n");
    fs::write(bench.path("app.log"), "3\n").expect("written");
    assert_eq!(bench.settle(), "3\n");
    bench.poll(GRACE_NS);
    assert_eq!(bench.follower.standing().cut_short, 1);
}

#[test]
fn packed_at_once_nothing_is_lost_nor_read_twice() {
    let mut bench = Bench::new("1\n");
    assert_eq!(bench.settle(), "1\n");
    bench.append("2\n");
    bench.rename("app.log", "app.log.1");
    bench.pack("app.log.1");
    bench.append("3\n");
    assert_eq!(bench.settle(), "2\n3\n", "the open file is read to its end");
    bench.rename("app.log.1.gz", "app.log.2.gz");
    bench.append("4\n");
    bench.rename("app.log", "app.log.1");
    bench.append("5\n");
    bench.rename("app.log.1", "app.log.3");
    bench.pack("app.log.3");
    bench.rename("app.log", "app.log.1");
    bench.pack("app.log.1");
    bench.append("6\n");
    assert_eq!(bench.settle(), "4\n5\n6\n", "5 was never seen unpacked");
    bench.poll(GRACE_NS);
    assert_eq!(bench.poll(GRACE_NS), "");
    bench.assert_on_the_shelf();
}

#[test]
fn copied_cut_and_packed_the_rest_is_read_from_the_packed_copy() {
    let mut bench = Bench::new("1 one\n");
    assert_eq!(bench.settle(), "1 one\n");
    bench.append("2 two\n");
    bench.copy_and_cut("app.log-20260102");
    bench.pack("app.log-20260102");
    bench.append("3\n");
    assert_eq!(bench.settle(), "2 two\n3\n");
    bench.assert_on_the_shelf();
}

#[test]
fn a_deleted_file_is_read_to_its_end_and_a_new_one_is_awaited() {
    let mut bench = Bench::new("1\n");
    assert_eq!(bench.settle(), "1\n");
    bench.append("2\n");
    fs::remove_file(bench.path("app.log")).expect("removed");
    assert_eq!(bench.settle(), "2\n");
    assert!(bench.follower.standing().gone);
    bench.append("3\n");
    assert_eq!(bench.settle(), "3\n");
    assert!(!bench.follower.standing().gone);
}

#[test]
fn files_that_were_there_before_are_never_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [("app.log.1", "old\n"), ("app.log.2", "older\n")] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let mut bench = Bench::beside(folder, "1\n");
    assert_eq!(bench.settle(), "1\n");
    bench.pack("app.log.2");
    bench.rename("app.log.2.gz", "app.log.3.gz");
    bench.rename("app.log.1", "app.log.2");
    bench.rename("app.log", "app.log.1");
    bench.append("2\n");
    assert_eq!(bench.settle(), "2\n");
}

#[test]
fn a_link_to_another_file_is_another_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [("0.log", "1\n"), ("1.log", "2\n")] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let link = folder.path().join("app.log");
    std::os::unix::fs::symlink(folder.path().join("0.log"), &link).expect("linked");
    let (shelf, mut around) = (Arc::new(Shelf::default()), Surroundings::default());
    let mut follower = Follower::new(&link, cut, (0, &shelf), &mut around, 0).expect("opens");
    let mut all = |now_ns: i64| -> String {
        around.begin_round(now_ns);
        let blocks: Vec<Block> =
            std::iter::from_fn(|| follower.poll(&mut around, now_ns)).collect();
        text(&blocks)
    };
    assert_eq!(all(HOLD_NS), "");
    assert_eq!(all(2 * HOLD_NS), "1\n");
    fs::remove_file(&link).expect("removed");
    std::os::unix::fs::symlink(folder.path().join("1.log"), &link).expect("linked");
    all(3 * HOLD_NS);
    assert_eq!(all(4 * HOLD_NS), "2\n");
}

#[test]
fn a_fixed_file_is_no_other_file_under_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path: &Path = &folder.path().join("app.log.1");
    fs::write(path, "1\n").expect("written");
    let (shelf, mut around) = (Arc::new(Shelf::default()), Surroundings::default());
    let follower = Follower::new(path, cut, (0, &shelf), &mut around, 0).expect("opens");
    let mut follower = follower.fixed();
    fs::rename(path, folder.path().join("app.log.2")).expect("renamed");
    fs::write(path, "2\n").expect("written");
    assert_eq!(follower.poll(&mut around, 0), None);
    let block = follower.poll(&mut around, HOLD_NS).expect("its own line");
    assert_eq!(block.bytes, b"1\n");
    assert_eq!(follower.poll(&mut around, 2 * HOLD_NS), None);
}

#[test]
fn an_event_that_goes_on_in_the_next_file_comes_whole() {
    let mut bench = Bench::new("1 one\n2 two\n  at a\n");
    assert_eq!(bench.poll(1), "1 one\n");
    bench.rename("app.log", "app.log.1");
    bench.append("  at b\n  at c\n3 three\n4 four\n");
    bench.poll(1);
    let said: Vec<String> = bench
        .blocks
        .iter()
        .map(|one| text(std::slice::from_ref(one)))
        .collect();
    assert_eq!(said[1], "2 two\n  at a\n  at b\n  at c\n");
    assert_eq!(said[2], "3 three\n");
    assert_eq!(bench.settle(), "4 four\n");
    bench.assert_on_the_shelf();
}

#[test]
fn the_rest_of_an_event_may_come_while_its_file_is_new_and_empty() {
    let mut bench = Bench::new("1 one\n");
    bench.poll(1);
    bench.rename("app.log", "app.log.1");
    bench.append("");
    assert_eq!(bench.poll(1), "");
    bench.append("  at a\n");
    assert_eq!(bench.poll(1), "", "more of it may come");
    bench.append("  at b\n2 two\n");
    assert_eq!(bench.poll(1), "1 one\n  at a\n  at b\n");
    assert_eq!(bench.settle(), "2 two\n");
    bench.assert_on_the_shelf();
}

#[test]
fn a_file_that_begins_with_an_event_takes_nothing_over() {
    let mut bench = Bench::new("1 one\n  at a\n");
    bench.poll(1);
    bench.rename("app.log", "app.log.1");
    bench.append("2 two\n3 three\n");
    assert_eq!(bench.poll(1), "2 two\n");
    let rest = bench.settle();
    assert!(
        rest.contains("1 one\n  at a\n") && rest.contains("3 three\n"),
        "{rest}"
    );
    bench.assert_on_the_shelf();
}

#[test]
fn an_event_in_three_files_without_a_line_of_its_own_is_one() {
    let mut bench = Bench::new("1 one\n");
    bench.poll(1);
    bench.rename("app.log", "app.log.1");
    bench.append("  at a\n");
    assert_eq!(bench.poll(1), "");
    bench.rename("app.log", "app.log.2");
    bench.append("  at b\n2 two\n");
    assert_eq!(bench.poll(1), "1 one\n  at a\n  at b\n");
    assert_eq!(bench.settle(), "2 two\n");
}
