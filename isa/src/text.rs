//! A program as text, for people and for comparing two programs line by line.
//!
//! One thing a line. A line is a word that says what follows, then fields `key=value`, in a fixed order, parted by
//! single spaces; indentation shows what belongs to what and means nothing else. Values:
//!
//! | value | written |
//! |---|---|
//! | number | decimal; checksums `0x` and eight digits |
//! | NP | its name on the device, such as `n4_1.np0`, or its index where the device is not known |
//! | yes or no | `true`, `false` |
//! | name | in double quotes, everything but printable ASCII escaped as in Rust |
//! | rows | `first..end`, half-open |
//! | map | `widthxheightxchannels` |
//! | bits of what leaves a unit | a number, or `potentials` |
//! | optional index | a number, or `none` |
//! | bytes | two hexadecimal digits each, without gaps |
//!
//! A `#` outside of quotes starts a comment: the layer of a unit. [`crate::assembly`] makes a program of the text again.
//!
//! Lines, with what they hold:
//!
//! | line | fields |
//! |---|---|
//! | `program` | `name device weights_set input` |
//! | `group` | `id name map potentials` |
//! | `buffer` | `id map bits` |
//! | `output` | `group buffer` |
//! | `pass` | `id` |
//! | `hrc` | `group image padding_value filters weight_bits out` |
//! | `source` | `buffer` |
//! | `np` | `id group producers in_map in_rows in_own in_bits out` |
//! | `convolution` | `separable first_filter filters output_rows weight_bits` |
//! | `fully_connected` | `units weight_bits external` |
//! | `kernel`, `pool` | `axis size stride pad outputs`, one line for x and one for y |
//! | `sum` | none: the sum over the whole map |
//! | `route` | `np` or `sink`, `rows row_base channel_base`; `joined=true` if its packets are those of the route before it |
//! | `memory` | `bytes weights pointwise weight_bits thresholds crc32`, then `first`: the first bytes |
//! | `bytes` | `at data`, only where whole images are asked for |
//! | `sink` | `buffer producers` |

use crate::id::{NpId, OutputMapId};
use crate::memory::Layout;
use crate::program::{Pass, Program};
use crate::record::{Activation, Axis, HrcRecord, NpRecord, Operation, Pooling, Route, Target};
use std::fmt::{self, Display, Formatter};

/// How much of the memory images a listing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// Length, checksum and first bytes.
    Digest,
    /// That, and every byte.
    Whole,
}

/// Bytes of an image that a digest shows.
const FIRST: usize = 16;
/// Bytes in a line of a whole image.
const LINE: usize = 32;

/// The names that a device gives to NPs.
pub type NpNames<'a> = &'a dyn Fn(NpId) -> String;

/// A program that prints as its listing.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    program: &'a Program,
    images: Images,
    np_names: Option<NpNames<'a>>,
}

/// The listing of a program that [`crate::verify()`] accepts.
pub fn listing(program: &Program, images: Images) -> Listing<'_> {
    Listing { program, images, np_names: None }
}

impl<'a> Listing<'a> {
    /// The same with the names that a device gives to NPs.
    pub fn with_np_names(self, np_names: NpNames<'a>) -> Listing<'a> {
        Listing { np_names: Some(np_names), ..self }
    }
}

impl Display for Listing<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        list(f, self.program, self.np_names, &mut Unpacked(self.images))
    }
}

/// What a listing says of an image besides its layout.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ImageDigest {
    /// Length.
    pub bytes: u64,
    crc32: u32,
    first: [u8; FIRST],
}

impl ImageDigest {
    /// As the listing writes it.
    pub(crate) fn crc32(&self) -> String {
        format!("{:#010x}", self.crc32)
    }

    /// As the listing writes them.
    pub(crate) fn first(&self) -> String {
        Hex(&self.first[..FIRST.min(self.bytes as usize)]).to_string()
    }

    /// Adds the next piece of the image.
    pub(crate) fn add(&mut self, piece: &[u8]) {
        let mut hasher = crc32fast::Hasher::new_with_initial_len(self.crc32, self.bytes);
        hasher.update(piece);
        self.crc32 = hasher.finalize();
        if let Some(rest) = usize::try_from(self.bytes).ok().and_then(|at| self.first.get_mut(at..)) {
            rest.iter_mut().zip(piece).for_each(|(first, &byte)| *first = byte);
        }
        self.bytes += piece.len() as u64;
    }
}

