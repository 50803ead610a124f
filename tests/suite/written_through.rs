//! What is no regular file is written through: devices, FIFOs, standard output, what links lead to.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const MODEL: &str = "tests/cmd/models/tiny.yaml";

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

fn map(output: &Path, more: &[&str]) -> Output {
    let fixed = ["map", MODEL, "-d", "two-nodes", "--random-weights", "1", "-o", output.to_str().unwrap()];
    spikemesh(&[&fixed[..], more].concat())
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Each verb that writes a file, with the option that names it last.
const WRITERS: [&[&str]; 9] = [
    &["map", MODEL, "-d", "two-nodes", "--random-weights", "1", "-o"],
    &["map", MODEL, "-d", "two-nodes", "--random-weights", "1", "--plot"],
    &["check", MODEL, "--profile", "v2", "--repair"],
    &["test", "traces/regression.ron", "--junit"],
    &["replay", "mesh/noc/tests/data/cases/bom8.csv", "--size", "2x2", "-o"],
    &["replay", "mesh/noc/tests/data/cases/bom8.csv", "--size", "2x2", "-o", "/dev/null", "--hops"],
    &["replay", "mesh/noc/tests/data/cases/bom8.csv", "--size", "2x2", "-o", "/dev/null", "--convert"],
    &["traffic", "--size", "2x2", "--rates", "0.1", "--sample-period", "50", "--csv"],
    &["traffic", "--size", "2x2", "--rates", "0.1", "--sample-period", "50", "--links"],
];

#[test]
fn devices_stay_devices_and_links_stay_links() {
    let folder = tempfile::tempdir().unwrap();
    for writer in WRITERS {
        let link = folder.path().join("link");
        let _ = fs::remove_file(&link);
        symlink("/dev/null", &link).unwrap();
        // No `--force`: nothing is lost.
        let output = spikemesh(&[writer, &[link.to_str().unwrap()]].concat());
        assert!(output.status.success(), "{writer:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink(), "{writer:?}");
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device(), "{writer:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{writer:?}");
    }
}

#[test]
fn a_fifo_gives_its_reader_everything_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, plain) = (folder.path().join("fifo"), folder.path().join("plain"));
    for writer in WRITERS {
        let _ = fs::remove_file(&path);
        let _ = fs::remove_file(&plain);
        fifo(&path);
        let mut child = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
            .args(writer)
            .arg(&path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut read = Vec::new();
        fs::File::open(&path).unwrap().read_to_end(&mut read).unwrap();
        assert!(child.wait().unwrap().success(), "{writer:?}");
        assert!(spikemesh(&[writer, &[plain.to_str().unwrap()]].concat()).status.success());
        assert_eq!(read, fs::read(&plain).unwrap(), "{writer:?}");
        assert!(fs::symlink_metadata(&path).unwrap().file_type().is_fifo(), "{writer:?}");
    }
}

#[test]
fn standard_output_has_many_names_and_carries_the_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    for writer in WRITERS {
        let _ = fs::remove_file(&plain);
        assert!(spikemesh(&[writer, &[plain.to_str().unwrap()]].concat()).status.success());
        let expected = fs::read(&plain).unwrap();
        for name in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
            let output = spikemesh(&[writer, &[name]].concat());
            assert!(output.status.success(), "{writer:?} {name}");
            assert_eq!(output.stdout, expected, "{writer:?} {name}");
        }
    }
}

#[test]
fn a_full_device_is_named_as_the_cause() {
    for writer in WRITERS {
        let output = spikemesh(&[writer, &["/dev/full"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{writer:?}: {errors}");
        assert!(errors.contains("No space left on device"), "{writer:?}: {errors}");
        assert!(fs::metadata("/dev/full").unwrap().file_type().is_char_device());
    }
}

#[test]
fn what_a_link_leads_to_is_replaced_and_keeps_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let (link, target) = (folder.path().join("link"), folder.path().join("deep/target"));
    fs::create_dir(folder.path().join("deep")).unwrap();
    symlink("deep/target", &link).unwrap();
    // A link that leads nowhere yet: nothing is lost.
    assert!(map(&link, &[]).status.success());
    let program = fs::read(&target).unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&target, "before").unwrap();
    assert!(String::from_utf8_lossy(&map(&link, &[]).stderr).starts_with("cli::exists"));
    assert!(map(&link, &["--force"]).status.success());
    assert_eq!(fs::read(&target).unwrap(), program);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path().join("deep")).unwrap().count(), 1);
}

