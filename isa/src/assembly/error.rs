//! Errors of assembly.

use spikemesh_words::SourceLine;

use crate::error::Error;

/// What is wrong with the text of a program. There is no program then.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum AssemblyError {
    /// The text has no such line.
    #[error("{line}: no line begins with {word:?}")]
    #[diagnostic(code(assembly::word), help("lines begin with {known}"))]
    Word {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// Its first word, shortened.
        word: String,
        /// The words that are known.
        known: String,
    },
    /// A part of a line is no `key=value`.
    #[error("{line}: {part:?} is no field")]
    #[diagnostic(
        code(assembly::field),
        help("a field is written `key=value`, without spaces; names stand in double quotes")
    )]
    Field {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The part, shortened.
        part: String,
    },
    /// A line has a field that it cannot have.
    #[error("{line}: `{word}` has no field {key:?}")]
    #[diagnostic(code(assembly::unknown_field), help("`{word}` has {known}"))]
    UnknownField {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The line's word.
        word: &'static str,
        /// The field, shortened.
        key: String,
        /// The fields that are known.
        known: String,
    },
    /// A line has a field twice.
    #[error("{line}: `{key}` is given twice")]
    #[diagnostic(code(assembly::twice), help("leave one of the two"))]
    Twice {
        /// The line.
        #[source_code]
        #[label("the second")]
        line: SourceLine,
        /// The field or the line.
        key: &'static str,
    },
    /// A field is missing, and follows from nothing.
    #[error("{line}: `{word}` needs `{key}`")]
    #[diagnostic(code(assembly::missing), help("write `{example}`"))]
    Missing {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The line's word.
        word: &'static str,
        /// The field or the line below it.
        key: &'static str,
        /// How it may look.
        example: String,
    },
    /// A value is not what its field takes.
    #[error("{line}: `{key}` is {value:?}, and must be {expected}")]
    #[diagnostic(code(assembly::value), help("an example is `{key}={example}`"))]
    Value {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The field.
        key: &'static str,
        /// Its text, shortened.
        value: String,
        /// What it must be.
        expected: String,
        /// A value that is right.
        example: &'static str,
    },
    /// A line belongs to another that is not above it.
    #[error("{line}: `{word}` belongs to {to}")]
    #[diagnostic(
        code(assembly::order),
        help("write it below {to}, in the order of a listing: `spikemesh disasm prog.npx` shows one")
    )]
    Order {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// Its word.
        word: &'static str,
        /// What it belongs to.
        to: &'static str,
    },
    /// A field says something else than the lines that it follows from.
    #[error("{line}: `{key}` is {value}, and {actual} follows from the other lines")]
    #[diagnostic(code(assembly::disagrees), help("leave `{key}` out, or write `{key}={actual}`"))]
    Disagrees {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The field.
        key: &'static str,
        /// Its value, shortened.
        value: String,
        /// What it would have to be.
        actual: String,
    },
    /// The text has no program.
    #[error("{line}: there is no line `program`")]
    #[diagnostic(
        code(assembly::no_program),
        help("the first line is `program name=\"mine\" device=\"akd1000\"`")
    )]
    NoProgram {
        /// The first line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
    },
    /// The lines are right, but not the program that they make.
    #[error("{line}: {error}")]
    #[diagnostic(code(assembly::program), help("{}", help_of(error)))]
    Program {
        /// The line of the unit or route that it is about.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// What is wrong.
        error: Box<Error>,
    },
    /// More of them.
    #[error("and {count} more")]
    #[diagnostic(code(assembly::more), help("repair the first ones, and assemble again"))]
    More {
        /// How many.
        count: usize,
    },
}

fn help_of(error: &Error) -> String {
    use miette::Diagnostic as _;
    let code = error.code().map_or_else(String::new, |code| format!(" ({code})"));
    error.help().map_or_else(String::new, |help| format!("{help}{code}"))
}
