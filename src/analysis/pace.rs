//! How often something that costs time is done again: so that it takes a bounded share of it.

/// The pace of partial snapshots and of judgements.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The pause is at least this many times the cost.
    times: i64,
    /// And at least this long, ns.
    least_ns: i64,
    next_ns: i64,
}

impl Pace {
    /// Partial snapshots take a tenth of the time, and come five times a second.
    pub const PARTIAL: Self = Self::new(9, 200_000_000);
    /// Judgements of what is being followed take a quarter, and come twice a second.
    pub const JUDGEMENT: Self = Self::new(3, 500_000_000);

    const fn new(times: i64, least_ns: i64) -> Self {
        Self {
            times,
            least_ns,
            next_ns: i64::MIN,
        }
    }

    /// Whether it is time.
    pub fn is_due(&self, now_ns: i64) -> bool {
        now_ns >= self.next_ns
    }

    /// How long until it is time, ns.
    pub fn wait_ns(&self, now_ns: i64) -> i64 {
        self.next_ns.saturating_sub(now_ns).max(0)
    }

    /// It was done from then until now.
    pub fn done(&mut self, began_ns: i64, now_ns: i64) {
        let cost_ns = now_ns.saturating_sub(began_ns).max(0);
        self.next_ns = now_ns.saturating_add(cost_ns.saturating_mul(self.times).max(self.least_ns));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_is_done_less_often() {
        let mut pace = Pace::PARTIAL;
        assert!(pace.is_due(0), "the first at once");
        pace.done(0, 1_000_000);
        assert!(!pace.is_due(200_000_000) && pace.is_due(201_000_000));
        pace.done(0, 1_000_000_000);
        assert_eq!(pace.wait_ns(1_000_000_000), 9_000_000_000);
    }
}
