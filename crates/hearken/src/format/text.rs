//! Texts that are written in another way than people read them.

use std::borrow::Cow;

/// The text with `&amp;`, `&lt;` and other entities of HTML as the characters that they stand for.
pub(super) fn unescaped(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_none() {
        return text;
    }
    match text {
        Cow::Borrowed(text) => html_escape::decode_html_entities(text),
        Cow::Owned(text) => Cow::Owned(html_escape::decode_html_entities(&text).into_owned()),
    }
}
