//! Every JSON that the command gives out says what it is, and the documentation names each of its fields.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::calibrate::Published;

use crate::cli_fit::rows::{changed, measured, published};

/// Verbs that print something else than data.
const WITHOUT_JSON: [&str; 1] = ["completions"];

/// The page of kinds, and the one of claims.
const PAGE: &str = "docs/formats/json.md";
const CLAIMS: &str = "docs/formats/run-directory.md";

/// What a verb gave out: where, and the JSON.
struct Given {
    verb: String,
    place: String,
    value: Value,
}

fn spikemesh(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output();
    output.expect("spikemesh starts")
}

/// Runs a verb with `--format json`: what it gives out on both streams.
fn given(arguments: &[&str]) -> Vec<Given> {
    let output = spikemesh(&[arguments, &["--format", "json"]].concat());
    let streams = [("standard output", &output.stdout), ("standard error", &output.stderr)];
    let mut all = Vec::new();
    for (stream, bytes) in streams {
        // Standard error has a value for each warning, then one for all errors.
        for value in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
            let value = value.unwrap_or_else(|e| panic!("{arguments:?}, {stream}: {e}"));
            let place = format!("{stream} of {}", arguments.join(" "));
            all.push(Given { verb: arguments[0].to_owned(), place, value });
        }
    }
    assert!(!all.is_empty(), "{arguments:?} gives nothing out");
    all
}

/// The files `*.json` of a folder.
fn files(folder: &Path) -> Vec<Given> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|end| end == "json"));
    let given = files.map(|path| {
        let value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        Given { verb: String::new(), place: path.file_name().unwrap().to_string_lossy().into_owned(), value }
    });
    given.collect()
}

