//! Writes the first inputs of each target to `fuzz/corpus`, named `seed-…`: small files that are right. Run it again when a format has changed:
//! `cargo run -p spikemesh-fuzz --example seeds`.

use std::fs;
use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::isa;
use spikemesh::model::{Model, file, template};
use spikemesh::noc::replay::{HOP_HEADING, PACKET_HEADING};
use spikemesh::noc::trace::{
    OptionalColumns, Origin, OriginDevice, PacketTimes, TraceFormat, TraceLimits, TraceMesh, TraceOutput,
    TraceReader, TraceUnit, convert, spt,
};
use spikemesh::noc::{Config, PortOrder};
use spikemesh::tensor::npy;

/// Templates with every kind of layer, pooling and joint.
const TEMPLATES: [(&str, &str); 4] = [
    (
        "image",
        "name: image
layers:
  - {type: InputConvolutional, name: c, input_width: 8, input_height: 6, input_channels: 3, kernel_width: 3, kernel_height: 3,
     num_neurons: 4, stride_x: 2, stride_y: 2, weights_bits: 8, threshold_fire_bits: 4, padding_value: 7}
  - {type: SeparableConvolutional, name: s, kernel_width: 3, kernel_height: 3, num_neurons: 5, weights_bits: 4, threshold_fire_bits: 2,
     pooling_type: Max, pooling_width: 2, pooling_height: 2}
  - {type: FullyConnected, name: f, num_neurons: 3, weights_bits: 4, activations_enabled: false}
",
    ),
    (
        "events",
        "name: events
layers:
  - {type: InputData, name: e, input_width: 5, input_height: 7, input_channels: 2}
  - {type: Convolutional, name: a, kernel_width: 3, kernel_height: 3, num_neurons: 3, weights_bits: 2, threshold_fire_bits: 1}
  - {type: Convolutional, name: b, kernel_width: 3, kernel_height: 3, num_neurons: 2, weights_bits: 1, inbound: [e]}
  - {type: Convolutional, name: j, kernel_width: 1, kernel_height: 1, num_neurons: 4, weights_bits: 4, inbound: [a, b],
     pooling_type: Average}
  - {type: FullyConnected, name: f, num_neurons: 4, weights_bits: 1}
",
    ),
    (
        "small",
        "layers: [{type: InputData, input_width: 1, input_height: 1, input_channels: 3}, {type: FullyConnected, num_neurons: 2}]\n",
    ),
    ("wrong", "name: 1\nlayers:\n  - {type: Convolution, name: a, kernel_width: x}\n  - {typ: InputData}\n"),
];

const TRACES: [(&str, &str); 5] = [
    ("plain", "cycle,src,dst,size\n0,0,1,1\n0,1,5,3\n7,5,0,2\n"),
    ("classes", "cycle,src,dst,size,class\n0,0,5,2,0\n1,5,0,2,1\n1,4,2,1,0\n"),
    ("after", "cycle,src,dst,size,after,delay\n0,0,1,1,,\n3,1,2,2,0,5\n4,2,3,1,1,1\n"),
    ("barrier", "cycle,src,dst,size,after,delay\n0,0,1,1,,\n3,1,2,2,,\n4,2,3,1,0;1;0,1;7;3\n"),
    (
        "labels",
        "cycle,src,dst,size,layer,frame,kind,pid,ctime,head_itime,tail_atime,routers\n0,0,1,1,a%2c,0,event,0,0,0,9,2\n\
         9000000000,1,2,2,,,,1,9000000000,9000000001,9000000020,2\n",
    ),
];

const COMMANDS: [(&str, &str); 5] = [
    (
        "run",
        "run m.fbz -d akd1000 -m all-nps -i i.npy --order images --labels head=y.npy --num-classes 2 --class-by predict --batch 2",
    ),
    (
        "replay",
        "replay t.csv --size 3x2 --vcs 2 --class 0+1:xy --class 1+1:yx --depth 4 --routing o1turn -o a.csv --hops h.spt",
    ),
    (
        "traffic",
        "traffic hotspot:1=2 --size 4x4 --concentration 2 --rates 0.1..0.5:0.1 --burst 5 --arb-type prio --link-delay 2",
    ),
    (
        "device",
        "traffic -d akd1000 --depth 8 --speculative --hold-switch-for-packet --vc-alloc-delay 1 --format json",
    ),
    ("wrong", "map --mode none -v --seed -1"),
];

