//! The JSON engine: one pass over the bytes of a line, handing out the values of wanted keys.
//!
//! Keys are dotted paths (`http.status`); a nested object and a literal dotted key are the
//! same. No tree is built. A line that is not one object is not an event.

use super::escapes::text_end;
use super::field::{Field, Unit};
use super::row::Row;
use super::shape::{Grammar, Met, Shapes};
use super::stamp::StampReader;
use super::value;
use crate::events::Text;

/// Deepest nesting followed.
const DEPTH_MAX: usize = 16;
/// Longest dotted path looked at, in bytes.
const PATH_LENGTH_MAX: usize = 128;

/// Most keys a plan can want.
pub const WANTED_MAX: usize = 32;

/// A value as it stands in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Without its quotes, escapes still in.
    Text(&'a [u8]),
    /// A number, `true` or `false`.
    Bare(&'a [u8]),
    /// What stands between the brackets of a list of whole numbers.
    Numbers(&'a [u8]),
}

/// Which key means what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    wanted: Vec<(Vec<u8>, Field)>,
    /// Services whose durations have another unit than the key's.
    units: Vec<(Vec<u8>, Unit)>,
}

impl Plan {
    /// A plan from dotted keys and their fields, at most `WANTED_MAX`. Where two keys feed
    /// one field the first in the plan wins.
    pub fn new(mut wanted: Vec<(Vec<u8>, Field)>) -> Self {
        wanted.truncate(WANTED_MAX);
        Self {
            wanted,
            units: Vec::new(),
        }
    }

    /// The same, where the durations of some services have units of their own.
    pub fn with_units(self, units: &[(Vec<u8>, Unit)]) -> Self {
        Self {
            units: units.to_vec(),
            ..self
        }
    }

    /// Services with units of their own, and these.
    pub fn units(&self) -> &[(Vec<u8>, Unit)] {
        &self.units
    }

    /// The field of a key in a line of that service.
    pub(super) fn of_service(&self, field: Field, service: &[u8]) -> Field {
        let unit = self.units.iter().find(|(name, _)| name == service);
        match (field, unit) {
            (Field::Latency(_), Some((_, unit))) => Field::Latency(*unit),
            _ => field,
        }
    }

    /// The keys and fields.
    pub fn wanted(&self) -> &[(Vec<u8>, Field)] {
        &self.wanted
    }

    /// Reads a line into the row's pieces. `None` if it is not one JSON object. Lines of a known
    /// shape are read by it, others teach theirs.
    pub fn split<'a>(
        &self,
        line: &'a [u8],
        shapes: &mut Shapes,
        row: &mut Row<'a>,
        stamps: &mut StampReader,
    ) -> Option<()> {
        // A shape knows one unit for all.
        let is_one_unit = self.units.is_empty();
        if is_one_unit && shapes.read(Grammar::Json, line, row, stamps) {
            return Some(());
        }
        let mut next = 0;
        let mut found: [Option<Value>; WANTED_MAX] = [None; WANTED_MAX];
        let mut met: Vec<Met<'a>> = Vec::new();
        let mut places = [None; WANTED_MAX];
        let n = self.wanted.len();
        walk(line, &mut |path, value| {
            // Keys mostly come in the order of the wanted ones: try the next one first.
            let wanted = (0..n)
                .map(|i| (next + i) % n)
                .find(|&i| self.wanted[i].0 == path);
            if let Some(i) = wanted {
                next = i + 1;
                found[i] = Some(value);
                places[i] = Some(met.len());
            }
            if let Value::Text(bytes) | Value::Bare(bytes) = value {
                met.push(Met {
                    bytes,
                    wanted: None,
                    rank: 0,
                });
            }
        })?;
        let mut lists = false;
        let service = match is_one_unit {
            true => &[][..],
            false => self.service(&found),
        };
        // The first wanted key of a field wins: it is set last.
        for (i, value) in found[..n].iter().enumerate().rev() {
            let field = self.of_service(self.wanted[i].1, service);
            match value {
                Some(Value::Text(bytes)) => row.set_escaped(field, bytes, stamps),
                Some(Value::Bare(bytes)) => row.set(field, bytes, stamps),
                // journald writes a message that is not plain text as a list of its bytes.
                Some(Value::Numbers(bytes))
                    if matches!(field, Field::Message | Field::MessageWithLevel) =>
                {
                    row.set_byte_list(bytes)
                }
                Some(Value::Numbers(_)) => {}
                None => {}
            }
            lists |= matches!(value, Some(Value::Numbers(_)));
            if let Some(one) = places[i].and_then(|place| met.get_mut(place)) {
                (one.wanted, one.rank) = (Some(field), n - i);
            }
        }
        if !lists && is_one_unit {
            shapes.learn(Grammar::Json, line, &met);
        }
        Some(())
    }

    /// The keys that name the service.
    pub(super) fn is_service(&self, key: &[u8]) -> bool {
        let mut wanted = self.wanted.iter();
        wanted.any(|(name, field)| name == key && *field == Field::Text(Text::Service))
    }

    /// The service that a line names; empty if none.
    fn service<'a>(&self, found: &[Option<Value<'a>>; WANTED_MAX]) -> &'a [u8] {
        let is_service = |(_, field): &(Vec<u8>, Field)| *field == Field::Text(Text::Service);
        let at = self.wanted.iter().position(is_service);
        match at.and_then(|at| found[at]) {
            Some(Value::Text(bytes) | Value::Bare(bytes)) => bytes,
            _ => &[],
        }
    }
}

