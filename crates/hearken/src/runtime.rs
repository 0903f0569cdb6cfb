//! Finding ONNX Runtime's shared library when it is loaded as the program starts (feature `load-dynamic`).
//!
//! `ORT_DYLIB_PATH`, when set, is taken at its word. Otherwise the library is looked for next to the executable, in
//! `../lib` beside it, and in the folder `.runtime` of each folder above it, where `scripts/setup` of the project puts it.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The version that this engine is made for.
pub const VERSION: &str = "1.31.1";

/// The variable that names the library.
pub const PATH_VARIABLE: &str = "ORT_DYLIB_PATH";

/// The library's names, the exact version first.
#[cfg(target_os = "macos")]
const FILE_NAMES: [&str; 2] = ["libonnxruntime.1.31.1.dylib", "libonnxruntime.dylib"];
#[cfg(target_os = "windows")]
const FILE_NAMES: [&str; 1] = ["onnxruntime.dll"];
#[cfg(not(any(target_os = "macos", target_os = "windows")))]
const FILE_NAMES: [&str; 2] = ["libonnxruntime.so.1.31.1", "libonnxruntime.so"];

/// What to do when there is no library that fits.
pub(crate) fn advice() -> String {
    format!(
        "Run scripts/setup in the project's folder, or set {PATH_VARIABLE} to the file {} of ONNX Runtime {VERSION}",
        FILE_NAMES[0]
    )
}

/// The library to load.
///
/// # Errors
///
/// [`ErrorKind::Runtime`] listing every place that was tried, and what to run.
pub fn locate() -> Result<PathBuf> {
    let executable = env::current_exe().and_then(std::fs::canonicalize).ok();
    locate_from(env::var_os(PATH_VARIABLE).map(PathBuf::from), executable.as_deref())
}

fn locate_from(named: Option<PathBuf>, executable: Option<&Path>) -> Result<PathBuf> {
    if let Some(path) = named.filter(|path| !path.as_os_str().is_empty()) {
        if path.is_file() {
            return Ok(path);
        }
        let message = format!("{PATH_VARIABLE} names {}, which is not a file. {}", path.display(), advice());
        return Err(Error::new(ErrorKind::Runtime, message));
    }
    let folders = executable.map(folders_for).unwrap_or_default();
    for folder in &folders {
        if let Some(path) = FILE_NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) {
            return Ok(path);
        }
    }
    let tried: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let message = format!(
        "ONNX Runtime was not found: {PATH_VARIABLE} is not set, and there is no {} in any of {}. {}",
        FILE_NAMES.join(" or "),
        tried.join(", "),
        advice()
    );
    Err(Error::new(ErrorKind::Runtime, message))
}

/// Where the library may lie, nearest first.
fn folders_for(executable: &Path) -> Vec<PathBuf> {
    let Some(home) = executable.parent() else { return Vec::new() };
    let beside = home.to_path_buf();
    let lib = home.parent().map(|above| above.join("lib"));
    let project = home.ancestors().map(|folder| folder.join(".runtime"));
    std::iter::once(beside).chain(lib).chain(project).collect()
}

#[cfg(test)]
mod tests;
