//! Constants set by path, and overrides of single parts.

use spikemesh_device::{Claims, Device, SettableDevice, Setting, sha256_of_lines};

use crate::change::{changed, others};

fn set(device: &Device, settings: &[&str]) -> Result<Device, Vec<String>> {
    let settings: Vec<Setting> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    let made = device.with(&settings).map_err(|errors| errors.iter().map(said).collect());
    // Prepared once and set, it is the same, as are its errors.
    let prepared = SettableDevice::new(device.clone()).with(&settings);
    assert_eq!(made, prepared.map_err(|errors| errors.iter().map(said).collect()));
    if let Ok(made) = &made {
        assert_eq!(made.sha256(), sha256_of_lines(&made.constant_lines()));
    }
    made
}

/// Code, message and help.
fn said(error: &spikemesh_device::Error) -> String {
    use miette::Diagnostic;
    let part = |part: Option<Box<dyn std::fmt::Display + '_>>| {
        part.map_or_else(String::new, |part| part.to_string())
    };
    format!("{}: {error}; {}", part(error.code()), part(error.help()))
}

/// Every value of every device, set to every value near it, is what a file with that value and the basis `assumed` says.
#[test]
fn a_setting_is_an_edited_file() {
    let mut count = 0;
    for name in Device::names() {
        let device = Device::load(name).unwrap();
        for line in device.constant_lines() {
            for value in others(&line) {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let basis = line.basis.map(|_| "assumed");
                let edited = changed(&device, &line, Some(value), basis);
                let given = set(&device, &[&format!("{}={text}", line.path)]);
                match (edited, given) {
                    (Some(edited), Ok(given)) => {
                        assert_eq!(edited.canonical_text(), given.canonical_text(), "{line} {text}");
                        count += 1;
                    }
                    (None, Err(errors)) => assert!(
                        errors.iter().all(|e| e.contains('`') || e.contains("network: ")),
                        "{errors:?}"
                    ),
                    (edited, given) => panic!("{line} {text}: {} {given:?}", edited.is_some()),
                }
            }
        }
    }
    assert!(count > 700, "{count}");
}

#[test]
fn the_same_value_changes_nothing_and_the_last_of_two_holds() {
    let device = Device::load("akd1500").unwrap();
    for line in device.constant_lines() {
        assert_eq!(set(&device, &[&format!("{}={}", line.path, line.value)]).unwrap(), device, "{line}");
    }
    assert_eq!(set(&device, &["timing.hrc.position=26.500"]).unwrap(), device);
    let twice = ["network.link_delay=4", "rows=4", "network.link_delay=2"];
    let changed = set(&device, &twice).unwrap();
    assert_eq!((*changed.network.link_delay, *changed.rows), (2, 4));
    let settings: Vec<Setting> = twice.iter().map(|setting| setting.parse().unwrap()).collect();
    let in_force: Vec<String> = changed.in_force(&settings).iter().map(Setting::to_string).collect();
    assert_eq!(in_force, ["network.link_delay=2", "rows=4"]);
    assert_eq!(*set(&device, &["network.depth=4"]).unwrap().network.vc_buf_size, 4);
    let energies = ["energy.network.link=30", "energy.memory_byte=0.1", "energy.load_byte=0"];
    let changed = set(&device, &energies).unwrap();
    assert_eq!((*changed.energy.network.link, *changed.energy.memory_byte), (30.0, 0.1));
    assert!(set(&device, &["profile=v2"]).is_ok());
}

#[test]
fn wrong_settings_name_path_value_limit_and_what_was_meant() {
    let device = Device::load("akd1500").unwrap();
    let of = |setting: &str| set(&device, &[setting]).unwrap_err().join("\n");
    for (setting, expected) in [
        (
            "network.link_dely=4",
            "device::unknown_constant: akd1500: there is no constant `network.link_dely`; did you mean `network.link_delay`?",
        ),
        ("link_delay=4", "did you mean `network.link_delay`?"),
        ("network.dept=4", "did you mean `network.depth`?"),
        ("network.link_delay=99", "`network.link_delay` is 99, and must be 1 to 16"),
        ("network.st_final_delay=0", "device::network"),
        (
            "network.link_delay=9999",
            "device::value: akd1500: `network.link_delay` cannot be `9999`, it must be 1 to 16",
        ),
        (
            "network.link_delay=1.5",
            "`network.link_delay` cannot be `1.5`, it must be a whole number, 1 to 16",
        ),
        ("network.link_delay=fast", "cannot be `fast`, it must be a number, 1 to 16"),
        ("network.routing=zz", "cannot be `zz`, it must be one of `xy`, `yx`, `o1turn`"),
        ("network.speculative=1", "it must be `true` or `false`"),
        ("overrides.n1_0.eest.delay=8", "did you mean `overrides.n1_0.east.delay`?"),
        ("overrides.n1_0.east.dely=8", "did you mean `overrides.n1_0.east.delay`?"),
        ("overrides.n1_0.np0.clock_scal=8", "did you mean `overrides.n1_0.np0.clock_scale`?"),
        ("overrides.n1_0=8", "an override is `overrides.NODE.PART.CONSTANT`"),
        (
            "overrides.n3_0.east.delay=8",
            "device::no_part: akd1500: `overrides.n3_0.east.delay`: the device has no link n3_0.east; ",
        ),
        (
            "overrides.n9_0.np0.disabled=true",
            "the device has no neural processor n9_0.np0; it has the nodes n0_0 to n3_1, each with np0 to np3",
        ),
        ("overrides.n0_0.np4.disabled=true", "the device has no neural processor n0_0.np4"),
        (
            "overrides.n0_0.np3.disabled=1",
            "`overrides.n0_0.np3.disabled` cannot be `1`, it must be `true` or `false`",
        ),
        ("overrides.n0_0.east.delay=0", "`overrides.n0_0.east.delay` is 0, and must be 1 to 16"),
        ("overrides.n0_0.np3.clock_scale=0", "is 0, and must be 0.001 to 1,000"),
        ("overrides.n0_0.np3.fifo_events=8", "is 8, and must be 16 to 1,048,576"),
    ] {
        let said = of(setting);
        assert!(said.contains(expected), "{setting}: {said}");
    }
    // All at once.
    assert_eq!(set(&device, &["a=1", "rows=0", "columns=0"]).unwrap_err().len(), 3);
    for wrong in ["rows", "=4", "rows="] {
        assert!(wrong.parse::<Setting>().unwrap_err().contains("is not path=value"), "{wrong}");
    }
}

