//! What can be typed: the flags as clap sees them, each with its twin in the environment.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use hearken::{Format, Label, Shard, Timestamp};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::budget::Budget;
use crate::desk::{self, DeskArgs};
use crate::eval::{self, EvalArgs};
use crate::metrics::Address;
use crate::policy::{self, PolicyArgs};
use crate::tenants::TenantName;

// Ranges of settings, wherever they come from.
pub(crate) const TOP: RangeInclusive<i64> = 1..=1_000_000;
pub(crate) const WORKERS: RangeInclusive<i64> = 1..=1024;
pub(crate) const QUEUE_SIZE: RangeInclusive<i64> = 1..=10_000_000;
pub(crate) const MAX_LINE_BYTES: RangeInclusive<i64> = 65_536..=4_294_967_295;

/// Hears who needs a human first in a stream of social posts.
///
/// Reads posts as JSONL, one object a line, of which only "text" is required (also: id, author, created_at, reply_to,
/// thread, quote_of, lang, platform, reach, links, mentions), or as Bluesky, Mastodon, Twitter and Reddit write them. Hears grief, frustration, advice and promotion in each, and prints the queue: best first,
/// each with the reasons for its rank in minutes of head start. It never writes to a person itself.
#[derive(Debug, Parser)]
#[command(name = "hearken", version, args_conflicts_with_subcommands = true, args_override_self = true)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

const EXAMPLES: &str = "\
Examples:
  hearken posts.jsonl                               the queue, as a table on a terminal, as JSONL on a pipe
  zcat day.jsonl.gz | hearken --top 20              the 20 who need a human first (hearken day.jsonl.gz works too)
  hearken --output annotated posts.jsonl            every post with its labels, in input order
  tail -f feed.jsonl | hearken --every 10s          an endless stream: hands out the best every 10 seconds
  hearken posts.jsonl --dead-letter bad.jsonl       keeps lines that are no posts, with line number and reason
  hearken posts.jsonl --budget 60%                  more time for the careful model; --model fast does without it
  hearken posts.jsonl --threshold grief=0.3         assigns grief from a lower probability on

