//! Arrays.

use spikemesh::tensor::npy::{self, Element};
use spikemesh::tensor::{Dense, Sparse};

use crate::errors::show;

/// A file, read as each type that is asked for anywhere.
pub fn run(data: &[u8]) {
    read::<u8>(data);
    read::<i8>(data);
    read::<i32>(data);
    read::<i64>(data);
    read::<f32>(data);
    match npy::parse_dense::<u8>("fuzz.npy", data) {
        Ok(dense) => there_and_back(&dense),
        Err(error) => show([error]),
    }
}

fn read<T: Element>(data: &[u8]) {
    match npy::parse::<T>("fuzz.npy", data) {
        Ok(array) => {
            assert_eq!(array.shape.iter().product::<usize>(), array.data.len());
            let bytes =
                npy::to_bytes(&array.shape, &array.data).expect("an array that was read can be written");
            let again = npy::parse::<T>("again.npy", &bytes).expect("an array that was written can be read");
            assert_eq!(again.shape, array.shape);
            // Not by value: a number that is none is not equal to itself.
            let twice = npy::to_bytes(&again.shape, &again.data).expect("it was written before");
            assert!(twice == bytes, "an array has changed on its way through a file");
        }
        Err(error) => show([error]),
    }
}

fn there_and_back(dense: &Dense<u8>) {
    let sparse = Sparse::from_dense(dense);
    if dense.data.len() <= 1 << 16 {
        let again = sparse.to_dense().expect("its shape is that of an array");
        assert!(again == *dense, "an array has changed on its way through events");
    }
}
