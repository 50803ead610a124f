//! The trace that is looked at: its packets with their answers, however often they are read.

use std::fs::File;
use std::path::PathBuf;

use crate::cli::console::Console;
use crate::cli::error::{CliError, VerbError};
use crate::cli::exit::Exit;
use crate::cli::{inputs, interrupt, network};
use crate::device::{Device, Unit};
use crate::noc::replay::{Answer, AnswerRow, read_arrivals};
use crate::noc::trace::{
    OptionalColumns, Origin, OriginDevice, PacketTimes, TraceLimits, TraceMesh, TracePacket, TraceReader,
    TraceUnit, check,
};
use crate::noc::{Config, EarlyEnd, PortOrder};
use crate::trace::Error;
use crate::words::plural;
use spikemesh_stop::{Stop, UntilStop};

/// The trace, and what it does not say by itself.
#[derive(Debug, clap::Args)]
pub struct SourceArgs {
    /// A packet trace: what `run --trace` or `replay -o` wrote, or text
    pub trace: PathBuf,
    /// When packets arrived: the answer that `replay -o` wrote for this trace
    #[arg(long, value_name = "ANSWER")]
    pub with: Option<PathBuf>,
    /// The mesh of a trace that does not say it, as text: of a device, by name or .ron file
    #[arg(short, long)]
    pub device: Option<String>,
    /// The same, by columns and rows, such as 5x4, with one terminal per node and XY routes
    #[arg(long, value_name = "CxR", value_parser = network::size, conflicts_with = "device")]
    pub size: Option<(u16, u16)>,
}

/// A trace without fault.
pub(super) struct Source {
    path: PathBuf,
    limits: TraceLimits,
    /// Where its packets come from, with the mesh that the command names.
    pub origin: Origin,
    pub columns: OptionalColumns,
    /// An answer that is joined, by row.
    answer: Option<Answer>,
    stop: Stop,
}

impl Source {
    /// Reads the trace once, and the answer.
    pub fn open(args: &SourceArgs, console: &Console) -> Result<Source, VerbError> {
        let watch = console.watch("packets");
        let stop = interrupt::stop().counted(watch.progress());
        let mut source = Source {
            path: args.trace.clone(),
            limits: TraceLimits::ANY,
            origin: Origin::default(),
            columns: OptionalColumns::default(),
            answer: None,
            stop,
        };
        let reader = source.reader()?;
        (source.origin, source.columns) = (reader.origin(), reader.columns());
        source.name_mesh(args)?;
        if let Some(mesh) = &source.origin.mesh {
            source.limits = TraceLimits::of_mesh(mesh);
        }
        check(UntilStop::new(source.file()?, &source.stop), &source.name(), source.limits)
            .map_err(|errors| source.unless_stopped(VerbError::all(Exit::Error, errors)))?;
        if let Some(path) = &args.with {
            let file = File::open(path).map_err(|error| VerbError::io("read", path, error))?;
            let name = path.display().to_string();
            let answer = read_arrivals(UntilStop::new(file, &source.stop), &name);
            let answer = answer.map_err(|error| source.unless_stopped(VerbError::one(Exit::Error, error)))?;
            source.join(&name, answer)?;
        }
        Ok(source)
    }

    /// Takes the mesh from the command line if the trace does not say it.
    fn name_mesh(&mut self, args: &SourceArgs) -> Result<(), VerbError> {
        let option = match (&args.device, args.size) {
            (Some(_), _) => "--device",
            (None, Some(_)) => "--size",
            (None, None) => return Ok(()),
        };
        if self.origin.mesh.is_some() {
            let message = format!("{option} has no effect: {} says its mesh", self.name());
            return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
        }
        let config = if let Some(device) = &args.device {
            let device = inputs::device(device, &[])?;
            self.origin.units = units(&device);
            self.origin.device = Some(OriginDevice { name: device.name.clone(), sha256: device.sha256() });
            device.network_config()
        } else {
            let (columns, rows) = args.size.unwrap_or((1, 1));
            let config = Config::r3(columns, rows, 2, 4, PortOrder::LocalFirst);
            let errors = config.check();
            if !errors.is_empty() {
                return Err(VerbError::all(Exit::Error, errors));
            }
            // Any class: text may have more than one, and all go the same way.
            Config { classes: vec![config.classes[0]; 2], ..config }
        };
        self.origin.mesh = TraceMesh::of(&config);
        Ok(())
    }

