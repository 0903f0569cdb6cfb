//! Fields of which the type is not taken for granted: a person is not turned away because a feed sends an odd author.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::escape::unescape;

/// A field that ought to be a string or a number, as it is written; null is as good as absent, anything else is skipped.
#[derive(Clone, Copy, Default)]
pub(super) enum Scalar<'a> {
    #[default]
    Absent,
    /// What stands between the quotes.
    String(&'a str),
    Number(&'a str),
    /// Of another type, which is named.
    Other(&'static str),
}

impl<'a> Scalar<'a> {
    pub(super) fn is_absent(self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What a string says; `None` where it is none.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::String(written) => Some(unescape(written, None)),
            _ => None,
        }
    }

    /// The string; "" where it is none.
    pub(super) fn word(self) -> Cow<'a, str> {
        self.text().unwrap_or_default()
    }

    /// A string as it is, a number as it is written; an empty string is as good as absent. Counts what can't be used.
    pub(super) fn string(self, ignored: &mut u32) -> Option<Cow<'a, str>> {
        match self {
            Self::Absent => None,
            Self::String(written) => Some(unescape(written, None)).filter(|text| !text.is_empty()),
            Self::Number(number) if integer(number).is_some() => Some(Cow::Borrowed(number)),
            // 1e3 and 1000.0 are the same.
            Self::Number(number) => Some(Cow::Owned(float(number)?.to_string())),
            Self::Other(_) => {
                *ignored += 1;
                None
            }
        }
    }

    /// A number of people, cut to what it can be; counts what can't be used.
    pub(super) fn count(self, ignored: &mut u32) -> Option<u64> {
        match self {
            Self::Absent => None,
            Self::Number(number) => match integer(number) {
                Some(number) => Some(u64::try_from(number.max(0)).unwrap_or(u64::MAX)),
                None => Some(float(number)?.max(0.0) as u64),
            },
            Self::String(_) | Self::Other(_) => {
                *ignored += 1;
                None
            }
        }
    }

    /// RFC 3339, a civil date and time taken as UTC, or seconds or milliseconds since 1970.
    pub(super) fn timestamp(self) -> Option<Timestamp> {
        /// Seconds would lie beyond the year 5138: it's milliseconds.
        const MILLISECONDS_FROM: u64 = 100_000_000_000;
        match self {
            Self::String(written) => {
                let text = unescape(written, None);
                text.parse().ok().or_else(|| {
                    let civil: DateTime = text.parse().ok()?;
                    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
                })
            }
            Self::Number(number) => match integer(number) {
                Some(number) => match i64::try_from(number).ok()? {
                    seconds if seconds.unsigned_abs() < MILLISECONDS_FROM => Timestamp::from_second(seconds).ok(),
                    milliseconds => Timestamp::from_millisecond(milliseconds).ok(),
                },
                // Fractions of a second.
                None => Timestamp::from_microsecond((float(number)? * 1e6) as i64).ok(),
            },
            Self::Absent | Self::Other(_) => None,
        }
    }
}

fn integer(number: &str) -> Option<i128> {
    number.parse().ok()
}

fn float(number: &str) -> Option<f64> {
    number.parse().ok()
}

/// A field that ought to be an object; null is as good as absent, anything else is skipped.
#[derive(Default)]
pub(super) enum Object<T> {
    #[default]
    Absent,
    Is(T),
    Other,
}

impl<T> Object<T> {
    /// The object; counts what can't be used.
    pub(super) fn get(self, ignored: &mut u32) -> Option<T> {
        match self {
            Self::Is(object) => return Some(object),
            Self::Absent => {}
            Self::Other => *ignored += 1,
        }
        None
    }
}

/// A field that ought to be an array; null is an empty one, anything else is skipped.
pub(super) struct List<T> {
    pub(super) elements: Vec<T>,
    /// Whether it is of another type.
    pub(super) is_other: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { elements: Vec::new(), is_other: false }
    }
}

