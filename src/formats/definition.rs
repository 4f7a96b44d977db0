//! A format as data: one TOML, read and compiled.
//!
//! In: the text of a definition. Out: a `Format`, or what is wrong with it. Which definitions
//! there are is the `catalogue`'s.

use serde::Deserialize;

use super::blocks::Blocks;
use super::csv::Csv;
use super::entries::Entries;
use super::field::Field;
use super::gauges::Gauge;
use super::json::Plan;
use super::mixed::Around;
use super::otlp::Otlp;
use super::pattern::Pattern;
use super::records::Records;
use super::template::Template;
use super::w3c::W3c;
use super::{Also, Engine, Format, Mark, Marks, SourceKind, StampSide};

/// Why a format cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Error {
    #[error("cannot read {name}: {source}")]
    Read {
        name: String,
        source: std::io::Error,
    },
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
    /// How its lines are split: the engine's name.
    pub engine: String,
    kind: SourceKind,
    stamp: StampSide,
    #[serde(default)]
    templates: Vec<String>,
    prefix_end: Option<String>,
    #[serde(default)]
    regexes: Vec<String>,
    #[serde(default)]
    padded: bool,
    /// Lines begin with their template's first literal; not for those with a prefix.
    #[serde(default)]
    anchored: bool,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    messages: Vec<String>,
    #[serde(default)]
    fields: toml::Table,
    #[serde(default)]
    require: Vec<String>,
    #[serde(default)]
    distinct: Vec<String>,
    #[serde(default)]
    signs: Vec<String>,
    #[serde(default)]
    mostly_signs: bool,
    #[serde(default)]
    any_program: bool,
    #[serde(default)]
    lasting: Vec<String>,
    #[serde(default)]
    handshakes: bool,
    #[serde(default)]
    mark: Vec<Mark>,
    #[serde(default)]
    also: Vec<AlsoText>,
    #[serde(default)]
    gauge: Vec<Gauge>,
    /// Lines with what must be read from them.
    #[serde(default)]
    pub sample: Vec<Sample>,
}

/// A shape of lines that are not the format's own events, and their kind; without one they are
/// messages of a program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlsoText {
    template: String,
    #[serde(default)]
    kind: Option<String>,
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

    /// The same with whole numbers that are durations in `unit` (`us`, `ms`, ...).
    pub fn with_latency_in(mut self, unit: &str) -> Self {
        for template in &mut self.templates {
            for known in ["{latency:us}", "{latency:whole_ms}"] {
                *template = template.replace(known, &format!("{{latency:{unit}}}"));
            }
        }
        self
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
            "records" => Engine::Records(Records::new(self.compiled().map_err(meaning)?)),
            "json" => Engine::Json(Plan::new(self.wanted().map_err(meaning)?)),
            "logfmt" => Engine::Logfmt(Plan::new(self.wanted().map_err(meaning)?)),
            "regex" => Engine::Regex(self.patterns().map_err(meaning)?),
            "w3c" => Engine::W3c(W3c::new(self.wanted().map_err(meaning)?)),
            "csv" => Engine::Csv(Csv::new(&self.columns).map_err(meaning)?),
            "otlp" => Engine::Otlp(Otlp::new(self.wanted().map_err(meaning)?)),
            "blocks" => Engine::Blocks(Blocks::new(self.wanted().map_err(meaning)?)),
            other => return Err(meaning(format!("there is no engine {other:?}"))),
        };
        let also = self.also.iter().map(|one| {
            Ok(Also {
                template: Template::compile(&one.template, self.prefix_end.as_deref())?,
                kind: one.kind.clone(),
            })
        });
        let messages = self.messages.iter();
        Ok(Format {
            messages: messages
                .map(|text| Template::compile(text, None))
                .collect::<Result<_, _>>()
                .map_err(meaning)?,
            also: also.collect::<Result<_, _>>().map_err(meaning)?,
            requests: None,
            durations: None,
            any_program: self.any_program,
            name: self.name.clone(),
            kind: self.kind,
            side: self.stamp,
            engine,
            marks: Marks::new(self.mark.clone()),
            gauges: self.gauge.clone(),
            require: self.require.clone(),
            distinct: self.distinct.clone(),
            signs: self.signs.clone(),
            mostly_signs: self.mostly_signs,
            lasting: self.lasting.clone(),
            handshakes: self.handshakes,
            around: Around::default(),
        })
    }

    fn compiled(&self) -> Result<Vec<Template>, String> {
        let compile = |text: &String| {
            let template = Template::compile(text, self.prefix_end.as_deref())?;
            Ok(match (self.padded, self.anchored) {
                (true, _) => template.padded(),
                (false, true) => template.anchored(),
                (false, false) => template,
            })
        };
        let mut compiled: Vec<Template> = self
            .templates
            .iter()
            .map(compile)
            .collect::<Result<_, String>>()?;
        Template::link(&mut compiled);
        Ok(compiled)
    }

    fn patterns(&self) -> Result<Vec<Pattern>, String> {
        let patterns = self.regexes.iter().map(|text| Pattern::compile(text));
        patterns.collect()
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

#[cfg(test)]
mod tests {
    use super::*;

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
