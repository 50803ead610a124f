//! A writer that leaves the writing to another thread, so that a run does not wait for the disk.

use std::io::{self, Write};
use std::thread::JoinHandle;

use crossbeam::channel::{Sender, bounded};

/// Bytes that are handed over at a time.
const CHUNK: usize = 1 << 16;
/// Chunks that may wait: the run stops when the disk is that far behind.
const QUEUE: usize = 64;

/// Hands what is written to a thread that owns the real writer.
pub struct BackgroundWriter<W> {
    chunk: Vec<u8>,
    chunks: Option<Sender<Vec<u8>>>,
    thread: Option<JoinHandle<io::Result<W>>>,
}

impl<W: Write + Send + 'static> BackgroundWriter<W> {
    /// Starts the thread.
    pub fn new(mut writer: W) -> BackgroundWriter<W> {
        let (sender, receiver) = bounded::<Vec<u8>>(QUEUE);
        let thread = std::thread::spawn(move || {
            for chunk in receiver {
                writer.write_all(&chunk)?;
            }
            writer.flush()?;
            Ok(writer)
        });
        BackgroundWriter { chunk: Vec::with_capacity(CHUNK), chunks: Some(sender), thread: Some(thread) }
    }

    /// Waits until all is written and gives the writer back.
    ///
    /// # Errors
    /// The first failure of the writer, or that it was given before.
    pub fn finish(mut self) -> io::Result<W> {
        self.send()?;
        self.join()
    }

    fn send(&mut self) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        match &self.chunks {
            None => Err(io::ErrorKind::BrokenPipe.into()),
            Some(chunks) if !chunk.is_empty() && chunks.send(chunk).is_err() => {
                // The thread only stops receiving when its writer failed: that is the cause, not the closed channel.
                Err(self.join().err().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into()))
            }
            Some(_) => Ok(()),
        }
    }

    /// Ends the thread.
    fn join(&mut self) -> io::Result<W> {
        self.chunks = None;
        let thread = self.thread.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        thread.join().map_err(|_| io::Error::other("the writing thread panicked"))?
    }
}

impl<W: Write + Send + 'static> Write for BackgroundWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_arrive_in_order() {
        let mut writer = BackgroundWriter::new(Vec::new());
        let bytes: Vec<u8> = (0..3 * CHUNK + 7).map(|i| (i % 251) as u8).collect();
        for part in bytes.chunks(1000) {
            writer.write_all(part).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), bytes);
    }

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_reported() {
        let mut writer = BackgroundWriter::new(Full);
        writer.write_all(&[1; 10]).unwrap();
        let error = writer.finish().err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn the_first_failure_is_the_cause_and_not_the_closed_channel() {
        let mut writer = BackgroundWriter::new(Full);
        let failure = (0..10_000).find_map(|_| writer.write_all(&[1; CHUNK]).err()).unwrap();
        assert_eq!(failure.kind(), io::ErrorKind::StorageFull);
        assert!(writer.write_all(&[1; CHUNK]).is_err());
    }
}
