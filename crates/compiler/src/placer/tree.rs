//! The trees of a group: their lengths by where their senders are, and what moving a receiver changes.
//!
//! `u` is the place along the axis that packets take first, `v` along the other one. A tree from (u, v) is as long as the way along `u` to the first and
//! to the last receiver, and in each column of receivers (those with the same `u`) the way along `v` to the first and to the last one.

/// Receivers and senders of a group.
pub(super) struct Tree {
    vs: usize,
    /// Receivers at each place, column by column.
    receivers: Vec<u32>,
    /// Receivers of each column.
    column: Vec<u32>,
    /// Flits of the senders by their place along each axis.
    senders_u: Vec<i64>,
    senders_v: Vec<i64>,
    along_u: Vec<i64>,
    along_v: Vec<i64>,
}

/// First and last of some places.
type Extent = Option<(usize, usize)>;

/// The way from a place to both ends of an extent.
fn way(extent: Extent, from: usize) -> i64 {
    extent.map_or(0, |(low, high)| (high.saturating_sub(from) + from.saturating_sub(low)) as i64)
}

/// First and last place that holds any, as if one were taken from `less` and one put at `more`.
fn extent(counts: &[u32], less: Option<usize>, more: Option<usize>) -> Extent {
    let holds =
        |place: usize| counts[place] + u32::from(more == Some(place)) > u32::from(less == Some(place));
    let low = (0..counts.len()).find(|&place| holds(place))?;
    let high = (low..counts.len()).rev().find(|&place| holds(place))?;
    Some((low, high))
}

impl Tree {
    /// Of a group without members.
    pub(super) fn new(us: usize, vs: usize) -> Tree {
        Tree {
            vs,
            receivers: vec![0; us * vs],
            column: vec![0; us],
            senders_u: vec![0; us],
            senders_v: vec![0; vs],
            along_u: vec![0; us],
            along_v: vec![0; vs],
        }
    }

    /// Adds the flits of a sender.
    pub(super) fn add_sender(&mut self, (u, v): (usize, usize), flits: i64) {
        self.senders_u[u] += flits;
        self.senders_v[v] += flits;
    }

    /// Adds a receiver; [`Tree::measure`] follows.
    pub(super) fn add_receiver(&mut self, (u, v): (usize, usize)) {
        self.receivers[u * self.vs + v] += 1;
        self.column[u] += 1;
    }

    /// Lengths by the place of a sender along each axis: a tree's length is the sum of both.
    pub(super) fn along_u(&self) -> &[i64] {
        &self.along_u
    }

    /// As [`Tree::along_u`], along the other axis.
    pub(super) fn along_v(&self) -> &[i64] {
        &self.along_v
    }

    /// Links of the tree from a place.
    pub(super) fn length(&self, (u, v): (usize, usize)) -> i64 {
        self.along_u[u] + self.along_v[v]
    }

    /// Flit-hops of all trees.
    pub(super) fn cost(&self) -> i64 {
        let sum = |flits: &[i64], lengths: &[i64]| flits.iter().zip(lengths).map(|(f, l)| f * l).sum::<i64>();
        sum(&self.senders_u, &self.along_u) + sum(&self.senders_v, &self.along_v)
    }

    /// Makes the lengths those of the receivers.
    pub(super) fn measure(&mut self) {
        let ends = extent(&self.column, None, None);
        (0..self.along_u.len()).for_each(|u| self.along_u[u] = way(ends, u));
        self.along_v.fill(0);
        for u in (0..self.column.len()).filter(|&u| self.column[u] > 0) {
            let ends = extent(&self.receivers[u * self.vs..][..self.vs], None, None);
            (0..self.vs).for_each(|v| self.along_v[v] += way(ends, v));
        }
    }

    /// What the senders pay more when a receiver moves.
    pub(super) fn delta(&self, from: (usize, usize), to: (usize, usize)) -> i64 {
        let mut delta = 0;
        if from.0 != to.0 {
            let (old, new) =
                (extent(&self.column, None, None), extent(&self.column, Some(from.0), Some(to.0)));
            if old != new {
                let senders = self.senders_u.iter().enumerate().filter(|(_, flits)| **flits != 0);
                delta += senders.map(|(u, flits)| flits * (way(new, u) - way(old, u))).sum::<i64>();
            }
        }
        let column = |u: usize, less, more| {
            let counts = &self.receivers[u * self.vs..][..self.vs];
            (extent(counts, None, None), extent(counts, less, more))
        };
        let mut add = |(old, new): (Extent, Extent)| {
            if old != new {
                let senders = self.senders_v.iter().enumerate().filter(|(_, flits)| **flits != 0);
                delta += senders.map(|(v, flits)| flits * (way(new, v) - way(old, v))).sum::<i64>();
            }
        };
        if from.0 == to.0 {
            add(column(from.0, Some(from.1), Some(to.1)));
        } else {
            add(column(from.0, Some(from.1), None));
            add(column(to.0, None, Some(to.1)));
        }
        delta
    }

    /// Moves a receiver.
    pub(super) fn move_receiver(&mut self, from: (usize, usize), to: (usize, usize)) {
        self.receivers[from.0 * self.vs + from.1] -= 1;
        self.receivers[to.0 * self.vs + to.1] += 1;
        self.column[from.0] -= 1;
        self.column[to.0] += 1;
        self.measure();
    }
}
