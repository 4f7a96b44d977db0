//! Lines as syslog and the journal wrap them.
//!
//! In: one line. Out: what the program wrote, time, host, program and severity. Reads RFC 3164
//! with and without its priority, RFC 5424 with structured data, and the files that rsyslog
//! writes with RFC 3339 stamps (also `journalctl -o short-iso`).

use super::containers::starts_like_a_date;
use super::{Inner, Peeled};
use crate::formats::field::LevelScale;
use crate::formats::json::{Value, walk};
use crate::formats::stamp::StampKind;
use crate::formats::value;

/// Longest program name with its number, in bytes.
const TAG_MAX: usize = 128;
/// Most bytes of the seconds since the machine's start.
const UPTIME_MAX: usize = 24;

/// A line of syslog in any of its three forms.
pub fn syslog(line: &[u8]) -> Option<Peeled<'_>> {
    let (level, rest) = priority(line);
    if level.is_some()
        && let Some(peeled) = rest.strip_prefix(b"1 ").and_then(newer)
    {
        return Some(Peeled { level, ..peeled });
    }
    let (stamp, rest) = stamp(rest)?;
    let (host, rest) = word(rest)?;
    if value::level(host, LevelScale::Words).is_some() || !is_host(host) {
        return None;
    }
    let (lane, service, inner) = tag(rest)?;
    Some(Peeled {
        stamp,
        host,
        service,
        lane,
        level,
        ..Peeled::of(without_uptime(service, inner))
    })
}

/// What the kernel says, without the seconds since the machine's start: syslog says when it was.
fn without_uptime<'a>(service: &[u8], inner: &'a [u8]) -> &'a [u8] {
    let rest = || {
        let body = inner.strip_prefix(b"[").filter(|_| service == b"kernel")?;
        let close = memchr::memchr(b']', &body[..body.len().min(UPTIME_MAX)])?;
        StampKind::Boot.read(&body[..close])?;
        body[close + 1..].strip_prefix(b" ")
    };
    rest().unwrap_or(inner)
}

/// True where the program has a number, as in `sshd[7]:`, or is the kernel: other programs than
/// syslog rarely write so.
pub fn has_process(line: &[u8]) -> bool {
    syslog(line).is_some_and(|peeled| {
        peeled.lane.ends_with(b"]") || peeled.service == b"kernel" || peeled.level.is_some()
    })
}

/// `<34>`: the severity in the last three bits, as a level.
fn priority(line: &[u8]) -> (Option<i64>, &[u8]) {
    let read = || {
        let body = line.strip_prefix(b"<")?;
        let end = memchr::memchr(b'>', &body[..body.len().min(4)])?;
        let number = value::integer(&body[..end]).filter(|n| (0..192).contains(n))?;
        let digit = [b'0' + (number % 8) as u8];
        Some((value::level(&digit, LevelScale::Syslog), &body[end + 1..]))
    };
    read().unwrap_or((None, line))
}

/// `Feb  3 06:09:12`, perhaps with a year or milliseconds, or an RFC 3339 stamp.
fn stamp(line: &[u8]) -> Option<(&[u8], &[u8])> {
    if line.len() > 20 && starts_like_a_date(line) {
        return word(line);
    }
    let is_month = line.len() > 16
        && line[0].is_ascii_uppercase()
        && line[1..3].iter().all(u8::is_ascii_lowercase)
        && line[3] == b' ';
    // `Feb  3`, `Feb 03` and, of some devices, `Feb 3`; a year may follow.
    let day = 4 + line
        .get(4..)?
        .iter()
        .take_while(|byte| **byte == b' ')
        .count();
    let (day_word, mut rest) = word(line.get(day..)?)?;
    let is_day = day <= 5 && matches!(day_word.len(), 1 | 2) && digits(day_word);
    let mut clock = word(rest)?;
    if clock.0.len() == 4 && digits(clock.0) {
        rest = clock.1;
        clock = word(rest)?;
    }
    // Some devices write `*Feb  3` or a colon behind the time.
    let text = clock.0.strip_suffix(b":").unwrap_or(clock.0);
    let is_clock = matches!(text, [_, _, b':', _, _, b':', _, _, ..]) && text.len() <= 15;
    let end = line.len() - rest.len() + text.len();
    (is_month && is_day && is_clock && digits(&text[..2])).then(|| (&line[..end], clock.1))
}

