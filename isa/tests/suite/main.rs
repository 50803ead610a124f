//! The program format: container, listing, consistency.

mod container;
mod generate;
mod text;
mod verify;