/// Everything that can be given out, once at least with every field.
fn everything(folder: &Path) -> Vec<Given> {
    let path = |name: &str| folder.join(name).display().to_string();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let model = "traces/tiny/events.yaml";
    let out = path("out");
    let input = ["-i", "traces/tiny/events.npy", "-o", &out, "--batch", "2"];
    let run = [
        "run",
        model,
        "--random-weights",
        "1",
        "-d",
        "two-nodes",
        "--waves",
        "--wave-time",
        "clocks",
        "--trace",
        "--set",
        "network.depth=4",
    ];
    let mut all = given(&[&run[..], &input[..]].concat());
    all.extend(files(&folder.join("out")));
    let explain = ["explain", model, "--random-weights", "1", "-d", "two-nodes"];
    all.extend(given(&[&explain[..], &["-i", "traces/tiny/events.npy", "--batch", "2"]].concat()));
    all.extend(given(&["report", &out]));
    all.extend(given(&["report", &out, &out]));
    all.extend(given(&["verify", &out, "traces"]));
    // Runs that differ in everything; of one the inputs are gone.
    let input = path("gone.npy");
    std::fs::copy("traces/tiny/events.npy", &input).unwrap();
    for (name, seed, link) in [("other", "2", "network.link_delay=3"), ("gone", "3", "network.link_delay=1")]
    {
        let arguments =
            ["-d", "two-nodes", "-i", &input, "--set", link, "--keep-inputs=0", "--random-weights", seed];
        let output = spikemesh(&[&["run", model], &arguments[..], &["-o", &path(name)]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        if name == "other" {
            all.extend(given(&["diff", &out, &path(name)]));
        }
    }
    std::fs::remove_file(&input).unwrap();
    all.extend(given(&["diff", &out, &path("gone")]));
    all.extend(given(&[
        "map",
        model,
        "-d",
        "two-nodes",
        "-o",
        &path("p.npx"),
        "--set",
        "overrides.n0_0.np3.disabled=true",
    ]));
    all.extend(given(&["disasm", &path("p.npx")]));
    let report = ["--objective", "cycles", "--effort", "1", "--compile-report", &path("compile.json")];
    let split = ["map", "tests/models/convtiny.yaml", "-d", "akd1000", "-m", "all-nps"];
    all.extend(given(&[&split, &report[..]].concat()));
    let certified =
        ["map", model, "-d", "two-nodes", "-o", &path("c.npx"), "--certificate", &path("cert.json")];
    all.extend(given(&certified));
    let trees = ["-m", "all-nps", "--set", "network.multicast=tree", "--set", "network.vc_buf_size=8"];
    let certified = ["map", model, "-d", "akd1500", "--certificate", &path("trees.json")];
    all.extend(given(&[&certified[..], &trees].concat()));
    all.extend(given(&["verify", &path("cert.json"), &path("c.npx"), model, "-d", "two-nodes"]));
    let (run, images) = (path("two-maps"), ["traces/tiny/images.yaml", "-i", "traces/tiny/images.npy"]);
    let two_maps = ["--random-weights", "1", "-d", "akd1000", "--set", "np.input_maps=2", "-o", &run];
    all.extend(given(&[&["run"], &images[..], &two_maps].concat()));
    all.extend(files(Path::new(&run)));
    all.extend(given(&["asm", "isa/tests/programs/edges.nps", "-o", &path("edges.npx")]));
    let deep = ["check", "tests/models/an.25-160.yaml", "--profile", "v1"];
    all.extend(given(&[&deep[..], &["--repair", &path("legal.fbz")]].concat()));
    all.extend(given(&["check", "tests/cmd/models/large.yaml", "-d", "two-nodes"]));
    all.extend(given(&["check", "tests/cmd/models/broken.yaml"]));
    all.extend(given(&["check", "--list"]));
    all.extend(given(&["device"]));
    all.extend(given(&["device", "akd1500"]));
    all.extend(given(&["device", "akd9000"]));

    let absolute = |name: &str| std::env::current_dir().unwrap().join(name).display().to_string();
    let (template, events) = (absolute(model), absolute("traces/tiny/events.npy"));
    let case = |name: &str, model: &str| {
        format!(
            "(name: \"{name}\", model: \"{model}\", random_weights: 1, device: \"two-nodes\", inputs: \"{events}\", frames: 1, \
             golden: \"{name}.json\")"
        )
    };
    write("cases.ron", &format!("(cases: [{}, {}])", case("a", &template), case("b", "none.yaml")));
    all.extend(given(&["test", &path("cases.ron")]));
    all.extend(given(&["test", &path("cases.ron"), "--list"]));
    all.extend(given(&["test", &path("cases.ron"), "--bless"]));
    all.extend(files(folder));

    let trace = "mesh/noc/tests/data/cases/bom8.csv";
    let answers = ["-o", &path("o.csv"), "--hops", &path("h.csv")];
    all.extend(given(&[&["replay", trace, "--size", "2x2"][..], &answers[..]].concat()));
    // A replay that is compared: with another depth the first packet that differs has waited for one that was granted its output.
    let crowd =
        (0..30).fold("cycle,src,dst,size\n".to_owned(), |rows, n| format!("{rows}{},{},3,4\n", n / 9, n % 3));
    write("crowd.csv", &crowd);
    let crowd = ["replay", &path("crowd.csv"), "--size", "2x2", "--depth"];
    all.extend(given(&[&crowd[..], &["4", "-o", &path("4.csv"), "--hops", &path("4h.csv")]].concat()));
    let against = ["2", "-o", &path("2.csv"), "--against", &path("4.csv"), "--against-hops", &path("4h.csv")];
    all.extend(given(&[&crowd[..], &against[..]].concat()));
    let recorded = path("out/trace.spt");
    all.extend(given(&["replay", &recorded, "-d", "two-nodes", "--depth", "4", "-o", &path("run.csv")]));
    all.extend(given(&["trace", &recorded, "--with", &path("run.csv"), "--heat-map", &path("map.svg")]));
    all.extend(given(&["trace", trace]));
    let few = ["--size", "2x2", "--rates", "0.1", "--runs", "2", "--sample-period", "50"];
    all.extend(given(&[&["traffic"][..], &few[..]].concat()));

    // A row of each kind; the fit takes made ones, which it can be determined from.
    let Published { layers, models, np_counts, micro, .. } = Published::default();
    for (name, file, row) in [
        ("layers.csv", layers, "KWS,5,"),
        ("models.csv", models, "KWS,minimal"),
        ("counts.csv", np_counts, "gxnor"),
        ("micro.csv", micro, "3x3 conv slope"),
    ] {
        let mut lines = file.text.lines();
        let heading = lines.next().unwrap();
        let row = lines.find(|line| line.starts_with(row)).unwrap_or_else(|| panic!("{name} has no {row}"));
        write(name, &format!("{heading}\n{row}\n"));
    }
    let made = published(&measured("made", &changed(), 1.0));
    for (name, file) in [("made.csv", made.layers), ("none.csv", made.models), ("no.csv", made.micro)] {
        write(name, &file.text);
    }
    let rows = ["--layers", &path("layers.csv"), "--models", &path("models.csv")];
    let more = ["--np-counts", &path("counts.csv"), "--micro", &path("micro.csv")];
    all.extend(given(&[&["validate"][..], &rows[..], &more[..]].concat()));
    let none = ["--models", &path("none.csv"), "--micro", &path("no.csv")];
    all.extend(given(&[&["fit", &path("made.csv"), "--reading", "0"][..], &none[..]].concat()));
    // Two points with results, one that cannot be mapped.
    let space =
        ["model=traces/tiny/images.yaml", "random_weights=1", "mode=minimal,hw-pr", "network.depth=2,4"];
    let into = ["-i", "traces/tiny/images.npy", "-d", "two-nodes", "-o", &path("sweep")];
    all.extend(given(&[&["sweep"][..], &space[..], &into[..]].concat()));
    all.extend(given(&["sweep", "report", &path("sweep"), "--front", "latency_ms,nps"]));
    all.extend(files(&folder.join("sweep")));
    for point in std::fs::read_dir(folder.join("sweep/points")).unwrap() {
        all.extend(files(&point.unwrap().path()));
    }
    all.extend(given(&["demo", "-o", &path("demo")]));
    // It has an accuracy.
    all.extend(given(&["report", &path("demo")]));
    all
}

/// The names in backticks in a cell.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of the tables under a heading, down to the next heading, cell by cell.
fn rows_under<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let mut lines = page.lines().skip_while(|line| line.trim_start_matches('#').trim() != heading);
    lines.next().unwrap_or_else(|| panic!("there is no heading `{heading}`"));
    let section = lines.take_while(|line| !line.starts_with('#'));
    let rows = section.filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The paths that a page names under a heading. A row whose second cell says `claim` stands for the fields of a claim, too.
fn named(page: &str, heading: &str) -> BTreeSet<String> {
    let claims = std::fs::read_to_string(CLAIMS).unwrap();
    let claim: Vec<String> = rows_under(&claims, "Claims").iter().flat_map(|row| names(row[0])).collect();
    let mut all = BTreeSet::from(["schema".to_owned()]);
    for row in rows_under(page, heading) {
        for path in names(row[0]) {
            if row.get(1).is_some_and(|cell| cell.starts_with("claim")) {
                all.extend(claim.iter().map(|field| format!("{path}.{field}")));
            } else {
                all.insert(path);
            }
        }
    }
    all
}

/// The paths of all values in a document: `a.b`, `list[].field`.
fn paths(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                paths(value, &inner, all);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().for_each(|item| paths(item, &format!("{path}[]"), all));
        }
        _ => {
            all.insert(path.to_owned());
        }
    }
}

