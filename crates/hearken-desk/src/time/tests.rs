#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::*;

#[test]
fn spans_are_read_as_people_write_them() {
    let cases = [
        ("90s", 90),
        ("30m", 1_800),
        ("12h", 43_200),
        ("1h 30m", 5_400),
        ("1 hour, 30 minutes", 5_400),
        ("7d", 604_800),
        ("1d12h", 129_600),
        ("2w", 1_209_600),
        ("0s", 0),
    ];
    for (written, seconds) in cases {
        assert_eq!(span_of(written).unwrap(), Duration::from_secs(seconds), "{written}");
    }
    for wrong in ["", "30", "soon", "-3h", "1mo", "1y", "9999999999d"] {
        assert!(span_of(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn spans_are_written_in_their_largest_units() {
    for (seconds, expected) in [
        (0, "0s"),
        (90, "1m 30s"),
        (1_800, "30m"),
        (43_200, "12h"),
        (86_400, "1d"),
        (604_800, "7d"),
        (129_600, "1d 12h"),
    ] {
        assert_eq!(written(Duration::from_secs(seconds)), expected);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(seconds in 0..=u64::from(u32::MAX)) {
        let span = Duration::from_secs(seconds);
        prop_assert_eq!(span_of(&written(span)).unwrap(), span);
    }
}
