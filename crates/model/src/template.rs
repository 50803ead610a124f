//! Templates: models without weights, written as YAML.
//!
//! ```
//! use spikemesh_model::template;
//!
//! let text = r#"
//! name: tiny
//! layers:
//!   - {type: InputData, name: events, input_width: 4, input_height: 4, input_channels: 2}
//!   - {type: FullyConnected, name: head, num_neurons: 10, weights_bits: 4}
//! "#;
//! let model = template::parse("tiny.yaml", text)?;
//! assert_eq!(model.layers()[1].name, "head");
//!
//! let problems = template::parse("tiny.yaml", &text.replace("num_neurons", "neurons")).unwrap_err();
//! assert_eq!(problems.len(), 2); // `num_neurons` is missing, `neurons` is unknown
//! # Ok::<(), Vec<template::Error>>(())
//! ```
//!
//! A template has `name` and `layers`, a list of mappings with `type`, the keyword names of the API reference, and
//! optionally `name` and `inbound`, a list of names of earlier layers (the previous layer otherwise). Plain YAML only: no
//! anchors, aliases, tags, merge keys, or second document.

mod error;
mod fields;
mod suggest;
mod tree;

use std::ops::Range;
use std::path::Path;

pub use error::{Error, Problem};
pub use tree::MAX_DEPTH;

use spikemesh_files::{ReadError, decode_text, read_limited};

use crate::kind::LayerKind;
use crate::layer::LayerId;
use crate::limits::MAX_LAYERS;
use crate::model::Model;
use crate::parameters::Parameters;
use error::Problems;
use fields::{Fields, text, wrong_type};
use tree::{Content, Entry, Node, Scalar, quoted};

/// Largest template in bytes: 1 KiB for each layer that a model may have.
pub const MAX_BYTES: usize = 1024 * MAX_LAYERS;

/// Reads a template from a file. Errors: the file cannot be read, is not UTF-8 or too large, or has any of the problems
/// of [`parse`].
pub fn load(path: &Path) -> Result<Model, Vec<Error>> {
    read(path).map(|(model, _)| model)
}

/// A template with the bytes that it was read from.
pub(crate) fn read(path: &Path) -> Result<(Model, Vec<u8>), Vec<Error>> {
    let name = path.display().to_string();
    let bytes = read_limited(path, MAX_BYTES as u64);
    let text = bytes.and_then(|bytes| Ok((decode_text(bytes.clone())?, bytes)));
    let (text, bytes) = text.map_err(|error| {
        Problems::without_text(match error {
            ReadError::Io(error) => Problem::Unreadable { path: name.clone(), reason: error.to_string() },
            ReadError::TooLarge { .. } => Problem::TooLarge { unit: "bytes", limit: MAX_BYTES },
            ReadError::NotText { offset } => {
                Problem::NotText { offset, reason: format!("{name} is neither UTF-8 nor a model file") }
            }
        })
    })?;
    Ok((parse(&name, &text)?, bytes))
}

