//! What is wrong with a choice of waves.

use miette::Diagnostic;
use thiserror::Error as ThisError;

/// Why waves cannot be recorded.
#[derive(Debug, ThisError, Diagnostic)]
pub enum WaveError {
    /// A condition breaks the grammar.
    #[error("`{text}`: {expected} at character {at}")]
    #[diagnostic(
        code(wave::condition),
        help(
            "write such as `layers.conv.state == stall_token && n0_0.np1.fifo > 10`; docs/formats/waves.md has the grammar"
        )
    )]
    Condition {
        /// The condition.
        text: String,
        /// What is missing.
        expected: String,
        /// Where, from 1.
        at: usize,
    },
    /// A pattern stands for no signal.
    #[error("no signal or scope is named `{pattern}`")]
    #[diagnostic(code(wave::no_signal), help("{help}"))]
    NoSignal {
        /// The pattern.
        pattern: String,
        /// A near name.
        help: String,
    },
    /// A signal is compared with a value that it never has.
    #[error("`{signal}` is never `{value}`")]
    #[diagnostic(code(wave::no_value), help("{help}"))]
    NoValue {
        /// The pattern of the signal.
        signal: String,
        /// The value.
        value: String,
        /// The values that it has.
        help: String,
    },
    /// A layer that the program does not have.
    #[error("the program has no layer `{layer}`")]
    #[diagnostic(code(wave::no_layer), help("{help}"))]
    NoLayer {
        /// Its name.
        layer: String,
        /// A near name.
        help: String,
    },
    /// A frame that the batch does not have that is recorded.
    #[error("waves are of one batch, here frames {first} to {last}, and frame {frame} is not among them")]
    #[diagnostic(
        code(wave::no_frame),
        help(
            "frames count from 0; all frames of `--wave-window` are of one batch: raise `--batch`, or run once for each"
        )
    )]
    NoFrame {
        /// The frame.
        frame: usize,
        /// The first frame of the batch.
        first: usize,
        /// Its last frame.
        last: usize,
    },
    /// A choice of units where there are none.
    #[error("a network alone has neither frames nor layers")]
    #[diagnostic(code(wave::no_units), help("choose by cycles, as in 12k..15k"))]
    NoUnits,
    /// A window that is none.
    #[error("`{text}` is no window")]
    #[diagnostic(
        code(wave::window),
        help(
            "give clocks as in 12k..15k, ..900 or 2M.., a frame as in frame:3, or a layer as in layer:NAME"
        )
    )]
    Window {
        /// What was given.
        text: String,
    },
    /// The system's answer.
    #[error("waves cannot be written")]
    #[diagnostic(code(wave::write), help("choose another file, or make room on the disk"))]
    Write(#[from] std::io::Error),
}
