//! Reason For Outage: reads logs, finds what went wrong and when, joins it with what people
//! wrote, and measures how long it took to detect, mitigate and recover.
//!
//! `ls src` tells the data's way; a module uses those before it, never those after:
//! `input`, `lines`, `events`, `formats`, `filter`, `series`, `anomalies`, `records`, `incidents`,
//! `durations`, `analysis`, `replay`, then `reports` and `tui`. Beside it stand `stats` (mathematics),
//! `clock` (instants, zones, the one place that asks the time) and `text` (foreign text made
//! safe); above it `cli` and `run`. ARCHITECTURE.md has the invariants.

pub mod analysis;
pub mod anomalies;
pub mod cli;
pub mod clock;
pub mod config;
pub mod durations;
pub mod events;
pub mod filter;
pub mod formats;
pub mod incidents;
pub mod input;
pub mod lines;
pub mod records;
pub mod replay;
pub mod reports;
pub mod run;
pub mod series;
pub mod stats;
pub mod text;
pub mod tui;
