"""Streams of posts and of results: made, filled, looked at."""

import asyncio
import contextlib
import gzip
import hashlib
import json
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nats
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import APIError, NotFoundError

from . import Trouble

# Messages on the way, as many as the sink of a node has.
ON_THE_WAY = 1024

WEEK = 7 * 24 * 60 * 60


@contextlib.asynccontextmanager
async def connected(node: dict[str, str]) -> AsyncIterator[JetStreamContext]:
    host = urlsplit(node["HEARKEN_SOURCE"]).netloc
    try:
        token = node["HEARKEN_NATS_TOKEN"]
        client = await nats.connect(f"nats://{host}", token=token, allow_reconnect=False, connect_timeout=5)
    except Exception as error:
        raise Trouble(f"NATS at {host}: {error}") from error
    try:
        yield client.jetstream(timeout=10)
    finally:
        await client.close()


async def make(node: dict[str, str]) -> None:
    """Makes `posts` and `triaged`, unless they are there."""
    posts = StreamConfig(name="posts", subjects=["posts", "posts.>"], max_age=WEEK)
    triaged = StreamConfig(name="triaged", subjects=["triaged", "rejected"], max_age=WEEK, duplicate_window=3600)
    async with connected(node) as jetstream:
        for stream in (posts, triaged):
            try:
                await jetstream.stream_info(stream.name)
            except NotFoundError:
                await jetstream.add_stream(stream)


async def publish(node: dict[str, str], files: list[Path]) -> None:
    """Publishes each line, to `posts.AUTHOR` with the author as a digest, by which a stream can be cut into partitions.

    A post that has an id is known by it.
    """
    started, count = time.monotonic(), 0
    async with connected(node) as jetstream:
        batch = []
        for line in (line for file in files or [None] for line in lines(file)):
            batch.append(send(jetstream, line))
            count += 1
            if len(batch) == ON_THE_WAY:
                await asyncio.gather(*batch)
                batch = []
        await asyncio.gather(*batch)
    print(f"{count:,} posts are on the stream, after {time.monotonic() - started:.1f} s.", file=sys.stderr)


async def send(jetstream: JetStreamContext, line: bytes) -> None:
    author, known_as = keys(line)
    headers = {"Nats-Msg-Id": known_as} if known_as else None
    for patience in (0.1, 1.0, 10.0, None):
        try:
            await jetstream.publish(f"posts.{author}", line, headers=headers)
            return
        except (APIError, nats.errors.TimeoutError) as error:
            # Known by its id, it may be sent again.
            if patience is None:
                raise Trouble(f"the stream doesn't take posts: {error}") from error
            await asyncio.sleep(patience)


def keys(line: bytes) -> tuple[str, str | None]:
    """The subject's part for the author of a post, and the id of its message; of a line that is no post as well."""
    try:
        post = json.loads(line)
        platform, post_id, author = (post.get(key) for key in ("platform", "id", "author"))
    except (ValueError, AttributeError):
        platform = post_id = author = None
    whose = author or post_id or line.decode(errors="replace")
    return digest(platform, whose), digest(platform, post_id) if post_id else None


def digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def lines(file: Path | None) -> Iterator[bytes]:
    """Lines that aren't empty."""
    if file is None:
        yield from (line.rstrip(b"\n") for line in sys.stdin.buffer if line.strip())
        return
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as opened:
            yield from (line.rstrip(b"\n") for line in opened if line.strip())
    except OSError as error:
        raise Trouble(f"{file}: {error.strerror or error}") from error


async def info(node: dict[str, str]) -> None:
    """Prints a JSON object a stream, with its consumers."""
    async with connected(node) as jetstream:
        for name in ("posts", "triaged"):
            print(json.dumps(await state(jetstream, name)))


async def state(jetstream: JetStreamContext, name: str) -> dict[str, object]:
    stream = await jetstream.stream_info(name)
    consumers = {
        consumer.name: {"waiting": consumer.num_pending, "under_way": consumer.num_ack_pending}
        for consumer in await jetstream.consumers_info(name)
    }
    return {"stream": name, "messages": stream.state.messages, "bytes": stream.state.bytes, "consumers": consumers}
