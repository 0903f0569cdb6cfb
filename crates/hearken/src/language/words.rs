//! Everyday words of twenty-one languages that are written in Latin letters, to weigh a text in which no plain evidence was
//! found. What two languages share stands in both lists and so speaks for neither; the articles and prepositions of foreign
//! names stand among the words of English, for its posts have them too.

use std::collections::HashMap;
use std::sync::LazyLock;

use arrayvec::ArrayString;

/// Their ISO 639-1 codes.
pub(super) const LANGUAGES: [&str; 21] = [
    "en", "es", "pt", "fr", "it", "ro", "de", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hr", "hu", "tr", "id",
    "tl", "vi",
];

/// The words of each. Those of English come on top of the ones that settle a post by themselves.
const EVERYDAY: [&str; LANGUAGES.len()] = [
    // en
    "a i to is in for on so we was me be am at up do go he him her she if all or no as by can will get im u ur an one \
     more some too very well see new had has us dont cant don t m s d ll ve re two big man men die dies car per era \
     ha most bare sun may over down next last old bad best good great long even ever own same such both few other let \
     lets say says put use used each tonight morning home school bed sleep happy wait stop pour plus point come sale \
     son hat war gut met hem dear pain main sea con sin real den bin been mine yeah yea nah cuz thats aint hes shes \
     ive ill id youre girl girls boy boys week phone read done left end yet ago soon since else around though enough \
     also maybe many hours ya y c mon na mi ma dat dis dem nuh dey la de el del los las le les des du di da van von \
     san il dos",
    // es
    "que qué el la las los una un de del en y es no me mi te se lo le su por para con sin pero muy más mas esta está \
     este esto eso ese esa cuando como cómo porque donde dónde también tambien nunca siempre todo todos toda nada hoy \
     ayer mañana ya tengo tiene quiero puedo estoy soy eres fue son ser hay hace hacer mucho mucha gracias hola sobre \
     desde hasta yo tú él ella ellos nos bien así si sí tan solo sólo ni algo alguien vida día años voy va ha he han",
    // pt
    "que não nao uma um de da do das dos em no na nos nas os as e é o a eu ele ela me se te para pra por mas muito \
     muita isso isto esse essa este esta você vocês tá está estou tem tenho foi ser são quando porque também hoje \
     ontem amanhã nada tudo todo meu minha seu sua nós já só com sem mais como ao pelo pela gente fazer vai vou aqui \
     agora depois sempre nunca ainda bem alguém obrigado obrigada dia vida até então",
    // fr
    "je j tu il elle on nous vous ils est et les des une un de du d la le l pas que qu qui dans pour avec sur mais \
     plus très tout tous fait faire être avoir suis ai as a sont cette ce c cest jai mon ma mes ton ses sa son leur \
     aussi quand comme parce bien même déjà jamais toujours rien aujourd hui demain hier où ça moi toi lui chez \
     encore alors trop faut peux veux sais merci bonjour ne n se s y en au aux sans si était personne fois",
    // it
    "che il la lo gli le i di a da in con su per non è e una un uno sono mi ti si ci vi ma anche come questo questa \
     quello della delle dei del nel nella alla al più perché perche quando cosa molto tutto tutti sempre mai oggi \
     ieri domani ho hai ha hanno era essere fare fatto mio mia tuo suo sua io tu lui lei noi voi loro poi ora adesso \
     grazie bene così cosi senza dopo prima ancora sto sta dal dalla sul quindi però niente nulla qui ogni se chi c l \
     stato",
    // ro
    "și si nu că ca în cu la pe de un o e sunt este am ai are a mai dar din pentru fi să sa te mă îmi imi asta ce cum \
     când cand unde foarte acum azi ieri mâine tot toate doar după fără bine lui ei el ea noi voi eu mea meu nici \
     niciodată mereu pot vreau fost despre sau dacă daca lucru nimic",
    // de
    "der die das und ist nicht ich du er sie es wir ihr ein eine einen einem einer mit auf für zu im in an am \
     auch aber noch nur schon wie wenn dass weil oder mein meine meinen meiner mir mich dich dir sich uns euch bin \
     bist sind war hat habe haben wird werden kann kein keine mehr immer wieder jetzt heute gestern morgen sehr gut \
     ja nein nach vor bei aus als doch mal dann hier alles nichts warum über beim zum zur vom dem den des so was man \
     hab wer ganz",
    // nl
    "de het een en van niet ik je dat die zijn is in op voor met maar ook nog naar bij aan heb hebben heeft wel wat \
     als dan zo nu weer geen mijn jij jullie wij we ze hij hem haar deze dit daar hier waar waarom moet kan kunnen \
     wil wordt worden veel meer altijd nooit vandaag gisteren morgen goed alleen echt omdat toch uit om te er was al \
     mij jou niks iets iemand gaat gewoon",
    // sv
    "och att det är jag inte en ett som på för med till av om men han hon vi du den har kan ska var när mig dig min \
     mitt din också bara nu här där från efter eller vad hur varför mycket alla inget något måste vill blir blev idag \
     igår imorgon så än utan sedan väldigt ni de dem vara varit aldrig alltid hela ju",
    // da
    "og at det er jeg ikke en et som på for med til af men han hun vi du den har kan skal var når mig dig min mit \
     også bare nu her der fra efter eller hvad hvor hvorfor hvordan meget alle ingen noget må vil bliver blev dag så \
     uden været være lige altid aldrig igen jo sig de selv",
    // nb
    "og at det er jeg ikke en et som på for med til av men han hun vi du den har kan skal var når meg deg min mitt \
     også bare nå her der fra etter eller hva hvor hvorfor hvordan veldig mye alle ingen noe må vil blir ble dag så \
     uten vært være alltid aldri igjen dere oss denne jo seg de selv",
    // fi
    "ja on ei että se hän minä mä sä sinä olen oli ole ovat mutta kun niin myös vain nyt tämä joka mitä miksi missä \
     kuin jos vielä aina koko kaikki mun sun minun sinun tänään eilen huomenna paljon hyvä hyvää voi pitää pois vähän \
     taas sitten kanssa jo ihan en et me te ne sen",
    // pl
    "nie się sie jest że ze na to do z w i o u jak ale co czy już juz tak tylko bardzo mnie mi mój moja moje ty ja \
     jestem są był była było być dla przez przy po od za gdy kiedy dlaczego dzisiaj dziś wczoraj jutro teraz zawsze \
     nigdy jeszcze może trzeba jeśli ten ta tym tego więc wszystko mam masz ma nic coś ktoś gdzie chyba dobrze nawet \
     bez która który które kto albo bo jej jego a te ich będzie sobie",
    // cs
    "že se na je to v s z a i o u jsem jsi jsou jsme byl byla bylo být není ale jak tak co už ještě jen jako když \
     protože nebo kde proč dnes včera zítra teď vždy nikdy pro při po od za do mi mě můj moje ten ta tohle který \
     která které může musím musí mám má něco nic všechno všichni velmi moc taky také ani až bych by si jeho její kdo \
     ho",
    // sk
    "je že sa na to v s z a i o u som si nie ako už ešte len keď alebo kde prečo dnes včera zajtra teraz vždy nikdy \
     pre pri môj moja ktorý ktorá ktoré môže mám má niečo nič všetko veľmi tiež aj bol bola bolo byť sú čo lebo pretože \
     ani až by po od za do mi ma ten ta jeho jej kto ale tak mne",
    // hr
    "je da ne se na u i a o za od do sam si su smo nije nisam ali što kako samo već jer ili kad kada gdje gde zašto \
     danas jučer juče sutra sada uvijek uvek nikad biti bio bila bilo moj moja moje ovo to taj koji koja koje može \
     mogu imam ima nešto ništa sve svi jako vrlo ovaj nema treba bez kod mene tebe meni još hvala mi me te",
    // hu
    "a az és hogy nem is egy van volt csak meg már de ez azt ezt mert vagy ha mint még nagyon most ma nincs vagyok \
     kell lesz majd minden mindig soha semmi hol miért mit ki én te ő nekem neked engem tegnap holnap jó köszönöm \
     után előtt aki ami amikor lehet tudom olyan itt ott akkor sem fel",
    // tr
    "ve bir bu için çok ne da de ile ama gibi daha değil ben sen biz siz onlar var yok kadar sonra olan olarak her \
     şey mi mı mu nasıl neden niye bugün dün yarın şimdi hiç ya en benim senin bana sana beni seni artık zaman gün \
     iyi ki diye oldu olur kim nerede hep sadece çünkü belki bile şu o",
    // id
    "yang dan di ini itu dengan untuk tidak tak ada dari ke saya aku kamu dia kita kami mereka akan sudah udah belum \
     bisa juga karena tapi atau jadi lagi apa siapa kenapa mengapa bagaimana gimana banget sangat hari kemarin besok \
     sekarang selalu gak ga nggak ya kok sih aja saja kalau kalo pada seperti orang semua masih harus lebih punya \
     baru sama bukan dalam pun nak buat boleh lah sampai pernah",
    // tl
    "ang ng mga sa na ko mo ako ikaw siya kami tayo kayo sila ito iyan yan iyon yun hindi wala may para pero kung \
     dahil kasi lang naman din rin pa ba po at ay nang kay akong niya nila namin natin saan bakit paano ano sino \
     ngayon kahapon bukas palagi lagi gusto talaga sobrang pala nga nung yung araw salamat pag kapag muna daw si ni",
    // vi
    "là và của không có một những người trong cho với này đã được các mình tôi bạn em anh rồi nhưng thì mà ở đi ra \
     lại cũng rất quá nhiều khi vì nếu sao gì hôm nay ngày mai chỉ con đó đây vẫn chưa phải làm biết như để về từ đến \
     ai năm nhớ ơi sẽ đang",
];

