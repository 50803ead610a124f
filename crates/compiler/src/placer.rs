//! How slices are given to neural processors.
//!
//! A placer is a file below `placer/` with its own configuration, and a variant here. It takes a partition to a
//! placement; [`cost`] says how good that is. All placers are deterministic: one that draws random numbers keeps its
//! seed in its configuration.

pub(crate) mod free;
pub(crate) mod greedy;
pub(crate) mod in_order;
pub(crate) mod snake;

use crate::cost::cost;
use crate::partition::Partition;
use crate::placement::Placement;
use crate::resources::Resources;
use greedy::Greedy;
use snake::Snake;
use spikemesh_device::network::Topology;
use spikemesh_model::Layer;
use spikemesh_stop::{Stop, Stopped};

/// A placer, with its configuration.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Placer {
    /// The placement of least cost among those of all other placers; the first of them when costs are equal.
    #[default]
    Best,
    /// Along the snake over the nodes, in layer order.
    Snake(Snake),
    /// Each slice where its events travel least, in layer order.
    Greedy(Greedy),
}

impl Placer {
    /// Places the slices of a partition.
    pub(crate) fn place(
        &self,
        layers: &[Layer],
        partition: &Partition,
        resources: &Resources,
        topology: &Topology,
        stop: &Stop,
    ) -> Result<Placement, Stopped> {
        match self {
            Placer::Best => {
                let snake = Snake.place(partition, resources, stop)?;
                let greedy = Greedy.place(layers, partition, resources, topology, stop)?;
                let cost_of = |placement: &Placement| {
                    cost(layers, partition, placement, &resources.floorplan, topology)
                };
                // The first of several with the same cost.
                Ok([snake, greedy].into_iter().min_by_key(cost_of).unwrap_or_default())
            }
            Placer::Snake(snake) => snake.place(partition, resources, stop),
            Placer::Greedy(greedy) => greedy.place(layers, partition, resources, topology, stop),
        }
    }
}
