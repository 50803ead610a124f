//! Rules of compatibility.

mod rules;
