//! Ranges in which a prediction may claim an error.

use spikemesh_device::Device;

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let text = Device::text("akd1500").unwrap();
    for (from, to) in [
        ("width: (160.0, 224.0)", "width: (160.0, 24.0)"),
        ("median: 0.0082", "median: -1.0"),
        ("density: (0.331, 0.755)", "density: (0.331, NaN)"),
    ] {
        assert!(text.contains(from), "{from}");
        let errors = Device::parse("wrong", &text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(errors.len(), 1, "{to}: {errors:?}");
    }
}
