//! Which groups of digits are a telephone number, and which a year, a date, a price or a score.

use std::ops::Range;

/// Digits in groups, at least seven in all.
pub(super) const CANDIDATE: &str = r"(?:\+|\(\+?)?[0-9](?:[ \x{a0}./()–-]{0,3}[0-9]){6,18}";

/// The part of a candidate that is a telephone number: all of it, or what is left without a group or more at either end, for
/// another number may stand beside it.
pub(super) fn find(text: &str, at: Range<usize>) -> Option<Range<usize>> {
    if is_part_of_more(text, &at) {
        return None;
    }
    let groups = groups(text, at.clone());
    if is_price(text, &at, &groups) {
        return None;
    }
    let part = |from: usize, to: usize| {
        let part = &groups[from..to];
        let range = with_sign(text, &at, part.first()?.start)..part.last()?.end;
        is_phone(text, &range, part).then_some(range)
    };
    let all = groups.len();
    let is_apart = |next: &usize| text[groups[next - 1].end..groups[*next].start].contains([' ', '\u{a0}']);
    let without_first = || (1..all).filter(is_apart).find_map(|from| part(from, all));
    let without_last = || (1..all).rev().filter(is_apart).find_map(|to| part(0, to));
    part(0, all).or_else(without_first).or_else(without_last)
}

/// Whether the digits go on, or belong to a word, an address or a name.
fn is_part_of_more(text: &str, at: &Range<usize>) -> bool {
    let (before, after) = (&text[..at.start], &text[at.end..]);
    // In the JSON of a rejected line a line end is two characters.
    let escaped = ["\\n", "\\r", "\\t"].iter().any(|escaped| before.ends_with(escaped));
    let begins = text[at.start..].starts_with(['+', '(']) || escaped;
    (!begins && before.ends_with(|last: char| last.is_alphanumeric() || "_/=#-.,".contains(last)))
        || after.starts_with(|next: char| next.is_alphanumeric() || next == '_')
}

/// Where the groups of digits are.
fn groups(text: &str, at: Range<usize>) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (position, _) in text[at.clone()].bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        let position = at.start + position;
        match groups.last_mut() {
            Some(group) if group.end == position => group.end += 1,
            _ => groups.push(position..position + 1),
        }
    }
    groups
}

/// The start of a number in a candidate, with what stands before its first digit.
fn with_sign(text: &str, at: &Range<usize>, first_digit: usize) -> usize {
    at.start + text[at.start..first_digit].trim_end_matches(['+', '(']).len()
}

/// Beside a sign of money, or set in thousands.
fn is_price(text: &str, at: &Range<usize>, groups: &[Range<usize>]) -> bool {
    let money = ['$', '€', '£', '¥', '₹'];
    let thousands = groups.len() > 1 && groups[0].len() < 3 && groups[1..].iter().all(|group| group.len() == 3);
    let signed = text[at.start..].starts_with('+');
    text[..at.start].trim_end().ends_with(money)
        || text[at.end..].trim_start().starts_with(money)
        || (thousands && !signed)
}

fn is_phone(text: &str, at: &Range<usize>, groups: &[Range<usize>]) -> bool {
    let number = &text[at.clone()];
    let digits: usize = groups.iter().map(ExactSizeIterator::len).sum();
    let lengths: Vec<usize> = groups.iter().map(ExactSizeIterator::len).collect();
    if groups.iter().all(|group| is_year(&text[group.clone()])) || is_date(text, groups) {
        return false;
    }
    match number.as_bytes() {
        // Of another country.
        [b'+', ..] | [b'(', b'+', ..] => (8..=15).contains(&digits),
        [b'0', b'0', b'1'..=b'9', ..] => (10..=17).contains(&digits),
        // With the code of an area.
        [b'(', ..] => (7..=12).contains(&digits),
        [b'0', ..] => (9..=12).contains(&digits),
        _ => match lengths[..] {
            [alone] => (10..=12).contains(&alone),
            [3, 4] => !number.contains(['/', '.']),
            [1, 3, 3, 4] => number.starts_with('1'),
            // Telephone numbers in pairs keep to one sign between them; times and scores don't.
            [2, 2, 2, 2] => same_between(text, groups),
            _ => {
                let all_of = |length| lengths.iter().all(|other| *other == length);
                let in_range = (8..=12).contains(&digits) && lengths.iter().all(|length| (2..=5).contains(length));
                in_range && !all_of(2) && !all_of(4)
            }
        },
    }
}

fn is_year(group: &str) -> bool {
    group.len() == 4 && (group.starts_with("19") || group.starts_with("20"))
}

/// `20.11.2026`, `11/20/2026`, `2026-11-20`, and whatever follows.
fn is_date(text: &str, groups: &[Range<usize>]) -> bool {
    let [first, second, third, ..] = groups else { return false };
    let joined =
        |left: &Range<usize>, right: &Range<usize>| matches!(&text[left.end..right.start], "." | "/" | "-" | ". ");
    let year = [first, third].into_iter().any(|group| is_year(&text[group.clone()]));
    let short = [first, second, third].into_iter().filter(|group| group.len() <= 2).count() == 2;
    joined(first, second) && joined(second, third) && year && short
}

/// Whether the same sign stands between all groups.
fn same_between(text: &str, groups: &[Range<usize>]) -> bool {
    let mut between = groups.windows(2).map(|pair| &text[pair[0].end..pair[1].start]);
    let first = between.next();
    between.all(|sign| Some(sign) == first)
}
