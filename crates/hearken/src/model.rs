//! The model: a directory checked against its manifest, and one ONNX session per worker. The only file that names `ort`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrayvec::ArrayVec;
use ndarray::ArrayView2;
use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::{TensorElementType, TensorRef, ValueType};
use sha2::{Digest, Sha256};

use crate::batch::Batch;
use crate::error::{Error, ErrorKind, Result};
use crate::manifest::{Inputs, Manifest};
use crate::tokenize::Tokenizer;

/// The three files of a model directory, as bytes.
#[derive(Clone, Debug)]
pub struct ModelFiles {
    /// `model.onnx`: the graph with its weights.
    pub onnx: Cow<'static, [u8]>,
    /// `tokenizer.json`, in Hugging Face's format.
    pub tokenizer: Cow<'static, [u8]>,
    /// `hearken.json`, see [`Manifest`].
    pub manifest: Cow<'static, [u8]>,
}

/// A model that was read and checked; cloning shares it.
#[derive(Clone, Debug)]
pub struct Model {
    parts: Arc<Parts>,
}

#[derive(Debug)]
struct Parts {
    onnx: Cow<'static, [u8]>,
    tokenizer: Tokenizer,
    manifest: Manifest,
    /// Over model, tokenizer and manifest.
    digest: [u8; 32],
}

impl Model {
    /// Reads `model.onnx`, `tokenizer.json` and `hearken.json` of a directory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] when a file is missing, unreadable, or not the one that the manifest describes.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let dir = dir.as_ref();
        let read = |name: &str| {
            let path = dir.join(name);
            let unreadable =
                |error| Error::with_source(ErrorKind::Model, format!("{}: {error}", path.display()), error);
            std::fs::read(&path).map(Cow::Owned).map_err(unreadable)
        };
        let files = ModelFiles {
            manifest: read("hearken.json")?,
            tokenizer: read("tokenizer.json")?,
            onnx: read("model.onnx")?,
        };
        Self::from_files(files).map_err(|error| {
            Error::with_source(error.kind(), format!("the model in {} can't be used: {error}", dir.display()), error)
        })
    }

    /// Checks the files of a model, for programs that carry theirs within.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Model`] when a file is not the one that the manifest describes.
    pub fn from_files(files: ModelFiles) -> Result<Self> {
        let manifest = Manifest::from_json(&files.manifest)?;
        let onnx_digest = checked_digest("model.onnx", &files.onnx, &manifest.sha256.model)?;
        let tokenizer_digest = checked_digest("tokenizer.json", &files.tokenizer, &manifest.sha256.tokenizer)?;
        let json = std::str::from_utf8(&files.tokenizer)
            .map_err(|error| Error::with_source(ErrorKind::Model, "tokenizer.json is not UTF-8", error))?;
        let tokenizer = Tokenizer::from_json(json, manifest.max_tokens, manifest.special_tokens)?;
        let digest = Sha256::new()
            .chain_update(onnx_digest)
            .chain_update(tokenizer_digest)
            .chain_update(Sha256::digest(&files.manifest))
            .finalize()
            .into();
        Ok(Self { parts: Arc::new(Parts { onnx: files.onnx, tokenizer, manifest, digest }) })
    }

    /// What the model directory says of the model.
    pub fn manifest(&self) -> &Manifest {
        &self.parts.manifest
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.parts.tokenizer
    }

    /// SHA-256 over model, tokenizer and manifest: changes when any of them does.
    pub fn digest(&self) -> [u8; 32] {
        self.parts.digest
    }

    /// What records call this model with the thresholds and policy in `settings`: its name and the beginning of a SHA-256
    /// over both, so that a change of either shows.
    pub(crate) fn judge_name(&self, settings: &impl serde::Serialize) -> Result<String> {
        let settings = serde_json::to_vec(settings)
            .map_err(|error| Error::with_source(ErrorKind::Config, format!("policy: {error}"), error))?;
        let digest = Sha256::new().chain_update(self.digest()).chain_update(settings).finalize();
        Ok(format!("{}@{}", self.manifest().name, &hex(&digest)[..12]))
    }

    /// Loads ONNX Runtime if need be, and the graph into a session of its own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Runtime`] when ONNX Runtime is not to be had, [`ErrorKind::Model`] when the graph doesn't load or
    /// doesn't have the inputs and outputs that the manifest names.
    pub fn classifier(&self) -> Result<Classifier> {
        Classifier::new(&self.parts.onnx, &self.parts.manifest)
    }
}