/// Behind `<34>1 `: stamp, host, program, process, message id, structured data, message.
fn newer(line: &[u8]) -> Option<Peeled<'_>> {
    let (stamp, rest) = word(line)?;
    let (host, rest) = word(rest)?;
    let head = rest;
    let (service, rest) = word(rest)?;
    let (process, rest) = word(rest)?;
    let lane = &head[..service.len() + 1 + process.len()];
    let (_, rest) = word(rest)?;
    let inner = match rest.first() {
        Some(b'[') => behind_data(rest)?,
        _ => rest.strip_prefix(b"-")?,
    };
    let inner = inner.strip_prefix(b" ").unwrap_or(inner);
    let said = |word: &'_ [u8]| word != b"-";
    Some(Peeled {
        stamp: if said(stamp) { stamp } else { b"" },
        host: if said(host) { host } else { b"" },
        service: if said(service) { service } else { b"" },
        lane,
        ..Peeled::of(without_uptime(
            service,
            inner.strip_prefix("\u{feff}".as_bytes()).unwrap_or(inner),
        ))
    })
}

/// What follows `[id a="b \] c"][id ...]`.
fn behind_data(bytes: &[u8]) -> Option<&[u8]> {
    let (mut i, mut quoted) = (0, false);
    while let Some(byte) = bytes.get(i) {
        match byte {
            b'\\' if quoted => i += 1,
            b'"' => quoted = !quoted,
            b']' if !quoted && bytes.get(i + 1) != Some(&b'[') => return Some(&bytes[i + 1..]),
            _ => {}
        }
        i += 1;
    }
    None
}

/// `program[7]: inner`: the whole tag, the program and the inner line.
fn tag(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let region = &bytes[..bytes.len().min(TAG_MAX)];
    // `message repeated` and the like have no program: no tag is read, the line stays whole.
    let end = region
        .iter()
        .position(|byte| matches!(byte, b':' | b' ' | b'['))?;
    let service = &bytes[..end];
    let (lane, rest) = match bytes[end] {
        b'[' => {
            let close = end + memchr::memchr(b']', &region[end..])?;
            (&bytes[..=close], &bytes[close + 1..])
        }
        _ => (service, &bytes[end..]),
    };
    let inner = rest.strip_prefix(b":")?;
    // `12:30:01 ...` and `C:\x` are no programs.
    let named = service.iter().any(u8::is_ascii_alphabetic) && service.len() > 1;
    let parted = inner.is_empty() || inner[0] == b' ';
    (named && parted).then(|| (lane, service, inner.strip_prefix(b" ").unwrap_or(inner)))
}

fn is_host(word: &[u8]) -> bool {
    word.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':'))
}

fn word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b' ', &bytes[..bytes.len().min(256)])?;
    (end > 0).then(|| (&bytes[..end], &bytes[end + 1..]))
}

fn digits(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_digit)
}

