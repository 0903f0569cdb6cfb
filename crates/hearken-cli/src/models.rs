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

/// Both built-in models, the one after the other.
pub(crate) const CASCADE: &str = "cascade";

/// The first and the second model of [`CASCADE`].
pub(crate) const BUILT_IN: [&str; 2] = ["fast", "accurate"];

/// The model that `--model` names; of a cascade the careful one, which judges every post that there is time for.
pub(crate) fn load(name: &Path) -> Result<Model> {
    let model = match name.to_str() {
        Some("fast") => Model::from_files(built_in!("fast")),
        Some("accurate" | CASCADE) => Model::from_files(built_in!("accurate")),
        _ => Model::open(name),
    };
    Ok(model?)
}

/// The model that judges every post, and the careful one of a cascade.
pub(crate) fn load_cascade(name: &Path, careful: Option<&Path>) -> Result<(Model, Option<Model>)> {
    let [first, second] = BUILT_IN.map(Path::new);
    let (name, careful) = if name == Path::new(CASCADE) { (first, careful.or(Some(second))) } else { (name, careful) };
    Ok((load(name)?, careful.map(load).transpose()?))
}
