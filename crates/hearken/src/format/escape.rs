//! The escapes of JSON.

use std::borrow::Cow;

use bumpalo::Bump;
use bumpalo::collections::String as BumpString;

/// What a string says of which `written` stands between the quotes, as the parser has let it through. Half a surrogate pair, which
/// feeds send that cut posts in the middle of an emoji, is U+FFFD. What has escapes goes to `texts`, where there is one.
pub(super) fn unescape<'a>(written: &'a str, texts: Option<&'a Bump>) -> Cow<'a, str> {
    if memchr::memchr(b'\\', written.as_bytes()).is_none() {
        return Cow::Borrowed(written);
    }
    match texts {
        Some(texts) => {
            let mut text = BumpString::with_capacity_in(written.len(), texts);
            each_part(written, |part| text.push_str(part));
            Cow::Borrowed(text.into_bump_str())
        }
        None => {
            let mut text = String::with_capacity(written.len());
            each_part(written, |part| text.push_str(part));
            Cow::Owned(text)
        }
    }
}

fn each_part(written: &str, mut take: impl FnMut(&str)) {
    let mut rest = written;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, escape) = rest.split_at(at);
        let (character, length) = character(escape);
        take(before);
        take(character.encode_utf8(&mut [0; 4]));
        rest = &escape[length..];
    }
    take(rest);
}

/// What the escape stands for that `text` begins with, and how long it is, bytes.
fn character(text: &str) -> (char, usize) {
    let unit = |at: usize| u16::from_str_radix(text.get(at..)?.strip_prefix("\\u")?.get(..4)?, 16).ok();
    if let Some(first) = unit(0) {
        return match char::decode_utf16([first].into_iter().chain(unit(6))).next() {
            Some(Ok(character)) => (character, 6 * character.len_utf16()),
            _ => (char::REPLACEMENT_CHARACTER, 6),
        };
    }
    let character = match text.as_bytes().get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(&itself) => char::from(itself),
        None => char::REPLACEMENT_CHARACTER,
    };
    (character, text.len().min(2))
}