/// Where a listing has the bytes of images from: asked for in the order of the records, each image with its record's bytes.
pub(crate) trait ImageSource {
    /// The digest of the next image.
    fn digest(&mut self, image: &[u8]) -> ImageDigest;
    /// The bytes of a line, from byte `at` of the same image on; false if there are none.
    fn fill(&mut self, image: &[u8], at: usize, line: &mut [u8]) -> bool;
    /// True if every byte is shown.
    fn whole(&self) -> bool;
}

/// Images that lie in the records.
struct Unpacked(Images);

impl ImageSource for Unpacked {
    fn digest(&mut self, image: &[u8]) -> ImageDigest {
        let mut digest = ImageDigest::default();
        digest.add(image);
        digest
    }

    fn fill(&mut self, image: &[u8], at: usize, line: &mut [u8]) -> bool {
        line.copy_from_slice(&image[at..at + line.len()]);
        true
    }

    fn whole(&self) -> bool {
        self.0 == Images::Whole
    }
}

/// Writes a listing. Without names NPs have their index: a program does not say where they are.
pub(crate) fn list(
    f: &mut Formatter<'_>,
    program: &Program,
    np_names: Option<NpNames<'_>>,
    images: &mut dyn ImageSource,
) -> fmt::Result {
    Writer { np_names, images }.program(f, program)
}

struct Writer<'a> {
    np_names: Option<NpNames<'a>>,
    images: &'a mut dyn ImageSource,
}

