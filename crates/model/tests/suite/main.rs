//! Models: layers, shapes, variables, arrays, templates, files.

mod build;
mod file;
mod npy;
mod random;
mod shape;
mod sparse;
mod template;
