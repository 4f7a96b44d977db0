//! Lines that belong to the one before them: stack traces, dumps of crashed programs, indented
//! text.
//!
//! In: the lines of one process, one after the other, those that no format reads. Out: whether a
//! line goes on with what stands before it. What a joined line says is not read.

use super::{Parsed, crash};
use crate::lines::LineBatch;

/// What the lines before were, as far as it decides about the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Inside {
    /// Nothing of several lines that are not indented.
    #[default]
    Nothing,
    /// A Python traceback: it ends with a line that is not indented, the exception.
    Traceback,
    /// What Go says when it crashes: it ends with what is no call.
    Dump,
    /// What mysqld, Rust and .NET say when they crash: all up to the next event.
    Report,
}

/// Follows the lines of one process.
#[derive(Debug, Clone, Default)]
pub struct Joiner {
    inside: Inside,
}

/// Words at the start of lines that are never the first of something.
const CONTINUED: [&[u8]; 17] = [
    b"Caused by: ",
    b"Suppressed: ",
    b"Traceback ",
    b"... ",
    b"}",
    b"\"}",
    b"Stack trace:",
    b"stack backtrace:",
    b"[stacktrace]",
    b"[previous exception]",
    b"--- End of ",
    b"note: run with `RUST_BACKTRACE",
    b"node:internal/",
    b"Node.js v",
    b"(Use `node --trace",
    b"script_filename = ",
    b"[0x0000",
];
/// What stands between two tracebacks of Python.
const BETWEEN: [&[u8]; 2] = [
    b"During handling of the above exception",
    b"The above exception was the direct cause",
];
/// How a dump of Go begins.
const CRASH: [&[u8]; 5] = [
    b"panic: ",
    b"fatal error: ",
    b"goroutine ",
    b"[signal SIG",
    b"runtime: goroutine stack exceeds",
];

/// How mysqld goes on behind the line that says that it crashed.
const REPORT: [&[u8]; 4] = [
    b"This could be because you hit a bug",
    b"Most likely, you have hit a bug",
    b"Sorry, we probably made a mistake, and this is a bug",
    b"BuildID[sha1]=",
];

/// Where a block may be cut: before a line that is not the continuation of another, whatever
/// stands before it.
pub fn may_open(line: &[u8]) -> bool {
    !line.is_empty() && !is_continued(line) && !is_exception(line) && !crash::begins(line)
}

impl Joiner {
    /// A line that is an event, or of one that was read.
    pub fn opened(&mut self) {
        self.inside = Inside::Nothing;
    }

    /// A line that is the first of a crash. Where it is not known how that goes on, all up to the next
    /// event belongs to it.
    pub fn crashed(&mut self, line: &[u8]) {
        if !self.joins(line) {
            self.inside = Inside::Report;
        }
    }

    /// Whether an unread line belongs to the one before it. A blank line never does, but what
    /// stands behind it may.
    pub fn joins(&mut self, line: &[u8]) -> bool {
        let starts = |words: &[&[u8]]| words.iter().any(|word| line.starts_with(word));
        if line.is_empty() {
            return false;
        }
        if line.starts_with(b"Traceback ") {
            self.inside = Inside::Traceback;
            return true;
        }
        if starts(&CRASH) {
            self.inside = Inside::Dump;
            return true;
        }
        if starts(&REPORT) {
            self.inside = Inside::Report;
        }
        let joins = is_continued(line) || is_exception(line) || starts(&BETWEEN);
        match self.inside {
            _ if matches!(line[0], b' ' | b'\t') => true,
            Inside::Report => true,
            Inside::Traceback => {
                // `KeyError: 'x'`, or a class of any name: the last line.
                if !starts(&BETWEEN) {
                    self.inside = Inside::Nothing;
                }
                joins || is_class(line)
            }
            Inside::Dump if joins || is_call(line) => true,
            Inside::Dump => {
                self.inside = Inside::Nothing;
                false
            }
            Inside::Nothing => joins,
        }
    }
}

/// Adds a line to the event before it.
pub(super) fn join(parsed: &mut Parsed, batch: &LineBatch, i: usize) {
    parsed.joined += 1;
    let end = batch.offset(i) + batch.line(i).len() as u64;
    let chunk = &mut parsed.chunk;
    if let (Some(length), Some(offset)) = (chunk.length.last_mut(), chunk.offset.last()) {
        *length = u32::try_from(end - offset).unwrap_or(u32::MAX);
    }
}

/// Indented, or begun with the usual words of stack traces.
fn is_continued(line: &[u8]) -> bool {
    matches!(line[0], b' ' | b'\t')
        || CONTINUED.iter().any(|word| line.starts_with(word))
        || is_frame(line)
        || matches!(line, b"]" | b"]," | b")" | b");")
}

/// `#0 /srv/app/pay.php(12): charge()`, `#1 {main}`.
fn is_frame(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"#") else {
        return false;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=4).contains(&digits) && rest.get(digits) == Some(&b' ')
}