fn checked_digest(name: &str, bytes: &[u8], expected: &str) -> Result<[u8; 32]> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let found = hex(&digest);
    if found.eq_ignore_ascii_case(expected) {
        return Ok(digest);
    }
    let message = format!("{name} is not the file that hearken.json describes: its SHA-256 is {found}, not {expected}");
    Err(Error::new(ErrorKind::Model, message))
}

/// Bytes as lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The one environment that ONNX Runtime allows a process.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

fn environment() -> Result<Environment> {
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*slot {
        return Ok(environment.clone());
    }
    // Its maker's builds for Linux have begun to report by then: they heed ORT_DISABLE_TELEMETRY alone.
    let environment = load()?.with_name("hearken").with_telemetry(false).build().map_err(|error| {
        Error::with_source(ErrorKind::Runtime, format!("ONNX Runtime does not start: {error}"), error)
    })?;
    Ok(slot.insert(environment).clone())
}

#[cfg(feature = "load-dynamic")]
fn load() -> Result<ort::environment::EnvironmentBuilder> {
    let path = crate::runtime::locate()?;
    ort::init_from(&path).map_err(|error| {
        let message = format!("ONNX Runtime can't be loaded: {error}. {}", crate::runtime::advice());
        Error::with_source(ErrorKind::Runtime, message, error)
    })
}

#[cfg(not(feature = "load-dynamic"))]
fn load() -> Result<ort::environment::EnvironmentBuilder> {
    Ok(ort::init())
}

/// What ONNX Runtime says of its own build, once loaded.
///
/// # Errors
///
/// [`ErrorKind::Runtime`] when ONNX Runtime is not to be had.
pub fn runtime_info() -> Result<&'static str> {
    environment()?;
    Ok(ort::info())
}

/// A session with the model's graph, used by one thread.
#[derive(Debug)]
pub struct Classifier {
    session: Session,
    inputs: Inputs,
    output: String,
    columns: usize,
    mask: Vec<i64>,
    zeros: Vec<i64>,
    logits: Vec<f32>,
}

impl Classifier {
    fn new(onnx: &[u8], manifest: &Manifest) -> Result<Self> {
        let session = session(onnx, &environment()?).map_err(|error| {
            Error::with_source(ErrorKind::Model, format!("ONNX Runtime can't load model.onnx: {error}"), error)
        })?;
        let classifier = Self {
            session,
            inputs: manifest.inputs.clone(),
            output: manifest.output.clone(),
            columns: manifest.columns.len(),
            mask: Vec::new(),
            zeros: Vec::new(),
            logits: Vec::new(),
        };
        classifier.check()?;
        Ok(classifier)
    }

    /// Holds the graph against the manifest.
    fn check(&self) -> Result<()> {
        let mismatch = |problem: String| {
            Err(Error::new(ErrorKind::Model, format!("hearken.json and model.onnx differ: {problem}")))
        };
        let named =
            [Some(&self.inputs.input_ids), self.inputs.attention_mask.as_ref(), self.inputs.token_type_ids.as_ref()];
        let named: Vec<&str> = named.into_iter().flatten().map(String::as_str).collect();
        for input in self.session.inputs() {
            if !named.contains(&input.name()) {
                return mismatch(format!(
                    "the graph needs an input {:?}, which the manifest doesn't name",
                    input.name()
                ));
            }
            if !matches!(input.dtype(), ValueType::Tensor { ty: TensorElementType::Int64, .. }) {
                return mismatch(format!("the graph's input {:?} is {}, not int64", input.name(), input.dtype()));
            }
        }
        if let Some(name) = named.iter().find(|name| self.session.inputs().iter().all(|input| input.name() != **name)) {
            return mismatch(format!("the graph has no input {name:?}"));
        }
        let Some(output) = self.session.outputs().iter().find(|output| output.name() == self.output) else {
            return mismatch(format!("the graph has no output {:?}", self.output));
        };
        if !matches!(output.dtype(), ValueType::Tensor { ty: TensorElementType::Float32, .. }) {
            return mismatch(format!("the output {:?} is {}, not float32", self.output, output.dtype()));
        }
        let width = output.dtype().tensor_shape().filter(|shape| shape.len() == 2).map(|shape| shape[1]);
        // A width of -1 is left open by the graph; each batch is held against it anyway.
        if width.is_none_or(|width| width >= 0 && usize::try_from(width) != Ok(self.columns)) {
            return mismatch(format!(
                "the output {:?} is {}, but {} columns are named: it must be [batch, columns]",
                self.output,
                output.dtype(),
                self.columns
            ));
        }
        Ok(())
    }

