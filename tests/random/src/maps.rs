//! The mapping benchmark: templates on meshes in every mode, placed by every placer.

use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use spikemesh::compiler::{
    Annealed, BoundRule, Compilation, CompileOptions, Greedy, Mode, Placer, Random, Snake, compile,
};
use spikemesh::device::{Device, Setting};
use spikemesh::mesh::{Frame, SimulationOptions, Simulator};
use spikemesh::model::Model;
use spikemesh::noc::NoProbe;

/// Columns and rows of the meshes.
pub const MESHES: [(u16, u16); 4] = [(4, 2), (5, 4), (8, 8), (16, 16)];

/// The placers, in the order of columns.
pub const PLACERS: [&str; 4] = ["snake", "greedy", "random", "annealed"];

fn placer(name: &str) -> Placer {
    match name {
        "snake" => Placer::Snake(Snake),
        "greedy" => Placer::Greedy(Greedy),
        "random" => Placer::Random(Random::default()),
        _ => Placer::Annealed(Annealed::default()),
    }
}

/// A placement of a mapping.
#[derive(Clone, Debug, Serialize)]
pub struct Placed {
    /// Links that the flits of a frame pass in which every position fires.
    pub flit_hops: u64,
    /// Flits over the busiest link of such a frame.
    pub busiest_link: u64,
    /// Clocks of a batch of 1 and of 8, if they were simulated.
    pub clocks: Option<[u64; 2]>,
    /// Flit-hops that the batch of 1 took.
    pub simulated_flit_hops: Option<u64>,
    /// Seconds of the whole compiler on this host.
    pub host_seconds: f64,
}

/// A template on a mesh in a mode.
#[derive(Clone, Debug, Serialize)]
pub struct MapRow {
    /// The template.
    pub model: String,
    /// The mode.
    pub mode: Mode,
    /// The mesh, columns and rows.
    pub mesh: (u16, u16),
    /// Neural processors that the mapping takes, in all passes.
    pub nps: u32,
    /// Passes.
    pub passes: u32,
    /// What no placement is below, in flit-hops.
    pub bound: u64,
    /// How that is known.
    pub rule: BoundRule,
    /// By each of [`PLACERS`].
    pub placed: Vec<Placed>,
}

impl MapRow {
    /// A column of [`PLACERS`].
    pub fn by(&self, name: &str) -> &Placed {
        let index = PLACERS.iter().position(|known| *known == name);
        &self.placed[index.expect("one of the placers")]
    }

    /// How far annealing is below greedy, as a share of it.
    pub fn saving(&self) -> f64 {
        let [greedy, annealed] = ["greedy", "annealed"].map(|name| self.by(name).flit_hops as f64);
        if greedy > 0.0 { 1.0 - annealed / greedy } else { 0.0 }
    }

    /// How far annealing is above the bound, as a share of it.
    pub fn gap(&self) -> Option<f64> {
        let annealed = self.by("annealed").flit_hops as f64;
        (self.bound > 0).then(|| annealed / self.bound as f64 - 1.0)
    }

    /// What the placements must keep.
    ///
    /// # Errors
    /// What they break.
    pub fn check(&self) -> Result<(), String> {
        let MapRow { model, mode, mesh, bound, placed, .. } = self;
        let here = format!("{model} {mode:?} on {}x{}", mesh.0, mesh.1);
        for name in ["snake", "greedy"] {
            let [start, annealed] = [name, "annealed"].map(|name| self.by(name).flit_hops);
            if annealed > start {
                return Err(format!("{here}: annealed {annealed} above {name} {start}"));
            }
        }
        for (name, placed) in PLACERS.iter().zip(placed) {
            if placed.flit_hops < *bound {
                return Err(format!("{here}: {name} {} below the bound {bound}", placed.flit_hops));
            }
        }
        Ok(())
    }
}

/// The device of a mesh: an akd1500 with other sides.
fn device((columns, rows): (u16, u16)) -> Device {
    let settings = [("columns", columns), ("rows", rows)]
        .map(|(path, value)| Setting { path: path.to_owned(), value: value.to_string() });
    Device::load("akd1500").expect("it is built in").with(&settings).expect("a mesh of any sides")
}

/// Maps a template, and simulates it if that is asked for: a random image with half of its values, random weights. `None` if it does not fit.
pub fn map_row(file: &Path, mode: Mode, mesh: (u16, u16), simulates: bool) -> Option<MapRow> {
    let (mut model, _) = Model::read(file).ok()?;
    model.randomise(1);
    let device = device(mesh);
    let mut placed = Vec::new();
    let mut first: Option<Compilation> = None;
    for name in PLACERS {
        let options = CompileOptions::from(mode).with_placer(placer(name));
        let started = Instant::now();
        let compiled = compile(&model, &device, &options).ok()?;
        let host_seconds = started.elapsed().as_secs_f64();
        let placement = &compiled.report.placement;
        let clocks = (simulates && name != "random").then(|| clocks(&compiled, &device)).flatten();
        placed.push(Placed {
            flit_hops: placement.flit_hops,
            busiest_link: placement.busiest_link.as_ref().map_or(0, |link| link.flits),
            clocks: clocks.map(|(clocks, _)| clocks),
            simulated_flit_hops: clocks.map(|(_, hops)| hops),
            host_seconds,
        });
        first.get_or_insert(compiled);
    }
    let report = first?.report;
    Some(MapRow {
        model: file.file_stem()?.to_string_lossy().into_owned(),
        mode,
        mesh,
        nps: report.total_nps,
        passes: report.passes,
        bound: report.placement.bound.flit_hops,
        rule: report.placement.bound.rule,
        placed,
    })
}

/// Clocks of a batch of 1 and of 8, and the flit-hops of the first.
fn clocks(compiled: &Compilation, device: &Device) -> Option<([u64; 2], u64)> {
    let simulator = Simulator::new(compiled.program.clone(), device.clone()).ok()?;
    let program = simulator.program();
    let frame = match (program.passes[0].hrc.as_ref(), program.input) {
        (Some(hrc), _) => Frame::Image((0..hrc.image.len()).map(|i| (i * 89 % 251) as u8).collect()),
        (None, buffer) => {
            let map = program.buffers[usize::from(buffer?.0)].map;
            Frame::Events((0..map.len()).map(|i| (i % 2 * (1 + i % 15)) as i32).collect())
        }
    };
    let options = SimulationOptions { record_output_maps: false, ..SimulationOptions::default() };
    let run = |batch: usize| {
        let frames = vec![frame.clone(); batch];
        simulator.run(&frames, 0, &options, &mut NoProbe).into_finished().ok()
    };
    let (one, eight) = (run(1)?, run(8)?);
    let hops = one.passes.iter().map(|pass| pass.flit_hops).sum();
    Some(([one.cycles, eight.cycles], hops))
}

/// Writes a file of rows.
pub fn write(path: &Path, text: &str) {
    if let Err(error) = std::fs::write(path, text) {
        eprintln!("cannot write {}: {error}", path.display());
    }
}