fn main() {
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target).join(format!("seed-{name}"));
        fs::create_dir_all(path.parent().expect("it has a folder")).expect("the corpus can be written");
        fs::write(&path, bytes).expect("the corpus can be written");
    };
    put("certificate", "right", spikemesh_fuzz::certificate::right().as_bytes());
    for (name, text) in TEMPLATES {
        put("template", name, text.as_bytes());
        let Ok(mut model) = template::parse(name, text) else { continue };
        model_files(&put, name, &model);
        model.randomise(1);
        model_files(&put, &format!("{name}-weights"), &model);
        for device in ["akd1000", "two-nodes", "akd1500"] {
            let device = Device::load(device).expect("it is built in");
            let Ok(compiled) = compile(&model, &device, &Mode::Minimal.into()) else { continue };
            let file = isa::write(&compiled.program);
            put("program", &format!("{name}-{}", device.name), &file);
            put("program_records", &format!("{name}-{}", device.name), &records_of(&file));
        }
    }
    traces(&put);
    put("npy", "bytes", &npy::to_bytes(&[1, 2, 3, 1], &[1_u8, 2, 3, 4, 5, 6]).expect("it fits"));
    put("npy", "words", &npy::to_bytes(&[2], &[1_i32, -2]).expect("it fits"));
    put("npy", "reals", &npy::to_bytes(&[2, 1], &[0.5_f32, f32::NAN]).expect("it fits"));
    put("npy", "long", &npy::to_bytes(&[0, 9], &[0_i64; 0]).expect("it fits"));
    put("npy", "fortran", b"\x93NUMPY\x01\x00\x46\x00{'descr': '|u1', 'fortran_order': True, 'shape': (2, 1, 3, 1), }         \nabcdef");
    for name in Device::names() {
        put("device", name, Device::text(name).expect("it is built in").as_bytes());
    }
    put(
        "manifest",
        "two",
        b"(cases: [(name: \"a\", model: \"a.yaml\", random_weights: 7, device: \"akd1000\", mode: \"all-nps\", inputs: \"i.npy\", order: \
          \"events\", frames: 2, golden: \"a.json\"), (name: \"b\", model: \"b.fbz\", device: \"d.ron\", inputs: \"i\", \
          golden: \"b.json\")])",
    );
    put(
        "golden",
        "two",
        b"{\"schema\": \"spikemesh.golden/2\", \"spikemesh\": \"0.1.0\", \"model\": [{\"name\": \"a\", \"parameters\": \"FullyConnected units=2\", \
          \"weights\": \"11\", \"thresholds\": \"22\"}], \"program_sha256\": \"33\", \"inputs_sha256\": \"44\", \"mode\": \"all-nps\", \"batch\": 1, \
          \"device\": \"akd1000\", \"device_sha256\": \"00\", \"constants\": [\"rows=4 documented\"], \"cycles\": [7, 9],\n\
          \"layers\": [{\"name\": \"a\", \"shape\": [1, 1, 2], \"frames\": [{\"map\": \"00\", \"events\": 1, \"clocks\": 2, \"end\": 3}, {\"map\": \"01\", \
          \"events\": 1, \"clocks\": 2, \"end\": 3}], \"levels\": [\"0f\"]}],\n\"outputs\": [{\"name\": \"a\", \
          \"shape\": [1, 1, 2], \"frames\": [[1, -2], [0, 3]]}]}",
    );
    for (kind, name) in [
        (b'l', "silicon-layers"),
        (b'm', "silicon-models"),
        (b'u', "silicon-micro"),
        (b'n', "np-counts"),
        (b'b', "silicon-bounds"),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../crates/calibrate/data")
            .join(format!("{name}.csv"));
        let text = fs::read_to_string(path).expect("the rows come with the simulator");
        let few: Vec<&str> = text.lines().take(4).collect();
        put("silicon_rows", name, format!("{}{}\n", kind as char, few.join("\n")).as_bytes());
    }
    for (name, bytes) in spikemesh_fuzz::run_directory::seeds() {
        put("run_directory", name, &bytes);
    }
    let labels = npy::to_bytes(&[3], &[0_i32, 1, 1]).expect("it fits");
    put("labels", "default", &[&[3, 0, 0, 0, 0, 0], &labels[..]].concat());
    put("labels", "evaluate", &[&[3, 1, 2, 1, 0, 0], &labels[..]].concat());
    for (name, text) in COMMANDS {
        put("command_line", name, text.replace(' ', "\n").as_bytes());
    }
    put("python_layers", "mixed", &(0..200).map(|i: u32| (i * 57 % 253) as u8).collect::<Vec<u8>>());
    let device = Device::load("two-nodes").expect("it is built in");
    put("device", "json", serde_json::to_string(&device).expect("it is a device").as_bytes());
    put("traffic", "uniform", b"uniform\n0.1,0.3\n1\n2\n3\n4\n5\n6\n7\n0\n");
    put("traffic", "hotspot", b"hotspot:1=2,3=1,uniform=0.5\n0.05..0.2:0.05\n");
    put("traffic", "tornado", b"tornado\n0.9\n7\n6\n");
    put("random_model", "zeros", &[0; 96]);
    put("random_model", "mixed", &(0..200).map(|i: u32| (i * 37 % 251) as u8).collect::<Vec<u8>>());
    put("python_arguments", "mixed", &(0..200).map(|i: u32| (i * 91 % 241) as u8).collect::<Vec<u8>>());
}

