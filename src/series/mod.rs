//! Series: events counted per bucket, with the baselines that say what was to be expected.

pub mod assemble;
pub mod baseline;
mod counter;
pub mod dimension;
pub mod entities;
pub mod grid;
pub mod histogram;
pub mod levels;
pub mod pooled;
pub mod query;
pub mod queue;
pub mod rollup;
pub mod sampled;
pub mod season;
pub mod signal;
pub mod tally;
pub mod values;
mod window;

pub use baseline::Baseline;
pub use dimension::Dimension;
pub use grid::{BucketWidth, Grid};
pub use histogram::Histogram;
pub use rollup::Rollup;
pub use signal::{Family, Role, Series, Signal, Values};
