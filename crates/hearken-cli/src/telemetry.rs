//! ONNX Runtime's own binaries report their use to their maker, from 1.29 on Linux too, before anyone can tell them not to by their
//! API. They heed a variable of the environment, which must be there when the process starts: to set it later is not safe
//! beside other threads.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What forbids it. Whoever has set it, to whatever, has chosen.
const FORBIDDEN: &str = "ORT_DISABLE_TELEMETRY";

/// Starts this program anew in the same process, with reports forbidden, unless the environment says already what is wanted. Must come
/// before anything is read or opened.
pub(crate) fn forbid() {
    if env::var_os(FORBIDDEN).is_some() {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let mut anew = Command::new(program);
    if let Some(name) = arguments.next() {
        anew.arg0(name);
    }
    // It returns only if that is impossible, and then posts are still worth more than silence.
    let _ = anew.args(arguments).env(FORBIDDEN, "1").exec();
}
