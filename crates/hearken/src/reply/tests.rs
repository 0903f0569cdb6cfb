#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;
use crate::score::Probability;

fn hear(text: &str) -> Option<ReplyKind> {
    Listener::new().unwrap().hear(text, &Judgement::default())
}

#[test]
fn what_people_say_to_those_in_trouble_is_heard() {
    let said = [
        (
            ReplyKind::Concern,
            vec![
                "are you ok?",
                "Are you okay??",
                "you ok?",
                "r u ok",
                "Is someone with you right now?",
                "how are you holding up",
                "Hope you're alright ❤️",
                "I'm here if you need to talk",
                "please call someone",
                "sending you all my love",
                "you’re not alone",
                "thinking of you",
            ],
        ),
        (
            ReplyKind::Condolence,
            vec![
                "so sorry for your loss",
                "Sorry to hear about your loss.",
                "I'm so sorry 😢",
                "sorry about your dog",
                "My condolences to you and your family",
                "RIP little one",
                "R.I.P.",
                "may he rest in peace",
                "our thoughts are with you",
            ],
        ),
        (
            ReplyKind::SameTrouble,
            vec![
                "same here, anyone know a fix?",
                "Same problem here since noon",
                "me too",
                "any luck yet?",
                "did you ever find a solution",
                "mine does that too",
                "Has anyone found a workaround",
                "+1",
                "happened to me as well",
                "having the same issue on android",
            ],
        ),
    ];
    for (kind, texts) in said {
        for text in texts {
            assert_eq!(hear(text), Some(kind), "{text}");
        }
    }
}

#[test]
fn other_replies_say_nothing() {
    let said = [
        "lol",
        "great photo!",
        "are you kidding me",
        "that trip was fun",
        "I disagree",
        "what time does it start?",
        "thanks!",
        "sorry, wrong thread",
        "the ripe ones are best",
        "10+1 is 11",
    ];
    for text in said {
        assert_eq!(hear(text), None, "{text}");
    }
}

#[test]
fn a_long_text_speaks_for_itself() {
    let long = format!("so sorry for your loss {}", "and another thing ".repeat(20));
    assert_eq!(hear(&long), None);
}

#[test]
fn promotion_is_no_sign_and_advice_is_no_sign_of_waiting() {
    let listener = Listener::new().unwrap();
    let mut selling = Judgement::default();
    selling.assigned.insert(Label::Promotion);
    assert_eq!(listener.hear("are you ok? our app helps", &selling), None);
    let mut advising = Judgement { advice_giving: Probability::new(0.9), ..Judgement::default() };
    advising.assigned.insert(Label::Advice);
    assert_eq!(listener.hear("same here, turning it off and on helped", &advising), Some(ReplyKind::Advice));
    assert!(!ReplyKind::Advice.is_waiting());
}

#[test]
fn whoever_is_in_need_when_replying_is_not_only_replying() {
    let listener = Listener::new().unwrap();
    let [one, zero] = [1.0, 0.0].map(Probability::new);
    let (calm, in_need) =
        (Judgement::default(), Judgement { urgency_at_least: [one, zero, zero], ..Judgement::default() });
    let in_great_need = Judgement { urgency_at_least: [one, one, zero], ..Judgement::default() };
    let courteous = [
        "I'm so sorry for your loss",
        "We are deeply sorry. Our thoughts are with you.",
        "my sincere condolences",
        "I’m here, call me",
        "rest in peace little one",
        "I can't imagine what you are going through, so sorry",
    ];
    for text in courteous {
        assert!(!listener.needs_someone_too(ReplyKind::Condolence, text, &in_need), "{text}");
        assert!(listener.needs_someone_too(ReplyKind::Condolence, text, &in_great_need), "{text}");
    }
    let own = [
        "so sorry for your loss. I lost mine last week and can't go on",
        "so sorry. my mum died in May",
        "are you ok? we aren't",
    ];
    for text in own {
        assert!(listener.needs_someone_too(ReplyKind::Concern, text, &in_need), "{text}");
        assert!(!listener.needs_someone_too(ReplyKind::Concern, text, &calm), "{text}");
    }
    assert!(
        listener.needs_someone_too(ReplyKind::SameTrouble, "same here, any fix?", &in_need),
        "it is theirs as well"
    );
    assert!(listener.needs_someone_too(ReplyKind::Advice, "turn it off and on", &calm));
}
