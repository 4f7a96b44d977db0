//! Pieces of a server's format string made into a format: a line template, or the keys of JSON.
//!
//! In: literals and values in their order. Out: a `Format`, or what cannot be told apart. Which
//! variable means what is the server's module's.

use super::super::field::Field;
use super::super::json::{Plan, WANTED_MAX};
use super::super::template::Template;
use super::super::{Engine, Format, SourceKind, StampSide};

/// A value of a server's format string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// As it is written, for messages.
    pub written: String,
    /// Where it is written, from 1.
    pub position: usize,
    /// The word of its field; `_` for what is not kept.
    pub word: &'static str,
    /// Among values of one role the lowest counts.
    pub rank: u8,
    /// Commas, and colons between spaces, belong to it.
    pub is_list: bool,
}

/// A part of a server's format string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Stands in every line as it is.
    Literal(String),
    /// Is another in every line.
    Value(Value),
}

impl Value {
    /// What it says: the time, the duration, the path and so on. A request says the path.
    fn role(&self) -> &'static str {
        match self.word.split(':').next().unwrap_or("_") {
            "request" => "path",
            role => role,
        }
    }
}

/// A format of these pieces.
pub fn format(pieces: Vec<Piece>, side: StampSide) -> Result<Format, String> {
    let pieces = chosen(joined(pieces)?);
    let has_time = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Value(value) if value.role() == "time"));
    if !has_time {
        return Err("it holds no time: events cannot be placed without one".to_owned());
    }
    let is_json =
        matches!(pieces.first(), Some(Piece::Literal(text)) if text.trim_start().starts_with('{'));
    let engine = match is_json {
        true => Engine::Json(plan(&pieces)?),
        false => Engine::Template(vec![Template::compile(&template(&pieces)?, Some("]: "))?]),
    };
    Ok(Format::new("log-format", SourceKind::Access, side, engine))
}

/// Values without anything between them are one: a path with its query or host is a path, what
/// is not kept stays so; others cannot be told apart.
fn joined(pieces: Vec<Piece>) -> Result<Vec<Piece>, String> {
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        let Some(Piece::Value(before)) = out.last_mut() else {
            out.push(piece);
            continue;
        };
        let Piece::Value(value) = piece else {
            out.push(piece);
            continue;
        };
        let is_loose = |value: &Value| matches!(value.role(), "_" | "service");
        let (keep_first, keep_second) = (before.role() == "path", value.role() == "path");
        if !(is_loose(before) || keep_first) || !(is_loose(&value) || keep_second) {
            return Err(format!(
                "nothing separates {} from {} at {}",
                before.written, value.written, value.position
            ));
        }
        let word = match (keep_first, keep_second) {
            (false, false) => "_",
            _ => "path",
        };
        before.word = word;
        before.written.push_str(&value.written);
    }
    Ok(out)
}

/// One value of each role is kept, the others say nothing. Of clients all are: the last that
/// is not empty counts, so that an address behind a list of forwarders must not be one.
fn chosen(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let known: Vec<(usize, &'static str, u8)> = pieces
        .iter()
        .enumerate()
        .filter_map(|(i, piece)| match piece {
            Piece::Value(value) => Some((i, value.role(), value.rank)),
            Piece::Literal(_) => None,
        })
        .collect();
    for (i, role, rank) in &known {
        let is_better = |(j, other, better): &(usize, &str, u8)| {
            let earlier = (better, j) < (rank, i);
            other == role && earlier && (*role != "client" || j < i)
        };
        if *role != "_"
            && known.iter().any(is_better)
            && let Piece::Value(value) = &mut pieces[*i]
        {
            value.word = "_";
        }
    }
    pieces
}

fn template(pieces: &[Piece]) -> Result<String, String> {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(text) if text.contains(['{', '}']) => {
                return Err(format!(
                    "a brace in {text:?} is read only where the whole string is JSON"
                ));
            }
            Piece::Literal(text) => out.push_str(text),
            Piece::Value(value) => {
                let list = if value.is_list { "+" } else { "" };
                out.push_str(&format!("{{{}{list}}}", value.word));
            }
        }
    }
    Ok(out)
}

/// The keys of a JSON string whose values are single variables.
fn plan(pieces: &[Piece]) -> Result<Plan, String> {
    let (mut text, mut in_quotes) = (String::new(), false);
    for (i, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(literal) => {
                let quotes = literal.matches('"').count() - literal.matches("\\\"").count();
                in_quotes ^= quotes % 2 == 1;
                text.push_str(literal);
            }
            Piece::Value(_) if in_quotes => text.push_str(&format!("@{i}")),
            Piece::Value(_) => text.push_str(&format!("\"@{i}\"")),
        }
    }
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("it is not JSON: {error}"))?;
    let mut wanted = Vec::new();
    walk(&json, "", &mut |path, text| {
        let index = text.strip_prefix('@').and_then(|n| n.parse::<usize>().ok());
        let Some(Piece::Value(value)) = index.and_then(|i| pieces.get(i)) else {
            return;
        };
        if let Some(field) = Field::of(value.word).filter(|field| *field != Field::Skip) {
            wanted.push((path.as_bytes().to_vec(), field));
        }
    });
    // Of two clients the one behind counts, as in a line.
    wanted.reverse();
    match wanted.len() {
        0..=WANTED_MAX => Ok(Plan::new(wanted)),
        n => Err(format!(
            "{n} keys are too many, at most {WANTED_MAX} are read"
        )),
    }
}

fn walk(json: &serde_json::Value, path: &str, visit: &mut impl FnMut(&str, &str)) {
    match json {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                let below = match path {
                    "" => key.clone(),
                    path => format!("{path}.{key}"),
                };
                walk(value, &below, visit);
            }
        }
        serde_json::Value::String(text) => visit(path, text),
        _ => {}
    }
}
