//! From the HTML of a status to the text that people see.

use std::borrow::Cow;
use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};

use super::text::unescaped;
use html5gum::{Span, Tokenizer};

/// The text of some HTML, and where its links lead. Paragraphs are apart by an empty line. The parts of a long address that
/// Mastodon hides are left out; mentions and hashtags are text and no links.
pub(super) fn read(html: Cow<'_, str>) -> (Cow<'_, str>, Vec<String>) {
    if memchr::memchr2(b'<', b'&', html.as_bytes()).is_none() {
        return (html, Vec::new());
    }
    // Most statuses are one paragraph of plain words, for which no parser is needed.
    let paragraph = html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    if let Some(words) = paragraph.filter(|words| memchr::memchr(b'<', words.as_bytes()).is_none()) {
        return (Cow::Owned(unescaped(Cow::Borrowed(words)).trim_end().to_owned()), Vec::new());
    }
    let mut reader = Reader { text: String::with_capacity(html.len()), ..Reader::default() };
    let emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| -> Option<Infallible> {
        reader.take(&event);
        None
    });
    // Nothing is emitted, and reading a string can't fail.
    for _ in Tokenizer::new_with_emitter(&*html, emitter) {}
    reader.text.truncate(reader.text.trim_end().len());
    (Cow::Owned(reader.text), reader.links)
}

/// The attribute whose value comes next.
#[derive(Clone, Copy, Default)]
enum Attribute {
    Class,
    Href,
    #[default]
    Other,
}

/// A start tag, as far as it was read.
#[derive(Default)]
struct Tag {
    name: String,
    attribute: Attribute,
    href: Option<String>,
    is_hidden: bool,
    is_ellipsis: bool,
    is_mention: bool,
}

#[derive(Default)]
struct Reader {
    text: String,
    links: Vec<String>,
    tag: Tag,
    /// The element that is being left out, and how many elements of its name are open in it.
    hidden: Option<(String, usize)>,
    /// Whether the rest of the open `span` is cut off.
    ellipsis: bool,
    /// Line ends to write before the next words.
    line_ends: usize,
}

impl Reader {
    fn take(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag = Tag { name: String::from_utf8_lossy(name).into_owned(), ..Tag::default() };
            }
            CallbackEvent::AttributeName { name } => {
                self.tag.attribute = match *name {
                    b"class" => Attribute::Class,
                    b"href" => Attribute::Href,
                    _ => Attribute::Other,
                };
            }
            CallbackEvent::AttributeValue { value } => self.tag.take(value),
            CallbackEvent::CloseStartTag { .. } => self.start(),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } if self.hidden.is_none() => self.write(&String::from_utf8_lossy(value)),
            _ => {}
        }
    }

    fn start(&mut self) {
        let tag = std::mem::take(&mut self.tag);
        if let Some((name, open)) = &mut self.hidden {
            *open += usize::from(*name == tag.name);
            return;
        }
        if tag.is_hidden {
            self.hidden = Some((tag.name, 1));
            return;
        }
        self.ellipsis |= tag.is_ellipsis;
        match tag.name.as_str() {
            "br" => self.line_ends += 1,
            "li" => self.line_ends = self.line_ends.max(1),
            "a" if !tag.is_mention => self.links.extend(tag.href),
            name => self.paragraph(name),
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some((hidden, open)) = &mut self.hidden {
            *open -= usize::from(hidden.as_bytes() == name);
            if *open == 0 {
                self.hidden = None;
            }
            return;
        }
        if name == b"span" && std::mem::take(&mut self.ellipsis) {
            self.write("…");
        }
        self.paragraph(&String::from_utf8_lossy(name));
    }

    /// Sets what comes before or after an element apart, if it is of that kind.
    fn paragraph(&mut self, name: &str) {
        if matches!(name, "p" | "div" | "ul" | "ol" | "blockquote" | "pre" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6") {
            self.line_ends = self.line_ends.max(2);
        }
    }

    fn write(&mut self, words: &str) {
        // White space between elements is how the HTML is laid out.
        if words.is_empty() || (self.line_ends > 0 && words.trim().is_empty()) {
            return;
        }
        let line_ends = std::mem::take(&mut self.line_ends);
        if !self.text.is_empty() {
            self.text.extend(std::iter::repeat_n('\n', line_ends));
        }
        self.text.push_str(words);
    }
}

impl Tag {
    fn take(&mut self, value: &[u8]) {
        match self.attribute {
            Attribute::Class => {
                for class in value.split(u8::is_ascii_whitespace) {
                    // A quote that is shown anyway is also said in words, for servers that don't know quotes.
                    self.is_hidden |= matches!(class, b"invisible" | b"quote-inline");
                    self.is_ellipsis |= class == b"ellipsis";
                    self.is_mention |= matches!(class, b"mention" | b"hashtag");
                }
            }
            Attribute::Href => self.href = Some(String::from_utf8_lossy(value).into_owned()),
            Attribute::Other => {}
        }
    }
}
