//! Letters, which often tell the language of a text that isn't in Latin ones.

use whatlang::Script;

/// The ISO 639-3 code of the language of a text in this script: the only one that is written in it, or the one that has
/// letters which the others lack. `None` where none of those occurs.
pub(super) fn language(text: &str, script: Script) -> Option<&'static str> {
    if let [only] = script.langs() {
        return Some(only.code());
    }
    let has = |letters: &str| text.contains(|letter| letters.contains(letter));
    told_apart(script).iter().find(|(_, letters)| has(letters)).map(|(language, _)| *language)
}

/// Languages with letters of their own. The first that fits counts: Urdu also has those of Persian, and Persian those of
/// Arabic.
fn told_apart(script: Script) -> &'static [(&'static str, &'static str)] {
    match script {
        Script::Cyrillic => &[("mkd", "ѓќѕ"), ("srp", "ђћ"), ("bel", "ў"), ("ukr", "їєґ"), ("rus", "ыэё")],
        Script::Arabic => &[("urd", "ٹڈڑںے"), ("pes", "پچژگ"), ("ara", "ةأإى")],
        Script::Hebrew => &[("yid", "װױײ")],
        Script::Devanagari => &[("mar", "ळ")],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_of_one_language_tells_it() {
        assert_eq!(language("γεια", Script::Greek), Some("ell"));
        assert_eq!(language("สวัสดี", Script::Thai), Some("tha"));
    }

    #[test]
    fn letters_that_the_others_lack_tell_a_language() {
        for (text, expected) in [
            ("опять дождь, и мы дома", Some("rus")),
            ("знову дощ, і її немає вдома", Some("ukr")),
            ("зноў дождж, а мы дома", Some("bel")),
            ("ђак чека ћерку", Some("srp")),
            ("куќа со ѓубре", Some("mkd")),
            ("пак вали и тя не е у дома", None),
        ] {
            assert_eq!(language(text, Script::Cyrillic), expected, "{text}");
        }
        for (text, expected) in [
            ("آج پھر بارش ہے", Some("urd")),
            ("امروز دوباره باران می‌بارد و چتر ندارم", Some("pes")),
            ("المطر ينزل إلى الآن", Some("ara")),
            ("سلام", None),
        ] {
            assert_eq!(language(text, Script::Arabic), expected, "{text}");
        }
        assert_eq!(language("עס רעגנט װידער", Script::Hebrew), Some("yid"));
        assert_eq!(language("שוב יורד גשם", Script::Hebrew), None);
        assert_eq!(language("सगळे", Script::Devanagari), Some("mar"));
    }

    #[test]
    fn every_language_belongs_to_its_script() {
        for script in [Script::Cyrillic, Script::Arabic, Script::Hebrew, Script::Devanagari] {
            for (language, _) in told_apart(script) {
                assert!(script.langs().iter().any(|lang| lang.code() == *language), "{language}");
            }
        }
    }
}
