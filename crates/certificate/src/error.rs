//! Why a certificate is not true.

use miette::Diagnostic;

/// Why a certificate is not true, or cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The file cannot be read as a certificate.
    #[error("this is no certificate: {reason}")]
    #[diagnostic(
        code(verify::not_a_certificate),
        help("give a file that `spikemesh map --certificate` has written, of this version")
    )]
    NotACertificate {
        /// What is wrong with it.
        reason: String,
    },
    /// A claim is false, or missing, or nothing that can be claimed.
    #[error("the certificate is false: {claim} is stated as {stated}, and derived as {derived}")]
    #[diagnostic(
        code(verify::false_claim),
        help(
            "map the model again with `--certificate`, and look for what changed the program, the device or the certificate"
        )
    )]
    False {
        /// The claim, by its path in the certificate.
        claim: String,
        /// What the certificate says.
        stated: String,
        /// What follows from the program and the device.
        derived: String,
    },
    /// More claims are false than are told.
    #[error("{count} more claims are false")]
    #[diagnostic(code(verify::more_false_claims), help("look at the first ones"))]
    More {
        /// How many.
        count: usize,
    },
}

/// Longest text of a certificate that an error shows, in characters.
const SHOWN: usize = 120;

impl Error {
    pub(crate) fn wrong(claim: impl ToString, stated: impl ToString, derived: impl ToString) -> Error {
        let [claim, stated, derived] =
            [claim.to_string(), stated.to_string(), derived.to_string()].map(shown);
        Error::False { claim, stated, derived }
    }
}

fn shown(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}
