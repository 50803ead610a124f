//! Text becomes the program that it was made of; what is wrong is said with its line.

use std::collections::BTreeSet;

use crate::generate::programs;
use miette::Diagnostic;
use proptest::prelude::*;
use spikemesh_isa::assembly::{AssemblyError, assemble};
use spikemesh_isa::memory::{Contents, Layout};
use spikemesh_isa::text::{Images, listing};
use spikemesh_isa::*;

const EDGES: &str = include_str!("../programs/edges.nps");

fn np_of(_: &str, name: &str) -> Option<NpId> {
    name.strip_prefix("n1_0.np")?.parse().ok().map(NpId)
}

fn assembled(text: &str) -> Result<Program, Vec<AssemblyError>> {
    assemble("t.nps", text, &np_of)
}

/// The text with what follows from the rest left out, and the fields of each line from the last to the first.
fn shortest(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = line.split(" # ").next().unwrap().trim_start();
        if line.contains('"') {
            lines.push(line.to_owned());
            continue;
        }
        let mut words = line.split(' ');
        let word = words.next().unwrap();
        let follows = |field: &&str| {
            let names = [
                "row_base=0",
                "channel_base=0",
                "first_filter=0",
                "external=false",
                "separable=false",
                "stride=1",
                "pad=0",
            ];
            word == "memory"
                || names.contains(field)
                || (field.starts_with("id=") && word != "np")
                || field.starts_with("at=")
        };
        let fields: Vec<&str> = words.filter(|field| !follows(field)).collect();
        lines.push([word].into_iter().chain(fields.into_iter().rev()).collect::<Vec<_>>().join("  "));
    }
    lines.join(" # a comment\r\n\n")
}