/// Calls `visit` with every scalar of the object in `line`, by its dotted path; nulls are
/// left out; a list of whole numbers is one value, elements of other lists have their list's
/// path. `None` if it is not one whole object.
pub fn walk<'a>(line: &'a [u8], visit: &mut impl FnMut(&[u8], Value<'a>)) -> Option<()> {
    let mut walker = Walker {
        rest: line,
        path: [0; PATH_LENGTH_MAX],
        path_length: 0,
    };
    walker.space();
    if walker.rest.first() != Some(&b'{') {
        return None;
    }
    walker.value(0, visit)?;
    walker.space();
    walker.rest.is_empty().then_some(())
}

struct Walker<'a> {
    rest: &'a [u8],
    path: [u8; PATH_LENGTH_MAX],
    path_length: usize,
}

impl<'a> Walker<'a> {
    fn space(&mut self) {
        let n = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        self.rest = &self.rest[n..];
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        self.rest = self.rest.strip_prefix(&[byte])?;
        self.space();
        Some(())
    }

    fn value(&mut self, depth: usize, visit: &mut impl FnMut(&[u8], Value<'a>)) -> Option<()> {
        match self.rest.first()? {
            b'{' if depth < DEPTH_MAX => self.object(depth, visit),
            b'[' if depth < DEPTH_MAX => self.array(depth, visit),
            b'"' => {
                let text = self.string()?;
                visit(&self.path[..self.path_length], Value::Text(text));
                Some(())
            }
            b'n' => {
                self.rest = self.rest.strip_prefix(b"null")?;
                Some(())
            }
            byte if byte.is_ascii_digit() || matches!(byte, b'-' | b't' | b'f') => {
                let is_end =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
                let n = self.rest.iter().position(is_end).unwrap_or(self.rest.len());
                let (bare, rest) = self.rest.split_at(n);
                self.rest = rest;
                visit(&self.path[..self.path_length], Value::Bare(bare));
                Some(())
            }
            _ => None,
        }
    }

    fn object(&mut self, depth: usize, visit: &mut impl FnMut(&[u8], Value<'a>)) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.string()?;
            self.take(b':')?;
            let outer = self.path_length;
            self.push(key);
            self.value(depth + 1, visit)?;
            self.path_length = outer;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn array(&mut self, depth: usize, visit: &mut impl FnMut(&[u8], Value<'a>)) -> Option<()> {
        if let Some((numbers, rest)) = whole_numbers(self.rest) {
            self.rest = rest;
            visit(&self.path[..self.path_length], Value::Numbers(numbers));
            return Some(());
        }
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(depth + 1, visit)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    /// A path that is too long is cut off and so matches no wanted key.
    fn push(&mut self, key: &[u8]) {
        let dot = usize::from(self.path_length > 0);
        let room = PATH_LENGTH_MAX.saturating_sub(self.path_length + dot);
        let n = key.len().min(room);
        if dot == 1 && self.path_length < PATH_LENGTH_MAX {
            self.path[self.path_length] = b'.';
            self.path_length += 1;
        }
        self.path[self.path_length..self.path_length + n].copy_from_slice(&key[..n]);
        self.path_length += n;
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let body = self.rest.strip_prefix(b"\"")?;
        let end = text_end(body)?;
        self.rest = &body[end + 1..];
        Some(&body[..end])
    }
}

/// `1, 2]...` behind an opening bracket: what stands in the brackets, and what follows them.
fn whole_numbers(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = bytes.strip_prefix(b"[")?;
    let end = body
        .iter()
        .position(|byte| !byte.is_ascii_digit() && !matches!(byte, b',' | b' '))?;
    let (numbers, rest) = body.split_at(end);
    let whole = numbers
        .split(|&byte| byte == b',')
        .all(|part| value::integer(part.trim_ascii()).is_some());
    rest.strip_prefix(b"]")
        .filter(|_| whole)
        .map(|rest| (numbers, rest))
}

/// The bytes of a list of their numbers, `104, 105`; numbers above 255 become U+FFFD.
pub fn bytes_of(numbers: &[u8], out: &mut Vec<u8>) {
    out.clear();
    for part in numbers.split(|&byte| byte == b',') {
        match value::integer(part.trim_ascii()).and_then(|n| u8::try_from(n).ok()) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice("\u{fffd}".as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(line: &str) -> Option<String> {
        let mut seen = Vec::new();
        walk(line.as_bytes(), &mut |path, value| {
            let (Value::Text(bytes) | Value::Bare(bytes) | Value::Numbers(bytes)) = value;
            seen.push(format!(
                "{}={}",
                String::from_utf8_lossy(path),
                String::from_utf8_lossy(bytes)
            ));
        })?;
        Some(seen.join(" "))
    }

    fn check(line: &str, expected: &str) {
        assert_eq!(pairs(line).as_deref(), Some(expected), "{line}");
    }

    #[test]
    fn nested_and_dotted_keys_are_the_same() {
        check(r#"{"a":{"b":1}, "c.d":"x"}"#, "a.b=1 c.d=x");
        check(r#"{"a":[1,{"b":true}],"n":null}"#, "a=1 a.b=true");
        check(" { } ", "");
    }

    #[test]
    fn a_list_of_whole_numbers_is_one_value() {
        check(
            r#"{"m":[104, 105],"e":[],"f":[1.5,2]}"#,
            "m=104, 105 f=1.5 f=2",
        );
        let mut out = Vec::new();
        bytes_of(b"104, 105,300", &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "hi\u{fffd}");
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for line in [
            "",
            "[]",
            "{",
            r#"{"a"}"#,
            r#"{"a":1} x"#,
            r#"{"a":"b}"#,
            r#"{"a":"\"#,
            "nul",
        ] {
            assert_eq!(pairs(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = walk(&bytes, &mut |_, _| {});
        }

        #[test]
        fn what_serde_json_accepts_is_accepted(map: std::collections::BTreeMap<String, f64>) {
            let line = serde_json::to_string(&map).expect("serialises");
            let read = walk(line.as_bytes(), &mut |_, _| {});
            prop_assert_eq!(read, Some(()));
        }
    }
}
