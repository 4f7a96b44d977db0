//! Figures as people read them: three digits and a unit.

/// A figure with about three significant digits: `0.042`, `3.25`, `41.2`, `412`, `4,120`, `1.2M`.
/// `n/a` for NaN and infinities.
pub fn figure(x: f64) -> String {
    let size = x.abs();
    if !x.is_finite() {
        "n/a".to_owned()
    } else if x == 0.0 {
        "0".to_owned()
    } else if size < 0.1 {
        trimmed(format!("{x:.3}"))
    } else if size < 9.95 {
        trimmed(format!("{x:.2}"))
    } else if size < 99.95 {
        trimmed(format!("{x:.1}"))
    } else if size < 99_999.5 {
        grouped(x.round() as i64)
    } else if size < 999_500.0 {
        format!("{:.0}k", x / 1e3)
    } else if size < 9.995e8 {
        trimmed(format!("{:.1}", x / 1e6)) + "M"
    } else {
        trimmed(format!("{:.1}", x / 1e9)) + "G"
    }
}

/// A value in its unit: shares in percent, seconds in ms, s or min, rates per second or minute, others with a short unit.
pub fn with_unit(x: f64, unit: &str) -> String {
    match unit {
        _ if !x.is_finite() => "n/a".to_owned(),
        "share" => format!("{} %", figure((x * 1e4).round() / 100.0)),
        "s" => seconds(x),
        "1/s" => format!("{}/s", figure(x)),
        "1/min" => format!("{}/min", figure(x)),
        "" | "1" => figure(x),
        unit if unit.chars().count() <= 3 => format!("{} {unit}", figure(x)),
        _ => figure(x),
    }
}

/// Seconds: `61 ms`, `1.4 s`, `95 s`, `12 min`.
pub fn seconds(x: f64) -> String {
    match x.abs() {
        size if size < 0.000_95 => format!("{} us", figure(x * 1e6)),
        size if size < 0.9995 => format!("{} ms", figure((x * 1e4).round() / 10.0)),
        size if size < 120.0 => format!("{} s", figure(x)),
        size if size < 7200.0 => format!("{} min", figure(x / 60.0)),
        _ => format!("{} h", figure(x / 3600.0)),
    }
}

/// A ratio: `x1.01`, `x22`.
pub fn times(x: f64) -> String {
    format!("x{}", figure(x))
}

/// A count of things: `1.2M events`, `1 event`.
pub fn count(n: u64, thing: &str) -> String {
    match n {
        1 => format!("1 {thing}"),
        n => format!("{} {thing}s", figure(n as f64)),
    }
}

/// Bytes: `12 kB`, `210 MB`.
pub fn bytes(n: u64) -> String {
    match n as f64 {
        x if x < 1e3 => format!("{n} B"),
        x if x < 1e6 => format!("{} kB", figure(x / 1e3)),
        x if x < 1e9 => format!("{} MB", figure(x / 1e6)),
        x => format!("{} GB", figure(x / 1e9)),
    }
}

fn trimmed(text: String) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn grouped(n: i64) -> String {
    match n.abs() {
        size if size < 1000 => n.to_string(),
        size => format!("{},{:03}", n / 1000, size % 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.0421, "0.042"),
            (3.25, "3.25"),
            (41.24, "41.2"),
            (412.3, "412"),
            (-4120.0, "-4,120"),
            (1_234_567.0, "1.2M"),
            (f64::NAN, "n/a"),
        ];
        for (x, expected) in cases {
            assert_eq!(figure(x), expected);
        }
    }

    #[test]
    fn units_are_those_of_the_trade() {
        let cases = [
            (0.382, "share", "38.2 %"),
            (0.061, "s", "61 ms"),
            (1.4, "s", "1.4 s"),
            (412.0, "1/s", "412/s"),
            (12.0, "1/min", "12/min"),
            (0.0, "1/s", "0/s"),
            (12_000.0, "", "12,000"),
            (f64::NAN, "s", "n/a"),
        ];
        for (x, unit, expected) in cases {
            assert_eq!(with_unit(x, unit), expected);
        }
    }

    #[test]
    fn one_thing_has_no_plural() {
        assert_eq!(count(1, "event"), "1 event");
        assert_eq!(count(1_200_000, "event"), "1.2M events");
    }
}
