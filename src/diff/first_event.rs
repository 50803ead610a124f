//! The first event that differs.

use super::events_unknown::EventsUnknown;
use super::frame_events::{EventReader, FrameEvents, LayerEvent};
use super::report::{EventSide, FirstEvent};
use crate::Stop;
use crate::run::{Rerun, RunDirectory};

/// The first event that differs of two runs; none if no event does. The frames that both have are compared, and layers by their names.
///
/// # Errors
/// A run cannot be simulated again.
pub(super) fn first_event(
    a: &RunDirectory,
    b: &RunDirectory,
    stop: &Stop,
) -> Result<Option<FirstEvent>, EventsUnknown> {
    let rerun = |directory: &RunDirectory| {
        directory.rerun().map_err(|errors| errors.first().map(EventsUnknown::of).unwrap_or_default())
    };
    let (ours, theirs) = (rerun(a)?, rerun(b)?);
    let is_same = |a: &RunDirectory, b: &RunDirectory| {
        let of = |directory: &RunDirectory| {
            let identity = &directory.info().identity;
            (
                identity.program_sha256.clone(),
                identity.device_sha256.clone(),
                identity.input_sha256.clone(),
                identity.batch,
            )
        };
        of(a) == of(b)
    };
    // The same program, device, input and batch give the same events.
    if is_same(a, b) { Ok(None) } else { between(&ours, &theirs, stop) }
}

fn between(a: &Rerun, b: &Rerun, stop: &Stop) -> Result<Option<FirstEvent>, EventsUnknown> {
    let (mut ours, mut theirs) = (EventReader::new(a, stop)?, EventReader::new(b, stop)?);
    let layers = shared_layers(a, b);
    let mut in_time = None;
    for frame in 0..ours.frames().min(theirs.frames()) {
        let (left, right) = rayon::join(|| ours.next(), || theirs.next());
        let (Some(left), Some(right)) = (left?, right?) else { break };
        let name = |index: usize| a.simulator.program().output_maps[index].name.clone();
        let found = |differs, index: usize, pair: Pair| {
            let side = |event: Option<LayerEvent>, start: u64, reader: &EventReader| {
                event.map(|event| EventSide {
                    value: event.value,
                    cycle: event.cycle,
                    frame_cycle: event.cycle.saturating_sub(start),
                    unit: reader.unit(event.unit),
                })
            };
            let (x, y, feature) = pair.place;
            FirstEvent {
                differs,
                frame,
                layer: name(index),
                x,
                y,
                feature,
                a: side(pair.a, left.start, &ours),
                b: side(pair.b, right.start, &theirs),
            }
        };
        for &(index, other) in &layers {
            let pairs = Pairs::of(&left, &right, index, other);
            if let Some(pair) = pairs.clone().find(|pair| pair.value(pair.a) != pair.value(pair.b)) {
                return Ok(Some(found("value", index, pair)));
            }
        }
        if in_time.is_none() {
            let since = |pair: &Pair| pair.since(left.start, right.start);
            let all = layers.iter().enumerate().flat_map(|(position, &(index, other))| {
                Pairs::of(&left, &right, index, other).map(move |pair| (position, index, pair))
            });
            let late = all.filter(|(.., pair)| since(pair)[0] != since(pair)[1]);
            let first =
                late.min_by_key(|(position, _, pair)| (since(pair).into_iter().min(), *position, pair.place));
            in_time = first.map(|(_, index, pair)| found("time", index, pair));
        }
    }
    Ok(in_time)
}

/// Positions of the layers that both programs have, in the order of `a`.
fn shared_layers(a: &Rerun, b: &Rerun) -> Vec<(usize, usize)> {
    let (ours, theirs) = (&a.simulator.program().output_maps, &b.simulator.program().output_maps);
    let same = |name: &str| theirs.iter().position(|map| map.name == name);
    ours.iter().enumerate().filter_map(|(index, map)| Some((index, same(&map.name)?))).collect()
}

/// The events of both at one place.
#[derive(Clone, Copy)]
struct Pair {
    place: (u32, u32, u32),
    a: Option<LayerEvent>,
    b: Option<LayerEvent>,
}

impl Pair {
    /// No event is the value 0.
    fn value(&self, event: Option<LayerEvent>) -> i32 {
        event.map_or(0, |event| event.value)
    }

    /// Cycles since the start of the frame, of each that is there; of one that is not, those of the other: a potential of 0 may be sent or not.
    fn since(&self, a: u64, b: u64) -> [u64; 2] {
        let since = |event: Option<LayerEvent>, start| event.map(|event| event.cycle.saturating_sub(start));
        let (a, b) = (since(self.a, a), since(self.b, b));
        [a.or(b).unwrap_or_default(), b.or(a).unwrap_or_default()]
    }
}

/// Goes through two lists in the order of places.
#[derive(Clone)]
struct Pairs<'a> {
    a: &'a [LayerEvent],
    b: &'a [LayerEvent],
}

impl<'a> Pairs<'a> {
    fn of(a: &'a FrameEvents, b: &'a FrameEvents, index: usize, other: usize) -> Pairs<'a> {
        Pairs { a: &a.layers[index], b: &b.layers[other] }
    }
}

impl Iterator for Pairs<'_> {
    type Item = Pair;

    fn next(&mut self) -> Option<Pair> {
        let (ours, theirs) = (self.a.first(), self.b.first());
        let place = ours.into_iter().chain(theirs).map(|event| event.place).min()?;
        let take = |list: &mut &[LayerEvent]| {
            let (&first, rest) = list.split_first()?;
            (first.place == place).then(|| {
                *list = rest;
                first
            })
        };
        let a = take(&mut self.a);
        let b = take(&mut self.b);
        Some(Pair { place, a, b })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_have_every_place_once_in_their_order() {
        let event = |x: u32, value: i32| LayerEvent { place: (x, 0, 0), cycle: 5, value, unit: (0, 1) };
        let (a, b) = ([event(0, 1), event(2, 3)], [event(1, 2), event(2, 4), event(3, 1)]);
        let pairs: Vec<(u32, i32, i32)> = Pairs { a: &a, b: &b }
            .map(|pair| (pair.place.0, pair.value(pair.a), pair.value(pair.b)))
            .collect();
        assert_eq!(pairs, [(0, 1, 0), (1, 0, 2), (2, 3, 4), (3, 0, 1)]);
    }
}
