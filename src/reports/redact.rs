//! Pseudonyms for clients, users and secrets in reports that are made for others.
//!
//! In: a `Snapshot`, for the clients and users that it knows of, and the texts of a report in their
//! order. Out: the same texts, in which each of them is `client-1`, `user-2`, `address-1` or
//! `secret-3`. The same value is the same pseudonym everywhere in a report; what the data know is
//! numbered by them, the same in every report of one analysis, the rest as it first appears.
//! Names of hosts, services and files stay: a review is about them.

mod patterns;

use std::collections::BTreeMap;

use crate::analysis::Snapshot;
use crate::records::ClaimSource;
use crate::text::printable;
use patterns::Patterns;

/// Accounts that every system has, and that say nothing about a person.
const SYSTEM_ACCOUNTS: [&str; 18] = [
    "root",
    "postgres",
    "mysql",
    "www-data",
    "nobody",
    "daemon",
    "system",
    "anonymous",
    "guest",
    "admin",
    "app",
    "api",
    "web",
    "service",
    "monitor",
    "replication",
    "nginx",
    "alertmanager",
];
/// What logs and chats write where they mean nobody in particular.
const NOBODY: [&str; 11] = [
    "", "-", "?", "(other)", "none", "null", "unknown", "all", "channel", "everyone", "here",
];
/// A value of digits alone is only taken for what it is from this length on.
const DIGITS_MIN: usize = 6;
/// A shorter value is only taken for what it is behind the name of its dimension.
const LENGTH_MIN: usize = 3;
/// What stands at the end of a text that was cut to fit.
const CUT: [char; 2] = ['…', '~'];

/// Whom or what a pseudonym stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Someone or something that sends requests.
    Client,
    /// An account, a person, an e-mail address.
    User,
    /// An address of the network that is no known client's.
    Address,
    /// What opens doors.
    Secret,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
            Self::Address => "address",
            Self::Secret => "secret",
        }
    }
}

/// A value of the data that stands for someone.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    value: String,
    dimension: String,
    kind: Kind,
}

/// A stretch of a text that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hit {
    from: usize,
    to: usize,
    kind: Kind,
    /// Which of the known values it is, where the text has it cut.
    whose: Option<usize>,
}

/// Replaces, and remembers who is who.
#[derive(Debug, Clone)]
pub struct Redactor {
    /// `None` where nothing is to be replaced.
    patterns: Option<Patterns>,
    known: Vec<Known>,
    names: BTreeMap<(Kind, String), usize>,
    counts: BTreeMap<Kind, usize>,
}

