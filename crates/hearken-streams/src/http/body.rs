//! From the body of a request to lines.

use std::io::{self, Read};

use axum::http::StatusCode;
use flate2::read::MultiGzDecoder;
use serde_json::value::RawValue;

use super::answer::Refusal;

/// The window that a packed body may ask for: 2^23 bytes, as RFC 9659 has it.
const ZSTD_WINDOW_LOG: u32 = 23;

/// Lines of one request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) bytes: Vec<u8>,
    /// How many are not empty.
    pub(super) count: u64,
}

/// The lines of a body: unpacked, and of JSON one line for each element of an array, or one for an object.
pub(super) fn lines(
    body: &[u8],
    encoding: Option<&str>,
    content_type: Option<&str>,
    limit: usize,
) -> Result<Lines, Refusal> {
    let unpacked = match encoding.unwrap_or("identity") {
        "identity" | "" => None,
        "gzip" | "x-gzip" => Some(MultiGzDecoder::new(body)).map(|body| unpack(body, limit)),
        "zstd" => Some(zstd(body).map_err(|error| not_unpacked(&error)).and_then(|body| unpack(body, limit))),
        other => {
            let why = format!("Content-Encoding {other} is not known: gzip, zstd or none");
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
    };
    let unpacked = unpacked.transpose()?;
    let body = unpacked.as_deref().unwrap_or(body);
    let media_type =
        content_type.and_then(|value| value.split(';').next()).map(|value| value.trim().to_ascii_lowercase());
    let bytes = match media_type.as_deref() {
        None | Some("application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonl") => {
            body.to_vec()
        }
        Some("application/json") => from_json(body)?,
        Some(other) => {
            let why = format!("Content-Type {other} is not known: application/x-ndjson or application/json");
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
    };
    let count = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count() as u64;
    Ok(Lines { bytes, count })
}

fn zstd(body: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::Decoder::with_buffer(body)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

fn unpack(packed: impl Read, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut body = Vec::new();
    packed.take(limit as u64 + 1).read_to_end(&mut body).map_err(|error| not_unpacked(&error))?;
    if body.len() > limit { Err(Refusal::too_large(limit)) } else { Ok(body) }
}

fn not_unpacked(error: &io::Error) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, format!("the body can't be unpacked: {error}"))
}

fn from_json(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let refuse = |error: serde_json::Error| {
        let why = format!("the body is no JSON: line {}, column {}", error.line(), error.column());
        Refusal::new(StatusCode::BAD_REQUEST, why)
    };
    let values: Vec<&RawValue> = if body.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice(body).map_err(refuse)?
    } else {
        vec![serde_json::from_slice(body).map_err(refuse)?]
    };
    let mut lines = Vec::with_capacity(body.len() + 1);
    for value in values {
        // Within a string a line's end is escaped: one that stands here is white space.
        lines.extend(value.get().bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
        lines.push(b'\n');
    }
    Ok(lines)
}
