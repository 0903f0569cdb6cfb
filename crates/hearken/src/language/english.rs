//! Everyday English words, which settle the language of most English posts before a detector is asked. Among them are the
//! words of loss: posts that hold them are the last that may be taken for foreign.

/// Whether this is a word (in lower case) that English posts are full of. None is common in another language that is
/// written in Latin letters, or else no two of them are common in the same one.
#[rustfmt::skip] // It would take a line for each.
fn is_everyday(word: &[u8]) -> bool {
    matches!(
        word,
        b"about" | b"after" | b"again" | b"alone" | b"already" | b"always" | b"and" | b"another" | b"any" | b"anybody"
        | b"anyone" | b"anything" | b"are" | b"away" | b"back" | b"because" | b"been" | b"before" | b"being"
        | b"believe" | b"better" | b"but" | b"could" | b"couldn" | b"cried" | b"cry" | b"crying" | b"dad" | b"day"
        | b"dead" | b"did" | b"didn" | b"died" | b"dies" | b"does" | b"doesn" | b"dog" | b"dying" | b"every"
        | b"everyone" | b"feel" | b"feeling" | b"find" | b"first" | b"friend" | b"from" | b"gave" | b"gets"
        | b"getting" | b"going" | b"gone" | b"gonna" | b"got" | b"gotta" | b"guys" | b"hadn" | b"hate" | b"have"
        | b"haven" | b"heartbroken" | b"help" | b"here" | b"his" | b"hope" | b"how" | b"hurt" | b"hurting" | b"hurts"
        | b"into" | b"isn" | b"it" | b"its" | b"just" | b"keep" | b"kill" | b"killed" | b"killing" | b"kinda"
        | b"knew" | b"know" | b"leave" | b"life" | b"like" | b"lonely" | b"looking" | b"lost" | b"love" | b"loved"
        | b"made" | b"make" | b"making" | b"miss" | b"missing" | b"mom" | b"much" | b"mum" | b"my" | b"myself"
        | b"need" | b"never" | b"night" | b"not" | b"nothing" | b"now" | b"of" | b"off" | b"only" | b"our" | b"out"
        | b"people" | b"please" | b"probably" | b"really" | b"right" | b"said" | b"scared" | b"should" | b"sick"
        | b"someone" | b"something" | b"sorry" | b"still" | b"suicide" | b"take" | b"tell" | b"than" | b"thank"
        | b"thanks" | b"that" | b"the" | b"their" | b"them" | b"then" | b"there" | b"these" | b"they" | b"thing"
        | b"things" | b"think" | b"this" | b"those" | b"time" | b"tired" | b"today" | b"told" | b"tomorrow" | b"took"
        | b"try" | b"trying" | b"until" | b"waiting" | b"wanna" | b"wanted" | b"wasn" | b"watching" | b"way" | b"went"
        | b"were" | b"weren" | b"what" | b"when" | b"where" | b"which" | b"while" | b"who" | b"why" | b"wish"
        | b"with" | b"without" | b"work" | b"worst" | b"would" | b"wouldn" | b"wrong" | b"year" | b"years"
        | b"yesterday" | b"you" | b"your" | b"yours"
    )
}

/// The longest of them, bytes.
const LONGEST: usize = 11;

/// How many different everyday words are among `words`, counted up to 2: one may be a name or a quotation, two are English.
pub(super) fn everyday<'a>(words: impl Iterator<Item = &'a str>) -> usize {
    let mut first = None;
    for word in words {
        let Some(lower) = everyday_word(word) else { continue };
        match first {
            None => first = Some(lower),
            Some(first) if first == lower => {}
            Some(_) => return 2,
        }
    }
    usize::from(first.is_some())
}

/// The word in lower case, if it is an everyday one; of "didn't" and "it's" the part before the apostrophe counts.
fn everyday_word(word: &str) -> Option<[u8; LONGEST]> {
    let word = word.trim_start_matches(|c: char| !c.is_alphabetic());
    let end = word.find(|c: char| !c.is_alphabetic()).unwrap_or(word.len());
    let (stem, rest) = (&word.as_bytes()[..end], &word[end..]);
    let mut lower = [0; LONGEST];
    let room = lower.get_mut(..stem.len())?;
    room.copy_from_slice(stem);
    room.make_ascii_lowercase();
    (is_everyday(room) || is_contraction(rest)).then_some(lower)
}

/// Whether this is what follows in "can't", "I'm", "we've", "they'll", "you're".
fn is_contraction(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(['\'', '’']) else { return false };
    let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    ["t", "m", "ve", "ll", "re"].iter().any(|ending| rest[..end].eq_ignore_ascii_case(ending))
}
