//! Instants, zones and the one place that asks the machine for the time.
//!
//! In: nothing but the system clock (`now_ns`). Out: instants with their uncertainty
//! (`When`), zones, and times in words. Does not read time stamps out of logs: `formats` does.

pub mod abbreviation;
pub mod when;
pub mod words;
pub mod zone;

pub use abbreviation::{Label, ZoneText, zone_text};
pub use when::{Censor, When};
pub use zone::Zone;

/// Nanoseconds in a second.
pub const NS_PER_S: i64 = 1_000_000_000;
/// Nanoseconds in a minute.
pub const NS_PER_MIN: i64 = 60 * NS_PER_S;

/// Now, in nanoseconds since 1970 UTC. The only call of the system clock in the project.
pub fn now_ns() -> i64 {
    chrono::Utc::now()
        .timestamp_nanos_opt()
        .expect("the year is before 2262")
}
