//! The review as Markdown: tables that a page of a wiki takes as they are.
//!
//! Foreign text is escaped: it makes no table cell, link, tag or heading of its own.

use super::text::{Brief, brief, values};
use super::{Group, Split, Summary};
use crate::analysis::review::statistics::Statistics;
use crate::reports::words::{frequency, seconds};
use crate::text::printable;

/// The whole review, ending in a line end.
pub fn markdown(summary: &Summary<'_>) -> String {
    let mut out = String::new();
    let Brief { title, lines } = brief(summary);
    out.push_str(&format!("# {}\n\n", escaped(&title)));
    for line in lines {
        out.push_str(&format!("- {}\n", escaped(&line)));
    }
    metrics(&mut out, "All incidents", &summary.all);
    metrics(&mut out, "Planned maintenance", &summary.planned);
    for split in Split::TABLES {
        table(&mut out, summary, split);
    }
    out
}

fn metrics(out: &mut String, title: &str, group: &Group) {
    let told: Vec<&Statistics> = group
        .statistics
        .iter()
        .filter(|one| one.n() + one.cut_off() > 0)
        .collect();
    if told.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {title}\n\n"));
    row(
        out,
        &[
            "metric",
            "n",
            "at least",
            "without a value",
            "median (95 % CI), or values",
            "p90 (at most)",
            "geometric mean",
            "mean",
        ]
        .map(str::to_owned),
    );
    row(
        out,
        &["---", "--:", "--:", "--:", "---", "---", "---", "---"].map(str::to_owned),
    );
    for one in told {
        let or_none = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), words);
        let p90 = one.p90.map_or_else(
            || "n/a".to_owned(),
            |p90| format!("{} ({})", words(p90.seconds), words(p90.at_most)),
        );
        row(
            out,
            &[
                format!("`{}`", one.metric.name),
                one.n().to_string(),
                one.cut_off().to_string(),
                one.excluded().to_string(),
                escaped(&values(one)),
                p90,
                or_none(one.geometric_mean),
                or_none(one.mean),
            ],
        );
    }
}

fn table(out: &mut String, summary: &Summary<'_>, split: Split) {
    let groups: Vec<&Group> = summary
        .groups
        .iter()
        .filter(|group| group.split == split)
        .collect();
    if groups.len() < 2 {
        return;
    }
    let metric = summary.main_metric();
    let columns = split.columns().iter();
    let names: Vec<String> = columns
        .map(|column| Split::column_words(column).to_owned())
        .collect();
    out.push_str(&format!("\n## By {}\n\n", names.join(", ")));
    let rest = [
        "n".to_owned(),
        "a month (95 % CI)".to_owned(),
        metric.map_or_else(
            || "median".to_owned(),
            |metric| format!("`{}`", metric.name),
        ),
    ];
    row(out, &names.into_iter().chain(rest).collect::<Vec<_>>());
    let rules = split.columns().iter().map(|_| "---".to_owned());
    row(
        out,
        &rules
            .chain(["--:", "---", "---"].map(str::to_owned))
            .collect::<Vec<_>>(),
    );
    for group in groups {
        let names = group.names.iter().map(|name| match name.as_str() {
            "" => "n/a".to_owned(),
            name => escaped(name),
        });
        let rate = group.rate.map_or_else(
            || "n/a".to_owned(),
            |rate| {
                format!(
                    "{} ({} to {})",
                    frequency(rate.per_month),
                    frequency(rate.lo),
                    frequency(rate.hi)
                )
            },
        );
        let said = metric
            .and_then(|metric| group.statistics(metric))
            .map_or_else(|| "n/a".to_owned(), values);
        let rest = [group.cases.len().to_string(), rate, escaped(&said)];
        row(out, &names.chain(rest).collect::<Vec<_>>());
    }
}

fn row(out: &mut String, cells: &[String]) {
    out.push_str(&format!("| {} |\n", cells.join(" | ")));
}

fn words(s: f64) -> String {
    seconds(s).replace('\u{a0}', " ")
}

/// Text that Markdown takes for text.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).replace('\u{a0}', " ").chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '!' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn foreign_text_stays_text() {
        assert_eq!(
            escaped("a|b <script> [x](y) `c`\n# h"),
            "a\\|b &lt;script&gt; \\[x\\](y) \\`c\\`·\\# h"
        );
    }
}
