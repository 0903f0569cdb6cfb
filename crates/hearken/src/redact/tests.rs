#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::LazyLock;

use super::*;

static PLAIN: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(Redact::default()).unwrap());
static WITH_HANDLES: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(Redact { handles: true }).unwrap());

fn redacted(text: &str) -> String {
    PLAIN.text(text).into_owned()
}

fn with_handles(text: &str) -> String {
    WITH_HANDLES.text(text).into_owned()
}

#[test]
fn addresses_are_masked() {
    assert_eq!(redacted("ann@example.org"), "[email]");
    assert_eq!(redacted("write to Ann.Smith+dog@mail.example.co.uk, please."), "write to [email], please.");
    assert_eq!(redacted("jürgen@müller.example or b@x.io"), "[email] or [email]");
    assert_eq!(redacted("a@b"), "a@b");
    assert_eq!(redacted("@ann@example.social said"), "@ann@example.social said", "a name, not an address");
}

#[test]
fn telephone_numbers_are_masked_in_the_shapes_of_many_countries() {
    let numbers = [
        "+49 30 1234567",
        "+1 (555) 123-4567",
        "+44 20 7946 0958",
        "+4915112345678",
        "0049 151 12345678",
        "(555) 123-4567",
        "555-123-4567",
        "555.123.4567",
        "1-800-555-0199",
        "5551234567",
        "555-0199",
        "030 1234567",
        "07700 900123",
        "020 7946 0958",
        "01 23 45 67 89",
        "01.23.45.67.89",
        "0151/12345678",
        "12 34 56 78",
        "612 34 56 78",
        "98765 43210",
        "138 0013 8000",
        "11 98765-4321",
        "(+49) 151 12345678",
    ];
    for number in numbers {
        assert_eq!(redacted(&format!("ring {number}, today")), "ring [phone], today", "{number}");
        assert_eq!(redacted(number), "[phone]", "{number}");
    }
    assert_eq!(redacted("tel:+49301234567 or 555-0199."), "tel:[phone] or [phone].");
    assert_eq!(redacted("in 2024 030 1234567 was mine"), "in 2024 [phone] was mine");
}

