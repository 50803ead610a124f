//! Records of programs that differ.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde_json::Value;

use super::memory;
use super::report::ProgramChange;
use crate::device::{Device, Unit};
use crate::isa::memory::Layout;
use crate::isa::{HrcRecord, NpRecord, OutputMapId, Program, Route};

/// What differs: the whole, the units of each layer, then records with the same unit and layer.
pub(super) fn differences(a: &Program, b: &Program, devices: [Option<&Device>; 2]) -> Vec<ProgramChange> {
    let sides = [Side { program: a, device: devices[0] }, Side { program: b, device: devices[1] }];
    let mut changes = whole(a, b);
    let [units, others] = sides.each_ref().map(Side::units);
    let layers: Vec<&str> =
        names(a).chain(names(b).filter(|name| !names(a).any(|own| own == *name))).collect();
    for layer in layers {
        let [ours, theirs] = [&units, &others].map(|units| units.get(layer).cloned().unwrap_or_default());
        let text = |units: &BTreeSet<UnitKey>, side: &Side| match units.is_empty() {
            true => Value::Null,
            false => units.iter().map(|&unit| side.name(unit)).collect::<Vec<_>>().join(" ").into(),
        };
        let [a_units, b_units] = [text(&ours, &sides[0]), text(&theirs, &sides[1])];
        if a_units != b_units {
            changes.push(ProgramChange {
                layer: Some(layer.to_owned()),
                pass: None,
                unit: None,
                name: "units".to_owned(),
                offset: None,
                differing: None,
                a: a_units,
                b: b_units,
            });
        }
        for unit in ours.intersection(&theirs) {
            records(layer, *unit, &sides, &mut changes);
        }
    }
    changes
}

/// A pass, and an NP in it; without one the input unit.
type UnitKey = (usize, Option<u16>);

struct Side<'a> {
    program: &'a Program,
    device: Option<&'a Device>,
}

impl Side<'_> {
    /// Units by layer.
    fn units(&self) -> BTreeMap<String, BTreeSet<UnitKey>> {
        let mut units: BTreeMap<String, BTreeSet<UnitKey>> = BTreeMap::new();
        let name = |OutputMapId(map): OutputMapId| self.program.output_maps[usize::from(map)].name.clone();
        for (index, pass) in self.program.passes.iter().enumerate() {
            if let Some(hrc) = &pass.hrc {
                units.entry(name(hrc.output_map)).or_default().insert((index, None));
            }
            for np in &pass.nps {
                units.entry(name(np.output_map)).or_default().insert((index, Some(np.np.0)));
            }
        }
        units
    }

    fn name(&self, (_, np): UnitKey) -> String {
        match (np, self.device) {
            (Some(np), Some(device)) => device.floorplan().name(Unit::Np(np)),
            (None, Some(device)) => device.floorplan().name(Unit::Hrc),
            (Some(np), None) => format!("np{np}"),
            (None, None) => "hrc".to_owned(),
        }
    }

    fn np(&self, (pass, np): UnitKey) -> Option<&NpRecord> {
        let pass = self.program.passes.get(pass)?;
        pass.nps.iter().find(|record| Some(record.np.0) == np)
    }

    fn hrc(&self, (pass, np): UnitKey) -> Option<&HrcRecord> {
        self.program.passes.get(pass)?.hrc.as_ref().filter(|_| np.is_none())
    }
}

fn names(program: &Program) -> impl Iterator<Item = &str> {
    program.output_maps.iter().map(|map| map.name.as_str())
}

fn whole(a: &Program, b: &Program) -> Vec<ProgramChange> {
    let maps = |program: &Program| {
        let map = |map: &crate::isa::OutputMap| format!("{} {}", map.name, map.map);
        program.output_maps.iter().map(map).collect::<Vec<_>>().join(", ")
    };
    let outputs = |program: &Program| {
        let name = |output| program.output_map(output).name.as_str();
        program.outputs.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let fields: [(&str, Value, Value); 4] = [
        ("device", a.device.as_str().into(), b.device.as_str().into()),
        ("layers", maps(a).into(), maps(b).into()),
        ("outputs", outputs(a).into(), outputs(b).into()),
        ("passes", a.passes.len().into(), b.passes.len().into()),
    ];
    let change = |(name, a, b): (&str, Value, Value)| {
        let name = name.to_owned();
        (a != b).then_some(ProgramChange {
            layer: None,
            pass: None,
            unit: None,
            name,
            offset: None,
            differing: None,
            a,
            b,
        })
    };
    fields.into_iter().filter_map(change).collect()
}

/// The records of one unit.
fn records(layer: &str, unit: UnitKey, [a, b]: &[Side; 2], changes: &mut Vec<ProgramChange>) {
    let mut add =
        |name: &str, offset: Option<usize>, differing: Option<usize>, ours: Value, theirs: Value| {
            changes.push(ProgramChange {
                layer: Some(layer.to_owned()),
                pass: Some(unit.0),
                unit: Some(a.name(unit)),
                name: name.to_owned(),
                offset,
                differing,
                a: ours,
                b: theirs,
            });
        };
    let (fields, layouts, memories) = match ((a.np(unit), b.np(unit)), (a.hrc(unit), b.hrc(unit))) {
        ((Some(a), Some(b)), _) => {
            (np_fields(a, b), [a, b].map(Layout::of_np), [a.memory.as_slice(), b.memory.as_slice()])
        }
        (_, (Some(a), Some(b))) => {
            (hrc_fields(a, b), [a, b].map(Layout::of_hrc), [a.memory.as_slice(), b.memory.as_slice()])
        }
        _ => return,
    };
    for (name, ours, theirs) in fields {
        add(name, None, None, ours.into(), theirs.into());
    }
    // Of other layouts nothing can be said value by value.
    if layouts[0] == layouts[1] {
        for change in memory::differences(&layouts[0], memories[0], memories[1]) {
            add(change.part, Some(change.offset), Some(change.differing), change.a, change.b);
        }
    }
}

/// A field of two records whose values differ.
type Field = (&'static str, String, String);

fn field<T: PartialEq + Debug>(name: &'static str, a: &T, b: &T) -> Option<Field> {
    (a != b).then(|| (name, format!("{a:?}"), format!("{b:?}")))
}

fn routes(a: &[Route], b: &[Route]) -> Option<Field> {
    let index = (0..a.len().max(b.len())).find(|&index| a.get(index) != b.get(index))?;
    let text = |routes: &[Route]| match routes.get(index) {
        Some(route) => format!("route {index}: {route:?}"),
        None => format!("no route {index}"),
    };
    Some(("routes", text(a), text(b)))
}

fn np_fields(a: &NpRecord, b: &NpRecord) -> Vec<Field> {
    let fields = [
        field("input", &a.input, &b.input),
        field("producers", &a.producers, &b.producers),
        field("operation", &a.operation, &b.operation),
        field("activation", &a.activation, &b.activation),
        routes(&a.routes, &b.routes),
    ];
    fields.into_iter().flatten().collect()
}

fn hrc_fields(a: &HrcRecord, b: &HrcRecord) -> Vec<Field> {
    let fields = [
        field("image", &a.image, &b.image),
        field("padding_value", &a.padding_value, &b.padding_value),
        field("x", &a.x, &b.x),
        field("y", &a.y, &b.y),
        field("pooling", &a.pooling, &b.pooling),
        field("filters", &a.filters, &b.filters),
        field("weight_bits", &a.weight_bits, &b.weight_bits),
        field("activation", &a.activation, &b.activation),
        routes(&a.routes, &b.routes),
    ];
    fields.into_iter().flatten().collect()
}
