//! Reports: a `Snapshot` as text for people, as JSON for programs, and as files for others.
//!
//! In: a `Snapshot`. Out: texts. Nothing here measures, asks for the time, or writes a file.

mod ansi;
mod csv;
pub mod document;
mod drawing;
mod excerpt;
pub mod expect;
pub mod exports;
pub mod json;
pub mod path;
pub mod redact;
mod status;
pub mod text;

mod layout;
mod picture;
mod words;

#[cfg(test)]
mod fixture;

pub use json::json;
pub use text::{Look, text};