    /// Runs one batch: logits as `[rows of the batch, columns of the manifest]`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Inference`] when ONNX Runtime fails, or answers with another shape or with a number that is none.
    pub fn classify(&mut self, batch: &Batch<'_>) -> Result<ArrayView2<'_, f32>> {
        let rows = batch.rows.len();
        self.run(batch).map_err(|error| {
            let message = format!("the model failed on a batch of {:?} ids: {error}", batch.ids.dim());
            Error::with_source(ErrorKind::Inference, message, error)
        })?;
        if self.logits.iter().any(|logit| logit.is_nan()) {
            return Err(Error::new(ErrorKind::Inference, "the model answered with NaN"));
        }
        ArrayView2::from_shape((rows, self.columns), &self.logits).map_err(|error| {
            let message =
                format!("the model gave {} logits for {rows} rows of {} columns", self.logits.len(), self.columns);
            Error::with_source(ErrorKind::Inference, message, error)
        })
    }

    fn run(&mut self, batch: &Batch<'_>) -> ort::Result<()> {
        let shape = [batch.ids.nrows(), batch.ids.ncols()];
        if self.inputs.attention_mask.is_some() {
            fill_mask(&mut self.mask, batch);
        }
        if self.inputs.token_type_ids.is_some() {
            self.zeros.resize(batch.ids.len(), 0);
        }
        // In the graph's order; `check` has seen that there are no more than these three.
        let mut inputs = ArrayVec::<SessionInputValue<'_>, 3>::new();
        for input in self.session.inputs() {
            let tensor = if input.name() == self.inputs.input_ids {
                TensorRef::from_array_view(batch.ids)?
            } else if Some(input.name()) == self.inputs.attention_mask.as_deref() {
                TensorRef::from_array_view((shape, &*self.mask))?
            } else {
                TensorRef::from_array_view((shape, &*self.zeros))?
            };
            inputs.push(tensor.into());
        }
        let outputs = self.session.run(inputs.as_slice())?;
        let (_, logits) = outputs[self.output.as_str()].try_extract_tensor::<f32>()?;
        self.logits.clear();
        self.logits.extend_from_slice(logits);
        Ok(())
    }
}

fn fill_mask(mask: &mut Vec<i64>, batch: &Batch<'_>) {
    let width = batch.ids.ncols();
    mask.clear();
    for (row, &length) in batch.lengths.iter().enumerate() {
        // A text of no tokens is read as one of padding: attention to nothing at all would be no number.
        mask.resize(row * width + length.max(1), 1);
        mask.resize((row + 1) * width, 0);
    }
}

/// One thread per session: the workers are the parallelism, and sessions that share a pool would wait for each other.
fn session(onnx: &[u8], environment: &Environment) -> ort::Result<Session> {
    let builder = Session::builder(environment)?;
    let builder = builder.with_intra_threads(1)?.with_inter_threads(1)?.with_intra_op_spinning(false)?;
    // Shapes change from batch to batch; a plan remembered for each would grow without bound.
    let mut builder = builder.with_memory_pattern(false)?;
    builder.commit_from_memory(onnx)
}

#[cfg(test)]
mod tests;
