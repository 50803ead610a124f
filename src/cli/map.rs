//! `spikemesh map`: maps a model onto a device, prints the mapping and writes the program.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::console::Console;
use super::error::{Failures, VerbError};
use super::exit::Exit;
use super::inputs;
use super::interrupt;
use super::mode::ModeArg;
use super::outputs::{check_overwrite, device_file, write};
use super::placer_args::{PLACEMENT, PlacerArgs};
use super::profile::ProfileArg;
use super::set::SetArgs;
use super::table::{Align, Table};
use crate::certificate_file::Certificate;
use crate::compat::Profile;
use crate::compiler::deadlock::Proof;
use crate::compiler::{
    BoundRule, BusiestLink, Compilation, LayerMapping, MappingReport, PlacementSummary, UnitKind,
};
use crate::device::{Device, Floorplan, Unit};
use crate::device_rules::DeviceRules;
use crate::isa::encode;
use crate::mapping::{CompileReport, MoreIsSlower, more_is_slower};
use crate::mesh_seats::{Captions, MeshSeats, Node, Seat};
use crate::plot::Heat;
use crate::run::sha256;
use crate::words::{percent, plural, share, thousands};
use crate::{save_program, to_json};

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh map model.fbz -d akd1000 -o prog.npx
  spikemesh map model.fbz -d akd1000 --set overrides.n0_0.np2.disabled=true
  spikemesh map model.fbz -d akd1000 --placer annealed --write-place places.ron\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A model: a YAML template, .fb or .fbz
    pub model: PathBuf,
    /// The device, by name or .ron file
    #[arg(short, long)]
    pub device: String,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub set: SetArgs,
    /// How many neural processors to use
    #[arg(short, long, value_enum, default_value_t)]
    pub mode: ModeArg,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub placer: PlacerArgs,
    /// Write which neural processor computes which slice into this file (.ron); `-` is standard output
    #[arg(long, value_name = "FILE.ron", help_heading = PLACEMENT)]
    pub write_place: Option<PathBuf>,
    /// Write what the stages of the compiler took, and every placement that was tried, into this file (.json); `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub compile_report: Option<PathBuf>,
    /// Write the program to this file (.npx); `-` is standard output
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// Draw who sits where into this file (.svg); `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Write what is claimed of the program into this file (.json), for `spikemesh verify`; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub certificate: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
    /// The limits that the model has to keep, or a warning is given [default: those that the device names, otherwise current]
    #[arg(long, value_enum)]
    pub profile: Option<ProfileArg>,
    /// Draw random weights for layers that have none
    #[arg(long, value_name = "SEED")]
    pub random_weights: Option<u64>,
}

/// A warning about a mapping.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum Warning {
    /// The program holds zeros for weights and is marked so; it will not run.
    #[error("the program has no weights: it describes the mapping and cannot run")]
    #[diagnostic(
        code(map::no_weights),
        severity(Warning),
        help("map a .fb or .fbz file with weights, or give --random-weights SEED")
    )]
    NoWeights,
    /// Sending a copy to each of so many slices takes longer than what they save.
    #[error(
        "mode {mode} takes {} for a frame in which every position fires, {} with {} neural processors instead of {}",
        plural(clocks[0], "clock", "clocks"), thousands(clocks[1]), nps[1], nps[0]
    )]
    #[diagnostic(
        code(map::slower),
        severity(Warning),
        help(
            "give fewer neural processors with `--mode minimal`; `spikemesh explain` says what the time goes into"
        )
    )]
    Slower {
        /// The mode.
        mode: String,
        /// Neural processors of this mapping, and of minimal.
        nps: [u32; 2],
        /// Simulated clocks of both.
        clocks: [u64; 2],
    },
}

