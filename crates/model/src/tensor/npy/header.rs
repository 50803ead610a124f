//! The header of a `.npy` file: a Python dictionary of three keys.

/// What every file begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
/// Most dimensions, as in NumPy 1.
const MAX_RANK: usize = 32;
/// Longest header that is read; the headers of plain arrays have 128 bytes.
const MAX_LENGTH: usize = 1 << 16;
/// Most bytes before the values: magic, version, length and header.
pub(super) const MAX_BYTES: u64 = 12 + MAX_LENGTH as u64;

/// The values of a file begin at a multiple of this, as in NumPy.
const ALIGNMENT: usize = 64;

/// The header of a row-major array, as NumPy writes it, up to its first value.
pub(super) fn bytes(descr: &str, shape: &[usize]) -> Vec<u8> {
    let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
    // A tuple of one has a comma.
    let comma = if shape.len() == 1 { "," } else { "" };
    let sizes = sizes.join(", ");
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}{comma}), }}");
    let before = MAGIC.len() + 4;
    let length = (before + text.len() + 1).next_multiple_of(ALIGNMENT) - before;
    text.extend(std::iter::repeat_n(' ', length - 1 - text.len()));
    text.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([1, 0]);
    // An array has at most 32 dimensions of 20 digits.
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
    bytes
}

/// What the header says.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// Type of the values, such as `|u1`.
    pub descr: String,
    /// First dimension fastest.
    pub fortran_order: bool,
    /// Sizes.
    pub shape: Vec<usize>,
}

impl Header {
    /// Bytes of the values, as far as they can be known.
    pub fn data_bytes(&self) -> u64 {
        // `<f4`, `|u1`; a letter of text takes four bytes.
        let digits = self.descr.trim_start_matches(|c: char| !c.is_ascii_digit());
        let size: u64 = digits.parse().unwrap_or(1);
        let unit = if self.descr.contains('U') { 4 } else { 1 };
        self.shape.iter().fold(size.saturating_mul(unit), |bytes, &side| bytes.saturating_mul(side as u64))
    }

    /// Splits a file into its header and its values; the error is what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<(Header, &[u8]), String> {
        let rest = bytes.strip_prefix(MAGIC).ok_or("it does not start with \\x93NUMPY")?;
        let (version, rest) = rest.split_first_chunk::<2>().ok_or("it ends inside its header")?;
        let (length, rest) = match version {
            [1, 0] => {
                let (length, rest) = rest.split_first_chunk().ok_or("it ends inside its header")?;
                (usize::from(u16::from_le_bytes(*length)), rest)
            }
            [2 | 3, 0] => {
                let (length, rest) = rest.split_first_chunk().ok_or("it ends inside its header")?;
                (u32::from_le_bytes(*length) as usize, rest)
            }
            [major, minor] => return Err(format!("version {major}.{minor} of the format is unknown")),
        };
        if length > MAX_LENGTH {
            return Err(format!("a header of {length} bytes, the limit is {MAX_LENGTH}"));
        }
        let (text, data) = rest.split_at_checked(length).ok_or("it ends inside its header")?;
        let text = std::str::from_utf8(text).map_err(|_| "its header is not text")?;
        let mut cursor = Cursor(text.trim_ascii());
        let header = cursor.dictionary().ok_or("its header is not that of a plain array")?;
        Ok((header, data))
    }
}

/// The part of a header that is still to be read. Each method consumes what it recognises, or gives `None`.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn take(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(token)?.trim_ascii_start();
        Some(())
    }

    fn dictionary(&mut self) -> Option<Header> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.take("{")?;
        while self.take("}").is_none() {
            // A key that occurs twice makes no plain array.
            match self.string()? {
                "descr" if descr.is_none() => {
                    self.take(":")?;
                    descr = Some(self.string()?.to_string());
                }
                "fortran_order" if fortran_order.is_none() => {
                    self.take(":")?;
                    fortran_order = Some(self.truth()?);
                }
                "shape" if shape.is_none() => {
                    self.take(":")?;
                    shape = Some(self.sizes()?);
                }
                _ => return None,
            }
            if self.take(",").is_none() && !self.0.starts_with('}') {
                return None;
            }
        }
        let complete = self.0.is_empty();
        Some(Header { descr: descr?, fortran_order: fortran_order?, shape: shape? }).filter(|_| complete)
    }

    fn string(&mut self) -> Option<&'a str> {
        let quote = if self.0.starts_with('\'') { '\'' } else { '"' };
        let (text, rest) = self.0.strip_prefix(quote)?.split_once(quote)?;
        self.0 = rest.trim_ascii_start();
        (!text.contains('\\')).then_some(text)
    }

    fn truth(&mut self) -> Option<bool> {
        self.take("True").map(|()| true).or_else(|| self.take("False").map(|()| false))
    }

    fn sizes(&mut self) -> Option<Vec<usize>> {
        let mut sizes = Vec::new();
        self.take("(")?;
        while self.take(")").is_none() {
            let end = self.0.find(|c: char| !c.is_ascii_digit())?;
            sizes.push(self.0[..end].parse().ok()?);
            self.0 = self.0[end..].trim_ascii_start();
            if sizes.len() > MAX_RANK || (self.take(",").is_none() && !self.0.starts_with(')')) {
                return None;
            }
        }
        Some(sizes)
    }
}
