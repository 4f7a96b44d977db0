//! Rows of a CSV record: quotes, doubled quotes, quoted line breaks.

/// One row with the byte at which it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub start: usize,
    pub fields: Vec<String>,
}

/// Splits RFC 4180 text into rows; blank lines are skipped. A quote that is never closed takes
/// the rest of the text.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let (mut rows, mut row) = (
        Vec::new(),
        Row {
            start: 0,
            fields: Vec::new(),
        },
    );
    let (mut field, mut quoted) = (String::new(), false);
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' if quoted && chars.peek().is_some_and(|&(_, next)| next == '"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => row.fields.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.fields.push(std::mem::take(&mut field));
                let next = Row {
                    start: i + 1,
                    fields: Vec::new(),
                };
                rows.push(std::mem::replace(&mut row, next));
            }
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    row.fields.push(field);
    rows.push(row);
    rows.retain(|row| row.fields.iter().any(|field| !field.trim().is_empty()));
    rows
}

/// A table whose first row names its columns.
pub(super) struct Table {
    names: Vec<String>,
    pub rows: Vec<Row>,
}

impl Table {
    /// Reads a table; names are lower case and trimmed.
    pub(super) fn read(text: &str) -> Self {
        let mut rows = rows(text.trim_start_matches('\u{feff}'));
        let names = match rows.is_empty() {
            true => Vec::new(),
            false => rows
                .remove(0)
                .fields
                .iter()
                .map(|n| n.trim().to_ascii_lowercase())
                .collect(),
        };
        Self { names, rows }
    }

    /// Whether it has a column of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// The row's value in the first of these columns that it has and that is not empty.
    pub(super) fn get<'a>(&self, row: &'a Row, names: &[&str]) -> &'a str {
        let column = |name: &str| self.names.iter().position(|n| n == name);
        let value = |name: &&str| row.fields.get(column(name)?).map(|value| value.trim());
        names
            .iter()
            .filter_map(value)
            .find(|value| !value.is_empty())
            .unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_hold_commas_quotes_and_line_breaks() {
        let rows = rows("a,\"b,\"\"c\"\"\nd\"\r\n\r\ne,f");
        let fields: Vec<_> = rows.iter().map(|row| row.fields.join("|")).collect();
        assert_eq!(fields, ["a|b,\"c\"\nd", "e|f"]);
        assert_eq!(rows[1].start, 17);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String) {
            prop_assert!(rows(&text).iter().all(|row| row.start <= text.len()));
        }
    }
}
