//! An instant as it is known: the best value, what is certain, and on which side it is cut off.

use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::words::rfc3339;

/// Why one side of an instant is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Censor {
    /// It was so already when the data begin: the instant is at most `at`.
    Left,
    /// Not over by now: the instant is at least `at`.
    Now,
    /// Not over when the data end: the instant is at least `at`.
    EndOfData,
    /// Not over when the text was published: the instant is at least `at`.
    Published,
    /// It seems over at `at`, and not for long enough to be confirmed: if it comes back the instant
    /// is later.
    Unconfirmed,
}

/// An instant in nanoseconds UTC with the interval that is certain: `lo <= at <= hi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The best single instant.
    pub at_ns: i64,
    /// Not before this.
    pub lo_ns: i64,
    /// Not after this.
    pub hi_ns: i64,
    /// Set where one side is open.
    pub censor: Option<Censor>,
}

impl When {
    /// Known to the nanosecond.
    pub fn exact(at_ns: i64) -> Self {
        Self {
            at_ns,
            lo_ns: at_ns,
            hi_ns: at_ns,
            censor: None,
        }
    }

    /// Somewhere in `[lo, hi]`, best at `at`, which is moved into the interval if it is outside.
    pub fn between(lo_ns: i64, at_ns: i64, hi_ns: i64) -> Self {
        let (lo_ns, hi_ns) = (lo_ns.min(hi_ns), lo_ns.max(hi_ns));
        Self {
            at_ns: at_ns.clamp(lo_ns, hi_ns),
            lo_ns,
            hi_ns,
            censor: None,
        }
    }

    /// A stamp that names its instant down to `precision_ns`: the instant is in `[at, at + precision)`.
    pub fn stamped(at_ns: i64, precision_ns: i64) -> Self {
        Self {
            at_ns,
            lo_ns: at_ns,
            hi_ns: at_ns + (precision_ns - 1).max(0),
            censor: None,
        }
    }

    /// Cut off at `at`: the real instant lies beyond it.
    pub fn censored(at_ns: i64, censor: Censor) -> Self {
        Self {
            at_ns,
            lo_ns: at_ns,
            hi_ns: at_ns,
            censor: Some(censor),
        }
    }

    /// The same, provisional: over if nothing comes back.
    pub fn unconfirmed(self) -> Self {
        Self {
            censor: Some(Censor::Unconfirmed),
            ..self
        }
    }

    /// Half the width of the interval, in nanoseconds, rounded up.
    pub fn half_width_ns(&self) -> i64 {
        (self.hi_ns - self.lo_ns + 1) / 2
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("at", &rfc3339(self.at_ns))?;
        map.serialize_entry("lo", &rfc3339(self.lo_ns))?;
        map.serialize_entry("hi", &rfc3339(self.hi_ns))?;
        map.serialize_entry("censor", &self.censor)?;
        map.end()
    }
}
