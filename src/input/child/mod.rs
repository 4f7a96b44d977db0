//! Logs that another program prints: `journald:`, `docker:NAME`, `k8s:NS/POD`.
//!
//! In: what the user named. Out: the program and its arguments (never a shell), and its lines in
//! a file, each once, however often the program had to be started again. Does not unwrap the
//! lines: formats do.

mod attach;
mod resume;
mod stamp;

use std::ffi::OsString;

use super::Error;
use crate::clock::NS_PER_S;
use crate::clock::words::utc;

pub use attach::{Followed, Pace, Printer};

/// A log that another program prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildLog {
    /// The journal of this machine, all of it or of one unit.
    Journal {
        /// The unit.
        unit: Option<String>,
    },
    /// A container of docker's.
    Container {
        /// Its name or id.
        name: String,
    },
    /// A pod of Kubernetes'.
    Pod {
        /// Its namespace.
        namespace: String,
        /// Its name.
        pod: String,
        /// Which container; the pod's default one without.
        container: Option<String>,
    },
}

/// What the program is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Lines from this on, ns UTC.
    pub since_ns: Option<i64>,
    /// Lines before this, ns UTC.
    pub until_ns: Option<i64>,
    /// Whether to go on with lines as they come.
    pub follow: bool,
}

impl ChildLog {
    /// The log that `text` names; `None` if it names none of these. A file of such a name is
    /// `./docker:web`.
    pub fn named(text: &str) -> Option<Result<Self, Error>> {
        let (scheme, rest) = text.split_once(':')?;
        let found = match scheme {
            "journald" => journal(rest),
            "docker" => docker(rest),
            "k8s" => pod(rest),
            _ => return None,
        };
        Some(found.map_err(|hint| Error::ChildName {
            name: crate::text::printable(text),
            hint,
        }))
    }

    /// The name of the source, as the user would write it.
    pub fn name(&self) -> String {
        match self {
            Self::Journal { unit } => format!("journald:{}", unit.as_deref().unwrap_or_default()),
            Self::Container { name } => format!("docker:{name}"),
            Self::Pod {
                namespace,
                pod,
                container,
            } => match container {
                None => format!("k8s:{namespace}/{pod}"),
                Some(container) => format!("k8s:{namespace}/{pod}/{container}"),
            },
        }
    }

    /// The program that prints it.
    pub fn program(&self) -> &'static str {
        match self {
            Self::Journal { .. } => "journalctl",
            Self::Container { .. } => "docker",
            Self::Pod { .. } => "kubectl",
        }
    }

    /// Its arguments. Times are handed down in the form that each program takes; kubectl knows no
    /// end.
    pub fn arguments(&self, asked: Asked) -> Vec<OsString> {
        let Asked {
            since_ns,
            until_ns,
            follow,
        } = asked;
        let mut arguments: Vec<String> = Vec::new();
        match self {
            Self::Journal { unit } => {
                // --all: else long messages are null; --no-tail: else following begins ten
                // lines before the end.
                let fixed = ["-o", "json", "--no-pager", "--all", "--quiet"];
                arguments.extend(fixed.map(str::to_owned));
                arguments.extend(unit.iter().map(|unit| format!("--unit={unit}")));
                let at = |ns: i64| format!("@{}", ns.div_euclid(NS_PER_S));
                arguments.extend(since_ns.map(|ns| format!("--since={}", at(ns))));
                arguments.extend(until_ns.map(|ns| format!("--until={}", at(ns + NS_PER_S - 1))));
                if follow {
                    arguments.extend(["--follow", "--no-tail"].map(str::to_owned));
                }
            }
            Self::Container { name } => {
                arguments.extend(["logs", "--timestamps"].map(str::to_owned));
                arguments.extend(since_ns.map(|ns| format!("--since={}", rfc3339(ns))));
                arguments.extend(until_ns.map(|ns| format!("--until={}", rfc3339(ns))));
                arguments.extend(follow.then(|| "--follow".to_owned()));
                arguments.push(name.clone());
            }
            Self::Pod {
                namespace,
                pod,
                container,
            } => {
                arguments.extend(["logs", "--timestamps"].map(str::to_owned));
                arguments.push(format!("--namespace={namespace}"));
                arguments.extend(container.iter().map(|name| format!("--container={name}")));
                // The API takes whole seconds.
                let whole = |ns: i64| rfc3339(ns.div_euclid(NS_PER_S) * NS_PER_S);
                arguments.extend(since_ns.map(|ns| format!("--since-time={}", whole(ns))));
                arguments.extend(follow.then(|| "--follow".to_owned()));
                arguments.push(pod.clone());
            }
        }
        arguments.into_iter().map(OsString::from).collect()
    }

    /// Whether what it prints to stderr are lines of the log: docker repeats the container's own
    /// stderr there.
    fn logs_to_stderr(&self) -> bool {
        matches!(self, Self::Container { .. })
    }
}

