//! Enumerations whose values have a word each, the same in templates, Python and messages.

/// Gives an enumeration its list of values, their words, and both ways between them.
macro_rules! words {
    ($type:ident: $($value:ident),+) => {
        impl $type {
            /// All values, in the order in which a file counts them.
            pub const ALL: &'static [$type] = &[$($type::$value),+];
            /// Their words, in the same order.
            pub const WORDS: &'static [&'static str] = &[$(stringify!($value)),+];

            /// The word of a value.
            pub const fn word(self) -> &'static str {
                $type::WORDS[self as usize]
            }

            /// The value of a word.
            pub fn parse(word: &str) -> Option<$type> {
                let index = $type::WORDS.iter().position(|known| *known == word)?;
                Some($type::ALL[index])
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

pub(crate) use words;
