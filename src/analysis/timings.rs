//! How long each stage took, for `--timings`: kept beside the report, never in it.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock;

/// The stages in the order of the data's way.
pub const STAGES: [&str; 10] = [
    "read",
    "parse",
    "cache",
    "filter",
    "roll up",
    "merge",
    "break down",
    "detect",
    "attribute",
    "whole",
];

/// The first of them work block by block: too often for rfo's own log.
const PER_BLOCK: usize = 5;

/// Time and bytes per stage, summed over threads.
#[derive(Debug, Default)]
pub struct Timings {
    nanos: [AtomicU64; STAGES.len()],
    bytes: [AtomicU64; STAGES.len()],
}

impl Timings {
    /// Runs a stage and counts its time. `bytes`: how much it worked on.
    pub fn time<T>(&self, stage: &str, bytes: usize, work: impl FnOnce() -> T) -> T {
        let start_ns = clock::now_ns();
        let done = work();
        let i = STAGES
            .iter()
            .position(|name| *name == stage)
            .expect("every stage is in STAGES");
        let ns = u64::try_from(clock::now_ns() - start_ns).unwrap_or(0);
        self.nanos[i].fetch_add(ns, Ordering::Relaxed);
        self.bytes[i].fetch_add(bytes as u64, Ordering::Relaxed);
        if i >= PER_BLOCK {
            tracing::debug!(stage, us = ns / 1000, "stage done");
        }
        done
    }

    /// A table: stage, bytes, seconds over all threads, MB/s (10^6 bytes); and the most memory that
    /// the process held so far, bytes, where the system says.
    pub fn table(&self) -> String {
        let mut out = format!(
            "{:<10} {:>14} {:>10} {:>10}\n",
            "stage", "bytes", "seconds", "MB/s"
        );
        for (i, stage) in STAGES.iter().enumerate() {
            let seconds = self.nanos[i].load(Ordering::Relaxed) as f64 / 1e9;
            let bytes = self.bytes[i].load(Ordering::Relaxed);
            let speed = if bytes > 0 && seconds > 0.0 {
                format!("{:.1}", bytes as f64 / 1e6 / seconds)
            } else {
                "-".to_owned()
            };
            out.push_str(&format!(
                "{stage:<10} {bytes:>14} {seconds:>10.3} {speed:>10}\n"
            ));
        }
        if let Some(bytes) = peak_bytes() {
            out.push_str(&format!("peak memory {bytes:>13}\n"));
        }
        out
    }
}

/// The largest resident set of this process so far, bytes.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