fn rfc3339(ns: i64) -> String {
    utc(ns).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

fn journal(unit: &str) -> Result<ChildLog, &'static str> {
    let unit = match unit {
        "" => None,
        unit if is_name(unit, b":_.\\@-", 256) => Some(unit.to_owned()),
        _ => return Err("name a unit (journald:nginx.service), or none"),
    };
    Ok(ChildLog::Journal { unit })
}

fn docker(name: &str) -> Result<ChildLog, &'static str> {
    match is_name(name, b"_.-", 255) {
        true => Ok(ChildLog::Container {
            name: name.to_owned(),
        }),
        false => Err("name a container (docker:web)"),
    }
}

fn pod(path: &str) -> Result<ChildLog, &'static str> {
    let parts: Vec<&str> = path.split('/').collect();
    let valid = parts.iter().all(|part| is_name(part, b".-", 253));
    match (valid, parts.as_slice()) {
        (true, [namespace, pod, container @ ..]) if container.len() <= 1 => Ok(ChildLog::Pod {
            namespace: (*namespace).to_owned(),
            pod: (*pod).to_owned(),
            container: container.first().map(|name| (*name).to_owned()),
        }),
        _ => Err("name a namespace and a pod (k8s:shop/web-0 or k8s:shop/web-0/app)"),
    }
}

/// Letters, digits and these marks; never a mark first, so that no name is an option.
fn is_name(text: &str, marks: &[u8], length_max: usize) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    text.as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric)
        && text.len() <= length_max
        && text.bytes().all(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, asked: Asked, expected: &str) {
        let log = ChildLog::named(text).expect("a scheme").expect("a name");
        let arguments = log.arguments(asked);
        let words: Vec<String> = arguments
            .iter()
            .map(|one| one.to_string_lossy().into_owned())
            .collect();
        assert_eq!(format!("{} {}", log.program(), words.join(" ")), expected);
        assert_eq!(log.name(), text);
    }

    #[test]
    fn each_program_is_asked_in_its_own_words() {
        let all = Asked::default();
        let some = Asked {
            since_ns: Some(1_706_972_645_250_000_000),
            until_ns: Some(1_706_972_700_000_000_000),
            follow: false,
        };
        let live = Asked {
            since_ns: some.since_ns,
            until_ns: None,
            follow: true,
        };
        let journal = "journalctl -o json --no-pager --all --quiet";
        check("journald:", all, journal);
        check(
            "journald:nginx.service",
            some,
            &format!("{journal} --unit=nginx.service --since=@1706972645 --until=@1706972700"),
        );
        check(
            "journald:",
            live,
            &format!("{journal} --since=@1706972645 --follow --no-tail"),
        );
        check("docker:web", all, "docker logs --timestamps web");
        check(
            "docker:web",
            some,
            "docker logs --timestamps --since=2024-02-03T15:04:05.250Z --until=2024-02-03T15:05:00Z web",
        );
        check(
            "k8s:shop/web-0",
            live,
            "kubectl logs --timestamps --namespace=shop --since-time=2024-02-03T15:04:05Z --follow web-0",
        );
        check(
            "k8s:shop/web-0/app",
            all,
            "kubectl logs --timestamps --namespace=shop --container=app web-0",
        );
    }

    #[test]
    fn names_that_could_be_anything_else_are_refused() {
        for text in [
            "docker:",
            "docker:-f",
            "docker:--host=evil",
            "docker:a b",
            "docker:a;b",
            "docker:a\nb",
            "k8s:shop",
            "k8s:shop/",
            "k8s:/web",
            "k8s:shop/web/app/x",
            "k8s:shop/-web",
            "journald:-u",
            "journald:$(x)",
        ] {
            let named = ChildLog::named(text).expect("a scheme");
            let error = named.expect_err(text).to_string();
            assert!(error.contains(": name a "), "{error}");
        }
        for text in ["web", "./docker:web", "C:\\log", "http://x"] {
            assert!(ChildLog::named(text).is_none(), "{text}");
        }
    }
}
