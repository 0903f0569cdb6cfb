//! Language: posts that the model can't read are recognised before they are tokenized. The only module that names
//! the detectors.
//!
//! The two mistakes don't weigh the same. A foreign post that is judged all the same costs little; a person who grieves in
//! English and is called foreign is not heard. So every doubt counts for the model's own languages: short posts, slang,
//! names and mixtures are judged.

mod english;
mod letters;
mod words;

use std::borrow::Cow;

use arrayvec::ArrayString;
use isolang::Language;
use whatlang::Script;

use self::words::Weighed;
use crate::post::Post;

/// What becomes of a post in a language that the model doesn't read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnsupportedLanguage {
    /// It is neither judged nor queued. Among the annotated posts it stands in its place, without labels.
    #[default]
    Skip,
    /// It is rejected like a line that is no post.
    Reject,
    /// It is judged like any other.
    Through,
}

/// The languages that a model reads.
#[derive(Clone, Debug)]
pub struct Languages {
    codes: Vec<&'static str>,
    /// Whether the second detector knows all of them, the first one too, and the lists of words. What they don't know they
    /// call foreign.
    detectable: bool,
    known_to_first: bool,
    known_by_words: bool,
}

/// How much of a text is looked at, bytes.
const LOOKED_AT: usize = 512;

/// Fewer letters or words than these are too little to tell languages apart that share an alphabet.
const FEWEST_LETTERS: usize = 15;
const FEWEST_WORDS: usize = 4;

/// Fewer letters of a foreign alphabet than these may be a face: ಠ_ಠ, ヽ(´ー｀)ノ.
const FEWEST_FOREIGN_LETTERS: usize = 4;

/// The second detector's confidence, from 0 to 1, above which it is believed where the first one agrees.
const CONFIDENT: f64 = 0.2;

/// So many words, names left out, are a sentence that shows its language; names look foreign in any.
const MANY_WORDS: usize = 7;

/// So many everyday words more of one language than of another are no accident.
const CLEARLY_MORE: usize = 2;

/// The code for a language that nobody knows.
const UNDETERMINED: &str = "und";

