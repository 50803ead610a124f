//! What the units of a pass send each other in a frame in which every position fires, in flits.
//!
//! Slices of a layer that hold the same rows receive the same packets: they are a *group*. Those of a group that also compute the same rows and as many
//! filters send as many: they are a *class*. So a pass is described by numbers between classes and groups, however many
//! slices it has, and both kinds of multicast are: with copies, each member of a group gets packets of its own; with trees, all of them share those of
//! one tree.

use std::collections::BTreeMap;

use crate::partition::{LayerPartition, Partition, UnitKind};
use crate::resources::Resources;
use spikemesh_isa::Rows;
use spikemesh_isa::packet::{PACKET_WORDS, flits};
use spikemesh_model::{Layer, LayerId, LayerKind};

/// A slice of a pass: its layer and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SliceId {
    pub layer: usize,
    pub slice: usize,
}

/// What goes from every member of a class to every member of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub class: usize,
    pub group: usize,
    pub flits: Flits,
}

/// Flits of a flow in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flits {
    /// Events, potentials and markers. With trees they go to all receivers at once.
    pub data: u64,
    /// Tokens that come back from one receiver.
    pub tokens: u64,
}

impl Flits {
    fn add(&mut self, other: Flits) {
        self.data += other.data;
        self.tokens += other.tokens;
    }
}

/// The flows of a pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PassDemand {
    /// The slices, in layer order.
    pub slices: Vec<SliceId>,
    /// The class of each.
    pub class_of: Vec<usize>,
    /// The members of each class.
    pub classes: Vec<Vec<usize>>,
    /// The group that a class belongs to.
    pub group_of: Vec<usize>,
    /// The members of each group.
    pub groups: Vec<Vec<usize>>,
    /// Flows between slices.
    pub pairs: Vec<Pair>,
    /// From the edge node to each member of a group.
    pub from_edge: Vec<Flits>,
    /// From each member of a class to the edge node.
    pub to_edge: Vec<Flits>,
    /// One packet goes to all members of a group.
    pub trees: bool,
}

/// The flows of every pass of a partition.
pub(crate) fn demand(layers: &[Layer], partition: &Partition, resources: &Resources) -> Vec<PassDemand> {
    let collected = collected(layers, partition);
    (0..partition.passes).map(|pass| of_pass(layers, partition, resources, &collected, pass)).collect()
}

/// Per layer: its map goes to the event DMA, as a result or for a later pass.
pub(crate) fn collected(layers: &[Layer], partition: &Partition) -> Vec<bool> {
    let mut collected = vec![false; layers.len()];
    let mut read = vec![false; layers.len()];
    for (layer, divided) in layers.iter().zip(&partition.layers) {
        for inbound in &layer.inbound {
            collected[inbound.0] |= divided.pass > partition.layers[inbound.0].pass;
            read[inbound.0] = true;
        }
    }
    collected.iter_mut().zip(read).for_each(|(collected, read)| *collected |= !read);
    collected
}

