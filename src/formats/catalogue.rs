//! Which formats there are: those that come with the program and the user's own.
//!
//! In: the TOML files of `definitions/`, compiled into the program, and those of the user's
//! folder. Out: formats ready to read lines, in the order they are tried: the user's first.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use super::Format;
use super::definition::{Definition, Error};

/// The definitions that come with the program, by name, in the order they are tried.
pub const SOURCES: &[(&str, &str)] = &[
    (
        "haproxy-http",
        include_str!("definitions/haproxy-http.toml"),
    ),
    ("haproxy-tcp", include_str!("definitions/haproxy-tcp.toml")),
    ("traefik-clf", include_str!("definitions/traefik-clf.toml")),
    ("morgan", include_str!("definitions/morgan.toml")),
    (
        "nginx-ingress",
        include_str!("definitions/nginx-ingress.toml"),
    ),
    ("nginx-keyed", include_str!("definitions/nginx-keyed.toml")),
    (
        "nginx-forwarded",
        include_str!("definitions/nginx-forwarded.toml"),
    ),
    (
        "nginx-stream",
        include_str!("definitions/nginx-stream.toml"),
    ),
    (
        "nginx-proxy-manager",
        include_str!("definitions/nginx-proxy-manager.toml"),
    ),
    ("aws-alb", include_str!("definitions/aws-alb.toml")),
    ("aws-elb", include_str!("definitions/aws-elb.toml")),
    ("aws-nlb", include_str!("definitions/aws-nlb.toml")),
    ("s3", include_str!("definitions/s3.toml")),
    ("squid", include_str!("definitions/squid.toml")),
    ("varnish", include_str!("definitions/varnish.toml")),
    (
        "php-fpm-access",
        include_str!("definitions/php-fpm-access.toml"),
    ),
    ("apache-ssl", include_str!("definitions/apache-ssl.toml")),
    (
        "apache-timed",
        include_str!("definitions/apache-timed.toml"),
    ),
    ("nginx-timed", include_str!("definitions/nginx-timed.toml")),
    ("tomcat", include_str!("definitions/tomcat.toml")),
    (
        "combined-vhost",
        include_str!("definitions/combined-vhost.toml"),
    ),
    ("combined", include_str!("definitions/combined.toml")),
    ("werkzeug", include_str!("definitions/werkzeug.toml")),
    ("django", include_str!("definitions/django.toml")),
    ("nginx-iso", include_str!("definitions/nginx-iso.toml")),
    ("envoy", include_str!("definitions/envoy.toml")),
    ("envoy-json", include_str!("definitions/envoy-json.toml")),
    (
        "traefik-json",
        include_str!("definitions/traefik-json.toml"),
    ),
    ("caddy", include_str!("definitions/caddy.toml")),
    (
        "cloudfront-json",
        include_str!("definitions/cloudfront-json.toml"),
    ),
    ("cloudflare", include_str!("definitions/cloudflare.toml")),
    (
        "gcp-load-balancer",
        include_str!("definitions/gcp-load-balancer.toml"),
    ),
    (
        "azure-gateway",
        include_str!("definitions/azure-gateway.toml"),
    ),
    (
        "kubernetes-audit",
        include_str!("definitions/kubernetes-audit.toml"),
    ),
    ("cloudfront", include_str!("definitions/cloudfront.toml")),
    ("iis", include_str!("definitions/iis.toml")),
    ("journald", include_str!("definitions/journald.toml")),
    ("mysql-slow", include_str!("definitions/mysql-slow.toml")),
    // Before those that read any line with a level behind its stamp.
    ("uvicorn", include_str!("definitions/uvicorn.toml")),
    ("coredns", include_str!("definitions/coredns.toml")),
    ("phoenix", include_str!("definitions/phoenix.toml")),
    ("postgresql", include_str!("definitions/postgresql.toml")),
    ("pgbouncer", include_str!("definitions/pgbouncer.toml")),
    ("otlp", include_str!("definitions/otlp.toml")),
    ("otlp-spans", include_str!("definitions/otlp-spans.toml")),
    (
        "postgresql-csv",
        include_str!("definitions/postgresql-csv.toml"),
    ),
    (
        "postgresql-json",
        include_str!("definitions/postgresql-json.toml"),
    ),
    (
        "postgresql-cnpg",
        include_str!("definitions/postgresql-cnpg.toml"),
    ),
    ("mysql-error", include_str!("definitions/mysql-error.toml")),
    ("mongodb", include_str!("definitions/mongodb.toml")),
    (
        "mongodb-text",
        include_str!("definitions/mongodb-text.toml"),
    ),
    ("nginx-error", include_str!("definitions/nginx-error.toml")),
    (
        "apache-error",
        include_str!("definitions/apache-error.toml"),
    ),
    ("litespeed", include_str!("definitions/litespeed.toml")),
    ("php-fpm", include_str!("definitions/php-fpm.toml")),
    ("monolog", include_str!("definitions/monolog.toml")),
    ("redis", include_str!("definitions/redis.toml")),
    (
        "elasticsearch",
        include_str!("definitions/elasticsearch.toml"),
    ),
    (
        "elasticsearch-json",
        include_str!("definitions/elasticsearch-json.toml"),
    ),
    (
        "elasticsearch-ecs",
        include_str!("definitions/elasticsearch-ecs.toml"),
    ),
    ("etcd", include_str!("definitions/etcd.toml")),
    ("kafka", include_str!("definitions/kafka.toml")),
    ("zookeeper", include_str!("definitions/zookeeper.toml")),
    ("rabbitmq", include_str!("definitions/rabbitmq.toml")),
    ("lambda", include_str!("definitions/lambda.toml")),
    ("lambda-json", include_str!("definitions/lambda-json.toml")),
    (
        "heroku-router",
        include_str!("definitions/heroku-router.toml"),
    ),
    ("resque", include_str!("definitions/resque.toml")),
    ("rails", include_str!("definitions/rails.toml")),
    (
        "rails-requests",
        include_str!("definitions/rails-requests.toml"),
    ),
    ("sidekiq", include_str!("definitions/sidekiq.toml")),
    ("celery", include_str!("definitions/celery.toml")),
    ("gin", include_str!("definitions/gin.toml")),
    ("fiber", include_str!("definitions/fiber.toml")),
    ("gunicorn", include_str!("definitions/gunicorn.toml")),
    ("uwsgi", include_str!("definitions/uwsgi.toml")),
    ("java-gc", include_str!("definitions/java-gc.toml")),
    (
        "java-logging",
        include_str!("definitions/java-logging.toml"),
    ),
    ("java", include_str!("definitions/java.toml")),
    ("python", include_str!("definitions/python.toml")),
    ("ruby", include_str!("definitions/ruby.toml")),
    ("bullmq", include_str!("definitions/bullmq.toml")),
    ("clef", include_str!("definitions/clef.toml")),
    ("serilog", include_str!("definitions/serilog.toml")),
    (
        "tracing-json",
        include_str!("definitions/tracing-json.toml"),
    ),
    ("zap", include_str!("definitions/zap.toml")),
    ("kernel", include_str!("definitions/kernel.toml")),
    ("dmesg", include_str!("definitions/dmesg.toml")),
    ("auth", include_str!("definitions/auth.toml")),
    ("postfix", include_str!("definitions/postfix.toml")),
    ("exim", include_str!("definitions/exim.toml")),
];

