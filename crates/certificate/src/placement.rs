//! The list of slices on their neural processors: what `map --write-place` writes, as JSON.
//!
//! A program has no numbers of slices. They follow from what slices hold and compute: along y, and for each along filters. Slices of a small map that
//! compute no row may be alike; each order of these is right.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use spikemesh_device::{Device, Unit};
use spikemesh_isa::{NpRecord, Operation, OutputMapId, Program, Rows};

use crate::compare;
use crate::error::Error;
use crate::path::Path;

/// What the list says that it is.
const SCHEMA: &str = "spikemesh.placement/1";

/// A slice on its neural processor.
#[derive(Serialize)]
struct Slice<'a> {
    layer: &'a str,
    slice: u32,
    np: &'a str,
    pass: usize,
    output_rows: [u32; 2],
    filters: [u32; 2],
}

/// A record of a pass, by what tells it from others.
struct Record {
    layer: OutputMapId,
    /// Input rows that it owns and holds, and output rows.
    rows: [u32; 6],
    filters: [u32; 2],
}

/// The records of a program, by pass and name of the neural processor.
pub(crate) struct Placement {
    about: Map<String, Value>,
    layers: Vec<String>,
    records: BTreeMap<(usize, String), Record>,
}

impl Record {
    fn new(np: &NpRecord) -> Record {
        let (output, filters) = match &np.operation {
            Operation::Convolution(c) => (c.output_rows, [c.first_filter, c.first_filter + c.filters]),
            Operation::FullyConnected(fc) => (Rows { first: 0, end: 1 }, [0, fc.units]),
        };
        let (own, held) = (np.input.own, np.input.rows);
        let rows = [own.first, own.end, held.first, held.end, output.first, output.end];
        Record { layer: np.output_map, rows, filters }
    }

    /// Whether it may be listed behind another one.
    fn may_follow(&self, other: &Record) -> bool {
        let of = |record: &Record| (record.layer, record.rows);
        match of(self).cmp(&of(other)) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => self.filters[0] == 0,
            std::cmp::Ordering::Equal => self.filters[0] == other.filters[1] || self.filters[0] == 0,
        }
    }
}

impl Placement {
    /// Of a program.
    pub(crate) fn new(program: &Program, device: &Device) -> Placement {
        let floorplan = device.floorplan();
        let fields = [("schema", SCHEMA), ("model", &program.name), ("device", &device.name)];
        let all = program.passes.iter().enumerate().flat_map(|(index, pass)| {
            pass.nps.iter().map(move |np| ((index, floorplan.name(Unit::Np(np.np.0))), Record::new(np)))
        });
        Placement {
            about: fields.map(|(name, text)| (name.to_owned(), text.into())).into_iter().collect(),
            layers: program.output_maps.iter().map(|map| map.name.clone()).collect(),
            records: all.collect(),
        }
    }

    /// Compares the list that is stated with the records.
    pub(crate) fn check(&self, stated: &Value, errors: &mut Vec<Error>) {
        let path = Path::Field(&Path::Root, "placement");
        let Some(fields) = stated.as_object() else {
            errors.push(Error::wrong(path, stated, "a placement"));
            return;
        };
        compare::object(&path, fields, &self.about, &["slices"], errors);
        let path = Path::Field(&path, "slices");
        let Some(list) = fields.get("slices").and_then(Value::as_array) else {
            errors.push(Error::wrong(path, "nothing", "a list"));
            return;
        };
        let mut places: BTreeMap<(usize, &str), usize> = BTreeMap::new();
        let mut counts: BTreeMap<OutputMapId, u32> = BTreeMap::new();
        let mut before: Option<&Record> = None;
        for (index, stated) in list.iter().enumerate() {
            let path = Path::At(&path, index);
            let pass = stated["pass"].as_u64().and_then(|pass| usize::try_from(pass).ok());
            let found = pass.zip(stated["np"].as_str()).and_then(|(pass, np)| {
                let (key, record) = self.records.get_key_value(&(pass, np.to_owned()))?;
                Some(((key.0, key.1.as_str()), record))
            });
            let Some(((pass, np), record)) = found else {
                let named = format!("{} in pass {}", stated["np"], stated["pass"]);
                errors.push(Error::wrong(path, named, "it computes nothing there"));
                continue;
            };
            if let Some(first) = places.insert((pass, np), index) {
                errors.push(Error::wrong(path, np, format!("listed before, at {first}")));
                continue;
            }
            let count = counts.entry(record.layer).or_default();
            let slice = Slice {
                layer: &self.layers[usize::from(record.layer.0)],
                slice: *count,
                np,
                pass,
                output_rows: [record.rows[4], record.rows[5]],
                filters: record.filters,
            };
            *count += 1;
            // Texts and numbers always serialise.
            let derived = serde_json::to_value(slice).unwrap_or_default();
            compare::compare(&path, stated, &derived, errors);
            if before.is_some_and(|before| !record.may_follow(before)) {
                errors.push(Error::wrong(
                    path,
                    format!("{np} after the one before it"),
                    "they are in another order",
                ));
            }
            before = Some(record);
        }
        for (pass, np) in self.records.keys().filter(|(pass, np)| !places.contains_key(&(*pass, np.as_str())))
        {
            errors.push(Error::wrong(path, "nothing", format!("{np} computes in pass {pass}")));
        }
    }
}
