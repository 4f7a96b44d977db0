//! Formats as data: the TOML files of `definitions/`, compiled into the program.

use std::sync::OnceLock;

use serde::Deserialize;

use super::blocks::Blocks;
use super::entries::Entries;
use super::field::Field;
use super::json::Plan;
use super::template::Template;
use super::{Also, Engine, Format, Mark, SourceKind, StampSide};

/// The definitions that come with the program, by name, in the order they are tried.
pub const SOURCES: &[(&str, &str)] = &[
    (
        "haproxy-http",
        include_str!("definitions/haproxy-http.toml"),
    ),
    ("nginx-keyed", include_str!("definitions/nginx-keyed.toml")),
    ("nginx-timed", include_str!("definitions/nginx-timed.toml")),
    (
        "combined-vhost",
        include_str!("definitions/combined-vhost.toml"),
    ),
    ("combined", include_str!("definitions/combined.toml")),
    ("envoy", include_str!("definitions/envoy.toml")),
    ("envoy-json", include_str!("definitions/envoy-json.toml")),
    ("journald", include_str!("definitions/journald.toml")),
    ("mysql-slow", include_str!("definitions/mysql-slow.toml")),
    ("postgresql", include_str!("definitions/postgresql.toml")),
    ("pgbouncer", include_str!("definitions/pgbouncer.toml")),
];

/// Why a format cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("format {name}: not a format definition: {source}")]
    Toml {
        name: String,
        source: Box<toml::de::Error>,
    },
    #[error("format {name}: {why}")]
    Meaning { name: String, why: String },
}

/// A definition as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name in flags and reports.
    pub name: String,
    /// What it is, for lists.
    pub title: String,
    engine: String,
    kind: SourceKind,
    stamp: StampSide,
    #[serde(default)]
    templates: Vec<String>,
    prefix_end: Option<String>,
    #[serde(default)]
    fields: toml::Table,
    #[serde(default)]
    require: Vec<String>,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    mark: Vec<Mark>,
    #[serde(default)]
    also: Vec<AlsoText>,
    /// Lines with what must be read from them.
    #[serde(default)]
    pub sample: Vec<Sample>,
}

/// A shape of lines that are not the format's own events, and their kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlsoText {
    template: String,
    kind: String,
}

/// A line and what must be read from it.
#[derive(Debug, Deserialize)]
pub struct Sample {
    /// The line, or lines for blocks.
    pub line: String,
    /// Start of the work, RFC 3339 UTC; absent if the line must be refused.
    pub time: Option<String>,
    /// Numbers and texts of the event by the names of their columns.
    #[serde(flatten)]
    pub fields: toml::Table,
}

impl Definition {
    /// Reads a definition. `name` is for messages.
    pub fn read(name: &str, text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|source| Error::Toml {
            name: name.to_owned(),
            source: Box::new(source),
        })
    }

    /// Compiles it.
    pub fn compile(&self) -> Result<Format, Error> {
        let meaning = |why: String| Error::Meaning {
            name: self.name.clone(),
            why,
        };
        let engine = match self.engine.as_str() {
            "template" => Engine::Template(self.compiled().map_err(meaning)?),
            "entries" => Engine::Entries(Entries::new(self.compiled().map_err(meaning)?)),
            "json" => Engine::Json(Plan::new(self.wanted().map_err(meaning)?)),
            "logfmt" => Engine::Logfmt(self.wanted().map_err(meaning)?),
            "blocks" => Engine::Blocks(Blocks::new(self.wanted().map_err(meaning)?)),
            other => return Err(meaning(format!("there is no engine {other:?}"))),
        };
        let also = self.also.iter().map(|one| {
            Ok(Also {
                template: Template::compile(&one.template, None)?,
                kind: one.kind.clone(),
            })
        });
        Ok(Format {
            also: also.collect::<Result<_, _>>().map_err(meaning)?,
            name: self.name.clone(),
            kind: self.kind,
            side: self.stamp,
            engine,
            marks: self.mark.clone(),
            require: self.require.clone(),
            signs: self.signs.clone(),
        })
    }

    fn compiled(&self) -> Result<Vec<Template>, String> {
        let compile = |text: &String| Template::compile(text, self.prefix_end.as_deref());
        let mut compiled: Vec<Template> = self
            .templates
            .iter()
            .map(compile)
            .collect::<Result<_, _>>()?;
        Template::link(&mut compiled);
        Ok(compiled)
    }

    fn wanted(&self) -> Result<Vec<(Vec<u8>, Field)>, String> {
        self.fields
            .iter()
            .map(|(key, word)| {
                let word = word
                    .as_str()
                    .ok_or_else(|| format!("the field of key {key:?} is not a word"))?;
                let field = Field::of(word)
                    .ok_or_else(|| format!("there is no field {word:?} (key {key:?})"))?;
                Ok((key.clone().into_bytes(), field))
            })
            .collect()
    }
}