/// `shop.pay.DeclinedException: card`, `System.TimeoutException`, `Uncaught TypeError: x`,
/// `Exception in thread "main" ...`, `pay.rb:3:in 'charge': card (RuntimeError)`.
fn is_exception(line: &[u8]) -> bool {
    if line.starts_with(b"Exception in thread ") {
        return true;
    }
    let head = &line[..line.len().min(200)];
    let head = head.strip_prefix(b"Uncaught ").unwrap_or(head);
    let end = head
        .iter()
        .position(|byte| matches!(byte, b':' | b' ' | b'['))
        .unwrap_or(head.len());
    let name = &head[..end];
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$');
    let endings: [&[u8]; 3] = [b"Exception", b"Error", b"Throwable"];
    // `Error: x` alone begins too many lines that are no exception's.
    let is_class = endings
        .iter()
        .any(|ending| name.ends_with(ending) && name.len() > ending.len());
    let closed = matches!(head.get(end), None | Some(b':' | b'['));
    // The end first: few lines have it, and it costs less to look at.
    let is_ruby = || {
        line.ends_with(b")")
            && memchr::memmem::find(head, b":in ")
                .is_some_and(|at| head[..at].last().is_some_and(u8::is_ascii_digit))
    };
    (is_class && closed && name.iter().all(is_name)) || is_ruby()
}

/// `ValueError: x`, `shop.errors.Declined`: a name, alone or before a colon.
fn is_class(line: &[u8]) -> bool {
    let end = memchr::memchr(b':', line).unwrap_or(line.len());
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    end > 0 && !line[0].is_ascii_digit() && line[..end].iter().all(allowed)
}

/// `main.(*Till).charge(0xc0000b2000, 0x1)`, `created by net/http.(*Server).Serve`,
/// `exit status 2`, `rax    0x0`.
fn is_call(line: &[u8]) -> bool {
    let called = line.ends_with(b")") && memchr::memchr(b'(', line).is_some_and(|at| at > 0);
    let register = line.len() < 40 && memchr::memmem::find(line, b"0x").is_some();
    called || register || line.starts_with(b"created by ") || line.starts_with(b"exit status ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `+` for a line that belongs to the one before it, `-` for another, `.` for a blank one.
    fn check(text: &str, expected: &str) {
        let mut joiner = Joiner::default();
        let sign = |line: &str| match joiner.joins(line.as_bytes()) {
            _ if line.is_empty() => '.',
            true => '+',
            false => '-',
        };
        let said: String = text.lines().map(sign).collect();
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn traces_of_the_java_family_are_joined() {
        check(
            "shop.pay.DeclinedException: no\n\tat shop.Pay.run(Pay.java:7)\nCaused by: java.io.IOException: x\n\t... 12 more\nSuppressed: a.B\nnext",
            "+++++-",
        );
        check("Exception in thread \"main\" a.B: x\n\tat a.B", "++");
        check(
            "System.TimeoutException: late\n   at Shop.Pay() in /a/Pay.cs:line 7\n--- End of stack trace from previous location ---\n ---> a.B",
            "++++",
        );
    }

    #[test]
    fn a_traceback_ends_with_its_exception() {
        check(
            "Traceback (most recent call last):\n  File \"a.py\", line 3, in b\n    c()\nshop.Declined: no\nshop: next",
            "++++-",
        );
        check(
            "Traceback (most recent call last):\n  c()\nKeyError: 'a'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  d()\nOops\nnext",
            "+++.+.+++-",
        );
    }

    #[test]
    fn dumps_of_go_are_joined() {
        check(
            "panic: runtime error: index out of range [3]\n[signal SIGSEGV: segmentation violation]\n\ngoroutine 7 [running]:\nmain.(*Till).charge(0xc0000b2000)\n\t/srv/till.go:12 +0x1d\ncreated by main.main\n\t/srv/main.go:5 +0x2a\nexit status 2\nnext",
            "++.++++++-",
        );
    }

    #[test]
    fn what_mysqld_says_of_its_crash_is_joined_to_the_end() {
        check(
            "Server started\nThis could be because you hit a bug. It is also possible\nor misconfigured.\n\nThread pointer: 0x7f3a\nStatus: NOT_KILLED",
            "-++.++",
        );
        check("BuildID[sha1]=7f\nThread pointer: 0x0\nanything", "+++");
    }

    #[test]
    fn traces_of_scripts_are_joined() {
        check(
            "TypeError: a is not a function\n    at pay (/srv/pay.js:3:7)\n    at node:internal/main:12",
            "+++",
        );
        check(
            "pay.rb:3:in 'charge': card (RuntimeError)\n\tfrom pay.rb:9:in '<main>'",
            "++",
        );
        check(
            "Stack trace:\n#0 /srv/pay.php(12): charge()\n#1 {main}\n  thrown in /srv/pay.php on line 9",
            "++++",
        );
        check(
            "script_filename = /srv/pay.php\n[0x00007f3a12c0] charge() /srv/pay.php:12\n[0x1] next",
            "++-",
        );
    }

    #[test]
    fn what_begins_something_is_not_joined() {
        for line in [
            "Error: x",
            "error",
            "a: b",
            "{",
            "10.0.0.1 - -",
            "#comment",
            "main(x)",
        ] {
            check(line, "-");
        }
        assert!(may_open(b"2024-02-03 started") && !may_open(b"  at x") && !may_open(b""));
    }
}
