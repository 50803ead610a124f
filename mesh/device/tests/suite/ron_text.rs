//! Devices written as files.

use spikemesh_device::{Device, Setting};

use crate::change::{changed, others};

fn again(device: &Device) -> Device {
    Device::parse("again.ron", &device.ron_text()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn the_text_of_any_device_gives_the_same_device() {
    let mut count = 0;
    for name in Device::names() {
        let device = Device::load(name).unwrap();
        assert_eq!(again(&device), device);
        for line in device.constant_lines() {
            for other in others(&line).into_iter().filter_map(|v| changed(&device, &line, Some(v), None)) {
                assert_eq!(again(&other), other, "{line}");
                count += 1;
            }
        }
    }
    assert!(count > 700, "{count}");
}

#[test]
fn settings_overrides_and_odd_words_are_in_the_text() {
    let settings = [
        "network.link_delay=4",
        "profile=v1",
        "overrides.n1_0.east.delay=8",
        "overrides.n1_0.np2.clock_scale=1.125",
        "overrides.n0_1.np0.disabled=true",
        "overrides.n0_1.np1.fifo_events=70",
    ];
    let settings = settings.map(|setting| setting.parse::<Setting>().unwrap());
    let device = Device::load("akd1000").unwrap();
    let mut device =
        device.with_from(&settings, "a \"quoted\" \\ reason,\nover two lines\u{7f}\u{e9}").unwrap();
    device.description = String::new();
    assert_eq!(again(&device), device);
    assert_eq!(again(&device).sha256(), device.sha256());
    let text = device.ron_text();
    for line in ["    link_delay: (4, assumed, \"a \\\"quoted", "        n1_0: (\n            east: ("] {
        assert!(text.contains(line), "{line}: {text}");
    }
}
