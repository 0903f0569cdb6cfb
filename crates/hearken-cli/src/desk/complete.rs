//! What a shell offers where a ticket or a view is to be named: those of the desk that is named before, or by the environment.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap_complete::engine::CompletionCandidate;
use hearken::Timestamp;

use super::look::at_hand;
use super::open::{AnyDesk, open_within};
use crate::output::text;
use crate::tenants::TenantName;

/// So many tickets are offered: those whose turn comes first.
const OFFERED: usize = 100;

/// Nobody waits longer for a database before going on typing.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn tickets(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy().to_uppercase();
    let tickets = desk().and_then(|desk| desk.list(&at_hand(), None, OFFERED, Timestamp::now()).ok());
    let offer = |ticket: hearken_desk::Ticket| {
        let id = ticket.id.to_string();
        let author = ticket.person.as_ref().map_or("somebody", |person| &person.author);
        let help = format!("{} · {}", text::plain(author, 40), ticket.state.name());
        id.starts_with(&typed).then(|| CompletionCandidate::new(id).help(Some(help.into())))
    };
    let offers = tickets.unwrap_or_default().into_iter().filter_map(offer);
    offers.enumerate().map(|(turn, offer)| offer.display_order(Some(turn))).collect()
}

pub(super) fn views(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let views = desk().and_then(|desk| desk.views().ok()).unwrap_or_default();
    views.into_iter().filter(|view| view.starts_with(&*typed)).map(CompletionCandidate::new).collect()
}

/// The desk, if there is one: a shell has no use for an error.
fn desk() -> Option<AnyDesk> {
    let place = named("--desk", std::env::args_os()).or_else(|| std::env::var_os("HEARKEN_DESK")).map(PathBuf::from)?;
    let tenant = named("--tenant", std::env::args_os()).or_else(|| std::env::var_os("HEARKEN_TENANT"));
    let tenant = tenant.map(|tenant| tenant.to_string_lossy().parse().ok());
    // A name that is none has no desk.
    let tenant: Option<TenantName> = tenant.map_or(Some(None), |tenant| tenant.map(Some))?;
    open_within(&place, tenant.as_ref(), PATIENCE).ok()
}

/// What follows a flag on the line that is being typed.
fn named(flag: &str, words: impl IntoIterator<Item = OsString>) -> Option<OsString> {
    let mut words = words.into_iter();
    let mut named = None;
    while let Some(word) = words.next() {
        if word == flag {
            named = words.next();
        } else if let Some(path) = word.to_str().and_then(|word| word.strip_prefix(flag)?.strip_prefix('=')) {
            named = Some(path.into());
        }
    }
    named
}
