//! Random devices: those that are built in, and meshes of any size, with memories that hold little.

use spikemesh::compiler::Mode;
use spikemesh::device::Device;
use spikemesh::noc::{Allocator, ArbiterRule, Multicast, PortOrder, Routing};

use crate::choices::Choices;

/// What a mesh is made to try.
#[derive(Clone, Copy)]
enum Size {
    /// Many NPs that hold little: layers are cut.
    Many,
    /// Few NPs: models need several passes.
    Few,
    /// As published.
    Whole,
}

/// A device.
pub fn device(choices: &mut Choices) -> Device {
    let built_in =
        choices.weighted(&[(11, None), (1, Some("akd1000")), (1, Some("akd1500")), (1, Some("two-nodes"))]);
    let mut device = Device::load(built_in.unwrap_or("akd1000")).expect("it comes with the program");
    if built_in.is_none() {
        mesh(choices, &mut device);
        network(choices, &mut device);
    }
    device
}

/// Nodes, and what their NPs hold.
fn mesh(choices: &mut Choices, device: &mut Device) {
    device.name = "mesh".to_owned();
    device.description = "a random mesh".to_owned();
    let size = choices.weighted(&[(7, Size::Many), (4, Size::Few), (1, Size::Whole)]);
    let (columns, rows, nps) = match size {
        Size::Many => (choices.range(2..=6), choices.range(2..=5), choices.range(2..=4)),
        Size::Few => (choices.range(1..=2), choices.range(1..=2), choices.range(1..=2)),
        Size::Whole => (choices.range(1..=6), choices.range(1..=6), choices.range(1..=4)),
    };
    (device.columns.0, device.rows.0, device.nps_per_node.0) = (columns as u16, rows as u16, nps as u16);
    let np = &mut device.np;
    (np.weight_bytes.0, np.input_bytes.0, np.own_rows.0) = match size {
        Size::Many => (choices.range(150..=1500), choices.range(100..=1200), choices.range(3..=12)),
        Size::Few => (choices.range(600..=4000), choices.range(600..=3000), choices.range(6..=24)),
        Size::Whole => (*np.weight_bytes, *np.input_bytes, *np.own_rows),
    };
    np.on_chip_weight_bytes.0 = choices.pick(&[16_384, 0, 64, 1024]);
    np.fifo_events.0 = choices.pick(&[256, 16, 17, 40]);
    device.multi_pass.0 = choices.chance(60);
}

/// What lies between the nodes.
fn network(choices: &mut Choices, device: &mut Device) {
    let network = &mut device.network;
    network.routing.0 = choices.pick(&[Routing::Xy, Routing::Yx, Routing::O1Turn]);
    // Each order of O1TURN needs a channel of its own.
    let least = if *network.routing == Routing::O1Turn { 2 } else { 1 };
    network.data_vcs.0 = choices.range(least..=4) as u8;
    network.token_vcs.0 = choices.range(least..=2) as u8;
    network.vc_buf_size.0 = choices.pick(&[1, 2, 3, 5, 8]);
    let allocators = [Allocator::SeparableInputFirst, Allocator::SeparableOutputFirst];
    network.vc_allocator.0 = choices.pick(&allocators);
    network.sw_allocator.0 = choices.pick(&allocators);
    network.arb_type.0 = choices.pick(&[ArbiterRule::RoundRobin, ArbiterRule::Fixed]);
    network.port_order.0 = choices.pick(&[PortOrder::LocalFirst, PortOrder::LocalLast]);
    network.speculative.0 = choices.chance(30);
    network.hold_switch_for_packet.0 = choices.chance(30);
    network.routing_delay.0 = choices.below(3) as u8;
    network.st_prepare_delay.0 = choices.below(2) as u8;
    network.link_delay.0 = choices.range(1..=3) as u8;
    network.credit_delay.0 = choices.below(4) as u8;
}

/// Lets the routers fork packets, with what they need for it.
pub fn fork(device: &mut Device) {
    let network = &mut device.network;
    network.multicast.0 = Multicast::Tree;
    network.vc_buf_size.0 = (*network.vc_buf_size).max(5);
    if *network.routing == Routing::O1Turn {
        network.routing.0 = Routing::Yx;
    }
    (network.speculative.0, network.hold_switch_for_packet.0) = (false, false);
    network.vc_allocator.0 = Allocator::SeparableInputFirst;
    network.sw_allocator.0 = Allocator::SeparableInputFirst;
    (network.vc_alloc_delay.0, network.sw_alloc_delay.0) = (1, 1);
}

/// Parts that differ: some links, and some neural processors of which a few compute nothing.
pub fn overrides(choices: &mut Choices, device: &mut Device) {
    let constant = |value: &str, choice: u32| format!("{value}={choice}");
    let (mut settings, mut disabled) = (Vec::new(), 0);
    for _ in 0..choices.range(1..=6) {
        let (x, y) = (choices.below((*device.columns).into()), choices.below((*device.rows).into()));
        let np = choices.below((*device.nps_per_node).into());
        let (link, np) = (format!("overrides.n{x}_{y}"), format!("overrides.n{x}_{y}.np{np}"));
        let side = choices.pick(&["east", "west", "south", "north"]);
        settings.push(match choices.below(5) {
            0 => constant(&format!("{np}.fifo_events"), choices.pick(&[16, 19, 64, 256])),
            1 => format!("{np}.clock_scale={}", choices.pick(&[0.001, 0.5, 0.75, 1.0, 1.333, 2.0, 7.919])),
            2 if disabled < device.nps() / 4 => {
                disabled += 1;
                format!("{np}.disabled=true")
            }
            _ => constant(&format!("{link}.{side}.delay"), choices.range(1..=16)),
        });
    }
    for setting in settings {
        // Links over the edge are left out.
        if let Ok(changed) = device.with(&[setting.parse().expect("a path and a value")]) {
            *device = changed;
        }
    }
}

