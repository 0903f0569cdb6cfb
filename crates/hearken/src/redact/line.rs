//! A whole line of a feed, of whatever format: what is text in it is masked, what is an id stays, and names go if wanted.

use serde_json::Value;

use super::{HANDLE, Redactor};

/// Keys that hold the name of a person, in any format.
const NAMES: [&str; 13] = [
    "author",
    "mentions",
    "name",
    "username",
    "screen_name",
    "display_name",
    "displayName",
    "acct",
    "handle",
    "author_fullname",
    "did",
    "in_reply_to_screen_name",
    "link_author",
];

/// Keys that hold an id beside those that end with `id` or `id_str`.
const IDS: [&str; 9] = ["uri", "cid", "rkey", "rev", "reply_to", "thread", "quote_of", "repost_of", "parent"];

impl Redactor {
    /// Masks a line that was rejected. One that is no JSON is masked as text: there nobody can tell an id from a telephone, and
    /// names only where they look like one.
    pub fn line(&self, line: &mut Vec<u8>) {
        match serde_json::from_slice::<Value>(line) {
            Ok(mut value) => {
                self.value(&mut value);
                // What was just read can be written.
                if let Ok(masked) = serde_json::to_vec(&value) {
                    *line = masked;
                }
            }
            Err(_) => self.bytes(line),
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.string(text),
            // Somebody may have written a telephone number as one.
            Value::Number(number) => {
                let digits = number.to_string();
                let masked = self.text(&digits);
                if masked != digits {
                    *value = Value::String(masked.into_owned());
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| self.field(key, value)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn field(&self, key: &str, value: &mut Value) {
        let is_id = || key.ends_with("id") || key.ends_with("id_str") || IDS.contains(&key);
        match value {
            // A person may be an object of several fields.
            Value::Object(_) => self.value(value),
            Value::Array(values) => values.iter_mut().for_each(|value| self.field(key, value)),
            Value::String(_) if self.handles && NAMES.contains(&key) => *value = HANDLE.into(),
            Value::String(_) | Value::Number(_) if is_id() => {}
            _ => self.value(value),
        }
    }

    /// Streams send objects written down as text inside of others.
    fn string(&self, text: &mut String) {
        if text.starts_with('{')
            && let Ok(mut value @ Value::Object(_)) = serde_json::from_str(text)
        {
            self.value(&mut value);
            *text = value.to_string();
        } else if let std::borrow::Cow::Owned(masked) = self.text(text) {
            *text = masked;
        }
    }
}
