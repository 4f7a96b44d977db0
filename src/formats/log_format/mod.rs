//! Formats as servers are told them: the strings of their configuration, compiled.

pub mod postgres;
