//! Arguments that say what a report is written as, and where to.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum To {
    /// For people, at most 80 columns.
    Text,
    /// The contract rfo.report/1.
    Json,
    /// The review document, to be filled in by people.
    #[value(alias = "md")]
    Markdown,
    /// The same with a timeline to zoom into, in one file.
    Html,
    /// The timeline as a picture.
    Svg,
    /// The timeline for a terminal or a chat that knows colours.
    Ansi,
    /// One row per duration of each incident.
    Csv,
    /// Drafts of posts for a status page.
    Status,
}

/// How a report leaves rfo.
#[derive(Debug, Clone, Default, Args)]
pub struct Export {
    /// What the report is written as [default: by the ending of -o, else text].
    #[arg(long, value_enum)]
    pub to: Option<To>,
    /// The same as --to json.
    #[arg(long, conflicts_with = "to")]
    pub json: bool,
    /// Write to this file instead of stdout (written whole, then renamed). Its ending decides what
    /// is written: .json, .md, .html, .svg, .ans, .csv, .txt; .rfo.json is the same as --save.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Keep sources, options and computed values in this incident file (NAME.rfo.json) as well.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Leave clients, users and secrets as they are: markdown, html, svg, ansi, csv and status
    /// replace them (client-1, user-1, secret-1) because they are made for others.
    #[arg(long)]
    pub no_redact: bool,
}

impl Export {
    /// What is written: `--to` or `--json`, else what the file's ending says, else text.
    pub fn to(&self) -> To {
        let by_ending = || self.output.as_deref().and_then(by_ending);
        match self.json {
            true => To::Json,
            false => self.to.or_else(by_ending).unwrap_or(To::Text),
        }
    }
}

/// What the ending of a file says is written; `None` for an ending that says nothing.
pub fn by_ending(path: &Path) -> Option<To> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    Some(match ending.as_str() {
        "json" => To::Json,
        "md" | "markdown" => To::Markdown,
        "html" | "htm" => To::Html,
        "svg" => To::Svg,
        "ans" => To::Ansi,
        "csv" => To::Csv,
        "txt" => To::Text,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(to: Option<To>, file: Option<&str>, expected: To) {
        let export = Export {
            to,
            output: file.map(PathBuf::from),
            ..Export::default()
        };
        assert_eq!(export.to(), expected, "{to:?} {file:?}");
    }

    #[test]
    fn what_is_asked_for_beats_the_ending_and_the_ending_beats_text() {
        check(None, None, To::Text);
        check(None, Some("a/report.md"), To::Markdown);
        check(None, Some("report.HTML"), To::Html);
        check(None, Some("report.svg"), To::Svg);
        check(None, Some("report.ans"), To::Ansi);
        check(None, Some("report.csv"), To::Csv);
        check(None, Some("report.json"), To::Json);
        check(None, Some("report.txt"), To::Text);
        check(None, Some("report"), To::Text);
        check(Some(To::Status), Some("report.md"), To::Status);
    }
}
