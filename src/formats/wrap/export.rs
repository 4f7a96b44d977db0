//! The journal as `journalctl -o export` writes it: an entry is a block of `FIELD=value` lines, and
//! a blank line ends it ("Journal Export Formats", systemd.io).
//!
//! In: the lines of a batch. Out: each entry as one line of JSON with the same keys, as
//! `journalctl -o json` writes it, for the lines from its first to its last. A value that is no
//! plain text stands behind a line that is the field's name alone: its length in eight bytes, the
//! least first, and so many bytes, line ends among them. What the keys mean is the JSON engine's.

use super::layers::{Origin, Stage};
use crate::lines::LineBatch;

/// Longest name of a field, in bytes, as the journal has it.
const NAME_MAX: usize = 64;
/// The first field of every entry.
const CURSOR: &[u8] = b"__CURSOR=";
/// What every entry has.
const RECEIVED: &[u8] = b"__REALTIME_TIMESTAMP=";
/// Bytes that say how long a value is.
const LENGTH_BYTES: usize = 8;

/// True if lines are entries of an export: at least one with its time, and hardly anything else.
pub fn is_in(head: &LineBatch) -> bool {
    let has_time = (0..head.len()).any(|i| head.line(i).starts_with(RECEIVED));
    if !has_time {
        return false;
    }
    let (mut others, mut i) = (0, 0);
    while i < head.len() {
        let line = head.line(i);
        match field(head, i) {
            Some((_, _, next)) => i = next,
            None => {
                others += usize::from(!line.is_empty());
                i += 1;
            }
        }
    }
    others * 10 <= head.len()
}

/// True if an entry begins at this line, given the line before it.
pub fn opens(before: Option<&[u8]>, line: &[u8]) -> bool {
    line.starts_with(CURSOR) || (before.is_some_and(<[u8]>::is_empty) && line.starts_with(b"__"))
}

/// Entries as lines of JSON. Other lines stay as they are.
pub(super) fn entries(batch: &LineBatch) -> Stage<'static> {
    let mut out = Stage::with_capacity(batch.bytes(), batch.len());
    let (mut i, mut json) = (0, Vec::new());
    while i < batch.len() {
        let end = entry(batch, i, &mut json);
        let whole = Origin::of_lines(i, end - 1);
        match json.is_empty() {
            true => out.push(batch.line(i), whole),
            false => out.push(&json, whole),
        }
        i = end;
    }
    out
}

/// The same, each where its first line stood; all other lines are blank.
pub fn in_place(batch: &LineBatch) -> LineBatch {
    let stage = entries(batch);
    let mut lines = vec![&[][..]; batch.len()];
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        lines[origin.first as usize] = stage.line(i);
    }
    let text = lines
        .into_iter()
        .flat_map(|line| line.iter().copied().chain([b'\n']));
    LineBatch::split(text.collect(), 0)
}

/// Entries as a batch of lines of JSON.
pub fn as_lines(batch: &LineBatch) -> LineBatch {
    let stage = entries(batch);
    let ranges = stage.items.into_iter().map(|(range, _)| range).collect();
    LineBatch::of(stage.buffer.into_owned(), ranges)
}

/// Writes the entry that begins at a line into `json`, and says which line stands behind it. A line
/// that begins none leaves `json` empty.
fn entry(batch: &LineBatch, first: usize, json: &mut Vec<u8>) -> usize {
    json.clear();
    let mut i = first;
    while i < batch.len() {
        let line = batch.line(i);
        let is_next = i > first && line.starts_with(CURSOR);
        if line.is_empty() || is_next {
            break;
        }
        let Some((name, value, next)) = field(batch, i) else {
            // What is damaged within an entry is left out of it.
            if json.is_empty() {
                break;
            }
            i += 1;
            continue;
        };
        json.push(if json.is_empty() { b'{' } else { b',' });
        push_text(name, json);
        json.push(b':');
        push_text(value, json);
        i = next;
    }
    if !json.is_empty() {
        json.push(b'}');
    }
    i.max(first + 1)
}

/// Name and value of the field at a line, and the line behind it. `None` where there is no field,
/// or its value is cut off.
fn field(batch: &LineBatch, i: usize) -> Option<(&[u8], &[u8], usize)> {
    let line = batch.line(i);
    let reach = &line[..line.len().min(NAME_MAX + 1)];
    if let Some(end) = memchr::memchr(b'=', reach) {
        let name = &line[..end];
        return is_name(name).then(|| (name, &line[end + 1..], i + 1));
    }
    if !is_name(line) || i + 1 >= batch.len() {
        return None;
    }
    let (start, _) = batch.range(i + 1);
    let behind = batch.buffer().get(start..)?;
    let (length, data) = behind.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let value = data.get(..length)?;
    if data.get(length).is_some_and(|byte| *byte != b'\n') {
        return None;
    }
    let end = batch.offset(i + 1) + (LENGTH_BYTES + length) as u64;
    Some((line, value, batch.line_before(end + 1) + 1))
}

