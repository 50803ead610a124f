//! A seeded fault is the first cause: a sample of what `cargo xtask bottlenecks` draws.

use spikemesh_random::bottleneck::Bottleneck;

/// One network of each kind.
#[test]
fn seeded_faults_are_named_first_and_their_removal_is_predicted() {
    for seed in 5..10 {
        let network = Bottleneck::new(seed, None).unwrap();
        let [with, without] = network.makespans;
        assert!(with as f64 >= (1.0 + network.kind.least()) * without as f64, "{network:?}");
        assert!(network.is_found, "{network:?}");
        assert!(network.is_predicted(0.02), "{network:?}");
    }
}
