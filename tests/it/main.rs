//! Tests of the whole product and of the house rules, in one crate.

mod attribution;
mod command;
mod corpus;
mod fixtures;
mod made;
mod readme;
mod regenerate;
mod replays;
mod scenarios;
mod selection;
mod sound;
mod templates;
mod terminal;
mod tidy;

#[path = "../../sample-logs/generate/engine.rs"]
mod engine;