#[test]
fn other_numbers_stay() {
    let texts = [
        "since 2019, not 2020-2021",
        "2019 2020 2021 2022",
        "20.11.2026 10:30",
        "20.11.2026 10.30",
        "2026-11-20 08:41",
        "11/20/2026",
        "01.02.2024 12 o'clock",
        "10:30-11:45 and 12.30-14.45",
        "it cost $1234567890 or 1,299.00 or 12 000 000",
        "1 234 567 890 people",
        "€ 5551234567",
        "5551234567 €",
        "order 123456, room 4711, 17:40",
        "order AB5551234567",
        "order #5551234567",
        "https://example.org/status/1861234567890",
        "1861234567890123456",
        "3.14159265358979",
        "192.168.178.1",
        "call 112 or 999 now",
        "21-19 18-21 15-13",
    ];
    for text in texts {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn cards_and_accounts_are_masked_where_the_check_digits_are_right() {
    assert_eq!(redacted("4111 1111 1111 1111 12/27"), "[card] 12/27");
    assert_eq!(redacted("pay 4111111111111111!"), "pay [card]!");
    assert_eq!(redacted("3782-822463-10005"), "[card]");
    assert_eq!(redacted("4111 1111 1111 1112"), "4111 1111 1111 1112");
    assert_eq!(redacted("DE44 5001 0517 5407 3249 31"), "[iban]");
    assert_eq!(redacted("to gb29nwbk60161331926819 please do"), "to [iban] please do");
    assert_eq!(redacted("NL91 ABNA 0417 1643 00 is mine"), "[iban] is mine");
    let wrong = "AB12 no iban in the year and so on";
    assert_eq!(redacted(wrong), wrong);
}

#[test]
fn handles_are_masked_if_wanted() {
    let text = "@ann and @bo.bsky.social, @cy@example.social; u/dan /u/eve me@example.org @ 5 pm, a@b";
    assert_eq!(redacted(text).matches("[handle]").count(), 0);
    assert_eq!(
        with_handles(text),
        "[handle] and [handle], [handle]; [handle] [handle] [email] @ 5 pm, a@b",
        "what has no name in it stays"
    );
}

#[test]
fn a_post_keeps_who_wrote_it_unless_handles_are_masked() {
    let mut post = Post::new("1", "@bo ring 030 1234567");
    post.author = Some("ann".into());
    post.mentions = vec!["bo".into()];
    let mut plain = post.clone();
    PLAIN.post(&mut plain);
    assert_eq!(
        (&*plain.text, plain.author.as_deref(), &plain.mentions),
        ("@bo ring [phone]", Some("ann"), &post.mentions)
    );
    WITH_HANDLES.post(&mut post);
    assert_eq!((&*post.text, post.author.as_deref()), ("[handle] ring [phone]", Some("[handle]")));
    assert_eq!(post.mentions, ["[handle]"]);
}

#[test]
fn nothing_is_copied_where_nothing_is_masked() {
    for text in ["", "My dog died this morning.", "in 2019 at 10:30", "1861234567890123456"] {
        assert!(matches!(WITH_HANDLES.text(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn the_bytes_of_a_line_are_masked_round_what_is_no_text() {
    let mut line = b"{\"text\":\"caf\xe9 ann@example.org\\n030 1234567\"}".to_vec();
    PLAIN.bytes(&mut line);
    assert_eq!(line, b"{\"text\":\"caf\xe9 [email]\\n[phone]\"}");
}

#[test]
fn a_sign_before_an_address_does_not_make_a_name_of_it() {
    assert_eq!(with_handles("@ann@example.org"), "[handle]");
    for text in ["@a+0@example.org", "@a%b@example.org", "@ann.@example.org", "@-ann@example.org"] {
        assert_eq!(with_handles(text), "@[email]", "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_can_be_redacted(text in "[0-9a-zA-Z@ .+()/€–\u{a0}-]{0,60}|.*") {
        let once = with_handles(&text);
        proptest::prop_assert_eq!(with_handles(&once), once);
    }
}

fn line(redact: Redact, line: &str) -> String {
    let mut bytes = line.as_bytes().to_vec();
    Redactor::new(redact).unwrap().line(&mut bytes);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn in_a_line_ids_stay_ids_and_names_go_if_wanted() {
    let of = r#"{"author":{"acct":"ann","id":"030 1234567"},"id":491511234567,"id_str":"491511234567","in_reply_to_status_id":"030 1234567","mentions":["bo"],"phone":491511234567,"text":"ring\n030 1234567 or @bo","uri":"030 1234567"}"#;
    let masked =
        of.replace(r#""phone":491511234567"#, r#""phone":"[phone]""#).replace(r"ring\n030 1234567", r"ring\n[phone]");
    assert_eq!(line(Redact::default(), of), masked);
    let nameless = masked.replace(r#""ann""#, r#""[handle]""#).replace(r#""bo""#, r#""[handle]""#);
    assert_eq!(line(Redact { handles: true }, of), nameless.replace("@bo", "[handle]"));
}

#[test]
fn in_a_line_what_is_written_inside_of_a_text_is_masked_too() {
    let inner = r#"{"account":{"acct":"ann"},"content":"ring 030 1234567","id":"030 1234567"}"#;
    let outer = |inner: &str| serde_json::json!({"event": "update", "payload": inner}).to_string();
    let masked = inner.replace("ring 030 1234567", "ring [phone]").replace("ann", "[handle]");
    assert_eq!(line(Redact { handles: true }, &outer(inner)), outer(&masked));
    assert_eq!(line(Redact::default(), r#"{"id":"030 1234567","text":"ann@exa"#), r#"{"id":"[phone]","text":"ann@exa"#);
}

#[test]
fn a_deletion_names_nobody_if_wanted() {
    let deletion = Deletion { id: "030 1234567".into(), author: Some("ann".into()), platform: None };
    for (redact, author) in [(Redact::default(), "ann"), (Redact { handles: true }, HANDLE)] {
        let mut masked = deletion.clone();
        Redactor::new(redact).unwrap().deletion(&mut masked);
        assert_eq!((&*masked.id, masked.author.as_deref()), ("030 1234567", Some(author)));
    }
}
