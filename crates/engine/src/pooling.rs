//! Pooling of potentials.
//!
//! The rules of docs/numerics.md: pooling comes before the activation; max pooling slides windows by the formulas of the convolution,
//! and positions outside the map never win; average pooling is global and gives the sum, not the mean.

use crate::accumulator::Accumulator;
use crate::window::Window;
use spikemesh_model::{PoolingType, Span};

/// How the convolution's potentials become the layer's.
#[derive(Clone, Debug)]
pub enum Pooling {
    /// They stay.
    None,
    /// The largest of each window; positions outside the map never win.
    Max([Span; 2]),
    /// The sum over the map.
    Sum,
}

impl Pooling {
    /// Pooling of a type over windows; without windows there is none.
    pub fn new(kind: PoolingType, windows: Option<[Span; 2]>) -> Pooling {
        match (kind, windows) {
            (PoolingType::NoPooling, _) | (_, None) => Pooling::None,
            (PoolingType::Max, Some(windows)) => Pooling::Max(windows),
            (PoolingType::Average, Some(_)) => Pooling::Sum,
        }
    }

    /// Positions that are added up: what pooling multiplies the bound of a potential by.
    pub fn positions(&self, [width, height]: [usize; 2]) -> u64 {
        match self {
            Pooling::None | Pooling::Max(_) => 1,
            Pooling::Sum => width as u64 * height as u64,
        }
    }

    /// The pooled map (w, h, n): `map` itself, or what was written to `pooled`. `map` has `size` positions.
    pub fn run<'a, A: Accumulator>(
        &self,
        map: &'a [A],
        [width, height]: [usize; 2],
        pooled: &'a mut Vec<A>,
    ) -> &'a [A] {
        let filters = map.len() / (width * height);
        match self {
            Pooling::None => return map,
            // One position for all; the layer's accumulator was chosen for the sum over the map, see `positions`.
            Pooling::Sum => {
                pooled.clear();
                pooled.resize(filters, A::default());
                for position in map.chunks_exact(filters) {
                    for (sum, &potential) in pooled.iter_mut().zip(position) {
                        *sum += potential;
                    }
                }
            }
            // Starts at the smallest number, which any potential inside the map replaces: every window holds at least one position.
            // The filters of a position are contiguous, so the maximum is taken for all of them at once.
            Pooling::Max([across, down]) => {
                let len = across.outputs as usize * down.outputs as usize * filters;
                pooled.clear();
                pooled.resize(len, A::saturated(i64::MIN));
                let mut out = pooled.chunks_exact_mut(filters);
                for ox in 0..across.outputs as usize {
                    let x = Window::new(across, ox, width);
                    for oy in 0..down.outputs as usize {
                        let y = Window::new(down, oy, height);
                        let Some(out) = out.next() else { break };
                        for x in x.positions() {
                            let column = &map[(x * height + y.first) * filters..][..y.len * filters];
                            for position in column.chunks_exact(filters) {
                                for (best, &potential) in out.iter_mut().zip(position) {
                                    *best = (*best).max(potential);
                                }
                            }
                        }
                    }
                }
            }
        }
        pooled
    }
}
