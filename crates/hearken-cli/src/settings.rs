//! What the flags mean: typed arguments over the config file over defaults.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use hearken::{Budget, Format, Label, Quota, Redact, Shard, Thresholds, Timestamp};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::args::{self, FeedFormat, JudgeArgs, Masked, OutputMode, RunArgs, StatsFormat, Unsupported, When};
use crate::policy::Loaded;
use crate::sources::Address;
use crate::tenants::{HTTP_TOKEN, TenantName};
use crate::{budget, metrics, models};

/// How often the best of a live source are handed out, unless told otherwise.
const HAND_OUT: std::time::Duration = std::time::Duration::from_secs(10);

/// The settings of a run, complete.
#[cfg_attr(
    not(all(
        feature = "files",
        feature = "http",
        feature = "bluesky",
        feature = "mastodon",
        feature = "nats",
        feature = "kafka"
    )),
    allow(dead_code, reason = "which sources there are is up to the features")
)]
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// A file of tenants, each with settings of its own over these.
    pub(crate) tenants: Option<PathBuf>,
    /// Whose rows of the desk these are; of one tenant only, nobody's name.
    pub(crate) tenant: Option<TenantName>,
    /// Whether other tenants run beside it.
    pub(crate) one_of_many: bool,
    /// Parts of the workers' time, beside those of other tenants.
    pub(crate) share: u32,
    pub(crate) quota: Option<Quota>,
    /// The variable with the token that clients send.
    pub(crate) http_token_env: String,
    pub(crate) files: Vec<PathBuf>,
    /// Live sources, instead of files.
    pub(crate) sources: Vec<Address>,
    pub(crate) follow: bool,
    pub(crate) cursor: Option<PathBuf>,
    /// Where a consumer begins that isn't there yet.
    pub(crate) from_seq: Option<u64>,
    pub(crate) from_time: Option<Timestamp>,
    pub(crate) shard: Option<Shard>,
    /// Where records go instead of standard output.
    pub(crate) sink: Option<String>,
    pub(crate) output: OutputMode,
    pub(crate) top: usize,
    /// Where cases are kept, so that people can take turns.
    pub(crate) desk: Option<PathBuf>,
    /// Whether the queue is printed: of a run with a desk only if someone asked.
    pub(crate) prints_queue: bool,
    asked_for_queue: bool,
    pub(crate) every: Option<std::time::Duration>,
    pub(crate) model: PathBuf,
    pub(crate) careful: Option<PathBuf>,
    pub(crate) budget: Budget,
    pub(crate) workers: Option<usize>,
    /// What is typed, or stands in the config file.
    own_thresholds: Thresholds,
    pub(crate) format: Option<Format>,
    pub(crate) redact: Option<Redact>,
    pub(crate) unsupported_language: Unsupported,
    /// What is to go, if anyone said.
    pub(crate) policy: Option<Loaded>,
    pub(crate) dead_letter: Option<PathBuf>,
    pub(crate) held: Option<PathBuf>,
    pub(crate) strict: bool,
    pub(crate) stats: Option<StatsFormat>,
    /// Where metrics are served.
    pub(crate) metrics: Option<metrics::Address>,
    pub(crate) progress: When,
    pub(crate) table: When,
    pub(crate) color: When,
    pub(crate) queue_size: usize,
    pub(crate) max_line_bytes: Option<usize>,
    pub(crate) now: Option<Timestamp>,
}

/// The config file: the flags by their names, and thresholds as a table.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Config {
    tenant: Option<TenantName>,
    tenants: Option<PathBuf>,
    source: Vec<String>,
    follow: bool,
    cursor: Option<PathBuf>,
    shard: Option<String>,
    sink: Option<String>,
    output: Option<OutputMode>,
    top: Option<u32>,
    desk: Option<PathBuf>,
    every: Option<SignedDuration>,
    model: Option<PathBuf>,
    careful: Option<PathBuf>,
    budget: Option<budget::Budget>,
    workers: Option<u16>,
    threshold: std::collections::BTreeMap<Label, f64>,
    thresholds: Option<String>,
    format: Option<FeedFormat>,
    redact: Option<Masked>,
    unsupported_language: Option<Unsupported>,
    dead_letter: Option<PathBuf>,
    held: Option<PathBuf>,
    strict: bool,
    stats: Option<StatsFormat>,
    metrics: Option<metrics::Address>,
    progress: Option<When>,
    table: Option<When>,
    color: Option<When>,
    queue_size: Option<u32>,
    max_line_bytes: Option<u32>,
    policy: Option<PathBuf>,
}

