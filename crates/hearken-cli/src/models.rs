//! The models that the binary carries, and those of a directory.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Result;
use hearken::{Model, ModelFiles};

/// The model called `fast`, from `models/fast` of the project.
fn fast() -> ModelFiles {
    ModelFiles {
        onnx: Cow::Borrowed(include_bytes!("../../../models/fast/model.onnx")),
        tokenizer: Cow::Borrowed(include_bytes!("../../../models/fast/tokenizer.json")),
        manifest: Cow::Borrowed(include_bytes!("../../../models/fast/hearken.json")),
    }
}

/// The model that `--model` names.
pub(crate) fn load(name: &Path) -> Result<Model> {
    let model = if name == Path::new("fast") { Model::from_files(fast()) } else { Model::open(name) };
    Ok(model?)
}
