//! Listings: every field shows, and the same program gives the same text.

use crate::generate::{example, programs};
use proptest::prelude::*;
use spikemesh_isa::text::{Images, listing};
use spikemesh_isa::*;

fn text(program: &Program) -> String {
    listing(program, Images::Whole).to_string()
}

proptest! {
    /// Lines are words of `key=value`, and the bytes of all images can be gathered from them.
    #[test]
    fn words_and_bytes(program in programs()) {
        let mut bytes = Vec::new();
        for line in text(&program).lines() {
            if let Some((_, hex)) = line.split_once(" data=") {
                bytes.extend((0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()));
            }
            let line = line.split(" # ").next().unwrap();
            if !line.contains('"') {
                prop_assert!(line.split_whitespace().skip(1).all(|w| w.split('=').count() == 2), "{}", line);
            }
            prop_assert!(line.is_ascii());
        }
        let images = program.passes.iter().flat_map(|p| {
            p.hrc.iter().map(|h| &h.memory).chain(p.nps.iter().map(|n| &n.memory))
        });
        prop_assert_eq!(bytes, images.flatten().copied().collect::<Vec<u8>>());
    }

    /// Different programs have different listings.
    #[test]
    fn tells_programs_apart(a in programs(), b in programs()) {
        prop_assert_eq!(a == b, text(&a) == text(&b));
    }
}

#[test]
fn every_field_shows() {
    let changes: &[fn(&mut Program)] = &[
        |p| p.device.push('x'),
        |p| p.weights_set ^= true,
        |p| p.input = Some(BufferId(7)),
        |p| p.outputs[0].buffer = BufferId(7),
        |p| p.outputs[0].output_map = OutputMapId(0),
        |p| p.outputs.clear(),
        |p| p.output_maps[0].potentials ^= true,
        |p| p.buffers[0].potentials ^= true,
        |p| p.buffers[0].bits = 2,
        |p| p.passes[0].hrc.as_mut().unwrap().padding_value ^= 1,
        |p| p.passes[0].hrc.as_mut().unwrap().pooling = Pooling::GlobalSum,
        |p| p.passes[0].nps[0].producers += 1,
        |p| p.passes[0].nps[0].input.own.end -= 1,
        |p| p.passes[0].nps[0].input.bits = 1,
        |p| p.passes[0].nps[0].activation = Activation::Potentials,
        |p| p.passes[0].nps[0].routes[0].row_base += 1,
        |p| p.passes[0].nps[0].routes[0].channel_base += 1,
        |p| p.passes[0].nps[0].routes[0].target = Target::Sink(BufferId(3)),
        |p| p.passes[0].nps[0].memory[0] ^= 1,
        |p| p.passes[0].sinks[0].producers += 1,
        |p| p.passes[1].sources[0].routes.clear(),
    ];
    for (i, change) in changes.iter().enumerate() {
        let mut program = example();
        change(&mut program);
        assert_ne!(text(&program), text(&example()), "change {i} does not show");
    }
}

#[test]
fn example_listing() {
    let listing = listing(&example(), Images::Digest).to_string();
    let expected = "\
program name=\"example\" device=\"test\" weights_set=false input=none
group id=0 name=\"layer 0\" map=8x8x2 potentials=false
group id=1 name=\"layer 1\" map=4x4x4 potentials=false
";
    assert_eq!(&listing[..expected.len()], expected);
    let np = "  \
  np id=0 group=1 producers=1 in_map=8x8x2 in_rows=0..5 in_own=0..5 in_bits=4 out=4 # layer 1
    convolution separable=false first_filter=0 filters=2 output_rows=0..2 weight_bits=4
    kernel axis=x size=3 stride=1 pad=1 outputs=8
    kernel axis=y size=3 stride=1 pad=1 outputs=8
    pool axis=x size=2 stride=2 pad=0 outputs=4
    pool axis=y size=2 stride=2 pad=0 outputs=4
";
    assert!(listing.contains(np.trim_start_matches("  ")), "{listing}");
}

/// A device's names stand wherever an NP does.
#[test]
fn names_of_a_device() {
    let (program, name) = (example(), |np: NpId| format!("n{}_0.np0", np.0));
    let named = listing(&program, Images::Digest).with_np_names(&name).to_string();
    assert!(named.contains("  np id=n0_0.np0 group=1 "), "{named}");
    assert!(named.contains("    route np=n0_0.np0 rows="), "{named}");
}
