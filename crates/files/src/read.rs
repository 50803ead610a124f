//! Whole files, read within a limit.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// A mark that some programs write before UTF-8 text. It is no part of the text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is larger than its reader takes; no more than that was read.
    #[error("it has more than {limit} bytes")]
    TooLarge {
        /// Most bytes.
        limit: u64,
    },
    /// The bytes are not UTF-8.
    #[error("byte {offset} is not text in UTF-8")]
    NotText {
        /// Place of the first byte that is wrong.
        offset: usize,
    },
}

/// The same facts for errors that hold the system's answer.
impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> io::Error {
        match error {
            ReadError::Io(error) => error,
            ReadError::TooLarge { .. } => io::Error::new(ErrorKind::FileTooLarge, error.to_string()),
            ReadError::NotText { .. } => io::Error::new(ErrorKind::InvalidData, error.to_string()),
        }
    }
}

/// Reads a file of at most `limit` bytes.
///
/// Memory is bounded by the limit, whatever length the file claims: it may be a device, or grow while it is read.
///
/// # Errors
/// [`ReadError::Io`], [`ReadError::TooLarge`].
pub fn read_limited(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    // One byte more than allowed shows that a file is too large.
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(ReadError::TooLarge { limit }) } else { Ok(bytes) }
}

/// Bytes that a file is believed to have before it has been read.
const AT_ONCE: u64 = 1 << 26;

/// Reads a file whose first bytes say how long it is: `length` gets at most `head` of them, and gives the bytes of the whole. No more than one byte
/// beyond that is read, so that a device or a growing file ends as well; the byte shows that there are more.
///
/// # Errors
/// The system's answer; inside, that of `length`.
pub fn read_declared<E>(
    mut file: impl Read,
    head: u64,
    length: impl FnOnce(&[u8]) -> Result<u64, E>,
) -> io::Result<Result<Vec<u8>, E>> {
    let mut bytes = Vec::new();
    file.by_ref().take(head).read_to_end(&mut bytes)?;
    let rest = match length(&bytes) {
        Ok(length) => length.saturating_add(1).saturating_sub(bytes.len() as u64),
        Err(error) => return Ok(Err(error)),
    };
    // As much memory as the file says that it needs, unless it says too much: it may end earlier.
    bytes.reserve_exact(rest.min(AT_ONCE) as usize);
    file.take(rest).read_to_end(&mut bytes)?;
    Ok(Ok(bytes))
}

/// Reads a text file of at most `limit` bytes, in UTF-8 with or without a byte order mark.
///
/// # Errors
/// As [`read_limited`]; [`ReadError::NotText`].
pub fn read_text(path: &Path, limit: u64) -> Result<String, ReadError> {
    decode_text(read_limited(path, limit)?)
}

/// The text of a file's bytes, without a byte order mark.
///
/// # Errors
/// [`ReadError::NotText`].
pub fn decode_text(bytes: Vec<u8>) -> Result<String, ReadError> {
    let mut text = String::from_utf8(bytes)
        .map_err(|error| ReadError::NotText { offset: error.utf8_error().valid_up_to() })?;
    if text.starts_with(BYTE_ORDER_MARK) {
        text.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(text)
}

/// The first bytes of a file, at most `count`.
///
/// # Errors
/// The system's answer.
pub fn read_head(path: &Path, count: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(count).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    #[test]
    fn the_limit_is_the_last_size_that_is_read() {
        let file = file(b"abcd");
        assert_eq!(read_limited(file.path(), 4).unwrap(), b"abcd");
        assert!(matches!(read_limited(file.path(), 3), Err(ReadError::TooLarge { limit: 3 })));
        assert_eq!(read_head(file.path(), 3).unwrap(), b"abc");
        assert_eq!(read_head(file.path(), 9).unwrap(), b"abcd");
    }

    #[test]
    fn a_file_is_read_as_far_as_its_head_says() {
        let file = file(b"5abcdefgh");
        let open = || File::open(file.path()).unwrap();
        let read = |length: u64| read_declared(open(), 1, |_| Ok::<u64, ()>(length)).unwrap().unwrap();
        assert_eq!(read(5), b"5abcde", "one byte more shows that there are more");
        assert_eq!(read(9), b"5abcdefgh");
        assert_eq!(read(0), b"5");
        assert_eq!(read(u64::MAX), b"5abcdefgh");
        let refused = read_declared(open(), 3, |head| Err::<u64, _>(head.to_vec())).unwrap();
        assert_eq!(refused, Err(b"5ab".to_vec()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_read_as_far_as_its_head_says() {
        let zeros = File::open("/dev/zero").unwrap();
        let read = read_declared(zeros, 8, |_| Ok::<u64, ()>(64)).unwrap().unwrap();
        assert_eq!(read, [0; 65]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_end_is_too_large() {
        let endless = Path::new("/dev/zero");
        assert!(matches!(read_limited(endless, 1 << 16), Err(ReadError::TooLarge { .. })));
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(read_text(file(b"\xef\xbb\xbfa\xef\xbb\xbf").path(), 99).unwrap(), "a\u{feff}");
        assert_eq!(read_text(file(b"a").path(), 99).unwrap(), "a");
        let binary = read_text(file(b"ab\xff").path(), 99).unwrap_err();
        assert!(matches!(binary, ReadError::NotText { offset: 2 }));
        assert_eq!(io::Error::from(binary).kind(), ErrorKind::InvalidData);
    }
}
