//! The one error type of the engine: what happened, of which kind, with its cause kept as `source()`.

use std::error::Error as StdError;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in a sentence that names the file, the model or the thread concerned.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Kinds of failure that a caller may want to treat differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// ONNX Runtime was not found, could not be loaded, or has another version than the engine needs.
    Runtime,
    /// A model directory is incomplete, damaged, or doesn't fit its manifest.
    Model,
    /// The model failed on a batch.
    Inference,
    /// A setting is out of its range, or two contradict each other.
    Config,
    /// Reading the input failed.
    Input,
    /// A sink given by the caller failed; `source()` is its [`std::io::Error`].
    Output,
    /// A thread of the pipeline died.
    Worker,
    /// The pipeline is finished or has failed, and takes no more posts.
    Closed,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(source.into()) }
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}
