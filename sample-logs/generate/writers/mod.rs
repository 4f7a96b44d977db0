//! One file per log format: drawn requests, queries, events and gauges become lines. A writer
//! knows how its software prints, and nothing of incidents.

pub mod envoy;
pub mod haproxy;
pub mod haproxy_syslog;
pub mod jobs;
pub mod journald;
pub mod metrics;
pub mod mysql_slow;
pub mod nginx;
pub mod node;
pub mod pgbouncer;
pub mod pino;
pub mod postgresql;
pub mod zap;

/// The server with this number; `-` when the log names none.
fn server(names: &[String], number: u64) -> &str {
    match names.len() as u64 {
        0 => "-",
        n => &names[(number % n) as usize],
    }
}
