//! A hook that is a program: it gets the message on standard input, and says by its exit status whether it has it.

use std::process::Stdio;

use hearken_desk::{Delivery, Hook, Sent};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

/// Runs the program for one message. It has what this process has of the environment, and the id and the event besides; what it prints is
/// dropped, what it complains of goes where this process complains.
pub(super) async fn run(hook: &Hook, delivery: &Delivery) -> Sent {
    let failed = |why: String| Sent::Failed { why, after: None };
    let Some((program, args)) = hook.command.split_first() else { return failed("no command is named".to_owned()) };
    let spawned = Command::new(program)
        .args(args)
        .env("HEARKEN_EVENT", delivery.message.event.name())
        .env("HEARKEN_ID", &delivery.message.id)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        // A group of its own, so that whatever it starts ends with it.
        .process_group(0)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => return failed(format!("{program} can't be run: {error}")),
    };
    let group = Group(child.id());
    let told = async {
        if let Some(mut stdin) = child.stdin.take() {
            // Whoever ends without having read it all says by the exit status what that means.
            let _ = stdin.write_all(delivery.body.as_bytes()).await;
        }
        child.wait().await
    };
    match timeout(hook.timeout, told).await {
        Ok(Ok(status)) => {
            group.leave();
            if status.success() { Sent::Delivered } else { failed(format!("{program}: {status}")) }
        }
        Ok(Err(error)) => failed(format!("{program}: {error}")),
        Err(_) => failed(format!("{program} took longer than {} s, and was killed", hook.timeout.as_secs())),
    }
}

/// Processes that are killed when this is dropped.
struct Group(Option<u32>);

impl Group {
    /// They have ended, or may go on.
    fn leave(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let id = self.0.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}
