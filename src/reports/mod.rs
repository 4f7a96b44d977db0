//! Reports: a `Snapshot` as text for people, as JSON for programs, and as files for others; a
//! review of many incidents.
//!
//! In: a `Snapshot`, or a `Review`. Out: texts. Nothing here measures, asks for the time, or writes a file.

mod ansi;
mod csv;
pub mod document;
mod drawing;
mod excerpt;
pub mod expect;
pub mod exports;
pub mod json;
pub mod lint;
pub mod path;
pub mod redact;
pub mod review;
mod status;
pub mod text;

mod by_hand;
mod layout;
mod picture;
mod words;

pub use words::plural;

#[cfg(test)]
pub(crate) mod fixture;

pub use json::json;
pub use text::{Look, text};