/// The user's own formats, once they were loaded.
static OWN: OnceLock<Vec<(Definition, Format)>> = OnceLock::new();
/// Most definitions taken from the user's folder.
const OWN_MAX: usize = 200;
/// Longest definition read, in bytes.
const DEFINITION_BYTES_MAX: u64 = 1 << 20;

/// The formats that come with the program, in the order they are tried.
pub fn builtin() -> impl Iterator<Item = &'static Format> {
    (0..SOURCES.len()).map(compiled)
}

/// The one of that name among them.
pub fn builtin_named(name: &str) -> Option<&'static Format> {
    let at = SOURCES.iter().position(|(known, _)| *known == name);
    at.map(compiled)
}

/// A format that comes with the program, by its place; compiled when it is first asked for: most
/// never are.
fn compiled(at: usize) -> &'static Format {
    static COMPILED: [OnceLock<Format>; SOURCES.len()] = [const { OnceLock::new() }; SOURCES.len()];
    COMPILED[at].get_or_init(|| {
        let (name, text) = SOURCES[at];
        let read = Definition::read(name, without_samples(text));
        read.and_then(|definition| definition.compile())
            .expect("a test compiles every definition")
    })
}

/// A definition without the samples at its end, which are half of it and tests' only.
fn without_samples(text: &str) -> &str {
    text.find("\n[[sample]]").map_or(text, |at| &text[..=at])
}

