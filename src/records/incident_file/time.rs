//! Instants in the file: RFC 3339 there, nanoseconds UTC here.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use crate::clock::words::rfc3339;

/// Writes an instant, with just as many decimals as it needs.
pub(super) fn serialize<S: Serializer>(ns: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*ns))
}

/// Instants that may be left out.
pub(super) mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Instant(#[serde(with = "super")] i64);

    pub fn serialize<S: Serializer>(ns: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        ns.map(Instant).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
        Option::<Instant>::deserialize(input).map(|read| read.map(|instant| instant.0))
    }
}

/// From 1970 up to here, 2200: any two instants are less than 292 years apart, so that their
/// difference is a number of nanoseconds as well.
const LAST_NS: i64 = 7_258_118_400_000_000_000;

/// Reads an instant from 1970 to 2200.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let instant = chrono::DateTime::parse_from_rfc3339(&text).map_err(D::Error::custom)?;
    instant
        .timestamp_nanos_opt()
        .filter(|ns| (0..LAST_NS).contains(ns))
        .ok_or_else(|| D::Error::custom("an instant outside of 1970 to 2200"))
}
