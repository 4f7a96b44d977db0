//! Exporting from the app: the name is asked for, the file is written outside of `update`, and what
//! was written where is told. What the forms hold is the reports' own.

use std::ops::Range;
use std::sync::Arc;

use super::model::{Effect, Model};
use super::prompt::{Prompt, Purpose};
use crate::analysis::Snapshot;
use crate::analysis::review::Days;
use crate::reports::review::board::Board;

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
    pub shown: Exportable,
}

/// What can be exported.
#[derive(Debug, Clone)]
pub enum Exportable {
    /// The incidents of logs, and the selected range, ns UTC.
    Snapshot(Arc<Snapshot>, Option<Range<i64>>),
    /// A review, and the two periods that are compared on the screen.
    Review(Arc<Board>, Option<(Days, Days)>),
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

/// The key that writes over a file; another than Enter, which may be typed twice.
const OVER: &str = "^o";
/// What the prompt says of a file that exists.
const EXISTS: &str = "exists: ^o writes over it, another name is another file";

/// What is known between the wish and its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exporting {
    /// The file that exists and may be written over.
    exists: Option<String>,
    /// A file is being written.
    awaited: bool,
}

/// Asks for the name.
pub fn begin(model: &mut Model) {
    let name = match (model.review.alone, &model.snapshot) {
        (true, _) => format!("{}-review.md", stem(&model.review.title)),
        (false, Some(snapshot)) => format!("{}-incident.md", stem(&snapshot.title)),
        (false, None) => {
            model.message = Some("nothing was read yet".to_owned());
            return;
        }
    };
    model.manners.export.exists = None;
    model.prompt = Some(Prompt::new(Purpose::Export, &name));
}

/// Whether a key is an Enter too many: that of a name was typed twice.
pub fn is_repeated(model: &Model, name: &str) -> bool {
    name == "Enter" && model.manners.export.awaited
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

/// Writes over the file that exists, where that is what the key and the name say; else gives the
/// prompt back.
pub fn over(model: &mut Model, prompt: Prompt, name: &str) -> Result<Effect, Prompt> {
    let exists = model.manners.export.exists.as_deref();
    if prompt.purpose != Purpose::Export || name != OVER || exists != Some(prompt.text.trim()) {
        return Err(prompt);
    }
    model.manners.export.exists = None;
    Ok(asked(model, prompt, true))
}

/// Takes the name that was typed.
pub fn entered(model: &mut Model, mut prompt: Prompt) -> Effect {
    if model.manners.export.exists.as_deref() == Some(prompt.text.trim()) {
        prompt.error = Some(EXISTS.to_owned());
        model.prompt = Some(prompt);
        return Effect::None;
    }
    asked(model, prompt, false)
}

fn asked(model: &mut Model, mut prompt: Prompt, over: bool) -> Effect {
    match ask(model, &prompt.text, over) {
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
    model.manners.export.exists = None;
    ask(model, file, false)
}

fn ask(model: &mut Model, file: &str, over: bool) -> Result<Effect, String> {
    let file = file.trim();
    if file.is_empty() {
        return Err("a file name is needed".to_owned());
    }
    let shown = shown(model).ok_or("nothing was read yet")?;
    model.manners.export.awaited = true;
    model.message = Some(format!("writing {file} ..."));
    Ok(Effect::Export(ExportRequest {
        over,
        file: file.to_owned(),
        shown,
    }))
}

fn shown(model: &Model) -> Option<Exportable> {
    if model.review.alone {
        let board = model.review.board.clone()?;
        return Some(Exportable::Review(board, model.review.days()));
    }
    let range = match model.range {
        (Some(from_ns), Some(to_ns)) => Some(from_ns.min(to_ns)..from_ns.max(to_ns)),
        _ => None,
    };
    let range = range.filter(|range| !range.is_empty());
    Some(Exportable::Snapshot(model.snapshot.clone()?, range))
}

/// Tells how it ended; where the file exists, asks again.
pub fn receive(model: &mut Model, exported: Exported) {
    model.manners.export.awaited = false;
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
            prompt.error = Some(EXISTS.to_owned());
            (model.prompt, model.message) = (Some(prompt), None);
            model.manners.export.exists = Some(exported.file);
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
