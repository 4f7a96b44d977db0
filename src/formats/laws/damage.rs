//! Lines of all fixtures, damaged by chance: a seed says which.
//!
//! In: a seed. Out: batches of lines of one sample, most of them usual, with what reads them. Reads
//! none.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::servers;
use crate::formats::template::Template;
use crate::formats::wrap::Wrapper;
use crate::formats::{Engine, Format, SourceKind, StampSide, catalogue};

/// Numbers by chance (Marsaglia 2003, "Xorshift RNGs"), so that a seed alone says what was read.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) as usize) % bound.max(1)
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn range(&mut self, of: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(of.len() + 1);
        start..(start + self.below(12)).min(of.len())
    }
}

/// What is put into lines: bytes that mean something to some reader.
const SIGNS: [&str; 52] = [
    "\"",
    "\\",
    "\\\"",
    " ",
    "  ",
    ",",
    ", ",
    "=",
    "{",
    "}",
    "[",
    "]",
    ":",
    ":  ",
    "-",
    "--",
    "-- ",
    ".",
    "0",
    "7",
    "42",
    "1234567",
    "12345678",
    "123456789012",
    "0.5",
    "1e5",
    "\t",
    "\r",
    "\x1b[1m",
    "@",
    "(",
    ")",
    "/",
    "//",
    "#",
    ";",
    "'",
    "?",
    "$1",
    "null",
    "true",
    "<*>",
    "Jul ",
    "Sat ",
    "10.0.0.7:5432",
    "app-3",
    "ms",
    "s",
    "é",
    "\0",
    "a=",
    " k=\"x y\"",
];

/// A line as it is, or with other digits, or damaged.
fn damaged(line: &[u8], other: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut line = line.to_vec();
    if chance.below(2) == 0 {
        for byte in &mut line {
            if byte.is_ascii_digit() && chance.below(40) == 0 {
                *byte = b'0' + chance.below(10) as u8;
            }
        }
    }
    let times = [0, 0, 0, 1, 1, 2, 5][chance.below(7)];
    for _ in 0..times {
        let range = chance.range(&line);
        match chance.below(9) {
            0 => drop(line.drain(range)),
            1 => line.truncate(range.start),
            2 => {
                let again = line[range.clone()].to_vec();
                line.splice(range.end..range.end, again);
            }
            3 => {
                let from = chance.below(other.len() + 1);
                line.truncate(range.start);
                line.extend_from_slice(&other[from..]);
            }
            4 => {
                let many = [9, 17, 70, 130, 450, 900][chance.below(6)];
                let with = chance.one(&["7", "a", "a7", " ", "ab ", "\\", "\"", "/", "(1,"]);
                line.splice(range, with.repeat(many).into_bytes());
            }
            5 => {
                if let Some(byte) = line.get_mut(range.start) {
                    *byte = chance.below(256) as u8;
                }
            }
            6 => {
                let sign = chance.one(&SIGNS).bytes();
                line.splice(range, sign);
            }
            _ => {
                let sign = chance.one(&SIGNS).bytes();
                line.splice(range.start..range.start, sign);
            }
        }
    }
    line.retain(|byte| *byte != b'\n');
    line
}

/// Layers, and what they write in front of a line.
const LAYERS: [(Wrapper, &[&str]); 4] = [
    (
        Wrapper::Cri,
        &[
            "2015-07-22T14:35:10.123456789Z stdout F ",
            "2015-07-22T14:35:10.223456789Z stderr F ",
            "2015-07-22T16:35:11.123456789+02:00 stdout F ",
            "2015-07-22T14:35:10.123456789Z stdout P ",
            "",
        ],
    ),
    (Wrapper::Compose, &["web-1  | ", "db-1   | ", "web-1  |"]),
    (
        Wrapper::Stamped,
        &["2015-07-22T14:35:10.123456789Z ", "2015-07-22T14:35:10Z "],
    ),
    (
        Wrapper::Syslog,
        &[
            "Jul 22 14:35:10 lb-1 web[7]: ",
            "<11>Jul 22 14:35:10 lb-2 web[8]: ",
            "2015-07-22T14:35:10.123456+00:00 lb-1 web: ",
        ],
    ),
];

