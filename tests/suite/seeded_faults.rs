//! Seeded faults: `test` finds each that changes an output, a map or a cycle, and `diff` names what was changed and the first event that differs.
//!
//! Kinds in turn: a weight, a threshold, a constant of the device, the delay of a link, a route of the program. A fault that changes nothing is drawn
//! again and counted. A route is a fault of a program, which no manifest runs: there the verifier, the comparison with the engine or `diff` finds it.
//!
//! `cargo xtask seeded-faults --count 100` tries many; the test some. `SEEDED_FAULTS` is that number.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use spikemesh::device::Device;
use spikemesh::isa;
use spikemesh::model::{LayerId, Model, VariableName, file, template};
use tempfile::TempDir;

const MODEL: &str = "traces/tiny/events.yaml";
const DEVICE: &str = "two-nodes";
/// Faults that the test tries: two of each kind.
const SAMPLE: usize = 10;
/// Draws until a fault must have changed something.
const DRAWS: usize = 200;

/// Numbers by chance, the same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

#[derive(Clone, Debug)]
enum Fault {
    Weight { layer: String, name: VariableName, index: usize, value: i32 },
    Threshold { layer: String, index: usize, value: i32 },
    Setting(String),
    Route { pass: usize, np: usize, route: usize, row_base: u32 },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

struct Bench {
    folder: TempDir,
    model: Model,
    base: PathBuf,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let mut model = template::load(Path::new(MODEL)).unwrap();
        model.randomise(5);
        let bench = Bench { base: folder.path().join("base"), folder, model };
        bench.save(&bench.model);
        assert_eq!(bench.test(&[], true).0, Some(0));
        assert_eq!(bench.test(&[], false).0, Some(0));
        assert!(bench.run(&bench.base, &bench.at("m.fbz"), &[]).status.success());
        bench
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn save(&self, model: &Model) {
        file::save(model, Path::new(&self.at("m.fbz"))).unwrap();
    }

    fn test(&self, settings: &[&str], bless: bool) -> (Option<i32>, Value) {
        let input = std::fs::canonicalize("traces/tiny/events.npy").unwrap();
        let manifest = format!(
            "(cases: [(name: \"a\", model: \"m.fbz\", device: \"{DEVICE}\", set: {settings:?}, inputs: {input:?}, batch: 2, mode: \"all-nps\", \
             golden: \"g.json\")])"
        );
        std::fs::write(self.at("c.ron"), manifest).unwrap();
        let more: &[&str] = if bless { &["--bless"] } else { &[] };
        let output = spikemesh(&[&["test", &self.at("c.ron"), "--format", "json"], more].concat());
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
    }

    fn run(&self, directory: &Path, model: &str, more: &[&str]) -> Output {
        let fixed = [
            "run",
            model,
            "-i",
            "traces/tiny/events.npy",
            "-d",
            DEVICE,
            "-m",
            "all-nps",
            "--batch",
            "2",
            "-o",
        ];
        spikemesh(&[&fixed[..], &[directory.to_str().unwrap()], more].concat())
    }

