//! Layers that Python adds to a model, and the variables that it gives them.

use arbitrary::{Result, Unstructured};
use spikemesh::model::{
    Allowed, LayerId, LayerKind, Model, Parameter, ParameterValue, Parameters, Presence, VariableName,
};

use crate::errors::show;
use crate::model;

/// Layers that are tried.
const MAX_LAYERS: usize = 6;
/// Weights of a model that gets variables.
const MAX_WEIGHTS: usize = 1 << 12;

/// A model, layer by layer.
pub fn run(data: &[u8]) {
    let mut model = Model::new("fuzz");
    // Where the bytes end there is nothing left to try.
    let _ = layers(&mut Unstructured::new(data), &mut model);
    model::laws(&model);
}

fn layers(input: &mut Unstructured<'_>, model: &mut Model) -> Result<()> {
    for index in 0..input.int_in_range(1..=MAX_LAYERS)? {
        let parameters = parameters(input, index == 0)?;
        let name = ["", "a", "b", "\u{fc} \"\n"][input.int_in_range(0..=3_usize)?];
        let inbound: Vec<LayerId> = (0..input.int_in_range(0..=2)?)
            .map(|_| Ok(LayerId(input.int_in_range(0..=MAX_LAYERS)?)))
            .collect::<Result<_>>()?;
        let before = model.clone();
        match model.add(name, parameters, &inbound) {
            Ok(id) => variables(input, model, id)?,
            Err(errors) => {
                show(errors);
                assert!(*model == before, "a layer that was refused has changed the model");
            }
        }
        if input.ratio(1, 16)? {
            model.pop();
        }
    }
    Ok(())
}

fn parameters(input: &mut Unstructured<'_>, first: bool) -> Result<Parameters> {
    let kinds: Vec<LayerKind> = LayerKind::WORDS.iter().filter_map(|word| LayerKind::parse(word)).collect();
    let usual: Vec<LayerKind> = kinds.iter().copied().filter(|kind| kind.is_input() == first).collect();
    let kinds = if input.ratio(1, 16)? { kinds } else { usual };
    let kind = *input.choose(&kinds)?;
    let mut parameters = Parameters::new(kind);
    for parameter in kind.parameters() {
        let stays = matches!(parameter.presence, Presence::Default(_)) && input.ratio(1, 2)?;
        if !stays {
            // What does not fit stays as it was.
            let _ = parameter.set(&mut parameters, value(input, parameter)?);
        }
    }
    Ok(parameters)
}

fn value(input: &mut Unstructured<'_>, parameter: &Parameter) -> Result<ParameterValue> {
    Ok(match parameter.allowed {
        Allowed::Positive => ParameterValue::Number(input.arbitrary()?),
        Allowed::Truth => ParameterValue::Truth(input.arbitrary()?),
        Allowed::Words(words) => ParameterValue::Word(input.choose(words)?),
        Allowed::Integers(..) | Allowed::OneOf(_) | Allowed::Int32 | Allowed::Window => {
            ParameterValue::Integer(match input.int_in_range(0..=15)? {
                0 => input.arbitrary()?,
                1 => input.arbitrary::<i32>()?.into(),
                2 => input.arbitrary::<u16>()?.into(),
                _ => input.int_in_range(-1..=8)?,
            })
        }
    })
}

fn variables(input: &mut Unstructured<'_>, model: &mut Model, id: LayerId) -> Result<()> {
    if model::weights(model) > MAX_WEIGHTS || model::values(model) > MAX_WEIGHTS {
        return Ok(());
    }
    for _ in 0..input.int_in_range(0..=4)? {
        let names =
            ["weights", "weights_pw", "threshold_fire", "threshold_fire_step", "threshold_learning", "bias"];
        let name = *input.choose(&names)?;
        let shape = VariableName::parse(name).and_then(|name| model.layer(id).variable_shape(name));
        let expected = shape.map_or(1, |shape| shape.iter().product());
        let count = if input.ratio(1, 16)? { input.int_in_range(0..=9)? } else { expected };
        let before = model.clone();
        let result = if input.ratio(1, 4)? {
            let some: [f32; 2] = [input.arbitrary()?, input.arbitrary()?];
            let values: Vec<f32> = some.into_iter().cycle().take(count).collect();
            model.set_variable(id, name, values.as_slice())
        } else {
            let some: [i64; 3] =
                [0, input.int_in_range(-8..=8)?, if input.ratio(1, 8)? { input.arbitrary()? } else { 1 }];
            let values: Vec<i64> = some.into_iter().cycle().take(count).collect();
            model.set_variable(id, name, values.as_slice())
        };
        if let Err(error) = result {
            show([error]);
            assert!(*model == before, "a variable that was refused has changed the model");
        }
    }
    Ok(())
}
