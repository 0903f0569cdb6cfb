//! Texts such as people write them, and such as nobody should: from a seed, always the same ones.

/// Pieces that texts are put together from, kind by kind.
const PIECES: &[&[&str]] = &[
    // English, with and without care.
    &[
        "my dog died last night",
        "I can't stop shaking",
        "does anyone know",
        "worst service EVER",
        "i dont even know anymore",
    ],
    &[
        "thank you",
        "so sorry for your loss",
        "try turning it off",
        "don't",
        "I'm",
        "rock'n'roll",
        "well-being",
        "e.g.",
        "U.S.A.",
    ],
    &["buy now", "50% off", "link in bio", "$WOOFL", "100x", "£1,299.99", "3.14", "1e10", "10:30am", "24/7", "#1"],
    &["aaaaaaargh", "noooooooo", "sooooo", "hahahahahaha", "!!!!!!!!", "......", "???", "?!?!", "zzzzzzz", "loooool"],
    &["MiXeD CaSe", "ALL CAPS", "camelCase", "snake_case", "kebab-case", "L33T", "x", "I", "a"],
    // What feeds bring along.
    &["https://example.com/a?b=c&d=%20#e", "http://t.co/xYz123", "www.example.org", "mail@example.com", "ftp://x.y"],
    &[
        "@someone",
        "@some_one.bsky.social",
        "RT @a:",
        "#grief",
        "#MondayMotivation",
        "#\u{6771}\u{4eac}",
        "cc/@b",
        "u/c",
        "r/d",
    ],
    &[
        "&amp;",
        "&lt;3",
        "&#39;",
        "&nbsp;",
        "&quot;hi&quot;",
        "<br>",
        "<p>hi</p>",
        "<a href=\"x\">y</a>",
        "\\n",
        "\\u0041",
    ],
    &[
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        "[cls]",
        "[ SEP ]",
        "[SEP",
        "##ing",
        "<s>",
        "</s>",
        "<|endoftext|>",
    ],
    // Emoji: plain, skin tones, joined, flags, keycaps, variation selectors.
    &["\u{1f622}", "\u{1f62d}\u{1f62d}\u{1f62d}", "\u{2764}\u{fe0f}", "\u{2764}", "\u{1f44d}\u{1f3fd}", "\u{1f680}"],
    &[
        "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}",
        "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
        "\u{1f937}\u{1f3fe}\u{200d}\u{2640}\u{fe0f}",
    ],
    &[
        "\u{1f1e9}\u{1f1ea}",
        "\u{1f1fa}\u{1f1e6}\u{1f1ef}\u{1f1f5}",
        "1\u{fe0f}\u{20e3}",
        "\u{a9}\u{fe0f}",
        "\u{3030}\u{fe0e}",
        "\u{1fae0}",
    ],
    // Other scripts.
    &[
        "\u{60b2}\u{3057}\u{3044}",
        "\u{72ac}\u{304c}\u{6b7b}\u{3093}\u{3060}",
        "\u{6211}\u{7684}\u{72d7}\u{6b7b}\u{4e86}",
        "\u{b108}\u{bb34} \u{c2ac}\u{d37c}",
        "\u{1112}\u{1161}\u{11ab}",
        "\u{20000}\u{2a6df}",
        "\u{f900}",
    ],
    &[
        "\u{645}\u{627}\u{62a} \u{643}\u{644}\u{628}\u{64a}",
        "\u{627}\u{644}\u{644}\u{651}\u{64e}\u{647}\u{64f}",
        "\u{5e9}\u{5b8}\u{5c1}\u{5dc}\u{5d5}\u{5b9}\u{5dd}",
        "\u{202b}\u{5d0}\u{202c}",
        "\u{640}\u{640}\u{640}",
    ],
    &[
        "\u{92e}\u{947}\u{930}\u{93e} \u{915}\u{941}\u{924}\u{94d}\u{924}\u{93e}",
        "\u{915}\u{94d}\u{937}",
        "\u{928}\u{93f}",
        "\u{e2a}\u{e27}\u{e31}\u{e2a}\u{e14}\u{e35}",
        "\u{e01}\u{e33}",
        "\u{ba8}\u{bbf}",
    ],
    &[
        "\u{43c}\u{43e}\u{44f} \u{441}\u{43e}\u{431}\u{430}\u{43a}\u{430}",
        "\u{439}",
        "\u{438}\u{306}",
        "\u{3a3}\u{3af}\u{3c3}\u{3c5}\u{3c6}\u{3bf}\u{3c2}",
        "\u{39f}\u{3a3}",
        "\u{10d2}\u{1c92}",
        "\u{531}\u{561}",
    ],
    // Accents, composed and decomposed; case that changes length; ligatures; full width.
    &[
        "caf\u{e9}",
        "cafe\u{301}",
        "na\u{ef}ve",
        "nai\u{308}ve",
        "\u{c5}ngstr\u{f6}m",
        "A\u{30a}",
        "Vi\u{1ec7}t",
        "e\u{323}\u{302}",
        "z\u{351}\u{36b}\u{343}\u{36a}a\u{332}\u{346}lgo",
    ],
    &[
        "\u{130}stanbul",
        "i\u{307}",
        "\u{131}",
        "STRASSE",
        "stra\u{df}e",
        "\u{1e9e}",
        "\u{1c5}",
        "\u{149}",
        "\u{fb01}n",
        "\u{fb03}",
        "\u{132}",
    ],
    &[
        "\u{ff28}\u{ff25}\u{ff2c}\u{ff30}",
        "\u{ff11}\u{ff12}\u{ff13}",
        "\u{ff01}\u{ff1f}",
        "\u{ff76}\u{ff9e}",
        "\u{1d4bd}\u{1d4ee}",
        "\u{24d0}",
        "\u{2460}",
        "\u{bd}",
        "\u{212b}",
        "\u{2126}",
        "\u{b2}",
    ],
    // Punctuation beyond ASCII, white space, controls, things of no width.
    &[
        "\u{201c}quoted\u{201d}",
        "it\u{2019}s",
        "\u{2014}",
        "\u{2026}",
        "\u{ab}\u{bb}",
        "\u{3001}\u{3002}",
        "\u{bf}qu\u{e9}?",
        "\u{20ac}5",
        "\u{a3}",
        "\u{2022}",
        "\u{b0}C",
        "\u{ad}",
        "^_^",
        "`~|<>=+$",
    ],
    &[
        "\u{a0}", "\u{2003}", "\u{3000}", "\u{1680}", "\u{202f}", "\u{2028}", "\u{2029}", "\t", "\n", "\r\n", "\u{85}",
        "\u{b}", "\u{c}",
    ],
    &[
        "\0",
        "\u{1}",
        "\u{7}",
        "\u{8}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{80}",
        "\u{9f}",
        "\u{fffd}",
        "\u{fffe}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{e000}",
        "\u{f0000}",
        "\u{e0001}\u{e0067}",
    ],
    &[
        "\u{200b}",
        "\u{200c}",
        "\u{200d}",
        "\u{200e}",
        "\u{200f}",
        "\u{2060}",
        "\u{feff}",
        "\u{fe0f}",
        "\u{300}",
        "\u{1f3fb}",
        "\u{34f}",
        "\u{180e}",
        "\u{115f}",
        "\u{61c}",
    ],
];

