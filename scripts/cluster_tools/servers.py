"""NATS and PostgreSQL in a folder: started, stopped, and told to nodes in `node.env`.

Both want a secret, which is made once and kept in `node.env`. They listen at one address, without TLS: for a network
that is yours alone. Started again they go on with what they hold.
"""

import asyncio
import contextlib
import os
import pwd
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from . import Trouble, streams

SOURCE = "nats://{host}?stream=posts&consumer=triage&dead-letter=rejected"


def start(folder: Path, address: str, nats_port: int, postgres_port: int) -> None:
    """Starts both at `address`, makes the streams and the database, and writes `node.env`."""
    # PostgreSQL refuses to run as root; whoever it runs as must get at its folder.
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    token, password = secrets_of(folder)
    nats(folder, address, nats_port, token)
    postgres(folder, address, postgres_port, password)
    host = address if nats_port == 4222 else f"{address}:{nats_port}"
    node = {
        "ORT_DISABLE_TELEMETRY": "1",
        "HEARKEN_SOURCE": SOURCE.format(host=host),
        "HEARKEN_NATS_TOKEN": token,
        "HEARKEN_DESK": f"postgres://hearken:{password}@{address}:{postgres_port}/desks",
    }
    lines = "".join(f"{name}={shlex.quote(value)}\n" for name, value in node.items())
    write(folder / "node.env", lines)
    asyncio.run(streams.make(node))
    print(f"NATS and PostgreSQL listen at {address}; {folder / 'node.env'} has what a node must know.")


def stop(folder: Path) -> None:
    """Stops what runs, cleanly; it is an error if nothing does."""
    running = [pid for pid in (pid_of(folder / "nats.pid"), pid_of(folder / "postgres/postmaster.pid")) if pid]
    if not running:
        raise Trouble(f"nothing runs in {folder}")
    for pid in running:
        os.kill(pid, signal.SIGINT)
    wait(lambda: not any(alive(pid) for pid in running), "they have not stopped within 30 s")


def settings(folder: Path) -> dict[str, str]:
    """What `node.env` says."""
    try:
        lines = (folder / "node.env").read_text().splitlines()
    except FileNotFoundError:
        raise Trouble(f"{folder / 'node.env'} isn't there: scripts/cluster start ADDRESS writes it") from None
    return {name: shlex.split(value)[0] for name, value in (line.split("=", 1) for line in lines)}


def secrets_of(folder: Path) -> tuple[str, str]:
    """The token of NATS and the password of PostgreSQL: those that are known, or new ones."""
    if (folder / "node.env").exists():
        known = settings(folder)
        return known["HEARKEN_NATS_TOKEN"], re.search(r"hearken:([0-9a-f]+)@", known["HEARKEN_DESK"])[1]
    return secrets.token_hex(16), secrets.token_hex(16)


def nats(folder: Path, address: str, port: int, token: str) -> None:
    if (pid := pid_of(folder / "nats.pid")) is not None:
        raise Trouble(f"NATS runs in {folder} already, as process {pid}: scripts/cluster stop ends it")
    bundled = Path(os.environ["HEARKEN_PROJECT"]) / ".runtime/nats-server"
    found = bundled if bundled.exists() else shutil.which("nats-server")
    program = os.environ.get("HEARKEN_NATS_SERVER") or found
    if not program:
        raise Trouble("there is no nats-server: scripts/setup --tests brings one, and PostgreSQL")
    jetstream = f'jetstream {{ store_dir: "{folder}/nats" }}'
    write(folder / "nats.conf", f'listen: "{address}:{port}"\nauthorization {{ token: "{token}" }}\n{jetstream}\n')
    command = [program, "--config", folder / "nats.conf", "--pid", folder / "nats.pid", "--log", folder / "nats.log"]
    server = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(lambda: answers(address, port) or server.poll() is not None, f"NATS doesn't answer; see {folder / 'nats.log'}")
    if server.poll() is not None:
        raise Trouble(f"NATS has ended; {folder / 'nats.log'} says why")


def postgres(folder: Path, address: str, port: int, password: str) -> None:
    data = folder / "postgres"
    as_user = {}
    if os.geteuid() == 0:
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        data.mkdir(mode=0o700, exist_ok=True)
        owner = pwd.getpwnam("postgres")
        os.chown(data, owner.pw_uid, owner.pw_gid)

    def run(program: str, *given: str, **more: object) -> None:
        done = subprocess.run([program_of(program), *given], text=True, capture_output=True, cwd="/", **more)
        if done.returncode != 0:
            raise Trouble(f"{program}: {done.stderr.strip() or done.stdout.strip()}")

    if fresh := not (data / "PG_VERSION").exists():
        run("initdb", f"--pgdata={data}", "--auth=trust", "--username=postgres", "--encoding=UTF8", **as_user)
        # Nobody but hearken, with the password, from wherever it is reached; the superuser by the socket alone.
        rules = "local all postgres trust\nhost desks hearken all scram-sha-256\n"
        (data / "pg_hba.conf").write_text(rules)
    where = socket_folder(folder)
    options = f"-c listen_addresses={address} -c port={port} -c unix_socket_directories={where}"
    log = str(data / "server.log")
    # What the server writes is no pipe of ours, which would stay open as long as it runs.
    started = subprocess.run(
        [program_of("pg_ctl"), "start", "--wait", "--pgdata", data, "--log", log, "--options", options],
        cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user,
    )  # fmt: skip
    if started.returncode != 0:
        raise Trouble(f"PostgreSQL doesn't start; {log} says why")
    if fresh:
        # hearken is no superuser, for whom the walls between tenants don't hold.
        role = f"CREATE ROLE hearken LOGIN PASSWORD '{password}'"
        for sql in (role, "CREATE DATABASE desks OWNER hearken"):
            run("psql", f"--host={where}", f"--port={port}", "--username=postgres", "--quiet", f"--command={sql}")


def socket_folder(folder: Path) -> str:
    """Where the socket of PostgreSQL is: its data's folder, or where that name is too long for one, /tmp."""
    return str(folder / "postgres") if len(str(folder)) < 80 else "/tmp"


def program_of(name: str) -> str:
    """A program of PostgreSQL; Debian keeps the server's off the path."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    found = shutil.which(name) or (str(newest[-1]) if newest else None)
    if not found:
        raise Trouble(f"there is no {name}: scripts/setup --tests installs PostgreSQL on Debian")
    return found


def write(path: Path, text: str) -> None:
    """Writes what others must not read."""
    path.touch(mode=0o600)
    path.write_text(text)


def pid_of(path: Path) -> int | None:
    """The process that a file names, if it runs."""
    try:
        pid = int(path.read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    return pid if alive(pid) else None


def alive(pid: int) -> bool:
    # One of ours that has ended would else be there until we are gone.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait(until: Callable[[], bool], trouble: str) -> None:
    deadline = time.monotonic() + 30
    while not until():
        if time.monotonic() > deadline:
            raise Trouble(trouble)
        time.sleep(0.05)