fn is_name(bytes: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    bytes.len() <= NAME_MAX
        && bytes.first().is_some_and(is_letter)
        && bytes
            .iter()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

/// A text of JSON: bytes that are no text stay as they are.
pub(super) fn push_text(bytes: &[u8], json: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    json.push(b'"');
    let mut rest = bytes;
    while let Some(at) = rest
        .iter()
        .position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'))
    {
        json.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => json.extend_from_slice(b"\\n"),
            b'\t' => json.extend_from_slice(b"\\t"),
            byte @ 0..0x20 => {
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                json.extend_from_slice(b"\\u00");
                json.extend_from_slice(&digits);
            }
            byte => json.extend_from_slice(&[b'\\', byte]),
        }
        rest = &rest[at + 1..];
    }
    json.extend_from_slice(rest);
    json.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::json;
    use proptest::prelude::*;

    fn split(bytes: &[u8]) -> LineBatch {
        LineBatch::split(bytes.to_vec(), 0)
    }

    /// Each line of the outcome with the lines that it was.
    fn check(bytes: &[u8], expected: &[&str]) {
        let stage = entries(&split(bytes));
        let said: Vec<String> = stage
            .items
            .iter()
            .enumerate()
            .map(|(i, (_, origin))| {
                let text = String::from_utf8_lossy(stage.line(i)).into_owned();
                format!("{}-{} {text}", origin.first, origin.last)
            })
            .collect();
        assert_eq!(said, expected);
    }

    /// A field whose value is no plain text.
    fn long(name: &str, value: &[u8]) -> Vec<u8> {
        let length = (value.len() as u64).to_le_bytes();
        [name.as_bytes(), b"\n", &length, value, b"\n"].concat()
    }

    #[test]
    fn a_block_of_fields_is_an_entry_and_a_blank_line_ends_it() {
        check(
            b"__CURSOR=s=1\nPRIORITY=3\nMESSAGE=a \"b\" \\ c=d\n\n__CURSOR=s=2\nMESSAGE=\n",
            &[
                r#"0-2 {"__CURSOR":"s=1","PRIORITY":"3","MESSAGE":"a \"b\" \\ c=d"}"#,
                "3-3 ",
                r#"4-5 {"__CURSOR":"s=2","MESSAGE":""}"#,
            ],
        );
    }

    #[test]
    fn a_value_with_line_ends_has_its_length_before_it() {
        let message = long("MESSAGE", b"out of memory\n\n__CURSOR=no\r\n\tat heap.grow");
        let bytes = [b"__CURSOR=s=1\n", &message[..], b"PRIORITY=2\n\n"].concat();
        check(
            &bytes,
            &[
                r#"0-6 {"__CURSOR":"s=1","MESSAGE":"out of memory\n\n__CURSOR=no\u000d\n\tat heap.grow","PRIORITY":"2"}"#,
                "7-7 ",
            ],
        );
        // A length that is a line end itself: its lines are one more.
        let message = long("MESSAGE", b"123456\n890");
        let bytes = [b"__CURSOR=s=1\n", &message[..], b"PRIORITY=2\n"].concat();
        check(
            &bytes,
            &[r#"0-5 {"__CURSOR":"s=1","MESSAGE":"123456\n890","PRIORITY":"2"}"#],
        );
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_left_out_of_its_entry() {
        let message = long("MESSAGE", b"never seen whole");
        let bytes = [b"__CURSOR=s=1\nPRIORITY=2\n", &message[..20]].concat();
        check(&bytes, &[r#"0-3 {"__CURSOR":"s=1","PRIORITY":"2"}"#]);
        check(
            b"__CURSOR=1\nnoise here\nA=2\n__CURSOR=2\n\n-- end --",
            &[
                r#"0-2 {"__CURSOR":"1","A":"2"}"#,
                r#"3-3 {"__CURSOR":"2"}"#,
                "4-4 ",
                "5-5 -- end --",
            ],
        );
    }

    #[test]
    fn an_export_is_told_from_other_lines_with_equals_signs() {
        assert!(is_in(&split(
            b"__CURSOR=a\n__REALTIME_TIMESTAMP=1709280000000000\nMESSAGE=x\n\n"
        )));
        assert!(!is_in(&split(b"PATH=/bin\nHOME=/root\n")));
        assert!(!is_in(&split(
            b"__REALTIME_TIMESTAMP=1\nts=1 level=info\nts=2 level=info\n"
        )));
    }

    #[test]
    fn blocks_are_cut_where_an_entry_begins() {
        assert!(opens(None, b"__CURSOR=a") && opens(Some(b""), b"__REALTIME_TIMESTAMP=1"));
        assert!(!opens(Some(b"__CURSOR=a"), b"__REALTIME_TIMESTAMP=1"));
        assert!(!opens(Some(b""), b"MESSAGE=a") && !opens(Some(b"MESSAGE=a"), b""));
    }

    #[test]
    fn an_entry_stands_where_its_first_line_stood() {
        let batch = in_place(&split(b"\n__CURSOR=a\nA=1\n\nx\n"));
        let lines: Vec<_> = (0..batch.len()).map(|i| batch.line(i).to_vec()).collect();
        let expected: [&[u8]; 5] = [b"", br#"{"__CURSOR":"a","A":"1"}"#, b"", b"", b"x"];
        assert_eq!(lines, expected);
    }

    proptest! {
        #[test]
        fn every_line_is_in_one_entry(parts in prop::collection::vec("(__CURSOR=a|A=b|MESSAGE|x y|\r|\u{1}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}[a\n]|)\n?", 0..30)) {
            let batch = split(parts.concat().as_bytes());
            let stage = entries(&batch);
            let mut next = 0;
            for (i, (_, origin)) in stage.items.iter().enumerate() {
                prop_assert_eq!(origin.first, next);
                prop_assert!(origin.last >= origin.first);
                next = origin.last + 1;
                if stage.line(i).starts_with(b"{") {
                    prop_assert_eq!(json::walk(stage.line(i), &mut |_, _| {}), Some(()));
                }
            }
            prop_assert_eq!(next as usize, batch.len());
            prop_assert_eq!(in_place(&batch).len(), batch.len());
        }

        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = (is_in(&split(&bytes)), entries(&split(&bytes)).items.len());
        }
    }
}
