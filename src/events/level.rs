//! How severe an event is: numbers of `Number::Level` that something depends on.

/// What may go wrong.
pub const WARNING: i64 = 3;
/// What went wrong.
pub const ERROR: i64 = 4;
/// What ended the program.
pub const FATAL: i64 = 5;
