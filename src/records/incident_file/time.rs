//! Instants in the file: RFC 3339 there, nanoseconds UTC here.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use crate::clock::words::rfc3339;

/// Writes an instant, with just as many decimals as it needs.
pub(super) fn serialize<S: Serializer>(ns: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*ns))
}

/// Reads an instant between the years 1677 and 2262.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let instant = chrono::DateTime::parse_from_rfc3339(&text).map_err(D::Error::custom)?;
    instant
        .timestamp_nanos_opt()
        .ok_or_else(|| D::Error::custom("an instant outside of 1677 to 2262"))
}
