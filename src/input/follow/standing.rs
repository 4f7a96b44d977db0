//! What is told of a followed source.

/// How a followed source stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Bytes written and not read.
    pub behind_bytes: u64,
    /// Bytes read and held back: a last event that may go on, a last line without an end.
    pub held_bytes: u64,
    /// How many files have borne its name, this one included.
    pub files: u32,
    /// There is no file of its name now.
    pub gone: bool,
    /// It is a pipe that nobody has opened to write yet.
    pub awaits_writer: bool,
    /// When it last grew, ns.
    pub grown_ns: i64,
    /// How often a file was cut before it was read to its end and no copy was found: lines were
    /// lost if it held any.
    pub cut_short: u32,
    /// Why it cannot be read on.
    pub error: Option<String>,
}
