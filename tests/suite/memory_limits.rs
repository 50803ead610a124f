//! Hostile files under an address-space limit: each reader refuses them, and takes no more memory than it may.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Output};

use spikemesh::isa::memory::{Contents, Layout};
use spikemesh::isa::{Output as ProgramOutput, *};
use spikemesh::tensor::npy;

/// What a reader may take of a small hostile file, the program itself included, in KiB: with this, each of these files ended in an abort or was read
/// with gigabytes.
const LIMIT: u32 = 500_000;

/// The command with an address space of [`LIMIT`].
fn limited(arguments: &[&str]) -> Output {
    let script = format!("ulimit -v {LIMIT}; exec \"$@\"");
    let spikemesh = env!("CARGO_BIN_EXE_spikemesh");
    Command::new("sh")
        .args(["-c", &script, "sh", spikemesh])
        .args(arguments)
        // Arenas of threads take address space, not memory.
        .env("MALLOC_ARENA_MAX", "1")
        .env("RAYON_NUM_THREADS", "2")
        .output()
        .unwrap()
}

fn refused(arguments: &[&str], code: &str) {
    let output = limited(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
    assert!(message.contains(code), "{arguments:?}: {message}");
}

/// A program of one fully connected layer whose image holds zeros.
fn program(map: MapShape, units: u32, external: bool) -> Program {
    let result = MapShape { width: 1, height: 1, channels: units };
    let (input, output, np) = (BufferId(0), BufferId(1), NpId(0));
    let all = Rows { first: 0, end: map.height };
    let route = |target, rows| Route { target, rows, row_base: 0, channel_base: 0, joined: false };
    let operation = Operation::FullyConnected(FullyConnected { units, weight_bits: 1, external });
    let mut record = NpRecord {
        np,
        output_map: OutputMapId(0),
        input: Window { map, rows: all, own: all, bits: 4 },
        producers: 1,
        operation,
        activation: Activation::Potentials,
        routes: vec![route(Target::Sink(output), Rows { first: 0, end: 1 })],
        memory: Vec::new(),
    };
    record.memory = vec![0; Layout::of_np(&record).len()];
    Program {
        name: "bomb".to_owned(),
        device: "akd1000".to_owned(),
        weights_set: true,
        output_maps: vec![OutputMap { name: "head".to_owned(), map: result, potentials: true }],
        buffers: vec![
            Buffer { map, potentials: false, bits: 4 },
            Buffer { map: result, potentials: true, bits: 0 },
        ],
        input: Some(input),
        outputs: vec![ProgramOutput { output_map: OutputMapId(0), buffer: output }],
        passes: vec![Pass {
            hrc: None,
            sources: vec![SourceRecord { buffer: input, routes: vec![route(Target::Np(np), all)] }],
            nps: vec![record],
            sinks: vec![SinkRecord { buffer: output, producers: 1 }],
        }],
    }
}

/// A program of `passes` passes, each with one fully connected layer of `side` inputs and units.
fn chain(side: u32, passes: u16) -> Program {
    let map = shape(1, 1, side);
    let row = Rows { first: 0, end: 1 };
    let route = |target| vec![Route { target, rows: row, row_base: 0, channel_base: 0, joined: false }];
    let contents = Contents {
        weights: vec![0; (side * side) as usize],
        thresholds: vec![0; side as usize],
        steps: vec![1.0; side as usize],
        ..Contents::default()
    };
    let pass = |index: u16| {
        let (from, to, np) = (BufferId(index), BufferId(index + 1), NpId(0));
        Pass {
            hrc: None,
            sources: vec![SourceRecord { buffer: from, routes: route(Target::Np(np)) }],
            nps: vec![NpRecord {
                np,
                output_map: OutputMapId(index),
                input: Window { map, rows: row, own: row, bits: 1 },
                producers: 1,
                operation: Operation::FullyConnected(FullyConnected {
                    units: side,
                    weight_bits: 1,
                    external: false,
                }),
                activation: Activation::Levels { bits: 1 },
                routes: route(Target::Sink(to)),
                memory: contents.pack(1),
            }],
            sinks: vec![SinkRecord { buffer: to, producers: 1 }],
        }
    };
    Program {
        output_maps: (0..passes)
            .map(|index| OutputMap { name: format!("layer {index}"), map, potentials: false })
            .collect(),
        buffers: vec![Buffer { map, potentials: false, bits: 1 }; usize::from(passes) + 1],
        outputs: vec![ProgramOutput { output_map: OutputMapId(passes - 1), buffer: BufferId(passes) }],
        passes: (0..passes).map(pass).collect(),
        ..program(map, 1, false)
    }
}

fn shape(width: u32, height: u32, channels: u32) -> MapShape {
    MapShape { width, height, channels }
}

/// A frame of the input map of a program, as a file.
fn frame(path: &Path, map: MapShape) {
    let sides = [1, map.width as usize, map.height as usize, map.channels as usize];
    npy::write(path, &sides, &vec![0u8; map.len()]).unwrap();
}

#[test]
fn programs_that_no_device_holds_are_refused_before_they_are_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let [file, input, out] =
        ["p.npx", "i.npy", "out"].map(|name| folder.path().join(name).display().to_string());
    frame(Path::new(&input), shape(1, 1, 1));
    let cases = [
        // One image of 32 MiB in an NP of 100 KB; the simulator kept it in 4.5 GB.
        (program(shape(2048, 4096, 32), 1, false), "simulate::np_memory"),
        // The same weights outside of the NP: no device file says how much memory there is.
        (program(shape(64, 64, 16), 4096, true), "simulate::weights"),
        // An NP holds each image, and the host would hold all of them.
        (chain(800, 1000), "simulate::weights"),
    ];
    for (program, code) in cases {
        assert!(verify(&program).is_empty(), "{:?}", verify(&program));
        let bytes = write(&program);
        assert!(bytes.len() < 200_000, "{} bytes are no bomb", bytes.len());
        std::fs::write(&file, bytes).unwrap();
        refused(&["run", &file, "-i", &input, "-o", &out], code);
        let listing = limited(&["disasm", &file]);
        assert!(listing.status.success(), "{}", String::from_utf8_lossy(&listing.stderr));
        assert!(String::from_utf8_lossy(&listing.stdout).contains("crc32="));
    }
}

