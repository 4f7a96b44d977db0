//! What a source is that joins after the others were planned, or that held nothing then.

use super::options::Options;
use super::plan::{Planned, plan};
use crate::clock::Zone;
use crate::input::Source;

/// Looks at one source. Stamps without an offset are read in `default`, as those of the others.
pub fn plan_late(source: Source, options: &Options, default: Zone) -> Planned {
    let mut alone = options.clone();
    let borrowed = options.zone.is_none() && default != Zone::UTC;
    if borrowed {
        alone.zone = Some(default);
    }
    let (mut planned, _) = plan(vec![source], &alone);
    let mut planned = planned.remove(0);
    if borrowed && let Some(zone) = planned.zone_reason.strip_suffix("from --tz") {
        planned.zone_reason = format!("{zone}like the others");
        planned.zone_assumed = true;
    }
    planned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Origin;

    #[test]
    fn a_source_without_a_zone_takes_that_of_the_others() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let line = "2026-03-01 10:00:00,123 INFO worker started\n";
        std::fs::write(file.path(), line.repeat(20)).expect("written");
        let source = Source {
            name: "app.log".to_owned(),
            label: "app.log".to_owned(),
            origin: Origin::File(file.path().to_path_buf()),
            disk_bytes: 0,
        };
        let options = Options::new(Vec::new());
        let planned = plan_late(source.clone(), &options, Zone::Fixed(3600));
        assert_eq!(planned.context.zone, Zone::Fixed(3600));
        assert!(
            planned.zone_reason.ends_with("like the others"),
            "{}",
            planned.zone_reason
        );
        assert!(planned.zone_assumed);
        let planned = plan_late(source, &options, Zone::UTC);
        assert_eq!(planned.context.zone, Zone::UTC);
        assert!(planned.zone_reason.contains("for want of a better one"));
    }
}
