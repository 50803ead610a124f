//! Programs: whole files, and records behind right checksums.

use std::sync::LazyLock;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::isa::memory::{Contents, Layout};
use spikemesh::isa::text::{Images, listing};
use spikemesh::isa::{
    self, Activation, Error, FileError, HrcRecord, NpRecord, PackedProgram, Program, verify,
};
use spikemesh::mesh;
use spikemesh::model::Model;

use crate::errors::{show, shown};
use crate::{seal, simulation};

/// Memory that is made for records: images of small programs.
const MAX_MEMORY: u64 = 1 << 16;

/// A small program that is right: its header is taken for every file.
static LIKE: LazyLock<Program> = LazyLock::new(|| mapped(&small_model()));

/// A small model with weights.
pub fn small_model() -> Model {
    let text = "name: like\nlayers:\n  - {type: InputData, name: events, input_width: 3, input_height: 3, input_channels: 1}\n  - \
                {type: FullyConnected, name: head, num_neurons: 2, weights_bits: 4, activations_enabled: false}\n";
    let mut model = spikemesh::model::template::parse("like", text).expect("it is right");
    model.randomise(1);
    model
}

/// The program of a small model.
pub fn mapped(model: &Model) -> Program {
    let device = Device::load("akd1000").expect("it is built in");
    compile(model, &device, &Mode::Minimal.into()).expect("it fits").program
}

/// A whole file.
pub fn file(data: &[u8]) {
    let Some(packed) = shown(PackedProgram::read(data)) else { return };
    let small = packed.image_bytes() <= MAX_MEMORY;
    match packed.listing(if small { Images::Whole } else { Images::Digest }) {
        Ok(listing) => drop(listing.to_string()),
        Err(error) => show([error]),
    }
    if let Some(device) = simulation::device(&packed.records().device) {
        let _ = shown(mesh::unpack(packed, device));
    }
    if let Some(program) = shown(isa::read(data)) {
        round_trip(&program);
    }
}

/// What is written is read again, and says the same.
fn round_trip(program: &Program) {
    let bytes = isa::write(program);
    let again = isa::read(&bytes).expect("what was read can be written and read again");
    assert!(again == *program, "a program has changed on its way through a file");
    let listed = listing(program, Images::Whole).to_string();
    let packed = PackedProgram::read(&bytes).expect("it was read before");
    let streamed = packed.listing(Images::Whole).expect("it was read before").to_string();
    assert_eq!(listed, streamed, "the two listings of a program differ");
}

/// Records behind right checksums: what the verifier passes runs.
pub fn records(data: &[u8]) {
    let Some(memory) = memory_of(data) else { return };
    let file = seal::program(data, memory, 0x3f, &LIKE);
    let Some(mut program) = shown(isa::read(&file)) else { return };
    let seed = u64::from(crc32fast::hash(data));
    for pass in &mut program.passes {
        pass.hrc.iter_mut().for_each(|record| record.memory = image_of_hrc(record, seed));
        pass.nps.iter_mut().for_each(|record| record.memory = image_of_np(record, seed));
    }
    let errors = verify(&program);
    assert!(errors.is_empty(), "images of the right length make a program wrong: {errors:?}");
    round_trip(&program);
    simulation::run(&program, seed);
}

/// Bytes of memory that records account for, if they are few; the errors of the others are shown.
fn memory_of(records: &[u8]) -> Option<u64> {
    let file = seal::program(records, 0, 0, &LIKE);
    match PackedProgram::read(&file) {
        Ok(_) => Some(0),
        Err(errors) => {
            let expected = match errors.first() {
                // The first unit needs memory, and there is none.
                Some(Error::File(FileError::MemorySpan { .. })) => (0..)
                    .map(|shift| 1 << shift)
                    .take_while(|&memory| memory <= MAX_MEMORY)
                    .find_map(|memory| {
                        let file = seal::program(records, memory, 0, &LIKE);
                        match PackedProgram::read(&file).err()?.first()? {
                            Error::File(FileError::MemorySection { expected, .. }) => Some(*expected),
                            Error::File(FileError::MemorySpan { .. }) => None,
                            _ => Some(memory),
                        }
                    }),
                _ => None,
            };
            show(errors);
            expected
        }
    }
}

fn image_of_np(record: &NpRecord, seed: u64) -> Vec<u8> {
    image(&Layout::of_np(record), record.activation, seed ^ u64::from(record.np.0))
}

fn image_of_hrc(record: &HrcRecord, seed: u64) -> Vec<u8> {
    image(&Layout::of_hrc(record), record.activation, seed)
}

/// Weights of all values, thresholds and steps with which some levels are reached.
fn image(layout: &Layout, activation: Activation, seed: u64) -> Vec<u8> {
    let mut numbers = simulation::numbers(seed);
    let mut weights = |count: usize| (0..count).map(|_| numbers() as i8).collect();
    let contents = Contents {
        weights: weights(layout.weights),
        pointwise: weights(layout.pointwise),
        thresholds: (0..layout.thresholds as i32).map(|filter| 3 - filter % 8).collect(),
        steps: (0..layout.thresholds).map(|filter| 1.5 + filter as f32).collect(),
    };
    debug_assert!(layout.thresholds == 0 || activation != Activation::Potentials);
    contents.pack(layout.weight_bits)
}
