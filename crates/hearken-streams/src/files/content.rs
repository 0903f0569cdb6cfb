//! What a file holds, plain or gzipped, read at any place.

use std::fs::{File, Metadata};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// An open file. Places within it are those of its unpacked content.
#[derive(Debug)]
pub(super) struct Content {
    file: File,
    packed: Option<Unpacking>,
}

#[derive(Debug)]
struct Unpacking {
    /// `None` after an error: the next read begins anew.
    decoder: Option<MultiGzDecoder<BufReader<File>>>,
    at: u64,
}

impl Content {
    /// Opens a file. That it is packed is told by its first two bytes.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let mut magic = [0; 2];
        let packed = fill(&mut magic, |rest, at| file.read_at(rest, at))? == 2 && magic == [0x1f, 0x8b];
        Ok(Self { file, packed: packed.then_some(Unpacking { decoder: None, at: 0 }) })
    }

    /// Packed content doesn't grow.
    pub(super) fn is_packed(&self) -> bool {
        self.packed.is_some()
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Up to where there is content as far as one can tell without unpacking it.
    pub(super) fn length(&self) -> io::Result<u64> {
        if self.is_packed() { Ok(u64::MAX) } else { Ok(self.file.metadata()?.len()) }
    }

    /// Fills `buffer` from `offset` on as far as there is content, and says how far. Going back in packed content is slow.
    pub(super) fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(unpacking) = &mut self.packed else {
            return fill(buffer, |rest, at| self.file.read_at(rest, offset + at));
        };
        let outcome = unpacking.read_at(&self.file, offset, buffer);
        if outcome.is_err() {
            unpacking.decoder = None;
        }
        outcome
    }
}

impl Unpacking {
    fn read_at(&mut self, file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at > offset {
            self.decoder = None;
        }
        if self.decoder.is_none() {
            let mut file = file.try_clone()?;
            file.seek(SeekFrom::Start(0))?;
            self.at = 0;
            self.decoder = Some(MultiGzDecoder::new(BufReader::new(file)));
        }
        let Some(decoder) = &mut self.decoder else { return Ok(0) };
        if self.at < offset {
            self.at += io::copy(&mut decoder.by_ref().take(offset - self.at), &mut io::sink())?;
            if self.at < offset {
                return Ok(0);
            }
        }
        let count = fill(buffer, |rest, _| decoder.read(rest))?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Reads until `buffer` is full or there is no more.
fn fill(buffer: &mut [u8], mut read: impl FnMut(&mut [u8], u64) -> io::Result<usize>) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match read(&mut buffer[length..], length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
