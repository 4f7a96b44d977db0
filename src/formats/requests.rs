//! Requests that a program tells of in its messages: `GET /pay/7 200 12.5ms`, or in its own words,
//! `Request POST /pay completed with status 502 in 0.7s`.
//!
//! In: a message, and where such messages have their status, duration and client: so many words
//! from the request or from an end. Out: the request's fields, or nothing where one is missing.
//! `learnt` finds those places in a sample. Knows no program's own layout.

pub mod learnt;

use std::net::IpAddr;

use super::address::without_port;
use super::field::Unit;
use super::value;
use super::work::{core, duration_us};

/// Most words of a message that tells of a request.
const WORDS_MAX: usize = 64;
/// Methods of HTTP.
pub(super) const METHODS: [&[u8]; 9] = [
    b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"CONNECT", b"TRACE",
];

/// Where messages that tell of a request have what they say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    status: Place,
    duration: Option<Duration>,
    client: Option<Place>,
}

/// The place of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// So many words behind the target, from 1.
    Behind(usize),
    /// So many before the method, from 1.
    Before(usize),
    /// From the begin of the message, from 1.
    First(usize),
    /// From its end, from 1.
    Last(usize),
}

/// The place of a number that is a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Duration {
    place: Place,
    /// The unit of numbers without one; `None` if each says its own.
    unit: Option<Unit>,
}

/// What a message says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// `GET`.
    pub method: &'a [u8],
    /// `/pay/7?a=b`, or with a host in front.
    pub target: &'a [u8],
    /// Its HTTP status.
    pub status: i64,
    /// How long it took.
    pub latency_us: Option<i64>,
    /// Who asked.
    pub client: Option<&'a [u8]>,
}

impl Layout {
    /// The request that a message tells of, if it has a status where such messages have it.
    pub fn read<'a>(&self, message: &'a [u8]) -> Option<Told<'a>> {
        let words = Words::of(message)?;
        let status = status(words.at(self.status)?)?;
        let latency_us = self
            .duration
            .and_then(|duration| words.duration_us(duration));
        let client = self.client.and_then(|place| address(words.at(place)?));
        Some(Told {
            method: core(words.all[words.method]),
            target: core(words.all[words.target]),
            status,
            latency_us,
            client,
        })
    }

    /// Where it finds what, in words.
    pub fn words(&self) -> String {
        let mut words = format!("status in {}", self.status.words());
        if let Some(Duration { place, unit }) = self.duration {
            words += &format!(", duration in {}", place.words());
            if let Some(unit) = unit {
                words += &format!(" (guessed: {})", unit.suffix());
            }
        }
        if let Some(place) = self.client {
            words += &format!(", client in {}", place.words());
        }
        words
    }
}

impl Place {
    fn words(self) -> String {
        match self {
            Self::Behind(n) => format!("word {n} behind the target"),
            Self::Before(n) => format!("word {n} before the method"),
            Self::First(n) => format!("word {n}"),
            Self::Last(n) => format!("word {n} from the end"),
        }
    }
}

/// The words of a message that names a method and a target.
struct Words<'a> {
    all: [&'a [u8]; WORDS_MAX],
    count: usize,
    method: usize,
    target: usize,
}

impl<'a> Words<'a> {
    /// `None` if no target stands behind a method, or there are too many words.
    fn of(message: &'a [u8]) -> Option<Self> {
        // Most messages of a log name no path.
        memchr::memchr(b'/', message)?;
        let (mut all, mut count): ([&[u8]; WORDS_MAX], usize) = ([b""; WORDS_MAX], 0);
        let is_between = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'|';
        let words = message.split(is_between);
        for word in words.filter(|word| !word.is_empty()) {
            *all.get_mut(count)? = word;
            count += 1;
        }
        let words = &all[..count];
        let method = words
            .iter()
            .position(|word| METHODS.contains(&core(word)))?;
        // `GET - /pay`.
        let is_sign = |word: &&[u8]| !word.iter().any(u8::is_ascii_alphanumeric) && **word != *b"/";
        let signs = words[method + 1..]
            .iter()
            .take(1)
            .filter(|word| is_sign(word));
        let target = method + 1 + signs.count();
        is_target(core(words.get(target)?)).then_some(Self {
            all,
            count,
            method,
            target,
        })
    }

    /// The word at a place; none of the request's own.
    fn at(&self, place: Place) -> Option<&'a [u8]> {
        Some(self.all[self.index(place)?])
    }

    fn index(&self, place: Place) -> Option<usize> {
        let at = match place {
            Place::Behind(n) => self.target + n,
            Place::Before(n) => self.method.checked_sub(n)?,
            Place::First(n) => n - 1,
            Place::Last(n) => self.count.checked_sub(n)?,
        };
        let is_own = (self.method..=self.target).contains(&at);
        (at < self.count && !is_own).then_some(at)
    }

    fn duration_us(&self, duration: Duration) -> Option<i64> {
        match duration.unit {
            None => self.written_us(duration.place),
            Some(unit) => value::duration_us(bare_decimal(self.at(duration.place)?)?, unit),
        }
    }

    /// The duration at a place whose unit stands behind the number, perhaps as a word of its own.
    fn written_us(&self, place: Place) -> Option<i64> {
        let at = self.index(place)?;
        let next = self.all[..self.count].get(at + 1).copied();
        let (us, _) = duration_us(self.all[at], next)?;
        Some(us)
    }
}

fn is_target(word: &[u8]) -> bool {
    let begins = |text: &[u8]| word.starts_with(text);
    begins(b"/") || begins(b"http://") || begins(b"https://")
}

/// An HTTP status, and nothing else.
fn status(word: &[u8]) -> Option<i64> {
    let word = core(word);
    let is_one = word.len() == 3 && word.iter().all(u8::is_ascii_digit);
    value::integer(word).filter(|status| is_one && (100..600).contains(status))
}

/// An address, perhaps with its port, perhaps behind `client=`.
fn address(word: &[u8]) -> Option<&[u8]> {
    let word = word.rsplit(|byte| *byte == b'=').next()?;
    let is_bracket = word.starts_with(b"[");
    let word = if is_bracket { word } else { core(word) };
    let address = without_port(word);
    let text = std::str::from_utf8(address).ok()?;
    text.parse::<IpAddr>().is_ok().then_some(address)
}

/// A number with a point and nothing else.
fn bare_decimal(word: &[u8]) -> Option<&[u8]> {
    let word = core(word);
    let is_one = word.first()?.is_ascii_digit()
        && word.contains(&b'.')
        && word
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    is_one.then_some(word)
}
