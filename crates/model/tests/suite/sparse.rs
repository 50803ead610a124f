//! Lists of events: construction, conversion, sorting and slicing.

use miette::Diagnostic;
use proptest::prelude::*;
use spikemesh_model::tensor::Event;
use spikemesh_model::tensor::{Dense, Error, Sparse};

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert!(error.help().is_some());
    error.code().unwrap().to_string()
}

fn event(n: u32, x: u32, y: u32, c: u32, value: u8) -> Event {
    Event { n, x, y, c, value }
}

#[test]
fn coordinates_become_events_of_value_one() {
    let three = Sparse::from_coords(&[2, 0, 1, 0, 1, 0, 2, 0, 1], 3, &[3, 2, 2]).unwrap();
    assert_eq!(three.shape, [1, 3, 2, 2]);
    assert_eq!(three.events, [event(0, 0, 1, 0, 1), event(0, 2, 0, 1, 1)], "sorted, duplicates collapsed");
    let four = Sparse::from_coords(&[4, 2, 0, 1], 4, &[5, 3, 2, 2]).unwrap();
    assert_eq!(four.events, [event(4, 2, 0, 1, 1)]);
    assert_eq!(Sparse::from_coords(&[], 4, &[0, 3, 2, 2]).unwrap().nnz(), 0);
    for (columns, shape) in [(3, &[1, 3, 2, 2][..]), (4, &[3, 2, 2]), (2, &[3, 2]), (0, &[]), (5, &[1; 5])] {
        assert_eq!(code(Sparse::from_coords(&[0; 60], columns, shape)), "tensor::coordinates");
    }
    assert_eq!(code(Sparse::from_coords(&[0; 7], 3, &[1, 1, 1])), "tensor::coordinates");
    for bad in [[3, 0, 0], [0, 2, 0], [0, 0, 2], [-1, 0, 0], [i64::MIN, 0, 0], [1 << 32, 0, 0]] {
        assert_eq!(code(Sparse::from_coords(&bad, 3, &[3, 2, 2])), "tensor::out_of_bounds");
    }
    let error = Sparse::from_coords(&[0, 0, 0, 0, 7, 0], 3, &[3, 2, 2]).unwrap_err();
    assert_eq!(error.to_string(), "event 1: y is 7, the size is 2");
}

#[test]
fn events_are_validated() {
    let shape = [2, 3, 2, 2];
    let sparse = Sparse::new(shape, vec![event(1, 0, 0, 0, 9), event(0, 2, 1, 1, 255)]).unwrap();
    assert_eq!(sparse.events[0].n, 0);
    assert_eq!(code(Sparse::new(shape, vec![event(2, 0, 0, 0, 9)])), "tensor::out_of_bounds");
    assert_eq!(code(Sparse::new(shape, vec![event(0, 0, 0, 0, 0)])), "tensor::zero_event");
    let twice = vec![event(0, 0, 0, 0, 2), event(1, 0, 0, 0, 2), event(0, 0, 0, 0, 1)];
    assert_eq!(code(Sparse::new(shape, twice)), "tensor::duplicate_event");
}

#[test]
fn equality_does_not_depend_on_the_order_of_events() {
    let events = vec![event(0, 2, 0, 1, 7), event(1, 0, 1, 0, 3)];
    let sparse = Sparse::new([2, 3, 2, 2], events).unwrap();
    let mut sorted = sparse.clone();
    sorted.sort(&[3, 2, 1, 0]).unwrap();
    assert_ne!(sorted.events, sparse.events, "the order is another one");
    assert_eq!(sorted, sparse);
    let moved = |from, to| Sparse::new(from, to).unwrap();
    assert_ne!(sorted, moved([2, 3, 2, 2], vec![event(0, 2, 0, 1, 7), event(1, 0, 1, 0, 4)]), "a value");
    assert_ne!(sorted, moved([2, 3, 2, 2], vec![event(0, 2, 0, 1, 7), event(1, 0, 1, 1, 3)]), "a place");
    assert_ne!(sorted, moved([3, 3, 2, 2], sparse.events.clone()), "a shape");
}

#[test]
fn packets_are_consecutive_groups() {
    let coords = [0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0];
    let packets = Sparse::packetize(&coords, [3, 1, 1], 2).unwrap();
    assert_eq!(packets.shape, [3, 3, 1, 1]);
    let places: Vec<_> = packets.events.iter().map(|e| (e.n, e.x)).collect();
    assert_eq!(places, [(0, 0), (1, 1), (1, 2), (2, 0)], "duplicates count before they collapse");
    assert_eq!(Sparse::packetize(&[], [3, 1, 1], 2).unwrap().shape, [0, 3, 1, 1]);
    assert_eq!(code(Sparse::packetize(&coords, [3, 1, 1], 0)), "tensor::packet_size");
    assert_eq!(code(Sparse::packetize(&coords[1..], [3, 1, 1], 2)), "tensor::coordinates");
    assert_eq!(code(Sparse::packetize(&coords, [2, 1, 1], 2)), "tensor::out_of_bounds");
}