    /// Compares an answer with the packets that it is for.
    fn join(&mut self, name: &str, answer: Answer) -> Result<(), VerbError> {
        let mut packets = 0;
        let wrong = |what: String| {
            let (answer, trace) = (name.to_owned(), self.name());
            VerbError::one(Exit::Error, Error::Join { answer, trace, what })
        };
        self.read(|packet, _, _, _| {
            packets = packet.number + 1;
            let Some(row) = answer.rows.get(packet.number as usize) else { return Ok(()) };
            let mut targets: Vec<u32> = packet.targets().collect();
            targets.sort_unstable();
            let branches = answer.branches.get(&packet.number);
            let is_same =
                branches.is_none_or(|rows| rows.iter().map(|row| row.target).eq(targets.iter().copied()));
            if is_same && (packet.source, targets[0], packet.flits) == (row.source, row.target, row.flits) {
                Ok(())
            } else {
                let what = format!("row {} has another source, target or size", packet.number);
                Err(wrong(what))
            }
        })?;
        if packets != answer.rows.len() as u64 {
            let packets_of_answer = plural(answer.rows.len(), "packet", "packets");
            return Err(wrong(format!("it has {packets_of_answer}, and the trace {packets}")));
        }
        self.answer = Some(answer);
        Ok(())
    }

    /// The file's name.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Arrivals are known.
    pub fn has_times(&self) -> bool {
        self.columns.times || self.answer.is_some()
    }

    /// Gives out every packet with what became of it, its arrivals if it has several, and the names of layers so far. Returns the names of all layers.
    pub fn read(
        &self,
        mut each: impl FnMut(&TracePacket, PacketTimes, &[AnswerRow], &[String]) -> Result<(), VerbError>,
    ) -> Result<Vec<String>, VerbError> {
        let mut reader = self.reader()?;
        let failed = |error| self.unless_stopped(VerbError::one(Exit::Error, error));
        while let Some((packet, times)) = reader.next_record().map_err(failed)? {
            let answer = self.answer.as_ref();
            let joined = answer.and_then(|answer| answer.rows.get(packet.number as usize));
            let branches = answer.and_then(|answer| answer.branches.get(&packet.number));
            let branches = branches.map_or(&[][..], Vec::as_slice);
            each(&packet, joined.map_or(times, |row| row.times), branches, reader.layers())?;
        }
        Ok(reader.layers().to_vec())
    }

    fn file(&self) -> Result<File, VerbError> {
        File::open(&self.path).map_err(|error| VerbError::io("read", &self.path, error))
    }

    fn reader(&self) -> Result<TraceReader<UntilStop<File>>, VerbError> {
        let reader = TraceReader::new(UntilStop::new(self.file()?, &self.stop), &self.name(), self.limits);
        reader.map_err(|error| self.unless_stopped(VerbError::one(Exit::Error, error)))
    }

    fn unless_stopped(&self, error: VerbError) -> VerbError {
        let stopped = || VerbError::ended_early(EarlyEnd::<Error>::Stopped, |_| false);
        if self.stop.is_set() { stopped() } else { error }
    }
}

/// The units of a device that have a terminal of their own.
fn units(device: &Device) -> Vec<TraceUnit> {
    let floorplan = device.floorplan();
    let nps = (0..floorplan.nps()).filter_map(|np| u16::try_from(np).ok()).map(Unit::Np);
    let unit = |unit: Unit| TraceUnit {
        terminal: floorplan.terminal(unit).0,
        name: floorplan.name(unit),
        layer: None,
    };
    nps.chain([Unit::Hrc, Unit::ConfigDma]).map(unit).collect()
}
