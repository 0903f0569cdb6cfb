use super::*;

#[test]
fn a_post_cannot_drive_the_terminal() {
    assert_eq!(plain("a\x1b[31mred\x07\n\tb\u{202e}c", 80), "a [31mred bc");
    assert_eq!(plain("  many   spaces\r\nand lines ", 80), "many spaces and lines");
}

#[test]
fn a_long_text_is_cut_between_characters() {
    assert_eq!(plain("żółć żółć", 6), "żółć ż…");
    assert_eq!(plain("żółć", 4), "żółć");
}

#[test]
fn counts_have_commas() {
    let counts = [0, 999, 1_000, 60_000, 1_234_567].map(count);
    assert_eq!(counts, ["0", "999", "1,000", "60,000", "1,234,567"]);
}

#[test]
fn a_bar_grows_by_eighths() {
    assert_eq!(bar(1.0, 3), "███");
    assert_eq!(bar(0.5, 3), "█▌");
    assert_eq!(bar(0.0, 3), "");
    assert_eq!(bar(7.0, 3), "███");
}

#[test]
fn a_probability_is_finer_near_its_ends() {
    let percents = [0.0, 0.0003, 0.01, 0.4199, 0.99, 0.9999, 1.0].map(percent);
    assert_eq!(percents, ["0.00 %", "0.03 %", "1.0 %", "42.0 %", "99.0 %", "99.99 %", "100.00 %"]);
}
