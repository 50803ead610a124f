//! Files of labels.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use spikemesh::doors::{self, LabelChoices};
use spikemesh::isa::Program;
use spikemesh::model::Model;

use crate::errors::show_report;
use crate::program::{mapped, small_model};

/// Bytes before the file.
const HEADER: usize = 6;
/// Most samples of a run.
const MAX_SAMPLES: usize = 64;

static SMALL: LazyLock<(Model, Program)> = LazyLock::new(|| (small_model(), mapped(&small_model())));

/// How they are read, then a file.
pub fn run(data: &[u8]) {
    let (header, file) = data.split_at(data.len().min(HEADER));
    let (model, program) = &*SMALL;
    let mut choices = Unstructured::new(header);
    let mut choose = || choices.arbitrary::<u8>().unwrap_or(0);
    let samples = usize::from(choose()) % MAX_SAMPLES;
    let layer = [None, Some("head"), Some("events"), Some("")][usize::from(choose() % 4)];
    let classes = Some(usize::from(choose() % 5)).filter(|&classes| classes > 0);
    let evaluate = [None, Some(true), Some(false)][usize::from(choose() % 3)];
    let model = Some(model).filter(|_| choose() % 2 == 0);
    match doors::labels(file, samples, LabelChoices { layer, classes, evaluate }, model, program) {
        Ok(right) => assert!(right <= samples, "{right} of {samples} are right"),
        Err(error) => show_report(&error),
    }
}
