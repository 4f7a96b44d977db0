//! What the app showed, as an incident file keeps it: the selected range, the filter, the clock.

use serde::{Deserialize, Serialize};

use super::{Rest, time};

/// What the user had chosen on the screens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Start of the selected range, ns UTC; RFC 3339 in the file.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::optional"
    )]
    pub from: Option<i64>,
    /// End of the selected range, likewise.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::optional"
    )]
    pub to: Option<i64>,
    /// The filter of the lines, as it was written; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub filter: String,
    /// Times were shown in UTC.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub utc: bool,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

impl View {
    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
