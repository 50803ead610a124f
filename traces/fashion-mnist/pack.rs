//! Packs a template and the variables of a training run into a model file.
//!
//!     cargo run --example pack -- traces/fashion-mnist/model.yaml traces/fashion-mnist/weights.npz model.fbz
//!
//! The archive holds an array per variable, named `<layer>.<variable>`.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, ReadableElement};
use spikemesh::model::{LayerId, Model, file, template};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [yaml, npz, target] = arguments.as_slice() else {
        return Err("usage: pack MODEL.yaml WEIGHTS.npz MODEL.fbz".into());
    };
    let mut model = template::load(Path::new(yaml)).map_err(|errors| format!("{errors:?}"))?;
    let mut archive = NpzReader::new(File::open(npz)?)?;
    let names = archive.names()?;
    for name in names {
        let (layer, variable) = name.split_once('.').ok_or(format!("`{name}` is not LAYER.VARIABLE"))?;
        let id = model.layer_by_name(layer).ok_or(format!("no layer is called `{layer}`"))?;
        set(&mut model, id, variable, &mut archive, &name)?;
    }
    file::save(&model, Path::new(target)).map_err(|errors| format!("{errors:?}"))?;
    Ok(())
}

fn set(
    model: &mut Model,
    layer: LayerId,
    variable: &str,
    archive: &mut NpzReader<File>,
    name: &str,
) -> Result<(), Box<dyn Error>> {
    match variable {
        "threshold_fire" => {
            let values: Vec<i32> = read(archive, name)?;
            model.set_variable(layer, variable, &values[..])?;
        }
        "threshold_fire_step" => {
            let values: Vec<f32> = read(archive, name)?;
            model.set_variable(layer, variable, &values[..])?;
        }
        _ => {
            let values: Vec<i8> = read(archive, name)?;
            model.set_variable(layer, variable, &values[..])?;
        }
    }
    Ok(())
}

/// The values of an array, row-major.
fn read<T: ReadableElement + Clone>(
    archive: &mut NpzReader<File>,
    name: &str,
) -> Result<Vec<T>, Box<dyn Error>> {
    let array: ArrayD<T> = archive.by_name::<OwnedRepr<T>, IxDyn>(name)?;
    Ok(array.iter().cloned().collect())
}