impl<T> List<Object<T>> {
    /// The objects among the elements; counts what can't be used.
    pub(super) fn objects(self, ignored: &mut u32) -> impl Iterator<Item = T> + use<T> {
        let unusable = self.elements.iter().filter(|element| matches!(element, Object::Other)).count();
        *ignored += u32::from(self.is_other) + unusable as u32;
        self.elements
            .into_iter()
            .filter_map(|element| if let Object::Is(object) = element { Some(object) } else { None })
    }
}

impl<'a> List<Scalar<'a>> {
    /// The strings among the elements; counts what can't be used.
    pub(super) fn strings<'count>(
        self,
        ignored: &'count mut u32,
    ) -> impl Iterator<Item = Cow<'a, str>> + use<'a, 'count> {
        *ignored += u32::from(self.is_other);
        self.elements.into_iter().filter_map(|element| element.string(ignored))
    }
}

/// A field that ought to be an object, or an array of them.
#[derive(Default)]
pub(super) enum Many<T> {
    #[default]
    Absent,
    One(Box<T>),
    All(Vec<Object<T>>),
    Other,
}

/// A field that ought to be true, false or null.
#[derive(Default)]
pub(super) enum Flag {
    #[default]
    Unset,
    Set,
    Other,
}

impl Flag {
    /// Whether it is true; counts what can't be used.
    pub(super) fn is_set(&self, ignored: &mut u32) -> bool {
        *ignored += u32::from(matches!(self, Self::Other));
        matches!(self, Self::Set)
    }
}

/// What a field makes of each type of JSON. Of null it makes its default; what it doesn't want is `other`.
trait Field<'de>: Sized + Default {
    const WANTED: &'static str;

    /// Of a type that isn't wanted.
    fn other() -> Self;

    fn boolean(_: bool) -> Self {
        Self::other()
    }

    fn array<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::other())
    }

    fn object<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::other())
    }
}

impl<'de, T: Deserialize<'de>> Field<'de> for Object<T> {
    const WANTED: &'static str = "an object";

    fn other() -> Self {
        Self::Other
    }

    fn object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Self::Is)
    }
}

impl<'de, T: Deserialize<'de>> Field<'de> for List<T> {
    const WANTED: &'static str = "an array";

    fn other() -> Self {
        Self { elements: Vec::new(), is_other: true }
    }

    fn array<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element()? {
            elements.push(element);
        }
        Ok(Self { elements, is_other: false })
    }
}

impl<'de, T: Deserialize<'de>> Field<'de> for Many<T> {
    const WANTED: &'static str = "an object or an array";

    fn other() -> Self {
        Self::Other
    }

    fn object<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|object| Self::One(Box::new(object)))
    }

    fn array<A: SeqAccess<'de>>(seq: A) -> Result<Self, A::Error> {
        List::array(seq).map(|list| Self::All(list.elements))
    }
}

impl Field<'_> for Flag {
    const WANTED: &'static str = "true or false";

    fn other() -> Self {
        Self::Other
    }

    fn boolean(set: bool) -> Self {
        if set { Self::Set } else { Self::Unset }
    }
}

struct FieldVisitor<F>(PhantomData<F>);

impl<'de, F: Field<'de>> Visitor<'de> for FieldVisitor<F> {
    type Value = F;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(F::WANTED)
    }

    fn visit_unit<E: Error>(self) -> Result<F, E> {
        Ok(F::default())
    }

    fn visit_bool<E: Error>(self, set: bool) -> Result<F, E> {
        Ok(F::boolean(set))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<F, E> {
        Ok(F::other())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<F, E> {
        Ok(F::other())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<F, E> {
        Ok(F::other())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<F, E> {
        Ok(F::other())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<F, A::Error> {
        F::array(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<F, A::Error> {
        F::object(map)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        Ok(match json.as_bytes() {
            [b'"', .., b'"'] => Self::String(&json[1..json.len() - 1]),
            [b'n', ..] => Self::Absent,
            [b't' | b'f', ..] => Self::Other("a boolean"),
            [b'[', ..] => Self::Other("an array"),
            [b'{', ..] => Self::Other("an object"),
            _ => Self::Number(json),
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}
