//! Where a prediction may claim an error: ranges, and constants that are those of the measurements.

use proptest::prelude::*;
use spikemesh_device::network::Multicast;
use spikemesh_device::{AccuracyClaim, Calibration, ClaimBasis, Claims, Device, OperatingPoint, Work};

use crate::change::{changed, others};

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let text = Device::text("akd1500").unwrap();
    for (from, to) in [
        ("width: (160.0, 224.0)", "width: (160.0, 24.0)"),
        ("median: 0.0082", "median: -1.0"),
        ("density: (0.331, 0.755)", "density: (0.331, NaN)"),
        ("load_calibration: (rows: 17, median: 0.0036", "load_calibration: (rows: 17, median: -0.1"),
        ("\"timing.load.pass_byte=3.293 fitted\"", "\"timing.load.pass_byte 3.293\""),
        ("\"timing.load.pass_byte=3.293 fitted\"", "\"timing.load.pass_byte=3.293 guessed\""),
    ] {
        assert!(text.contains(from), "{from}");
        let errors = Device::parse("wrong", &text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(errors.len(), 1, "{to}: {errors:?}");
    }
}

/// A layer in the middle of an entry's ranges.
fn within(entry: &Calibration) -> OperatingPoint {
    let middle = |(low, high): (f64, f64)| ((low + high) / 2.0).floor().max(low);
    OperatingPoint {
        work: entry.work,
        kernel: entry.kernel,
        weight_bits: entry.weight_bits,
        height: middle(entry.height) as u32,
        width: middle(entry.width) as u32,
        channels: middle(entry.channels) as u32,
        filters: middle(entry.filters) as u32,
        density: (entry.density.0 + entry.density.1) / 2.0,
    }
}

#[test]
fn the_devices_that_come_with_the_simulator_claim_what_was_measured() {
    for name in Device::names() {
        let device = Device::load(name).unwrap();
        let claims = Claims::new(&device);
        for entry in &device.calibration {
            let claim = claims.clocks(&within(entry));
            assert_eq!((claim.basis, claim.worst), (ClaimBasis::Calibrated, Some(entry.worst)), "{claim:?}");
            assert!(claim.reasons.is_empty());
        }
        assert_eq!(claims.energy(Work::Separable, 3).worst, Some(0.533));
        // No model with these kernels was left out and predicted by others.
        assert_eq!(claims.energy(Work::Separable, 5).basis, ClaimBasis::Extrapolated);
    }
    let load = |name: &str| Claims::new(&Device::load(name).unwrap()).load(Work::Separable).basis;
    assert_eq!((load("akd1500"), load("akd1000")), (ClaimBasis::Calibrated, ClaimBasis::Extrapolated));
}

#[test]
fn a_claim_is_void_exactly_if_a_constant_that_it_lists_has_another_value_or_basis() {
    let device = Device::load("akd1500").unwrap();
    let mut voided = 0;
    for line in device.constant_lines() {
        let values = others(&line).into_iter().filter_map(|value| changed(&device, &line, Some(value), None));
        let bases = ["documented", "measured", "fitted", "assumed"].into_iter().filter_map(|basis| {
            let other = line.basis.is_some_and(|now| now.to_string() != basis);
            other.then(|| changed(&device, &line, None, Some(basis)))?
        });
        for other in values.chain(bases) {
            let claims = Claims::new(&other);
            for entry in &device.calibration {
                let claim = claims.clocks(&within(entry));
                if entry.constants.iter().any(|listed| listed.path == line.path) {
                    assert_eq!((claim.basis, claim.worst), (ClaimBasis::Assumed, None), "{line}");
                    assert!(claim.reasons[0].contains(&format!("`{}`", line.path)), "{claim:?}");
                    voided += 1;
                } else if line.path == "network.multicast" && *other.network.multicast == Multicast::Tree {
                    // No published chip is known to fork packets.
                    assert_eq!((claim.basis, claim.worst), (ClaimBasis::Assumed, None), "{line}");
                    assert!(claim.reasons[0].contains("`network.multicast`"), "{claim:?}");
                } else if *other.np.input_maps == 2 {
                    // Nor to receive while it computes.
                    assert_eq!((claim.basis, claim.worst), (ClaimBasis::Assumed, None), "{line}");
                    assert!(claim.reasons[0].contains("`np.input_maps`"), "{claim:?}");
                } else if line.basis.is_some() {
                    assert_eq!(claim.basis, ClaimBasis::Calibrated, "{line}: {claim:?}");
                }
            }
        }
    }
    assert!(voided > 100, "{voided}");
}

