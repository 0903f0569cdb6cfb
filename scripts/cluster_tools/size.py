"""What posts cost: bytes on streams, rows and bytes on a desk, memory and processor time of a node.

Servers of its own are started on loopback, with ports that are free, in a folder that is gone afterwards. Rates are not
measured: publisher, servers and node share the machine.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import Trouble, servers, streams


@dataclass
class Node:
    """What a node that has ended took: seconds of processor, resident bytes, its own statistics."""

    cpu: float
    memory: int
    stats: dict


def measure(file: Path) -> None:
    """Sends the posts of `file` through a desk and a sink, and prints a table."""
    if not Path(os.environ["HEARKEN_BINARY"]).exists():
        raise Trouble(f"{os.environ['HEARKEN_BINARY']} isn't there: scripts/hearken --version builds it")
    with tempfile.TemporaryDirectory(prefix="hearken-size-") as folder:
        folder = Path(folder)
        folder.chmod(0o711)
        nats_port, postgres_port = free_ports()
        servers.start(folder, "127.0.0.1", nats_port, postgres_port)
        try:
            measure_with(folder, file, postgres_port)
        finally:
            servers.stop(folder)


def measure_with(folder: Path, file: Path, postgres_port: int) -> None:
    node = servers.settings(folder)
    broker = servers.pid_of(folder / "nats.pid")
    database = servers.pid_of(folder / "postgres/postmaster.pid")
    sql = Sql(servers.socket_folder(folder), postgres_port)

    began = cpu_of(broker)
    asyncio.run(streams.publish(node, [file]))
    published, posts = cpu_of(broker) - began, state(node, "posts")
    count = posts["messages"]

    def row(what: str, figure: str) -> None:
        print(f"{what:<58} {figure}", flush=True)

    def a_post(seconds: float) -> str:
        return f"{seconds / count * 1e6:,.1f} µs a post"

    row("posts on the stream", f"{count:,}")
    row("bytes of a line", f"{average_line(file):.0f}")
    row("bytes of a post on the stream, with subject and id", f"{posts['bytes'] / count:.0f}")
    row("processor of NATS for publishing, one message each", a_post(published))

    for model in ("fast", "cascade"):
        sink = node["HEARKEN_SOURCE"].split("?")[0] + "?subject=triaged"
        began, results = cpu_of(broker), state(node, "triaged")
        done = run(node, model, f"results-{model}", ["--output", "annotated", "--sink", sink])
        added, size = (state(node, "triaged")[key] - results[key] for key in ("messages", "bytes"))
        row(f"{model}, sink: results, bytes of each on the stream", f"{added:,}, {size / added:.0f}")
        row(f"{model}, sink: memory and processor of the node", f"{done.memory / 1e6:.0f} MB, {a_post(done.cpu)}")
        row(f"{model}, sink: processor of NATS", a_post(cpu_of(broker) - began))

    for model in ("fast", "cascade"):
        began, log = cpu_of(database), sql.log()
        # A desk of its own, which knows none of the posts yet.
        done = run(node, model, f"desk-{model}", ["--desk", f"{node['HEARKEN_DESK']}?schema={model}"])
        row(f"{model}, desk: memory and processor of the node", f"{done.memory / 1e6:.0f} MB, {a_post(done.cpu)}")
        row(f"{model}, desk: processor of PostgreSQL", a_post(cpu_of(database) - began))
        row(f"{model}, desk: write-ahead log", f"{(sql.log() - log) / count:,.0f} bytes a post")
    sql.ask("VACUUM ANALYZE")
    total = 0
    for table, rows, size in sql.tables("cascade"):
        total += size
        if rows:
            row(f"  {table}: rows, bytes with indexes", f"{rows:,} ({rows / count:.4f} a post), {size:,}")
    row("desk in all", f"{total:,} bytes, {total / count:,.0f} a post")
    counts = {key: value for key, value in done.stats.items() if isinstance(value, int) and value}
    row("what became of posts", json.dumps(counts))


def run(node: dict[str, str], model: str, consumer: str, more: list[str]) -> Node:
    """Runs a node over the whole stream, as a consumer of its own, and ends it when all is acknowledged."""
    settings = {**os.environ, **node, "HEARKEN_SOURCE": node["HEARKEN_SOURCE"].replace("triage", consumer)}
    del settings["HEARKEN_DESK"]
    command = [settings["HEARKEN_BINARY"], "run", "--model", model, "--stats", "json", *more]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=said)
        while not idle(node, consumer):
            if process.poll() is not None:
                said.seek(0)
                raise Trouble(f"the node has ended: {said.read().decode(errors='replace').strip()}")
            time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        stats = [line for line in said.read().decode().splitlines() if line.startswith("{")]
    if process.returncode != 0 or not stats:
        raise Trouble(f"the node ended with status {process.returncode}")
    return Node(used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, json.loads(stats[-1]))


def idle(node: dict[str, str], consumer: str) -> bool:
    todo = state(node, "posts")["consumers"].get(consumer)
    return todo is not None and todo["waiting"] == 0 and todo["under_way"] == 0


def state(node: dict[str, str], name: str) -> dict:
    async def ask() -> dict:
        async with streams.connected(node) as jetstream:
            return await streams.state(jetstream, name)

    return asyncio.run(ask())


def cpu_of(pid: int) -> float:
    """Seconds of processor of a process and its children, those that have ended too."""
    ticks = 0
    for process in [pid, *(int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += sum(int(field) for field in fields[11 : 15 if process == pid else 13])
    return ticks / os.sysconf("SC_CLK_TCK")


@dataclass
class Sql:
    """The desk's database, seen by its superuser."""

    host: str
    port: int

    def ask(self, query: str) -> list[list[str]]:
        where = ["--host", self.host, "--port", str(self.port), "--username", "postgres", "--dbname", "desks"]
        command = [servers.program_of("psql"), *where, "--no-psqlrc", "--tuples-only", "--no-align", "--command", query]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Trouble(f"psql: {done.stderr.strip()}")
        return [line.split("|") for line in done.stdout.splitlines()]

    def log(self) -> int:
        return int(self.ask("SELECT pg_current_wal_lsn() - '0/0'")[0][0])

    def tables(self, schema: str) -> list[tuple[str, int, int]]:
        """Name, rows, and bytes with indexes of each table of a desk."""
        names = self.ask(
            "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
            f"WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r' ORDER BY 2 DESC"
        )
        return [(name, int(self.ask(f"SELECT count(*) FROM {schema}.{name}")[0][0]), int(size)) for name, size in names]


def average_line(file: Path) -> float:
    lengths = [len(line) for line in streams.lines(file)]
    return sum(lengths) / len(lengths)


def free_ports() -> tuple[int, int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports[0], ports[1]