/// What a text shows of its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    /// One that the model reads, beyond doubt.
    Ours(&'static str),
    /// Most likely one that the model reads.
    Likely(&'static str),
    /// One that it doesn't read, beyond reasonable doubt.
    Foreign(&'static str),
    /// The detectors don't agree.
    Unclear,
    /// There are too few words to tell.
    TooLittle,
}

impl Languages {
    /// The languages of these ISO 639-1 codes.
    ///
    /// # Errors
    ///
    /// The first that is no such code.
    pub fn new<'a>(codes: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let known = |code: &'a str| Language::from_639_1(code).and_then(|language| language.to_639_1()).ok_or(code);
        let codes = codes.into_iter().map(known).collect::<Result<Vec<_>, _>>()?;
        let known_to = |detector: &[&str]| codes.iter().all(|own| detector.iter().any(|three| code(three) == *own));
        let first = whichlang::LANGUAGES.map(|lang| lang.three_letter_code());
        let second: Vec<&str> = whatlang::Lang::all().iter().map(|lang| lang.code()).collect();
        let known_by_words = codes.iter().all(|own| words::LANGUAGES.contains(own));
        Ok(Self { detectable: known_to(&second), known_to_first: known_to(&first), known_by_words, codes })
    }

    /// Whether the model should judge the post. Its `lang` then is what is known of its language: what the feed says, where
    /// the text doesn't speak against it, or else what the text shows, or nothing where it shows too little.
    pub fn admit(&self, post: &mut Post<'_>) -> bool {
        let declared = post.lang.as_deref().and_then(declared);
        if declared.is_some_and(|code| self.read(code)) {
            return true;
        }
        let finding = self.find(&post.text, declared.is_some());
        // What a feed says of a language is often wrong: it is a setting that a bilingual forgot, or a guess that is wild
        // for short posts. So a foreign tag doesn't count against plain English, nor where there is too little text to bear
        // it out. Else it is believed; it needs no detector that knows the language.
        let admitted = match finding {
            Finding::Ours(_) | Finding::TooLittle => true,
            Finding::Likely(_) | Finding::Unclear => declared.is_none(),
            Finding::Foreign(_) => false,
        };
        if admitted || declared.is_none() {
            post.lang = match finding {
                Finding::Ours(code) | Finding::Likely(code) | Finding::Foreign(code) => Some(Cow::Borrowed(code)),
                Finding::Unclear | Finding::TooLittle => None,
            };
        }
        admitted
    }

    fn read(&self, code: &str) -> bool {
        self.codes.contains(&code)
    }

    /// What a text shows; with a tag that speaks against the model's languages, nothing but plain evidence is looked for.
    fn find(&self, text: &str, tagged: bool) -> Finding {
        if !self.detectable {
            return Finding::Unclear;
        }
        let text = &text[..text.floor_char_boundary(LOOKED_AT)];
        let everyday = if self.read("en") { english::everyday(words(text)) } else { 0 };
        if everyday >= 2 {
            return Finding::Ours("en");
        }
        // Of posts in English, one in seven comes this far.
        let text = only_words_of_letters(text);
        let letters = text.chars().filter(|letter| letter.is_alphabetic()).count();
        let foreign = text.chars().filter(|letter| letter.is_alphabetic() && !letter.is_ascii()).count();
        if foreign * 2 > letters && foreign >= FEWEST_FOREIGN_LETTERS {
            // Letters of no script are English in fancy dress.
            let Some(script) = whatlang::detect_script(&text) else { return Finding::TooLittle };
            if script != Script::Latin {
                return self.find_in_script(&text, script, tagged);
            }
        }
        if letters < FEWEST_LETTERS || text.split(' ').count() < FEWEST_WORDS {
            return Finding::TooLittle;
        }
        self.find_in_latin(&text, everyday, tagged)
    }

    fn find_in_script(&self, text: &str, script: Script, tagged: bool) -> Finding {
        let ours = script.langs().iter().any(|lang| self.read(code(lang.code())));
        // Whether Han characters are Chinese or Japanese is told by those among them.
        if !ours && script != Script::Mandarin {
            let language = letters::language(text, script);
            // Nobody asks for the name of a language that has a tag.
            if let Some(language) = language.map(code).or(tagged.then_some(UNDETERMINED)) {
                return Finding::Foreign(language);
            }
        }
        let Some(found) = whatlang::detect(text) else { return Finding::Unclear };
        let language = code(found.lang().code());
        if self.read(language) {
            Finding::Ours(language)
        } else if found.is_reliable() || !ours {
            Finding::Foreign(language)
        } else {
            Finding::Unclear
        }
    }

    fn find_in_latin(&self, text: &str, everyday: usize, tagged: bool) -> Finding {
        let first = first_opinion(text);
        // Languages that the first detector doesn't know it often calls English.
        if self.read(first) && (everyday > 0 || first != "en") {
            return Finding::Ours(first);
        }
        if tagged {
            return Finding::Unclear;
        }
        let sentence = text.split(' ').filter(|word| word.starts_with(char::is_lowercase)).count() >= MANY_WORDS;
        if self.read(first) && !sentence {
            return Finding::Likely(first);
        }
        self.find_by_words(text, everyday, first, sentence)
            .or_else(|| self.second_opinion(text, everyday, first, sentence))
            .unwrap_or(Finding::Unclear)
    }

    /// What everyday words show, with the first detector's opinion; `None` where they don't show enough.
    fn find_by_words(&self, text: &str, everyday: usize, first: &'static str, sentence: bool) -> Option<Finding> {
        if !self.known_by_words {
            return None;
        }
        let Weighed { own, foreign, language } = words::weigh(text, |code| self.read(code), first);
        let own = own + everyday;
        let agreed = everyday == 0 && language == first && foreign > own && (sentence || foreign >= CLEARLY_MORE);
        if foreign >= own + CLEARLY_MORE || agreed {
            return Some(Finding::Foreign(language));
        }
        if self.read(first) {
            return (own > foreign).then_some(Finding::Likely(first));
        }
        // A few words that no list has are names more often than not.
        (!sentence || own >= foreign + CLEARLY_MORE).then_some(Finding::Unclear)
    }

    /// What the second detector says. The first one is fast and knows 16 languages, the second one 70, at fifty times the
    /// price and some 24 allocations, which is why words are weighed before it is asked.
    fn second_opinion(&self, text: &str, everyday: usize, first: &'static str, sentence: bool) -> Option<Finding> {
        let found = whatlang::detect(text)?;
        let second = code(found.lang().code());
        Some(match (self.read(first), self.read(second)) {
            (true, false) if found.is_reliable() => Finding::Foreign(second),
            (true, _) => Finding::Likely(first),
            (false, true) => Finding::Unclear,
            (false, false) if found.is_reliable() => Finding::Foreign(second),
            (false, false) if everyday > 0 => Finding::Unclear,
            (false, false) if first == second && found.confidence() > CONFIDENT => Finding::Foreign(second),
            (false, false) if sentence => self.throughout(text).map_or(Finding::Unclear, Finding::Foreign),
            (false, false) => Finding::Unclear,
        })
    }

    /// The language of a text of which both halves are foreign by themselves.
    fn throughout(&self, text: &str) -> Option<&'static str> {
        let middle = text.floor_char_boundary(text.len() / 2);
        let middle = text[middle..].find(' ').map_or(middle, |space| middle + space);
        let [one, other] = [&text[..middle], &text[middle..]].map(first_opinion);
        let foreign = self.known_to_first && !self.read(one) && !self.read(other);
        foreign.then_some(if one == other { one } else { UNDETERMINED })
    }
}

