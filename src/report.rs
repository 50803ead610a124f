//! The report of a run: one value, [`Report`], which text, JSON and the page show. What they show stands in it: nobody computes anything of it.
//!
//! | part | content |
//! |---|---|
//! | [`RunFacts`], [`Summary`], [`Finding`] | what was run, how it ended; the figures of a frame; what the figures mean, as sentences |
//! | [`TimeFacts`] | the critical path and what sets the period, of the first batch |
//! | [`LayerFacts`], [`UnitFacts`], [`LinkFacts`] | tables |
//! | [`MemoryFacts`], [`EnergyPart`] | bytes of a neural processor, energies of a frame |
//! | [`FloorplanFacts`], [`TimelineFacts`] | who sits where, and who sends to whom; what units did when |
//! | [`Comparison`] | two reports beside each other |
//!
//! Counters are those of `stats.json`. For times and ways the first batch runs again, with probes: it does the same, to the clock.

mod again;
mod comparison;
mod energy;
mod findings;
mod floorplan;
mod floorplan_picture;
mod flows;
mod layers;
mod memory;
mod page;
mod perfetto;
mod plan_file;
mod run_facts;
mod source;
mod stats_file;
mod summary;
mod time;
mod timeline;
mod units;

use serde::Serialize;

use crate::Stop;
use crate::document::{Document, Schema};
use crate::run::{DirectoryError, RunDirectory};

pub use comparison::{Comparison, Delta};
pub use energy::{EnergyPart, LayerEnergy};
pub use findings::Finding;
pub use floorplan::{FloorplanFacts, FlowFacts, MeshLink, NodeFacts};
pub(crate) use floorplan_picture::seats;
pub use layers::LayerFacts;
pub use memory::{LayerMemory, MemoryFacts};
pub(crate) use page::{cause, of_comparison as page_of_both, of_run as page_of, place};
pub(crate) use perfetto::perfetto;
pub use run_facts::RunFacts;
pub use stats_file::Claim;
pub use summary::Summary;
pub use time::{LayerTime, TimeFacts};
pub use timeline::{FramesShown, Lane, PassSpan, TimelineFacts};
pub use units::{LinkFacts, ReasonClocks, UnitFacts};

use again::Again;
use plan_file::PlanFile;
use source::Source;
use stats_file::StatsFile;

/// A run, as a person reads it who was not there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What was run, and how it ended.
    pub run: RunFacts,
    /// The figures of a frame.
    pub summary: Summary,
    /// What the figures mean.
    pub findings: Vec<Finding>,
    /// Where the time of the first batch went; none if none of its frames ended, or the inputs of the run are gone.
    pub time: Option<TimeFacts>,
    /// Layer by layer.
    pub layers: Vec<LayerFacts>,
    /// Unit by unit, pass by pass.
    pub units: Vec<UnitFacts>,
    /// Links that flits passed.
    pub links: Vec<LinkFacts>,
    /// Memory of neural processors; none of a program.
    pub memory: Option<MemoryFacts>,
    /// Energy of a frame, part by part.
    pub energy: Vec<EnergyPart>,
    /// The work of a frame, layer by layer.
    pub layer_energy: Vec<LayerEnergy>,
    /// Who sits where.
    pub floorplan: FloorplanFacts,
    /// What units did when, in the first batch; none if the inputs of the run are gone.
    pub timeline: Option<TimelineFacts>,
}

impl Document for Report {
    const SCHEMA: Schema = Schema::Report;
}

impl Report {
    /// The report of a run. Its first batch runs again; of a run whose inputs are gone nothing is told that needs them.
    ///
    /// # Errors
    /// What is wrong with a file of the directory.
    pub fn of(directory: &RunDirectory, stop: &Stop) -> Result<Report, Vec<DirectoryError>> {
        let parsed = |name: &str, error: serde_json::Error| DirectoryError::Json {
            path: directory.path().join(name),
            reason: error.to_string(),
        };
        let one = |error: DirectoryError| vec![error];
        let stats = serde_json::from_value(directory.stats().map_err(one)?);
        let stats: StatsFile = stats.map_err(|error| one(parsed("stats.json", error)))?;
        let plan = directory.plan().map_err(one)?.map(serde_json::from_value).transpose();
        let plan: Option<PlanFile> = plan.map_err(|error| one(parsed("plan.json", error)))?;
        let (simulator, again) = match directory.rerun() {
            Ok(rerun) => {
                let again = Again::run(&rerun, stop)
                    .map_err(|errors| errors.into_iter().map(DirectoryError::from).collect::<Vec<_>>())?;
                (rerun.simulator, Ok(again))
            }
            Err(mut errors) => match (errors.pop(), errors.is_empty()) {
                (Some(missing @ DirectoryError::NoInputs { .. }), true) => {
                    (directory.simulator()?, Err(missing.to_string()))
                }
                (last, _) => {
                    errors.extend(last);
                    return Err(errors);
                }
            },
        };
        let info = directory.info();
        let source = Source { name: directory.path().display().to_string(), info, simulator: &simulator };
        let run = RunFacts::of(&source, plan.as_ref());
        let summary = Summary::of(info, &stats);
        let time = again.as_ref().ok().and_then(TimeFacts::of);
        let layers = layers::layers(&source, &stats, plan.as_ref(), time.as_ref());
        let mut findings = findings::findings(info, &stats, &layers, time.as_ref());
        if let Err(missing) = &again {
            findings.push(Finding::no_inputs(missing));
        }
        let again = again.ok();
        Ok(Report {
            memory: plan.as_ref().map(MemoryFacts::of),
            energy: energy::parts(info, &stats),
            layer_energy: energy::layers(info, &stats),
            floorplan: FloorplanFacts::of(&simulator, &stats, again.as_ref().map(|again| &again.flows)),
            timeline: again.as_ref().map(|again| TimelineFacts::of(&simulator, again)),
            units: stats.units,
            links: stats.links,
            run,
            summary,
            findings,
            time,
            layers,
        })
    }
}
