//! What the app needs of the program around it: readers, writers, and where its choices are kept.

use crossbeam_channel::{Receiver, Sender};

use super::LineReader;
use super::export::Exporter;
use super::history::Memory;
use super::marking::{Kept, Opened, Wish};
use super::outside::Clipboard;
use super::shell::Invocation;

/// What the app needs of the program around it.
pub struct Host {
    /// Reads lines of the sources.
    pub reader: LineReader,
    /// Writes files.
    pub exporter: Exporter,
    /// How rfo was called.
    pub invocation: Invocation,
    /// How text reaches a clipboard.
    pub clipboard: Clipboard,
    /// A new incident rings.
    pub bell: bool,
    /// The mouse is ours.
    pub mouse: bool,
    /// Tells the user what ended after the screen was left, one sentence each.
    pub tell: fn(&str),
    /// What was typed before.
    pub memory: Memory,
    /// What keeps the incident file; `None` where there is none to keep.
    pub desk: Option<Desk>,
}

/// What keeps the incident file, on a thread of its own.
pub struct Desk {
    /// With what the app is opened.
    pub opened: Opened,
    /// What is to be kept and when it was asked for, ns UTC; all that was sent is kept, also when
    /// the app has ended.
    pub wishes: Sender<(Wish, i64)>,
    /// How each ended.
    pub kept: Receiver<Kept>,
}
