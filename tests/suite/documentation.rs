//! The documentation says what is there: links lead somewhere, tables hold what the code has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use spikemesh::compat;
use spikemesh::device::Device;
use spikemesh::model::{LayerKind, Parameter};

fn pages(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            pages(&path, out);
        } else if path.extension().is_some_and(|e| e == "md") {
            out.push(path);
        }
    }
}

/// Lines outside of code blocks.
fn prose(page: &str) -> String {
    let mut fenced = false;
    let mut text = String::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            text += line;
            text.push('\n');
        }
    }
    text
}

/// The anchor that a heading gets: lower case, words joined by hyphens, nothing but letters, digits and underscores.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

/// Every target of `[text](target)`.
fn targets(page: &str) -> Vec<String> {
    let text = prose(page);
    let rest = text.split("](").skip(1);
    rest.filter_map(|rest| rest.split(')').next()).map(str::to_owned).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut all = Vec::new();
    pages(Path::new("docs"), &mut all);
    pages(Path::new("traces"), &mut all);
    all.extend(["README.md", "CHANGELOG.md"].map(PathBuf::from));
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in all {
        let folder = page.parent().unwrap();
        for target in targets(&fs::read_to_string(&page).unwrap()) {
            if target.contains("://") {
                continue;
            }
            seen += 1;
            let (path, fragment) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.clone() } else { folder.join(path) };
            let file = if file.is_dir() { file.join("README.md") } else { file };
            // A picture is no text, and has no headings.
            let found = fs::read(&file).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let holds = found.is_some_and(|text| {
                let text = prose(&text);
                let mut headings =
                    text.lines().filter(|l| l.starts_with('#')).map(|l| l.trim_start_matches('#'));
                fragment.is_empty() || headings.any(|heading| anchor(heading) == fragment)
            });
            if !holds {
                wrong.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
    assert!(seen > 50, "only {seen} links were found");
}

#[test]
fn every_page_is_in_the_table_of_contents() {
    let mut all = Vec::new();
    pages(Path::new("docs"), &mut all);
    let contents: Vec<String> = ["docs/README.md", "docs/decisions/README.md"]
        .iter()
        .flat_map(|page| {
            let folder = Path::new(page).parent().unwrap().to_owned();
            let targets = targets(&fs::read_to_string(page).unwrap());
            targets.into_iter().map(move |target| folder.join(target).display().to_string())
        })
        .collect();
    for page in all.iter().map(|page| page.display().to_string()).filter(|page| page != "docs/README.md") {
        assert!(contents.contains(&page), "{page} is in no table of contents");
    }
}

#[test]
fn the_rules_are_those_of_the_code() {
    let page = fs::read_to_string("docs/compatibility.md").unwrap();
    let (_, rest) = page.split_once("<!-- rules -->").unwrap();
    let (listed, _) = rest.split_once("<!-- /rules -->").unwrap();
    assert_eq!(
        listed.trim(),
        compat::table().trim(),
        "put this table between the marks of docs/compatibility.md"
    );
}

#[test]
fn the_parameters_are_those_of_the_code() {
    let page = fs::read_to_string("docs/formats/model-template.md").unwrap();
    let (_, rest) = page.split_once("<!-- parameters -->").unwrap();
    let (listed, _) = rest.split_once("<!-- /parameters -->").unwrap();
    assert_eq!(
        listed.trim(),
        Parameter::table().trim(),
        "put this table between the marks of docs/formats/model-template.md"
    );
    for kind in LayerKind::WORDS {
        assert!(page.contains(&format!("`{kind}`")), "{kind} is not on the page");
    }
}

/// Value and basis of every constant of a device, by its place in the file.
fn constants(place: &str, value: &Value, out: &mut BTreeMap<String, (String, String)>) {
    match value {
        Value::Object(fields) => {
            if let (Some(value), Some(Value::String(basis))) = (fields.get("value"), fields.get("basis")) {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                out.insert(place.to_owned(), (value, basis.clone()));
                return;
            }
            for (name, value) in fields {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                constants(&place, value, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                constants(&format!("{place}[{index}]"), item, out);
            }
        }
        _ => {}
    }
}

/// Every constant of the AKD1000 stands in one row of docs/microarchitecture, with its value and its basis.
#[test]
fn the_constants_are_those_of_the_device() {
    let device = serde_json::to_value(Device::load("akd1000").unwrap()).unwrap();
    let mut expected = BTreeMap::new();
    constants("", &device, &mut expected);
    assert!(expected.len() > 40, "{expected:?}");

    let mut all = Vec::new();
    pages(Path::new("docs/microarchitecture"), &mut all);
    let mut wrong = Vec::new();
    for page in all {
        let text = fs::read_to_string(&page).unwrap();
        for row in text.lines().filter_map(|line| line.strip_prefix("| `")) {
            let Some((place, cells)) = row.split_once("` |") else { continue };
            // Rows of tables about other things.
            if !device.as_object().unwrap().contains_key(place.split('.').next().unwrap()) {
                continue;
            }
            let cells: Vec<&str> = cells.split('|').map(str::trim).collect();
            let Some((value, basis)) = expected.remove(place) else {
                wrong.push(format!("{}: {place} is no constant, or stands there twice", page.display()));
                continue;
            };
            let number = |text: &str| text.parse::<f64>().ok();
            let says = |cell: &&str| {
                let word = cell.split(' ').next().unwrap_or_default();
                word.trim_matches('`') == value
                    || number(&value).is_some_and(|value| number(&word.replace(',', "")) == Some(value))
            };
            if !cells.iter().any(says) {
                wrong.push(format!("{}: {place} is {value}", page.display()));
            }
            if !cells.iter().any(|cell| cell.split([';', ' ']).next() == Some(&basis)) {
                wrong.push(format!("{}: {place} is {basis}", page.display()));
            }
        }
    }
    wrong.extend(expected.keys().map(|place| format!("{place} is in no chapter")));
    assert!(wrong.is_empty(), "docs/microarchitecture is not the device file:\n{}", wrong.join("\n"));
}

#[test]
fn anchors_and_links_are_read() {
    assert_eq!(anchor(" Exit codes"), "exit-codes");
    assert_eq!(anchor("run.json"), "runjson");
    assert_eq!(targets("see [a](b.md#c) and [`d`](e)\n```\n[f](g)\n```\n"), ["b.md#c", "e"]);
}

#[test]
fn the_metrics_of_sweeps_are_those_of_the_code() {
    let page = fs::read_to_string("docs/formats/sweep.md").unwrap();
    let (_, rest) = page.split_once("<!-- metrics -->").unwrap();
    let (listed, _) = rest.split_once("<!-- /metrics -->").unwrap();
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let listed: Vec<(String, String)> = listed
        .lines()
        .filter(|line| !line.is_empty())
        .map(|row| (cells(row)[0].clone(), cells(row)[2].clone()))
        .collect();
    let metrics = spikemesh::sweep::METRICS.iter();
    let expected: Vec<(String, String)> = metrics
        .map(|metric| (format!("`{}`", metric.name), format!("{:?}", metric.claim).to_lowercase()))
        .collect();
    assert_eq!(listed, expected);
}
