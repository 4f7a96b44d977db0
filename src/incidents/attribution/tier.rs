//! Which dimensions say who or what, which where, which how.

use crate::events::{Symbol, Text};
use crate::incidents::excess::Measure;
use crate::series::Dimension;

/// What a dimension says; the first is wanted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Who asked, and for what.
    WhoOrWhat,
    /// Where it happened.
    Where,
    /// By what means.
    How,
}

/// The tier of a dimension; `None` where it only repeats the symptom.
pub fn tier(dimension: Dimension, measure: Measure) -> Option<Tier> {
    let field = match dimension {
        Dimension::Text(field) => field,
        // That failures fail says nothing.
        Dimension::Status => return (measure != Measure::Failed).then_some(Tier::How),
    };
    match field {
        Text::Query | Text::Client | Text::Endpoint | Text::Kind | Text::User => {
            Some(Tier::WhoOrWhat)
        }
        Text::Host | Text::Service => Some(Tier::Where),
        Text::Message | Text::Part1 | Text::Part2 | Text::Part3 => {
            matches!(measure, Measure::Events | Measure::Errors).then_some(Tier::Where)
        }
        Text::Agent | Text::Method => Some(Tier::How),
        Text::Flags | Text::Metric => None,
    }
}

/// Whether a value is what all is well looks like: a status below 300 names no one.
pub fn is_ordinary(dimension: Dimension, value: Symbol) -> bool {
    dimension == Dimension::Status && value.0 < 3
}

/// Whether a dimension, by its name in reports, only says by what means.
pub fn says_how(dimension: &str) -> bool {
    let named = Dimension::all().find(|one| one.name() == dimension);
    named.and_then(|one| tier(one, Measure::Events)) == Some(Tier::How)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_how_unless_it_is_the_symptom_itself() {
        assert_eq!(tier(Dimension::Status, Measure::Seconds), Some(Tier::How));
        assert_eq!(tier(Dimension::Status, Measure::Failed), None);
        assert!(is_ordinary(Dimension::Status, Symbol(2)));
        assert!(!is_ordinary(Dimension::Text(Text::Client), Symbol(2)));
        assert!(says_how("status") && says_how("method") && !says_how("client"));
    }
}
