//! Which failures at the start time can mend: servers are away, or they elect a leader.

use std::error::Error as StdError;
use std::io;

use anyhow::Error;
use async_nats::jetstream::context::{
    ConsumerInfoError, ConsumerInfoErrorKind, GetStreamError, GetStreamErrorKind, RequestError, RequestErrorKind,
};
use async_nats::jetstream::stream::{ConsumerCreateStrictError, ConsumerCreateStrictErrorKind};
use async_nats::jetstream::{self, ErrorCode};
use async_nats::{ConnectError, ConnectErrorKind};

use crate::away::Away;

/// What servers answer while they, or those of a stream, have no leader.
const LEADERLESS: [ErrorCode; 7] = [
    ErrorCode::CLUSTER_INCOMPLETE,
    ErrorCode::CLUSTER_NOT_ACTIVE,
    ErrorCode::CLUSTER_NOT_AVAILABLE,
    ErrorCode::CLUSTER_NOT_LEADER,
    ErrorCode::CLUSTER_NO_PEERS,
    ErrorCode::CONSUMER_OFFLINE,
    ErrorCode::STREAM_OFFLINE,
];

/// The same error, marked if time can mend it.
pub(super) fn or_not(error: Error) -> Error {
    // A certificate that isn't believed comes as an error of the network.
    let distrusted = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    let distrusted = distrusted.map(io::Error::kind).any(|kind| kind == io::ErrorKind::InvalidData);
    let away = !distrusted && error.chain().any(is_away);
    Away::mark(error, away)
}

fn is_away(cause: &(dyn StdError + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<ConnectError>() {
        use ConnectErrorKind::{Dns, Io, TimedOut};
        return matches!(error.kind(), Dns | Io | TimedOut);
    }
    // Nobody takes requests where no server has JetStream, and also while those that have it are away.
    if let Some(error) = cause.downcast_ref::<RequestError>() {
        return matches!(error.kind(), RequestErrorKind::TimedOut | RequestErrorKind::NoResponders);
    }
    if let Some(error) = cause.downcast_ref::<GetStreamError>() {
        return matches!(error.kind(), GetStreamErrorKind::JetStream(error) if is_leaderless(&error));
    }
    if let Some(error) = cause.downcast_ref::<ConsumerInfoError>() {
        use ConsumerInfoErrorKind::{JetStream, NoResponders, Offline, TimedOut};
        return match error.kind() {
            NoResponders | Offline | TimedOut => true,
            JetStream(error) => is_leaderless(&error),
            _ => false,
        };
    }
    if let Some(error) = cause.downcast_ref::<ConsumerCreateStrictError>() {
        use ConsumerCreateStrictErrorKind::{JetStream, TimedOut};
        return match error.kind() {
            TimedOut => true,
            JetStream(error) => is_leaderless(&error),
            _ => false,
        };
    }
    cause.downcast_ref::<jetstream::Error>().is_some_and(is_leaderless)
}

fn is_leaderless(error: &jetstream::Error) -> bool {
    LEADERLESS.contains(&error.error_code())
}