/// An endless supply of texts.
pub(crate) struct Texts {
    state: u64,
}

impl Texts {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.random() % bound as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn piece(&mut self) -> String {
        match self.below(24) {
            // Any character there is.
            0 => std::iter::repeat_with(|| char::from_u32(self.below(0x11_0000) as u32)).flatten().take(3).collect(),
            // Any of the first planes, where most scripts are.
            1 => std::iter::repeat_with(|| char::from_u32(self.below(0x3000) as u32)).flatten().take(5).collect(),
            // Printable ASCII at random.
            2 => (0..self.below(12)).map(|_| char::from(b' ' + self.below(95) as u8)).collect(),
            // A word around the length at which word pieces give up.
            3 => {
                let letter = self.pick(&["a", "xy", "\u{e9}", "\u{754c}", "e\u{301}"]);
                letter.repeat(90 + self.below(25))
            }
            // English keeps the other pieces in proportion.
            4..=9 => {
                let kind = self.below(5);
                self.pick(PIECES[kind]).to_owned()
            }
            _ => {
                let kind = self.pick(PIECES);
                self.pick(kind).to_owned()
            }
        }
    }
}

impl Iterator for Texts {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut text = String::new();
        let pieces = match self.below(20) {
            0 => self.below(2),
            1 => 60,
            _ => 1 + self.below(10),
        };
        for _ in 0..pieces {
            text += &self.piece();
            // Some pieces touch.
            text += self.pick(&[" ", " ", " ", "", ", ", "  "]);
        }
        Some(text)
    }
}
