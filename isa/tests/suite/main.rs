//! The program format: container, listing, assembly, consistency.

mod assembly;
mod container;
mod generate;
mod text;
mod verify;
