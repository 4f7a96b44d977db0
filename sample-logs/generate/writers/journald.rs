//! `journalctl -o json`: what systemd says of the restarts, and the other events of the log.

use serde_json::{Value, json};

use super::super::gauges::{Course, Restart};
use super::super::random::{Random, fill};
use super::super::scenario::Log;
use super::super::world::World;
use super::zap::for_each;

/// The whole log.
pub fn write(world: &World, log: &Log, course: &Course, random: &mut Random) -> String {
    let mut entries = Vec::new();
    for restart in &course.restarts {
        let said = if restart.by_watchdog {
            watchdog(restart, random)
        } else {
            by_hand(restart)
        };
        for (after_ms, priority, message) in said {
            let at_ns = restart.at_ns + after_ms * 1_000_000 + random.below(900_000) as i64;
            let unit = format!("{}.service", restart.gauge.service);
            entries.push((at_ns, systemd(restart.host, &unit, priority, &message)));
        }
    }
    for_each(
        world,
        log,
        random,
        |_, _| 1.0,
        |at_ns, event, _, random| {
            let hosts = world
                .scenario
                .gauges
                .first()
                .map_or(&[][..], |gauge| &gauge.hosts);
            let host = super::server(hosts, random.bits());
            let fields = json!({
                "_HOSTNAME": host,
                "PRIORITY": event.level,
                "SYSLOG_IDENTIFIER": event.logger,
                "_COMM": event.logger,
                "_PID": (1000 + random.below(30_000)).to_string(),
                "_TRANSPORT": "syslog",
                "MESSAGE": fill(&event.message, random),
            });
            entries.push((at_ns, fields));
        },
    );
    entries.sort_by_key(|(at_ns, _)| *at_ns);
    let lines = entries.into_iter().enumerate();
    lines
        .map(|(number, (at_ns, fields))| line(number, at_ns, world, fields))
        .collect()
}

/// What systemd logs when a unit's watchdog bites: milliseconds after, priority, message.
fn watchdog(restart: &Restart, random: &mut Random) -> Vec<(i64, &'static str, String)> {
    let unit = format!("{}.service", restart.gauge.service);
    let about = &restart.gauge.description;
    let process = 2000 + random.below(60_000);
    let counter = restart.earlier + 1;
    vec![
        (0, "3", format!("{unit}: Watchdog timeout (limit 1min)!")),
        (
            2,
            "5",
            format!(
                "{unit}: Killing process {process} ({}) with signal SIGABRT.",
                restart.gauge.service
            ),
        ),
        (
            640,
            "5",
            format!("{unit}: Main process exited, code=dumped, status=6/ABRT"),
        ),
        (645, "4", format!("{unit}: Failed with result 'watchdog'.")),
        (
            5_700,
            "6",
            format!("{unit}: Scheduled restart job, restart counter is at {counter}."),
        ),
        (8_900, "6", format!("Started {unit} - {about}.")),
    ]
}

fn by_hand(restart: &Restart) -> Vec<(i64, &'static str, String)> {
    let unit = format!("{}.service", restart.gauge.service);
    let about = &restart.gauge.description;
    vec![
        (0, "6", format!("Stopping {unit} - {about}...")),
        (4_100, "6", format!("{unit}: Deactivated successfully.")),
        (4_105, "6", format!("Stopped {unit} - {about}.")),
        (7_300, "6", format!("Started {unit} - {about}.")),
    ]
}

fn systemd(host: &str, unit: &str, priority: &str, message: &str) -> Value {
    json!({
        "_HOSTNAME": host,
        "PRIORITY": priority,
        "SYSLOG_IDENTIFIER": "systemd",
        "_COMM": "systemd",
        "_PID": "1",
        "_TRANSPORT": "journal",
        "UNIT": unit,
        "MESSAGE": message,
    })
}

fn line(number: usize, at_ns: i64, world: &World, fields: Value) -> String {
    let boot = "5f0c3c1e9b7d4a6aa1d2e4f60718293a";
    let since_boot_us = (at_ns - world.span.start_s * 1_000_000_000) / 1000 + 864_000_000_000;
    let mut entry = json!({
        "__CURSOR": format!("s=9d1b;i={:x};b={boot};m={since_boot_us:x}", number + 0x4000),
        "__REALTIME_TIMESTAMP": (at_ns / 1000).to_string(),
        "__MONOTONIC_TIMESTAMP": since_boot_us.to_string(),
        "_BOOT_ID": boot,
    });
    if let (Value::Object(entry), Value::Object(fields)) = (&mut entry, fields) {
        entry.extend(fields);
    }
    format!("{entry}\n")
}
