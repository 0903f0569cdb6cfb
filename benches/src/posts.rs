//! Posts to measure with: those of the file that `HEARKEN_BENCH_POSTS` names, over and over, or made-up ones.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use hearken::{Post, format};

use crate::made_up::MadeUp;

/// JSONL of the generic format, so many posts. Those of a file that is too short come again, under the same ids.
///
/// # Errors
///
/// When the file that `HEARKEN_BENCH_POSTS` names can't be read, has a line that is no post, or has none at all.
pub fn jsonl(count: usize) -> Result<String> {
    let lines = match std::env::var_os("HEARKEN_BENCH_POSTS") {
        Some(path) => lines_of(Path::new(&path))?,
        None => MadeUp::new(1)?.take(count).map(|post| serde_json::to_string(&post)).collect::<Result<_, _>>()?,
    };
    Ok(lines.iter().cycle().take(count).flat_map(|line| [line.as_str(), "\n"]).collect())
}

/// The same posts, parsed.
///
/// # Errors
///
/// As [`jsonl`].
pub fn posts(count: usize) -> Result<Vec<Post<'static>>> {
    jsonl(count)?.lines().map(post_of).collect()
}

fn post_of(line: &str) -> Result<Post<'static>> {
    let parsed = format::parse(line.as_bytes()).map_err(|reason| anyhow!("{reason}"))?;
    Ok(parsed.post.into_owned())
}

/// The lines of a file, of which each is a post; empty ones are left out.
fn lines_of(path: &Path) -> Result<Vec<String>> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("HEARKEN_BENCH_POSTS={name}"))?;
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        post_of(line).with_context(|| format!("HEARKEN_BENCH_POSTS={name}, line {}", number + 1))?;
        lines.push(line.to_owned());
    }
    ensure!(!lines.is_empty(), "HEARKEN_BENCH_POSTS={name}: there is no post in it");
    Ok(lines)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn said_of(content: &[u8]) -> String {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        format!("{:#}", lines_of(file.path()).unwrap_err()).replace(&file.path().display().to_string(), "FILE")
    }

    #[test]
    fn made_up_posts_are_lines_that_parse_to_what_was_made_up() {
        let (lines, posts) = (jsonl(50).unwrap(), posts(50).unwrap());
        assert_eq!(lines.lines().count(), 50);
        assert_eq!(posts, MadeUp::new(1).unwrap().take(50).collect::<Vec<_>>());
    }

    #[test]
    fn a_file_of_posts_is_taken_as_it_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "{\"text\":\"caf\\u00e9\"}\n\n{\"id\":2,\"text\":\"two\"}\n").unwrap();
        assert_eq!(lines_of(file.path()).unwrap(), ["{\"text\":\"caf\\u00e9\"}", "{\"id\":2,\"text\":\"two\"}"]);
    }

    #[test]
    fn a_file_that_is_of_no_use_is_an_error() {
        let bad = said_of(b"{\"text\":\"one\"}\n{}\n");
        assert_eq!(bad, "HEARKEN_BENCH_POSTS=FILE, line 2: the object has no \"text\"");
        assert_eq!(said_of(b"\n"), "HEARKEN_BENCH_POSTS=FILE: there is no post in it");
        assert!(said_of(b"\xff").contains("UTF-8"));
        let missing = lines_of(Path::new("no/such/file")).unwrap_err();
        assert!(format!("{missing:#}").starts_with("HEARKEN_BENCH_POSTS=no/such/file: "), "{missing:#}");
    }
}