#[test]
fn sizes_are_checked() {
    assert_eq!(code(Dense::new([1, 2, 3, 4], vec![0u8; 23])), "tensor::length");
    assert_eq!(code(Dense::new([usize::MAX, 2, 3, 4], vec![0u8; 23])), "tensor::too_large");
    let huge = Sparse { shape: [1 << 20; 4], events: vec![event(0, 0, 0, 0, 1)] };
    assert_eq!(code(huge.to_dense()), "tensor::too_large");
    assert_eq!(huge.size(), u64::MAX);
    let outside = Sparse { shape: [1; 4], events: vec![event(0, 1, 0, 0, 1)] };
    assert_eq!(code(outside.to_dense()), "tensor::out_of_bounds");
    let empty = Sparse { shape: [0, 9, 9, 9], events: vec![] };
    assert_eq!((empty.to_dense().unwrap().data.len(), empty.sparsity()), (0, 1.0));
    for shape in [[0, 2, 3, 4], [0, 1 << 30, 1 << 30, 1 << 30], [1, 0, 3, 4], [1, 2, 0, 4], [1, 2, 3, 0]] {
        assert_eq!(Sparse::from_dense(&Dense::new(shape, Vec::new()).unwrap()).nnz(), 0);
    }
}

fn dense() -> impl Strategy<Value = Dense<u8>> {
    (0usize..4, 1usize..5, 1usize..5, 1usize..4).prop_flat_map(|(n, w, h, c)| {
        let values = proptest::collection::vec(prop_oneof![Just(0u8), any::<u8>()], n * w * h * c);
        values.prop_map(move |data| Dense::new([n, w, h, c], data).unwrap())
    })
}

proptest! {
    #[test]
    fn dense_and_sparse_hold_the_same(dense in dense()) {
        let sparse = Sparse::from_dense(&dense);
        prop_assert_eq!(sparse.to_dense().unwrap(), dense.clone());
        prop_assert!(sparse.events.is_sorted());
        prop_assert_eq!(&Sparse::new(dense.shape, sparse.events.iter().rev().copied().collect()).unwrap(), &sparse);
        let zeros = dense.data.iter().filter(|v| **v == 0).count();
        if !dense.data.is_empty() {
            prop_assert!((sparse.sparsity() - zeros as f64 / dense.data.len() as f64).abs() < 1e-12);
        }
        prop_assert_eq!(sparse.size(), dense.data.len() as u64);
    }

    #[test]
    fn slices_and_chips_pick_the_same_events(dense in dense(), dimension in 0usize..4, index in 0usize..4) {
        let sparse = Sparse::from_dense(&dense);
        let mut mask = [-1; 4];
        mask[dimension] = index as i64;
        if index >= dense.shape[dimension] {
            prop_assert_eq!(code(sparse.slice(&mask)), "tensor::mask");
            prop_assert_eq!(code(sparse.chip(dimension, index)), "tensor::chip");
            return Ok(());
        }
        let slice = sparse.slice(&mask).unwrap();
        let chip = sparse.chip(dimension, index).unwrap();
        prop_assert_eq!(slice.shape, sparse.shape);
        let mut shape = sparse.shape.to_vec();
        shape.remove(dimension);
        prop_assert_eq!(chip.shape.to_vec(), shape);
        let without = |event: &Event| {
            let mut place = event.place().to_vec();
            prop_assert_eq!(place.remove(dimension) as usize, index);
            Ok((place, event.value))
        };
        let expected = slice.events.iter().map(without).collect::<Result<Vec<_>, _>>()?;
        prop_assert_eq!(chip.events.iter().map(|(p, v)| (p.to_vec(), *v)).collect::<Vec<_>>(), expected);
        let count = sparse.events.iter().filter(|e| e.place()[dimension] as usize == index).count();
        prop_assert_eq!(slice.nnz(), count);
    }

    #[test]
    fn sorting_follows_the_order(dense in dense(), order in Just([0usize, 1, 2, 3]).prop_shuffle()) {
        let mut sparse = Sparse::from_dense(&dense);
        let before = sparse.clone();
        sparse.sort(&order).unwrap();
        let keys: Vec<_> = sparse.events.iter().map(|e| order.map(|d| e.place()[d])).collect();
        prop_assert!(keys.is_sorted());
        sparse.sort(&[0, 1, 2, 3]).unwrap();
        prop_assert_eq!(sparse, before);
    }
}

#[test]
fn orders_and_masks_are_complete() {
    let mut sparse = Sparse { shape: [1; 4], events: vec![event(0, 0, 0, 0, 1)] };
    for order in [&[0, 1, 2][..], &[0, 1, 2, 2], &[1, 2, 3, 4], &[0, 1, 2, 3, 3], &[]] {
        assert_eq!(code(sparse.sort(order)), "tensor::order");
    }
    for mask in [&[-1, -1, -1][..], &[-1; 5], &[-2, -1, -1, -1], &[-1, -1, -1, 1]] {
        assert_eq!(code(sparse.slice(mask)), "tensor::mask");
    }
    assert_eq!(sparse.slice(&[-1; 4]).unwrap(), sparse);
    assert_eq!(code(sparse.chip(4, 0)), "tensor::chip");
}
