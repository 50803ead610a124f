//! A unit while its lines are read: the record that they make in the end.

use super::error::AssemblyError;
use super::line::{Line, Part, Spot};
use super::memory::{Claims, MemoryDraft};
use super::value::{AXIS, BYTE, FLAG, INDEX, MAP, NUMBER, OUT, ROWS, WEIGHT_BITS};
use crate::id::{BufferId, NpId, OutputMapId};
use crate::program::Program;
use crate::record::{
    Axis, Convolution, FullyConnected, HrcRecord, NpRecord, Operation, Pooling, Route, SourceRecord, Target,
    Window,
};
use crate::shape::Rows;
use spikemesh_words::shortened;

type Result<T> = std::result::Result<T, AssemblyError>;

/// Names of NPs.
pub(super) type NpOf<'a> = &'a dyn Fn(&str) -> Option<NpId>;

/// What the lines of a unit have said so far. What is still open is `None`, or has a value that the other lines replace.
pub(super) struct Draft<'a> {
    pub spot: Spot<'a>,
    head: Head,
    kernel: [Option<Axis>; 2],
    pool: [Option<Axis>; 2],
    is_sum: bool,
    routes: Vec<RouteDraft<'a>>,
    memory: Option<MemoryDraft<'a>>,
}

/// The record of a unit without what other lines say.
enum Head {
    Hrc(HrcRecord),
    Source(BufferId),
    /// With the operation, once its line was read, and whether its rows were given.
    Np(NpRecord, Option<IsRowsGiven>),
}

type IsRowsGiven = bool;

struct RouteDraft<'a> {
    spot: Spot<'a>,
    target: Target,
    rows: Option<Rows>,
    row_base: u32,
    channel_base: u32,
    joined: bool,
}

/// A record.
pub(super) enum Record {
    Hrc(HrcRecord),
    Source(SourceRecord),
    Np(NpRecord),
}

/// A record, the lines of its routes, and what was claimed of its memory.
pub(super) struct Finished<'a> {
    pub record: Record,
    pub routes: Vec<Spot<'a>>,
    pub claims: Claims<'a>,
}

const NO_AXIS: Axis = Axis { size: 0, stride: 0, pad: 0, outputs: 0 };

