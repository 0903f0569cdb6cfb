//! An explanation for people: what was heard, the text with each word coloured by what it does, and the minutes.

mod finding;

use std::fmt::Write as _;

use anstyle::{Ansi256Color, Style};
use hearken::explain::{Effect, Explanation, MOST_WORDS, Word};
use hearken::policy::Disposition;
use hearken::{Explainer, Post, Timestamp};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{table, text};
use finding::Finding;

/// Backgrounds for words that raise, weak to strong; the writing on them is black, which can be read on each.
const WARM: [u8; 4] = [223, 216, 209, 203];

/// Backgrounds for words that lower.
const COOL: [u8; 4] = [195, 153, 111, 75];

/// Words that are listed for each finding.
const LISTED: usize = 5;

/// What is less probable than this, not assigned, and not moved that far by any word, gets no picture of its own.
const SHOWN_FROM: f64 = 0.1;

/// Cells that a page has at least; a terminal with fewer breaks the lines itself.
const NARROWEST: usize = 40;

/// Cells of the longest bar.
const BAR: usize = 10;

/// Cells of a page that has room for bars.
const WITH_BARS: usize = 72;

/// The explanation, with a line end.
pub(crate) fn render(
    post: &Post<'_>,
    explanation: &Explanation,
    due_by: Option<Timestamp>,
    by: &Explainer,
    color: bool,
) -> String {
    let page = Page { text: &post.text, explanation, by, color, width: usize::from(table::width()).max(NARROWEST) };
    let mut sections = Vec::from_iter(page.language());
    sections.extend([page.heard(), page.legend()]);
    sections.extend(
        Finding::ALL.into_iter().filter(|finding| page.is_shown(*finding)).map(|finding| page.picture(finding)),
    );
    sections.extend(page.left_out());
    sections.push(page.priority(due_by));
    sections.join("\n")
}

struct Page<'a> {
    text: &'a str,
    explanation: &'a Explanation,
    by: &'a Explainer,
    color: bool,
    width: usize,
}

