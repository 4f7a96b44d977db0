//! Reports: a `Snapshot` as text for people and as JSON for programs.
//!
//! In: a `Snapshot`. Out: texts. Nothing here measures, asks for the time, or writes a file.

pub mod expect;
pub mod json;
pub mod path;
pub mod text;

mod by_hand;
mod layout;
mod picture;
mod words;

#[cfg(test)]
mod fixture;

pub use json::json;
pub use text::{Look, text};