#[test]
fn records_without_number_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [file, input, out] =
        ["p.npx", "i.npy", "out"].map(|name| folder.path().join(name).display().to_string());
    frame(Path::new(&input), shape(1, 1, 1));
    let mut many = program(shape(1, 1, 1), 1, false);
    let route = many.passes[0].sources[0].routes[0];
    for (count, code) in [(500_000, "program::"), (1_000_000, "program::section_size")] {
        many.passes[0].sources[0].routes = vec![route; count];
        std::fs::write(&file, write(&many)).unwrap();
        refused(&["run", &file, "-i", &input, "-o", &out], code);
        refused(&["disasm", &file], code);
    }
}

#[test]
fn a_program_is_unpacked_without_a_device_only_in_proportion_to_its_file() {
    let external = program(shape(64, 64, 256), 1024, true);
    let errors = read(&write(&external)).unwrap_err();
    assert_eq!(miette::Diagnostic::code(&errors[0]).unwrap().to_string(), "program::image_bytes");
}

#[test]
fn model_files_unpack_in_proportion_to_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.fbz");
    let zeros = zstd::stream::encode_all(std::io::Read::take(std::io::repeat(0), 1 << 29), 19).unwrap();
    std::fs::write(&file, zeros).unwrap();
    refused(&["check", &file.display().to_string()], "model::file_size");
}

