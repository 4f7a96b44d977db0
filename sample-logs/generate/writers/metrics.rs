//! A metric file: CSV with the columns `time,value,metric,host,limit`, time in UTC.

use std::fmt::Write;

use super::super::gauges::Course;
use super::super::span::utc;

/// The whole file.
pub fn write(course: &Course) -> String {
    let mut text = "time,value,metric,host,limit\n".to_owned();
    for sample in &course.samples {
        let _ = writeln!(
            text,
            "{},{},{},{},{}",
            utc(sample.at_ns, "%Y-%m-%dT%H:%M:%SZ"),
            sample.value,
            sample.gauge.name,
            sample.host,
            sample.gauge.limit,
        );
    }
    text
}
