//! Messages that Jetstream compresses: each a zstd frame on its own, made with a dictionary that both sides know.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use zstd::bulk::Decompressor;

/// Decompresses messages into one reused buffer.
pub(crate) struct Inflater {
    decompressor: Decompressor<'static>,
    message: Vec<u8>,
    longest: usize,
}

impl Inflater {
    /// With the dictionary in a file. A message that would be longer than `longest` bytes is an error.
    ///
    /// # Errors
    ///
    /// There is no such file, or it is no zstd dictionary.
    pub(crate) fn open(dictionary: &Path, longest: usize) -> Result<Self> {
        /// RFC 8878, section 5.
        const MAGIC: [u8; 4] = 0xEC30_A437_u32.to_le_bytes();
        let shown = dictionary.display();
        let bytes = fs::read(dictionary).with_context(|| format!("reading the dictionary {shown}"))?;
        ensure!(bytes.starts_with(&MAGIC), "{shown} is no zstd dictionary");
        let decompressor =
            Decompressor::with_dictionary(&bytes).with_context(|| format!("{shown} is no zstd dictionary"))?;
        Ok(Self { decompressor, message: Vec::with_capacity(16 * 1024), longest })
    }

    /// The message in `compressed`.
    ///
    /// # Errors
    ///
    /// It isn't compressed so, with another dictionary, or it is too long.
    pub(crate) fn inflate(&mut self, compressed: &[u8]) -> Result<&[u8]> {
        // A frame need not say how long it is, so a buffer that is too small shows only when it is full.
        while let Err(error) = self.decompressor.decompress_to_buffer(compressed, &mut self.message) {
            let room = self.message.capacity();
            if room >= self.longest {
                return Err(error).context("a compressed message can't be read");
            }
            self.message.clear();
            self.message.reserve_exact((room * 4).min(self.longest));
        }
        Ok(&self.message)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use zstd::bulk::Compressor;

    use super::*;

    #[test]
    fn messages_of_any_length_are_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dictionary");
        let dictionary = crate::testing::dictionary();
        fs::write(&path, &dictionary).unwrap();
        let mut inflater = Inflater::open(&path, 200_000).unwrap();
        let mut compressor = Compressor::with_dictionary(3, &dictionary).unwrap();
        for length in [0, 10, 100_000, 200_000] {
            let message = vec![b'a'; length];
            assert_eq!(inflater.inflate(&compressor.compress(&message).unwrap()).unwrap(), message);
        }
        let long = compressor.compress(&vec![b'a'; 200_001]).unwrap();
        assert_eq!(inflater.inflate(&long).unwrap_err().to_string(), "a compressed message can't be read");
        inflater.inflate(b"not compressed").unwrap_err();
        assert_eq!(inflater.inflate(&compressor.compress(b"the next").unwrap()).unwrap(), b"the next");
    }

    #[test]
    fn a_file_that_is_no_dictionary_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(&file, "hello").unwrap();
        let error = Inflater::open(file.path(), 9).err().unwrap().to_string();
        assert_eq!(error, format!("{} is no zstd dictionary", file.path().display()));
    }
}
