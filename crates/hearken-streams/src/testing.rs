//! What several tests need.

/// A zstd dictionary of posts nobody wrote.
#[cfg(feature = "bluesky")]
pub(crate) fn dictionary() -> Vec<u8> {
    let sample = |n: u32| {
        format!(
            r#"{{"did":"did:plc:{:x}","time_us":{n},"kind":"commit","commit":{{"record":{{"text":"post {n}"}}}}}}"#,
            n * 7919
        )
    };
    let samples: Vec<String> = (0..2000).map(sample).collect();
    zstd::dict::from_samples(&samples, 8192).unwrap_or_default()
}
