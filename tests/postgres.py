"""A PostgreSQL server of the run's own, which ends with the run, even when that is killed, and leaves no trace."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests import places, programs

TEMPLATE = "broadsheet_template"
PATIENCE = 60  # seconds for a start or a stop
# Nothing of a test outlives the run, so nothing has to reach a disk; a benchmark may want that it does.
ON_NO_DISK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
ON_DISK = dict.fromkeys(ON_NO_DISK, "on")
OPTIONS = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "250",
    "shared_buffers": "64MB",
    "max_parallel_workers_per_gather": "0",  # a container's shared memory may be too small for them
    "jit": "off",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
}


@contextmanager
def administration() -> Iterator[psycopg.Connection]:
    """Connect to the run's server as the one who may create and drop databases."""
    with psycopg.connect(dbname="postgres", autocommit=True, **_address()) as connection:
        yield connection


class PostgresServer:
    """The server at the address in TEST_POSTGRES. The cluster it starts with is made once and kept as an archive."""

    def __init__(self, parent: Path | None = None, *, durability: Mapping[str, str] = ON_NO_DISK) -> None:
        """Its data lie in a folder of the run's, or in one below `parent`."""
        binaries = programs.find_postgres()
        if binaries is None:
            raise RuntimeError("PostgreSQL's initdb and postgres were not found; `make test` says how to get them.")
        self.binaries = binaries
        self.options = OPTIONS | durability
        self.folder = (parent or places.run_folder()) / "postgres"
        self.cluster = self.folder / "cluster"
        self.account = _account()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, archive: Path) -> None:
        """Bring up the cluster kept in `archive`."""
        self._make_folder()
        with tarfile.open(archive) as kept:
            # Python before 3.11.4 (Debian 12) has no filters; the archive is our own.
            kept.extractall(self.folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))  # noqa: S202
        self._own(self.folder)
        self._run()

    def stop(self) -> None:
        """End the server, its data complete, and remove the folder."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_empty(self, database: str) -> None:
        """Bring up a new cluster with an empty database of that name."""
        self._make_folder()
        self._call("initdb", f"--pgdata={self.cluster}", "--username=broadsheet", "--encoding=UTF8", "--locale=C.UTF-8",
                   "--auth-host=scram-sha-256", "--auth-local=trust", "--wal-segsize=1")  # fmt: skip
        self._run()
        with administration() as connection:
            connection.execute(f'CREATE DATABASE "{database}"')

    def make(self, archive: Path, migrate: Callable[[str], None]) -> None:
        """Write an archive of a new cluster with a template that `migrate` has filled."""
        try:
            self.start_empty(TEMPLATE)
            migrate(TEMPLATE)
            self._end()
            with tarfile.open(archive, "w") as kept:
                kept.add(self.cluster, "cluster")
        finally:
            self.stop()

    def version(self) -> str:
        """Return the server's version: a cluster fits no other."""
        answer = subprocess.run([self.binaries / "postgres", "--version"], capture_output=True, text=True, check=True)
        return answer.stdout.split()[2]

    def _make_folder(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700)
        self._own(self.folder)

    def _own(self, folder: Path) -> None:
        """Give `folder` to the account the server runs as; the cluster's own folder is nobody else's business."""
        if self.account:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, self.account["user"], self.account["group"], follow_symlinks=False)
        if self.cluster.exists():
            self.cluster.chmod(0o700)

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run([self.binaries / program, *arguments], cwd=self.folder, capture_output=True, text=True,
                              check=False, **self.account)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _run(self) -> None:
        address = _address()
        options = self.options | {"port": str(address["port"]), "unix_socket_directories": str(self.folder)}
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.cluster, *(f"--{name}={value}" for name, value in options.items())],
            cwd=self.folder, stdout=log, stderr=log, preexec_fn=_end_with_parent, **self.account,
        )  # fmt: skip
        log.close()
        # The socket is in a folder that only we may enter; the port is open to all on this machine: a password.
        with self._first_connection(address["port"]) as connection:
            connection.execute(f"ALTER ROLE broadsheet PASSWORD '{address['password']}'")

    def _first_connection(self, port: int) -> psycopg.Connection:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg.connect(
                    dbname="postgres", user="broadsheet", host=str(self.folder), port=port, autocommit=True
                )
            except psycopg.OperationalError:
                if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("PostgreSQL does not start:\n" + (self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def _end(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)  # cuts connections, writes everything
            self.process.wait(PATIENCE)
            self.process = None


def _address() -> dict[str, Any]:
    parts = urlsplit(os.environ["TEST_POSTGRES"])
    return {"user": parts.username, "password": parts.password, "host": parts.hostname, "port": parts.port}


def _account() -> dict[str, Any]:
    """Return whom the server runs as, in the words of `subprocess`: it refuses root, who lends it an account."""
    if os.geteuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        entry = pwd.getpwnam("nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


# Loaded before the fork that calls it.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PARENT_DEATH_SIGNAL = 1


def _end_with_parent() -> None:
    """Ask Linux to end the server when the process that started it dies, however it dies."""
    if _libc is not None:
        _libc.prctl(_PARENT_DEATH_SIGNAL, signal.SIGQUIT)
