//! What cargo hands to a benchmark that has no criterion round it.

/// Flags that cargo passes, to be flattened into a benchmark's own.
#[derive(Clone, Debug, clap::Args)]
pub struct Harness {
    /// Passed by `cargo bench`; without it the run is a test.
    #[arg(long, hide = true)]
    bench: bool,
    /// Runs a tiny version once and asserts only what doesn't depend on the machine, as `cargo test --benches` does
    #[arg(long)]
    test: bool,
    /// Runs only if the benchmark's name contains one of these
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Common to all test programs; there is nothing to capture here.
    #[arg(long, hide = true)]
    nocapture: bool,
}

impl Harness {
    /// Whether to assert only, in little time, and measure nothing.
    pub fn is_test(&self) -> bool {
        self.test || !self.bench
    }

    /// Whether the names on the command line ask for another benchmark.
    pub fn skips(&self, name: &str) -> bool {
        !self.names.is_empty() && !self.names.iter().any(|part| name.contains(part.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Args {
        #[command(flatten)]
        harness: Harness,
    }

    fn harness(args: &[&str]) -> Harness {
        Args::parse_from(["bench"].iter().chain(args)).harness
    }

    #[test]
    fn only_cargo_bench_measures() {
        assert!(!harness(&["--bench"]).is_test());
        assert!(harness(&[]).is_test() && harness(&["--test"]).is_test() && harness(&["--bench", "--test"]).is_test());
    }

    #[test]
    fn names_choose_benchmarks() {
        assert!(!harness(&[]).skips("latency") && !harness(&["late"]).skips("latency"));
        assert!(harness(&["stage", "--nocapture"]).skips("latency"));
    }
}
