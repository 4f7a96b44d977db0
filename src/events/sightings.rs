//! Requests that several sources log under one id, so that their clocks can be compared.
//!
//! In: ids with the time from start to end of each. Out: a sample of bounded size. Of all ids
//! those with the smallest hashes are kept (bottom-k sampling; Cohen and Kaplan 2007,
//! "Summarizing data using bottom-k sketches"), so that every source keeps the same ones, in
//! whatever order they come. The ids themselves are not kept.

/// Ids kept of a source.
const KEPT_MAX: usize = 1 << 15;
/// Shorter ids number something else than requests, in bytes.
const ID_LENGTH_MIN: usize = 8;
/// Longer texts are no ids, in bytes.
const ID_LENGTH_MAX: usize = 128;
/// What is seen for longer than this under one id is a session, not a request, ns.
const REQUEST_NS_MAX: i64 = 600 * 1_000_000_000;

/// A request seen in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Hash of its id.
    pub id: u64,
    /// When it began or was first mentioned, ns UTC.
    pub first_ns: i64,
    /// When it ended or was last mentioned, ns UTC.
    pub last_ns: i64,
}

impl Sighting {
    /// An event of that id. `None` if it is no id of a request. Dashes and the case of letters do
    /// not matter: programs write the same uuid in many ways.
    pub fn of(id: &[u8], first_ns: i64, last_ns: i64) -> Option<Self> {
        if !(ID_LENGTH_MIN..=ID_LENGTH_MAX).contains(&id.len()) {
            return None;
        }
        let bytes = id.iter().filter(|byte| **byte != b'-');
        // FNV-1a, its bits mixed by the finalizer of MurmurHash3.
        let mut hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
        });
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        Some(Self {
            id: hash ^ (hash >> 33),
            first_ns,
            last_ns,
        })
    }

    /// Half-way between first and last, ns UTC.
    pub fn middle_ns(&self) -> i64 {
        self.first_ns + (self.last_ns - self.first_ns) / 2
    }
}

/// A sample of the requests of one source.
#[derive(Debug, Clone)]
pub struct Sightings {
    kept: Vec<Sighting>,
    /// Ids from this hash on are not kept.
    below: u64,
}

impl Default for Sightings {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            below: u64::MAX,
        }
    }
}

impl Sightings {
    /// Takes in more events of the source.
    pub fn add(&mut self, more: &[Sighting]) {
        let below = self.below;
        self.kept.extend(more.iter().filter(|one| one.id < below));
        if self.kept.len() > 2 * KEPT_MAX {
            self.settle();
        }
    }

    /// One sighting an id; no more than there is room for.
    fn settle(&mut self) {
        self.kept.sort_unstable();
        self.kept.dedup_by(|next, one| {
            let same = next.id == one.id;
            if same {
                one.last_ns = one.last_ns.max(next.last_ns);
            }
            same
        });
        if let Some(first_out) = self.kept.get(KEPT_MAX) {
            self.below = first_out.id;
            self.kept.truncate(KEPT_MAX);
        }
    }

    /// One sighting a request, by hash.
    pub fn requests(&self) -> Vec<Sighting> {
        let mut whole = self.clone();
        whole.settle();
        let is_request = |one: &Sighting| one.last_ns - one.first_ns <= REQUEST_NS_MAX;
        whole.kept.retain(is_request);
        whole.kept
    }
}

/// The requests that are in both lists, each by hash: the sighting of one and of the other.
pub fn shared(ours: &[Sighting], theirs: &[Sighting]) -> Vec<(Sighting, Sighting)> {
    let mut rest = theirs;
    let mut pair = |one: &Sighting| {
        let smaller = rest.iter().take_while(|other| other.id < one.id).count();
        rest = &rest[smaller..];
        let other = rest.first().filter(|other| other.id == one.id)?;
        Some((*one, *other))
    };
    ours.iter().filter_map(&mut pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seen(i: u64, at_ns: i64) -> Sighting {
        Sighting::of(format!("request-{i:08}").as_bytes(), at_ns, at_ns + 5).expect("an id")
    }

    #[test]
    fn the_same_uuid_in_other_letters_is_the_same_id() {
        let id = |text: &str| Sighting::of(text.as_bytes(), 0, 0).map(|one| one.id);
        assert_eq!(id("0AF7-6519-16CD"), id("0af7651916cd"));
        assert_ne!(id("0af7651916cd"), id("0af7651916ce"));
        assert_eq!(id("17"), None);
    }

    #[test]
    fn all_lines_of_a_request_are_one_sighting() {
        let (mut app, mut proxy) = (Sightings::default(), Sightings::default());
        app.add(&[seen(1, 100), seen(2, 50), seen(1, 300)]);
        proxy.add(&[seen(1, 90)]);
        let shared = shared(&app.requests(), &proxy.requests());
        assert_eq!(shared.len(), 1);
        assert_eq!((shared[0].0.first_ns, shared[0].0.last_ns), (100, 305));
    }

    #[test]
    fn what_lasts_too_long_is_a_session() {
        let (mut app, mut proxy) = (Sightings::default(), Sightings::default());
        app.add(&[seen(1, 0), seen(1, REQUEST_NS_MAX + 1)]);
        proxy.add(&[seen(1, 0)]);
        assert!(shared(&app.requests(), &proxy.requests()).is_empty());
    }

    #[test]
    fn two_large_sources_keep_the_same_ids() {
        let n = 5 * KEPT_MAX as u64;
        let all: Vec<Sighting> = (0..n).map(|i| seen(i, i as i64)).collect();
        let (mut one, mut other) = (Sightings::default(), Sightings::default());
        one.add(&all);
        for part in all.chunks(1000).rev() {
            other.add(part);
        }
        assert_eq!(shared(&one.requests(), &other.requests()).len(), KEPT_MAX);
    }

    proptest! {
        #[test]
        fn order_does_not_matter(mut ids in prop::collection::vec(0u64..50, 0..200), cut in 0usize..200) {
            let sightings = |ids: &[u64]| ids.iter().map(|i| seen(*i, *i as i64)).collect::<Vec<_>>();
            let mut one = Sightings::default();
            one.add(&sightings(&ids));
            let cut = cut.min(ids.len());
            ids.rotate_left(cut);
            let mut other = Sightings::default();
            for id in sightings(&ids) {
                other.add(&[id]);
            }
            prop_assert_eq!(one.requests(), other.requests());
        }
    }
}
