//! When a program says that a line was written: the stamp it puts before or into each.

use chrono::DateTime;

/// Longest stamp looked at.
const STAMP_BYTES_MAX: usize = 40;
/// The journal's name for it.
const JOURNAL_KEY: &[u8] = b"\"__REALTIME_TIMESTAMP\"";

/// When the line was written, ns UTC: an RFC 3339 stamp before the first blank, or the journal's
/// field in us. `None` where there is neither: words of the program's own.
pub fn written_ns(line: &[u8]) -> Option<i64> {
    match line.first()? {
        b'{' => journal_ns(line),
        b'0'..=b'9' => {
            let end = memchr::memchr(b' ', line).unwrap_or(line.len());
            let stamp = line.get(..end.min(STAMP_BYTES_MAX))?;
            let stamp = std::str::from_utf8(stamp).ok()?.trim_end();
            DateTime::parse_from_rfc3339(stamp)
                .ok()?
                .timestamp_nanos_opt()
        }
        _ => None,
    }
}

fn journal_ns(line: &[u8]) -> Option<i64> {
    let at = memchr::memmem::find(line, JOURNAL_KEY)? + JOURNAL_KEY.len();
    let digits: Vec<u8> = line[at..]
        .iter()
        .copied()
        .skip_while(|byte| !byte.is_ascii_digit())
        .take_while(u8::is_ascii_digit)
        .take(20)
        .collect();
    let us: i64 = std::str::from_utf8(&digits).ok()?.parse().ok()?;
    us.checked_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_programs_stamp_is_read() {
        let check =
            |line: &str, expected| assert_eq!(written_ns(line.as_bytes()), expected, "{line}");
        let at = 1_706_972_645_250_000_001;
        check("2024-02-03T15:04:05.250000001Z GET /", Some(at));
        check("2024-02-03T16:04:05.250000001+01:00 x", Some(at));
        check("2024-02-03T15:04:05.250000001Z", Some(at));
        check(
            r#"{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1706972645250000"}"#,
            Some(at - 1),
        );
        check(
            r#"{ "__REALTIME_TIMESTAMP" : "1706972645250000" }"#,
            Some(at - 1),
        );
        check(r#"{"__REALTIME_TIMESTAMP":"99999999999999999999"}"#, None);
        check("Error: No such container: web", None);
        check("2024-02-03 15:04:05 no stamp of docker's", None);
        check("", None);
    }
}
