//! The models that the binary carries, and those of a directory.

use std::borrow::Cow;
use std::path::Path;

use anyhow::Result;
use hearken::{Model, ModelFiles};

/// The files of a model of the project, within the binary.
macro_rules! built_in {
    ($name:literal) => {
        ModelFiles {
            onnx: Cow::Borrowed(include_bytes!(concat!("../../../models/", $name, "/model.onnx"))),
            tokenizer: Cow::Borrowed(include_bytes!(concat!("../../../models/", $name, "/tokenizer.json"))),
            manifest: Cow::Borrowed(include_bytes!(concat!("../../../models/", $name, "/hearken.json"))),
        }
    };
}

/// The model that `--model` names.
pub(crate) fn load(name: &Path) -> Result<Model> {
    let model = match name.to_str() {
        Some("fast") => Model::from_files(built_in!("fast")),
        Some("accurate") => Model::from_files(built_in!("accurate")),
        _ => Model::open(name),
    };
    Ok(model?)
}