/// The lines within a layer; most have the same in front of them.
pub(super) fn in_layer(batches: &mut [Vec<Vec<u8>>], chance: &mut Chance) -> Wrapper {
    let (wrapper, fronts) = LAYERS[chance.below(LAYERS.len())];
    for line in batches.iter_mut().flatten() {
        let front = match chance.below(4) {
            0 => chance.one(fronts),
            _ => fronts[0],
        };
        line.splice(0..0, front.bytes());
    }
    wrapper
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// A format and lines that it reads; without one it is detected.
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) format: Option<Format>,
    pub(super) lines: Vec<Vec<u8>>,
}

fn sample(name: &str, format: Option<Format>, text: &[u8]) -> Sample {
    let lines = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    Sample {
        name: name.to_owned(),
        format,
        lines: lines.map(<[u8]>::to_vec).collect(),
    }
}

/// All fixtures, and formats as a user may write them.
pub(super) static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let mut samples = Vec::new();
    for format in catalogue::builtin() {
        let text = fs::read(folder("formats").join(format!("{}.log", format.name)));
        let text = text.expect("every format has a fixture");
        samples.push(sample(&format.name, Some(format.clone()), &text));
    }
    let mut wraps: Vec<_> = fs::read_dir(folder("wraps"))
        .expect("there")
        .map(|one| one.expect("read").path())
        .collect();
    wraps.sort();
    for path in wraps
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
    {
        samples.push(sample(
            &path.display().to_string(),
            None,
            &fs::read(path).expect("read"),
        ));
    }
    for (i, (template, text)) in OWN.into_iter().enumerate() {
        let template = Template::compile(template, None).expect("compiles");
        let format = Format::new(
            "own",
            SourceKind::App,
            StampSide::End,
            Engine::Template(vec![template]),
        );
        samples.push(sample(&format!("own {i}"), Some(format), text.as_bytes()));
    }
    for (name, text) in servers::logs() {
        let format = catalogue::builtin_named("postgresql").expect("a definition");
        samples.push(sample(&name, Some(format.clone()), text.as_bytes()));
        let in_syslog = servers::in_syslog(&text);
        samples.push(sample(
            &format!("{name} in syslog"),
            None,
            in_syslog.as_bytes(),
        ));
    }
    samples
});

