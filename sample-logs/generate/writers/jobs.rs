//! JSON lines of a job queue: seconds since 1970 in hundredths, the step, the job's id; account
//! and type where it is enqueued, and not again.

use std::fmt::Write;

use super::super::jobs::{Course, Step, account_name};

/// Number of the first job.
const FIRST_ID: usize = 48_210_001;

/// The whole log.
pub fn write(course: &Course) -> String {
    let mut text = String::new();
    // Deletions take a while: other steps happen between them.
    let mut order: Vec<usize> = (0..course.events.len()).collect();
    order.sort_by_key(|&i| course.events[i].at_ns);
    for event in order.into_iter().map(|i| &course.events[i]) {
        let hundredths = event.at_ns / 10_000_000;
        let step = match event.step {
            Step::Enqueue => "enqueue",
            Step::Start => "start",
            Step::Finish => "finish",
            Step::Fail => "fail",
            Step::Delete => "delete",
        };
        let _ = write!(
            text,
            r#"{{"time":{}.{:02},"event":"{step}","id":{}"#,
            hundredths / 100,
            hundredths % 100,
            FIRST_ID + event.job,
        );
        if event.step == Step::Enqueue {
            let job = &course.jobs[event.job];
            let _ = write!(
                text,
                r#","account":"{}","type":"{}""#,
                account_name(job.account),
                job.kind
            );
        }
        text.push_str("}\n");
    }
    text
}
