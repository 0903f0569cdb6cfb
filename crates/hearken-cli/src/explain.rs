//! `hearken explain`: one post, and what each of its words does.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use hearken::format::RejectReason;
use hearken::policy::Disposition;
use hearken::post::effective_time;
use hearken::record::Explained;
use hearken::{Explainer, Post, Timestamp};

use crate::args::{ExplainArgs, RunArgs};
use crate::output::{self, explained, say};
use crate::settings::Settings;
use crate::{models, one};

/// Most bytes of a post, as for a line of a stream.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Explains one post on standard output.
pub(crate) fn explain(args: ExplainArgs) -> Result<bool> {
    let ExplainArgs { text, file, judge, json, color, now } = args;
    let run = RunArgs { judge, color, now, ..RunArgs::default() };
    let settings = Settings::new(run)?;
    let post = post(&text, file.as_deref())?;

    let mut explainer = Explainer::new(&models::load(&settings.model)?, &settings.thresholds(), settings.policy())?;
    let explanation = explainer.explain(&post)?;
    let (created_at, _) = effective_time(post.created_at, settings.now.unwrap_or_else(Timestamp::now));
    let due_by = match explanation.disposition {
        Disposition::Queued => explainer.policy().due_by(&explanation.judgement, created_at),
        Disposition::Held | Disposition::Neutral => None,
    };

    let out = if json {
        serde_json::to_string(&Explained::new(&post, &explanation, due_by, &explainer))? + "\n"
    } else {
        explained::render(&post, &explanation, due_by, &explainer, output::in_color(settings.color))
    };
    io::stdout().write_all(out.as_bytes())?;
    Ok(true)
}

/// The post that was typed, or that stands in the file or on standard input.
fn post(typed: &[String], file: Option<&Path>) -> Result<Post<'static>> {
    if !typed.is_empty() {
        // What is typed comes before the environment; clap's own check would refuse that as well.
        if file.is_some_and(|path| std::env::var_os("HEARKEN_FILE").is_none_or(|named| named != path)) {
            bail!("type the words of the post or name a --file, not both");
        }
        return text_post(typed.join(" "), "what was typed");
    }
    if let Some(path) = file.filter(|path| *path != Path::new("-")) {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| name.clone())?;
        return read_post(file, &name);
    }
    if io::stdin().is_terminal() {
        say("reading a post from the terminal, as text or as one JSON object; Ctrl-D ends, --help explains");
    }
    read_post(io::stdin(), "stdin")
}

fn text_post(text: String, name: &str) -> Result<Post<'static>> {
    if text.trim().is_empty() {
        bail!("{name}: there is no text to explain; hearken explain --help has examples");
    }
    Ok(Post::new("", text))
}

/// The post of the first line that isn't blank where that is a JSON object, else all of the input as its text.
fn read_post(input: impl Read, name: &str) -> Result<Post<'static>> {
    let mut input = BufReader::new(input.take(MOST_BYTES + 1));
    let mut bytes = Vec::new();
    let (mut start, mut number) = (0, 0_u64);
    while bytes[start..].trim_ascii().is_empty() {
        start = bytes.len();
        number += 1;
        if input.read_until(b'\n', &mut bytes).with_context(|| format!("reading {name}"))? == 0 {
            break;
        }
    }
    let first = bytes[start..].trim_ascii();
    let not_json = if first.starts_with(b"{") {
        match one::post(first) {
            Ok(post) => {
                if !input.buffer().trim_ascii().is_empty() {
                    say(format_args!("{name}: the post of line {number} is explained, the others are not"));
                }
                return Ok(post);
            }
            Err(RejectReason::InvalidJson(problem)) => Some(problem),
            Err(reason) => bail!("{name}:{number}: {reason}"),
        }
    } else {
        None
    };
    input.read_to_end(&mut bytes).with_context(|| format!("reading {name}"))?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{name}: a post has at most {MOST_BYTES} bytes, this is more");
    }
    if let Some(problem) = not_json {
        // One object over several lines, as people print it for themselves.
        match one::post(bytes.trim_ascii()) {
            Ok(post) => return Ok(post),
            Err(RejectReason::InvalidJson(_)) => {
                say(format_args!("{name}:{number}: not JSON ({problem}), so all of it is taken for plain text"));
            }
            Err(reason) => bail!("{name}: {reason}"),
        }
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| anyhow::anyhow!("{name}: not UTF-8 from byte {} on", error.utf8_error().valid_up_to()))?;
    text_post(text, name)
}
