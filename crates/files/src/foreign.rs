//! Formats of other programs, by their first bytes. Nothing of such a file is read beyond these.

/// Most bytes that [`foreign_format`] looks at.
pub const FOREIGN_HEAD: u64 = 16;

/// Place, first bytes and name of each format.
const FORMATS: &[(usize, &[u8], &str)] = &[
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file, such as a Keras model"),
    (4, b"TFL3", "a TensorFlow Lite model"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"PK\x03\x04", "a ZIP archive, such as a Keras or PyTorch model or an .npz file"),
    (0, b"\x1f\x8b", "a gzip file"),
    (0, b"\x89NPX", "a program of Spikemesh"),
    (0, b"\x89PNG", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x80\x02", "a Python pickle"),
    (0, b"\x80\x03", "a Python pickle"),
    (0, b"\x80\x04", "a Python pickle"),
    (0, b"\x80\x05", "a Python pickle"),
    (0, b"\x7fELF", "an ELF program"),
    (0, b"\x04\x22\x4d\x18", "an LZ4 file"),
];

/// The name of the format that a file starts as, if it is a known one of other programs.
pub fn foreign_format(head: &[u8]) -> Option<&'static str> {
    let starts =
        |(at, magic, _): &&(usize, &[u8], &str)| head.get(*at..).is_some_and(|rest| rest.starts_with(magic));
    match head {
        // A protocol buffer: the version of its format, then the name of its producer.
        [0x08, 1..=64, 0x12, ..] => Some("an ONNX model"),
        _ => FORMATS.iter().find(starts).map(|(_, _, name)| *name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes_and_text_is_none() {
        for (head, name) in [
            (&b"\x89HDF\r\n\x1a\n\0\0"[..], Some("HDF5")),
            (b"\x1c\0\0\0TFL3\x14\0", Some("TensorFlow Lite")),
            (b"\x08\x07\x12\x07pytorch", Some("ONNX")),
            (b"name: tiny\nlayers:", None),
            (b"", None),
            (b"\x28\xb5\x2f\xfd", None),
            (b"\x08", None),
        ] {
            let found = foreign_format(head);
            assert_eq!(found.is_some(), name.is_some(), "{head:?}");
            assert!(found.zip(name).is_none_or(|(found, name)| found.contains(name)), "{head:?}: {found:?}");
        }
        assert!(FORMATS.iter().all(|(at, magic, _)| (at + magic.len()) as u64 <= FOREIGN_HEAD));
    }
}