Sources (--source; several at once, each by its own flag or separated by commas):
  hearken run --source bluesky://jetstream1.us-east.bsky.network
      What is posted on Bluesky, from now on, by its Jetstream; more hosts, with commas, are fallen back on.
  hearken run --source 'mastodon://mastodon.social/public:local'
      What is posted on a Mastodon server; also /public, '/hashtag?tag=TAG' and /user.
      HEARKEN_MASTODON_TOKEN holds an access token where the server wants one.
  hearken run --source listen://127.0.0.1:8080
      Posts that are sent here, each request answered when what became of its posts is durable:
      curl -H 'Content-Type: application/x-ndjson' --data-binary @posts.jsonl http://127.0.0.1:8080/posts
      HEARKEN_HTTP_TOKEN holds a bearer token. Settings: ?wait=SECONDS (until the answer is \"not durable yet\"),
      &max-body=BYTES, &queue=REQUESTS, &patience=SECONDS, &token-file=FILE.
  hearken run --source 'file:/var/log/posts/*.jsonl' --follow
      Files as they are written, through rotations (renamed, truncated, gzipped, deleted) and restarts; without --follow to
      their ends.
  hearken run --source 'nats://127.0.0.1:4222?stream=posts&consumer=triage' --desk desk.db
      Messages of a NATS JetStream stream (server 2.11 or newer), a post each or several lines. Nodes that name the same
      consumer take turns; a node that is gone leaves what it had to the others. The consumer is made if it isn't there.
      Settings: &dead-letter=SUBJECT (where messages go that are no posts, or came too often), &max-deliver=TIMES,
      &subject=FILTER, &ack-wait=SECONDS, &in-flight=MESSAGES, &partitions=1/4 (this node's share of a stream that is
      partitioned by author), &user=NAME, &creds=FILE, &tls=true, &tls-ca=FILE, &tls-cert=FILE, &tls-key=FILE.
      HEARKEN_NATS_PASSWORD, HEARKEN_NATS_TOKEN, HEARKEN_NATS_NKEY (a seed) hold secrets, as do &password-file=FILE and so on.
      --from-seq and --from-time begin a new consumer elsewhere: another model can be run over old posts.
  hearken run --source 'kafka://127.0.0.1:9092?topic=posts&group=triage' --desk desk.db
      Messages of a Kafka topic, a post each or several lines. Nodes of the same group share its partitions, and share them
      anew when one comes, leaves or is gone. Settings: &dead-letter=TOPIC (where messages go that are no posts),
      &in-flight=MESSAGES, &drain=SECONDS (how long partitions are held on to for what is under way in them), and all of
      librdkafka's, e.g. &session.timeout.ms=10000&security.protocol=SASL_SSL&sasl.mechanism=SCRAM-SHA-512&sasl.username=NAME.
      HEARKEN_KAFKA_PASSWORD holds the password, or the file of &sasl.password-file=FILE.
      --from-time begins there where the group has committed nothing yet.
  other | hearken run --source - --source listen://127.0.0.1:8080
      Standard input beside another source.
Sinks (--sink):
  hearken run --source 'nats://127.0.0.1:4222?stream=posts&consumer=triage' --output annotated --sink 'nats://127.0.0.1:4222?subject=triaged'
  hearken run --source 'kafka://127.0.0.1:9092?topic=posts&group=triage' --output annotated --sink 'kafka://127.0.0.1:9092?topic=triaged'
      Records go to a stream instead of standard output: of every post, or of those that are handed out. Each has an id by
      which a stream of NATS knows one that comes again within its duplicate window; in Kafka it is the header Hearken-Id, and
      PLATFORM/ID is the key. A post counts as done with when the stream has its record.

Tenants (--tenants):
  hearken run --tenants tenants.toml --desk postgres://hearken@127.0.0.1/desks
      Many tenants in one process, which share its models and workers and nothing else. The file has for each:
        [tenant.acme]
        sources = [\"nats://127.0.0.1:4222?stream=acme&consumer=triage\", \"listen://127.0.0.1:8080\"]
        share = 2             # parts of the workers' time while others want theirs [default: 1]
        quota = \"500/s\"       # also /m, /h; what comes above waits at its source [default: none]
        burst = 2000          # posts at once after a pause [default: a second's worth]
        policy = \"acme.toml\"  # who comes first there
      and output, sink, dead-letter, held, format, redact and http-token-env, as the flags have them.
      HEARKEN_HTTP_TOKEN_ACME holds the bearer token of acme's clients. Records on standard output say whose they are. One tenant that
      fails is told of, and the others go on. hearken desk --tenant acme next serves acme's people.

A source is told that posts are done with when they are printed (or annotated, held back, rejected, needed by nobody): what
is not comes again after a restart, at least once. The queue is handed out every 10 seconds, unless --every or --output
annotated says otherwise. A signal stops cleanly.

Exit status: 0 all processed; 1 finished, but some lines were rejected (with --strict) or a check failed; 2 usage, fatal, or a
source failed.";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  hearken explain My dog died at the front door     the words of the post, typed
  hearken explain \"I can't stop shaking\"           in quotes, where the shell would take something for itself
  hearken explain --file post.txt                   a text of several lines
  grep -m1 t1185 posts.jsonl | hearken explain      a post of a feed, with its reach and time for the priority
  hearken explain --json \"My dog died\"             one JSON object, for programs

Exit status: 0 explained; 2 usage or fatal.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read posts, print the queue (what `hearken` does without a command).
    #[command(after_long_help = EXAMPLES)]
    Run(Box<RunArgs>),
    /// Measure a model on labelled posts, or two models side by side.
    #[command(after_long_help = eval::EXAMPLES)]
    Eval(EvalArgs),
    /// Say why a post is judged as it is: each word's effect, and the priority term by term.
    ///
    /// The post is judged as it is and once more without each word; a word's effect is the difference that it makes. On a
    /// terminal words are coloured: warm ones raise what is heard, cool ones lower it. Effects need not add up: of two
    /// words that say the same, either can be missing without much change.
    #[command(after_long_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Take turns with those who need a human: who is next, who has whom, who still waits.
    #[command(after_long_help = desk::EXAMPLES)]
    Desk(Box<DeskArgs>),
    /// Write down who comes first and what people at a desk go by, check it and put it in force.
    #[command(after_long_help = policy::EXAMPLES)]
    Policy(PolicyArgs),
    /// Check that everything is in place: ONNX Runtime, model, CPU.
    Doctor(DoctorArgs),
    /// Print a completion script for a shell.
    Completions {
        /// The shell to complete for.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write all pages into a folder.
    Man {
        /// Write hearken.1, hearken-run.1 … into this folder instead.
        #[arg(long, env = "HEARKEN_OUT", value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Everything optional: what is not typed may come from the config file, and what is not there either has a default.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RunArgs {
    /// Files of posts, plain or gzipped JSONL; "-" or none is standard input.
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,

    /// Read a live source instead of files: bluesky://, mastodon://, nats://, listen://HOST:PORT, file:GLOB or "-"; may be
    /// given more than once. See Sources below.
    #[arg(long, env = "HEARKEN_SOURCE", value_name = "URL")]
    pub(crate) source: Vec<String>,

    /// With --source file:GLOB: wait for more, through rotations, and for new files.
    #[arg(long, env = "HEARKEN_FOLLOW", value_parser = BoolishValueParser::new())]
    pub(crate) follow: bool,

    /// Keep in FILE how far sources were read, and go on from there [default: hearken/cursors.json in $XDG_STATE_HOME or
    /// ~/.local/state; for files only with --follow].
    #[arg(long, env = "HEARKEN_CURSOR", value_name = "FILE")]
    pub(crate) cursor: Option<PathBuf>,

    /// With --source nats://…: begin with the message that has this number in the stream. A consumer that is there already goes on
    /// where it is; another one, by its name, begins anew.
    #[arg(long, env = "HEARKEN_FROM_SEQ", value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "from_time")]
    pub(crate) from_seq: Option<u64>,

    /// With --source nats://… or kafka://…: begin with the first message that came at TIME or later, e.g. 2026-11-21T00:00:00Z;
    /// only where nothing was read before by the same consumer or group.
    #[arg(long, env = "HEARKEN_FROM_TIME", value_name = "TIME")]
    pub(crate) from_time: Option<Timestamp>,

    /// Look only at one of N parts of the input, by author, e.g. 1/4; processes with 1/4 to 4/4 share a stream that each of them
    /// is given whole.
    #[arg(long, env = "HEARKEN_SHARD", value_name = "I/N")]
    pub(crate) shard: Option<Shard>,

    /// Publish records to a stream instead of printing them: nats://HOST?subject=SUBJECT or kafka://HOST?topic=TOPIC. See
    /// Sinks below.
    #[arg(long, env = "HEARKEN_SINK", value_name = "URL")]
    pub(crate) sink: Option<String>,

    /// What to print: the ranked queue, or every post with its labels in input order [default: queue].
    #[arg(long, env = "HEARKEN_OUTPUT", value_enum)]
    pub(crate) output: Option<OutputMode>,

    /// Keep all cases on a desk, in a file or in PostgreSQL (postgres://…), where people take turns with them (hearken desk
    /// --help); the queue is printed only if --top or --every asks for it.
    #[arg(long, env = "HEARKEN_DESK", hide_env_values = true, value_name = "FILE|URL")]
    pub(crate) desk: Option<PathBuf>,

    /// Whose posts these are: what comes is kept under NAME on the desk, and no other tenant sees it [default: a desk without tenants].
    #[arg(long, env = "HEARKEN_TENANT", value_name = "NAME")]
    pub(crate) tenant: Option<TenantName>,

    /// Run for many tenants at once, each with the sources, quota, policy and outputs that FILE gives it. See Tenants below.
    #[arg(long, env = "HEARKEN_TENANTS", value_name = "FILE")]
    pub(crate) tenants: Option<PathBuf>,

    /// Print the best K of the queue [default: 50].
    #[arg(long, env = "HEARKEN_TOP", value_name = "K", value_parser = clap::value_parser!(u32).range(TOP))]
    pub(crate) top: Option<u32>,

    /// Hand out the best every so often and take them off the queue, e.g. 10s or 5m; for streams that don't end.
    #[arg(long, env = "HEARKEN_EVERY", value_name = "DURATION")]
    pub(crate) every: Option<SignedDuration>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// A slower, better model that judges those posts again for which it could change the most [default: none, and "accurate"
    /// with --model cascade].
    #[arg(long, env = "HEARKEN_CAREFUL", value_name = "MODEL")]
    pub(crate) careful: Option<PathBuf>,

    /// What the careful model may take: a share of the workers' time while posts come faster than they can be judged, and how
    /// long it may hold up a post otherwise [default: 25%,500ms]. Time that would be left over is its own; with 100% it judges
    /// every post.
    #[arg(long, env = "HEARKEN_BUDGET", value_name = "BUDGET")]
    pub(crate) budget: Option<Budget>,

    /// Worker threads [default: one per core].
    #[arg(long, env = "HEARKEN_WORKERS", value_name = "N", value_parser = clap::value_parser!(u16).range(WORKERS))]
    pub(crate) workers: Option<u16>,

    /// How the posts are written [default: told by the shape of each line].
    #[arg(long, env = "HEARKEN_FORMAT", value_enum)]
    pub(crate) format: Option<FeedFormat>,

    /// Mask e-mail addresses and numbers of telephones, cards and accounts in all that is printed or appended; with
    /// --redact=handles also who wrote a post and whom it names. The model reads what was written.
    #[arg(long, env = "HEARKEN_REDACT", value_enum, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "contacts")]
    pub(crate) redact: Option<Masked>,

    /// What becomes of a post in a language that the model doesn't read [default: skip].
    #[arg(long, env = "HEARKEN_UNSUPPORTED_LANGUAGE", value_enum, value_name = "WHAT")]
    pub(crate) unsupported_language: Option<Unsupported>,

    /// Append lines that are no posts to FILE, as JSONL with file, line and reason.
    #[arg(long, env = "HEARKEN_DEAD_LETTER", value_name = "FILE")]
    pub(crate) dead_letter: Option<PathBuf>,

    /// Append promotion that is held back to FILE, as JSONL with its reasons; it is never deleted.
    #[arg(long, env = "HEARKEN_HELD", value_name = "FILE")]
    pub(crate) held: Option<PathBuf>,

    /// Exit with status 1 when a line was rejected.
    #[arg(long, env = "HEARKEN_STRICT", value_parser = BoolishValueParser::new())]
    pub(crate) strict: bool,

    /// Print counts and rates on standard error at the end [default: human on a terminal, else none].
    #[arg(long, env = "HEARKEN_STATS", value_enum)]
    pub(crate) stats: Option<StatsFormat>,

    /// Serve metrics for Prometheus at ADDR, a port of this machine or HOST:PORT, with /healthz and /readyz beside /metrics; a
    /// port of 0 takes any that is free.
    #[arg(long, env = "HEARKEN_METRICS", value_name = "ADDR")]
    pub(crate) metrics: Option<Address>,

    /// Show progress on standard error [default: auto].
    #[arg(long, env = "HEARKEN_PROGRESS", value_enum, value_name = "WHEN")]
    pub(crate) progress: Option<When>,

    /// Print the queue as a table instead of JSONL; auto: when standard output is a terminal [default: auto].
    #[arg(long, env = "HEARKEN_TABLE", value_enum, value_name = "WHEN")]
    pub(crate) table: Option<When>,

    /// Use colours in the table; auto: on a terminal, unless NO_COLOR is set [default: auto].
    #[arg(long, env = "HEARKEN_COLOR", value_enum, value_name = "WHEN")]
    pub(crate) color: Option<When>,

    /// With --every: posts that may wait between two hand-outs; grief is never shed to keep to it [default: 10000].
    #[arg(long, env = "HEARKEN_QUEUE_SIZE", value_name = "N", value_parser = clap::value_parser!(u32).range(QUEUE_SIZE))]
    pub(crate) queue_size: Option<u32>,

    /// Reject lines of more than this many bytes [default: 4194304].
    #[arg(long, env = "HEARKEN_MAX_LINE_BYTES", value_name = "N", value_parser = clap::value_parser!(u32).range(MAX_LINE_BYTES))]
    pub(crate) max_line_bytes: Option<u32>,

    /// Take TIME as the time of arrival of every post, e.g. 2026-11-21T00:00:00Z, to replay a recorded stream.
    #[arg(long, env = "HEARKEN_NOW", value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,

    /// Say more on standard error; twice for debugging.
    #[arg(long, short, env = "HEARKEN_VERBOSE", action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The words of the post. Without any it is read from --file or standard input: one JSON object with "text", or a text.
    #[arg(value_name = "TEXT")]
    pub(crate) text: Vec<String>,

    /// Read the post from FILE, as plain text or as JSON, of which the first line counts; "-" is standard input.
    #[arg(long, env = "HEARKEN_FILE", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// Print one JSON object, in which each word has its effect on everything that is heard.
    #[arg(long, env = "HEARKEN_JSON", value_parser = BoolishValueParser::new())]
    pub(crate) json: bool,

    /// Colour the words; auto: on a terminal, unless NO_COLOR is set; without colours brackets mark them [default: auto].
    #[arg(long, env = "HEARKEN_COLOR", value_enum, value_name = "WHEN")]
    pub(crate) color: Option<When>,

    /// Take TIME as the time of arrival, from which a post without a time of its own is due.
    #[arg(long, env = "HEARKEN_NOW", value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

/// What a post is judged by, in every command that judges.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct JudgeArgs {
    /// The model: "fast", "accurate" or "cascade" (built in), or a directory with a hearken.json [default: cascade].
    ///
    /// A cascade is fast for every post, then accurate for those whose place in the queue it would change most, as many as
    /// there is time for: on an idle machine all of them. Where one post or a file of labels is judged, that is accurate.
    #[arg(long, env = "HEARKEN_MODEL", value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// Assign LABEL (grief, frustration, advice, promotion) from probability P on, instead of the model's own threshold.
    #[arg(long, env = "HEARKEN_THRESHOLD", value_name = "LABEL=P", value_delimiter = ',', value_parser = threshold)]
    pub(crate) threshold: Vec<(Label, f64)>,

    /// Assign labels by another of the model's own sets of thresholds, e.g. high-recall [default: best-f1].
    #[arg(long, env = "HEARKEN_THRESHOLDS", value_name = "SET")]
    pub(crate) thresholds: Option<String>,

    /// A TOML file that says who comes first and what people at a desk go by; hearken policy init prints one [default: that of
    /// the desk, or the built-in one].
    #[arg(long, env = "HEARKEN_POLICY", value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,

    /// A TOML file with settings of a run; flags and environment win.
    #[arg(long, env = "HEARKEN_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// The model to check: "fast", "accurate" or "cascade" (built in), or a directory [default: cascade].
    #[arg(long, env = "HEARKEN_MODEL", value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long, env = "HEARKEN_JSON", value_parser = BoolishValueParser::new())]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OutputMode {
    #[default]
    Queue,
    Annotated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FeedFormat {
    /// Hearken's own field names, flat
    Generic,
    /// Events of Jetstream
    Bluesky,
    /// Statuses, and events of the streaming API
    Mastodon,
    /// Tweets of the API v1.1
    #[value(name = "twitter-v1")]
    #[serde(rename = "twitter-v1")]
    TwitterV1,
    /// Responses of the API v2
    #[value(name = "twitter-v2")]
    #[serde(rename = "twitter-v2")]
    TwitterV2,
    /// Submissions, comments and listings
    Reddit,
}

impl From<FeedFormat> for Format {
    fn from(format: FeedFormat) -> Self {
        match format {
            FeedFormat::Generic => Self::Generic,
            FeedFormat::Bluesky => Self::Bluesky,
            FeedFormat::Mastodon => Self::Mastodon,
            FeedFormat::TwitterV1 => Self::TwitterV1,
            FeedFormat::TwitterV2 => Self::TwitterV2,
            FeedFormat::Reddit => Self::Reddit,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Masked {
    /// E-mail addresses and numbers of telephones, cards and accounts
    Contacts,
    /// These, who wrote a post, and whom it names
    Handles,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unsupported {
    /// Not judged and not queued; --output annotated says so in its place
    #[default]
    Skip,
    /// Appended to the file of --dead-letter
    DeadLetter,
    /// Judged all the same
    Through,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StatsFormat {
    Json,
    Human,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    #[default]
    Auto,
    Always,
    Never,
}

impl When {
    /// `auto` means what the caller finds.
    pub(crate) fn or_auto(self, auto: bool) -> bool {
        match self {
            Self::Auto => auto,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Parses `LABEL=P`.
pub(crate) fn threshold(text: &str) -> Result<(Label, f64), String> {
    let (label, probability) = text.split_once('=').ok_or("it must look like grief=0.4")?;
    let label = label.parse().map_err(|error: hearken::label::UnknownLabel| error.to_string())?;
    match probability.parse() {
        Ok(probability) if (0.0..=1.0).contains(&probability) => Ok((label, probability)),
        _ => Err(format!("{probability:?} is not a probability from 0 to 1")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_flag_has_a_twin_in_the_environment() {
        fn all(command: &clap::Command) -> Vec<&clap::Command> {
            std::iter::once(command).chain(command.get_subcommands().flat_map(all)).collect()
        }
        let root = Cli::command();
        let flags = all(&root)
            .into_iter()
            .flat_map(clap::Command::get_arguments)
            .filter_map(|arg| Some((arg.get_long()?, arg)));
        let mut seen = 0;
        for (flag, arg) in flags.filter(|(flag, _)| !["help", "version"].contains(flag)) {
            let twin = format!("HEARKEN_{}", flag.replace('-', "_").to_uppercase());
            assert_eq!(arg.get_env().and_then(std::ffi::OsStr::to_str), Some(twin.as_str()), "of --{flag}");
            seen += 1;
        }
        assert!(seen > 30, "only {seen} flags were found");
    }
}
