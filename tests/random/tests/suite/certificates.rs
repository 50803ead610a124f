//! Certificates: each claim made false in turn, with the digest made right again, is caught.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::model::Model;
use spikemesh_random::{Case, Certified, Choices};

/// Seeds of random programs; those with many routes are left out.
const SEEDS: std::ops::Range<u64> = 0..30;

#[test]
fn every_claim_that_is_made_false_is_caught() {
    let mut caught = 0;
    let mut kinds = [0; 3];
    for seed in SEEDS {
        let case = Case::new(&mut Choices::seeded(seed));
        let Ok(compiled) = case.compile() else { continue };
        let routes: usize =
            compiled.program.passes.iter().flat_map(|pass| &pass.nps).map(|np| np.routes.len()).sum();
        // Falsifying takes the square of what is claimed.
        if routes > 12 {
            continue;
        }
        let program = &compiled.program;
        kinds[0] += usize::from(program.passes.len() > 1);
        kinds[1] += usize::from(program.passes.iter().any(|pass| pass.hrc.is_some()));
        kinds[2] += usize::from(routes > 5);
        let certified = Certified::new(&compiled, &case.device).unwrap();
        certified.check(&case.device).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
        caught += certified.falsified(&case.device).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
    }
    assert!(kinds.iter().all(|&count| count > 0), "{kinds:?}");
    assert!(caught > 1000, "{caught}");
}

/// Another device than the one that it is about, in one constant: also one that no other claim depends on.
#[test]
fn another_device_is_caught() {
    let mut model: Model =
        spikemesh::model::template::load("../../tests/models/mnist-separable.yaml".as_ref()).unwrap();
    model.randomise(1);
    let device = Device::load("akd1000").unwrap();
    let compiled = compile(&model, &device, &Mode::Minimal.into()).unwrap();
    let certified = Certified::new(&compiled, &device).unwrap();
    certified.check(&device).unwrap();
    for setting in ["network.link_delay=2", "np.own_rows=31", "overrides.n0_0.np0.disabled=true"] {
        let other = device.with(&[setting.parse().unwrap()]).unwrap();
        let what = certified.check(&other).unwrap_err();
        assert!(what.contains("is stated as"), "{setting}: {what}");
    }
}
