//! A model from a path: a template or a model file, which its first bytes decide.

use std::path::{Path, PathBuf};

use spikemesh_files::{FOREIGN_HEAD, foreign_format, read_head};

use crate::model::Model;
use crate::{file, template};

/// Bytes that tell the formats apart.
const HEAD: u64 = FOREIGN_HEAD;
/// What to do with a model of other tools.
const FOREIGN: &str = "describe the layers in a YAML template, docs/formats/model-template.md, and set the weights in Python with \
                       `layer.set_variable`; models of other tools are not read";
/// First bytes of a program file.
const PROGRAM: &[u8] = b"\x89NPX";

/// A path that gives no model.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LoadError {
    /// The operating system refused.
    #[error("cannot read {}: {source}", path.display())]
    #[diagnostic(code(model::io), help("check the path and its permissions"))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file holds what a model was compiled to; the model cannot be had back from it.
    #[error("{} is a program, not a model", path.display())]
    #[diagnostic(
        code(model::is_program),
        help("give the model it was made from, or `spikemesh disasm` to read it")
    )]
    IsProgram {
        /// The file.
        path: PathBuf,
    },
    /// The format of another program, known by its first bytes; nothing more of it was read.
    #[error("{} is {format}, not a model of Spikemesh", path.display())]
    #[diagnostic(code(model::foreign_format), help("{FOREIGN}"))]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The format.
        format: &'static str,
    },
    /// A file that is named as a model file is, and does not start as one.
    #[error("{} is no model file of Spikemesh: it starts with {found:02x?}", path.display())]
    #[diagnostic(
        code(model::not_a_model),
        help("if another tool wrote it: {FOREIGN}; otherwise it is damaged: copy it again")
    )]
    NotAModel {
        /// The file.
        path: PathBuf,
        /// The first bytes, at most 8.
        found: Vec<u8>,
    },
    /// A problem of a template.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Template(Box<template::Error>),
    /// A problem of a model file.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(file::Error),
}

/// True if a file starts as a program does.
///
/// # Errors
/// The file cannot be read.
pub fn is_program(path: &Path) -> Result<bool, LoadError> {
    Ok(head(path)?.starts_with(PROGRAM))
}

/// The first bytes of a file.
fn head(path: &Path) -> Result<Vec<u8>, LoadError> {
    let io = |source| LoadError::Io { path: path.to_path_buf(), source };
    read_head(path, HEAD).map_err(io)
}

impl Model {
    /// A model from a `.fb` or `.fbz` file or a template, whatever the file is called.
    ///
    /// # Errors
    /// All problems of the file, each at its place.
    pub fn load(path: &Path) -> Result<Model, Vec<LoadError>> {
        Model::read(path).map(|(model, _)| model)
    }

    /// As [`Model::load`], with the bytes of the file: what is hashed is what was read.
    ///
    /// # Errors
    /// As [`Model::load`].
    pub fn read(path: &Path) -> Result<(Model, Vec<u8>), Vec<LoadError>> {
        let head = head(path).map_err(|e| vec![e])?;
        if head.starts_with(PROGRAM) {
            return Err(vec![LoadError::IsProgram { path: path.to_path_buf() }]);
        }
        if file::is_model(&head) {
            return file::read(path).map_err(|errors| errors.into_iter().map(LoadError::File).collect());
        }
        if let Some(format) = foreign_format(&head) {
            return Err(vec![LoadError::Foreign { path: path.to_path_buf(), format }]);
        }
        let named = path.extension().is_some_and(|end| end == "fb" || end == "fbz");
        if named && !head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
            let found = head.iter().take(8).copied().collect();
            return Err(vec![LoadError::NotAModel { path: path.to_path_buf(), found }]);
        }
        template::read(path)
            .map_err(|errors| errors.into_iter().map(|e| LoadError::Template(Box::new(e))).collect())
    }
}
