//! Where everything is on the Timeline: a pure function of the size and of how much there is.
//!
//! Rows are dealt out in the order in which a reader needs them; what remains makes lanes taller.

/// One thing on the Timeline. The order is that of the screen, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// What this is, the stretch of time, how much was read.
    Header,
    /// How the incident stands.
    State,
    /// What is wrong.
    Title,
    /// Load or regression.
    Verdict,
    /// Who makes up the excess.
    Contributor,
    /// Who or what explains the selected range.
    Range(usize),
    /// Free text where there is no incident.
    Prose(usize),
    /// Ticks, cursor.
    Axis,
    /// A lane.
    Lane(usize),
    /// Deploys and other changes.
    Changes,
    /// What people said.
    People,
    /// The windows.
    Windows,
    /// A line, with what was left out.
    Rule,
    /// A duration.
    Duration(usize),
    /// Premature claims, conflicts.
    Note(usize),
    /// What was found normal.
    Checked,
    /// What cannot be seen.
    Blind,
    /// Keys and messages.
    Footer,
}

/// How much there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Content {
    /// Whether there is a time axis.
    pub plot: bool,
    /// Whether an incident is selected.
    pub incident: bool,
    /// Whether there is a contributor.
    pub contributor: bool,
    /// Lines about the selected range.
    pub range: usize,
    /// Lines of free text.
    pub prose: usize,
    /// Lanes.
    pub lanes: usize,
    /// Whether there are changes.
    pub changes: bool,
    /// Whether people said anything.
    pub people: bool,
    /// Durations worth a line, the most important first.
    pub durations: usize,
    /// Notes.
    pub notes: usize,
    /// Whether anything was found normal.
    pub checked: bool,
    /// Whether anything cannot be seen.
    pub blind: bool,
}

/// A slot with its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// What.
    pub slot: Slot,
    /// First row.
    pub y: usize,
    /// How many rows; at least one.
    pub height: usize,
}

/// The plot's place in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plot {
    /// Cells for the label, after the pointer.
    pub label: usize,
    /// First column of the plot.
    pub x: usize,
    /// Columns of the plot; may be zero on a tiny screen.
    pub width: usize,
    /// First column of the value.
    pub value_x: usize,
    /// Cells for the value.
    pub value: usize,
}

/// Smallest size in which anything is drawn.
pub const SIZE_MIN: (u16, u16) = (40, 10);
/// A heatmap needs so many rows.
pub const HEAT_ROWS_MIN: usize = 3;
const HEAT_ROWS_MAX: usize = 5;
const LANE_ROWS_MAX: usize = 2;

/// Divides a row of the timeline.
pub fn plot(width: u16) -> Plot {
    let width = usize::from(width);
    let (label, value) = match width {
        0..60 => (8, 8),
        // A cell more of the plot is worth more than the top of every scale beside its value.
        60..92 => (12, 9),
        92..110 => (12, 18),
        _ => (22, 32),
    };
    let x = label + 2;
    let plot = width.saturating_sub(x + value + 1);
    Plot {
        label,
        x,
        width: plot,
        value_x: x + plot + 1,
        value,
    }
}

/// Which lanes may be taller than a row, by their place among the shown ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Growing {
    /// The one that becomes a heatmap when there is room.
    pub heat: Option<usize>,
    /// Those that have something to say; a steady lane is calmer in one row.
    pub lanes: Vec<usize>,
}

/// Deals out the rows.
pub fn rows(height: u16, content: &Content, growing: &Growing) -> Vec<Placed> {
    let wanted = wanted(content);
    let mut slots: Vec<(Slot, usize)> = wanted
        .into_iter()
        .take(usize::from(height))
        .map(|slot| (slot, 1))
        .collect();
    let room = usize::from(height).saturating_sub(slots.len());
    slots.sort();
    grow(&mut slots, room, growing);
    let mut y = 0;
    let mut out = Vec::new();
    for (slot, height) in slots {
        out.push(Placed { slot, y, height });
        y += height;
    }
    if let Some(footer) = out.last_mut().filter(|placed| placed.slot == Slot::Footer) {
        footer.y = usize::from(height).saturating_sub(1);
    }
    out
}

/// How many lanes are shown at this height.
pub fn lanes_shown(height: u16, content: &Content) -> usize {
    let is_lane = |slot: &Slot| matches!(slot, Slot::Lane(_));
    wanted(content)
        .iter()
        .take(usize::from(height))
        .filter(|slot| is_lane(slot))
        .count()
}