/// Whether a path is named: itself, as part of `name.*`, or as an object or list that is null or empty here.
fn is_named(path: &str, named: &BTreeSet<String>) -> bool {
    named.contains(path)
        || named.iter().any(|name| {
            let whole = name.strip_suffix(".*").unwrap_or(name);
            let below = whole != name && (path == whole || path.starts_with(&format!("{whole}.")));
            below || name.starts_with(&format!("{path}.")) || name.starts_with(&format!("{path}[]"))
        })
}

/// Kinds by `schema`, each with the paths that the documentation names.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let mut kinds = BTreeMap::new();
    for row in rows_under(&page, "Kinds") {
        let [schema] = &names(row[0])[..] else { panic!("a row has one schema: {row:?}") };
        let target = row[2].split("](").nth(1).and_then(|rest| rest.split(')').next()).unwrap();
        let (file, _) = target.split_once('#').unwrap();
        let heading = row[2].split('[').nth(1).and_then(|rest| rest.split(']').next()).unwrap();
        let text = match file {
            "" => page.clone(),
            file => std::fs::read_to_string(Path::new("docs/formats").join(file)).unwrap(),
        };
        kinds.insert(schema.clone(), named(&text, heading));
    }
    kinds
}

/// What is wrong with what was given out.
fn faults(all: &[Given], documented: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for Given { place, value, .. } in all {
        let Some(schema) = value["schema"].as_str() else {
            faults.push(format!("{place}: no schema"));
            continue;
        };
        let Some(named) = documented.get(schema) else {
            faults.push(format!("{place}: {PAGE} has no row for `{schema}`"));
            continue;
        };
        let mut found = BTreeSet::new();
        paths(value, "", &mut found);
        let unnamed = found.iter().filter(|path| !is_named(path, named));
        faults.extend(unnamed.map(|path| format!("{place}: `{path}` of {schema} is not documented")));
        seen.entry(schema).or_default().extend(found);
    }
    for (schema, named) in documented {
        let Some(found) = seen.get(schema.as_str()) else {
            faults.push(format!("nothing gives out `{schema}`"));
            continue;
        };
        let gone = named.iter().filter(|name| !name.ends_with('*') && !found.contains(*name));
        faults.extend(gone.map(|name| format!("`{name}` of {schema} is documented and never given out")));
    }
    faults.sort();
    faults.dedup();
    faults
}

#[test]
fn all_json_has_a_schema_and_documented_fields() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = everything(folder.path());
    let documented = documented();
    let found = faults(&all, &documented);
    assert!(found.is_empty(), "{}", found.join("\n"));

    // Every verb is asked.
    let help = String::from_utf8(spikemesh(&["--help"]).stdout).unwrap();
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let verbs = verbs.filter_map(|line| line.split_whitespace().next());
    let verbs: Vec<&str> = verbs.filter(|verb| *verb != "help" && !WITHOUT_JSON.contains(verb)).collect();
    assert!(verbs.len() > 10, "{help}");
    for verb in verbs {
        assert!(all.iter().any(|given| given.verb == verb), "`{verb}` is not asked for its JSON");
    }

    // The test can fail: a field that nobody knows, a version that nobody knows, a document without a schema.
    all[0].value["news"] = 1.into();
    assert!(faults(&all, &documented).iter().any(|fault| fault.contains("`news`")));
    all[0].value["schema"] = "spikemesh.run-summary/0".into();
    assert!(faults(&all, &documented).iter().any(|fault| fault.contains("no row for")));
    all[0].value = Value::Null;
    assert!(faults(&all, &documented).iter().any(|fault| fault.contains("no schema")));
}