#[test]
fn a_link_delay_voids_no_clocks_and_a_position_does() {
    let text = Device::text("akd1000").unwrap();
    let point = within(&Device::load("akd1000").unwrap().calibration[3]);
    let basis = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let claims = Claims::new(&Device::parse("changed", &text.replacen(from, to, 1)).unwrap());
        claims.clocks(&point).basis
    };
    assert_eq!(basis("link_delay: (1,", "link_delay: (16,"), ClaimBasis::Calibrated);
    assert_eq!(basis("position: (10.013,", "position: (200.26,"), ClaimBasis::Assumed);
    assert_eq!(basis("position: (10.013, fitted", "position: (10.013, assumed"), ClaimBasis::Assumed);
    // The list is edited with the constant, but what is assumed was not measured.
    let all = text.replace("fitted", "assumed").replace("measured", "assumed");
    let claims = Claims::new(&Device::parse("changed", &all).unwrap());
    assert_eq!(claims.clocks(&point).basis, ClaimBasis::Assumed);
    assert_eq!(claims.energy(Work::Separable, 3).basis, ClaimBasis::Assumed);
}

#[test]
fn without_a_list_nothing_is_claimed() {
    let mut device = Device::load("akd1500").unwrap();
    let point = within(&device.calibration[3]);
    let kept = device.calibration[3].constants.clone();
    device.calibration[3].constants.clear();
    let claim = Claims::new(&device).clocks(&point);
    assert_eq!(claim.basis, ClaimBasis::Assumed);
    for line in &kept {
        assert!(claim.reasons[0].contains(&format!("`{}`", line.path)), "{claim:?}");
    }
    // A line is missing.
    device.calibration[3].constants = kept[1..].to_vec();
    let claim = Claims::new(&device).clocks(&point);
    assert!(claim.reasons[0].contains(&format!("`{}`", kept[0].path)), "{claim:?}");
    // As `fit` writes it.
    device.list_constants(&[]);
    assert_eq!(device.calibration[3].constants, kept);
    assert_eq!(Claims::new(&device).clocks(&point).basis, ClaimBasis::Calibrated);
    // Another entry of the list of accumulations is taken, which nothing lists.
    let mut finer = device.timing.np.accumulate[7].clone();
    finer.weight_bits = 4;
    device.timing.np.accumulate.push(finer);
    assert_eq!(Claims::new(&device).clocks(&point).basis, ClaimBasis::Assumed);
    // Nothing was measured at all.
    device.calibration.clear();
    device.energy_calibration = None;
    let claims = Claims::new(&device);
    assert_eq!(claims.clocks(&point).basis, ClaimBasis::Assumed);
    assert_eq!(claims.energy(Work::Input, 3).basis, ClaimBasis::Assumed);
}

fn part() -> impl Strategy<Value = AccuracyClaim> {
    (0..4usize, 0.0..1.0f64).prop_map(|(basis, error)| {
        let bases = [ClaimBasis::Spec, ClaimBasis::Calibrated, ClaimBasis::Extrapolated, ClaimBasis::Assumed];
        let basis = bases[basis];
        let worst = (basis == ClaimBasis::Calibrated).then_some(error);
        let reasons = if basis > ClaimBasis::Calibrated { vec![format!("{error}")] } else { Vec::new() };
        AccuracyClaim { basis, median: worst, worst, reasons }
    })
}

proptest! {
    /// Nothing that a sum says is better than what its weakest part says.
    #[test]
    fn a_sum_rests_on_its_weakest_part(parts in prop::collection::vec(part(), 0..12)) {
        let sum = AccuracyClaim::weakest(&parts);
        for part in &parts {
            prop_assert!(sum.basis >= part.basis);
            prop_assert!(part.reasons.iter().all(|reason| sum.reasons.contains(reason)));
            if let Some(worst) = sum.worst {
                prop_assert!(part.worst.unwrap_or(0.0) <= worst);
            }
        }
        prop_assert!(sum.basis == ClaimBasis::Spec || parts.iter().any(|part| part.basis == sum.basis));
        prop_assert_eq!(sum.worst.is_some(), sum.basis == ClaimBasis::Calibrated);
        let turned: Vec<_> = parts.iter().rev().cloned().collect();
        prop_assert_eq!(AccuracyClaim::weakest(&turned).basis, sum.basis);
    }
}
