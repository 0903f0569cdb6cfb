#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use jiff::Zoned;
use proptest::prelude::*;

use super::*;

const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";

fn calendar(zone: &str, week: &str, weekend: &str) -> Calendar {
    let spans = |spans: &str| -> Vec<Hours> { spans.split_whitespace().map(|span| span.parse().unwrap()).collect() };
    let (week, weekend) = (spans(week), spans(weekend));
    Calendar {
        time_zone: TimeZone::get(zone).unwrap(),
        monday: week.clone(),
        tuesday: week.clone(),
        wednesday: week.clone(),
        thursday: week.clone(),
        friday: week,
        saturday: weekend.clone(),
        sunday: weekend,
        holidays: ["2026-12-25", "2026-12-26"].map(|day| day.parse().unwrap()).into(),
    }
}

fn office() -> Calendar {
    calendar(BERLIN, "09:00-17:00", "")
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

fn at(zone: &str, clock: &str) -> Timestamp {
    format!("{clock}[{zone}]").parse::<Zoned>().unwrap().timestamp()
}

#[test]
fn time_passes_in_hours_only() {
    let night = |zone| calendar(zone, "22:00-06:00", "22:00-06:00");
    let round = |zone| calendar(zone, "00:00-24:00", "00:00-24:00");
    let shifts = calendar(BERLIN, "13:00-17:00 09:00-12:00 11:00-12:00", "");
    let table = [
        ("within a day", office(), BERLIN, "2026-11-18T09:30", 60, "2026-11-18T10:30"),
        ("before it opens", office(), BERLIN, "2026-11-18T03:00", 60, "2026-11-18T10:00"),
        ("to the very end", office(), BERLIN, "2026-11-18T16:00", 60, "2026-11-18T17:00"),
        ("from the very end", office(), BERLIN, "2026-11-18T17:00", 60, "2026-11-19T10:00"),
        ("over a weekend", office(), BERLIN, "2026-11-20T16:00", 120, "2026-11-23T10:00"),
        ("on a weekend", office(), BERLIN, "2026-11-21T12:00", 30, "2026-11-23T09:30"),
        ("over a holiday and a weekend", office(), BERLIN, "2026-12-24T16:30", 60, "2026-12-28T09:30"),
        ("a week", office(), BERLIN, "2026-11-18T12:00", 5 * 8 * 60, "2026-11-25T12:00"),
        ("over lunch, in whatever order", shifts, BERLIN, "2026-11-18T11:30", 60, "2026-11-18T13:30"),
        ("past midnight", night(BERLIN), BERLIN, "2026-11-18T23:00", 120, "2026-11-19T01:00"),
        ("after midnight", night(BERLIN), BERLIN, "2026-11-19T05:00", 120, "2026-11-19T23:00"),
        ("the night of a holiday's eve", night(BERLIN), BERLIN, "2026-12-24T23:00", 60 * 8, "2026-12-27T23:00"),
        ("no time, whatever the hour", office(), BERLIN, "2026-11-21T12:00", 0, "2026-11-21T12:00"),
        // The weekends on which clocks change.
        ("to summer", office(), BERLIN, "2026-03-27T16:00", 120, "2026-03-30T10:00"),
        ("to winter", office(), BERLIN, "2026-10-23T16:00", 120, "2026-10-26T10:00"),
        ("a night of 7 hours", night(BERLIN), BERLIN, "2026-03-28T22:00", 7 * 60, "2026-03-29T06:00"),
        ("and then the next", night(BERLIN), BERLIN, "2026-03-28T22:00", 7 * 60 + 30, "2026-03-29T22:30"),
        ("a night of 9 hours", night(BERLIN), BERLIN, "2026-10-24T22:00", 9 * 60, "2026-10-25T06:00"),
        ("7 hours", night(NEW_YORK), NEW_YORK, "2026-03-07T22:00", 7 * 60, "2026-03-08T06:00"),
        ("9 hours", night(NEW_YORK), NEW_YORK, "2026-10-31T22:00", 9 * 60, "2026-11-01T06:00"),
        ("around the clock", round(BERLIN), BERLIN, "2026-03-28T12:00", 24 * 60, "2026-03-29T13:00"),
        ("and back", round(NEW_YORK), NEW_YORK, "2026-10-31T12:00", 24 * 60, "2026-11-01T11:00"),
        (
            "an hour that is left out",
            calendar(BERLIN, "", "02:00-03:00"),
            BERLIN,
            "2026-03-28T12:00",
            60,
            "2026-04-04T03:00",
        ),
        (
            "one that is half left out",
            calendar(BERLIN, "", "01:30-02:30"),
            BERLIN,
            "2026-03-29T00:00",
            60,
            "2026-03-29T03:30",
        ),
        (
            "one that comes twice",
            calendar(BERLIN, "", "02:00-03:00"),
            BERLIN,
            "2026-10-25T00:00",
            120,
            "2026-10-25T03:00",
        ),
    ];
    for (what, calendar, zone, from, time, due) in table {
        let (from, time, due) = (at(zone, from), minutes(time), at(zone, due));
        assert_eq!(calendar.due(from, time), due, "{what}");
        assert_eq!(calendar.passed(from, due), time, "{what}");
    }
}

#[test]
fn who_is_in_another_zone_counts_in_that_of_the_calendar() {
    // Noon in New York is six in the evening in Berlin.
    assert_eq!(office().due(at(NEW_YORK, "2026-11-18T12:00"), minutes(60)), at(NEW_YORK, "2026-11-19T04:00"));
}

#[test]
fn the_zones_come_with_the_program() {
    assert!(jiff::tz::TimeZoneDatabase::bundled().get(BERLIN).is_ok(), "so that no system need have them");
}

#[test]
fn a_calendar_without_hours_never_comes_to_an_end() {
    let never = calendar(BERLIN, "", "");
    assert!(never.is_empty() && !office().is_empty());
    assert_eq!(never.due(at(BERLIN, "2026-11-18T12:00"), minutes(1)), Timestamp::MAX);
    assert_eq!(never.passed(Timestamp::MIN, Timestamp::MAX), Duration::ZERO);
    assert_eq!(office().due(Timestamp::MAX, minutes(1)), Timestamp::MAX);
}

#[test]
fn hours_are_read_as_they_are_written() {
    for text in ["09:00-17:30", "22:00-06:00", "00:00-24:00", "12:00-12:00"] {
        assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
    }
    assert_eq!("9:00 - 24:00".parse::<Hours>().unwrap().to_string(), "09:00-24:00");
    for text in
        ["", "9-17", "09:00", "09:00-25:00", "09:60-17:00", "24:00-06:00", "-1:00-02:00", "09:0-17:00", "99999:00-1:00"]
    {
        assert!(text.parse::<Hours>().is_err(), "{text:?}");
    }
}

#[test]
fn a_calendar_is_read_as_it_is_written() {
    let json = r#"{"time-zone":"Europe/Berlin","monday":["09:00-12:00","13:00-17:00"],"holidays":["2026-12-25"]}"#;
    let calendar: Calendar = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&calendar).unwrap(), json);
    let refused = |json: &str| serde_json::from_str::<Calendar>(json).unwrap_err().to_string();
    let unknown = refused(r#"{"time-zone":"Europe/Atlantis"}"#);
    assert!(unknown.starts_with("no time zone is called \"Europe/Atlantis\"; names are such as"), "{unknown}");
    let no_span = refused(r#"{"time-zone":"UTC","monday":["nine to five"]}"#);
    assert!(no_span.starts_with("\"nine to five\" is no span of a day, such as 09:00-17:30"), "{no_span}");
    assert!(refused(r#"{"time-zone":"UTC","mon":[]}"#).contains("unknown field `mon`"));
}

fn calendars() -> impl Strategy<Value = Calendar> {
    prop::sample::select(vec![
        office(),
        calendar(NEW_YORK, "22:00-06:00", "23:00-02:30"),
        calendar(NEW_YORK, "08:30-12:00 12:45-18:00", "10:00-14:00"),
        calendar("Australia/Lord_Howe", "00:00-24:00", "01:00-03:00"),
    ])
}

/// Moments of two years, to the second, and spans of up to three weeks.
fn moments() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600..1_830_297_600_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn spans() -> impl Strategy<Value = Duration> {
    (0..21 * 24 * 3600_u64).prop_map(Duration::from_secs)
}

proptest! {
    #[test]
    fn more_time_is_due_no_sooner(calendar in calendars(), from in moments(), one in spans(), other in spans()) {
        let (less, more) = (one.min(other), one.max(other));
        prop_assert!(calendar.due(from, less) <= calendar.due(from, more));
        prop_assert!(calendar.due(from, less) >= later(from, less), "no time is made");
    }

    #[test]
    fn who_comes_later_is_due_no_sooner(calendar in calendars(), one in moments(), other in moments(), time in spans()) {
        prop_assert!(calendar.due(one.min(other), time) <= calendar.due(one.max(other), time));
    }

    #[test]
    fn time_adds_up(calendar in calendars(), from in moments(), first in spans(), then in spans()) {
        prop_assert_eq!(calendar.due(calendar.due(from, first), then), calendar.due(from, first + then));
    }

    #[test]
    fn what_is_due_has_passed_by_then(calendar in calendars(), from in moments(), time in spans()) {
        let due = calendar.due(from, time);
        prop_assert_eq!(calendar.passed(from, due), time);
        prop_assert_eq!(calendar.passed(from, from), Duration::ZERO);
    }

    #[test]
    fn where_it_never_stops_time_is_just_added(from in moments(), time in spans()) {
        for zone in ["UTC", BERLIN, NEW_YORK] {
            let round = Calendar { holidays: BTreeSet::new(), ..calendar(zone, "00:00-24:00", "00:00-24:00") };
            prop_assert_eq!(round.due(from, time), later(from, time));
        }
    }
}
