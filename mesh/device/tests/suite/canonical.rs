//! The canonical text of a device.

use std::collections::BTreeSet;

use serde_json::Value;
use spikemesh_device::{ConstantLine, Device};

use crate::change::{changed, others};

#[test]
fn any_change_of_a_value_or_a_basis_changes_the_hash() {
    for name in Device::names() {
        let device = Device::load(name).unwrap();
        let mut hashes = BTreeSet::from([device.sha256()]);
        let mut values = 0;
        for line in device.constant_lines() {
            let mut allowed = 0;
            for device in others(&line).into_iter().filter_map(|v| changed(&device, &line, Some(v), None)) {
                assert!(hashes.insert(device.sha256()), "{name}: {line}");
                let again = device.constant_lines();
                let now = again.iter().find(|now| now.path == line.path).unwrap();
                assert_ne!(now.value, line.value);
                allowed += 1;
            }
            // These have one value, or need changes elsewhere.
            let fixed = line.path == "np.potential_bytes" || line.path.ends_with(".separable");
            assert!(allowed > 0 || fixed || line.path.ends_with(".kernel"), "{name}: {line}");
            values += allowed;
            for basis in ["documented", "measured", "fitted", "assumed"] {
                let Some(now) = line.basis else { continue };
                let other = changed(&device, &line, None, Some(basis)).unwrap();
                assert_eq!(hashes.insert(other.sha256()), basis != now.to_string(), "{name}: {line} {basis}");
            }
        }
        assert!(values > 150, "{values}");
    }
}

#[test]
fn formatting_comments_sources_and_names_change_nothing() {
    let device = Device::load("akd1500").unwrap();
    let text = Device::text("akd1500").unwrap();
    let other = text
        .replace("26.5,", "26.500 /* by bars */ ,")
        .replace("400_000_000", "400000000")
        .replace("\"product page\"", "\"another page\"")
        .replace("    ", " ")
        .replace("name: \"akd1500\"", "name: \"other\"");
    let other = Device::parse("other", &other).unwrap();
    assert_eq!(other.name, "other");
    assert_eq!(other.canonical_text(), device.canonical_text());
    assert_eq!((other.sha256(), device.sha256().len()), (device.sha256(), 64));
}

#[test]
fn lines_are_sorted_and_have_the_paths_of_error_messages() {
    let device = Device::load("akd1500").unwrap();
    let text = device.canonical_text();
    let lines: Vec<&str> = text.lines().collect();
    for line in [
        "clock_hz=400000000 documented",
        "network.routing=xy assumed",
        "timing.np.accumulate[1].clocks=4.48 fitted",
        "timing.np.accumulate[1].kernel=3",
        "timing.hrc.position=26.5 measured",
    ] {
        assert!(lines.contains(&line), "{line} is not in\n{text}");
    }
    let sorted = device.constant_lines();
    assert!(sorted.is_sorted_by(|a, b| a.path < b.path));
    for (line, text) in sorted.iter().zip(lines) {
        assert_eq!(&text.parse::<spikemesh_device::ConstantLine>().unwrap(), line);
    }
    // What the checker says of a value that cannot be.
    let mut wrong = device.clone();
    wrong.energy.lanes[2].clock.0 = -1.0;
    wrong.np.own_rows.0 = 0;
    for error in wrong.check() {
        let text = error.to_string();
        let path = text.split('`').nth(1).unwrap();
        assert!(sorted.iter().any(|line| line.path == path), "{text}");
    }
}

/// The same lines by way of the whole device as JSON.
#[test]
fn lines_are_the_values_of_the_device_as_json() {
    let settings = [
        "overrides.n1_0.east.delay=8",
        "overrides.n1_1.np0.clock_scale=1.5",
        "overrides.n1_1.np1.disabled=true",
        "network.multicast=tree",
        "clock_hz=123456789",
    ]
    .map(|setting| setting.parse().unwrap());
    for name in Device::names() {
        let device = Device::load(name).unwrap();
        let settings = if name == "akd1500" { &settings[..] } else { &settings[3..] };
        for device in [device.with(settings).unwrap(), device] {
            let Value::Object(mut fields) = serde_json::to_value(&device).unwrap() else { panic!() };
            for left_out in [
                "name",
                "description",
                "profile",
                "calibration",
                "load_calibration",
                "energy_calibration",
                "network_energy_bound",
            ] {
                fields.remove(left_out);
            }
            let mut lines: Vec<String> = Vec::new();
            collect("", &Value::Object(fields), &mut lines);
            let lines: BTreeSet<String> = lines.into_iter().collect();
            let found: BTreeSet<String> =
                device.constant_lines().iter().map(ConstantLine::to_string).collect();
            assert_eq!(found, lines);
        }
    }
}

fn collect(path: &str, value: &Value, lines: &mut Vec<String>) {
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Object(fields) if fields.contains_key("basis") => {
            lines.push(format!("{path}={} {}", plain(&fields["value"]), plain(&fields["basis"])));
        }
        Value::Object(fields) => {
            let dot = if path.is_empty() { "" } else { "." };
            fields.iter().for_each(|(name, value)| collect(&format!("{path}{dot}{name}"), value, lines));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| collect(&format!("{path}[{i}]"), item, lines));
        }
        value => lines.push(format!("{path}={}", plain(value))),
    }
}
