//! Where posts come from: files, plain or gzipped, and standard input.

use std::fs::File;
use std::io::{self, BufReader, Cursor, IsTerminal, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;

use crate::output::say;
use crate::stop::Stop;

/// One input, opened when its turn comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// The inputs that were named; standard input when none was.
    pub(crate) fn all(files: &[PathBuf]) -> Vec<Self> {
        if files.is_empty() {
            return vec![Self::Stdin];
        }
        files.iter().map(|path| if path == Path::new("-") { Self::Stdin } else { Self::File(path.clone()) }).collect()
    }

    /// Tells whoever is about to type posts in that they are waited for.
    pub(crate) fn tell_of_terminal(sources: &[Self]) {
        if sources.contains(&Self::Stdin) && io::stdin().is_terminal() {
            say("reading posts from the terminal, one JSON object a line; Ctrl-D ends, --help explains");
        }
    }

    /// What dead letters and messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdin => "stdin".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// How many bytes there are to read, where that is known.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) if path.extension().is_none_or(|extension| extension != "gz") => {
                std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
            }
            _ => None,
        }
    }

    /// Opens the input; reading it fails once `stop` is set.
    pub(crate) fn open(&self, stop: &Stop) -> Result<Box<dyn Read>> {
        match self {
            // IMPORTANT: not through `io::Stdin`, whose buffer would hold lines back that `poll` knows nothing of.
            Self::Stdin => {
                io::stdin().as_fd().try_clone_to_owned().and_then(|fd| decompress(stop.watch(File::from(fd))))
            }
            Self::File(path) => {
                let open = || {
                    let file = File::open(path)?;
                    if file.metadata()?.is_dir() { Err(io::Error::from(io::ErrorKind::IsADirectory)) } else { Ok(file) }
                };
                let file = open().with_context(|| path.display().to_string())?;
                decompress(stop.watch(file))
            }
        }
        .with_context(|| format!("reading {}", self.name()))
    }

    /// Makes sure that every file is there before the first is read, so that a typing error doesn't show up hours later.
    pub(crate) fn check(sources: &[Self]) -> Result<()> {
        for source in sources {
            // Not opened here: whoever writes to a named pipe would see it opened and closed, and give up.
            if let Self::File(path) = source
                && let Err(error) = std::fs::metadata(path)
            {
                bail!("{}: {error}", path.display());
            }
        }
        if sources.iter().filter(|source| **source == Self::Stdin).count() > 1 {
            bail!("standard input can be read only once");
        }
        Ok(())
    }
}

/// Unpacks gzip, told by its first two bytes.
fn decompress(mut reader: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let mut magic = [0; 2];
    let mut length = 0;
    while length < magic.len() {
        match reader.read(&mut magic[length..])? {
            0 => break,
            count => length += count,
        }
    }
    let gzipped = magic == [0x1f, 0x8b];
    let whole = Cursor::new(magic).take(length as u64).chain(reader);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(BufReader::new(whole))) } else { Box::new(whole) })
}
