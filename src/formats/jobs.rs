//! Logs of job queues: which words say that a job was enqueued, started, finished, failed or
//! taken out, and whether a column of words is such a column.
//!
//! In: values of a column. Out: steps. Does not follow single jobs: `series::queue` counts.

/// What happened to a job, as the number of a chunk's column `job_step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// It came into the queue, or came back for another try.
    Enqueued = 1,
    /// A worker took it out.
    Started = 2,
    /// It is done.
    Finished = 3,
    /// It ended in a failure; another try is enqueued anew.
    Failed = 4,
    /// It was taken out of the queue without being run.
    Discarded = 5,
}

impl Step {
    /// All, in order of their numbers.
    pub const ALL: [Self; 5] = [
        Self::Enqueued,
        Self::Started,
        Self::Finished,
        Self::Failed,
        Self::Discarded,
    ];
}

/// Words by step, in lower case, without `job` and separators around them.
const WORDS: [(Step, &[&str]); 5] = [
    (
        Step::Enqueued,
        &[
            "enqueue",
            "enqueued",
            "queued",
            "submit",
            "submitted",
            "pushed",
            "retry",
            "retried",
            "requeue",
            "requeued",
            "waiting",
        ],
    ),
    (
        Step::Started,
        &[
            "start", "started", "begin", "began", "dequeue", "dequeued", "running", "picked",
            "received", "got", "active",
        ],
    ),
    (
        Step::Finished,
        &[
            "finish",
            "finished",
            "complete",
            "completed",
            "done",
            "success",
            "succeeded",
            "succeed",
        ],
    ),
    (
        Step::Failed,
        &["fail", "failed", "error", "errored", "raised"],
    ),
    (
        Step::Discarded,
        &[
            "discard",
            "discarded",
            "delete",
            "deleted",
            "cancel",
            "canceled",
            "cancelled",
            "remove",
            "removed",
            "purged",
            "dropped",
            "expired",
        ],
    ),
];

/// Longest word looked at, in bytes.
const WORD_LENGTH_MAX: usize = 40;
/// Names of columns that number a job; compared in lower case without `_` and `-`.
const IDS: [&str; 8] = [
    "id",
    "jobid",
    "jid",
    "job.id",
    "taskid",
    "task.id",
    "messageid",
    "workid",
];

/// The step that a word tells of: `enqueue`, `job.started`, `JOB_FINISHED`. `None` for others.
pub fn step(word: &[u8]) -> Option<Step> {
    if word.len() > WORD_LENGTH_MAX {
        return None;
    }
    let mut parts = word.split(|byte| matches!(byte, b'.' | b'_' | b'-' | b' ' | b':'));
    let last = parts.next_back()?;
    if !parts.all(|part| part.eq_ignore_ascii_case(b"job") || part.eq_ignore_ascii_case(b"task")) {
        return None;
    }
    let is_it = |known: &&str| last.eq_ignore_ascii_case(known.as_bytes());
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(is_it))
        .map(|(step, _)| *step)
}

/// Whether a column's values are steps of jobs: nearly all are, some come in or start, some end.
pub fn is_steps<'a>(values: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut n, mut known, mut seen) = (0usize, 0usize, [false; Step::ALL.len() + 1]);
    for value in values {
        n += 1;
        if let Some(step) = step(value) {
            known += 1;
            seen[step as usize] = true;
        }
    }
    let comes = seen[Step::Enqueued as usize] || seen[Step::Started as usize];
    let ends = seen[Step::Finished as usize] || seen[Step::Failed as usize];
    known > 0 && known * 10 >= n * 9 && comes && ends
}

/// Whether a column of that name numbers jobs.
pub fn is_id(name: &str) -> bool {
    IDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: Option<Step>) {
        assert_eq!(step(word.as_bytes()), expected, "{word}");
    }

    #[test]
    fn words_of_many_queues_are_steps() {
        check("enqueue", Some(Step::Enqueued));
        check("job.started", Some(Step::Started));
        check("JOB_FINISHED", Some(Step::Finished));
        check("failed", Some(Step::Failed));
        check("deleted", Some(Step::Discarded));
        check("retried", Some(Step::Enqueued));
        check("user_deleted", None);
        check("login", None);
        check("", None);
    }

    #[test]
    fn a_column_is_steps_if_jobs_come_and_end_in_it() {
        let is = |values: &[&str]| is_steps(values.iter().map(|value| value.as_bytes()));
        assert!(is(&["enqueue", "start", "finish"]));
        assert!(!is(&["start", "start"]), "nothing ends");
        assert!(!is(&["error", "error"]), "a column of levels");
        assert!(!is(&["start", "finish", "login", "logout"]));
        assert!(!is(&[]));
    }
}
