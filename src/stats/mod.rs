//! Mathematics without knowledge of logs: deviances, fits, many tests at once.
//!
//! In and out: numbers. Does not know times, signals or units.

pub mod deviance;
pub mod false_discovery;
pub mod line_fit;
pub mod median;
pub mod permutation;
pub mod steps;
pub mod survival;
