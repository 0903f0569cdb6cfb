//! `hearken doctor`: checks what a run needs, and says what to do about what is missing.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::Result;
use hearken::manifest::{Column, Manifest};
use hearken::model::{hex, runtime_info};
use hearken::{Error, Model, Pipeline, Post, UnsupportedLanguage, WhenFull};
use serde::Serialize;
use tracing::field::Field;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use crate::args::DoctorArgs;
use crate::models;

#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    found: String,
}

/// Prints the checks; false when one failed.
pub(crate) fn doctor(args: &DoctorArgs) -> Result<bool> {
    let name = args.model.clone().unwrap_or_else(|| PathBuf::from(models::CASCADE));
    let cascade = name == Path::new(models::CASCADE);
    let [first, careful] = models::BUILT_IN.map(Path::new);
    let mut checks = checks(if cascade { first } else { &name });
    if cascade {
        let trial = models::load(careful).and_then(|model| Ok(trial(model)?));
        checks.push(check("careful model", trial));
    }
    let ok = checks.iter().all(|check| check.ok);
    let mut out = io::stdout().lock();
    if args.json {
        let report: serde_json::Map<String, serde_json::Value> = checks
            .iter()
            .map(|check| (check.name.replace(' ', "_"), serde_json::json!({"ok": check.ok, "found": check.found})))
            .collect();
        writeln!(out, "{}", serde_json::json!({"ok": ok, "checks": report}))?;
    } else {
        for check in &checks {
            let mark = if check.ok { "ok  " } else { "FAIL" };
            writeln!(out, "{mark} {:<14} {}", check.name, check.found)?;
        }
    }
    Ok(ok)
}

fn checks(name: &Path) -> Vec<Check> {
    let mut checks = vec![
        passed("hearken", env!("CARGO_PKG_VERSION").to_owned()),
        check("runtime found", runtime_path()),
        check("runtime", runtime()),
    ];
    match models::load(name) {
        Ok(model) => {
            let manifest = model.manifest();
            let sums = &manifest.sha256;
            checks.push(passed("model", format!("{} ({})", manifest.name, name.display())));
            checks.push(passed("hears", heard(manifest)));
            checks.push(passed("thresholds", manifest.threshold_set_names().collect::<Vec<_>>().join(", ")));
            let languages = manifest.languages.as_ref().map(|codes| codes.join(", "));
            checks.push(passed("languages", languages.unwrap_or_else(|| "all; posts are not checked".to_owned())));
            checks.push(passed("model.onnx", format!("sha256 {}", sums.model)));
            checks.push(passed("tokenizer.json", format!("sha256 {}", sums.tokenizer)));
            checks.push(passed("digest", hex(&model.digest())));
            checks.push(check("trial run", trial(model)));
        }
        Err(error) => checks.push(Check { name: "model", ok: false, found: error.to_string() }),
    }
    checks.push(passed("cpu", cpu_features()));
    checks.push(check("threads", thread::available_parallelism().map(|count| count.to_string())));
    checks
}

fn passed(name: &'static str, found: String) -> Check {
    Check { name, ok: true, found }
}

fn check<E: std::fmt::Display>(name: &'static str, outcome: Result<String, E>) -> Check {
    match outcome {
        Ok(found) => passed(name, found),
        Err(error) => Check { name, ok: false, found: error.to_string() },
    }
}

#[cfg(feature = "load-dynamic")]
fn runtime_path() -> Result<String, Error> {
    hearken::runtime::locate().map(|path| path.display().to_string())
}

#[cfg(not(feature = "load-dynamic"))]
fn runtime_path() -> Result<String, Error> {
    Ok("linked into this program".to_owned())
}

/// ONNX Runtime's version and what it says of its build.
fn runtime() -> Result<String, Error> {
    let version = VersionInLog::default();
    let log = tracing_subscriber::registry().with(version.clone());
    let build = tracing::subscriber::with_default(log, runtime_info)?;
    let version = version.0.lock().ok().and_then(|mut version| version.take());
    Ok(format!("{}, {build}", version.as_deref().unwrap_or("version not known")))
}

/// Picks the version out of the message with which `ort` reports the library that it has loaded; it tells nobody else.
#[derive(Clone, Default)]
struct VersionInLog(Arc<Mutex<Option<String>>>);

impl<S: Subscriber> Layer<S> for VersionInLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        event.record(&mut |field: &Field, value: &dyn std::fmt::Debug| {
            let text = format!("{value:?}");
            let version = text.split_once("version '").and_then(|(_, rest)| rest.split_once('\''));
            if let (true, Some((version, _)), Ok(mut found)) = (field.name() == "message", version, self.0.lock()) {
                *found = Some(version.to_owned());
            }
        });
    }
}

/// What the model's columns come to.
fn heard(manifest: &Manifest) -> String {
    let heard = Column::ALL.into_iter().filter(|column| manifest.heads().any(|(_, head)| head == *column));
    let heard: Vec<&str> = heard.map(Column::name).collect();
    format!("{} ({} over {} columns)", heard.join(", "), manifest.activation, manifest.columns.len())
}

/// Judges one post from end to end, whatever language the model reads.
fn trial(model: Model) -> Result<String, Error> {
    let builder = Pipeline::builder(model).workers(1).queue(1, WhenFull::KeepBest);
    let pipeline = builder.unsupported_language(UnsupportedLanguage::Through).start()?;
    let judge = pipeline.judge().to_owned();
    // A pipeline that has failed says so in `finish`.
    let _ = pipeline.feeder().submit(Post::new("1", "My dog died at the front door. I can't stop shaking."));
    let summary = pipeline.finish()?;
    Ok(format!("{} post judged by {judge}", summary.tally.posts))
}

/// The instruction sets that matter to the model's speed.
fn cpu_features() -> String {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ("avx512vnni", std::arch::is_x86_feature_detected!("avx512vnni")),
    ];
    #[cfg(target_arch = "aarch64")]
    let features = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
        ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let features: [(&str, bool); 0] = [];
    let found: Vec<&str> = features.iter().filter(|(_, found)| *found).map(|(name, _)| *name).collect();
    format!("{} {}", std::env::consts::ARCH, found.join(" "))
}