#[test]
fn overrides_stand_in_files_and_in_the_canonical_text() {
    let text = Device::text("akd1500").unwrap();
    let section = "    overrides: (\n        n1_0: (\n            east: (delay: (8, assumed, \"a long wire\")),\n            np2: (clock_scale: (1.5, assumed, \"a slow corner\"), fifo_events: (64, assumed, \"s\")),\n        ),\n        n3_1: (np0: (disabled: (true, measured, \"broken\"))),\n    ),\n";
    let with = |section: &str| text.replace("    // Layers above", &format!("{section}    // Layers above"));
    let device = Device::parse("mine.ron", &with(section)).unwrap();
    let settings = [
        "n1_0.east.delay=8",
        "n1_0.np2.clock_scale=1.5",
        "n1_0.np2.fifo_events=64",
        "n3_1.np0.disabled=true",
    ];
    let settings: Vec<String> = settings.iter().map(|setting| format!("overrides.{setting}")).collect();
    let settings: Vec<&str> = settings.iter().map(String::as_str).collect();
    let set_ = set(&Device::load("akd1500").unwrap(), &settings).unwrap();
    assert_eq!(device.canonical_text().replace("true measured", "true assumed"), set_.canonical_text());
    assert!(device.canonical_text().contains("\noverrides.n1_0.np2.clock_scale=1.5 assumed\n"));
    assert_eq!(device.disabled_nps(), [28]);
    assert_eq!((device.fifo_events(6), device.fifo_events(7), device.clock_scale(6).0), (64, 256, 1500));
    assert_eq!(device.network_config().link_delays.len(), 1);
    // Nothing in it: as without.
    let empty = Device::parse("mine.ron", &with("    overrides: (n1_0: (east: ()), n2_0: ()),\n")).unwrap();
    assert_eq!(empty.sha256(), Device::load("akd1500").unwrap().sha256());
    for (from, to, expected) in [
        ("(8, assumed", "(99, assumed", "`overrides.n1_0.east.delay` is 99, and must be 1 to 16"),
        ("\"a long wire\"", "\"\"", "`overrides.n1_0.east.delay` names no source"),
        ("(8, assumed", "(900, assumed", "`overrides.n1_0.east.delay` is 900, and must be 1 to 16"),
        ("east:", "eest:", "`eest` is no part of a node"),
        ("n1_0:", "n01_0:", "`n01_0` is no node"),
        ("n3_1:", "n1_0:", "`n1_0` is given twice"),
        ("n3_1:", "n4_1:", "the device has no neural processor n4_1.np0"),
        ("delay:", "dely:", "dely"),
    ] {
        let errors = Device::parse("mine.ron", &with(&section.replacen(from, to, 1))).unwrap_err();
        let said = errors.iter().map(said).collect::<String>();
        assert!(said.contains(expected) && said.contains("mine.ron:"), "{to}: {said}");
    }
}

#[test]
fn a_second_input_map_makes_every_claim_assumed() {
    let device = Device::load("akd1500").unwrap();
    let two = set(&device, &["np.input_maps=2"]).unwrap();
    let claim = Claims::new(&two).constant("clock_hz");
    assert_eq!(claim.basis.to_string(), "assumed");
    assert_eq!(claim.reasons, ["`np.input_maps` is not of the measured device"]);
    assert!(set(&device, &["np.input_maps=3"]).unwrap_err()[0].contains("must be 1 to 2"));
}

#[test]
fn any_override_makes_every_claim_assumed() {
    let device = Device::load("akd1500").unwrap();
    let slow = set(&device, &["overrides.n1_0.east.delay=8", "overrides.n0_0.np0.clock_scale=2"]).unwrap();
    let (before, after) = (Claims::new(&device), Claims::new(&slow));
    assert_eq!(before.constant("clock_hz").basis.to_string(), "spec");
    let claim = after.constant("clock_hz");
    assert_eq!(claim.basis.to_string(), "assumed");
    let reason = claim.reasons.join(" ");
    assert!(
        reason
            .contains("`overrides.n0_0.np0.clock_scale` and 1 override more are not of the measured device"),
        "{reason}"
    );
}