impl Redactor {
    /// One that leaves every text as it is.
    pub fn none() -> Self {
        Self {
            patterns: None,
            known: Vec::new(),
            names: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// One that knows the clients and users of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let in_order = known(snapshot);
        let mut known = in_order.clone();
        known.sort_by(|a, b| a.value.cmp(&b.value).then(a.kind.cmp(&b.kind)));
        known.dedup_by(|a, b| a.value == b.value);
        let mut redactor = Self {
            patterns: Some(Patterns::new()),
            known,
            ..Self::none()
        };
        // Numbered before any text is seen: the same in the page and in the table of one analysis.
        for one in in_order {
            redactor.pseudonym(one.kind, &one.value);
        }
        redactor
    }

    /// The text with pseudonyms.
    pub fn text(&mut self, text: &str) -> String {
        let Some(patterns) = &self.patterns else {
            return text.to_owned();
        };
        let mut hits: Vec<Hit> = self.known.iter().flat_map(|one| one.hits(text)).collect();
        for (index, one) in self.known.iter().enumerate() {
            hits.extend(one.cut(text).map(|hit| Hit {
                whose: Some(index),
                ..hit
            }));
        }
        let is_known = |value: &str| self.known.iter().find(|one| one.value == value);
        for mut hit in patterns.hits(text) {
            if let Some(one) = is_known(&text[hit.from..hit.to]) {
                hit.kind = one.kind;
            }
            hits.push(hit);
        }
        // The one that begins first and is the longest wins.
        hits.sort_by_key(|hit| (hit.from, std::cmp::Reverse(hit.to), hit.kind));
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for hit in hits {
            if hit.from < at {
                continue;
            }
            out.push_str(&text[at..hit.from]);
            let whole = hit.whose.map(|index| self.known[index].value.clone());
            let value = whole.unwrap_or_else(|| text[hit.from..hit.to].to_owned());
            out.push_str(&self.pseudonym(hit.kind, &value));
            at = hit.to;
        }
        out.push_str(&text[at..]);
        out
    }

    fn pseudonym(&mut self, kind: Kind, value: &str) -> String {
        // What a title shows of it is the same one.
        let value = printable(value).to_lowercase();
        let count = self.counts.entry(kind).or_insert(0);
        let number = *self.names.entry((kind, value)).or_insert_with(|| {
            *count += 1;
            *count
        });
        format!("{}-{number}", kind.word())
    }
}

impl Known {
    /// Where the value stands as a whole word; a value that could be anything only behind the
    /// name of its dimension, or alone.
    fn hits(&self, text: &str) -> Vec<Hit> {
        let hit = |from: usize| Hit {
            from,
            to: from + self.value.len(),
            kind: self.kind,
            whose: None,
        };
        if text == self.value {
            return vec![hit(0)];
        }
        let found = text.match_indices(&self.value).map(|(at, _)| at);
        let whole = found.filter(|at| {
            let (before, after) = (&text[..*at], &text[at + self.value.len()..]);
            !before.ends_with(is_part) && !after.starts_with(is_part)
        });
        whole
            .filter(|at| is_distinctive(&self.value) || self.leads(text, *at))
            .map(hit)
            .collect()
    }

    /// Where only its beginning stands, with the sign of a cut behind it: the longest one before
    /// each sign.
    fn cut(&self, text: &str) -> impl Iterator<Item = Hit> {
        let cuts = text.match_indices(CUT).filter_map(|(end, sign)| {
            let before = &text[..end];
            let ends = self.value.char_indices().skip(1).map(|(at, _)| at);
            let beginnings = ends.map(|at| &self.value[..at]);
            let fits = beginnings.filter(|part| before.ends_with(part));
            let whole = fits.filter(|part| {
                let from = end - part.len();
                let inside = text[..from].ends_with(is_part);
                !inside && (is_distinctive(part) || self.leads(text, from))
            });
            let part = whole.last()?;
            Some(Hit {
                from: end - part.len(),
                to: end + sign.len(),
                kind: self.kind,
                whose: None,
            })
        });
        cuts.collect::<Vec<_>>().into_iter()
    }