/// Templates with fields where they seldom stand, and lines that are nearly theirs.
const OWN: [(&str, &str); 12] = [
    (
        "{client} {status}{?} [{time:clf}] {level}",
        "10.0.0.1 200 [22/Jul/2015:15:35:10 +0100] info
10.0.0.1 200 [22/Jul/2015:15:35:11 +0100] warn
10.0.0.1 200 [",
    ),
    (
        "[{time:clf}] {bytes}{?} {level} {message}",
        "[22/Jul/2015:15:35:10 +0100] 17 info all is well
[22/Jul/2015:15:35:10 +0100] 17
[22/Jul/2015:15:35:10 +0100] 17 ",
    ),
    (
        r#"[{time:clf}]{?} "{request}" {latency:written} {service}"#,
        r#"[22/Jul/2015:15:35:10 +0100] "GET /a HTTP/1.1" 17ms shop
[22/Jul/2015:15:35:10 +0100]
[22/Jul/2015:15:35:10 +0100] ""#,
    ),
    (
        "{service} {bytes} {request_id} [{time:clf}] {service} {bytes} {request_id} {message}",
        "a 1 17171717 [22/Jul/2015:15:35:10 +0100] b 2 18181818 text
a 1 17171717 [22/Jul/2015:15:35:10 +0100] - - - text",
    ),
    (
        "[{time:clf}] {_} [{time:clf}] {message}",
        "[22/Jul/2015:15:35:10 +0100] to [22/Jul/2015:15:35:12 +0100] text
[22/Jul/2015:15:35:10 +0100] to [-] text",
    ),
    (
        "[{time:clf}] {latency:s}.{message}",
        "[22/Jul/2015:15:35:10 +0100] 1.5.x
[22/Jul/2015:15:35:10 +0100] 17.x",
    ),
    (
        "[{time:clf}] {latency:us} {level} {user} {message}",
        "[22/Jul/2015:15:35:10 +0100] 15 info ann text
[22/Jul/2015:15:35:10 +0100] 1.5 info ann text
[22/Jul/2015:15:35:10 +0100] 15 - ann text
[22/Jul/2015:15:35:10 +0100] 15 odd ann text
[22/Jul/2015:15:35:10 +0100] 15 info a:b text",
    ),
    (
        r#"{client} [{time:clf}] "{request}" {status} {flags}"#,
        r#"10.0.0.1 [22/Jul/2015:15:35:10 +0100] "GET /a HTTP/1.1" 200 x
10.0.0.1 [22/Jul/2015:15:35:10 +0100] "GET  /a HTTP/1.1" 200 x
10.0.0.1 [22/Jul/2015:15:35:10 +0100] "GET - HTTP/1.1" 200 x
10.0.0.1 [22/Jul/2015:15:35:10 +0100] "GET " 200 x
10.0.0.1 [22/Jul/2015:15:35:10 +0100] " /a" 200 x
10.0.0.1 [22/Jul/2015:15:35:10 +0100] "get /a" -1 x
10.0.0.1, 10.0.0.2 [22/Jul/2015:15:35:10 +0100] "GET /a" -1 x"#,
    ),
    (
        "[{time:clf}] {latency:s} {message}",
        "[22/Jul/2015:15:35:10 +0100] 1.25 x
[22/Jul/2015:15:35:10 +0100] . x
[22/Jul/2015:15:35:10 +0100] .5 x
[22/Jul/2015:15:35:10 +0100] 1. x
[22/Jul/2015:15:35:10 +0100] - x
[22/Jul/2015:15:35:10 +0100] -1 x
[22/Jul/2015:15:35:10 +0100] 123456789012 x",
    ),
    (
        r#"[{time:clf}] "{client:list}" <{_}> {message}"#,
        r#"[22/Jul/2015:15:35:10 +0100] "10.0.0.1, 10.0.0.2" <a> x
[22/Jul/2015:15:35:10 +0100] "10.0.0.1 b" <a> x
[22/Jul/2015:15:35:10 +0100] "" <a> x
[22/Jul/2015:15:35:10 +0100] "b:17" <a> x"#,
    ),
    (
        "{level} {time:iso}",
        "info 2015-07-22T15:35:10Z
info 2015-07-22T15:35:10Z and what is no stamp
info 2015-07-22T15:35:10
info 2015-07-22T15:35:10.500
info 2015-07-22T15:35:11Z",
    ),
    (
        "{user} {_} {time:epoch}",
        "ann - 1437575710
- x 1437575710
ann - 1437575710.5
ann - 1437575710 and what is no stamp
ann - 14375757101",
    ),
];

/// A batch or more of lines that are made by chance of a sample's: damaged mostly, or hardly, so that
/// what nearly always says the same is learned.
pub(super) fn batches(sample: &Sample, chance: &mut Chance) -> Vec<Vec<Vec<u8>>> {
    // Few different lines among many: most of a log is usual.
    let few = [1, 1, 2, 3, 4, 6][chance.below(6)];
    let odd = [1, 1, 5, 20, 60][chance.below(5)];
    let most = [120, 120, 400][chance.below(3)];
    let chosen: Vec<&[u8]> = (0..few)
        .map(|_| sample.lines[chance.below(sample.lines.len())].as_slice())
        .collect();
    let mut known: Vec<Vec<u8>> = chosen.iter().map(|line| line.to_vec()).collect();
    let mut batch = |chance: &mut Chance| -> Vec<Vec<u8>> {
        let lines = 1 + chance.below(most);
        (0..lines)
            .map(|_| {
                let from: &[u8] = match chance.below(4 * odd) {
                    0 => &sample.lines[chance.below(sample.lines.len())],
                    _ => &known[chance.below(known.len())],
                };
                if chance.below(odd) > 0 {
                    return renumbered(from, chance);
                }
                let made = damaged(from, chosen[chance.below(few)], chance);
                if chance.below(8) == 0 && known.len() < 40 {
                    known.push(made.clone());
                }
                made
            })
            .collect()
    };
    (0..1 + chance.below(3)).map(|_| batch(chance)).collect()
}

/// A line as it is, or with another number somewhere.
fn renumbered(line: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut line = line.to_vec();
    let from = chance.below(2 * line.len() + 1);
    let rest = line.get_mut(from..).unwrap_or(&mut []);
    let digits = rest
        .iter_mut()
        .skip_while(|byte| !byte.is_ascii_digit())
        .take_while(|byte| byte.is_ascii_digit());
    digits.for_each(|byte| *byte = b'0' + chance.below(10) as u8);
    line
}
