//! Real NATS servers on loopback, to be killed and started again.

use std::fs::File;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with JetStream, which is killed when this is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    arguments: Vec<String>,
    dir: TempDir,
    child: Option<Child>,
}

/// The program: where `HEARKEN_NATS_SERVER` says, or where `scripts/setup --tests` puts it.
fn program() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let program =
        std::env::var_os("HEARKEN_NATS_SERVER").map_or_else(|| project.join(".runtime/nats-server"), PathBuf::from);
    assert!(
        program.is_file(),
        "{} is no NATS server: run scripts/setup --tests, or set HEARKEN_NATS_SERVER to one",
        program.display()
    );
    program
}

/// A port that nobody has.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// A server with more arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let (port, dir) = (free_port(), tempfile::tempdir().unwrap());
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut server = Self { port, arguments, dir, child: None };
        server.restart();
        server
    }

    /// A cluster of three.
    #[allow(dead_code, reason = "the command's tests have one")]
    pub(crate) fn cluster() -> Vec<Self> {
        let routes: Vec<String> = (0..3).map(|_| format!("nats://127.0.0.1:{}", free_port())).collect();
        let start = |(index, route): (usize, &String)| {
            let name = format!("n{index}");
            let all = routes.join(",");
            Self::with(&["--server_name", &name, "--cluster_name", "c", "--cluster", route, "--routes", &all])
        };
        routes.iter().enumerate().map(start).collect()
    }

    /// `HOST:PORT`.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Ends it, and starts it anew with what it has on its disk.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let log = File::options().create(true).append(true).open(self.dir.path().join("log")).unwrap();
        let mut command = Command::new(program());
        command.args(["-a", "127.0.0.1", "-js", "-p", &self.port.to_string(), "-sd"]).arg(self.dir.path());
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        let started = Instant::now();
        while !self.answers() {
            let log = || std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            assert!(started.elapsed() < PATIENCE, "the NATS server doesn't start: {}", log());
            sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
        stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut hello = [0; 4];
        stream.read_exact(&mut hello).is_ok() && &hello == b"INFO"
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
