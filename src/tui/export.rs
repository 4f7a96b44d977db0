//! Exporting from the app: the name is asked for, the file is written outside of `update`, and what
//! was written where is told. What the forms hold is the reports' own.

use std::ops::Range;
use std::sync::Arc;

use super::model::{Effect, Model};
use super::prompt::{Prompt, Purpose};
use crate::analysis::Snapshot;

/// Longest title in a proposed name, characters.
const TITLE_MAX: usize = 60;

/// A wish for a file.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// Its name as it was typed; the ending decides what is written.
    pub file: String,
    /// It may be written over.
    pub over: bool,
    /// What is shown.
    pub snapshot: Arc<Snapshot>,
    /// The selected range, ns UTC.
    pub range: Option<Range<i64>>,
}

/// How a wish ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Its name as it was typed.
    pub file: String,
    /// How it ended.
    pub end: ExportEnd,
}

/// How an export ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportEnd {
    /// A sentence says what was written where.
    Written(String),
    /// There is such a file, and it may not be written over: nothing was written.
    Exists,
    /// A sentence says why nothing was written.
    Failed(String),
}

/// Carries a wish out; called on a thread of its own.
pub type Exporter = Box<dyn FnMut(&ExportRequest) -> Exported + Send>;

/// What is known between the wish and its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exporting {
    /// The file that exists and that another Enter writes over.
    over: Option<String>,
}

/// Asks for the name.
pub fn begin(model: &mut Model) {
    let Some(snapshot) = &model.snapshot else {
        model.message = Some("nothing was read yet".to_owned());
        return;
    };
    let name = format!("{}-incident.md", stem(&snapshot.title));
    model.manners.export = Exporting::default();
    model.prompt = Some(Prompt::new(Purpose::Export, &name));
}

/// A title as the start of a file's name in this folder.
fn stem(title: &str) -> String {
    let plain = |c: char| match c {
        c if c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+') => c,
        _ => '-',
    };
    let name: String = title.chars().take(TITLE_MAX).map(plain).collect();
    let name = name.trim_matches(['-', '.']);
    match name.is_empty() {
        true => "rfo".to_owned(),
        false => name.to_owned(),
    }
}

/// Takes the name that was typed.
pub fn entered(model: &mut Model, mut prompt: Prompt) -> Effect {
    match begin_as(model, &prompt.text) {
        Ok(effect) => effect,
        Err(why) => {
            prompt.error = Some(why);
            model.prompt = Some(prompt);
            Effect::None
        }
    }
}

/// Asks for a file of this name.
/// # Errors
/// Where there is no name, or nothing to write.
pub fn begin_as(model: &mut Model, file: &str) -> Result<Effect, String> {
    let file = file.trim();
    let over = model.manners.export.over.take();
    if file.is_empty() {
        return Err("a file name is needed".to_owned());
    }
    let snapshot = model.snapshot.clone().ok_or("nothing was read yet")?;
    let range = match model.range {
        (Some(from_ns), Some(to_ns)) => Some(from_ns.min(to_ns)..from_ns.max(to_ns)),
        _ => None,
    };
    model.message = Some(format!("writing {file} ..."));
    Ok(Effect::Export(ExportRequest {
        over: over.as_deref() == Some(file),
        file: file.to_owned(),
        snapshot,
        range: range.filter(|range| !range.is_empty()),
    }))
}

/// Tells how it ended; where the file exists, asks again.
pub fn receive(model: &mut Model, exported: Exported) {
    match exported.end {
        ExportEnd::Written(sentence) | ExportEnd::Failed(sentence) => {
            model.message = Some(sentence);
        }
        // Something else is being typed by now.
        ExportEnd::Exists if model.prompt.is_some() => {
            model.message = Some(format!("{} exists: nothing was written", exported.file));
        }
        ExportEnd::Exists => {
            let mut prompt = Prompt::new(Purpose::Export, &exported.file);
            prompt.error = Some("exists: Enter writes over it".to_owned());
            (model.prompt, model.message) = (Some(prompt), None);
            model.manners.export.over = Some(exported.file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name_in_this_folder() {
        assert_eq!(stem("slow-token-auth"), "slow-token-auth");
        assert_eq!(stem("../../etc/passwd"), "etc-passwd");
        assert_eq!(stem("a b +2"), "a-b-+2");
        assert_eq!(stem(".."), "rfo");
        assert_eq!(stem(&"x".repeat(500)).len(), TITLE_MAX);
    }
}