/// An entry of the journal in JSON: its message, which may be a list of bytes.
pub fn journald(line: &[u8]) -> Option<Peeled<'_>> {
    let mut peeled = Peeled::of(b"");
    let (mut message, mut received) = (None, None);
    walk(line, &mut |path, value| match (path, value) {
        (b"MESSAGE", Value::Text(text)) => message = Some(Inner::Escaped(text)),
        (b"MESSAGE", Value::Numbers(list)) => message = Some(Inner::ByteList(list)),
        (b"__REALTIME_TIMESTAMP", Value::Text(text)) => received = Some(text),
        (b"_SOURCE_REALTIME_TIMESTAMP", Value::Text(text)) => peeled.stamp = text,
        (b"_HOSTNAME", Value::Text(text)) => peeled.host = text,
        (b"_SYSTEMD_UNIT", Value::Text(text)) => peeled.service = text,
        (b"SYSLOG_IDENTIFIER", Value::Text(text)) if peeled.service.is_empty() => {
            peeled.service = text;
        }
        (b"PRIORITY", Value::Text(text)) => peeled.level = value::level(text, LevelScale::Syslog),
        (b"_PID", Value::Text(text)) => peeled.lane = text,
        _ => {}
    })?;
    let received = received?;
    if peeled.stamp.is_empty() {
        peeled.stamp = received;
    }
    Some(Peeled {
        inner: message?,
        ..peeled
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `stamp|host|program|tag|level|inner`.
    fn check(line: &str, expected: &str) {
        let said = syslog(line.as_bytes()).map(|peeled| {
            let Inner::Bytes(inner) = peeled.inner else {
                panic!("syslog escapes nothing");
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let level = peeled
                .level
                .map_or("-".to_owned(), |level| level.to_string());
            let [stamp, host, service, lane, inner] = [
                peeled.stamp,
                peeled.host,
                peeled.service,
                peeled.lane,
                inner,
            ]
            .map(text);
            [stamp, host, service, lane, level, inner].join("|")
        });
        assert_eq!(said.as_deref().unwrap_or(""), expected, "{line}");
    }

    #[test]
    fn the_three_forms_of_syslog_are_read() {
        check(
            "Feb  3 06:09:12 lb-1 haproxy[7]: a: b",
            "Feb  3 06:09:12|lb-1|haproxy|haproxy[7]|-|a: b",
        );
        check(
            "<27>Feb 13 06:09:12 lb-1 kernel: a",
            "Feb 13 06:09:12|lb-1|kernel|kernel|4|a",
        );
        check(
            "2024-02-03T06:09:12.5+01:00 lb-1 cron[7]: a",
            "2024-02-03T06:09:12.5+01:00|lb-1|cron|cron[7]|-|a",
        );
        check(
            r#"<165>1 2024-02-03T06:09:12Z lb-1 app 7 id [x@1 a="b \"]\" c"][y] {"a":1}"#,
            r#"2024-02-03T06:09:12Z|lb-1|app|app 7|2|{"a":1}"#,
        );
        check("<14>1 - - app - - - \u{feff}a", "||app|app -|1|a");
        check(
            "Feb  3 2024 06:09:12 fw-1 fw[7]: a",
            "Feb  3 2024 06:09:12|fw-1|fw|fw[7]|-|a",
        );
    }

    #[test]
    fn the_kernels_seconds_are_none_of_its_message() {
        let head = "Feb  3 06:09:12 lb-1";
        let said = "Feb  3 06:09:12|lb-1|kernel|kernel|-|";
        check(
            &format!("{head} kernel: [   12.345678] a: b"),
            &format!("{said}a: b"),
        );
        check(
            &format!("{head} kernel: [86412.345678] a"),
            &format!("{said}a"),
        );
        check(
            &format!("{head} kernel: [UFW BLOCK] IN=eth0"),
            &format!("{said}[UFW BLOCK] IN=eth0"),
        );
        check(&format!("{head} kernel: [12] a"), &format!("{said}[12] a"));
        check(
            &format!("{head} app: [12.5] a"),
            "Feb  3 06:09:12|lb-1|app|app|-|[12.5] a",
        );
        check("<4>1 - - kernel - - - [12.5] a", "||kernel|kernel -|3|a");
    }

    #[test]
    fn what_only_looks_like_syslog_is_not() {
        check("2024-02-03T06:09:12.5Z INFO main: started", "");
        check("2024-02-03T06:09:12.5Z [main] boot: started", "");
        check("Feb  3 06:09:12 lb-1 12:30 a", "");
        check("Server lb-1 is down: a", "");
        assert!(!has_process(b"2024-02-03T06:09:12.5Z worker main: started"));
    }

    #[test]
    fn the_journal_says_what_programs_wrote() {
        let line = br#"{"__REALTIME_TIMESTAMP":"1706940552000000","PRIORITY":"3","_HOSTNAME":"api-3","_PID":"7","_SYSTEMD_UNIT":"api.service","MESSAGE":"{\"a\":1}"}"#;
        let peeled = journald(line).expect("an entry");
        assert_eq!(peeled.inner, Inner::Escaped(br#"{\"a\":1}"#));
        assert_eq!(
            (peeled.stamp, peeled.service, peeled.level),
            (&b"1706940552000000"[..], &b"api.service"[..], Some(4))
        );
        assert_eq!(journald(br#"{"MESSAGE":"a"}"#), None);
    }
}
