//! Random models on random devices: every program that the compiler gives out keeps every law.
//!
//! `cargo xtask random-programs --count 10000` checks as many as one likes; here are some tens of them.

use spikemesh_random::{Case, Choices, Histogram, Verdict, check, many};

#[test]
fn random_programs_keep_every_law() {
    let (histogram, failures) = many(0..60, false, &|| {});
    println!("{histogram}");
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn random_programs_with_trees_keep_every_law() {
    let (histogram, failures) = many(0..60, true, &|| {});
    println!("{histogram}");
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(histogram.has("trees") > 20, "{histogram}");
}

#[test]
fn random_programs_with_trees_and_two_input_maps_keep_every_law() {
    let mut histogram = Histogram::default();
    for seed in 0..60 {
        let mut case = Case::new(&mut Choices::seeded(seed)).with_trees();
        case.device.np.input_maps.0 = 2;
        histogram.add(&check(&case).unwrap_or_else(|violation| panic!("seed {seed}: {violation}")));
    }
    println!("{histogram}");
    assert!(histogram.has("trees and two input maps") > 10, "{histogram}");
}

/// Half of the cycles of this one end in the cycle in which a unit makes a packet that may leave one later.
#[test]
fn a_pass_that_is_cut_short_keeps_every_law() {
    check(&Case::new(&mut Choices::seeded(500_520))).unwrap();
}

/// Two columns of this one leave with the first scan, and two with the last: more words than the FIFO holds, both times.
#[test]
fn columns_that_leave_together_are_cut_as_one_batch() {
    check(&Case::new(&mut Choices::seeded(224_596))).unwrap();
}

#[test]
fn the_distribution_of_random_models_is_as_stated() {
    let mut histogram = Histogram::default();
    for seed in 0..1000 {
        let verdict = Verdict::of_mapping(&Case::new(&mut Choices::seeded(seed)));
        histogram.add(&verdict.unwrap_or_else(|violation| panic!("seed {seed}: {violation}")));
    }
    println!("{histogram}");
    assert_eq!(histogram.missing(), [""; 0]);
}
