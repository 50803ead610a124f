//! Ways in which a sweep must fail.

use super::{Bench, Elsewhere, Fails, HANG, Way, with};

pub(super) fn ways(_: &Bench) -> Vec<(Way, Fails)> {
    let sweep =
        |more: &str| format!("sweep model=tiny.yaml random_weights=7 device=two-nodes -o swept {more}");
    vec![
        (Way::NoFrames, with(&sweep("-i none.npy"), 1, "sweep::none_complete")),
        (Way::NoFrames, with(&sweep("-i inputs.npy --where 1==2"), 1, "sweep::no_points")),
        (Way::NoFrames, with("sweep report out", 1, "sweep::no_results")),
        (Way::EndsEarly, with(&sweep("-i inputs.npy max_cycles=10"), 1, "sweep::none_complete")),
        (Way::Hang, Elsewhere(HANG)),
        (Way::WrongReference, Elsewhere("it makes its programs of the models that it compares with")),
        (
            Way::EmptyReference,
            with(&sweep("-i inputs.npy --labels no-labels.npy"), 1, "sweep::none_complete"),
        ),
    ]
}
