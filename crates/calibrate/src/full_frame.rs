//! Frames that no weights are known of: one in which every position fires, and one in which none does.

use spikemesh_mesh::Frame;
use spikemesh_model::{LayerId, LayerKind, Model, VariableName};

/// A threshold that no potential of a model without weights exceeds; all exceed its opposite.
const OUT_OF_REACH: i32 = 1_000_000;

/// A model with weights of zero whose thresholds decide alone what fires.
#[derive(Clone, Debug)]
pub struct FullFrame {
    /// The model.
    pub model: Model,
    /// Its input.
    pub input: Frame,
}

impl FullFrame {
    /// Of a model: every position of every layer fires, or none, whatever its weights are.
    ///
    /// # Errors
    /// The model has no layer.
    pub fn of(model: &Model, fires: bool) -> Result<FullFrame, String> {
        let threshold = if fires { -OUT_OF_REACH } else { OUT_OF_REACH };
        let mut model = model.clone();
        // Whatever is drawn is replaced: random weights only make all variables set.
        model.randomise(1);
        for id in 0..model.layers().len() {
            let id = LayerId(id);
            let variables = &model.layer(id).variables;
            let (weights, points) =
                (vec![0i8; variables.weights.len()], vec![0i8; variables.weights_pw.len()]);
            let thresholds = vec![threshold; variables.threshold_fire.len()];
            if !weights.is_empty() {
                model.set_variable(id, VariableName::Weights, &weights).map_err(|e| e.to_string())?;
            }
            if !points.is_empty() {
                model.set_variable(id, VariableName::WeightsPw, &points).map_err(|e| e.to_string())?;
            }
            if !thresholds.is_empty() {
                model
                    .set_variable(id, VariableName::ThresholdFire, &thresholds)
                    .map_err(|e| e.to_string())?;
            }
        }
        let layer = model.layers().first().ok_or("the model has no layer")?;
        let values = layer.shape.input.len();
        let input = match layer.kind() {
            LayerKind::InputConvolutional => Frame::Image(vec![0; values]),
            _ => Frame::Events(vec![i32::from(fires); values]),
        };
        Ok(FullFrame { model, input })
    }
}
