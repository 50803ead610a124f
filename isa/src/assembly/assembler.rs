//! Lines, one after the other, become a program.

use super::draft::{Draft, Finished, NpOf, Record};
use super::error::AssemblyError;
use super::line::{Line, Spot};
use super::memory::Claims;
use super::value::{FLAG, INDEX, MAP, NAME, NUMBER, OPTIONAL_INDEX, OUT};
use crate::error::Error;
use crate::id::{BufferId, NpId, OutputMapId};
use crate::memory::Layout;
use crate::place::{Place, Unit};
use crate::program::{Buffer, Output, OutputMap, Pass, Program};
use crate::record::{Activation, SinkRecord};
use crate::verify::verify;
use spikemesh_words::shortened;

type Result<T> = std::result::Result<T, AssemblyError>;

/// Words that begin a line.
const WORDS: [&str; 21] = [
    "program",
    "group",
    "buffer",
    "output",
    "pass",
    "hrc",
    "source",
    "np",
    "sink",
    "convolution",
    "fully_connected",
    "kernel",
    "pool",
    "sum",
    "route",
    "memory",
    "bytes",
    "weights",
    "pointwise",
    "thresholds",
    "steps",
];
/// Errors that are given before the rest is only counted.
const MAX_ERRORS: usize = 20;

/// The program of a text. `file` names it in messages; `np_of` finds an NP by the name that the program's device, which is its argument, gives it.
///
/// # Errors
/// What is wrong with each line, at most 20 of them; or everything that [`verify`] finds, each with the line that it is about.
pub fn assemble(
    file: &str,
    text: &str,
    np_of: &dyn Fn(&str, &str) -> Option<NpId>,
) -> std::result::Result<Program, Vec<AssemblyError>> {
    let mut assembler = Assembler::new();
    let mut errors = Vec::new();
    let (mut start, mut number) = (0, 0);
    let spot = |number, start, text| Spot { file, number, start, text };
    for whole in text.split_inclusive('\n') {
        number += 1;
        let spot = spot(number, start, whole.trim_end());
        start += whole.len() as u64;
        let added =
            Line::parse(spot).and_then(|line| line.map_or(Ok(()), |line| assembler.line(line, np_of)));
        errors.extend(added.err());
    }
    errors.extend(assembler.end_unit().err());
    if assembler.program_spot.is_none() && errors.is_empty() {
        let line = spot(1, 0, text.lines().next().unwrap_or_default()).source();
        errors.push(AssemblyError::NoProgram { line });
    }
    if errors.is_empty() {
        errors = assembler.wrong();
    }
    if errors.is_empty() {
        return Ok(assembler.program);
    }
    if let Some(count) = errors.len().checked_sub(MAX_ERRORS).filter(|count| *count > 0) {
        errors.truncate(MAX_ERRORS);
        errors.push(AssemblyError::More { count });
    }
    Err(errors)
}