/// Everything there is, in the order in which a reader needs it.
fn wanted(content: &Content) -> Vec<Slot> {
    let when = |yes: bool, slot: Slot| yes.then_some(slot);
    let lane = |i: usize| when(i < content.lanes, Slot::Lane(i));
    let duration = |i: usize| when(i < content.durations, Slot::Duration(i));
    let incident = |slot: Slot| when(content.incident, slot);
    let first = [
        Some(Slot::Header),
        Some(Slot::Footer),
        Some(Slot::State),
        when(content.plot, Slot::Axis),
        when(content.range > 0, Slot::Range(0)),
        incident(Slot::Windows),
        incident(Slot::Title),
        duration(0),
        incident(Slot::Verdict),
        lane(0),
        when(content.range > 1, Slot::Range(1)),
        lane(1),
        when(content.contributor, Slot::Contributor),
        duration(1),
        lane(2),
        when(content.people, Slot::People),
        duration(2),
        when(content.notes > 0, Slot::Note(0)),
        duration(3),
        lane(3),
        when(content.blind, Slot::Blind),
        when(content.checked, Slot::Checked),
        when(content.plot, Slot::Rule),
        when(content.changes, Slot::Changes),
    ];
    let mut slots: Vec<Slot> = first.into_iter().flatten().collect();
    slots.extend((0..content.prose).map(Slot::Prose));
    slots.extend((4..content.lanes.max(4)).map(Slot::Lane));
    slots.extend((4..content.durations.max(4)).map(Slot::Duration));
    slots.extend((1..content.notes.max(1)).map(Slot::Note));
    slots
}

/// Makes lanes taller: first the heatmap, then the others.
fn grow(slots: &mut [(Slot, usize)], mut room: usize, growing: &Growing) {
    let mut add = |slot: Slot, rows: usize, room: &mut usize| {
        if let Some(found) = slots.iter_mut().find(|(other, _)| *other == slot)
            && rows > found.1
            && rows - found.1 <= *room
        {
            *room -= rows - found.1;
            found.1 = rows;
        }
    };
    if let Some(tall) = growing.heat {
        (HEAT_ROWS_MIN..=HEAT_ROWS_MAX).for_each(|rows| add(Slot::Lane(tall), rows, &mut room));
    }
    growing
        .lanes
        .iter()
        .for_each(|&i| add(Slot::Lane(i), LANE_ROWS_MAX, &mut room));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outage() -> Content {
        Content {
            plot: true,
            incident: true,
            contributor: true,
            range: 0,
            prose: 0,
            lanes: 9,
            changes: true,
            people: true,
            durations: 6,
            notes: 1,
            checked: true,
            blind: true,
        }
    }

    fn growing() -> Growing {
        Growing {
            heat: Some(2),
            lanes: vec![1, 3, 4],
        }
    }

    #[test]
    fn the_first_screen_holds_what_a_reader_needs() {
        let slots: Vec<Slot> = rows(24, &outage(), &growing())
            .iter()
            .map(|placed| placed.slot)
            .collect();
        for slot in [
            Slot::State,
            Slot::Verdict,
            Slot::Contributor,
            Slot::Windows,
            Slot::Duration(3),
            Slot::Blind,
            Slot::Lane(5),
        ] {
            assert!(slots.contains(&slot), "{slot:?} of {slots:?}");
        }
        assert!(!slots.contains(&Slot::Lane(6)));
    }

    #[test]
    fn a_tall_screen_has_a_heatmap() {
        let tall = rows(40, &outage(), &growing());
        assert_eq!(
            tall.iter()
                .find(|placed| placed.slot == Slot::Lane(2))
                .unwrap()
                .height,
            HEAT_ROWS_MAX
        );
    }

    #[test]
    fn eighty_columns_leave_a_wide_plot() {
        assert_eq!(
            plot(80),
            Plot {
                label: 12,
                x: 14,
                width: 56,
                value_x: 71,
                value: 9
            }
        );
    }

    proptest! {
        #[test]
        fn nothing_overlaps_and_nothing_is_below_the_screen(height in 0u16..90, lanes in 0usize..40, durations in 0usize..9, prose in 0usize..9, range in 0usize..3, incident: bool) {
            let content = Content { incident, lanes, durations, prose, range, ..outage() };
            let placed = rows(height, &content, &growing());
            for pair in placed.windows(2) {
                prop_assert!(pair[0].y + pair[0].height <= pair[1].y && pair[0].slot < pair[1].slot);
            }
            prop_assert!(placed.last().is_none_or(|last| last.y + last.height <= usize::from(height)));
        }
    }
}