impl<'a> Draft<'a> {
    fn new(line: &Line<'a>, head: Head) -> Draft<'a> {
        Draft {
            spot: line.spot,
            head,
            kernel: [None; 2],
            pool: [None; 2],
            is_sum: false,
            routes: Vec::new(),
            memory: None,
        }
    }

    pub fn hrc(line: &mut Line<'a>) -> Result<Draft<'a>> {
        let word = "hrc";
        let record = HrcRecord {
            output_map: OutputMapId(line.required(word, "group", &INDEX)?),
            image: line.required(word, "image", &MAP)?,
            padding_value: line.optional("padding_value", &BYTE)?.unwrap_or(0),
            x: NO_AXIS,
            y: NO_AXIS,
            pooling: Pooling::None,
            filters: line.required(word, "filters", &NUMBER)?,
            weight_bits: line.required(word, "weight_bits", &WEIGHT_BITS)?,
            activation: line.required(word, "out", &OUT)?,
            routes: Vec::new(),
            memory: Vec::new(),
        };
        line.finish(word)?;
        Ok(Draft::new(line, Head::Hrc(record)))
    }

    pub fn source(line: &mut Line<'a>) -> Result<Draft<'a>> {
        let buffer = BufferId(line.required("source", "buffer", &INDEX)?);
        line.finish("source")?;
        Ok(Draft::new(line, Head::Source(buffer)))
    }

    pub fn np(line: &mut Line<'a>, np_of: NpOf<'_>) -> Result<Draft<'a>> {
        let word = "np";
        let np = match line.take("id")? {
            Some(name) => np_id(line, "id", &name, np_of)?,
            None => {
                let example = "id=n1_0.np0".to_owned();
                return Err(AssemblyError::Missing { line: line.source(), word, key: "id", example });
            }
        };
        let output_map = OutputMapId(line.required(word, "group", &INDEX)?);
        let producers = line.required(word, "producers", &NUMBER)?;
        let map = line.required(word, "in_map", &MAP)?;
        let rows = line.optional("in_rows", &ROWS)?.unwrap_or(Rows { first: 0, end: map.height });
        let own = line.optional("in_own", &ROWS)?.unwrap_or(rows);
        let bits = line.required(word, "in_bits", &BYTE)?;
        let activation = line.required(word, "out", &OUT)?;
        line.finish(word)?;
        let operation =
            Operation::FullyConnected(FullyConnected { units: 0, weight_bits: 1, external: false });
        let input = Window { map, rows, own, bits };
        let record = NpRecord {
            np,
            output_map,
            input,
            producers,
            operation,
            activation,
            routes: Vec::new(),
            memory: Vec::new(),
        };
        Ok(Draft::new(line, Head::Np(record, None)))
    }

    /// A line below the first one of the unit.
    pub fn add(&mut self, word: &'static str, line: &mut Line<'a>, np_of: NpOf<'_>) -> Result<()> {
        match word {
            "convolution" | "fully_connected" => self.operation(word, line)?,
            "kernel" | "pool" => self.axis(word, line)?,
            "sum" => self.is_sum = true,
            "route" => self.route(line, np_of)?,
            "memory" if self.memory.is_some() => {
                return Err(AssemblyError::Twice { line: line.source(), key: word });
            }
            "memory" if !matches!(self.head, Head::Source(_)) => self.memory = Some(MemoryDraft::new(line)?),
            _ => match &mut self.memory {
                Some(memory) => memory.add(word, line)?,
                None => {
                    return Err(AssemblyError::Order {
                        line: line.source(),
                        word,
                        to: "`memory` of `hrc` or `np`",
                    });
                }
            },
        }
        line.finish(word)
    }

    fn operation(&mut self, word: &'static str, line: &mut Line<'a>) -> Result<()> {
        let Head::Np(record, rows_given) = &mut self.head else {
            return Err(AssemblyError::Order { line: line.source(), word, to: "`np`" });
        };
        if rows_given.is_some() {
            return Err(AssemblyError::Twice { line: line.source(), key: word });
        }
        let (operation, rows) = if word == "convolution" {
            let rows = line.optional("output_rows", &ROWS)?;
            let convolution = Convolution {
                separable: line.optional("separable", &FLAG)?.unwrap_or(false),
                x: NO_AXIS,
                y: NO_AXIS,
                pooling: Pooling::None,
                first_filter: line.optional("first_filter", &NUMBER)?.unwrap_or(0),
                filters: line.required(word, "filters", &NUMBER)?,
                output_rows: rows.unwrap_or(Rows { first: 0, end: 0 }),
                weight_bits: line.required(word, "weight_bits", &WEIGHT_BITS)?,
            };
            (Operation::Convolution(convolution), rows)
        } else {
            let layer = FullyConnected {
                units: line.required(word, "units", &NUMBER)?,
                weight_bits: line.required(word, "weight_bits", &WEIGHT_BITS)?,
                external: line.optional("external", &FLAG)?.unwrap_or(false),
            };
            (Operation::FullyConnected(layer), None)
        };
        record.operation = operation;
        *rows_given = Some(rows.is_some());
        Ok(())
    }

    fn axis(&mut self, word: &'static str, line: &mut Line<'a>) -> Result<()> {
        let slides = match &self.head {
            Head::Hrc(_) => true,
            Head::Np(record, given) => {
                given.is_some() && matches!(record.operation, Operation::Convolution(_))
            }
            Head::Source(_) => false,
        };
        if !slides {
            return Err(AssemblyError::Order { line: line.source(), word, to: "`hrc` or `convolution`" });
        }
        let index = line.required(word, "axis", &AXIS)?;
        let axis = Axis {
            size: line.required(word, "size", &NUMBER)?,
            stride: line.optional("stride", &NUMBER)?.unwrap_or(1),
            pad: line.optional("pad", &NUMBER)?.unwrap_or(0),
            outputs: line.required(word, "outputs", &NUMBER)?,
        };
        let axes = if word == "kernel" { &mut self.kernel } else { &mut self.pool };
        match axes[index].replace(axis) {
            Some(_) => Err(AssemblyError::Twice { line: line.source(), key: word }),
            None => Ok(()),
        }
    }

    fn route(&mut self, line: &mut Line<'a>, np_of: NpOf<'_>) -> Result<()> {
        let word = "route";
        let target = match line.take("np")? {
            Some(name) => Target::Np(np_id(line, "np", &name, np_of)?),
            None => match line.optional("sink", &INDEX)? {
                Some(buffer) => Target::Sink(BufferId(buffer)),
                None => {
                    let example = "np=n1_0.np0` or `sink=1".to_owned();
                    return Err(AssemblyError::Missing { line: line.source(), word, key: "np", example });
                }
            },
        };
        let route = RouteDraft {
            spot: line.spot,
            target,
            rows: line.optional("rows", &ROWS)?,
            row_base: line.optional("row_base", &NUMBER)?.unwrap_or(0),
            channel_base: line.optional("channel_base", &NUMBER)?.unwrap_or(0),
            joined: line.optional("joined", &FLAG)?.unwrap_or(false),
        };
        self.routes.push(route);
        Ok(())
    }

    /// The record, once the next unit begins. `program` has the maps and buffers.
    pub fn finish(self, program: &Program) -> Result<Finished<'a>> {
        let group_rows =
            |id: OutputMapId| program.output_maps.get(usize::from(id.0)).map_or(0, |group| group.map.height);
        let buffer_rows =
            |id: BufferId| program.buffers.get(usize::from(id.0)).map_or(0, |buffer| buffer.map.height);
        let rows = match &self.head {
            Head::Hrc(record) => group_rows(record.output_map),
            Head::Np(record, _) => group_rows(record.output_map),
            Head::Source(buffer) => buffer_rows(*buffer),
        };
        let all = Rows { first: 0, end: rows };
        let route = |route: &RouteDraft<'_>| Route {
            target: route.target,
            rows: route.rows.unwrap_or(all),
            row_base: route.row_base,
            channel_base: route.channel_base,
            joined: route.joined,
        };
        let routes = self.routes.iter().map(route).collect();
        let spots = self.routes.iter().map(|route| route.spot).collect();
        let (spot, kernel) = (self.spot, self.kernel);
        let missing = |word, key, example: &str| AssemblyError::Missing {
            line: spot.source(),
            word,
            key,
            example: example.to_owned(),
        };
        let windows = |word| match kernel {
            [Some(x), Some(y)] => Ok((x, y)),
            [None, _] => {
                Err(missing(word, "kernel axis=x", "kernel axis=x size=3 stride=1 pad=1 outputs=28"))
            }
            [_, None] => {
                Err(missing(word, "kernel axis=y", "kernel axis=y size=3 stride=1 pad=1 outputs=28"))
            }
        };
        let pooling = |word| match (self.is_sum, self.pool) {
            (false, [None, None]) => Ok(Pooling::None),
            (false, [Some(x), Some(y)]) => Ok(Pooling::Max { x, y }),
            (true, [None, None]) => Ok(Pooling::GlobalSum),
            (true, _) => {
                Err(AssemblyError::Order { line: spot.source(), word: "sum", to: "a unit without `pool`" })
            }
            (false, [None, _]) => {
                Err(missing(word, "pool axis=x", "pool axis=x size=2 stride=2 pad=0 outputs=14"))
            }
            (false, [_, None]) => {
                Err(missing(word, "pool axis=y", "pool axis=y size=2 stride=2 pad=0 outputs=14"))
            }
        };
        let memory = |word| {
            self.memory.ok_or_else(|| missing(word, "memory", "memory` and, below it, `weights values=1,-1"))
        };
        let (record, claims) = match self.head {
            Head::Source(buffer) => (Record::Source(SourceRecord { buffer, routes }), Claims::default()),
            Head::Hrc(record) => {
                let (x, y) = windows("hrc")?;
                let pooling = pooling("hrc")?;
                let (memory, claims) = memory("hrc")?.finish(record.weight_bits)?;
                (Record::Hrc(HrcRecord { x, y, pooling, routes, memory, ..record }), claims)
            }
            Head::Np(_, None) => {
                return Err(missing(
                    "np",
                    "convolution",
                    "convolution filters=16 weight_bits=4` or `fully_connected units=10 weight_bits=4",
                ));
            }
            Head::Np(mut record, Some(rows_given)) => {
                let weight_bits = match &mut record.operation {
                    Operation::Convolution(convolution) => {
                        (convolution.x, convolution.y) = windows("np")?;
                        convolution.pooling = pooling("np")?;
                        if !rows_given {
                            convolution.output_rows = all;
                        }
                        convolution.weight_bits
                    }
                    Operation::FullyConnected(layer) => layer.weight_bits,
                };
                let (memory, claims) = memory("np")?.finish(weight_bits)?;
                (Record::Np(NpRecord { routes, memory, ..record }), claims)
            }
        };
        Ok(Finished { record, routes: spots, claims })
    }
}

/// An NP by its index, or by its name on the device.
fn np_id(line: &Line<'_>, key: &'static str, name: &Part<'_>, np_of: NpOf<'_>) -> Result<NpId> {
    let index = (INDEX.read)(name.text).map(NpId);
    index.or_else(|| np_of(name.text)).ok_or_else(|| AssemblyError::Value {
        line: line.at(name),
        key,
        value: shortened(name.text),
        expected: "an NP of the device".to_owned(),
        example: "n1_0.np0",
    })
}