/// Maps.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let output = [&args.output, &args.plot, &args.write_place, &args.compile_report, &args.certificate];
    let output: Vec<&Path> = output.into_iter().filter_map(Option::as_deref).collect();
    let read: Vec<&Path> = device_file(Some(&args.device))
        .into_iter()
        .chain([args.model.as_path()])
        .chain(args.placer.place.as_deref())
        .collect();
    check_overwrite(&read, &output, args.force)?;
    let console = &console.beside(&output);
    let device = inputs::device(&args.device, &args.set.set)?;
    let (model, model_sha256) = inputs::hashed_model(&args.model, args.random_weights)?;
    let rules = DeviceRules::check(&model, Some(&device), args.profile.map(Profile::from));
    rules.warning().into_iter().for_each(|warning| console.warn(warning));
    let options = args.placer.options(args.mode)?;
    let compiled = inputs::compiled(&model, &device, &options)?;
    if let Some(MoreIsSlower { nps, clocks }) = more_is_slower(&model, &device, &options, &compiled) {
        let mode = ModeArg::name(compiled.report.mode);
        console.warn(Warning::Slower { mode, nps, clocks });
    }
    // The mapping is told even if the program cannot be written.
    let mut failures = Failures::default();
    if let Some(path) = &args.output {
        interrupt::keep();
        let saved = save_program(&compiled.program, path);
        failures.take(saved.map_err(|errors| VerbError::all(Exit::Error, errors)));
        if !compiled.program.weights_set {
            console.warn(Warning::NoWeights);
        }
    }
    if let Some(path) = &args.certificate {
        interrupt::keep();
        failures.take(certify(&compiled, &device, &model_sha256, path));
    }
    let seats = seats(&compiled.report, &device.floorplan());
    if let Some(path) = &args.plot {
        let MappingReport { model, device, .. } = &compiled.report;
        let nodes = "memory of the fullest neural processor, 100 % at most";
        let captions = Captions { title: &format!("{model} on {device}"), links: "", nodes };
        // Nothing is known of the loads of links before a run.
        let svg = seats.picture(&captions, |_, _| Some(Heat::default()));
        failures.take(write(path, svg.as_bytes()));
    }
    if let Some(path) = &args.write_place {
        failures.take(write(path, compiled.report.placement_file().text().as_bytes()));
    }
    if let Some(path) = &args.compile_report {
        let text = to_json(&CompileReport::from(&compiled)).map(|text| text + "\n").unwrap_or_default();
        failures.take(write(path, text.as_bytes()));
    }
    failures.take(console.data(&compiled.report, |report| {
        format!("{}\n\n{}", describe(report, &device.floorplan()), seats.text())
    }));
    for path in output.iter().filter(|_| failures.is_none()) {
        console.note(format!("wrote {}", path.display()));
    }
    failures.into_result()
}

/// Writes the certificate. It is about the bytes that `-o` writes, written or not.
fn certify(
    compiled: &Compilation,
    device: &Device,
    model_sha256: &str,
    path: &Path,
) -> Result<(), VerbError> {
    let program = encode(&compiled.program).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    let certificate = Certificate::new(compiled, device, &sha256(&program), model_sha256);
    write(path, certificate.text().as_bytes())
}

