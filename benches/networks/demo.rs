//! The demo network and its first image.

use spikemesh::engine::Input;
use spikemesh::model::{Model, file};
use spikemesh::tensor::{Dense, npy};

/// The trained network of `spikemesh demo`.
pub fn demo() -> Model {
    file::decode(include_bytes!("../../traces/fashion-mnist/model.fbz")).expect("a good file")
}

/// Its first image.
pub fn image() -> Input {
    let bytes = include_bytes!("../../traces/fashion-mnist/images.npy");
    let images: Dense<u8> = npy::parse_dense("images.npy", bytes).expect("a good file");
    Input::Images(Dense { shape: [1, 28, 28, 1], data: images.sample(0).to_vec() })
}