impl Config {
    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("config {}", path.display()))?;
        let config: Self = toml::from_str(&text).with_context(|| format!("config {}", path.display()))?;
        config.check().with_context(|| format!("config {}", path.display()))?;
        Ok(config)
    }

    /// The ranges that flags have too.
    fn check(&self) -> Result<()> {
        let numbers = [
            ("top", self.top, args::TOP),
            ("workers", self.workers.map(u32::from), args::WORKERS),
            ("queue-size", self.queue_size, args::QUEUE_SIZE),
            ("max-line-bytes", self.max_line_bytes, args::MAX_LINE_BYTES),
        ];
        for (key, number, range) in numbers {
            if let Some(number) = number.filter(|number| !range.contains(&i64::from(*number))) {
                bail!("{key} = {number}: it must be {} to {}", range.start(), range.end());
            }
        }
        Ok(())
    }
}

impl Settings {
    /// The settings of a run, checked as far as they don't need the model.
    pub(crate) fn new(args: RunArgs) -> Result<Self> {
        let JudgeArgs { model, threshold, thresholds: set, policy, config } = args.judge;
        let config = config.as_deref().map(Config::read).transpose()?.unwrap_or_default();
        // Later entries win: what was typed comes last.
        let mut thresholds = Thresholds { set: set.or(config.thresholds), ..Thresholds::default() };
        for (label, probability) in config.threshold.into_iter().chain(threshold) {
            *thresholds.own.get_mut(label) = Some(probability);
        }
        // What is typed after the command wins over the environment and the config file, as with every flag.
        let sources = if args.source.is_empty() && args.files.is_empty() { config.source } else { args.source };
        let desk = args.desk.or(config.desk);
        let top = args.top.or(config.top);
        let every = args.every.or(config.every).map(positive).transpose()?;
        let output = args.output.or(config.output).unwrap_or_default();
        let asked = desk.is_none() || top.is_some() || every.is_some();
        let shard = config.shard.map(|shard| shard.parse()).transpose().context("config: shard")?;
        let policy = policy.or(config.policy).as_deref().map(Loaded::read).transpose()?;
        let mut settings = Self {
            tenants: args.tenants.or(config.tenants),
            tenant: args.tenant.or(config.tenant),
            one_of_many: false,
            share: 1,
            quota: None,
            http_token_env: HTTP_TOKEN.to_owned(),
            files: args.files,
            sources: Address::all(&sources)?,
            follow: args.follow || config.follow,
            cursor: args.cursor.or(config.cursor),
            from_seq: args.from_seq,
            from_time: args.from_time,
            shard: args.shard.or(shard),
            sink: args.sink.or(config.sink),
            output,
            top: top.unwrap_or(50) as usize,
            desk,
            prints_queue: false,
            asked_for_queue: asked,
            every,
            model: model.or(config.model).unwrap_or_else(|| PathBuf::from(models::CASCADE)),
            careful: args.careful.or(config.careful),
            budget: args.budget.or(config.budget).unwrap_or_default().into(),
            workers: args.workers.or(config.workers).map(usize::from),
            own_thresholds: thresholds,
            format: args.format.or(config.format).map(Format::from),
            redact: args.redact.or(config.redact).map(|what| Redact { handles: what == Masked::Handles }),
            unsupported_language: args.unsupported_language.or(config.unsupported_language).unwrap_or_default(),
            policy,
            dead_letter: args.dead_letter.or(config.dead_letter),
            held: args.held.or(config.held),
            strict: args.strict || config.strict,
            stats: args.stats.or(config.stats),
            metrics: args.metrics.or(config.metrics),
            progress: args.progress.or(config.progress).unwrap_or_default(),
            table: args.table.or(config.table).unwrap_or_default(),
            color: args.color.or(config.color).unwrap_or_default(),
            queue_size: args.queue_size.or(config.queue_size).unwrap_or(10_000) as usize,
            max_line_bytes: args.max_line_bytes.or(config.max_line_bytes).map(|bytes| bytes as usize),
            now: args.now,
        };
        if settings.tenants.is_some() {
            ensure!(
                settings.tenant.is_none(),
                "--tenant or --tenants, not both: each tenant of the file has its name there"
            );
            ensure!(settings.files.is_empty() && settings.sources.is_empty(), "sources stand in the file of --tenants");
            ensure!(
                settings.desk.is_none() || !settings.asked_for_queue,
                "--top and --every with --tenants go without --desk: hearken desk --tenant NAME list shows a queue there"
            );
        } else {
            settings.settle()?;
        }
        settings.check_start()?;
        Ok(settings)
    }

