//! Counts, numbers and quotations in sentences, and the lines that errors show: one way to write each, for every message and report.
//!
//! ```
//! use spikemesh_words::{figures, plural, share, shortened, thousands};
//!
//! assert_eq!(plural(1, "frame", "frames"), "1 frame");
//! assert_eq!(thousands(161_117), "161,117");
//! assert_eq!(figures(0.53705, 4), "0.5371");
//! assert_eq!(share(0.4917), "49.2 %");
//! assert!(shortened(&"x".repeat(9999)).len() < 700);
//! ```

mod nearest;
mod number;
mod quotation;
mod source_line;

pub use nearest::nearest;
pub use number::{decimals, figures, fixed, percent, plural, share, thousands};
pub use quotation::{LONGEST_LINE, shortened};
pub use source_line::SourceLine;