fn describe(plan: &MappingReport, floorplan: &Floorplan) -> String {
    let MappingReport { model, device, total_nps, device_nps, passes, capacity, .. } = plan;
    let columns = [
        ("layer", Align::Left),
        ("type", Align::Left),
        ("pass", Align::Right),
        ("NPs", Align::Right),
        ("y x filters", Align::Right),
        ("weights\nbytes", Align::Right),
        ("", Align::Right),
        ("input map\nbytes", Align::Right),
        ("", Align::Right),
        ("total\nbytes", Align::Right),
        ("", Align::Right),
        ("on", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for layer in &plan.layers {
        let mut cells = vec![layer.name.clone(), layer.layer_type.to_owned(), layer.pass.to_string()];
        if layer.unit == UnitKind::Np {
            let bytes = &layer.bytes;
            cells.extend([
                layer.nps.to_string(),
                format!("{} x {}", layer.spatial_splits, layer.filter_splits),
                if layer.external_weights { "external".into() } else { thousands(bytes.weights) },
                if layer.external_weights { String::new() } else { percent(bytes.weights, capacity.weights) },
                thousands(bytes.input_map),
                percent(bytes.input_map, capacity.input_map),
                thousands(layer.total_bytes),
                percent(layer.total_bytes, capacity.total),
            ]);
        } else {
            cells.resize(columns.len() - 1, "-".into());
            cells[6].clear();
            cells[8].clear();
            cells[10].clear();
        }
        cells.push(units(layer, floorplan));
        table.row(cells);
    }
    let mode = ModeArg::name(plan.mode);
    let of_weights = thousands(capacity.weights);
    let (of_map, of_total) = (thousands(capacity.input_map), thousands(capacity.total));
    let mut out = format!("{model} on {device}, mode {mode}\n\n{table}\n\n");
    out += &format!("Bytes are those of the fullest NP of a layer; an NP holds {of_weights} of weights, ");
    out += &format!("{of_map} of input map, {of_total} in all.\n");
    out += &format!(
        "{} of {device_nps} in {}",
        plural(*total_nps, "NP", "NPs"),
        plural(*passes, "pass", "passes")
    );
    if !plan.disabled_nps.is_empty() {
        out += &format!("; disabled: {}", plan.disabled_nps.join(", "));
    }
    if *passes > 1 && !plan.multi_pass {
        out += ": the device holds one pass at a time, the host loads them in turn";
    }
    out + "\n" + &placed(&plan.placement) + "\n" + &proved(&plan.deadlock_free)
}

/// How good the placement is, in a line.
fn placed(placement: &PlacementSummary) -> String {
    let PlacementSummary { placer, objective, pinned, flit_hops, bound, gap, busiest_link, .. } = placement;
    let mut line = format!("Placed by {placer}");
    if let Some(objective) = objective {
        line += &format!(" for {objective}");
    }
    if *pinned > 0 {
        line += &format!(", {} pinned", plural(*pinned, "slice", "slices"));
    }
    line += &format!(": {} in a frame in which every position fires", of_flit_hops(*flit_hops));
    let rule = match bound.rule {
        BoundRule::GilmoreLawler => "Gilmore and Lawler",
        BoundRule::NearestNeighbours => "nearest neighbours",
        BoundRule::SteinerTrees => "Steiner trees",
    };
    line += &format!(", at least {} by the bound of {rule}", thousands(bound.flit_hops));
    if let Some(gap) = gap {
        line += &format!(" (gap {})", share(*gap));
    }
    if let Some(BusiestLink { link, pass, flits }) = busiest_link {
        line += &format!("; busiest link {link} in pass {pass}, {}", of_flits(*flits));
    }
    line
}

fn of_flit_hops(number: u64) -> String {
    format!("{} {}", thousands(number), if number == 1 { "flit-hop" } else { "flit-hops" })
}

fn of_flits(number: u64) -> String {
    format!("{} {}", thousands(number), if number == 1 { "flit" } else { "flits" })
}

/// What was proved, in a line.
fn proved(proof: &Proof) -> String {
    let [units, routes, dependencies, channels] =
        [proof.units, proof.routes, proof.dependencies, proof.channels].map(|n| thousands(n as u64));
    format!(
        "Proved free of deadlock: {routes} routes between {units} units return their tokens, no circle of them lacks one; \
         tokens have channels of their own; {dependencies} dependencies of {channels} channels form no circle"
    )
}

/// Who sits where; the colour of a node is the memory of its fullest neural processor, as far as one holds.
fn seats(plan: &MappingReport, floorplan: &Floorplan) -> MeshSeats {
    let width = usize::from(floorplan.columns);
    let mut nodes: Vec<Node> = (0..usize::from(floorplan.rows) * width)
        .map(|node| Node {
            name: format!("n{}_{}", node % width, node / width),
            seats: Vec::new(),
            share: None,
        })
        .collect();
    let mut units: Vec<(Unit, &LayerMapping)> = Vec::new();
    for layer in &plan.layers {
        match layer.unit {
            UnitKind::EventDma => units.push((Unit::Source(0), layer)),
            UnitKind::Hrc => units.push((Unit::Hrc, layer)),
            UnitKind::Np => units.extend(layer.slices.iter().map(|slice| (Unit::Np(slice.np.0), layer))),
        }
    }
    // Input unit and event DMA first.
    units.sort_by_key(|(unit, layer)| (matches!(unit, Unit::Np(_)), layer.pass, *unit));
    for (unit, layer) in units {
        let at = floorplan.coord(unit).node;
        let node = &mut nodes[usize::from(at.y) * width + usize::from(at.x)];
        let seat = Seat::new(&floorplan.name(unit), Some(&layer.name));
        if !node.seats.contains(&seat) {
            node.seats.push(seat);
        }
        let share = layer.total_bytes as f64 / plan.capacity.total.max(1) as f64;
        if matches!(unit, Unit::Np(_)) {
            node.share = Some(node.share.map_or(share, |most| most.max(share)));
        }
    }
    MeshSeats { columns: floorplan.columns, rows: floorplan.rows, nodes }
}

/// The units that compute a layer.
fn units(layer: &LayerMapping, floorplan: &Floorplan) -> String {
    match layer.unit {
        // The input map is the first buffer of a program.
        UnitKind::EventDma => floorplan.name(Unit::Source(0)),
        UnitKind::Hrc => floorplan.name(Unit::Hrc),
        UnitKind::Np => {
            let mut nps: Vec<u16> = layer.slices.iter().map(|slice| slice.np.0).collect();
            nps.sort_unstable();
            ranges(&nps, |np| floorplan.name(Unit::Np(np)))
        }
    }
}

/// Runs of consecutive numbers, each by the names of its first and its last one.
fn ranges(ascending: &[u16], name: impl Fn(u16) -> String) -> String {
    let runs = ascending.chunk_by(|a, b| a + 1 == *b);
    let texts: Vec<String> = runs
        .map(|run| match (run.first(), run.last()) {
            (Some(first), Some(last)) if first != last => format!("{}-{}", name(*first), name(*last)),
            (Some(only), _) => name(*only),
            _ => String::new(),
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_nps_are_joined() {
        let name = |np| format!("np{np}");
        assert_eq!(ranges(&[0, 1, 2, 3, 7, 9, 10], name), "np0-np3, np7, np9-np10");
        assert_eq!(ranges(&[], name), "");
    }
}