/// The overrides of a device as they stand in its file.
fn overrides_text(device: &Device) -> String {
    let value = |constant: &serde_json::Value| {
        format!(
            "({}, {}, {})",
            constant["value"],
            constant["basis"].as_str().unwrap_or_default(),
            constant["source"]
        )
    };
    let overrides = serde_json::to_value(&device.overrides).unwrap_or_default();
    let fields = |value: &serde_json::Value, text: &dyn Fn(&serde_json::Value) -> String| {
        let fields = value.as_object().into_iter().flatten();
        format!(
            "({})",
            fields.map(|(name, value)| format!("{name}: {}", text(value))).collect::<Vec<_>>().join(", ")
        )
    };
    fields(&overrides, &|node| fields(node, &|part| fields(part, &value)))
}

/// A mode that the device has.
pub fn mode(choices: &mut Choices, device: &Device) -> Mode {
    let hw_pr = if *device.multi_pass { 3 } else { 0 };
    choices.weighted(&[(4, Mode::Minimal), (3, Mode::AllNps), (hw_pr, Mode::HwPr)])
}

/// The device as a file: the text that it was made from, with the constants that were changed.
pub fn text(device: &Device) -> String {
    let base = Device::text(&device.name).or(Device::text("akd1000")).expect("it comes with the program");
    let (np, network) = (&device.np, &device.network);
    let numbers: [(&str, u32); 19] = [
        ("columns", (*device.columns).into()),
        ("rows", (*device.rows).into()),
        ("nps_per_node", (*device.nps_per_node).into()),
        ("weight_bytes", *np.weight_bytes),
        ("input_bytes", *np.input_bytes),
        ("input_maps", *np.input_maps),
        ("own_rows", *np.own_rows),
        ("memory_bytes", *np.memory_bytes),
        ("on_chip_weight_bytes", *np.on_chip_weight_bytes),
        ("fifo_events", *np.fifo_events),
        ("data_vcs", (*network.data_vcs).into()),
        ("token_vcs", (*network.token_vcs).into()),
        ("vc_buf_size", (*network.vc_buf_size).into()),
        ("routing_delay", (*network.routing_delay).into()),
        ("st_prepare_delay", (*network.st_prepare_delay).into()),
        ("link_delay", (*network.link_delay).into()),
        ("credit_delay", (*network.credit_delay).into()),
        ("vc_alloc_delay", (*network.vc_alloc_delay).into()),
        ("sw_alloc_delay", (*network.sw_alloc_delay).into()),
    ];
    let words = [
        ("multi_pass", device.multi_pass.to_string()),
        ("routing", word(*network.routing)),
        ("port_order", word(*network.port_order)),
        ("vc_allocator", word(*network.vc_allocator)),
        ("sw_allocator", word(*network.sw_allocator)),
        ("arb_type", word(*network.arb_type)),
        ("speculative", network.speculative.to_string()),
        ("hold_switch_for_packet", network.hold_switch_for_packet.to_string()),
        ("multicast", word(*network.multicast)),
    ];
    let overrides = format!("\n    overrides: {},\n    network: (", overrides_text(device));
    let with_overrides = base.replacen("\n    network: (", &overrides, 1);
    let numbers = numbers.into_iter().map(|(name, value)| (name, value.to_string()));
    let text = numbers.chain(words).fold(with_overrides, |text, (name, value)| with(&text, name, &value));
    let quoted =
        |key: &str, old: &str, new: &str| (format!("    {key}: {old:?}"), format!("    {key}: {new:?}"));
    let base = Device::parse("base", base).expect("it comes with the program");
    [quoted("name", &base.name, &device.name), quoted("description", &base.description, &device.description)]
        .into_iter()
        .fold(text, |text, (old, new)| text.replacen(&old, &new, 1))
}

/// The word of a value in device files.
fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The text with another value of a constant.
fn with(text: &str, name: &str, value: &str) -> String {
    let key = format!(" {name}: (");
    let start = text.find(&key).unwrap_or_else(|| panic!("{name} is in every device")) + key.len();
    let end = start + text[start..].find(',').unwrap_or(0);
    format!("{}{value}{}", &text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_device_is_that_device() {
        let mut overridden = 0;
        for seed in 0..200 {
            let mut device = device(&mut Choices::seeded(seed));
            overrides(&mut Choices::seeded(seed), &mut device);
            overridden += u32::from(!device.overrides.is_empty());
            assert_eq!(Device::parse("written", &text(&device)).unwrap(), device, "{seed}");
        }
        assert!(overridden > 150, "{overridden}");
    }

    #[test]
    fn devices_pass_the_checker() {
        for seed in 0..500 {
            let device = device(&mut Choices::seeded(seed));
            let errors = device.check();
            assert!(errors.is_empty(), "{seed}: {errors:?}");
        }
    }
}