/// A file is read as far as its first bytes say, or up to the limit of its reader.
#[test]
fn devices_end() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("link.npy");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    let link = &link.display().to_string();
    let model = "tests/cmd/models/tiny.yaml";
    let out = folder.path().join("out").display().to_string();
    refused(&["run", model, "--random-weights", "1", "-i", link, "-o", &out], "tensor::npy_format");
    refused(&["run", link, "-i", link, "-o", &out], "");
    for verb in ["check", "map", "disasm", "replay", "test", "fit"] {
        let output = limited(&[verb, link]);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(1..=9)), "{verb}: {:?} {message}", output.status);
        assert!(!message.contains("memory allocation"), "{verb}: {message}");
    }
    refused(&["map", model, "-d", link], "device::");
}

/// The most memory that a run had, in bytes, of `frames` images of a file, in batches of `batch`.
fn peak(folder: &Path, model: &[&str], images: &str, batch: &str) -> u64 {
    let out = folder.join("out").display().to_string();
    let arguments = [&["run"], model, &["-i", images, "--batch", batch, "-o", &out]].concat();
    let run = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args(&arguments)
        .env("RAYON_NUM_THREADS", "2")
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let info = std::fs::read(folder.join("out/run.json")).unwrap();
    let info: serde_json::Value = serde_json::from_slice(&info).unwrap();
    info["host_peak_bytes"].as_u64().unwrap()
}

/// Memory follows what is under way, not the number of frames; the input is in memory, twice while it is read.
#[test]
fn long_runs_take_no_more_memory_than_short_ones() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let model = ["traces/fashion-mnist/model.fbz"];
    let [one, many] = [1, 64].map(|count: usize| {
        let images = npy::read_dense::<u8>("traces/fashion-mnist/images.npy".as_ref()).unwrap();
        let [_, height, width, channels] = images.shape;
        let bytes = count * height * width * channels;
        let path = folder.join(format!("{count}.npy"));
        npy::write(&path, &[count, height, width, channels], &images.data[..bytes]).unwrap();
        (path.display().to_string(), bytes as u64)
    });
    let short = peak(folder, &model, &one.0, "1");
    for batch in ["1", "64"] {
        let long = peak(folder, &model, &many.0, batch);
        assert!(
            long <= short * 6 / 5 + 2 * many.1,
            "{long} bytes for 64 frames in batches of {batch}, {short} for one"
        );
    }

    let tiny = ["tests/cmd/models/tiny.yaml", "-d", "two-nodes", "--random-weights", "1"];
    let peaks = [30, 6_000].map(|count: usize| {
        let pixels: Vec<u8> = (0..count * 64).map(|i| (i * 37 % 251) as u8).collect();
        let path = folder.join("tiny.npy");
        npy::write(&path, &[count, 8, 8, 1], &pixels).unwrap();
        peak(folder, &tiny, &path.display().to_string(), "1")
    });
    assert!(peaks[1] <= peaks[0] * 6 / 5 + 2 * 64 * 6_000, "{peaks:?}");
}

/// A mesh that is refused takes no memory, and its errors are few.
#[test]
fn meshes_without_end_are_refused() {
    refused(&["traffic", "--size", "65535x65535"], "network::size");
    let crowded =
        ["traffic", "--size", "1024x1024", "--concentration", "65535", "--vcs", "65535", "--depth", "65535"];
    refused(&crowded, "network::ports");
    assert!(limited(&crowded).stderr.len() < 20_000);
}

/// Texts that open more than they close, and brackets of another kind.
#[test]
fn brackets_without_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let model = "tests/cmd/models/tiny.yaml";
    for bracket in ["(", "[", "(a:", "[(", "{a: ", "[)", "(]"] {
        for count in [1, 200_000] {
            let at = |name: &str| folder.path().join(name).display().to_string();
            let [device, template, cases] = ["d.ron", "t.yaml", "c.ron"].map(at);
            for file in [&device, &template, &cases] {
                std::fs::write(file, bracket.repeat(count)).unwrap();
            }
            refused(&["map", model, "-d", &device], "device::");
            refused(&["check", &template], "model::");
            refused(&["test", &cases], "regression::");
        }
    }
}
