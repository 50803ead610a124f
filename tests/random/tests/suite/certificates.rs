//! Certificates: each claim made false in turn, with the digest made right again, is caught.

use std::collections::BTreeMap;

use spikemesh::certificate::Verified;
use spikemesh::compiler::certificate::Claims;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::model::Model;
use spikemesh_random::{Case, Certified, Choices};

/// Programs of seeds are falsified, claim by claim; those with many routes are left out. What is claimed of them, all together, and lies caught.
fn falsified(seeds: std::ops::Range<u64>, trees: bool, most_routes: usize) -> (Verified, usize) {
    let (mut sum, mut caught) = (Verified::default(), 0);
    for seed in seeds {
        let case = Case::new(&mut Choices::seeded(seed));
        let case = if trees { case.with_trees() } else { case };
        let Ok(compiled) = case.compile() else { continue };
        let certified = Certified::new(&compiled, &case.device).unwrap();
        let verified = certified.check(&case.device).unwrap_or_else(|what| panic!("seed {seed}: {what}"));
        if verified.routes > most_routes || trees && verified.trees == 0 {
            continue;
        }
        sum.passes += verified.passes - 1;
        sum.routes = sum.routes.max(verified.routes);
        sum.trees += verified.trees;
        let lies = certified.falsified(&case.device, usize::MAX);
        caught += lies.unwrap_or_else(|what| panic!("seed {seed}: {what}"));
    }
    (sum, caught)
}

#[test]
fn every_claim_that_is_made_false_is_caught() {
    let (sum, caught) = falsified(0..30, false, 20);
    assert!(sum.passes > 0 && sum.routes >= 10 && caught > 1000, "{sum:?}, {caught} lies");
}

#[test]
fn every_claim_of_trees_that_is_made_false_is_caught() {
    let (sum, caught) = falsified(0..20, true, 40);
    assert!(sum.trees > 5 && sum.routes >= 10 && caught > 1000, "{sum:?}, {caught} lies");
}

/// With trees no link has more flits than with copies, and some have fewer, although every receiver gets the same.
#[test]
fn a_link_carries_the_flits_of_a_tree_once() {
    let mut model: Model =
        spikemesh::model::template::load("../../tests/models/mnist-separable.yaml".as_ref()).unwrap();
    model.randomise(1);
    let device = Device::load("akd1500").unwrap();
    let loads = |multicast: &str| {
        let settings = [format!("network.multicast={multicast}"), "network.vc_buf_size=8".to_owned()];
        let device = device.with(&settings.map(|text| text.parse().unwrap())).unwrap();
        let compiled = compile(&model, &device, &Mode::AllNps.into()).unwrap();
        let claims = Claims::new(&compiled, &device);
        assert_eq!(claims.passes[0].trees.is_empty(), multicast == "source");
        assert!(claims.passes[0].trees.iter().all(|tree| tree.to.len() > 1 && !tree.forks.is_empty()));
        let links = claims.passes[0].links.iter().map(|link| (link.link.clone(), link.flits));
        (links.collect::<BTreeMap<_, _>>(), claims.passes[0].routes.len())
    };
    let ((copies, routes), (trees, same_routes)) = (loads("source"), loads("tree"));
    assert_eq!(routes, same_routes);
    let sum = |links: &BTreeMap<String, u64>| -> u64 {
        links.iter().filter(|(name, _)| !name.contains("ject")).map(|(_, flits)| flits).sum()
    };
    assert!(sum(&trees) * 2 < sum(&copies), "{} of {}", sum(&trees), sum(&copies));
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
    for setting in
        ["network.link_delay=2", "np.own_rows=31", "np.input_maps=2", "overrides.n0_0.np0.disabled=true"]
    {
        let other = device.with(&[setting.parse().unwrap()]).unwrap();
        let what = certified.check(&other).unwrap_err();
        assert!(what.contains("is stated as"), "{setting}: {what}");
    }
}

/// Joined routes on devices that cannot have them: no claim of the certificate saves them.
#[test]
fn trees_that_are_impossible_are_caught() {
    let mut model: Model =
        spikemesh::model::template::load("../../tests/models/mnist-separable.yaml".as_ref()).unwrap();
    model.randomise(1);
    let device = Device::load("akd1500").unwrap();
    let trees = device.with(&["network.multicast=tree", "network.vc_buf_size=5"].map(|s| s.parse().unwrap()));
    let trees = trees.unwrap();
    let compiled = compile(&model, &trees, &Mode::AllNps.into()).unwrap();
    let certified = Certified::new(&compiled, &trees).unwrap();
    certified.check(&trees).unwrap();
    let refused = [
        ("network.multicast=source", "routers fork no packets"),
        ("network.vc_buf_size=4", "a buffer holds 4 of 5 flits of a packet"),
    ];
    for (setting, why) in refused {
        let what = certified.check(&trees.with(&[setting.parse().unwrap()]).unwrap()).unwrap_err();
        assert!(what.contains(why), "{setting}: {what}");
    }
}
