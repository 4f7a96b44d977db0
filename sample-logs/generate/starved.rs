//! Hosts whose resource runs out: what share of their requests fails, and what the balancer's
//! health check makes of them.
//!
//! In: the levels of a gauge. Out: answers for an instant. It draws nothing.

use super::gauges::STEP_S;
use super::scenario::{Gauge, Starving};

/// One host of a gauge that starves requests.
#[derive(Debug)]
pub struct Starved<'a> {
    pub gauge: &'a Gauge,
    pub host: &'a str,
    pub rule: &'a Starving,
    /// Stretches in which it fails its health check, seconds.
    pub down: Vec<(i64, i64)>,
    start_s: i64,
    /// Level over limit, a value each `STEP_S`.
    shares: Vec<f32>,
}

impl<'a> Starved<'a> {
    /// The host with its levels as shares of the limit; `None` if the gauge starves nobody.
    pub fn of(gauge: &'a Gauge, host: &'a str, start_s: i64, shares: Vec<f32>) -> Option<Self> {
        let rule = gauge.starving.as_ref()?;
        let down = down(&shares, start_s, rule.check_s);
        Some(Self {
            gauge,
            host,
            rule,
            down,
            start_s,
            shares,
        })
    }

    /// Share of its requests that fail at a second: none up to the gauge's threshold, all at
    /// the limit.
    pub fn share(&self, at_s: i64) -> f64 {
        let i = ((at_s - self.start_s) / STEP_S).max(0) as usize;
        let level = self.shares.get(i).copied().map_or(0.0, f64::from);
        ((level - self.rule.beyond) / (1.0 - self.rule.beyond)).clamp(0.0, 1.0)
    }

    /// Whether the balancer takes it for dead at a second.
    pub fn is_down(&self, at_s: i64) -> bool {
        self.down
            .iter()
            .any(|(from_s, to_s)| (*from_s..*to_s).contains(&at_s))
    }
}

fn down(shares: &[f32], start_s: i64, check_s: i64) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    let mut full_since: Option<i64> = None;
    for (i, share) in shares.iter().enumerate() {
        let at_s = start_s + i as i64 * STEP_S;
        match (*share >= 1.0, full_since) {
            (true, None) => full_since = Some(at_s),
            (false, Some(since_s)) => {
                if at_s - since_s > check_s {
                    found.push((since_s + check_s, at_s + check_s));
                }
                full_since = None;
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_down_from_three_failed_checks_to_as_long_after_it_left_the_limit() {
        let mut shares = vec![0.5; 10];
        shares.extend([1.0; 20]);
        shares.extend([0.2; 10]);
        assert_eq!(down(&shares, 1000, 30), [(1080, 1180)]);
        assert_eq!(down(&shares[..14], 1000, 30), []);
    }
}
