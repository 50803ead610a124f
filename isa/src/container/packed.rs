//! A program whose memory images are still packed.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use super::frame::Stream;
use super::limits::{FREE_MEMORY, MAX_FILE, PER_FILE_BYTE};
use super::records::Records;
use super::table::{self, Section};
use crate::error::{Error, FileError};
use crate::program::Program;
use crate::text::{ImageDigest, ImageSource, Images, NpNames};
use crate::verify::{verify, verify_packed};

/// A program whose records are consistent, and whose memory images are still packed.
///
/// It cannot run, and takes little more memory than its file and its records. [`PackedProgram::unpack`] makes a [`Program`] of it, if whoever
/// knows how much memory there is agrees; [`PackedProgram::listing`] prints it without that.
#[derive(Clone, Debug)]
pub struct PackedProgram<'a> {
    /// The program with empty images.
    records: Program,
    /// Bytes of each image, in the order of the records.
    lengths: Vec<u64>,
    file: Cow<'a, [u8]>,
}

impl<'a> PackedProgram<'a> {
    /// The program of a file's bytes.
    ///
    /// # Errors
    /// The first damage that makes the rest unreadable; or, for a well-formed file, everything that [`verify`] finds in its records.
    pub fn read(bytes: &'a [u8]) -> Result<PackedProgram<'a>, Vec<Error>> {
        PackedProgram::check(bytes.into())
    }

    fn check(file: Cow<'a, [u8]>) -> Result<PackedProgram<'a>, Vec<Error>> {
        let (records, lengths) = decode(&file).map_err(|error| vec![error])?;
        let errors = verify_packed(&records, &lengths);
        if errors.is_empty() { Ok(PackedProgram { records, lengths, file }) } else { Err(errors) }
    }

    /// The program without its memory images, for a look before they are unpacked. Their lengths are those of their layouts,
    /// [`Layout::of_np`](crate::memory::Layout::of_np) and [`Layout::of_hrc`](crate::memory::Layout::of_hrc).
    pub fn records(&self) -> &Program {
        &self.records
    }

    /// Bytes of its file.
    pub fn file_bytes(&self) -> u64 {
        self.file.len() as u64
    }

    /// Bytes of all its memory images.
    pub fn image_bytes(&self) -> u64 {
        self.lengths.iter().sum()
    }

    /// Unpacks the memory images if `agree` finds nothing against it; it sees the program without them.
    ///
    /// # Errors
    /// What `agree` finds; damage of the memory section.
    pub fn unpack<E: From<Error>>(
        mut self,
        agree: impl FnOnce(&PackedProgram<'a>) -> Result<(), Vec<E>>,
    ) -> Result<Program, Vec<E>> {
        agree(&self)?;
        self.fill().map_err(|error| vec![Error::from(error).into()])?;
        let errors = verify(&self.records);
        if errors.is_empty() { Ok(self.records) } else { Err(errors.into_iter().map(E::from).collect()) }
    }

    /// Unpacks images that are in proportion to the file: no device is asked.
    pub(super) fn unpack_in_proportion(self) -> Result<Program, Vec<Error>> {
        self.unpack(|packed| {
            let limit = FREE_MEMORY + PER_FILE_BYTE * packed.file_bytes();
            let bytes = packed.image_bytes();
            if bytes <= limit { Ok(()) } else { Err(vec![FileError::ImageBytes { bytes, limit }.into()]) }
        })
    }

    fn fill(&mut self) -> Result<(), FileError> {
        let section = memory(&self.file)?;
        let mut stream = section.stream()?;
        let mut found = 0;
        let mut lengths = self.lengths.iter();
        for pass in &mut self.records.passes {
            let hrc = pass.hrc.iter_mut().map(|hrc| &mut hrc.memory);
            for (image, &length) in hrc.chain(pass.nps.iter_mut().map(|np| &mut np.memory)).zip(&mut lengths)
            {
                // Both were compared with the layout.
                image.resize(length as usize, 0);
                let filled = stream.fill(image).map_err(|reason| section.damaged(reason))?;
                found += filled as u64;
                if filled < image.len() {
                    return section.whole(found);
                }
            }
        }
        finish(&section, stream, found)
    }

    /// The listing, for which the images are unpacked piece by piece.
    ///
    /// # Errors
    /// Damage of the memory section.
    pub fn listing(&self, images: Images) -> Result<PackedListing<'_>, Error> {
        let section = memory(&self.file)?;
        let mut stream = section.stream()?;
        let mut found = 0;
        let mut digests = Vec::with_capacity(self.lengths.len());
        let mut piece = vec![0; PIECE];
        for &length in &self.lengths {
            let mut digest = ImageDigest::default();
            while digest.bytes < length {
                let piece = &mut piece[..PIECE.min((length - digest.bytes) as usize)];
                let filled = stream.fill(piece).map_err(|reason| section.damaged(reason))?;
                found += filled as u64;
                if filled < piece.len() {
                    section.whole(found)?;
                }
                digest.add(piece);
            }
            digests.push(digest);
        }
        finish(&section, stream, found)?;
        Ok(PackedListing { program: &self.records, images, np_names: None, digests, section })
    }

    /// Reads a program's file. Its header says how much of it is read.
    ///
    /// # Errors
    /// As [`PackedProgram::read`]; or why the system refused.
    pub fn load(path: &Path) -> Result<PackedProgram<'static>, Vec<Error>> {
        PackedProgram::check(Cow::Owned(whole_file(path).map_err(|error| vec![error.into()])?))
    }
}

/// Bytes that are unpacked at a time for a listing.
const PIECE: usize = 1 << 16;

fn whole_file(path: &Path) -> Result<Vec<u8>, FileError> {
    let io = |source| FileError::Io { path: path.to_path_buf(), action: "read", source };
    let mut file = std::fs::File::open(path).map_err(io)?;
    let mut bytes = Vec::new();
    file.by_ref().take(table::HEADER as u64).read_to_end(&mut bytes).map_err(io)?;
    let length = table::length(&bytes)?;
    if length > MAX_FILE {
        return Err(FileError::FileSize { limit: MAX_FILE });
    }
    // One byte more shows that there are more.
    let rest = (length + 1).saturating_sub(bytes.len() as u64);
    file.take(rest).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

fn decode(file: &[u8]) -> Result<(Program, Vec<u64>), Error> {
    let [records, memory] = table::sections(file)?;
    let records = records.unpack()?;
    let records = Records::check(&records, memory.raw)?;
    Ok((records.decode()?, records.image_lengths()))
}

/// The memory section of a file that has been checked.
fn memory(file: &[u8]) -> Result<Section<'_>, FileError> {
    table::sections(file).map(|[_, memory]| memory)
}

/// Checks that the section ends where the last image does.
fn finish(section: &Section<'_>, mut stream: Stream<'_>, found: u64) -> Result<(), FileError> {
    let more = stream.fill(&mut [0]).map_err(|reason| section.damaged(reason))?;
    section.whole(found + more as u64)?;
    stream.end().map_err(|reason| section.damaged(reason))
}

/// A packed program that prints as its listing.
pub struct PackedListing<'a> {
    program: &'a Program,
    images: Images,
    np_names: Option<NpNames<'a>>,
    digests: Vec<ImageDigest>,
    section: Section<'a>,
}

impl<'a> PackedListing<'a> {
    /// The same with the names that a device gives to NPs.
    pub fn with_np_names(self, np_names: NpNames<'a>) -> PackedListing<'a> {
        PackedListing { np_names: Some(np_names), ..self }
    }
}

impl std::fmt::Display for PackedListing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stream = match self.images {
            Images::Digest => None,
            // It has been unpacked before.
            Images::Whole => Some(self.section.stream().map_err(|_| std::fmt::Error)?),
        };
        let mut source = PackedImages { digests: self.digests.iter(), stream };
        crate::text::list(f, self.program, self.np_names, &mut source)
    }
}

struct PackedImages<'a> {
    digests: std::slice::Iter<'a, ImageDigest>,
    stream: Option<Stream<'a>>,
}

impl ImageSource for PackedImages<'_> {
    fn digest(&mut self, _: &[u8]) -> ImageDigest {
        self.digests.next().copied().unwrap_or_default()
    }

    fn fill(&mut self, _: &[u8], _: usize, line: &mut [u8]) -> bool {
        self.stream.as_mut().is_some_and(|stream| stream.fill(line).is_ok_and(|filled| filled == line.len()))
    }

    fn whole(&self) -> bool {
        self.stream.is_some()
    }
}
