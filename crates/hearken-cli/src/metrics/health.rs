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
}

/// Whether its threads live.
///
/// # Errors
///
/// Says in plain words what is dead.
pub(super) fn alive(board: &Board) -> Result<(), String> {
    if board.engines().iter().any(|engine| engine.has_failed()) {
        return Err("the pipeline has failed; the run ends with the reason".to_owned());
    }
    Ok(())
}

/// Whether it does its work.
///
/// # Errors
///
/// Says in plain words what it waits for.
pub(super) fn ready(board: &Board) -> Result<(), String> {
    alive(board)?;
    if board.stop.is_set() {
        return Err("stopping: what was read is being finished".to_owned());
    }
    match board.phase() {
        Phase::Starting => return Err("starting: sources, desk and models are being opened".to_owned()),
        Phase::Finishing => return Err("the input has ended: what was read is being finished".to_owned()),
        Phase::Running => {}
    }
    if let Some(source) = board.feeds().never_reached() {
        return Err(format!("{source} was not reached yet"));
    }
    board.desk.get().map_or(Ok(()), |desk| desk.answers())
}
