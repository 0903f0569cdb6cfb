//! What the benchmarks share: posts to judge, the models that judge them, and what is left of a measurement beside its time.

pub mod made_up;

pub mod posts;

pub mod feeds;
pub mod harness;
pub mod memory;
pub mod schedule;

pub mod load;

use std::path::PathBuf;

use hearken::Model;

/// The model `fast`.
///
/// # Errors
///
/// What [`Model::open`] says.
pub fn fast() -> hearken::Result<Model> {
    Model::open(models().join("fast"))
}

/// The model `accurate`.
///
/// # Errors
///
/// What [`Model::open`] says.
pub fn accurate() -> hearken::Result<Model> {
    Model::open(models().join("accurate"))
}

fn models() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models")
}