/// What a verb reads is not what it writes, by whatever name, `--force` or not.
#[test]
fn an_input_is_never_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::copy(MODEL, at("model.yaml")).unwrap();
    fs::copy("mesh/noc/tests/data/cases/bom8.csv", at("trace.csv")).unwrap();
    fs::copy("mesh/device/devices/two-nodes.ron", at("device.ron")).unwrap();
    let silicon = spikemesh::calibrate::Published::default();
    fs::write(at("silicon.md"), &silicon.layers.text).unwrap();
    let names = ["model.yaml", "trace.csv", "device.ron", "silicon.md"];
    let contents = || names.map(|name| fs::read(at(name)).unwrap());
    let before = contents();
    let model = at("model.yaml");
    for (arguments, input) in [
        (vec!["map", &model, "-d", "two-nodes", "--random-weights", "1", "--force", "-o"], "model.yaml"),
        (
            vec!["map", &model, "-d", &at("device.ron"), "--random-weights", "1", "--force", "-o"],
            "device.ron",
        ),
        (vec!["check", &model, "--force", "--repair"], "model.yaml"),
        (vec!["check", &model, "-d", &at("device.ron"), "--force", "--repair"], "device.ron"),
        (vec!["replay", &at("trace.csv"), "--size", "2x2", "--force", "-o"], "trace.csv"),
        (vec!["replay", &at("trace.csv"), "-d", &at("device.ron"), "--force", "-o"], "device.ron"),
        (
            vec!["replay", &at("trace.csv"), "--size", "2x2", "--force", "-o", "/dev/null", "--convert"],
            "trace.csv",
        ),
        (vec!["traffic", "-d", &at("device.ron"), "--force", "--csv"], "device.ron"),
        (vec!["fit", &at("silicon.md"), "--force", "-o"], "silicon.md"),
        (vec!["fit", "-d", &at("device.ron"), "--force", "-o"], "device.ron"),
    ] {
        let link = at("link");
        let _ = fs::remove_file(&link);
        symlink(at(input), &link).unwrap();
        for output in [at(input), link] {
            let refused = spikemesh(&[&arguments[..], &[&output]].concat());
            let errors = String::from_utf8_lossy(&refused.stderr);
            assert!(errors.contains("cli::same_file"), "{arguments:?} {output}: {errors}");
            assert!(contents() == before, "{arguments:?} {output}");
        }
    }
    let folder = folder.path().to_str().unwrap();
    let report = spikemesh(&["validate", "--layers", &at("silicon.md"), "--force", "-o", folder]);
    assert!(String::from_utf8_lossy(&report.stderr).contains("cli::same_file"));
    assert!(contents() == before);
}

/// A writer that does not ask what readers take would leave a file that none reads: only tests may use `isa::write`.
#[test]
fn whoever_writes_a_program_asks_what_its_readers_take() {
    let mut folders =
        ["src", "python/src", "crates", "mesh", "xtask/src"].map(std::path::PathBuf::from).to_vec();
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_of_tests = path.components().any(|part| part.as_os_str() == "tests");
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_of_tests {
                let text = fs::read_to_string(&path).unwrap();
                looked_at += usize::from(text.contains("isa::encode("));
                for unchecked in ["isa::write(", "container::write("] {
                    assert!(!text.contains(unchecked), "{}: {unchecked}", path.display());
                }
            }
        }
    }
    assert!(looked_at >= 3, "the command, the run directory and pickles: {looked_at}");
}
