//! `--max-memory`: sizes as people write them.

use crate::analysis::budget;

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// `512M`, `2G`, `1536MiB`: powers of 1024.
fn bytes(text: &str) -> Option<u64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let shift = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" if unit.is_empty() || unit == "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// At least what rfo needs.
pub fn memory(text: &str) -> Result<Bytes, String> {
    let asked = bytes(text).ok_or_else(|| format!("{text:?} is not a size like 512M or 2G"))?;
    match asked >= budget::LEAST {
        true => Ok(Bytes(asked)),
        false => Err(format!("{text} is too little: rfo needs at least 64M")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(bytes("512M"), Some(512 << 20));
        assert_eq!(
            (bytes("2g"), bytes("2 GiB")),
            (Some(2 << 30), Some(2 << 30))
        );
        assert_eq!((bytes("70000"), bytes("9B")), (Some(70_000), Some(9)));
        for wrong in ["", "M", "1.5G", "-1G", "1X", "1I", "99999999999T"] {
            assert_eq!(bytes(wrong), None, "{wrong:?}");
        }
    }
}
