//! Tests of the whole product and of the house rules, in one crate.

mod attribution;
mod bounds;
mod cache;
mod children;
mod clock_traps;
mod command;
mod corpus;
mod documents;
mod entities;
mod exports;
mod fixtures;
mod follow;
mod format_traps;
mod formats_page;
mod hour_of_week;
mod joining;
mod libraries;
mod lint;
mod live_states;
mod look_alikes;
mod made;
mod manners;
mod mark;
mod narrow;
mod outage_lines;
mod outage_servers;
mod play;
mod quiet;
mod readme;
mod records_alone;
mod regenerate;
mod replays;
mod review;
mod same_incident;
mod scenarios;
mod selection;
mod series_files;
mod settings;
mod simulated;
mod sound;
mod sources;
mod templates;
mod terminal;
mod tidy;
mod time_traps;
mod told_requests;
mod traps;
mod waiting;
mod wraps;

#[path = "../../sample-logs/generate/engine.rs"]
mod engine;

#[path = "../../examples/evaluate/concluding.rs"]
#[expect(
    dead_code,
    reason = "the whole evaluation asks for more than its short form"
)]
mod concluding;
#[path = "../../examples/evaluate/random.rs"]
mod random;
#[path = "../../examples/evaluate/service.rs"]
#[expect(
    dead_code,
    reason = "the whole evaluation asks for more than its short form"
)]
mod service;
#[path = "../../examples/evaluate/scenarios.rs"]
mod troubles;
