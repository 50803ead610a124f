//! The mapping benchmark: templates on meshes in every mode, placed by every placer, with copies and with trees.

mod page;
mod simulated;
mod split_layers;

use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use spikemesh::compiler::certificate::Claims;
use spikemesh::compiler::{
    Annealed, BoundRule, Compilation, CompileOptions, Greedy, Mode, Placer, Random, Snake, compile,
};
use spikemesh::device::{Device, Setting};
use spikemesh::model::Model;

use crate::certified::Certified;
pub use page::{Bar, bars, page};
pub use simulated::Simulated;
use simulated::simulate;
pub use split_layers::{Reaches, SplitLayer};
use split_layers::{reaches, split_layers};

/// Columns and rows of the meshes.
pub const MESHES: [(u16, u16); 4] = [(4, 2), (5, 4), (8, 8), (16, 16)];

/// The placers, in the order of columns; those of trees place for a device whose routers fork packets.
pub const PLACERS: [&str; 5] = ["snake", "greedy", "random", "annealed", "trees"];

/// Flits that a buffer holds, with copies and with trees: packets that fork have to fit.
const BUFFER: u16 = 8;

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
    /// What no placement is below, in flit-hops.
    pub bound: u64,
    /// How that is known.
    pub rule: BoundRule,
    /// Its certificate holds, if it was asked for.
    pub certificate: Option<bool>,
    /// What a simulation found, if there was one.
    pub simulated: Option<Simulated>,
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
    /// Flits that units send in a frame in which every position fires, with copies.
    pub sent: u64,
    /// Layers on neural processors.
    pub layers: u32,
    /// Those whose filters are split, with what reaches them.
    pub split: Vec<SplitLayer>,
    /// By each of [`PLACERS`].
    pub placed: Vec<Placed>,
}

impl MapRow {
    /// A column of [`PLACERS`].
    pub fn by(&self, name: &str) -> &Placed {
        let index = PLACERS.iter().position(|known| *known == name);
        &self.placed[index.expect("one of the placers")]
    }

    /// How far a placer's flit-hops are below those of greedy with copies, as a share of these.
    pub fn saving(&self, name: &str) -> f64 {
        let [greedy, other] = ["greedy", name].map(|name| self.by(name).flit_hops as f64);
        if greedy > 0.0 { 1.0 - other / greedy } else { 0.0 }
    }

    /// As [`MapRow::saving`], of the busiest link; `None` if greedy uses none.
    pub fn link_saving(&self, name: &str) -> Option<f64> {
        let [greedy, other] = ["greedy", name].map(|name| self.by(name).busiest_link as f64);
        (greedy > 0.0).then(|| 1.0 - other / greedy)
    }

    /// How far a placer is above its bound, as a share of that.
    pub fn gap(&self, name: &str) -> Option<f64> {
        let Placed { flit_hops, bound, .. } = *self.by(name);
        (bound > 0).then(|| flit_hops as f64 / bound as f64 - 1.0)
    }

    /// At least half of the layers are split over filters.
    pub fn is_half_split(&self) -> bool {
        2 * self.split.len() as u32 >= self.layers && self.layers > 0
    }

    /// What the placements must keep.
    ///
    /// # Errors
    /// What they break.
    pub fn check(&self) -> Result<(), String> {
        let MapRow { model, mode, mesh, placed, .. } = self;
        let here = format!("{model} {mode:?} on {}x{}", mesh.0, mesh.1);
        for name in ["snake", "greedy"] {
            let [start, annealed] = [name, "annealed"].map(|name| self.by(name).flit_hops);
            if annealed > start {
                return Err(format!("{here}: annealed {annealed} above {name} {start}"));
            }
        }
        for (name, placed) in PLACERS.iter().zip(placed) {
            if placed.flit_hops < placed.bound {
                return Err(format!("{here}: {name} {} below the bound {}", placed.flit_hops, placed.bound));
            }
            if placed.certificate == Some(false) {
                return Err(format!("{here}: the certificate of {name} is false"));
            }
        }
        Ok(())
    }
}

/// The device of a mesh: an akd1500 with other sides and deeper buffers.
fn device((columns, rows): (u16, u16), multicast: &str) -> Device {
    let settings = [
        ("columns", columns.to_string()),
        ("rows", rows.to_string()),
        ("network.vc_buf_size", BUFFER.to_string()),
        ("network.multicast", multicast.to_owned()),
    ];
    let settings = settings.map(|(path, value)| Setting { path: path.to_owned(), value });
    Device::load("akd1500").expect("it is built in").with(&settings).expect("a mesh of any sides")
}

/// Maps a template; `None` if it does not fit. Greedy with copies and annealing for trees are simulated if no more than so many flits are sent in
/// a frame in which every position fires.
pub fn map_row(file: &Path, mode: Mode, mesh: (u16, u16), simulated: u64) -> Option<MapRow> {
    let (mut model, _) = Model::read(file).ok()?;
    model.randomise(1);
    let [copies, trees] = ["source", "tree"].map(|multicast| device(mesh, multicast));
    let mut placed = Vec::new();
    let mut greedy: Option<(Compilation, Reaches, u64)> = None;
    let mut split = Vec::new();
    for name in PLACERS {
        let device = if name == "trees" { &trees } else { &copies };
        let options = CompileOptions::from(mode).with_placer(placer(name));
        let started = Instant::now();
        let compiled = compile(&model, device, &options).ok()?;
        let host_seconds = started.elapsed().as_secs_f64();
        let placement = &compiled.report.placement;
        let (flit_hops, busiest) = (placement.flit_hops, placement.busiest_link.as_ref());
        let is_certified = matches!(name, "annealed" | "trees");
        let certificate =
            is_certified.then(|| Certified::new(&compiled, device).is_ok_and(|it| it.check(device).is_ok()));
        let (busiest_link, bound) = (busiest.map_or(0, |link| link.flits), placement.bound);
        if name == "trees"
            && let Some((compilation, of_copies, _)) = &greedy
        {
            let of_trees = reaches(&Claims::new(&compiled, device));
            split = split_layers(&compilation.report, of_copies, &of_trees);
        }
        if name == "greedy" {
            let claims = Claims::new(&compiled, device);
            let sent = claims.passes.iter().flat_map(|pass| &pass.links);
            let sent = sent.filter(|link| link.link.contains(".inject")).map(|link| link.flits).sum();
            greedy = Some((compiled.clone(), reaches(&claims), sent));
        }
        let is_small = greedy.as_ref().is_some_and(|(.., sent)| *sent <= simulated);
        let is_simulated = is_small && matches!(name, "greedy" | "trees");
        placed.push(Placed {
            flit_hops,
            busiest_link,
            bound: bound.flit_hops,
            rule: bound.rule,
            certificate,
            simulated: is_simulated.then(|| simulate(compiled, device)).flatten(),
            host_seconds,
        });
    }
    let (compilation, _, sent) = greedy?;
    let report = compilation.report;
    Some(MapRow {
        model: file.file_stem()?.to_string_lossy().into_owned(),
        mode,
        mesh,
        nps: report.total_nps,
        passes: report.passes,
        sent,
        layers: report.layers.iter().filter(|layer| layer.nps > 0).count() as u32,
        split,
        placed,
    })
}

/// Writes a file of rows.
pub fn write(path: &Path, text: &str) {
    if let Err(error) = std::fs::write(path, text) {
        eprintln!("cannot write {}: {error}", path.display());
    }
}
