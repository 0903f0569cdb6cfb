#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::*;

#[test]
#[ignore]
fn lab() {
    let path = std::env::var("LAB").unwrap();
    let lines = std::fs::read_to_string(path).unwrap();
    let en = Languages::new(["en"]).unwrap();
    let mut n = [0; 6];
    let started = std::time::Instant::now();
    let mut long = 0;
    for line in lines.lines() {
        let (label, text) = line.split_once('\t').unwrap();
        let mut post = Post::new("", text);
        let finding = en.find(text);
        let which = match finding {
            Finding::Ours(_) => 0,
            Finding::Likely(_) => 1,
            Finding::Foreign(_) => 2,
            Finding::Unclear => 3,
            Finding::TooLittle => 4,
        };
        n[which] += 1;
        let ok = en.admit(&mut post);
        if std::env::var("SHOW").is_ok() && which == 2
            || std::env::var("SHOWU").is_ok() && which == 3
            || std::env::var("SHOWA").is_ok() && ok
        {
            println!("{which} {label} {:?} {}", post.lang, text.chars().take(90).collect::<String>());
        }
        long += text.len();
    }
    println!(
        "ours {} likely {} foreign {} unclear {} little {} of {}; {:?}/post, {} bytes",
        n[0],
        n[1],
        n[2],
        n[3],
        n[4],
        lines.lines().count(),
        started.elapsed() / lines.lines().count() as u32,
        long / lines.lines().count()
    );
}
