//! Routes: which team a post is for. The first route whose conditions all hold decides.

use serde::{Deserialize, Serialize};

use crate::intake::NewPost;
use crate::label::Labels;
use crate::ticket::primary_subtag;

/// Sends posts to a team. Conditions that are not given always hold; of a list, one is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    /// Its name, by which tickets say what decided.
    pub name: String,
    /// The team that gets the ticket; colleagues name theirs with `next --team`.
    pub team: String,
    /// One of these was heard.
    #[serde(default)]
    pub labels: Labels,
    /// It is at least so urgent, 0 to 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency_from: Option<f64>,
    /// It is in one of these languages: "pt" holds for pt-BR too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// It was written on one of these networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// One of these people wrote it; case and a leading @ don't matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// One of these words or phrases is in its text, as whole words; case doesn't matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

/// The first of some routes that is for a post, and its place.
pub fn first_for<'a>(routes: &'a [Route], post: &NewPost) -> Option<(usize, &'a Route)> {
    routes.iter().enumerate().find(|(_, route)| route.is_for(post))
}

impl Route {
    /// Whether all conditions hold for a post.
    pub fn is_for(&self, post: &NewPost) -> bool {
        let author = || post.author.as_deref().map(handle);
        let language = || post.lang.as_deref().and_then(primary_subtag);
        (self.labels.is_empty() || self.labels.overlaps(post.labels))
            && self.urgency_from.is_none_or(|least| post.urgency >= least)
            && holds(&self.languages, |wanted| primary_subtag(wanted).is_some_and(|wanted| language() == Some(wanted)))
            && holds(&self.platforms, |wanted| wanted.eq_ignore_ascii_case(&post.platform))
            && holds(&self.authors, |wanted| author() == Some(handle(wanted)))
            && (self.words.is_empty() || {
                let text = post.text.to_lowercase();
                self.words.iter().any(|word| has_word(&text, &word.to_lowercase()))
            })
    }

    /// Whether this route is for every post that `other` is for: then one that stands after it is never asked.
    pub fn covers(&self, other: &Self) -> bool {
        let labels =
            self.labels.is_empty() || (!other.labels.is_empty() && self.labels.with(other.labels) == self.labels);
        let urgency = self.urgency_from.is_none_or(|least| other.urgency_from.is_some_and(|from| from >= least));
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        labels
            && urgency
            && within(&self.languages, &other.languages, |one, other| primary_subtag(one) == primary_subtag(other))
            && within(&self.platforms, &other.platforms, same)
            && within(&self.authors, &other.authors, |one, other| handle(one) == handle(other))
            && within(&self.words, &other.words, same)
    }
}

/// Whether a text can be the tag of a language.
pub fn is_language(tag: &str) -> bool {
    primary_subtag(tag).is_some()
}

/// Whether a condition is not given, or holds for one of its list.
fn holds(list: &[String], is_it: impl FnMut(&String) -> bool) -> bool {
    list.is_empty() || list.iter().any(is_it)
}

/// Whether a condition holds wherever a narrower one does.
fn within(wide: &[String], narrow: &[String], same: impl Fn(&str, &str) -> bool) -> bool {
    let is_known = |wanted: &String| wide.iter().any(|known| same(known, wanted));
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(is_known))
}

fn handle(name: &str) -> String {
    name.trim_start_matches('@').to_lowercase()
}

/// Whether a word stands in a text with nothing of a word on either side; both in lower case.
fn has_word(text: &str, word: &str) -> bool {
    let ends_word = |next: Option<char>| !next.is_some_and(char::is_alphanumeric);
    !word.is_empty()
        && text.match_indices(word).any(|(start, _)| {
            ends_word(text[..start].chars().next_back()) && ends_word(text[start + word.len()..].chars().next())
        })
}

#[cfg(test)]
mod tests;