/// The user's own formats, in the order of their files' names; none before `load_own`.
pub fn own() -> impl Iterator<Item = &'static Format> {
    own_definitions().iter().map(|(_, format)| format)
}

/// The user's own definitions with what they compile to.
pub fn own_definitions() -> &'static [(Definition, Format)] {
    OWN.get().map_or(&[], Vec::as_slice)
}

/// Every format in the order they are tried: the user's before the program's.
pub fn all() -> impl Iterator<Item = &'static Format> {
    own().chain(builtin())
}

/// The names of all, in the same order.
pub fn names() -> impl Iterator<Item = &'static str> {
    let builtin = SOURCES.iter().map(|(name, _)| *name);
    own().map(|format| format.name.as_str()).chain(builtin)
}

/// The first of that name among all.
pub fn named(name: &str) -> Option<&'static Format> {
    let own = own().find(|format| format.name == name);
    own.or_else(|| builtin_named(name))
}

/// Loads the user's formats, `*.toml` of `folder`, once for the life of the process. What
/// cannot be used is an error of its own and left out; a folder that is not there has none.
pub fn load_own(folder: &Path) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut files: Vec<_> = fs::read_dir(folder)
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()))
        .map(|paths| {
            paths
                .filter(|path| path.extension().is_some_and(|end| end == "toml"))
                .collect()
        })
        .unwrap_or_default();
    files.sort();
    let mut found = Vec::new();
    for file in files.iter().take(OWN_MAX) {
        match read_file(file).and_then(|definition| Ok((definition.compile()?, definition))) {
            Ok((format, definition)) => found.push((definition, format)),
            Err(error) => errors.push(error),
        }
    }
    // A second call finds the formats of the first: they are for the life of the process.
    let _ = OWN.set(found);
    errors
}

/// Reads the definition in a file; errors name the file.
pub fn read_file(file: &Path) -> Result<Definition, Error> {
    let name = crate::text::printable(&file.to_string_lossy());
    let unreadable = |source| Error::Read {
        name: name.clone(),
        source,
    };
    let bytes = fs::metadata(file).map_err(unreadable)?.len();
    if bytes > DEFINITION_BYTES_MAX {
        let why = format!("{bytes} bytes are no format definition");
        return Err(Error::Meaning { name, why });
    }
    Definition::read(&name, &fs::read_to_string(file).map_err(unreadable)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::check::check;

    #[test]
    fn every_definition_compiles_under_its_name_and_has_samples() {
        for (name, text) in SOURCES {
            let definition = Definition::read(name, text).expect("reads");
            assert_eq!(&definition.name, name);
            let read = definition
                .sample
                .iter()
                .filter(|sample| sample.time.is_some());
            assert!(read.count() >= 2, "{name}: samples");
            definition.compile().expect("compiles");
        }
    }

    #[test]
    fn every_sample_is_read_as_it_says() {
        for (name, text) in SOURCES {
            let definition = Definition::read(name, text).expect("reads");
            let format = definition.compile().expect("compiles");
            let faults = check(&definition, &format);
            assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
        }
    }

    #[test]
    fn a_format_is_its_whole_definition_but_for_the_samples() {
        for (format, (name, text)) in builtin().zip(SOURCES) {
            let whole = Definition::read(name, text).expect("reads");
            assert_eq!(format, &whole.compile().expect("compiles"), "{name}");
            assert_eq!(builtin_named(name), Some(format));
        }
    }

    #[test]
    fn what_comes_with_the_program_needs_no_regular_expression() {
        for (name, text) in SOURCES {
            let definition = Definition::read(name, text).expect("reads");
            assert_ne!(definition.engine, "regex", "{name}");
        }
    }

    #[test]
    fn no_two_formats_have_one_name() {
        let mut names: Vec<&str> = SOURCES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SOURCES.len());
    }
}
