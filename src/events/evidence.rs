//! What a statement rests on: a line that can be opened, or a value that can be recomputed.

use serde::Serialize;

/// Where a statement comes from. Nothing is claimed without at least one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Evidence {
    /// A line of a source.
    Line {
        /// The source as the user named it.
        path: String,
        /// Line number, from 1.
        line: u64,
        /// Byte offset of the line's first byte in the (decompressed) source.
        offset: u64,
    },
    /// A value of a signal in one bucket.
    Signal {
        /// The signal's full name: `lb.log error share`.
        signal: String,
        /// Start of the bucket, RFC 3339 UTC.
        bucket: String,
        /// What was seen, in the signal's unit.
        observed: f64,
        /// What the baseline expected, in the signal's unit.
        expected: f64,
        /// The rule that made a statement of it.
        rule: String,
    },
}
