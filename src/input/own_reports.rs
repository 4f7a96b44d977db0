//! Reports that rfo wrote: beside the logs they are no logs, and what they tell is no evidence.
//!
//! In: a file that was found in a folder or by a glob. Out: whether its first bytes are those of a
//! report. An incident file is none: it holds what people marked.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A report says what it is within as many bytes.
const HEAD_BYTES: u64 = 4096;
/// How Markdown tells who wrote it, and the head of an HTML page.
const SIGNATURE: &str = "Drawn up by rfo ";
const GENERATOR: &str = "<meta name=\"generator\" content=\"rfo\">";
/// How a picture begins.
const SVG_START: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rfo\"";
/// The schemas of JSON that is a report, the first field.
const SCHEMAS: [&str; 3] = ["\"rfo.report/", "\"rfo.review/", "\"rfo.lint/"];
/// The first columns of the table of durations, and of the one of a review.
const COLUMNS: [&str; 2] = [
    "incident,title,state,severity,duration,seconds,lo_seconds,",
    "by,service,severity,month,noticed_by,incidents,per_month,",
];

/// Whether rfo wrote the file as a report. One that cannot be read is for those who read it.
pub fn is_own_report(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.is_ok() && begins_report(&String::from_utf8_lossy(&head))
}

/// Whether a text begins as a report of rfo does.
pub fn begins_report(head: &str) -> bool {
    let json = || {
        let field = head.strip_prefix('{').map(str::trim_start);
        let schema = field.and_then(|field| field.strip_prefix("\"schema\":"));
        schema.is_some_and(|name| SCHEMAS.iter().any(|one| name.trim_start().starts_with(one)))
    };
    let markdown = || head.starts_with("# ") && head.contains(SIGNATURE);
    let html = || head.starts_with("<!DOCTYPE html>") && head.contains(GENERATOR);
    let table = || COLUMNS.iter().any(|columns| head.starts_with(columns));
    json() || markdown() || html() || table() || head.starts_with(SVG_START) || is_text(head)
}

/// A report as text has its reach in the second line, and where that is narrow in the third.
fn is_text(head: &str) -> bool {
    let reach: String = head.lines().skip(1).take(2).collect();
    let counted = |word: &str| reach.contains(word);
    counted(" events of") && counted(" source") && counted("buckets of ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_and_incident_files_are_no_reports() {
        for head in [
            "",
            "# Fields: date time\n",
            "{\"schema\": \"rfo.incident/1\"}",
            "{\n  \"schema\": \"rfo.incident/1\"\n}",
            "2026-11-23T10:00:00Z read 5 events of 2 sources, buckets of 10 s\n",
            "by,service\n",
            "<svg xmlns=\"http://www.w3.org/2000/svg\">",
            "2026-11-23T10:00:00Z Drawn up by rfo 0.1.0\n",
        ] {
            assert!(!begins_report(head), "{head}");
        }
        assert!(!is_own_report(Path::new("/no/such/file")));
    }
}
