//! A PostgreSQL server of the tests' own: in a folder of its own, on a socket in it, gone when the tests are.

use std::env;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Says that tests go without PostgreSQL where it is not installed, instead of failing.
const WITHOUT: &str = "HEARKEN_TEST_WITHOUT_POSTGRES";

/// Serves until its standard input ends, as it does with the process that holds the other end, however that dies. The desk's role is
/// none that may do everything: such a one would see through the fence between tenants.
const SERVE: &str = r#"
set -eu
bin=$1
dir=$(mktemp -d)
trap '"$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >/dev/null
options="-c listen_addresses='' -c unix_socket_directories=$dir -c fsync=off -c max_connections=200 -c log_min_messages=fatal"
control() { "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" "$@" >/dev/null </dev/null; }
control -w start -o "$options"
"$bin/psql" -q -h "$dir" -U postgres -c 'CREATE ROLE hearken LOGIN' -c 'CREATE DATABASE desks OWNER hearken' postgres
echo "$dir"
while read -r command; do
    case $command in
        crash) control -w -m immediate restart ;;
        stop) control -w -m fast stop ;;
        # Like one that has much to recover from: it takes connections, and says that it is starting up.
        start) touch "$dir/data/recovery.signal"; control -W start -o "$options -c restore_command='sleep 1; false'" ;;
    esac
    echo "done"
done
"#;

/// A running server.
pub(crate) struct Server {
    pub(crate) dir: PathBuf,
    said: BufReader<std::process::ChildStdout>,
    commands: Option<ChildStdin>,
    process: Child,
}

impl Server {
    /// Starts one; none where PostgreSQL isn't installed and the tests may go without.
    pub(crate) fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            let may = env::var_os(WITHOUT).is_some();
            assert!(
                may,
                "PostgreSQL is not installed (on Debian: apt-get install postgresql); {WITHOUT}=1 goes without"
            );
            eprintln!("skipped: PostgreSQL is not installed");
            return None;
        };
        // It refuses to be root's.
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", SERVE, "sh"]).arg(bin).current_dir("/");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut dir = String::new();
        said.read_line(&mut dir).unwrap();
        assert!(!dir.is_empty(), "the server didn't start");
        Some(Self { dir: dir.trim_end().into(), said, commands: process.stdin.take(), process })
    }

    /// The URL of a desk in a schema.
    pub(crate) fn url(&self, schema: &str) -> String {
        format!("postgres://hearken@/desks?host={}&schema={schema}", self.dir.display())
    }

    /// The same for whoever runs the server.
    pub(crate) fn superuser(&self) -> String {
        format!("postgres://postgres@/desks?host={}", self.dir.display())
    }

    /// Ends all processes of the server at once, in whatever they are doing, and starts it again.
    pub(crate) fn crash(&mut self) {
        self.control("crash\n");
    }

    /// Ends it as whoever looks after it would.
    #[allow(dead_code, reason = "the command's tests do")]
    pub(crate) fn stop(&mut self) {
        self.control("stop\n");
    }

    /// Starts it again. For some seconds it tells whoever connects that it is starting up.
    #[allow(dead_code, reason = "the command's tests do")]
    pub(crate) fn start_slowly(&mut self) {
        self.control("start\n");
    }

    fn control(&mut self, command: &str) {
        self.commands.as_mut().unwrap().write_all(command.as_bytes()).unwrap();
        let mut answer = String::new();
        self.said.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n", "{command}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.commands.take());
        drop(self.process.wait());
    }
}

/// Where the server's programs are: on the path, or where Debian has them, the newest.
fn programs() -> Option<PathBuf> {
    let on_path = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let mut of_debian: Vec<PathBuf> = Path::new("/usr/lib/postgresql")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    of_debian.sort_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    let programs = ["initdb", "pg_ctl", "postgres", "psql"];
    on_path.chain(of_debian).find(|bin| programs.iter().all(|program| bin.join(program).is_file()))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}
