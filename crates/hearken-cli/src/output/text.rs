//! Words and figures for people.

use hearken::Timestamp;
use hearken::policy::{Minutes, Reason};

/// A text that is safe on a terminal: one line, no control characters, nothing that turns the direction of writing, so that
/// no post can move the cursor, set colours or disguise its neighbours. Cut to `limit` characters.
pub(crate) fn plain(text: &str, limit: usize) -> String {
    let hidden =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    let visible: String =
        text.chars().filter(|c| !hidden(*c)).map(|c| if c.is_control() { ' ' } else { c }).take(limit * 4).collect();
    let words = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(limit) {
        None => words,
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
    }
}

/// A head start: `1 d 2 h`, `4 h 10 min`, `25 min`.
pub(crate) fn span(minutes: Minutes) -> String {
    whole_minutes(minutes.value().round() as i64)
}

/// So many minutes, likewise.
pub(crate) fn whole_minutes(total: i64) -> String {
    let (sign, total) = (if total < 0 { "−" } else { "" }, total.abs());
    let (days, hours, minutes) = (total / 1440, total / 60 % 24, total % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{sign}{minutes} min"),
        (0, hours, 0) => format!("{sign}{hours} h"),
        (0, hours, minutes) => format!("{sign}{hours} h {minutes} min"),
        (days, 0, _) => format!("{sign}{days} d"),
        (days, hours, _) => format!("{sign}{days} d {hours} h"),
    }
}

/// A moment, UTC to the minute.
pub(crate) fn moment(time: Timestamp) -> String {
    time.strftime("%b %d %H:%M").to_string()
}

/// What a term of the head start is called.
pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Urgency => "urgent",
        Reason::Grief => "grief",
        Reason::Frustration => "frustrated",
        Reason::AdviceSeeking => "asks",
        Reason::AdviceGiving => "advises",
        Reason::Promotion => "promotes",
        Reason::Reach => "reach",
        Reason::Replies => "replies",
        Reason::Campaign => "one of many",
    }
}

/// A probability: `83.4 %`, and near its ends, where a tenth is a lot, `99.97 %`.
pub(crate) fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    let decimals = if (1.0..=99.0).contains(&percent) { 1 } else { 2 };
    format!("{percent:.decimals$} %")
}

/// A bar of up to `width` cells for a share from 0 to 1, to an eighth of a cell.
pub(crate) fn bar(share: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// A count with commas: `60,000`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