/// The longest word that is looked up, bytes.
const LONGEST: usize = 16;

/// Which languages a word belongs to: a bit for each place in [`LANGUAGES`].
static LANGUAGES_OF: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    let mut languages = HashMap::new();
    for (place, words) in EVERYDAY.iter().enumerate() {
        for word in words.split_whitespace() {
            *languages.entry(word).or_default() |= 1 << place;
        }
    }
    languages
});

/// How the everyday words of a text are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weighed {
    /// How many different ones are of a language that the model reads: of the one that has most.
    pub(super) own: usize,
    /// How many are of a foreign language, likewise.
    pub(super) foreign: usize,
    /// That foreign language; of several that have as many, the one that was guessed, if it is among them. Nothing without
    /// such words.
    pub(super) language: &'static str,
}

/// Weighs the words of a text; of "c'est" both parts are words.
pub(super) fn weigh(text: &str, is_own: impl Fn(&str) -> bool, guessed: &str) -> Weighed {
    let mut counts = [0; LANGUAGES.len()];
    let parts = || text.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty());
    for (place, part) in parts().enumerate() {
        let Some(&languages) = lower(part).and_then(|lower| LANGUAGES_OF.get(lower.as_str())) else { continue };
        if parts().take(place).all(|earlier| !earlier.eq_ignore_ascii_case(part)) {
            counts.iter_mut().enumerate().for_each(|(bit, count)| *count += (languages >> bit & 1) as usize);
        }
    }
    let mut weighed = Weighed { own: 0, foreign: 0, language: "" };
    for (language, count) in LANGUAGES.into_iter().zip(counts) {
        if is_own(language) {
            weighed.own = weighed.own.max(count);
        } else if count > weighed.foreign || (count == weighed.foreign && count > 0 && language == guessed) {
            (weighed.foreign, weighed.language) = (count, language);
        }
    }
    weighed
}