/// Reads a template from its text; `file` is the name that messages show. All problems are reported, but those that
/// only follow from others.
pub fn parse(file: &str, text: &str) -> Result<Model, Vec<Error>> {
    if text.len() > MAX_BYTES {
        return Err(Problems::without_text(Problem::TooLarge { unit: "bytes", limit: MAX_BYTES }));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut problems = Problems::of(file, text);
    let root = tree::read(text, &mut problems);
    let whole = 0..text.trim_end().len().min(1);
    let model = match root {
        Some(Node { content: Content::Mapping(entries), .. }) => Some(build(&entries, whole, &mut problems)),
        Some(node) if node.scalar() != Some(Scalar::Null) => {
            let entry = Entry { key: file.to_string(), key_span: whole, value: node };
            let help = "a template has `name:` and `layers:`".to_string();
            wrong_type(&mut problems, &entry, "a mapping", help);
            None
        }
        // An empty file has no document; anything else that yields nothing has been reported.
        Some(_) | None if problems.len() == 0 => {
            problems.add(Problem::NoLayers, &whole, "empty");
            None
        }
        Some(_) | None => None,
    };
    match model {
        Some(model) if problems.len() == 0 => Ok(model),
        _ => Err(problems.finish()),
    }
}

/// The model of a template's top level. If there are problems, what it returns is incomplete.
fn build(entries: &[Entry], whole: Range<usize>, problems: &mut Problems) -> Model {
    let mut builder = Builder { model: Model::default(), named: Vec::new(), problems };
    let place = "the template".to_string();
    Fields::new(entries, place, whole.clone(), &["name", "layers"], builder.problems).finish();
    let mut layers = None;
    for entry in entries {
        match (entry.key.as_str(), &entry.value.content) {
            ("name", _) => match text(&entry.value) {
                Some(name) => builder.model.name = name.to_string(),
                None => wrong_type(builder.problems, entry, "a word", "write `name: my_model`".to_string()),
            },
            ("layers", Content::Sequence(items)) => layers = Some((entry, items)),
            ("layers", _) => {
                let help = "write one `- type: ...` for each layer".to_string();
                wrong_type(builder.problems, entry, "a list", help);
                return builder.model;
            }
            _ => {}
        }
    }
    match layers {
        None => builder.problems.add(Problem::NoLayers, &whole, "no `layers:` here"),
        Some((entry, items)) if items.is_empty() => {
            builder.problems.add(Problem::NoLayers, &entry.key_span, "empty")
        }
        Some((entry, items)) if items.len() > MAX_LAYERS => {
            let problem = Problem::TooLarge { unit: "layers", limit: MAX_LAYERS };
            builder.problems.add(problem, &entry.key_span, "this list");
        }
        Some((_, items)) => items.iter().for_each(|item| builder.layer(item)),
    }
    builder.model
}

/// A layer of the file.
struct Named {
    name: String,
    /// Where the name is, or the layer if it has none.
    span: Range<usize>,
    /// Its place in the model, `None` if it has problems: what depends on it cannot be built either.
    id: Option<LayerId>,
}

struct Builder<'a> {
    model: Model,
    named: Vec<Named>,
    problems: &'a mut Problems,
}