    fn diff(&self, directory: &Path) -> Value {
        let paths = ["diff", self.base.to_str().unwrap(), directory.to_str().unwrap(), "--format", "json"];
        let output = spikemesh(&paths);
        let known = matches!(output.status.code(), Some(0 | 4));
        assert!(known, "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn draw(&self, kind: usize, numbers: &mut Numbers) -> Option<Fault> {
        let layers: Vec<LayerId> = self
            .model
            .iter()
            .filter(|(_, layer)| !layer.variables.weights.is_empty())
            .map(|(id, _)| id)
            .collect();
        let layer = self.model.layer(layers[numbers.below(layers.len())]);
        let name = layer.name.clone();
        let variables = &layer.variables;
        match kind {
            0 => {
                let pointwise = !variables.weights_pw.is_empty() && numbers.below(2) == 1;
                let (variable, weights) = match pointwise {
                    true => (VariableName::WeightsPw, &variables.weights_pw),
                    false => (VariableName::Weights, &variables.weights),
                };
                let index = numbers.below(weights.len());
                let (low, high) = match layer.parameters.weights_bits().unwrap() {
                    1 => (0, 1),
                    bits => (-(1 << (bits - 1)) + 1, (1 << (bits - 1)) - 1),
                };
                let value = low + numbers.below((high - low + 1) as usize) as i32;
                let fault = Fault::Weight { layer: name, name: variable, index, value };
                (value != i32::from(weights[index])).then_some(fault)
            }
            1 => {
                let index = numbers.below(variables.threshold_fire.len());
                let value = variables.threshold_fire[index] + 1 + numbers.below(40) as i32;
                Some(Fault::Threshold { layer: name, index, value })
            }
            2 => {
                let device = Device::load(DEVICE).unwrap();
                let lines = device.constant_lines();
                let line = &lines[numbers.below(lines.len())];
                let number: f64 = line.value.parse().ok()?;
                let value = match line.value.contains('.') {
                    true => format!("{}", number + 1.0 + numbers.below(8) as f64),
                    false => format!("{}", number + 1.0 + numbers.below(3) as f64),
                };
                let setting = format!("{}={value}", line.path);
                device.with(&[setting.parse().unwrap()]).ok()?;
                // Energy and loads before the run change no output, map or cycle.
                Some(Fault::Setting(setting))
            }
            3 => {
                let links = ["n0_0.east", "n1_0.west"];
                let link = links[numbers.below(links.len())];
                let setting = format!("overrides.{link}.delay={}", 2 + numbers.below(20));
                Device::load(DEVICE).unwrap().with(&[setting.parse().unwrap()]).ok()?;
                Some(Fault::Setting(setting))
            }
            _ => {
                let program = isa::load(&self.base.join("program.npx")).unwrap();
                let pass = numbers.below(program.passes.len());
                let np = numbers.below(program.passes[pass].nps.len());
                let routes = &program.passes[pass].nps[np].routes;
                let route = numbers.below(routes.len());
                let row_base = routes.get(route)?.row_base + 1 + numbers.below(3) as u32;
                Some(Fault::Route { pass, np, route, row_base })
            }
        }
    }

    /// Whether it changed something; then it was found, and named.
    fn is_found(&self, fault: &Fault) -> bool {
        let directory = self.folder.path().join("fault");
        let (tested, report) = match fault {
            Fault::Weight { layer, .. } | Fault::Threshold { layer, .. } => {
                let mut model = self.model.clone();
                let id = model.layer_by_name(layer).unwrap();
                let variables = model.layer(id).variables.clone();
                match fault {
                    Fault::Weight { name, index, value, .. } => {
                        let mut weights = if *name == VariableName::Weights {
                            variables.weights
                        } else {
                            variables.weights_pw
                        };
                        weights[*index] = *value as i8;
                        model.set_variable(id, *name, weights.as_slice()).unwrap();
                    }
                    Fault::Threshold { index, value, .. } => {
                        let mut thresholds = variables.threshold_fire;
                        thresholds[*index] = *value;
                        model.set_variable(id, VariableName::ThresholdFire, thresholds.as_slice()).unwrap();
                    }
                    _ => unreachable!("only these two"),
                }
                self.save(&model);
                let tested = self.test(&[], false);
                let ran = self.run(&directory, &self.at("m.fbz"), &[]);
                self.save(&self.model);
                assert!(ran.status.success(), "{fault}: {}", String::from_utf8_lossy(&ran.stderr));
                (tested.0, self.diff(&directory))
            }
            Fault::Setting(setting) => {
                let tested = self.test(&[setting], false);
                let ran = self.run(&directory, &self.at("m.fbz"), &["--set", setting]);
                if !ran.status.success() {
                    // Such a device holds no such program: a refusal is found.
                    assert_eq!(tested.0, Some(1), "{fault}: {}", tested.1);
                    return true;
                }
                (tested.0, self.diff(&directory))
            }
            Fault::Route { pass, np, route, row_base } => {
                let mut program = isa::load(&self.base.join("program.npx")).unwrap();
                program.passes[*pass].nps[*np].routes[*route].row_base = *row_base;
                // The verifier may refuse it: then nobody can write it.
                let Ok(bytes) = isa::encode(&program) else { return true };
                std::fs::write(self.at("p.npx"), bytes).unwrap();
                let ran = self.run(&directory, &self.at("p.npx"), &["--golden", &self.at("m.fbz")]);
                match ran.status.code() {
                    Some(0 | 4) => (Some(4), self.diff(&directory)),
                    code => {
                        assert!(matches!(code, Some(1 | 7 | 8)), "{fault}: {code:?}");
                        return true;
                    }
                }
            }
        };
        let is_empty = |name: &str| report[name] == json!([]);
        let first = &report["first_event"];
        let changed = !first.is_null() || !is_empty("outputs") || !is_empty("frames");
        if !changed {
            return false;
        }
        assert_eq!(tested, Some(4), "`test` does not find {fault}: {report:#}");
        for field in ["frame", "layer", "x", "y", "feature"] {
            assert!(!first[field].is_null(), "{fault}: {first}");
        }
        let sides = [&first["a"], &first["b"]];
        assert!(
            sides.iter().any(|side| side["cycle"].is_u64() && side["unit"].is_string()),
            "{fault}: {first}"
        );
        self.check_named(fault, &report);
        true
    }

    /// The report names what was changed.
    fn check_named(&self, fault: &Fault, report: &Value) {
        let rows = |name: &str| report[name].as_array().cloned().unwrap_or_default();
        match fault {
            Fault::Weight { layer, name, value, .. } => {
                let part = if *name == VariableName::Weights { "weights" } else { "pointwise" };
                let named =
                    rows("program").into_iter().find(|row| row["layer"] == **layer && row["name"] == part);
                let named = named.unwrap_or_else(|| panic!("{fault}: {report:#}"));
                assert!(named["unit"].is_string() && named["offset"].is_u64(), "{fault}: {named}");
                assert_eq!(
                    (&named["b"], &named["differing"]),
                    (&json!(value), &json!(1)),
                    "{fault}: {named}"
                );
                assert_eq!(report["first_event"]["layer"], **layer, "{fault}: {report:#}");
            }
            Fault::Threshold { layer, value, .. } => {
                let mut named = rows("program").into_iter();
                let is_it = |row: &Value| {
                    row["layer"] == **layer && row["name"] == "thresholds" && row["b"] == *value
                };
                assert!(named.any(|row| is_it(&row)), "{fault}: {report:#}");
            }
            Fault::Setting(setting) => {
                let (path, _) = setting.split_once('=').unwrap();
                assert!(rows("constants").iter().any(|row| row["name"] == path), "{fault}: {report:#}");
            }
            Fault::Route { .. } => {
                assert!(rows("program").iter().any(|row| row["name"] == "routes"), "{fault}: {report:#}");
            }
        }
    }
}

#[test]
fn every_fault_that_changes_something_is_found_and_named() {
    let count = std::env::var("SEEDED_FAULTS").ok().and_then(|count| count.parse().ok()).unwrap_or(SAMPLE);
    let bench = Bench::new();
    let (mut drawn, mut without) = (0, 0);
    for index in 0..count {
        let mut numbers = Numbers(index as u64 + 1);
        let found = (0..DRAWS).any(|_| {
            let Some(fault) = bench.draw(index % 5, &mut numbers) else { return false };
            drawn += 1;
            let found = bench.is_found(&fault);
            without += usize::from(!found);
            found
        });
        assert!(found, "no fault of kind {} changes anything", index % 5);
    }
    println!(
        "{count} faults found of {drawn} drawn; {without} changed no output, map or cycle and were drawn again"
    );
}