struct Assembler<'a> {
    program: Program,
    program_spot: Option<Spot<'a>>,
    /// The unit whose lines are read.
    draft: Option<Draft<'a>>,
    /// Lines of what errors of a program name.
    places: Vec<(Place, Spot<'a>)>,
    /// What was claimed of memories, with the pass and the position of the NP in it; without one it is the input unit's.
    claims: Vec<(usize, Option<usize>, Claims<'a>)>,
}

impl<'a> Assembler<'a> {
    fn new() -> Assembler<'a> {
        let program = Program {
            name: String::new(),
            device: String::new(),
            weights_set: true,
            output_maps: Vec::new(),
            buffers: Vec::new(),
            input: None,
            outputs: Vec::new(),
            passes: Vec::new(),
        };
        Assembler { program, program_spot: None, draft: None, places: Vec::new(), claims: Vec::new() }
    }

    fn line(&mut self, mut line: Line<'a>, np_of: &dyn Fn(&str, &str) -> Option<NpId>) -> Result<()> {
        let Some(word) = WORDS.into_iter().find(|word| *word == line.word.text) else {
            let known = WORDS.map(|word| format!("`{word}`")).join(", ");
            return Err(AssemblyError::Word { line: line.source(), word: shortened(line.word.text), known });
        };
        if self.program_spot.is_none() && word != "program" {
            return Err(AssemblyError::NoProgram { line: line.source() });
        }
        let line = &mut line;
        match word {
            "program" | "group" | "buffer" | "output" => {
                if !self.program.passes.is_empty() {
                    return Err(AssemblyError::Order {
                        line: line.source(),
                        word,
                        to: "the lines before the first `pass`",
                    });
                }
                self.header(word, line)?;
                line.finish(word)
            }
            "pass" => {
                self.end_unit()?;
                id(line, self.program.passes.len())?;
                self.places.push((Place::Pass(self.program.passes.len()), line.spot));
                self.program.passes.push(Pass::default());
                line.finish(word)
            }
            "hrc" | "source" | "np" | "sink" => {
                self.end_unit()?;
                let Program { passes, device, .. } = &mut self.program;
                let np_of: NpOf<'_> = &|name| np_of(device, name);
                let index = passes.len().saturating_sub(1);
                let Some(pass) = passes.last_mut() else {
                    return Err(AssemblyError::Order { line: line.source(), word, to: "`pass`" });
                };
                match word {
                    "hrc" if pass.hrc.is_some() => {
                        return Err(AssemblyError::Twice { line: line.source(), key: word });
                    }
                    "hrc" => self.draft = Some(Draft::hrc(line)?),
                    "source" => self.draft = Some(Draft::source(line)?),
                    "np" => self.draft = Some(Draft::np(line, np_of)?),
                    _ => {
                        let buffer = BufferId(line.required(word, "buffer", &INDEX)?);
                        let producers = line.required(word, "producers", &NUMBER)?;
                        line.finish(word)?;
                        let unit = Unit::Sink(pass.sinks.len());
                        pass.sinks.push(SinkRecord { buffer, producers });
                        self.places.push((Place::Unit(index, unit), line.spot));
                    }
                }
                Ok(())
            }
            _ => match &mut self.draft {
                Some(draft) => draft.add(word, line, &|name| np_of(&self.program.device, name)),
                None => {
                    Err(AssemblyError::Order { line: line.source(), word, to: "`hrc`, `source` or `np`" })
                }
            },
        }
    }

    /// A line before the first pass.
    fn header(&mut self, word: &'static str, line: &mut Line<'a>) -> Result<()> {
        let program = &mut self.program;
        let place = match word {
            "program" if self.program_spot.is_some() => {
                return Err(AssemblyError::Twice { line: line.source(), key: word });
            }
            "program" => {
                self.program_spot = Some(line.spot);
                program.name = line.required(word, "name", &NAME)?;
                program.device = line.required(word, "device", &NAME)?;
                program.weights_set = line.optional("weights_set", &FLAG)?.unwrap_or(true);
                program.input = line.optional("input", &OPTIONAL_INDEX)?.flatten().map(BufferId);
                Place::Program
            }
            "group" => {
                id(line, program.output_maps.len())?;
                let name = line.required(word, "name", &NAME)?;
                let map = line.required(word, "map", &MAP)?;
                let potentials = line.optional("potentials", &FLAG)?.unwrap_or(false);
                program.output_maps.push(OutputMap { name, map, potentials });
                Place::OutputMap(program.output_maps.len() - 1)
            }
            "buffer" => {
                id(line, program.buffers.len())?;
                let map = line.required(word, "map", &MAP)?;
                let (potentials, bits) = match line.required(word, "bits", &OUT)? {
                    Activation::Potentials => (true, 0),
                    Activation::Levels { bits } => (false, bits),
                };
                program.buffers.push(Buffer { map, potentials, bits });
                Place::Buffer(program.buffers.len() - 1)
            }
            _ => {
                let output_map = OutputMapId(line.required(word, "group", &INDEX)?);
                let buffer = BufferId(line.required(word, "buffer", &INDEX)?);
                program.outputs.push(Output { output_map, buffer });
                Place::Output(program.outputs.len() - 1)
            }
        };
        self.places.push((place, line.spot));
        Ok(())
    }

    /// The unit whose lines were read goes into its pass.
    fn end_unit(&mut self) -> Result<()> {
        let Some(draft) = self.draft.take() else { return Ok(()) };
        let spot = draft.spot;
        let Finished { record, routes, claims } = draft.finish(&self.program)?;
        let index = self.program.passes.len() - 1;
        let pass = &mut self.program.passes[index];
        let unit = match record {
            Record::Hrc(record) => {
                pass.hrc = Some(record);
                self.claims.push((index, None, claims));
                Unit::Hrc
            }
            Record::Source(record) => {
                pass.sources.push(record);
                Unit::Source(pass.sources.len() - 1)
            }
            Record::Np(record) => {
                let np = record.np;
                pass.nps.push(record);
                self.claims.push((index, Some(pass.nps.len() - 1), claims));
                Unit::Np(np)
            }
        };
        self.places.push((Place::Unit(index, unit), spot));
        let routes = routes.into_iter().enumerate();
        self.places.extend(routes.map(|(route, spot)| (Place::Route(index, unit, route), spot)));
        Ok(())
    }

    /// What is wrong with the program that the lines make: the program itself, or a claim about its memories.
    fn wrong(&self) -> Vec<AssemblyError> {
        let errors: Vec<AssemblyError> =
            verify(&self.program).into_iter().map(|error| self.placed(error)).collect();
        if !errors.is_empty() {
            return errors;
        }
        let check = |(pass, np, claims): &(usize, Option<usize>, Claims<'_>)| {
            let pass = &self.program.passes[*pass];
            match np {
                Some(np) => claims.check(&pass.nps[*np].memory, &Layout::of_np(&pass.nps[*np])),
                None => {
                    pass.hrc.as_ref().map_or(Ok(()), |hrc| claims.check(&hrc.memory, &Layout::of_hrc(hrc)))
                }
            }
        };
        self.claims.iter().filter_map(|claims| check(claims).err()).collect()
    }

    /// The error with the line of the place that it names; of a place without a line that of the whole program.
    fn placed(&self, error: Error) -> AssemblyError {
        let place = error.place().unwrap_or(Place::Program);
        let spot = self
            .places
            .iter()
            .find(|(other, _)| *other == place)
            .map(|(_, spot)| *spot)
            .or(self.program_spot);
        let line = spot
            .map_or_else(|| Spot { file: "", number: 1, start: 0, text: "" }.source(), |spot| spot.source());
        AssemblyError::Program { line, error: Box::new(error) }
    }
}

/// Errors: an `id` that is not the position.
fn id(line: &mut Line<'_>, position: usize) -> Result<()> {
    let Some(part) = line.take("id")? else { return Ok(()) };
    let found = line.value("id", &part, &NUMBER)?;
    if found as usize == position {
        return Ok(());
    }
    let (value, actual) = (found.to_string(), position.to_string());
    Err(AssemblyError::Disagrees { line: line.at(&part), key: "id", value, actual })
}
