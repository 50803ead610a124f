//! What the packets of a block have in common: each combination once, named by its number.

use flatbuffers::{FlatBufferBuilder, WIPOffset};

use super::MAX_RECORDS;
use super::generated as fb;
use crate::trace::columns::OptionalColumns;
use crate::trace::kind::PacketKind;
use crate::trace::packet::{PacketLabels, TracePacket};

/// What a record does not say by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flow {
    pub source: u32,
    pub target: u32,
    pub others: Vec<u32>,
    pub flits: u32,
    pub class: u8,
    pub labels: PacketLabels,
}

/// Slots of the table, a power of two.
const SLOTS: usize = 4 * MAX_RECORDS;

/// The flows of a block by number, found by a table that is looked through from the place of a hash. At most [`MAX_RECORDS`] of the slots are
/// taken, so a free one is near.
pub(super) struct FlowTable {
    flows: Vec<Flow>,
    /// The block that took a slot, and the flow's number: slots of earlier blocks are free.
    slots: Vec<(u32, u16)>,
    block: u32,
}

impl FlowTable {
    pub fn new() -> FlowTable {
        FlowTable { flows: Vec::new(), slots: vec![(0, 0); SLOTS], block: 1 }
    }

    /// The number of a packet's flow, with a class and labels.
    pub fn number(&mut self, packet: &TracePacket, class: u8, labels: PacketLabels) -> u16 {
        let &TracePacket { source, target, flits, ref others, .. } = packet;
        let flow = Flow { source, target, others: others.clone(), flits, class, labels };
        let mut slot = hash(&flow);
        loop {
            let (block, number) = self.slots[slot];
            if block != self.block {
                let number = self.flows.len() as u16;
                self.slots[slot] = (self.block, number);
                self.flows.push(flow);
                return number;
            }
            if self.flows[usize::from(number)] == flow {
                return number;
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Begins a new block.
    pub fn clear(&mut self) {
        self.flows.clear();
        self.block = self.block.wrapping_add(1);
        if self.block == 0 {
            *self = FlowTable::new();
        }
    }

    /// The flows as a table; `has_class` says whether their classes are written.
    pub fn write<'b>(
        &self,
        builder: &mut FlatBufferBuilder<'b>,
        has_class: bool,
    ) -> WIPOffset<fb::Flows<'b>> {
        macro_rules! column {
            ($value:expr) => {{
                let values: Vec<_> = self.flows.iter().map($value).collect();
                Some(builder.create_vector(&values))
            }};
        }
        let targets = |flow: &Flow| 1 + flow.others.len() as u16;
        let are_several = self.flows.iter().any(|flow| !flow.others.is_empty());
        let all: Vec<u32> = self
            .flows
            .iter()
            .flat_map(|flow| std::iter::once(flow.target).chain(flow.others.iter().copied()))
            .collect();
        let flows = fb::FlowsArgs {
            source: column!(|flow| flow.source),
            target: Some(builder.create_vector(&all)),
            targets: if are_several { column!(targets) } else { None },
            flits: column!(|flow| flow.flits),
            class_: if has_class { column!(|flow| flow.class) } else { None },
            layer: column!(|flow| flow.labels.layer.map_or(0, |layer| layer + 1)),
            frame: column!(|flow| flow.labels.frame.map_or(0, |frame| frame + 1)),
            kind: column!(|flow| kind_number(flow.labels.kind)),
        };
        fb::Flows::create(builder, &flows)
    }
}

fn hash(flow: &Flow) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let PacketLabels { layer, frame, kind } = flow.labels;
    let ends = u64::from(flow.source) << 32 | u64::from(flow.target);
    let kind = u64::from(kind_number(kind)) << 8 | u64::from(flow.class);
    let what = u64::from(flow.flits) << 16 | kind;
    let work = frame.unwrap_or_default() << 20 ^ u64::from(layer.unwrap_or_default());
    let mixed = (ends.wrapping_mul(ODD) ^ what).wrapping_mul(ODD) ^ work;
    (mixed.wrapping_mul(ODD) >> 40) as usize % SLOTS
}

/// The flows of a block.
///
/// # Errors
/// What is wrong with them.
pub(super) fn read(
    flows: fb::Flows<'_>,
    columns: OptionalColumns,
    layers: usize,
) -> Result<Vec<Flow>, &'static str> {
    const WRONG: &str = "a column of flows is missing or has another length";
    let source = flows.source().ok_or(WRONG)?;
    let count = source.len();
    let targets = flows.targets();
    if targets.is_some_and(|column| column.len() != count || column.iter().any(|number| number == 0)) {
        return Err(WRONG);
    }
    let targets_of = |index: usize| targets.map_or(1, |targets| usize::from(targets.get(index)));
    let all: usize = (0..count).map(targets_of).sum();
    let target = flows.target().filter(|column| column.len() == all).ok_or(WRONG)?;
    let mut next = 0;
    let flits = flows.flits().filter(|column| column.len() == count).ok_or(WRONG)?;
    let layer = flows.layer().filter(|column| column.len() == count).ok_or(WRONG)?;
    let frame = flows.frame().filter(|column| column.len() == count).ok_or(WRONG)?;
    let kind = flows.kind().filter(|column| column.len() == count).ok_or(WRONG)?;
    let class = flows.class_();
    if class.is_some() != columns.class || class.is_some_and(|column| column.len() != count) {
        return Err(WRONG);
    }
    (0..count)
        .map(|index| {
            let first = next;
            next += targets_of(index);
            let layer = layer.get(index).checked_sub(1);
            if layer.is_some_and(|layer| layer as usize >= layers) {
                return Err("a packet is of a layer without a name");
            }
            let kind = match kind.get(index) {
                0 => None,
                number => Some(*PacketKind::ALL.get(usize::from(number) - 1).ok_or("a packet of no kind")?),
            };
            let labels = PacketLabels { layer, frame: frame.get(index).checked_sub(1), kind };
            let is_told = |there: bool, known: bool| known || !there;
            let PacketLabels { layer, frame, kind } = labels;
            if !is_told(layer.is_some(), columns.layer)
                || !is_told(frame.is_some(), columns.frame)
                || !is_told(kind.is_some(), columns.kind)
            {
                return Err("a packet says what its file has no column for");
            }
            Ok(Flow {
                source: source.get(index),
                target: target.get(first),
                others: (first + 1..next).map(|place| target.get(place)).collect(),
                flits: flits.get(index),
                class: class.map_or(0, |class| class.get(index)),
                labels,
            })
        })
        .collect()
}

fn kind_number(kind: Option<PacketKind>) -> u8 {
    match kind {
        None => 0,
        Some(PacketKind::Event) => 1,
        Some(PacketKind::Potential) => 2,
        Some(PacketKind::Marker) => 3,
        Some(PacketKind::Token) => 4,
    }
}