    /// Makes sure that there is a source which can begin where it is to begin.
    fn check_start(&self) -> Result<()> {
        let any = |is: fn(&Address) -> bool| self.sources.iter().any(is);
        let (nats, kafka) = (any(|one| matches!(one, Address::Nats(_))), any(|one| matches!(one, Address::Kafka(_))));
        if self.from_seq.is_some() {
            ensure!(
                !kafka,
                "--from-seq has no meaning for kafka://…, where each partition counts on its own: --from-time"
            );
            ensure!(nats, "--from-seq goes with --source nats://…");
        }
        ensure!(
            self.from_time.is_none() || nats || kafka,
            "--from-time goes with --source nats://… and --source kafka://…"
        );
        Ok(())
    }

    /// Makes sure that the settings fit together, once it is known for which sources they are.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let settings = self;
        settings.prints_queue = settings.output == OutputMode::Queue && settings.asked_for_queue;
        if settings.output == OutputMode::Annotated && settings.every.is_some() {
            bail!("--every goes with --output queue; --output annotated prints every post as it comes");
        }
        if !settings.sources.is_empty() {
            ensure!(settings.files.is_empty(), "files or --source, not both: a file is --source file:PATH there");
            if settings.prints_queue && settings.desk.is_none() {
                settings.every.get_or_insert(HAND_OUT);
            }
        }
        if settings.sink.is_some() && settings.desk.is_some() && settings.output == OutputMode::Queue {
            bail!("--sink with --desk needs --output annotated: who is next is the desk's to say");
        }
        if settings.unsupported_language == Unsupported::DeadLetter && settings.dead_letter.is_none() {
            bail!("--unsupported-language dead-letter needs --dead-letter FILE to append to");
        }
        Ok(())
    }
}

impl Settings {
    /// Whose run this is, where others run beside it.
    pub(crate) fn one_of(&self) -> Option<&TenantName> {
        self.tenant.as_ref().filter(|_| self.one_of_many)
    }

    /// The same as messages begin; nothing where one is alone.
    pub(crate) fn whose(&self) -> String {
        self.one_of().map(|tenant| format!("tenant {tenant}: ")).unwrap_or_default()
    }

    /// The minutes in force.
    pub(crate) fn policy(&self) -> hearken::Policy {
        self.policy.as_ref().map(|loaded| loaded.policy.engine()).unwrap_or_default()
    }

    /// The thresholds in force, as far as they are not the model's own.
    pub(crate) fn thresholds(&self) -> Thresholds {
        let typed = &self.own_thresholds;
        self.policy.as_ref().map_or_else(|| typed.clone(), |loaded| loaded.policy.thresholds_under(typed))
    }
}

/// How often something is to be done.
pub(crate) fn positive(every: SignedDuration) -> Result<std::time::Duration> {
    match std::time::Duration::try_from(every) {
        Ok(every) if !every.is_zero() => Ok(every),
        _ => bail!("--every {every:#}: it must be more than nothing, such as 10s"),
    }
}
