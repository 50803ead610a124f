//! Files of the host: read within limits, written whole or not at all. This crate knows nothing of models or devices.

pub mod atomic_file;