fn of_pass(
    layers: &[Layer],
    partition: &Partition,
    resources: &Resources,
    collected: &[bool],
    pass: u32,
) -> PassDemand {
    let mut demand = PassDemand { trees: resources.trees(), ..PassDemand::default() };
    // Per layer: its groups with their rows, and its classes with their rows and filters.
    let mut groups_of: BTreeMap<usize, Vec<(usize, Rows)>> = BTreeMap::new();
    let mut classes_of: BTreeMap<usize, Vec<(usize, Rows, u32)>> = BTreeMap::new();
    let here = |divided: &LayerPartition| divided.kind == UnitKind::Np && divided.pass == pass;
    for (layer, divided) in partition.layers.iter().enumerate().filter(|(_, divided)| here(divided)) {
        let (mut groups, mut classes) = (BTreeMap::new(), BTreeMap::new());
        for (slice, of) in divided.slices.iter().enumerate() {
            let index = demand.slices.len();
            demand.slices.push(SliceId { layer, slice });
            let rows = of.rows;
            let pair = |rows: Rows| (rows.first, rows.end);
            let group = *groups.entry(pair(rows.window)).or_insert_with(|| {
                demand.groups.push(Vec::new());
                groups_of.entry(layer).or_default().push((demand.groups.len() - 1, rows.window));
                demand.groups.len() - 1
            });
            demand.groups[group].push(index);
            let class = *classes.entry((group, pair(rows.outputs), of.filters)).or_insert_with(|| {
                demand.classes.push(Vec::new());
                demand.group_of.push(group);
                classes_of.entry(layer).or_default().push((
                    demand.classes.len() - 1,
                    rows.outputs,
                    of.filters,
                ));
                demand.classes.len() - 1
            });
            demand.classes[class].push(index);
            demand.class_of.push(class);
        }
    }
    demand.from_edge = vec![Flits::default(); demand.groups.len()];
    demand.to_edge = vec![Flits::default(); demand.classes.len()];
    let mut pairs: BTreeMap<(usize, usize), Flits> = BTreeMap::new();
    for (&layer, groups) in &groups_of {
        for &LayerId(inbound) in &layers[layer].inbound {
            let producer = &partition.layers[inbound];
            for &(group, window) in groups {
                match classes_of.get(&inbound) {
                    Some(classes) => {
                        for &(class, rows, filters) in classes {
                            let flits = route(np_data(&layers[inbound], rows, window, filters, resources));
                            pairs.entry((class, group)).or_default().add(flits);
                        }
                    }
                    None => demand.from_edge[group].add(route(edge_data(
                        &layers[inbound],
                        producer,
                        pass,
                        window,
                        resources,
                    ))),
                }
            }
        }
    }
    for (&layer, classes) in classes_of.iter().filter(|(layer, _)| collected[**layer]) {
        for &(class, rows, filters) in classes {
            let whole = Rows { first: 0, end: layers[layer].shape.output.height };
            demand.to_edge[class] = route(np_data(&layers[layer], rows, whole, filters, resources));
        }
    }
    demand.pairs = pairs.into_iter().map(|((class, group), flits)| Pair { class, group, flits }).collect();
    demand
}

/// Data with their marker, and the token that comes back.
fn route(data: u64) -> Flits {
    Flits { data: data + flits(0) as u64, tokens: flits(0) as u64 }
}

/// Flits of `words` that are given out together: full packets, and one with the rest.
fn packets(words: u64) -> u64 {
    let full = PACKET_WORDS as u64;
    let rest = words % full;
    words / full * flits(PACKET_WORDS) as u64 + if rest > 0 { flits(rest as usize) as u64 } else { 0 }
}

/// Flits of a batch for each group of at most `per_group` of `filters`: `of` says how many a group of some filters has.
fn by_filter_group(filters: u32, per_group: u32, of: impl Fn(u64) -> u64) -> u64 {
    let (full, rest) = (filters / per_group, filters % per_group);
    u64::from(full) * of(per_group.into()) + if rest > 0 { of(rest.into()) } else { 0 }
}

/// Flits of what a slice sends of its rows `from` to one that holds the rows `window`.
///
/// A convolution gives out a column of a filter group at a time, a fully connected layer all its units. Potentials of one position go
/// together.
fn np_data(layer: &Layer, from: Rows, window: Rows, filters: u32, resources: &Resources) -> u64 {
    let rows = u64::from(shared(from, window));
    let columns = u64::from(layer.shape.output.width);
    match layer.kind() {
        LayerKind::FullyConnected => {
            if rows > 0 {
                packets(filters.into())
            } else {
                0
            }
        }
        _ => {
            let potentials = layer.output_bits().is_none();
            let batch =
                |filters: u64| if potentials { rows * packets(filters) } else { packets(rows * filters) };
            columns * by_filter_group(filters, resources.np.filters_per_group, batch)
        }
    }
}

/// Flits of what the input unit or the event DMA sends of a layer's map to a slice that holds the rows `window`.
///
/// The input unit gives out a position of a filter group at a time, the event DMA a column.
fn edge_data(
    layer: &Layer,
    producer: &LayerPartition,
    pass: u32,
    window: Rows,
    resources: &Resources,
) -> u64 {
    let map = layer.shape.output;
    let rows = u64::from(shared(Rows { first: 0, end: map.height }, window));
    let columns = u64::from(map.width);
    if producer.kind == UnitKind::Hrc && producer.pass == pass {
        rows * columns * by_filter_group(map.channels, resources.hrc_filters_per_group, packets)
    } else {
        columns * packets(rows * u64::from(map.channels))
    }
}

fn shared(a: Rows, b: Rows) -> u32 {
    a.end.min(b.end).saturating_sub(a.first.max(b.first))
}
