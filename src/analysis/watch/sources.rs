//! What each followed source is and how it is read: asked at the start, when an empty one holds
//! something, when one that nothing could read has grown, and when one joins.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::late::plan_late;
use super::super::plan::{Kind, Planned};
use super::super::work::{Answer, cut_of};
use super::between::Between;
use super::{FOLLOWED_MAX, Gone, Watch, Watched, Way};
use crate::clock;
use crate::formats::parse::may_open_event;
use crate::input::bundle::{is_bundle, open_bundles};
use crate::input::follow::late::is_former_file;
use crate::input::follow::{Follower, Standing, late};
use crate::input::open::packing;
use crate::input::packing::Packing;
use crate::input::sets::join;
use crate::input::{Blocks, Origin, Part, Source, open};

/// What a source is, is asked once it holds so much, or has held something for so long.
const HEAD_BYTES: u64 = 256 << 10;
const HEAD_NS: i64 = 300_000_000;
/// A source that nothing could read is asked again each time it has doubled, up to this size.
const ASKED_BYTES_MAX: u64 = 1 << 20;
/// Sources that may join.
const JOINED_MAX: usize = 10_000;

impl Watch<'_> {
    /// How a source will be read.
    pub(super) fn watched(&mut self, planned: Planned) -> Watched {
        let path = planned.source.origin.path();
        let goes_on = self.following.filling.goes_on(path);
        let asked_bytes = fs::metadata(path).map_or(0, |meta| meta.len());
        let alone = planned.source.parts().is_empty();
        let empty = matches!(planned.kind, Kind::Unknown(_)) && asked_bytes == 0 && alone;
        let way = match &planned.kind {
            _ if is_awaited(&planned.source.origin) => Way::Awaited,
            Kind::Record(_) | Kind::Unreadable(_) if !goes_on => Way::Done,
            _ => self.way(&planned),
        };
        // It was looked at before it was whole, even if it is by now.
        let awaited = matches!(way, Way::Awaited);
        let may_grow = matches!(way, Way::Follow(_) | Way::Awaited);
        Watched {
            between: Between::new(planned.context, planned.seen),
            planned: Arc::new(planned),
            known: !(awaited || may_grow && (empty || goes_on)),
            way,
            asked_bytes,
            held_since_ns: None,
            busy: goes_on || awaited,
        }
    }

    /// A source beyond the bound of those that are followed.
    pub(super) fn read_once(&mut self, planned: Planned) -> Watched {
        let way = match cut_of(&planned.kind) {
            Some(_) => {
                let beyond = u64::from(self.may_grow(&planned.source));
                self.outlets
                    .not_followed
                    .fetch_add(beyond, Ordering::Relaxed);
                self.once(&planned)
            }
            None => Way::Done,
        };
        Watched {
            between: Between::new(planned.context, planned.seen),
            planned: Arc::new(planned),
            known: true,
            way,
            asked_bytes: 0,
            held_since_ns: None,
            busy: false,
        }
    }

    fn way(&mut self, planned: &Planned) -> Way {
        let source = &planned.source;
        let path = source.origin.path();
        let is_kept = matches!(source.origin, Origin::Kept(_));
        if !self.may_grow(source) {
            return self.once(planned);
        }
        if self.followed >= FOLLOWED_MAX {
            self.outlets.not_followed.fetch_add(1, Ordering::Relaxed);
            return self.once(planned);
        }
        let cut = cut_of(&planned.kind).unwrap_or(may_open_event);
        let shelf = (self.sources.len(), &self.following.shelf);
        let now_ns = clock::now_ns();
        let Ok(follower) = Follower::new(path, cut, shelf, &mut self.around, now_ns) else {
            return self.once(planned);
        };
        self.followed += 1;
        let follower = match is_kept || is_former_file(path, &self.paths) {
            true => follower.fixed(),
            false => follower,
        };
        let older = source
            .parts()
            .split_last()
            .map_or(&[][..], |(_, older)| older);
        let on_disk = Arc::clone(&self.outlets.on_disk);
        Way::Follow(Box::new(match older.is_empty() {
            true => follower,
            false => follower.after(older, on_disk),
        }))
    }

    /// Whether a source is a file that may be written to, or a rotated log of which the newest part
    /// is. A member of a bundle is not.
    fn may_grow(&self, source: &Source) -> bool {
        let is_plain = || packing(&source.origin).is_ok_and(|packing| packing == Packing::None);
        let is_file = |part: &Part| matches!(part.origin, Origin::File(_));
        match &source.origin {
            Origin::File(_) => is_plain(),
            Origin::Kept(path) => self.following.filling.goes_on(path) && is_plain(),
            Origin::Set(set) => set.parts.iter().all(is_file) && is_plain(),
            Origin::Stretch { .. } => false,
        }
    }

    fn once(&mut self, planned: &Planned) -> Way {
        let cut = cut_of(&planned.kind).unwrap_or(may_open_event);
        match open(&planned.source, Arc::clone(&self.outlets.on_disk)) {
            Ok(reader) => Way::Once(Blocks::new(reader, cut)),
            Err(_) => Way::Done,
        }
    }

    /// Asks what a source is that was empty, or that nothing could read, when it has grown.
    pub(super) fn ask(&mut self, i: usize) -> Result<(), Gone> {
        let one = &self.sources[i];
        let unread = one.known
            && matches!(one.planned.kind, Kind::Unknown(_))
            && matches!(&one.way, Way::Follow(follower) if follower.standing().files == 1);
        if (one.known && !unread) || matches!(one.way, Way::Done | Way::Once(_)) {
            return Ok(());
        }
        let origin = &one.planned.source.origin;
        let path = origin.path();
        let is_kept = matches!(origin, Origin::Kept(_));
        let bytes = fs::metadata(path).map_or(0, |meta| meta.len());
        let goes_on = self.following.filling.goes_on(path);
        let now_ns = clock::now_ns();
        let due = match unread {
            true => bytes >= 2 * one.asked_bytes.max(1) && one.asked_bytes < ASKED_BYTES_MAX,
            false => {
                let held = one
                    .held_since_ns
                    .is_some_and(|since| now_ns - since >= HEAD_NS);
                bytes >= HEAD_BYTES || (bytes > 0 && held) || (is_kept && !goes_on)
            }
        };
        let whole = is_kept && (due || matches!(one.way, Way::Awaited)) && is_read_whole(origin);
        let one = &mut self.sources[i];
        if whole {
            one.way = Way::Awaited;
        }
        let awaited = whole && goes_on;
        if bytes > 0 && one.held_since_ns.is_none() {
            one.held_since_ns = Some(now_ns);
        }
        if !due || awaited {
            return Ok(());
        }
        one.asked_bytes = bytes;
        let source = match whole {
            true => self.take_apart(i)?,
            false => one.planned.source.clone(),
        };
        let planned = plan_late(source, self.options, self.zone);
        if unread && !matches!(planned.kind, Kind::Log(_)) {
            return Ok(());
        }
        self.learn(i, planned, unread)
    }

    /// The members of a bundle that was kept join; the first takes its place.
    fn take_apart(&mut self, i: usize) -> Result<Source, Gone> {
        let bundle = self.sources[i].planned.source.clone();
        let mut errors = Vec::new();
        let members = join(open_bundles(vec![bundle.clone()], &mut errors));
        for error in errors {
            let failed = Answer::Failed(self.next(), i, error.to_string());
            self.outlets.answers.send(failed)?;
        }
        let mut members = members.into_iter();
        let first = members.next().filter(|first| *first != bundle);
        let first = first.map(|first| self.renamed(first));
        for member in members {
            self.add(member)?;
        }
        let Some(first) = first else {
            return Ok(bundle);
        };
        self.following.shelf.joined(i, first.clone());
        Ok(first)
    }

    /// A source is known better: it is read as that, from its start if it was read before.
    fn learn(&mut self, i: usize, planned: Planned, again: bool) -> Result<(), Gone> {
        let sequence = self.next();
        let news = Answer::Source(sequence, i, Box::new(planned.clone()), again);
        self.outlets.answers.send(news)?;
        let cut = cut_of(&planned.kind);
        let one = &mut self.sources[i];
        (one.planned, one.known) = (Arc::new(planned.clone()), true);
        one.between = Between::new(planned.context, planned.seen);
        match (&mut one.way, cut) {
            (_, None) => one.way = Way::Done,
            (Way::Follow(follower), Some(cut)) if !again => follower.cut_at(cut),
            (Way::Follow(follower), Some(cut)) => {
                let shelf = (i, &self.following.shelf);
                let path = follower.path().to_path_buf();
                let now_ns = clock::now_ns();
                let anew = Follower::new(&path, cut, shelf, &mut self.around, now_ns);
                let is_fixed = matches!(planned.source.origin, Origin::Kept(_));
                if let Ok(anew) = anew {
                    **follower = if is_fixed { anew.fixed() } else { anew };
                }
            }
            (_, Some(_)) => self.sources[i].way = self.once(&planned),
        }
        Ok(())
    }

    /// Tells how each followed source stands.
    pub(super) fn tell_standings(&self) {
        let standing = |one: &Watched| match &one.way {
            Way::Follow(follower) => Some(Standing {
                awaits_writer: self.awaits_writer(one),
                ..follower.standing()
            }),
            _ => None,
        };
        let all = self.sources.iter().map(standing).collect();
        *self
            .outlets
            .standings
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = all;
    }

    /// Whether a source is a pipe that nobody has opened to write yet.
    fn awaits_writer(&self, one: &Watched) -> bool {
        let path = one.planned.source.origin.path();
        self.following.filling.awaits_writer(path)
    }

    /// Whether a named folder or glob has a file that holds something.
    pub(super) fn any_file(&self) -> bool {
        !late(&self.named, &self.paths, |_| false).is_empty()
    }

    /// Files that joined a named folder or glob.
    pub(super) fn join(&mut self) -> Result<(), Gone> {
        if self.named.is_empty() || self.sources.len() >= JOINED_MAX {
            return Ok(());
        }
        let owned = |identity| {
            self.sources.iter().any(|one| match &one.way {
                Way::Follow(follower) => follower.owns(identity),
                _ => false,
            })
        };
        for source in late(&self.named, &self.paths, owned) {
            self.paths.insert(source.origin.path().to_path_buf());
            self.add(source)?;
        }
        Ok(())
    }

    fn add(&mut self, source: Source) -> Result<(), Gone> {
        let i = self.sources.len();
        let planned = plan_late(self.renamed(source), self.options, self.zone);
        let mut watched = self.watched(planned.clone());
        // It may hold only its first lines by now: it is asked again in a moment.
        watched.known = !matches!(watched.way, Way::Follow(_));
        self.following.shelf.joined(i, planned.source.clone());
        self.sources.push(watched);
        let sequence = self.next();
        let news = Answer::Source(sequence, i, Box::new(planned), false);
        self.outlets.answers.send(news)?;
        Ok(())
    }

    /// A source with a name and a label that no other has.
    fn renamed(&self, mut source: Source) -> Source {
        let others = || self.sources.iter().map(|one| &one.planned.source);
        if others().any(|other| other.name == source.name) {
            source.name = crate::text::printable(&source.origin.path().to_string_lossy());
        }
        let parts: Vec<&str> = source.name.split('/').collect();
        let endings = (1..=parts.len()).map(|n| parts[parts.len() - n..].join("/"));
        let free = |ending: &String| others().all(|other| other.label != *ending);
        source.label = endings
            .into_iter()
            .find(free)
            .unwrap_or_else(|| source.name.clone());
        source
    }
}

/// Whether a source is kept from a pipe and can be taken apart once it is whole only.
fn is_awaited(origin: &Origin) -> bool {
    matches!(origin, Origin::Kept(_)) && is_read_whole(origin)
}

/// Whether what was kept is read only once all of it is there: it is packed, or a bundle.
fn is_read_whole(origin: &Origin) -> bool {
    packing(origin).is_ok_and(|packing| packing != Packing::None) || is_bundle(origin)
}

/// When a source was written last: seconds, nanoseconds.
pub fn written(source: &Source) -> (i64, i64) {
    let meta = fs::metadata(source.origin.path());
    meta.map_or((0, 0), |meta| (meta.mtime(), meta.mtime_nsec()))
}

/// When the eldest of the sources that are followed was written last: of many the newest are.
pub fn eldest_followed(planned: &[Planned]) -> (i64, i64) {
    let mut all: Vec<(i64, i64)> = planned.iter().map(|one| written(&one.source)).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.get(FOLLOWED_MAX - 1).copied().unwrap_or((i64::MIN, 0))
}
