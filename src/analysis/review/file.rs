//! What one file holds for a review: a record of people's, or a report of rfo's.
//!
//! The one place that knows what files a review takes. In: the bytes of a file. Out: its contents,
//! or why it is none that a review reads.

use serde_json::Value;

use super::{Case, from_report};
use crate::records::{self, Context, Record};

/// Bytes by which a file is recognised.
const HEAD_BYTES: usize = 256 << 10;
/// The schema of a report is written in its first bytes.
const SCHEMA_BYTES: usize = 4096;

/// The schema of a report that rfo wrote.
const REPORT: &str = "rfo.report/1";

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Contents {
    /// A record of people's, which may tell of many incidents.
    Record(Box<Record>),
    /// The incidents of a report that rfo wrote, measured when it was.
    Report {
        /// The file as the user named it.
        path: String,
        /// Its incidents.
        cases: Vec<Case>,
    },
}

impl Contents {
    /// The file as the user named it.
    pub fn path(&self) -> &str {
        match self {
            Self::Record(record) => &record.path,
            Self::Report { path, .. } => path,
        }
    }
}

/// Reads one file.
///
/// # Errors
/// Why it is nothing that a review reads, in words that follow its name.
pub fn read(path: &str, bytes: &[u8], context: &Context) -> Result<Contents, String> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let schema = schema(&head[..head.len().min(SCHEMA_BYTES)]);
    if schema.as_deref() == Some(REPORT) {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| format!("is no whole report: {error}"))?;
        return Ok(Contents::Report {
            path: path.to_owned(),
            cases: from_report::cases(path, &value),
        });
    }
    match (records::recognise(path, head), schema) {
        (Some(_), _) => {
            let record = records::read(path, bytes, context);
            Ok(Contents::Record(Box::new(record)))
        }
        (None, Some(other)) => Err(format!(
            "has the schema {}, which a review does not read",
            crate::text::printable(&other)
        )),
        (None, None) => Err(
            "is no record that rfo knows; a log becomes one by rfo report LOG -o REPORT.json"
                .to_owned(),
        ),
    }
}

/// The value of `"schema"`, where a JSON object begins with one of rfo's.
fn schema(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let (_, rest) = head
        .trim_start_matches('\u{feff}')
        .trim_start()
        .strip_prefix('{')?
        .split_once("\"schema\"")?;
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let value = value.strip_prefix('"')?.split('"').next()?;
    value.starts_with("rfo.").then(|| value.to_owned())
}
