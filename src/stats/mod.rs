//! Mathematics without knowledge of logs: deviances, fits, many tests at once.
//!
//! In and out: numbers. Does not know times, signals or units.

pub mod deviance;
pub mod extremes;
pub mod false_discovery;
pub mod line_fit;
pub mod means;
pub mod median;
pub mod permutation;
pub mod poisson;
pub mod steps;
pub mod student;
pub mod survival;
