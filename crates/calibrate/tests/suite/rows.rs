//! Rows as a device would be measured, in place of the published ones.

use spikemesh_calibrate::{Published, PublishedFile, validate};
use spikemesh_device::{Clocks, Device};
use spikemesh_stop::Stop;

const HEADING: &str = "model,layer_index,layer,type,in_H,in_W,in_C,filters,kernel,stride,padding,pooling,weight_bits,act_bits,nps,nps_spatial,nps_filter,mapping,pass,input_sparsity,input_events,output_sparsity,meas_ms,meas_clk,device,source";

/// A row of a separable layer on maps of 12 x 12, cut in two along y.
pub fn row(
    model: &str,
    layer: u32,
    channels: u32,
    filters: u32,
    stride: u32,
    density: u32,
    clocks: u64,
) -> String {
    let sparsity = f64::from(100 - density) / 100.0;
    format!(
        "{model},{layer},l{layer},sep,12,12,{channels},{filters},3,{stride},Same,,4,4,2,2,1,Minimal,1,{sparsity},,,,{clocks},AKD1500,made"
    )
}

/// Shapes that tell the constants of separable layers from each other.
pub const SHAPES: [(u32, u32, u32, u32); 8] = [
    (16, 8, 1, 60),
    (16, 64, 1, 30),
    (48, 8, 2, 20),
    (32, 40, 1, 5),
    (8, 24, 1, 90),
    (64, 16, 1, 2),
    (24, 80, 2, 50),
    (40, 8, 1, 75),
];

pub fn published(rows: &[String]) -> Published {
    let source = |name: &str, text: String| PublishedFile { name: name.to_owned(), text, folder: None };
    let defaults = Published::default();
    let heading_of = |source: &PublishedFile| source.text.lines().next().unwrap().to_owned();
    Published {
        layers: source("rows.csv", format!("{HEADING}\n{}\n", rows.join("\n"))),
        models: source("models.csv", heading_of(&defaults.models)),
        np_counts: source("counts.csv", heading_of(&defaults.np_counts)),
        micro: source("micro.csv", heading_of(&defaults.micro)),
        bounds: source("bounds.csv", heading_of(&defaults.bounds)),
        device: None,
    }
}

/// Rows of a model as a device would be measured, all times longer by a factor.
pub fn measured(model: &str, device: &Device, factor: f64) -> Vec<String> {
    let blank: Vec<String> =
        (0..).zip(SHAPES).map(|(i, (c, f, s, d))| row(model, i, c, f, s, d, 1000)).collect();
    let report =
        validate(&Published { device: Some(device.clone()), ..published(&blank) }, &Stop::NEVER).unwrap();
    let clocks = report.rows.layers.iter().map(|row| (row.predicted as f64 * factor).round() as u64);
    (0..)
        .zip(SHAPES)
        .zip(clocks)
        .map(|((i, (c, f, s, d)), clocks)| row(model, i, c, f, s, d, clocks))
        .collect()
}

pub fn changed() -> Device {
    let mut device = Device::load("akd1500").unwrap();
    for (name, constant) in device.timing.clocks_mut() {
        match name.as_str() {
            "timing.np.separable.unpack" => constant.0 = Clocks(3000),
            "timing.np.separable.fetch" => constant.0 = Clocks(800),
            "timing.np.separable.position" => constant.0 = Clocks(6500),
            "timing.np.accumulate[7].clocks" => constant.0 = Clocks(4200),
            _ => {}
        }
    }
    device
}
