"""Readers who listen to `/live/`, thousands in one process: started by `live.py`, which speaks to it in lines of JSON.

Each is a connection that reads what it is told, knows where it stands, and comes back when it is cut off after the time
that it was told, as a browser does. They ask from several loopback addresses, so that ports suffice, and each says, as
a proxy on this machine would, that it asks for somebody else.

    {"do": "open", "count": 1000, "seconds": 60}    let so many more listen, and wait until they do
    {"do": "wait", "version": 41, "seconds": 15}    wait until all of them are connected and know that version
    {"do": "report"}                                say what they were told, and when, by the clock of all processes
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import uvloop

AT_ONCE = 200  # connections that are being opened; more would only stand in the kernel's line
OF_AN_ADDRESS = 5_000  # readers, of the 28,000 ports that it has by default
BLOCK = re.compile(rb"id: \S+=(\d+)\n(?:data: (\{[^\n]*\})\n)?\n")
RETRY = re.compile(rb"retry: (\d+)\n")
LOOK_EVERY = 0.05  # seconds


@dataclass
class Readers:
    """All readers, and what they were told."""

    port: int
    topic: str
    all: list[Reader] = field(default_factory=list)
    told_at: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    mistakes: Counter[str] = field(default_factory=Counter)
    connecting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def open(self, count: int, seconds: float) -> dict[str, Any]:
        """Let so many more listen; say how many do, and after how many seconds, so many at most."""
        began = time.monotonic()
        new = [Reader(self, len(self.all) + number) for number in range(count)]
        self.all += new
        for reader in new:
            reader.connect()
        while not all(reader.is_listening for reader in new) and time.monotonic() - began < seconds:
            await asyncio.sleep(LOOK_EVERY)
        return {"seconds": time.monotonic() - began, "listen": sum(reader.is_listening for reader in new)}

    async def wait(self, version: int, seconds: float) -> dict[str, Any]:
        """Wait until all are connected and know a version, so many seconds at most; say when, and how many they are."""
        until = time.monotonic() + seconds
        while not all(map(_knows(version), self.all)) and time.monotonic() < until:
            await asyncio.sleep(LOOK_EVERY)
        know = sum(map(_knows(version), self.all))
        return {"at": time.monotonic(), "listen": sum(reader.is_listening for reader in self.all), "know": know}

    async def report(self) -> dict[str, Any]:
        """Say what was told when, by version, and what went wrong."""
        return {"told_at": self.told_at, "mistakes": self.mistakes}


def _knows(version: int) -> Any:
    return lambda reader: reader.is_listening and reader.version == version


class Reader(asyncio.Protocol):
    """One reader, through all their connections."""

    def __init__(self, readers: Readers, number: int) -> None:
        self.readers = readers
        self.number = number
        self.version = -1
        self.is_listening = False
        self.rest = b""
        self.retry = 1.0

    def connect(self) -> None:
        """Begin to listen."""
        asyncio.ensure_future(self._connect())  # noqa: RUF006 - the loop keeps it while it waits for its turn

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        address = f"127.0.0.{2 + self.number // OF_AN_ADDRESS}"
        try:
            async with self.readers.connecting:
                await loop.create_connection(lambda: self, "127.0.0.1", self.readers.port, local_addr=(address, 0))
        except OSError:
            loop.call_later(self.retry, self.connect)

    def connection_made(self, transport: Any) -> None:
        """Ask, from where one stands."""
        self.rest = b""
        client = f"10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}"
        last = f"Last-Event-ID: {self.readers.topic}={self.version}\r\n" if self.version >= 0 else ""
        transport.write(
            f"GET /live/?topic={self.readers.topic} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-Forwarded-For: {client}\r\n{last}\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take what is told."""
        now = time.monotonic()
        data = self.rest + data
        if not self.is_listening:
            self._begin(data)
        end = 0
        for block in BLOCK.finditer(data):
            end = block.end()
            self._take(int(block[1]), block[2], now)
        self.rest = data[end:]

    def connection_lost(self, exception: Exception | None) -> None:
        """Come back, each at their own time."""
        self.is_listening = False
        asyncio.get_running_loop().call_later(self.retry, self.connect)

    def _begin(self, data: bytes) -> None:
        found = RETRY.search(data)
        if found:
            self.retry = int(found[1]) / 1000
            self.is_listening = True
        elif not data.startswith(b"HTTP/1.1 200 "):
            self.readers.mistakes[f"answered {data[9:12].decode()}"] += 1

    def _take(self, version: int, data: bytes | None, now: float) -> None:
        if data is None:
            if self.version >= 0 and version != self.version:
                self.readers.mistakes["told to stand elsewhere"] += 1
            self.version = version
            return
        is_many = b'"change":"many-changes"' in data
        if b'"change":"lost-track"' in data:
            self.readers.mistakes["lost track"] += 1
        elif version <= self.version:
            self.readers.mistakes["told twice"] += 1
        elif version > self.version + 1 and not is_many:
            self.readers.mistakes["missed"] += 1
        self.version = version
        self.readers.told_at[version].append(now)


async def serve(port: int, topic: str) -> None:
    """Do what is asked for, line by line, until nobody asks any more."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    readers = Readers(port, topic)
    while line := await lines.readline():
        wish = json.loads(line)
        print(json.dumps(await getattr(readers, wish.pop("do"))(**wish)), flush=True)


def main() -> None:
    """Read where to listen to what."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--topic", required=True)
    given = options.parse_args()
    random.seed(1)
    uvloop.run(serve(given.port, given.topic))


if __name__ == "__main__":
    main()