proptest! {
    #[test]
    fn text_becomes_the_program_that_it_was_made_of(program in programs()) {
        let text = listing(&program, Images::Whole).to_string();
        prop_assert_eq!(&assembled(&text).unwrap(), &program);
        prop_assert_eq!(&assembled(&shortest(&text)).unwrap(), &program);
        let named = listing(&program, Images::Whole).with_np_names(&|np| format!("n1_0.np{}", np.0)).to_string();
        prop_assert_eq!(write(&assembled(&named).unwrap()), write(&program));
    }

    /// A program whose lines are cut, doubled or exchanged gives errors that can be shown, or a program that is right.
    #[test]
    fn damaged_text_is_refused_or_right(program in programs(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(), cut in 0usize..40) {
        let text = listing(&program, Images::Whole).to_string();
        let mut lines: Vec<&str> = text.lines().collect();
        let (a, b) = (a.index(lines.len()), b.index(lines.len()));
        lines.swap(a, b);
        let end = lines[a].char_indices().map(|(at, _)| at).nth(cut).unwrap_or(lines[a].len());
        lines.insert(b, &lines[a][..end]);
        match assembled(&lines.join("\n")) {
            Ok(program) => prop_assert!(verify(&program).is_empty()),
            Err(errors) => prop_assert!(!errors.is_empty() && errors.iter().all(|error| !error.to_string().is_empty())),
        }
    }
}

#[test]
fn a_program_by_hand_says_no_more_than_it_must() {
    assert!(EDGES.lines().count() <= 30);
    let program = assembled(EDGES).unwrap();
    assert!(verify(&program).is_empty());
    let np = &program.passes[0].nps[0];
    assert_eq!(
        (np.np, np.input.rows, np.input.own),
        (NpId(0), Rows { first: 0, end: 4 }, Rows { first: 0, end: 4 })
    );
    let Operation::Convolution(convolution) = np.operation else { panic!("it is a convolution") };
    assert_eq!((convolution.output_rows, convolution.x.stride), (Rows { first: 0, end: 4 }, 1));
    assert_eq!(np.routes[0].rows, Rows { first: 0, end: 4 });
    let contents = Contents::unpack(&np.memory, &Layout::of_np(np)).unwrap();
    assert_eq!(contents.weights[..6], [-1, -1, -2, 0, -1, 1]);
    assert_eq!((contents.thresholds, contents.steps), (vec![0, 0], vec![1.0, 1.0]));
}

/// What is wrong with `EDGES` after a replacement: the codes, and for the first error its line and the text under its label.
fn wrong(from: &str, to: &str) -> (Vec<String>, String) {
    assert!(EDGES.contains(from), "{from}");
    let errors = assembled(&EDGES.replacen(from, to, 1)).unwrap_err();
    let codes = errors.iter().map(|error| error.code().unwrap().to_string()).collect();
    let error = &errors[0];
    assert!(error.help().is_some());
    let source = error.source_code().unwrap();
    let span = *error.labels().unwrap().next().unwrap().inner();
    let read = source.read_span(&span, 0, 0).unwrap();
    (codes, format!("{}: {}", read.line() + 1, String::from_utf8_lossy(read.data())))
}

#[test]
fn every_error_shows_its_place() {
    let cases = [
        ("  sink buffer", "  sinc buffer", "assembly::word", "23: sinc"),
        ("route sink=1", "route sink=1 1", "assembly::field", "15: 1"),
        ("route sink=1", "route sink=1 row=1", "assembly::unknown_field", "15: row"),
        ("route sink=1", "route sink=1 sink=1", "assembly::twice", "15: sink"),
        ("    memory\n", "    memory\n    memory\n", "assembly::twice", "17: memory"),
        ("out=4", "", "assembly::missing", "11: np"),
        (
            "    kernel axis=y size=3 pad=1 outputs=4\n",
            "",
            "assembly::missing",
            "11: np id=n1_0.np0 group=0 producers=1 in_map=4x4x1 in_bits=4 out=4",
        ),
        ("route np=n1_0.np0", "route np=n9_9.np0", "assembly::value", "10: n9_9.np0"),
        ("producers=1 in_map", "producers=one in_map", "assembly::value", "11: one"),
        ("weights values=1,", "weights values=8,", "assembly::value", "16: memory"),
        ("    memory\n", "", "assembly::order", "17: weights"),
        ("pass\n", "", "assembly::order", "8: source"),
        ("    memory\n", "    memory weights=17\n", "assembly::disagrees", "16: 17"),
        ("    memory\n", "    memory crc32=0x00000000\n", "assembly::disagrees", "16: 0x00000000"),
        ("pass\n", "pass id=1\n", "assembly::disagrees", "8: 1"),
        ("program name=\"edges\" device=\"two-nodes\" input=0\n", "", "assembly::no_program", "2: group"),
        (
            "pad=1 outputs=4\n    route",
            "pad=1 outputs=5\n    route",
            "assembly::program",
            "11: np id=n1_0.np0 group=0 producers=1 in_map=4x4x1 in_bits=4 out=4",
        ),
        (
            "sink buffer=1 producers=1",
            "sink buffer=1 producers=2",
            "assembly::program",
            "23: sink buffer=1 producers=2",
        ),
    ];
    let mut seen = BTreeSet::new();
    for (from, to, code, place) in cases {
        let (codes, at) = wrong(from, to);
        assert_eq!((codes[0].as_str(), at.as_str()), (code, place), "{from:?} -> {to:?}");
        seen.insert(code);
    }
    let mut all: BTreeSet<&str> = include_str!("../../src/assembly/error.rs")
        .split("code(")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .collect();
    all.retain(|code| !code.is_empty() && *code != "assembly::more");
    assert_eq!(seen, all);
}

#[test]
fn nothing_and_a_flood_of_errors() {
    let code = |text: &str| assembled(text).unwrap_err().last().unwrap().code().unwrap().to_string();
    assert_eq!([code(""), code("# nothing\n")], ["assembly::no_program"; 2]);
    let errors = assembled(&format!("{EDGES}{}", "what\n".repeat(1000))).unwrap_err();
    assert_eq!((errors.len(), errors[20].to_string()), (21, "and 980 more".to_owned()));
}
