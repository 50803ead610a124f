//! The golden comparison of the maps of the mesh with the maps of the engine, value by value.

use crate::engine::{LayerMap, MapValues};
use crate::isa::{MapShape, Program};
use crate::mesh::FrameOutcome;
use crate::model::Model;
use crate::words::plural;

/// The first value of a frame in which the mesh differs from the engine: lowest layer, then lowest (x, y, neuron).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Index of the frame in the run: of an image, or of a map of events. Messages and JSON call it `image`.
    pub image: usize,
    /// The layer whose map differs.
    pub layer: String,
    /// Column.
    pub x: u32,
    /// Row.
    pub y: u32,
    /// Neuron, or feature.
    pub neuron: u32,
    /// The value of the engine: a level, or a potential.
    pub expected: i32,
    /// The value of the mesh; 0 is no event.
    pub found: i32,
    /// Values of this map that differ.
    pub in_layer: usize,
    /// Layers of this frame with a difference.
    pub layers: usize,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Difference { image, layer, x, y, neuron, expected, found, in_layer, layers } = self;
        write!(
            f,
            "image {image}, layer `{layer}`, x {x}, y {y}, neuron {neuron}: the engine says {expected}, the mesh {found} \
             ({} of this layer; {} of this image)",
            plural(*in_layer, "value differs", "values differ"),
            plural(*layers, "layer differs", "layers differ")
        )
    }
}

/// A program that cannot be compared with a model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// An output map of the program has no layer of its name, size and kind in the model.
    #[error("output map `{output_map}` of the program is a map of {map}, and the model has no such layer")]
    #[diagnostic(
        code(golden::other_model),
        help("compare with the model that the program was compiled from")
    )]
    OtherModel {
        /// The output map.
        output_map: String,
        /// Its size.
        map: String,
    },
}

/// Whether every map of a program is a layer of a model.
///
/// # Errors
/// The first that is not.
pub fn check(program: &Program, model: &Model) -> Result<(), Error> {
    let fits = |name: &str, map: MapShape, potentials: bool| {
        model.layers().iter().any(|layer| {
            let dims = layer.shape.output;
            let same = (dims.width, dims.height, dims.channels) == (map.width, map.height, map.channels);
            layer.name == name && same && layer.output_bits().is_none() == potentials
        })
    };
    match program
        .output_maps
        .iter()
        .find(|output_map| !fits(&output_map.name, output_map.map, output_map.potentials))
    {
        Some(output_map) => {
            Err(Error::OtherModel { output_map: output_map.name.clone(), map: output_map.map.to_string() })
        }
        None => Ok(()),
    }
}

/// Compares every output map of a program with the layer of the same name, as it is computed and, for an output, as it is collected. `None` if all
/// agree. A layer counts once, whether it differs where it is computed or where it is collected.
///
/// # Panics
/// If [`check`] refuses the program.
pub fn compare(
    program: &Program,
    model: &Model,
    trace: &[LayerMap],
    frame: &FrameOutcome,
    image: usize,
) -> Option<Difference> {
    let mut differences = Vec::new();
    for (index, output_map) in program.output_maps.iter().enumerate() {
        let layer = trace.iter().find(|map| model.layer(map.layer).name == output_map.name);
        let expected =
            layer.unwrap_or_else(|| panic!("output map `{}` has no layer in the model", output_map.name));
        let differs = |name: &str, found: &[i32]| {
            first_difference(image, name, output_map.map, &expected.values, found)
        };
        let computed = frame.output_maps.get(index).and_then(|found| differs(&output_map.name, found));
        differences.extend(computed.or_else(|| {
            let output =
                program.outputs.iter().position(|output| usize::from(output.output_map.0) == index)?;
            let name = format!("{} (output at the event DMA)", output_map.name);
            differs(&name, frame.outputs.get(output)?)
        }));
    }
    let layers = differences.len();
    differences.into_iter().next().map(|first| Difference { layers, ..first })
}

fn first_difference(
    image: usize,
    layer: &str,
    map: MapShape,
    expected: &MapValues,
    found: &[i32],
) -> Option<Difference> {
    let value = |index: usize| match expected {
        MapValues::Levels(levels) => i32::from(levels[index]),
        MapValues::Potentials(potentials) => potentials[index],
    };
    let mut different = (0..map.len()).filter(|&i| found.get(i) != Some(&value(i)));
    let index = different.next()?;
    let in_layer = 1 + different.count();
    let (channels, height) = (map.channels as usize, map.height as usize);
    Some(Difference {
        image,
        layer: layer.to_owned(),
        x: (index / channels / height) as u32,
        y: (index / channels % height) as u32,
        neuron: (index % channels) as u32,
        expected: value(index),
        found: found.get(index).copied().unwrap_or(0),
        in_layer,
        layers: 1,
    })
}
