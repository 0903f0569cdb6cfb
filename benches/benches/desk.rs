//! How fast a desk in a file, or in PostgreSQL, takes tickets in, how fast colleagues in processes of their own claim them, and how
//! long `next` takes when very many wait.
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use hdrhistogram::Histogram;
use hearken_benches::harness::Harness;
use hearken_desk::{AnyStore, Claimant, Desk, Intake, Label, Labels, NewPost, Next, Rules, SqliteStore, Timestamp};

/// Posts in one transaction.
const BATCH: usize = 256;

/// How long a database may be away.
const PATIENCE: Duration = Duration::from_secs(30);

/// Milliseconds: three days.
const LONGEST_HEAD_START: f64 = 3.0 * 24.0 * 3600.0 * 1000.0;

/// Measures the desk.
#[derive(Parser)]
struct Args {
    #[command(flatten)]
    harness: Harness,
    /// Tickets that colleagues claim until none is left
    #[arg(long, default_value_t = 100_000)]
    claims: usize,
    /// Colleagues, each in a process of their own
    #[arg(long, default_value_t = 16)]
    processes: usize,
    /// Tickets that wait while the time of `next` is measured
    #[arg(long, default_value_t = 1_000_000)]
    waiting: usize,
    /// How often it is measured
    #[arg(long, default_value_t = 20_000)]
    samples: usize,
    /// Where the file is made, instead of the folder for temporary files
    #[arg(long)]
    folder: Option<PathBuf>,
    /// A database instead of a file: postgres://…, in which schemas are made that stay, desk_claims and desk_waiting
    #[arg(long, conflicts_with = "folder")]
    desk: Option<String>,
    /// Claims from this desk, as this colleague: what the processes are started with
    #[arg(long, num_args = 2, hide = true)]
    claim: Vec<String>,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let [path, name] = args.claim.as_slice() {
        return claim_all(path, name);
    }
    if args.harness.skips("desk") {
        return Ok(());
    }
    let test = args.harness.is_test();
    let (claims, waiting, samples) = if test { (600, 1_000, 40) } else { (args.claims, args.waiting, args.samples) };
    let processes = if test { 4 } else { args.processes };
    let folder = match &args.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };

    let place = |name: &str| match &args.desk {
        Some(url) => format!("{url}{}schema=desk_{name}", if url.contains('?') { '&' } else { '?' }),
        None => folder.path().join(name).with_extension("db").display().to_string(),
    };
    let path = place("claims");
    let rate = take_in(&path, claims)?;
    println!("{claims} tickets taken in, {BATCH} in one transaction: {rate:.0}/s");

    let started = Instant::now();
    let colleagues = (0..processes).map(|number| start_claiming(&path, number)).collect::<Result<Vec<Child>>>()?;
    let mut claimed = Vec::new();
    for colleague in colleagues {
        let output = colleague.wait_with_output()?;
        ensure!(output.status.success(), "a colleague failed");
        claimed.extend(String::from_utf8(output.stdout)?.lines().map(str::to_owned));
    }
    let seconds = started.elapsed().as_secs_f64();
    let different: HashSet<&String> = claimed.iter().collect();
    ensure!(claimed.len() == claims && different.len() == claims, "{} of {claims} claimed", claimed.len());
    println!("claimed by {processes} processes, each ticket once: {:.0}/s", claims as f64 / seconds);

    let path = place("waiting");
    let rate = take_in(&path, waiting)?;
    println!("{waiting} tickets taken in: {rate:.0}/s");
    let times = time_next(&path, samples)?;
    let milliseconds = |share| times.value_at_quantile(share) as f64 / 1e6;
    println!(
        "`next` while {waiting} wait, ms: p50 {:.3}, p90 {:.3}, p99 {:.3}, p99.9 {:.3}, max {:.3}",
        milliseconds(0.5),
        milliseconds(0.9),
        milliseconds(0.99),
        milliseconds(0.999),
        milliseconds(1.0)
    );
    let started = Instant::now();
    let ledger = desk(&path)?.ledger(now())?;
    println!("the ledger of all: {:.0} ms, {} wait", started.elapsed().as_secs_f64() * 1e3, ledger.waiting);
    ensure!(test || milliseconds(0.99) <= 10.0, "p99 is over 10 ms");
    Ok(())
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_161_600).unwrap_or_default()
}