fn first_opinion(text: &str) -> &'static str {
    code(whichlang::detect_language(text).three_letter_code())
}

/// The words of a text but names of accounts and addresses; of a hashtag what stands behind its sign.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |word: &str| word.starts_with('@') || word.starts_with("http") || word.starts_with("www.");
    text.split_ascii_whitespace().filter(move |word| !is_name(word)).map(|word| word.trim_start_matches('#'))
}

/// The words that [`is_of_letters`], with single spaces between them. They fit in, for there was a space between them before.
fn only_words_of_letters(text: &str) -> ArrayString<LOOKED_AT> {
    let mut joined = ArrayString::new();
    for word in words(text).filter(|word| is_of_letters(word)) {
        let gap = if joined.is_empty() { "" } else { " " };
        let _ = joined.try_push_str(gap).and_then(|()| joined.try_push_str(word));
    }
    joined
}

/// Whether there is something of a language in this, and no digit: identifiers have letters too.
fn is_of_letters(word: &str) -> bool {
    word.contains(char::is_alphabetic) && !word.contains(|c: char| c.is_ascii_digit())
}

/// The ISO 639 code of a BCP 47 tag as feeds give it; `None` where it says nothing ("und") or is none.
fn declared(tag: &str) -> Option<&'static str> {
    let mut primary = Cow::Borrowed(tag.split(['-', '_']).next().unwrap_or(tag));
    if primary.contains(|c: char| c.is_ascii_uppercase()) {
        primary.to_mut().make_ascii_lowercase();
    }
    match &*primary {
        UNDETERMINED | "mul" | "mis" | "zxx" => None,
        // Codes of old that some feeds still use.
        "in" => Some("id"),
        "iw" => Some("he"),
        "ji" => Some("yi"),
        two if two.len() == 2 => Language::from_639_1(two)?.to_639_1(),
        three => Language::from_639_3(three).map(|_| code(three)),
    }
}

/// The code of two letters for one of three, where there is one.
fn code(three: &str) -> &'static str {
    match three {
        "cmn" | "zho" => "zh",
        "pes" | "prs" => "fa",
        other => Language::from_639_3(other)
            .map_or(UNDETERMINED, |language| language.to_639_1().unwrap_or(language.to_639_3())),
    }
}

#[cfg(test)]
mod tests;
