//! Actions that cost energy, how often each was done, and what that costs.

use std::ops::AddAssign;

/// Thousandths: what clocks of lanes are counted in.
const LANE_PARTS: f64 = 1000.0;

/// What costs energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// A clock of an NP that computes.
    NpClock,
    /// A clock of a filter that a convolution works on; counted in thousandths.
    LaneClock,
    /// A clock of the input unit that computes.
    HrcClock,
    /// A byte read from an NP's memories, or written to them.
    MemoryByte,
    /// A byte of weights copied to an NP inside a frame.
    LoadByte,
    /// A flit from a unit to its router.
    Injection,
    /// A flit into an input buffer of a router.
    BufferWrite,
    /// A virtual channel for a head, or for a branch of it.
    Allocation,
    /// A flit out of a buffer, through the switch.
    BufferRead,
    /// A flit over a link between routers.
    Link,
    /// A flit from a router to a unit.
    Ejection,
}

impl Action {
    /// Number of them.
    pub const COUNT: usize = 11;

    /// All of them, in the order in which energies are added.
    pub const ALL: [Action; Action::COUNT] = [
        Action::NpClock,
        Action::LaneClock,
        Action::HrcClock,
        Action::MemoryByte,
        Action::LoadByte,
        Action::Injection,
        Action::BufferWrite,
        Action::Allocation,
        Action::BufferRead,
        Action::Link,
        Action::Ejection,
    ];

    /// Those of the network.
    pub const NETWORK: [Action; 6] = [
        Action::Injection,
        Action::BufferWrite,
        Action::Allocation,
        Action::BufferRead,
        Action::Link,
        Action::Ejection,
    ];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Action::NpClock => "np_clock",
            Action::LaneClock => "lane_clock",
            Action::HrcClock => "hrc_clock",
            Action::MemoryByte => "memory_byte",
            Action::LoadByte => "load_byte",
            Action::Injection => "injection",
            Action::BufferWrite => "buffer_write",
            Action::Allocation => "allocation",
            Action::BufferRead => "buffer_read",
            Action::Link => "link",
            Action::Ejection => "ejection",
        }
    }

    /// The path of its constant in a device file; of lanes the list of theirs.
    pub fn path(self) -> String {
        match self {
            Action::LaneClock => "energy.lanes".to_owned(),
            action if action.is_network() => format!("energy.network.{}", action.name()),
            action => format!("energy.{}", action.name()),
        }
    }

    /// It is one of the network.
    pub fn is_network(self) -> bool {
        Action::NETWORK.contains(&self)
    }
}

/// How often each action was done. Whole numbers, so that sums do not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActionCounts(pub [u64; Action::COUNT]);

impl ActionCounts {
    /// How often an action was done; lanes in clocks.
    pub fn of(&self, action: Action) -> f64 {
        let count = self.0[action as usize] as f64;
        if action == Action::LaneClock { count / LANE_PARTS } else { count }
    }

    /// Sets how often an action was done, of lanes in thousandths of a clock.
    pub fn set(&mut self, action: Action, count: u64) {
        self.0[action as usize] = count;
    }
}

impl AddAssign for ActionCounts {
    fn add_assign(&mut self, other: ActionCounts) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count += more);
    }
}

/// Energy by action, in picojoules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ActionEnergy(pub [f64; Action::COUNT]);

impl ActionEnergy {
    /// Of an action.
    pub fn of(&self, action: Action) -> f64 {
        self.0[action as usize]
    }

    /// Of some actions.
    pub fn sum(&self, actions: &[Action]) -> f64 {
        actions.iter().map(|&action| self.of(action)).sum()
    }

    /// Of the network.
    pub fn network(&self) -> f64 {
        self.sum(&Action::NETWORK)
    }

    /// Of all actions: units, memories, loads, then the network.
    pub fn total(&self) -> f64 {
        self.sum(&[Action::NpClock, Action::LaneClock])
            + self.of(Action::HrcClock)
            + self.of(Action::MemoryByte)
            + self.of(Action::LoadByte)
            + self.network()
    }
}

impl AddAssign for ActionEnergy {
    fn add_assign(&mut self, other: ActionEnergy) {
        self.0.iter_mut().zip(other.0).for_each(|(energy, more)| *energy += more);
    }
}

/// What a unit's actions cost, in picojoules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnitEnergy {
    /// The action that a clock of its computing is; none of a unit that only sends and receives.
    pub clock: Option<Action>,
    /// What each action costs, once.
    costs: [f64; Action::COUNT],
}

impl UnitEnergy {
    /// Of a unit whose clocks are such actions.
    pub(super) fn new(clock: Option<Action>, cost: impl Fn(Action) -> f64) -> UnitEnergy {
        UnitEnergy { clock, costs: Action::ALL.map(cost) }
    }

    /// What an action costs, once; of lanes a clock.
    pub fn cost(&self, action: Action) -> f64 {
        self.costs[action as usize]
    }

    /// What these actions cost.
    pub fn of(&self, counts: &ActionCounts) -> ActionEnergy {
        ActionEnergy(Action::ALL.map(|action| counts.of(action) * self.cost(action)))
    }
}