fn desk(place: &str) -> Result<Desk<AnyStore>> {
    let store = match AnyStore::is_url(place) {
        true => AnyStore::open_url(place, true, PATIENCE)?,
        false => AnyStore::File(SqliteStore::open(place)?),
    };
    Ok(Desk::new(store, Rules::default()))
}

/// Posts of as many people, in 3 languages and of all sorts, as long as real ones are: 20 a second, with head starts of up to three days, most
/// of them short.
fn posts(count: usize) -> impl Iterator<Item = NewPost> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..count).map(move |number| {
        let text = "It went down again, and nobody tells us for how long. Is anyone there who can help?";
        let created_at = now() - Duration::from_millis(50 * (count - number) as u64);
        let mut post = NewPost::new("net", format!("3l{number:011x}"), text, created_at);
        post.author = Some(format!("did:plc:{:016x}", random.u64(..)));
        post.labels = Labels::from_bits(random.u8(..16));
        post.labels = if random.u8(..10) == 0 { post.labels } else { Labels::from(Label::Frustration) };
        post.lang = ["en", "de", "pl"].get(random.usize(..4)).map(|lang| (*lang).to_owned());
        post.urgency = f64::from(random.u8(..4));
        post.rank_at = created_at.as_millisecond() - (random.f64().powi(4) * LONGEST_HEAD_START) as i64;
        post.record =
            r#"{"id":"1","labels":{"grief":0.01,"frustration":0.93,"advice":0.2,"promotion":0.0},"urgency":1.2}"#
                .to_owned();
        post
    })
}

/// Returns posts a second.
fn take_in(path: &str, count: usize) -> Result<f64> {
    let desk = desk(path)?;
    let mut posts = posts(count).map(Intake::Post);
    let mut spent = Duration::ZERO;
    loop {
        let batch: Vec<Intake> = posts.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(count as f64 / spent.as_secs_f64());
        }
        let started = Instant::now();
        let taken = desk.take_in(&batch, now())?;
        spent += started.elapsed();
        ensure!(taken.opened as usize == batch.len(), "{taken:?}");
    }
}

fn start_claiming(path: &str, number: usize) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--claim").arg(path).arg(format!("colleague {number}"));
    command.stdout(Stdio::piped()).spawn().context("no process for a colleague")
}

fn claim_all(path: &str, name: &str) -> Result<()> {
    let (desk, claimant) = (desk(path)?, Claimant { more_grief: true, ..Claimant::new(name) });
    let mut claimed = String::new();
    while let Next::Claimed(next) = desk.next(&claimant, now())? {
        claimed += &format!("{}\n", next.ticket.id);
    }
    print!("{claimed}");
    Ok(())
}

/// Every sort of colleague in turn: those who take everything, and those who are fit for little of it.
fn time_next(path: &str, samples: usize) -> Result<Histogram<u64>> {
    let desk = desk(path)?;
    let anyone = Claimant { more_grief: true, ..Claimant::new("ann") };
    let colleagues = [
        anyone.clone(),
        Claimant { languages: vec!["pl".to_owned()], ..anyone.clone() },
        Claimant { skills: Label::Advice.into(), ..anyone.clone() },
        Claimant { skills: Label::Grief.into(), languages: vec!["de".to_owned()], ..anyone },
    ];
    let mut times = Histogram::new(3)?;
    for sample in 0..samples {
        let colleague = &colleagues[sample % colleagues.len()];
        let started = Instant::now();
        let next = desk.next(colleague, now())?;
        times.record(started.elapsed().as_nanos() as u64)?;
        ensure!(matches!(next, Next::Claimed(_)), "nobody waits for {colleague:?}");
    }
    Ok(times)
}
