//! `spikemesh fit`: constants come back from rows that were made with them, a model that is left out is not seen, and nothing is claimed beyond
//! what was measured.

use spikemesh_calibrate::{Error, Fit, FitOptions, Published, device_text, fit, validate};
use spikemesh_device::Device;
use spikemesh_stop::Stop;

use crate::rows::{SHAPES, changed, measured, published, row};

fn fitted(rows: &[String]) -> Fit {
    let options = FitOptions { free: vec!["timing.np".to_owned()], reading_ms: 0.0, ..FitOptions::default() };
    let names = [
        "timing.np.separable.unpack",
        "timing.np.separable.fetch",
        "timing.np.separable.position",
        "timing.np.accumulate[7]",
    ];
    let options = FitOptions { free: names.map(str::to_owned).to_vec(), ..options };
    fit(&published(rows), &Device::load("akd1500").unwrap(), &options).unwrap_or_else(|e| panic!("{e:#?}"))
}

#[test]
fn known_constants_come_back() {
    let fit = fitted(&measured("made", &changed(), 1.0));
    assert_eq!(fit.clocks.constants.len(), 5, "unpack begins two names: {:#?}", fit.clocks.constants);
    for (name, expected) in [
        ("timing.np.separable.unpack", 3.0),
        ("timing.np.separable.fetch", 0.8),
        ("timing.np.separable.position", 6.5),
        ("timing.np.accumulate[7].clocks", 4.2),
    ] {
        let found = fit.clocks.constants.iter().find(|c| c.name == name).unwrap();
        assert!((found.fitted / expected - 1.0).abs() < 0.02, "{found:?}, and {expected} was measured");
        assert!(found.present != expected && found.rows == SHAPES.len());
    }
    // One model cannot be left out.
    assert!(fit.clocks.rows.iter().all(|row| row.error.abs() < 0.002 && row.left_out.is_none()));
    assert_eq!(fit.clocks.rows[0].outside.as_deref(), Some("there is no other model"));
}

#[test]
fn a_model_that_is_left_out_is_not_seen() {
    let device = changed();
    let with = |factor: f64| {
        let rows = [measured("a", &device, 1.0), measured("b", &device, factor)].concat();
        fitted(&rows).clocks.rows.into_iter().filter(|row| row.model == "b").collect::<Vec<_>>()
    };
    let (same, longer) = (with(1.0), with(1.5));
    for (same, longer) in same.iter().zip(&longer) {
        // What the others predict does not depend on what b took; what all predict does.
        let left_out = |row: &spikemesh_calibrate::FittedRow| row.published * (1.0 + row.left_out.unwrap());
        assert!((left_out(same) / left_out(longer) - 1.0).abs() < 1e-9, "{same:?} {longer:?}");
        assert!((longer.left_out.unwrap() + 1.0 / 3.0).abs() < 0.01, "{longer:?}");
        assert!(longer.predicted > same.predicted * 1.005, "{same:?} {longer:?}");
    }
}

#[test]
fn nothing_is_claimed_beyond_what_others_cover() {
    let device = Device::load("akd1500").unwrap();
    let mut rows = [measured("a", &device, 1.0), measured("b", &device, 1.0)].concat();
    rows.push(row("b", 8, 128, 8, 1, 50, 60_000));
    rows.push(row("b", 9, 16, 8, 1, 60, 9_000).replace(",3,1,Same", ",5,1,Same"));
    let fit = fitted(&rows);
    let of_b: Vec<_> = fit.clocks.rows.iter().filter(|row| row.model == "b").collect();
    assert!(of_b[..8].iter().all(|row| row.left_out.is_some() && row.outside.is_none()));
    assert_eq!(of_b[8].outside.as_deref(), Some("channels 128: outside of 8 to 64"));
    assert_eq!(
        of_b[9].outside.as_deref(),
        Some("no separable convolutions with 5x5 kernels and 4-bit weights were measured")
    );
    assert!(of_b[8..].iter().all(|row| row.left_out.is_none() && row.extrapolated.is_some()));
}

#[test]
fn a_stop_is_the_only_error() {
    let stop = Stop::new();
    stop.set();
    let (rows, device) = (published(&measured("made", &changed(), 1.0)), Device::load("akd1500").unwrap());
    let options = FitOptions { stop: stop.clone(), ..FitOptions::default() };
    assert_eq!(fit(&rows, &device, &options).unwrap_err(), [Error::Stopped]);
    assert_eq!(validate(&rows, &stop).unwrap_err(), [Error::Stopped]);
}

/// The energies of the network are subtracted before those of clocks are fitted, and the device gets the bound of what the network can take.
#[test]
fn energies_of_actions_are_subtracted_and_bounded() {
    let mut published = Published::default();
    for file in [&mut published.layers, &mut published.models, &mut published.micro] {
        let kept = file.text.lines().enumerate();
        let kept = kept.filter(|(index, line)| *index == 0 || line.starts_with("KWS"));
        file.text = kept.map(|(_, line)| format!("{line}\n")).collect();
    }
    let options = FitOptions { free: vec!["energy.np_clock".to_owned()], ..FitOptions::default() };
    let fitted = |scale: f64| {
        let mut device = Device::load("akd1500").unwrap();
        for (path, energy) in device.energy.picojoules_mut() {
            energy.0 *= if path.starts_with("energy.network.") { scale } else { 1.0 };
        }
        fit(&published, &device, &options).unwrap_or_else(|e| panic!("{e:#?}"))
    };
    let (free, usual, dear) = (fitted(0.0), fitted(1.0), fitted(60.0));
    let clock = |fit: &Fit| *fit.fitted.energy.np_clock;
    assert!(clock(&free) > clock(&usual) && clock(&usual) > clock(&dear) + 0.1, "{}", clock(&dear));
    // Nothing is bounded where nothing is charged, and what is charged sixty times is a sixtieth of what can be.
    assert!(free.network.at_most.is_none() && free.fitted.network_energy_bound.is_none());
    let at_most = |fit: &Fit| fit.network.at_most.unwrap();
    assert!((60.0 * at_most(&dear) / at_most(&usual) - 1.0).abs() < 1e-9);
    assert!(dear.network.is_exceeded() && !usual.network.is_exceeded());
    // The file says the same of the device that it describes.
    let text = device_text(&dear.fitted);
    let device = Device::parse("fitted", &text).unwrap_or_else(|e| panic!("{e:?}\n{text}"));
    assert!((device.network_energy_at_most().unwrap() - at_most(&dear)).abs() < 0.001);
    assert_eq!(device.network_energy_bound.as_ref().unwrap().models, 3);
}
