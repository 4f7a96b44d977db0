//! When a closer look is asked for, what is drawn meanwhile and afterwards.

use super::super::fixture::{self, S, START};
use super::super::lanes::LaneId;
use super::super::model::Msg;
use super::super::update;
use super::*;
use crate::tui::{Colour, Look, Theme};

/// The outage with requests of the first source every 50 ms for a minute, all of which were kept.
fn model() -> Model {
    let look = Look {
        colour: Colour::None,
        theme: Theme::Dark,
        ascii: true,
    };
    let mut model = Model::new(look, 100, 24);
    update(&mut model, Msg::Snapshot(Arc::new(fixture::close())));
    model
}

fn zoom_in(model: &mut Model) -> Option<CloserRequest> {
    model.cursor_ns = Some(START + 20 * S);
    let mut newest = None;
    for _ in 0..20 {
        if let Effect::Closer(request) = update(model, Msg::Key("+".into())) {
            newest = Some(request);
        }
    }
    newest
}

fn levels(model: &Model) -> Vec<f64> {
    model.drawn.drawings[0].columns.values.clone()
}

#[test]
fn nothing_is_asked_while_cells_are_wide() {
    let mut model = model();
    let effect = update(&mut model, Msg::Key("l".into()));
    assert!(matches!(effect, Effect::None));
    assert_eq!(words(&model, model.span().expect("a span")), None);
}

#[test]
fn a_cell_of_a_tenth_shows_a_step_until_it_is_counted() {
    let mut model = model();
    let request = zoom_in(&mut model).expect("a request");
    let span = model.span().expect("a span");
    assert_eq!(words(&model, span).as_deref(), Some("counting ..."));
    let step = levels(&model);
    assert!(step.iter().all(|x| *x == step[0]), "{step:?}");
    update(&mut model, Msg::CameCloser(answer(&request)));
    // Two to four requests in each tenth, where the series says 4,000 in ten seconds.
    let found = levels(&model);
    let is_true = |x: &f64| (19.9..40.1).contains(x);
    assert!(found.iter().all(is_true), "{found:?}");
}

#[test]
fn an_answer_to_an_older_request_is_not_drawn() {
    let mut model = model();
    let request = zoom_in(&mut model).expect("a request");
    let Effect::Closer(newer) = update(&mut model, Msg::Key("-".into())) else {
        panic!("a wider view is asked for");
    };
    let came = answer(&request);
    assert!(came.closer.is_none(), "an older one is given up");
    update(&mut model, Msg::CameCloser(came));
    assert_eq!(model.closeness.drawn(), 0);
    update(&mut model, Msg::CameCloser(answer(&newer)));
    assert_eq!(model.closeness.drawn(), newer.number);
}

#[test]
fn the_same_view_is_not_asked_for_twice() {
    let mut model = model();
    let request = zoom_in(&mut model).expect("a request");
    update(&mut model, Msg::CameCloser(answer(&request)));
    for key in ["j", "k", "l"] {
        let effect = update(&mut model, Msg::Key(key.into()));
        assert!(matches!(effect, Effect::None), "{key}");
    }
    let more = Msg::Snapshot(Arc::new(fixture::close()));
    let effect = update(&mut model, more);
    assert!(matches!(effect, Effect::None), "no event came");
}

#[test]
fn lanes_that_keep_their_steps_are_counted_and_named() {
    let mut model = model();
    let request = zoom_in(&mut model).expect("a request");
    update(&mut model, Msg::CameCloser(answer(&request)));
    let said = words(&model, model.span().expect("a span")).expect("some do");
    assert!(said.ends_with("lanes in steps of 10 s"), "{said}");
}

#[test]
fn a_latency_lane_shows_one_host_from_the_events() {
    let mut model = model();
    let is_latency = |lane: &Lane| {
        let id = LaneId::Signal("api-access.log latency".to_owned());
        lane.id == id
    };
    let at = model.drawn.lanes.iter().position(is_latency);
    model.lane = at.map(|at| model.drawn.lanes[at].id.clone());
    let mut effect = update(&mut model, Msg::Key("f".into()));
    let lane = |model: &Model| {
        let lanes = model.drawn.lanes.iter();
        lanes
            .clone()
            .find(|lane| is_latency(lane))
            .cloned()
            .expect("a lane")
    };
    assert_eq!(lane(&model).entity.as_deref(), Some("host=app-1"));
    assert_eq!(lane(&model).label, "p99 app-1");
    assert_eq!(instead(&model, &lane(&model)), Some("counting"));
    if !matches!(effect, Effect::Closer(_)) {
        effect = update(&mut model, Msg::Key("Enter".into()));
    }
    let Effect::Closer(request) = effect else {
        panic!("nothing was asked");
    };
    update(&mut model, Msg::CameCloser(answer(&request)));
    assert_eq!(instead(&model, &lane(&model)), None);
    let drawings = model.drawn.lanes.iter().zip(&model.drawn.drawings);
    let mut mine = drawings.filter(|(lane, _)| is_latency(lane));
    let values = &mine.next().expect("drawn").1.columns.values;
    assert!((values[0] - 0.0635).abs() < 0.001, "{values:?}");
}
