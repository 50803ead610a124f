//! `spikemesh asm`: text becomes the program that it was printed from, and a program by hand runs.

use std::path::Path;
use std::process::{Command, Output};

use spikemesh::tensor::npy;

const BY_HAND: &str = include_str!("../../isa/tests/programs/edges.nps");

fn spikemesh(folder: &Path, arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).current_dir(folder).output();
    command.expect("spikemesh starts")
}

fn well(folder: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = spikemesh(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn a_program_comes_back_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let template = std::path::absolute("tests/models/mnist-separable.yaml").unwrap();
    let map = ["map", template.to_str().unwrap(), "-d", "akd1500", "--random-weights", "7", "-o", "a.npx"];
    well(folder.path(), &map);
    let text = well(folder.path(), &["disasm", "a.npx", "--images"]);
    let np = String::from_utf8(text.clone()).unwrap();
    assert!(
        np.lines().any(|line| line.starts_with("  np ") && line.contains(" # ")),
        "units name their layers"
    );
    std::fs::write(folder.path().join("a.nps"), text).unwrap();
    well(folder.path(), &["asm", "a.nps", "-o", "b.npx"]);
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(read("a.npx") == read("b.npx"), "the program has changed on its way through text");
}

/// What `BY_HAND` computes: a true convolution, then levels from the threshold 0 in steps of 1.
fn edges(map: &[[u8; 4]; 4]) -> Vec<i32> {
    let weights = [[[-1, -1], [-2, 0], [-1, 1]], [[0, -2], [0, 0], [0, 2]], [[1, -1], [2, 0], [1, 1]]];
    let at = |x: i32, y: i32| match (0..4).contains(&x) && (0..4).contains(&y) {
        true => i32::from(map[x as usize][y as usize]),
        false => 0,
    };
    let mut out = Vec::new();
    for (x, y, filter) in (0..32).map(|index| (index / 8, index / 2 % 4, index as usize % 2)) {
        let taps = (0..9).map(|tap| (tap / 3, tap % 3));
        let potential: i32 =
            taps.map(|(kx, ky)| weights[kx as usize][ky as usize][filter] * at(x + 1 - kx, y + 1 - ky)).sum();
        out.push(potential.clamp(0, 15));
    }
    out
}

#[test]
fn a_program_by_hand_runs() {
    let page = std::fs::read_to_string("docs/formats/assembly.md").unwrap();
    assert!(page.contains(BY_HAND), "docs/formats/assembly.md shows another program");
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("edges.nps", BY_HAND.as_bytes());
    let map = [[0, 0, 9, 9], [0, 3, 9, 1], [0, 0, 15, 1], [2, 0, 0, 1]];
    write("events.npy", &npy::to_bytes(&[1, 4, 4, 1], map.as_flattened()).unwrap());
    well(folder.path(), &["asm", "edges.nps", "-o", "edges.npx"]);
    well(
        folder.path(),
        &["run", "edges.npx", "-i", "events.npy", "--order", "events", "-d", "two-nodes", "-o", "out"],
    );
    let outputs: ndarray::Array4<i32> = ndarray_npy::read_npy(folder.path().join("out/outputs.npy")).unwrap();
    let outputs: Vec<i32> = outputs.iter().copied().collect();
    let expected = edges(&map);
    assert!(expected.iter().filter(|value| **value > 0).count() > 8, "the test looks at values");
    assert_eq!(outputs, expected);
}

#[test]
fn names_are_those_of_the_device() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("edges.nps"), BY_HAND.replace("n1_0.np0", "n3_2.np1")).unwrap();
    let refused = spikemesh(folder.path(), &["asm", "edges.nps", "-o", "edges.npx"]);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(1) && message.contains("assembly::value"), "{message}");
    assert!(!folder.path().join("edges.npx").exists());
    well(folder.path(), &["asm", "edges.nps", "-d", "akd1000", "-o", "edges.npx"]);
    let again = spikemesh(folder.path(), &["asm", "edges.nps", "-d", "akd1000", "-o", "edges.npx"]);
    assert_eq!(again.status.code(), Some(1));
}
