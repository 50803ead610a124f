//! Names of the layers that packets belong to, in the order in which a trace names them.

use std::collections::HashMap;

/// Most layers of a trace.
pub const MAX_LAYERS: usize = 65_536;
/// Most bytes of a layer's name.
pub const MAX_LAYER_NAME: usize = 1024;

/// Layers by number.
#[derive(Clone, Debug, Default)]
pub(super) struct LayerNames {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    /// The field of text that was looked up last, and its number: rows of a layer mostly come together.
    last: Option<(Vec<u8>, u32)>,
}

impl LayerNames {
    /// The names by number.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of a name as it stands in text; a new one if it is new. `None` beyond the limits.
    pub fn number(&mut self, text: &[u8]) -> Option<u32> {
        if let Some((last, number)) = &self.last
            && last == text
        {
            return Some(*number);
        }
        let name = unescaped(text);
        let known = self.numbers.get(&name).copied();
        let number = known.or_else(|| self.add(&name))?;
        self.last = Some((text.to_vec(), number));
        Some(number)
    }

    /// The number of a new name; `None` if it is known or empty, or beyond the limits.
    pub fn add(&mut self, name: &str) -> Option<u32> {
        let is_right = !name.is_empty() && name.len() <= MAX_LAYER_NAME && self.names.len() < MAX_LAYERS;
        if !is_right || self.numbers.contains_key(name) {
            return None;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }
}

/// A name as a field of text: `%` and what ends a field or a line as `%` with two digits.
pub(super) fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if matches!(c, '%' | ',' | '"' | ' ') || c.is_ascii_control() {
            text.push_str(&format!("%{:02x}", c as u32));
        } else {
            text.push(c);
        }
    }
    text
}

/// The name of a field. A `%` without two digits stands for itself.
fn unescaped(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, more)) = rest.split_first() {
        let digits = more.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_from_its_field() {
        for name in ["sep_6", "a,b\n\"c\" 100%", "größe", "%2", "%zz", "\0"] {
            let field = escaped(name);
            assert!(!field.contains([',', '\n', '"', ' ']), "{field}");
            assert_eq!(unescaped(field.as_bytes()), name);
        }
    }

    #[test]
    fn equal_names_have_one_number_and_numbers_have_a_limit() {
        let mut layers = LayerNames::default();
        assert_eq!(
            [layers.number(b"a"), layers.number(b"b"), layers.number(b"a")],
            [Some(0), Some(1), Some(0)]
        );
        assert_eq!(layers.names(), ["a", "b"]);
        assert_eq!(layers.number(&[b'x'; MAX_LAYER_NAME + 1]), None);
        (2..MAX_LAYERS).for_each(|n| assert!(layers.number(n.to_string().as_bytes()).is_some()));
        assert_eq!(layers.number(b"one too many"), None);
    }
}
