//! A program from text: the listing of [`crate::text`], read back, or a program written by hand.
//!
//! A line has the form that the listing has. In addition: `#` starts a comment, fields may come in any order, and what follows from the rest may be
//! left out.
//!
//! | left out | is |
//! |---|---|
//! | `id` of a group, buffer or pass | its position |
//! | `weights_set` | `true` |
//! | `input` | `none` |
//! | `potentials`, `separable`, `external` | `false` |
//! | `padding_value`, `first_filter`, `row_base`, `channel_base` | 0 |
//! | `in_rows`; `in_own` | all rows of `in_map`; `in_rows` |
//! | `output_rows`; `rows` of a route | all rows of the group's map; of a source, of the buffer's |
//! | fields of `memory` | what follows from the contents; a field that is given must agree with them |
//!
//! The contents of a memory follow its line: either all as `bytes`, or as numbers in the order of [`crate::memory`], in as many lines as one likes:
//!
//! | line | field |
//! |---|---|
//! | `weights`, `pointwise`, `thresholds`, `steps` | `values`: numbers, parted by commas |
//!
//! | file | content |
//! |---|---|
//! | `line` | a line in its parts, each with its place in the text |
//! | `value` | numbers, rows, maps and names |
//! | `draft` | a unit while its lines are read |
//! | `assembler` | lines, one after the other, become a program |
//! | `memory` | the memory of a unit while its lines are read |
//! | `error` | [`AssemblyError`] |

mod assembler;
mod draft;
mod error;
mod line;
mod memory;
mod value;

pub use assembler::assemble;
pub use error::AssemblyError;

/// Most bytes of a text.
pub const MAX_TEXT: u64 = 1 << 28;