/// The word in lower case; `None` for one that is too long to be an everyday one.
fn lower(word: &str) -> Option<ArrayString<LONGEST>> {
    let mut lower = ArrayString::new();
    word.chars().flat_map(char::to_lowercase).try_for_each(|letter| lower.try_push(letter)).ok()?;
    Some(lower)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn weighed(text: &str, guessed: &str) -> (usize, usize, &'static str) {
        let Weighed { own, foreign, language } = weigh(text, |code| code == "en", guessed);
        (own, foreign, language)
    }

    #[test]
    fn lists_hold_words_that_can_be_found_each_once() {
        for (language, words) in LANGUAGES.into_iter().zip(EVERYDAY) {
            assert_eq!(isolang::Language::from_639_1(language).unwrap().to_639_1(), Some(language));
            let words: Vec<_> = words.split_whitespace().collect();
            assert!(words.len() >= 50, "{language}");
            for (place, word) in words.iter().enumerate() {
                assert!(!words[..place].contains(word), "{language}: {word} twice");
                assert!(word.chars().all(char::is_alphabetic), "{language}: {word}");
                assert_eq!(lower(word).as_deref(), Some(*word), "{language}");
            }
        }
    }

    #[test]
    fn different_words_count_in_any_case_and_on_both_sides_of_an_apostrophe() {
        assert_eq!(weighed("", "fr"), (0, 0, ""));
        assert_eq!(weighed("xyzzy 123 Pneumonoultramicroscopicsilicovolcanoconiosis", "fr"), (0, 0, ""));
        assert_eq!(weighed("Immer IMMER, immer", "de"), (0, 1, "de"));
        assert_eq!(weighed("QU'IL", "fr"), (1, 2, "fr"));
        assert_eq!(weighed("Şimdi DEĞİL", "tr").1, 1, "a capital letter that becomes two is no letter of a list");
    }

    #[test]
    fn what_languages_share_speaks_for_none_of_them_alone() {
        assert_eq!(weighed("que", "pt"), (0, 1, "pt"));
        assert_eq!(weighed("que", "es"), (0, 1, "es"));
        assert_eq!(weighed("que", "nl"), (0, 1, "es"), "the guess isn't among them");
        assert_eq!(weighed("die", "de"), (1, 1, "de"));
        assert_eq!(weighed("de la", "es"), (2, 2, "es"), "a name's");
    }

    #[test]
    fn of_the_languages_that_are_read_the_best_counts() {
        let weighed = weigh("habe het niet maar", |code| ["de", "nl", "en"].contains(&code), "de");
        assert_eq!(weighed, Weighed { own: 3, foreign: 0, language: "" });
    }
}
