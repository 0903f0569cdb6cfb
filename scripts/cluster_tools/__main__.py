"""The command line of `scripts/cluster`."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from . import Trouble, servers, size, streams


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/cluster", description=__doc__)
    project = Path(os.environ["HEARKEN_PROJECT"])
    parser.add_argument("--dir", type=Path, default=project / ".cluster", help="where everything is kept [.cluster]")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="start NATS and PostgreSQL, and write node.env for nodes")
    start.add_argument("address", help="the address of this machine by which nodes reach it")
    start.add_argument("--nats-port", type=int, default=4222)
    start.add_argument("--postgres-port", type=int, default=5432)
    commands.add_parser("stop", help="stop both; what they hold stays")
    publish = commands.add_parser("publish", help="put posts on the stream; those that it has are dropped")
    publish.add_argument("files", nargs="*", type=Path, help="JSONL in the generic format, .gz too [standard input]")
    commands.add_parser("info", help="what streams hold, and what their consumers have still to do")
    sizes = commands.add_parser("size", help="measure bytes, rows, shares and memory with posts of yours")
    sizes.add_argument("file", type=Path, help="JSONL in the generic format, .gz too")
    return parser


def main() -> int:
    # Whoever reads our output has seen enough.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    given = arguments().parse_args()
    folder = given.dir.resolve()
    try:
        if given.command == "start":
            servers.start(folder, given.address, given.nats_port, given.postgres_port)
        elif given.command == "stop":
            servers.stop(folder)
        elif given.command == "publish":
            asyncio.run(streams.publish(servers.settings(folder), given.files))
        elif given.command == "info":
            asyncio.run(streams.info(servers.settings(folder)))
        else:
            size.measure(given.file)
    except Trouble as trouble:
        print(f"scripts/cluster: {trouble}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
