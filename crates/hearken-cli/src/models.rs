//! The models that the binary carries, and those of a directory.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result};
use hearken::manifest::Manifest;
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

/// The files of a built-in model; of a cascade those of the careful one, which judges every post that there is time for.
fn built_in(name: &Path) -> Option<ModelFiles> {
    match name.to_str() {
        Some("fast") => Some(built_in!("fast")),
        Some("accurate" | CASCADE) => Some(built_in!("accurate")),
        _ => None,
    }
}

/// The model that `--model` names.
pub(crate) fn load(name: &Path) -> Result<Model> {
    Ok(built_in(name).map_or_else(|| Model::open(name), Model::from_files)?)
}

/// What a model says of itself, without the rest of it.
pub(crate) fn manifest(name: &Path) -> Result<Manifest> {
    let path = name.join("hearken.json");
    let json = match built_in(name) {
        Some(files) => files.manifest,
        None => std::fs::read(&path).with_context(|| path.display().to_string())?.into(),
    };
    Ok(Manifest::from_json(&json)?)
}

/// The model that judges every post, and the careful one of a cascade.
pub(crate) fn load_cascade(name: &Path, careful: Option<&Path>) -> Result<(Model, Option<Model>)> {
    let [first, second] = BUILT_IN.map(Path::new);
    let (name, careful) = if name == Path::new(CASCADE) { (first, careful.or(Some(second))) } else { (name, careful) };
    Ok((load(name)?, careful.map(load).transpose()?))
}
