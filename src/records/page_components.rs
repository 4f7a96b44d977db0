//! What the components of a status page became, post by post.

use serde_json::Value;

use super::fields::{text, word};

/// What a component is called that works.
const WORKS: &str = "operational";

/// Components that are not operational, in the order in which they were named.
#[derive(Debug, Default)]
pub(super) struct Components {
    down: Vec<(String, String)>,
    /// Whether all were operational again at some post.
    pub recovered: bool,
}

impl Components {
    /// Takes the transitions of one post. A state that is missing changes nothing.
    pub(super) fn take(&mut self, transitions: &[Value]) {
        let was_down = self.is_down();
        for transition in transitions {
            let (name, state) = (
                word(transition, &["name", "code"]),
                text(transition, "new_status"),
            );
            if state.is_empty() {
                continue;
            }
            self.down.retain(|(other, _)| *other != name);
            if state != WORKS && state != "under_maintenance" {
                self.down.push((name, word(transition, &["new_status"])));
            }
        }
        self.recovered |= was_down && !self.is_down();
    }

    pub(super) fn is_down(&self) -> bool {
        !self.down.is_empty()
    }

    /// `Webhooks: partial_outage to operational, ...`.
    pub(super) fn words(&self, transitions: &[Value]) -> String {
        let word_of = |one: &Value| {
            let [name, old, new] =
                ["name", "old_status", "new_status"].map(|key| word(one, &[key]));
            format!("{name}: {old} to {new}")
        };
        let moved = |one: &&Value| text(one, "old_status") != text(one, "new_status");
        let words: Vec<String> = transitions.iter().filter(moved).map(word_of).collect();
        words.join(", ")
    }

    /// Why an incident that was closed was not over: at most three components by name.
    pub(super) fn left_down(&self) -> String {
        let named = |(name, state): &(String, String)| format!("{name} is {state}");
        let words: Vec<String> = self.down.iter().take(3).map(named).collect();
        let more = match self.down.len().saturating_sub(3) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        format!("closed while {}{more}", words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn all_are_back_when_the_last_one_is() {
        let mut components = Components::default();
        let mut take = |name: &str, state: &str| {
            components.take(&[json!({"name": name, "old_status": "x", "new_status": state})]);
            (components.is_down(), components.recovered)
        };
        assert_eq!(take("Carts", "operational"), (false, false));
        assert_eq!(take("Carts", "partial_outage"), (true, false));
        assert_eq!(take("Search", "degraded_performance"), (true, false));
        assert_eq!(take("Carts", "operational"), (true, false));
        assert_eq!(take("Search", "operational"), (false, true));
        assert_eq!(take("Search", "major_outage"), (true, true));
        assert_eq!(
            components.left_down(),
            "closed while Search is major_outage"
        );
    }
}
