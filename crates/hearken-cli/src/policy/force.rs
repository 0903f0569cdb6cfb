//! The policy in force at a desk: put there, shown, and gone by.

use anyhow::{Result, bail};
use hearken::Timestamp;
use hearken_desk::Adopted;
use serde::Serialize;

use super::args::{ApplyArgs, ShowArgs};
use super::file::{DEFAULTS, Loaded, parse};
use crate::desk::{self, AnyDesk, json_line, print};
use crate::output::{say, text};
use crate::settings::Settings;

/// So many digits of a digest tell policies apart.
const DIGITS: usize = 12;

/// So many policies of the past are listed.
const LISTED: usize = 100;

/// The policy that a run goes by, with what is typed over it: that of `--policy`, which is applied to the desk, else that of the desk.
pub(crate) fn in_force(settings: &mut Settings, desk: Option<&AnyDesk>) -> Result<()> {
    let Some(desk) = desk else { return Ok(()) };
    if let Some(policy) = &settings.policy {
        let by = desk::name(std::env::var("HEARKEN_AS").ok().as_deref()).unwrap_or_else(|_| "hearken run".to_owned());
        if let Some(adopted) = adopt(desk, policy, &by, settings.now)? {
            say(format_args!("from now on everyone at the desk goes by {}", Record::new(&adopted).line()));
        }
    } else if let Some(Adopted { seq, source, .. }) = desk.policy()?.filter(|adopted| !adopted.source.is_empty()) {
        let policy = parse(&source, &format!("policy {seq} of the desk"))?;
        settings.policy = Some(Loaded { policy, source });
    }
    Ok(())
}

/// The minutes of head start that a desk goes by.
pub(crate) fn engine_of(desk: &AnyDesk) -> Result<hearken::Policy> {
    let adopted = desk.policy()?.filter(|adopted| !adopted.source.is_empty());
    let policy = adopted.map(|Adopted { seq, source, .. }| parse(&source, &format!("policy {seq} of the desk")));
    Ok(policy.transpose()?.unwrap_or_default().engine())
}

/// Has a desk go by a policy. None: it does already.
fn adopt(desk: &AnyDesk, loaded: &Loaded, by: &str, now: Option<Timestamp>) -> Result<Option<Adopted>> {
    Ok(desk.adopt(&loaded.policy.desk, &loaded.source, by, now.unwrap_or_else(Timestamp::now))?)
}

/// What is said of a policy that was applied.
#[derive(Serialize)]
struct Record<'a> {
    policy: i64,
    digest: &'a str,
    at: Timestamp,
    by: &'a str,
}

impl<'a> Record<'a> {
    fn new(adopted: &'a Adopted) -> Self {
        Self { policy: adopted.seq, digest: &adopted.digest, at: adopted.at, by: &adopted.by }
    }

    fn line(&self) -> String {
        let digest = self.digest.get(..DIGITS).unwrap_or(self.digest);
        format!("policy {} ({digest}) · {} · {}", self.policy, text::moment(self.at), text::plain(self.by, 40))
    }
}

pub(super) fn apply(args: &ApplyArgs) -> Result<()> {
    let loaded = Loaded::read(&args.file.file)?;
    let desk = desk::open_named(args.desk.desk.as_ref(), args.desk.tenant.as_ref())?;
    let by = desk::name(args.name.as_deref())?;
    let adopted = adopt(&desk, &loaded, &by, args.now)?;
    if adopted.is_none() {
        say("the desk goes by that policy already");
    }
    let Some(adopted) = adopted.or(desk.policy()?) else { return Ok(()) };
    let record = Record::new(&adopted);
    if args.json.json { json_line(&record) } else { print(&format!("{}\n", record.line())) }
}

/// Prints what a desk goes by, or went by.
pub(super) fn show(args: &ShowArgs) -> Result<()> {
    #[derive(Serialize)]
    struct Whole<'a> {
        #[serde(flatten)]
        record: Option<Record<'a>>,
        rules: hearken_desk::Rules,
        source: &'a str,
    }
    let desk = desk::open_named(args.desk.desk.as_ref(), args.desk.tenant.as_ref())?;
    if args.history {
        for adopted in &desk.policies(None, LISTED)? {
            let record = Record::new(adopted);
            if args.json.json { json_line(&record) } else { print(&format!("{}\n", record.line())) }?;
        }
        return Ok(());
    }
    let adopted = desk.policy()?;
    let record = adopted.as_ref().map(Record::new);
    let source = adopted.as_ref().map_or(DEFAULTS, |adopted| &adopted.source);
    if args.json.json {
        return json_line(&Whole { record, rules: desk.rules()?, source });
    }
    let title =
        record.map_or("no policy was applied to this desk, so it goes by the defaults".to_owned(), |it| it.line());
    if source.is_empty() {
        bail!("{title}: a program applied it without a text; --json shows the rules");
    }
    print(&format!("# {title}\n{source}"))
}