impl Builder<'_> {
    fn layer(&mut self, item: &Node) {
        let index = self.named.len();
        let before = self.problems.len();
        let Content::Mapping(entries) = &item.content else {
            let problem = Problem::WrongType {
                key: format!("layer {index}"),
                found: item.describe(),
                expected: "a mapping",
                help: "write `- type: ...` and the layer's keys below".to_string(),
            };
            self.problems.add(problem, &item.span, "wrong type");
            self.named.push(Named { name: String::new(), span: item.span.clone(), id: None });
            return;
        };
        let head = match find(entries, "type").or(entries.first()) {
            Some(entry) => entry.key_span.start..entry.value.span.end.max(entry.key_span.end),
            None => item.span.clone(),
        };
        let given_name = find(entries, "name").and_then(|entry| match text(&entry.value) {
            Some("") => None,
            Some(name) => Some((name, &entry.value.span)),
            None => {
                wrong_type(self.problems, entry, "a word", "write `name: my_layer`".to_string());
                None
            }
        });
        let parameters = self.parameters(entries, &head, given_name.map(|n| n.0));
        let (name, span) = match (given_name, &parameters) {
            (Some((name, span)), _) => (name.to_string(), span.clone()),
            (None, Some(p)) => (format!("{}_{index}", p.kind().word().to_ascii_lowercase()), head.clone()),
            (None, None) => (String::new(), head.clone()),
        };
        if let Some(p) = &parameters {
            p.check(&name).into_iter().for_each(|error| self.refused(error, entries, &head));
        }
        if let Some((first, other)) =
            self.named.iter().enumerate().find(|(_, n)| !name.is_empty() && n.name == name)
        {
            let problem = crate::error::Error::DuplicateName { layer: name.clone(), index: first };
            self.problems.add_with(problem, &span, "again here", &other.span, "first here");
        }
        let inbound = self.inbound(entries, &name);
        let id = match (parameters, inbound) {
            (Some(parameters), Some(inbound)) if self.problems.len() == before => {
                let added = self.model.add(&name, parameters, &inbound);
                added.map_err(|errors| errors.into_iter().for_each(|e| self.refused(e, entries, &head))).ok()
            }
            _ => None,
        };
        self.named.push(Named { name, span, id });
    }

    /// Type and parameters of a layer; `None` if the type is unknown.
    fn parameters(
        &mut self,
        entries: &[Entry],
        head: &Range<usize>,
        name: Option<&str>,
    ) -> Option<Parameters> {
        let called = match name {
            Some(name) => format!("layer {}", quoted(name)),
            None => format!("layer {}", self.named.len()),
        };
        let Some(entry) = find(entries, "type") else {
            let problem = Problem::MissingKey { key: "type", place: called, example: "Convolutional" };
            self.problems.add(problem, head, "this layer");
            return None;
        };
        let Some(found) = text(&entry.value).filter(|t| !t.is_empty()) else {
            wrong_type(
                self.problems,
                entry,
                "a layer type",
                format!("layer types: {}", LayerKind::WORDS.join(", ")),
            );
            return None;
        };
        let Some(kind) = LayerKind::parse(found) else {
            let help = suggest::help(found, LayerKind::WORDS, "layer types");
            let found = found.chars().take(40).collect();
            self.problems.add(Problem::UnknownType { found, help }, &entry.value.span, "unknown type");
            return None;
        };
        let place = format!("{called} ({kind})");
        let mut fields =
            Fields::new(entries, place, head.clone(), &["type", "name", "inbound"], self.problems);
        let mut parameters = Parameters::new(kind);
        for parameter in kind.parameters() {
            if let Some(value) = fields.value(parameter) {
                parameter.set(&mut parameters, value);
            }
        }
        fields.finish();
        Some(parameters)
    }

    /// Ids of the inbound layers, the previous layer if none are given; `None` if one of them is missing.
    fn inbound(&mut self, entries: &[Entry], name: &str) -> Option<Vec<LayerId>> {
        let items = match find(entries, "inbound") {
            None => &[][..],
            Some(Entry { value: Node { content: Content::Sequence(items), .. }, .. }) => items,
            Some(entry) => {
                let help = format!("write `inbound: [{}]`", text(&entry.value).unwrap_or("a, b"));
                wrong_type(self.problems, entry, "a list", help);
                return None;
            }
        };
        if items.is_empty() {
            return self.named.last().map_or(Some(Vec::new()), |previous| Some(vec![previous.id?]));
        }
        let ids: Vec<_> = items.iter().map(|item| self.named_layer(item, name)).collect();
        ids.into_iter().collect()
    }

    fn named_layer(&mut self, item: &Node, layer: &str) -> Option<LayerId> {
        let inbound = text(item).unwrap_or_default();
        if let Some(named) = self.named.iter().find(|n| n.name == inbound && !inbound.is_empty()) {
            return named.id;
        }
        let known: Vec<_> =
            self.named.iter().map(|n| n.name.as_str()).filter(|n| !n.is_empty()).rev().take(16).collect();
        let help = match inbound == layer {
            true => "a layer cannot feed itself".to_string(),
            false => suggest::help(inbound, &known, "layers just before it"),
        };
        let layer = layer.to_string();
        let inbound = if inbound.is_empty() { item.describe() } else { inbound.chars().take(40).collect() };
        self.problems.add(
            Problem::UnknownInbound { layer, inbound, help },
            &item.span,
            "not an earlier layer",
        );
        None
    }

    /// Reports an error of the model at the key that causes it.
    fn refused(&mut self, error: crate::error::Error, entries: &[Entry], head: &Range<usize>) {
        let span = match error.parameter().and_then(|key| find(entries, key)) {
            Some(entry) if !entry.value.span.is_empty() => &entry.value.span,
            _ => head,
        };
        self.problems.add(error, span, "refused");
    }
}

fn find<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Entry> {
    entries.iter().find(|e| e.key == key)
}