fn model_files(put: &dyn Fn(&str, &str, &[u8]), name: &str, model: &Model) {
    let bytes = file::encode(model).expect("it is small");
    put("model_file", name, &bytes);
    put(
        "model_file",
        &format!("{name}-packed"),
        &zstd::bulk::compress(&bytes, 3).expect("zstd packs any bytes"),
    );
    // The content is the longest vector of bytes in the file: what follows its length, up to the end but for the padding.
    let content = (8..bytes.len() - 4).find_map(|at| {
        let length = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
        let content = bytes.get(at + 4..at + 4 + length)?;
        (length > 16 && file::seal(content, false) == bytes).then_some(content)
    });
    let content = content.expect("a file holds its content");
    put("model_content", name, content);
    put("model_run", name, content);
}

fn traces(put: &dyn Fn(&str, &str, &[u8])) {
    let limits = TraceLimits::of(&Config::r3(3, 2, 2, 4, PortOrder::LocalFirst));
    for (name, text) in TRACES {
        put("csv_trace", name, text.as_bytes());
        put("replay_trace", name, text.as_bytes());
        let limits = TraceLimits { classes: 2, ..limits };
        let mut bytes = Vec::new();
        let output = TraceOutput { to: &mut bytes, format: TraceFormat::Spt };
        convert(text.as_bytes(), name, limits, output).expect("it is right");
        put("spt", name, &bytes);
        put("replay_trace", &format!("{name}-spt"), &bytes);
        // Behind the header and an origin that is none.
        let stored = u32::from_le_bytes(bytes[44..48].try_into().expect("four bytes")) as usize;
        let raw = zstd::stream::decode_all(&bytes[52..52 + stored]).expect("it was packed");
        put("spt_blocks", name, &[&[0, bytes[16], bytes[36]], &raw[..]].concat());
        let mut reader = TraceReader::new(text.as_bytes(), name, limits).expect("it is right");
        let mut writer = spt::PacketWriter::new(
            Vec::new(),
            OptionalColumns { times: true, ..reader.columns() },
            &reader.origin(),
        )
        .expect("it is memory");
        while let Some(packet) = reader.next_packet().expect("it is right") {
            writer.write(&packet, PacketTimes::default()).expect("it is memory");
        }
        put("spt", &format!("{name}-times"), &writer.finish().expect("it is memory"));
    }
    let mesh = TraceMesh::of(&Config::r3(3, 2, 2, 4, PortOrder::LocalFirst));
    let unit = TraceUnit { terminal: 4, name: "n1_1.np0".to_owned(), layer: Some("a".to_owned()) };
    let device = Some(OriginDevice { name: "d".to_owned(), sha256: "0".to_owned() });
    let origin = Origin { device, model: Some("m".to_owned()), units: vec![unit], mesh };
    let writer =
        spt::PacketWriter::new(Vec::new(), OptionalColumns::RECORDED, &origin).expect("it is memory");
    let bytes = writer.finish().expect("it is memory");
    put("spt", "origin", &bytes);
    let stored = u32::from_le_bytes(bytes[28..32].try_into().expect("four bytes")) as usize;
    let raw = zstd::stream::decode_all(&bytes[36..36 + stored]).expect("it was packed");
    put("spt_blocks", "origin", &[&[2, 0, 0], &raw[..]].concat());
    put(
        "answers",
        "answer",
        format!("a{PACKET_HEADING}\n1,1,5,3,0,0,20,3,1\n0,0,1,1,0,0,10,2,0\n").as_bytes(),
    );
    put("answers", "hops", format!("h{HOP_HEADING}\n0,3,0,local0,east,0\n0,7,1,west,local0,1\n").as_bytes());
    let hops = spt::HopWriter::new(Vec::new()).expect("it is memory");
    put("spt", "hops", &hops.finish().expect("it is memory"));
}

/// The raw records of a program's file.
fn records_of(file: &[u8]) -> Vec<u8> {
    let field = |at: usize| u64::from_le_bytes(file[at..at + 8].try_into().expect("eight bytes")) as usize;
    let (offset, stored, raw) = (field(24), field(32), field(40));
    zstd::bulk::decompress(&file[offset..offset + stored], raw).expect("it was packed")
}