impl Writer<'_> {
    fn np_name(&self, np: NpId) -> String {
        self.np_names.map_or_else(|| np.0.to_string(), |name| name(np))
    }

    fn program(&mut self, f: &mut Formatter<'_>, p: &Program) -> fmt::Result {
        let (name, device) = (Name(&p.name), Name(&p.device));
        write!(f, "program name={name} device={device} weights_set={} input=", p.weights_set)?;
        match p.input {
            Some(buffer) => writeln!(f, "{}", buffer.0)?,
            None => writeln!(f, "none")?,
        }
        for (i, g) in p.output_maps.iter().enumerate() {
            let (name, map) = (Name(&g.name), g.map);
            writeln!(f, "group id={i} name={name} map={map} potentials={}", g.potentials)?;
        }
        for (i, b) in p.buffers.iter().enumerate() {
            write!(f, "buffer id={i} map={} bits=", b.map)?;
            if b.potentials { writeln!(f, "potentials")? } else { writeln!(f, "{}", b.bits)? }
        }
        for output in &p.outputs {
            writeln!(f, "output group={} buffer={}", output.output_map.0, output.buffer.0)?;
        }
        for (i, pass) in p.passes.iter().enumerate() {
            self.pass(f, p, i, pass)?;
        }
        Ok(())
    }

    fn pass(&mut self, f: &mut Formatter<'_>, program: &Program, index: usize, pass: &Pass) -> fmt::Result {
        writeln!(f, "pass id={index}")?;
        if let Some(hrc) = &pass.hrc {
            self.hrc(f, program, hrc)?;
        }
        for source in &pass.sources {
            writeln!(f, "  source buffer={}", source.buffer.0)?;
            self.routes(f, &source.routes)?;
        }
        for np in &pass.nps {
            self.np(f, program, np)?;
        }
        for sink in &pass.sinks {
            writeln!(f, "  sink buffer={} producers={}", sink.buffer.0, sink.producers)?;
        }
        Ok(())
    }

    fn hrc(&mut self, f: &mut Formatter<'_>, program: &Program, hrc: &HrcRecord) -> fmt::Result {
        write!(f, "  hrc group={} image={} ", hrc.output_map.0, hrc.image)?;
        write!(f, "padding_value={} filters={} ", hrc.padding_value, hrc.filters)?;
        writeln!(
            f,
            "weight_bits={} out={}{}",
            hrc.weight_bits,
            Out(hrc.activation),
            comment(program, hrc.output_map)
        )?;
        windows(f, &hrc.x, &hrc.y, &hrc.pooling)?;
        self.routes(f, &hrc.routes)?;
        self.memory(f, &hrc.memory, &Layout::of_hrc(hrc))
    }

    fn np(&mut self, f: &mut Formatter<'_>, program: &Program, np: &NpRecord) -> fmt::Result {
        let input = &np.input;
        write!(f, "  np id={} group={} producers={} ", self.np_name(np.np), np.output_map.0, np.producers)?;
        write!(f, "in_map={} in_rows={} ", input.map, input.rows)?;
        write!(f, "in_own={} in_bits={} ", input.own, input.bits)?;
        writeln!(f, "out={}{}", Out(np.activation), comment(program, np.output_map))?;
        match &np.operation {
            Operation::Convolution(c) => {
                write!(f, "    convolution separable={} first_filter={} ", c.separable, c.first_filter)?;
                write!(f, "filters={} output_rows={} ", c.filters, c.output_rows)?;
                writeln!(f, "weight_bits={}", c.weight_bits)?;
                windows(f, &c.x, &c.y, &c.pooling)?;
            }
            Operation::FullyConnected(fc) => {
                write!(f, "    fully_connected units={} ", fc.units)?;
                writeln!(f, "weight_bits={} external={}", fc.weight_bits, fc.external)?;
            }
        }
        self.routes(f, &np.routes)?;
        self.memory(f, &np.memory, &Layout::of_np(np))
    }

    fn routes(&self, f: &mut Formatter<'_>, routes: &[Route]) -> fmt::Result {
        for route in routes {
            match route.target {
                Target::Np(np) => write!(f, "    route np={}", self.np_name(np))?,
                Target::Sink(buffer) => write!(f, "    route sink={}", buffer.0)?,
            }
            let (row_base, channel_base) = (route.row_base, route.channel_base);
            let joined = if route.joined { " joined=true" } else { "" };
            writeln!(f, " rows={} row_base={row_base} channel_base={channel_base}{joined}", route.rows)?;
        }
        Ok(())
    }

    fn memory(&mut self, f: &mut Formatter<'_>, image: &[u8], layout: &Layout) -> fmt::Result {
        let Layout { weights, pointwise, weight_bits, thresholds } = layout;
        let digest = self.images.digest(image);
        let (bytes, length) = (digest.bytes, digest.bytes as usize);
        write!(f, "    memory bytes={bytes} weights={weights} pointwise={pointwise} ")?;
        write!(f, "weight_bits={weight_bits} thresholds={thresholds} ")?;
        writeln!(f, "crc32={} first={}", digest.crc32(), digest.first())?;
        if self.images.whole() {
            let mut line = [0; LINE];
            for at in (0..length).step_by(LINE) {
                let line = &mut line[..LINE.min(length - at)];
                if !self.images.fill(image, at, line) {
                    return Err(fmt::Error);
                }
                writeln!(f, "      bytes at={at} data={}", Hex(line))?;
            }
        }
        Ok(())
    }
}

/// Which layer a unit computes.
fn comment(program: &Program, output_map: OutputMapId) -> String {
    let group = program.output_maps.get(usize::from(output_map.0));
    group.map_or_else(String::new, |group| format!(" # {}", group.name.escape_default()))
}

fn windows(f: &mut Formatter<'_>, x: &Axis, y: &Axis, pooling: &Pooling) -> fmt::Result {
    axis(f, "kernel", "x", x)?;
    axis(f, "kernel", "y", y)?;
    match pooling {
        Pooling::None => Ok(()),
        Pooling::GlobalSum => writeln!(f, "    sum"),
        Pooling::Max { x, y } => {
            axis(f, "pool", "x", x)?;
            axis(f, "pool", "y", y)
        }
    }
}

fn axis(f: &mut Formatter<'_>, what: &str, name: &str, axis: &Axis) -> fmt::Result {
    let Axis { size, stride, pad, outputs } = axis;
    writeln!(f, "    {what} axis={name} size={size} stride={stride} pad={pad} outputs={outputs}")
}

struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_default())
    }
}

struct Out(Activation);

impl Display for Out {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Activation::Levels { bits } => write!(f, "{bits}"),
            Activation::Potentials => write!(f, "potentials"),
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