/// The formats that come with the program, compiled once.
pub fn builtin() -> &'static [Format] {
    static COMPILED: OnceLock<Vec<Format>> = OnceLock::new();
    COMPILED.get_or_init(|| {
        let compile = |(name, text): &(&str, &str)| {
            Definition::read(name, text).and_then(|read| read.compile())
        };
        SOURCES
            .iter()
            .map(|source| compile(source).expect("a test compiles every definition"))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Zone, words::rfc3339};
    use crate::events::{Number, Text};
    use crate::formats::parse::parse_text;

    #[test]
    fn every_definition_compiles_under_its_name_and_has_samples() {
        for (name, text) in SOURCES {
            let definition = Definition::read(name, text).expect("reads");
            assert_eq!(&definition.name, name);
            assert!(
                definition
                    .sample
                    .iter()
                    .filter(|sample| sample.time.is_some())
                    .count()
                    >= 2,
                "{name}: samples"
            );
            definition.compile().expect("compiles");
        }
    }

    #[test]
    fn every_sample_is_read_as_it_says() {
        for (name, text) in SOURCES {
            let definition = Definition::read(name, text).expect("reads");
            let format = definition.compile().expect("compiles");
            for sample in &definition.sample {
                check(&format, sample);
            }
        }
    }

    fn check(format: &Format, sample: &Sample) {
        let parsed = parse_text(format, Zone::UTC, sample.line.as_bytes());
        let line = &sample.line;
        let Some(time) = &sample.time else {
            assert_eq!(
                (parsed.chunk.len(), parsed.unparsed > 0),
                (0, true),
                "{} reads {line}",
                format.name
            );
            return;
        };
        assert_eq!(
            parsed.chunk.len(),
            1,
            "{} does not read {line}",
            format.name
        );
        assert_eq!(&rfc3339(parsed.chunk.time_ns[0]), time, "{line}");
        for (key, value) in &sample.fields {
            let number = Number::ALL.iter().find(|field| field.name() == key);
            let text = Text::ALL.iter().find(|field| field.name() == key);
            match (number, text) {
                (Some(field), _) => assert_eq!(
                    parsed.chunk.number_at(*field, 0),
                    value.as_integer(),
                    "{key} of {line}"
                ),
                (_, Some(field)) => {
                    let symbol = parsed.chunk.text_at(*field, 0);
                    let found = symbol
                        .map(|symbol| parsed.names[*field as usize].text(symbol))
                        .unwrap_or_default();
                    assert_eq!(Some(found.as_str()), value.as_str(), "{key} of {line}");
                }
                _ => panic!(
                    "{}: a sample names {key:?}, which is no column",
                    format.name
                ),
            }
        }
    }

    #[test]
    fn a_wrong_definition_names_itself_and_its_fault() {
        let error = Definition::read("x", "name = 3").expect_err("refused");
        assert!(error.to_string().contains("format x"));
        let text = "name='x'\ntitle=''\nengine='template'\nkind='app'\nstamp='end'\ntemplates=['{colour}']";
        let error = Definition::read("x", text)
            .expect("reads")
            .compile()
            .expect_err("refused");
        assert_eq!(error.to_string(), "format x: there is no field {colour}");
    }
}