    /// Whether the name of its dimension stands before this place.
    fn leads(&self, text: &str, at: usize) -> bool {
        let before = text[..at].trim_end_matches(['=', ' ', ':', '"', '\'']);
        before.len() < at && before.ends_with(self.dimension.as_str())
    }
}

/// Whether a character belongs to the word beside it.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a text can hardly be anything else.
fn is_distinctive(text: &str) -> bool {
    let n = text.chars().count();
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match is_number {
        true => n >= DIGITS_MIN,
        false => n >= LENGTH_MIN,
    }
}

/// Whether a value stands for nobody in particular.
fn is_nobody(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let placeholder = value.starts_with('<') && value.ends_with('>');
    NOBODY.contains(&lower.as_str()) || SYSTEM_ACCOUNTS.contains(&lower.as_str()) || placeholder
}

/// Whom a dimension tells apart, if it tells people or clients apart.
fn kind_of(dimension: &str) -> Option<Kind> {
    match dimension.to_ascii_lowercase().as_str() {
        "client" | "client_ip" | "remote_addr" | "ip" => Some(Kind::Client),
        "user" | "username" | "user_id" | "account" | "account_id" | "customer" | "tenant"
        | "login" | "email" => Some(Kind::User),
        "token" | "session" | "key" | "secret" => Some(Kind::Secret),
        _ => None,
    }
}

/// Clients and users by the dimensions of contributors and signals, and people by the acts that
/// pager exports name them for.
fn known(snapshot: &Snapshot) -> Vec<Known> {
    let incidents = || snapshot.incidents.iter().map(|one| &one.incident);
    let dimensions = incidents().flat_map(|one| &one.contributors);
    let dimensions = dimensions.flat_map(|one| &one.dimensions);
    let dimensions = dimensions.map(|(dimension, value)| (dimension.as_str(), value.as_str()));
    let series = snapshot.series.iter().map(|one| &one.signal);
    let signals = series.chain(snapshot.anomalies.iter().map(|one| &one.signal));
    let entities = signals.filter_map(|signal| signal.entity.as_deref()?.split_once('='));
    let joined = incidents().flat_map(|one| &one.milestones);
    let claims = joined.chain(snapshot.records.iter().flat_map(|one| &one.milestones));
    let pager = claims.filter(|claim| claim.source == ClaimSource::Pager);
    let people = pager.filter_map(|claim| Some(("user", patterns::actor(&claim.note)?)));
    let all = dimensions.chain(entities).chain(people);
    all.filter(|(_, value)| !is_nobody(value))
        .filter_map(|(dimension, value)| Some((dimension, value, kind_of(dimension)?)))
        .flat_map(|(dimension, value, kind)| {
            // As the data have it, and as titles show it.
            [value.to_owned(), printable(value)].map(|value| Known {
                value,
                dimension: dimension.to_owned(),
                kind,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;
    use proptest::prelude::*;

    fn redactor() -> Redactor {
        let mut snapshot = fixture::outage();
        let contributor = &mut snapshot.incidents[0].incident.contributors[0];
        let dimensions = [
            ("client", "acct-d0bd"),
            ("client", "203.0.113.9"),
            ("user", "relay"),
            ("user", "root"),
            ("account", "77"),
            ("client", "-"),
        ];
        contributor.dimensions = dimensions
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .to_vec();
        Redactor::of(&snapshot)
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(redactor().text(text), expected, "{text}");
    }

    #[test]
    fn clients_and_users_of_the_data_are_replaced_wherever_they_stand() {
        check(
            "client acct-d0bd, user relay",
            "client client-1, user user-1",
        );
        check(
            "request rate client=acct-d0bd",
            "request rate client=client-1",
        );
        check("the relays of relay_2", "the relays of relay_2");
        check("user root, client -", "user root, client -");
        check(
            "203.0.113.9 is known, 198.51.100.7 is not",
            "client-2 is known, address-1 is not",
        );
    }

    #[test]
    fn a_value_that_could_be_anything_is_only_replaced_where_it_is_meant() {
        check("77 % of account=77", "77 % of account=user-2");
        check("account 77 and 77 others", "account user-2 and 77 others");
        check("77", "user-2");
    }

    #[test]
    fn what_was_cut_to_fit_is_no_half_name() {
        check("of client acct-d0~", "of client client-1");
        check("client acct-d…, 203.0.113.9", "client client-1, client-2");
        check("account 7~, 7~", "account user-2, 7~");
        check(
            "mail alice@exam~ from 198.51.10…",
            "mail user-3 from address-1",
        );
        check("jwt eyJhbGci… key AKIAAB~", "jwt secret-1 key secret-2");
        check("about ~ 5 or ab~", "about ~ 5 or ab~");
    }

    #[test]
    fn a_name_with_signs_that_steer_a_terminal_is_one_and_the_same() {
        let mut snapshot = fixture::outage();
        let dimensions = vec![("client".to_owned(), "a\u{1b}[1mcme-long".to_owned())];
        snapshot.incidents[0].incident.contributors[0].dimensions = dimensions;
        let mut redactor = Redactor::of(&snapshot);
        let shown = "a\u{b7}[1mcme-long or a\u{b7}[1mcm…";
        assert_eq!(redactor.text("a\u{1b}[1mcme-long"), "client-1");
        assert_eq!(redactor.text(shown), "client-1 or client-1");
    }

    #[test]
    fn who_is_spoken_to_in_a_chat_is_a_person() {
        check(
            "thanks @marvin, ask @ford.p.",
            "thanks @user-3, ask @user-4.",
        );
        check(
            "@here @channel look at 15:40",
            "@here @channel look at 15:40",
        );
        check("up @15:40", "up @15:40");
    }

    #[test]
    fn secrets_are_replaced_and_their_names_stay() {
        check("password=hunter2 next", "password=secret-1 next");
        check(
            "Authorization: Bearer abc.def-123",
            "Authorization: Bearer secret-1",
        );
        check("{\"api_key\":\"k-1234567\"}", "{\"api_key\":\"secret-1\"}");
        check(
            "GET /x?access_token=abcdef&y=1",
            "GET /x?access_token=secret-1&y=1",
        );
        check("DB_PASSWORD='a b c'", "DB_PASSWORD='secret-1'");
        check("postgres://bob:pw@db/x", "postgres://secret-1@db/x");
        check("id AKIAABCDEFGHIJKLMNOP.", "id secret-1.");
        check("jwt eyJhbGciOi.eyJzdWIiOi.c2ln", "jwt secret-1");
        check("sum d41d8cd98f00b204e9800998ecf8427e", "sum secret-1");
        check("token = ? and password = ?", "token = ? and password = ?");
    }

    #[test]
    fn people_and_addresses_in_texts_are_replaced() {
        check(
            "mail alice@example.com and bob%40example.org",
            "mail user-3 and user-4",
        );
        check(
            "in /home/alice/logs and /Users/bob/x",
            "in /home/user-3/logs and /Users/user-4/x",
        );
        check("from [2001:db8::17]:443", "from [address-1]:443");
        check("user=carol login: dave", "user=user-3 login: user-4");
        check(
            "at 15:34:50, 127.0.0.1, v1.2.3",
            "at 15:34:50, 127.0.0.1, v1.2.3",
        );
        check("std::io, a::b", "std::io, a::b");
    }

    #[test]
    fn the_same_is_the_same_everywhere_and_numbers_follow_the_text() {
        let mut redactor = redactor();
        assert_eq!(
            redactor.text("a 198.51.100.7 b 198.51.100.8"),
            "a address-1 b address-2"
        );
        assert_eq!(
            redactor.text("b 198.51.100.8 a 198.51.100.7"),
            "b address-2 a address-1"
        );
        assert_eq!(
            redactor.text("Alice@Example.com alice@example.com"),
            "user-3 user-3"
        );
    }

    #[test]
    fn what_the_data_know_has_its_number_whatever_is_written_first() {
        assert_eq!(redactor().text("203.0.113.9"), "client-2");
        assert_eq!(redactor().text("acct-d0bd"), "client-1");
    }

    #[test]
    fn nothing_is_replaced_where_nothing_is_to_be() {
        let text = "client acct-d0bd password=hunter2 203.0.113.9";
        assert_eq!(Redactor::none().text(text), text);
    }

    proptest! {
        #[test]
        fn any_text_is_safe_and_done_twice_is_done_once(text: String) {
            let mut redactor = redactor();
            let once = redactor.text(&text);
            let again = redactor.text(&once);
            prop_assert_eq!(again, once);
        }

        #[test]
        fn an_address_never_survives(a in 1u8..=126, b: u8, c: u8, d: u8, before in "[ a-z(=:,]{0,6}", after in "[ ,;)/:]{0,4}") {
            let address = format!("{a}.{b}.{c}.{d}");
            let before = before.trim_end_matches(|c: char| c.is_alphanumeric());
            let text = redactor().text(&format!("{before}{address}{after}"));
            prop_assert!(!text.contains(&address), "{}", text);
        }
    }
}