impl Page<'_> {
    /// A warning where a run would leave the post unjudged.
    fn language(&self) -> Option<String> {
        let Explanation { lang, lang_is_read: false, .. } = self.explanation else { return None };
        let lang = lang.as_deref().unwrap_or("unknown");
        Some(format!("The model doesn't read this language ({lang}), so a run leaves the post unjudged.\n"))
    }

    /// Every label with its probability and threshold, and the urgency.
    fn heard(&self) -> String {
        let judgement = &self.explanation.judgement;
        let thresholds = self.by.thresholds();
        let mut out = self.heading(&format!("heard by {}", text::plain(self.by.judge(), 60)));
        for finding in Finding::ALL {
            let heard = finding.heard(judgement);
            let note = match finding {
                Finding::Urgency => "of 3".to_owned(),
                Finding::Label(label) => {
                    let not = if judgement.assigned.contains(label) { "" } else { "not " };
                    format!("{not}assigned, threshold {}", text::percent(*thresholds.get(label)))
                }
            };
            let (name, amount, share) = (finding.name(), finding.amount(heard), heard / finding.whole());
            let bar = if self.width < WITH_BARS { String::new() } else { format!("{:<BAR$}  ", text::bar(share, BAR)) };
            let _ = writeln!(out, "  {name:<11}  {amount:>8}  {bar}{note}");
        }
        out
    }

    /// How the pictures are to be read.
    fn legend(&self) -> String {
        if !self.color {
            return "In brackets: what a word adds, in percentage points or levels of urgency.\n".to_owned();
        }
        let swatch = |colors: [u8; 4]| colors.map(|color| paint("  ", color)).concat();
        format!("Words on {} raise, on {} lower what is heard.\n", swatch(WARM), swatch(COOL))
    }

    fn is_shown(&self, finding: Finding) -> bool {
        let judgement = &self.explanation.judgement;
        let moves = |word: &Word| word.effect.is_some_and(|effect| finding.of(&effect.probability).abs() >= SHOWN_FROM);
        match finding {
            Finding::Urgency => true,
            Finding::Label(label) => {
                judgement.assigned.contains(label)
                    || finding.heard(judgement) >= SHOWN_FROM
                    || self.explanation.words.iter().any(moves)
            }
        }
    }

    /// The text as one finding sees it, and the words that move it most.
    fn picture(&self, finding: Finding) -> String {
        let heard = finding.heard(&self.explanation.judgement);
        let tried: Vec<(&Word, &Effect)> =
            self.explanation.words.iter().filter_map(|word| Some((word, word.effect.as_ref()?))).collect();
        let log_odds = |(_, effect): &(&Word, &Effect)| finding.of(&effect.log_odds);
        let mut strongest = tried.clone();
        strongest.retain(|(_, effect)| finding.step(heard, effect).is_some());
        strongest.sort_by(|one, other| log_odds(other).abs().total_cmp(&log_odds(one).abs()));
        strongest.truncate(LISTED);
        // What raises comes first, from strong to weak, then what lowers, from weak to strong.
        strongest.sort_by(|one, other| log_odds(other).total_cmp(&log_odds(one)));

        let marked = tried.iter().map(|(word, effect)| {
            let listed = strongest.iter().any(|(other, _)| other.start == word.start);
            self.mark(self.word(word), finding, effect, listed)
        });
        let more = (tried.len() < self.explanation.words.len()).then(|| (1, "…".to_owned()));
        let mut out = self.heading(&format!("{} {}", finding.name(), finding.amount(heard)));
        out += &wrap(marked.chain(more), self.width);
        if strongest.is_empty() {
            out += "  No word changes it much by itself.\n";
        }
        let listed = |word: &Word| cut(&self.word(word), self.width - 32);
        let widest = strongest.iter().map(|(word, _)| listed(word).width()).max().unwrap_or(0);
        for (word, effect) in strongest {
            let change = finding.of(&effect.probability);
            let without = finding.amount((heard - change).max(0.0));
            let word = listed(word);
            let gap = " ".repeat(widest.saturating_sub(word.width()));
            let _ = writeln!(out, "  {:>6}  {word}{gap}  {without} without it", finding.change(change));
        }
        out
    }

    /// A word for the terminal, never wider than a line.
    fn word(&self, word: &Word) -> String {
        let word = text::plain(&self.text[word.start..word.end], self.width);
        // Nothing but characters that don't show.
        if word.is_empty() { "□".to_owned() } else { cut(&word, self.width - 12) }
    }

    /// The word in the colour of its effect, or where there are no colours in brackets, if it is one of the strongest.
    fn mark(&self, word: String, finding: Finding, effect: &Effect, listed: bool) -> (usize, String) {
        let heard = finding.heard(&self.explanation.judgement);
        let marked = match finding.step(heard, effect) {
            Some(step) if self.color => {
                let raises = finding.of(&effect.log_odds) > 0.0;
                return (word.width(), paint(&word, if raises { WARM } else { COOL }[step]));
            }
            Some(_) if listed => format!("[{} {word}]", finding.change(finding.of(&effect.probability))),
            _ => word,
        };
        (marked.width(), marked)
    }

    /// What the text holds beyond the words that are shown.
    fn left_out(&self) -> Option<String> {
        let words = &self.explanation.words;
        let count = |counts: fn(&Word) -> bool| words.iter().filter(|word| counts(word)).count() as u64;
        let named = |count| format!("{} {}", text::count(count), if count == 1 { "word" } else { "words" });
        let (untried, unread) = (count(|word| word.read && word.effect.is_none()), count(|word| !word.read));
        let mut out = String::new();
        if untried > 0 {
            let _ =
                writeln!(out, "Only the first {MOST_WORDS} words were tried; the next {} count too.", named(untried));
        }
        if unread > 0 {
            let _ = writeln!(out, "Too long for the model, which doesn't read the last {}.", named(unread));
        }
        (!out.is_empty()).then_some(out)
    }

    /// The terms, which add up, and what becomes of the post.
    fn priority(&self, due_by: Option<Timestamp>) -> String {
        let head_start = &self.explanation.head_start;
        let mut out = self.heading(&format!("priority: {} of head start", text::span(head_start.total())));
        for term in head_start.why() {
            let _ = writeln!(out, "  {:>+8.1}  {}", term.minutes.value(), text::reason(term.reason));
        }
        let _ = writeln!(out, "  {:>+8.1}  minutes in all", head_start.total().value());
        out += &match (self.explanation.disposition, due_by) {
            (Disposition::Queued, Some(due)) => format!("Queued, due by {} UTC.\n", text::moment(due)),
            (Disposition::Queued, None) => "Queued, and not due at any time.\n".to_owned(),
            (Disposition::Held, _) => "Held back as promotion.\n".to_owned(),
            (Disposition::Neutral, _) => {
                format!("Needs nobody: posts are queued from {} minutes on.\n", self.by.policy().queue_from)
            }
        };
        out
    }

    fn heading(&self, title: &str) -> String {
        let style = if self.color { Style::new().bold() } else { Style::new() };
        format!("{style}{title}{style:#}\n")
    }
}

/// Black on this background.
fn paint(word: &str, background: u8) -> String {
    let style = Style::new().fg_color(Some(Ansi256Color(16).into())).bg_color(Some(Ansi256Color(background).into()));
    format!("{style}{word}{style:#}")
}

/// A word of at most so many cells.
fn cut(word: &str, cells: usize) -> String {
    if word.width() <= cells {
        return word.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken <= cells
    };
    word.chars().take_while(fits).chain(['…']).collect()
}

/// Words on lines of at most `width` cells, two of which are a margin; each word comes with its own width.
fn wrap(words: impl Iterator<Item = (usize, String)>, width: usize) -> String {
    let mut out = String::new();
    let mut column = width;
    for (cells, word) in words {
        if column + 1 + cells > width {
            out += if out.is_empty() { "  " } else { "\n  " };
            column = 2;
        } else {
            out.push(' ');
            column += 1;
        }
        out += &word;
        column += cells;
    }
    out.push('\n');
    out
}
