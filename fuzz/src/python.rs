//! What Python gives: the functions behind its arguments.

use arbitrary::{Result, Unstructured};
use spikemesh::tensor::{Dense, Event, Sparse};

use crate::errors::show;

/// Values of an array that is made.
const MAX_VALUES: usize = 1 << 14;

/// Arrays, coordinates and the methods of `Sparse`.
pub fn run(data: &[u8]) {
    // Where the bytes end there is nothing left to try.
    let _ = calls(&mut Unstructured::new(data));
}

fn calls(input: &mut Unstructured<'_>) -> Result<()> {
    let sizes: Vec<usize> = (0..input.int_in_range(0..=5)?).map(|_| size(input)).collect::<Result<_>>()?;
    let columns = input.int_in_range(0..=5)?;
    let coordinates: Vec<i64> =
        (0..input.int_in_range(0..=24)?).map(|_| coordinate(input)).collect::<Result<_>>()?;
    methods(input, Sparse::from_coords(&coordinates, columns, &sizes))?;
    let shape = [size(input)?, size(input)?, size(input)?];
    let packet_size = size(input)?;
    methods(input, Sparse::packetize(&coordinates, shape, packet_size))?;
    let shape = [size(input)?, size(input)?, size(input)?, size(input)?];
    let events = (0..input.int_in_range(0..=8)?)
        .map(|_| {
            let mut small = || input.arbitrary::<u8>().map(u32::from);
            Ok(Event { n: small()? % 4, x: small()?, y: small()?, c: small()?, value: input.arbitrary()? })
        })
        .collect::<Result<Vec<_>>>()?;
    methods(input, Sparse::new(shape, events))?;
    let values: Vec<u8> = input.arbitrary()?;
    match Dense::new(shape, values) {
        Ok(dense) => {
            let sparse = Sparse::from_dense(&dense);
            assert!(sparse.to_dense().expect("it was an array") == dense);
        }
        Err(error) => show([error]),
    }
    Ok(())
}

fn size(input: &mut Unstructured<'_>) -> Result<usize> {
    Ok(match input.int_in_range(0..=9)? {
        0 => input.arbitrary()?,
        1 => input.arbitrary::<u32>()? as usize,
        _ => input.int_in_range(0..=9)?,
    })
}

fn coordinate(input: &mut Unstructured<'_>) -> Result<i64> {
    Ok(match input.int_in_range(0..=9)? {
        0 => input.arbitrary()?,
        1 => input.arbitrary::<i32>()?.into(),
        _ => input.int_in_range(-1..=9)?,
    })
}

fn methods(
    input: &mut Unstructured<'_>,
    sparse: std::result::Result<Sparse, spikemesh::tensor::Error>,
) -> Result<()> {
    let mut sparse = match sparse {
        Ok(sparse) => sparse,
        Err(error) => {
            show([error]);
            return Ok(());
        }
    };
    assert!(sparse.nnz() as u64 <= sparse.size());
    assert!((0.0..=1.0).contains(&sparse.sparsity()), "{}", sparse.sparsity());
    let values = sparse.shape.iter().try_fold(1_usize, |values, &side| values.checked_mul(side));
    if values.is_some_and(|values| values <= MAX_VALUES) {
        let dense = sparse.to_dense().expect("it is small");
        assert!(Sparse::from_dense(&dense) == sparse, "events have changed on their way through an array");
    }
    let order: Vec<usize> = (0..input.int_in_range(0..=5)?).map(|_| size(input)).collect::<Result<_>>()?;
    let before = sparse.clone();
    match sparse.sort(&order) {
        Ok(()) => assert!(sparse == before, "sorting changes which events there are"),
        Err(error) => show([error]),
    }
    let mask: Vec<i64> = (0..input.int_in_range(0..=6)?).map(|_| coordinate(input)).collect::<Result<_>>()?;
    match sparse.slice(&mask) {
        Ok(slice) => assert!(slice.nnz() <= sparse.nnz()),
        Err(error) => show([error]),
    }
    match sparse.chip(size(input)?, size(input)?) {
        Ok(chip) => assert!(chip.events.len() <= sparse.nnz()),
        Err(error) => show([error]),
    }
    Ok(())
}
