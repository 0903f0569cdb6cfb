//! Whether the process serves, and whether it is ready for work: a word for whoever starts and stops it.

use super::Board;

/// What a run is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Sources, desk and models are opened.
    #[default]
    Starting,
    /// Posts are processed.
    Running,
    /// The input has ended, and what was read is finished.
    Finishing,
    /// It does no more. Of several tenants one that has failed is told of, and the others go on.
    Failed,
}

/// Whether its threads live.
///
/// # Errors
///
/// Says in plain words what is dead.
pub(super) fn alive(board: &Board) -> Result<(), String> {
    let panels = board.panels();
    if !panels.is_empty() && panels.iter().all(|panel| panel.phase() == Phase::Failed) {
        return Err("the pipeline has failed; the run ends with the reason".to_owned());
    }
    Ok(())
}

/// Whether it does its work, for every tenant whose run has not failed.
///
/// # Errors
///
/// Says in plain words what it waits for.
pub(super) fn ready(board: &Board) -> Result<(), String> {
    alive(board)?;
    if board.stop.is_set() {
        return Err("stopping: what was read is being finished".to_owned());
    }
    let panels = board.panels();
    let any = |phase| panels.iter().any(|panel| panel.phase() == phase);
    if panels.is_empty() || any(Phase::Starting) {
        return Err("starting: sources, desk and models are being opened".to_owned());
    }
    if !any(Phase::Running) {
        return Err("the input has ended: what was read is being finished".to_owned());
    }
    for panel in panels.iter().filter(|panel| panel.phase() == Phase::Running) {
        let whose = || panel.tenant().map(|tenant| format!("tenant {tenant}: ")).unwrap_or_default();
        panel.is_connected().map_err(|why| whose() + &why)?;
    }
    Ok(())
}
