"""nginx and Varnish in front of a publication, run by the very files that docs/operate/cdn.md shows."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.places import ROOT, free_port
from tests.programs import find_nginx, find_varnish

EXAMPLES = ROOT / "docs" / "operate" / "examples"
HOST = "slipway.example"
SOON = 15.0
READER = "127.0.0.7"  # where readers come from; Broadsheet and what it trusts are at 127.0.0.1


@dataclass(frozen=True)
class Answer:
    """What a reader got; the headers by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The body, which came unpacked."""
        return self.body.decode()


@dataclass(frozen=True)
class InFront:
    """A cache that runs: where readers ask, and where it takes PURGE."""

    name: str
    port: int
    purge_port: int
    is_encrypted: bool

    def line(self, source: str = READER) -> http.client.HTTPConnection:
        """Return a reader's connection."""
        about = {"timeout": SOON, "source_address": (source, 0)}
        if not self.is_encrypted:
            return http.client.HTTPConnection("127.0.0.1", self.port, **about)  # type: ignore[arg-type]
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=trusting, **about)  # type: ignore[arg-type]

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        """Ask as a reader does, on a connection of one's own."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self.line()) as line:
            line.request(method, path, body=body, headers={"Host": HOST, **named})
            return _answer(line.getresponse())

    def purge(self, path: str, *, port: int | None = None, source: str = "127.0.0.1") -> int:
        """Ask to forget a page, and return the status of the answer."""
        at = http.client.HTTPConnection("127.0.0.1", port or self.purge_port, timeout=SOON, source_address=(source, 0))
        with closing(at) as line:
            line.request("PURGE", path, headers={"Host": HOST})
            return line.getresponse().status


def _answer(answer: http.client.HTTPResponse) -> Answer:
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, headers, answer.read(), answer.headers.get_all("Set-Cookie", []))


@contextmanager
def varnish(folder: Path, backend: int, purge_port: int) -> Iterator[InFront]:
    """Run Varnish in front of what listens on `backend`."""
    program = find_varnish()
    assert program, "Varnish was not found; `make test` says how to get it"
    port = free_port()
    file = _example("broadsheet.vcl", folder, {'"8000"': f'"{backend}"'})
    listening = ["-a", f"readers=127.0.0.1:{port},HTTP", "-a", f"purge=127.0.0.1:{purge_port},HTTP"]
    words = [program, "-F", "-j", "none", "-n", str(folder / "run"), "-f", str(file), "-s", "malloc,64m", *listening]
    with _running(words, folder, port):
        yield InFront("varnish", port, purge_port, is_encrypted=False)


@contextmanager
def nginx(folder: Path, backend: int, purge_port: int) -> Iterator[InFront]:
    """Run nginx in front of what listens on `backend`."""
    program = find_nginx()
    assert program, "nginx was not found; `make test` says how to get it"
    port = free_port()
    certificate, key = make_certificate(folder)
    file = _example(
        "broadsheet-nginx.conf",
        folder,
        {
            "127.0.0.1:8000": f"127.0.0.1:{backend}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "127.0.0.1:8081": f"127.0.0.1:{purge_port}",
            "/var/cache/nginx/broadsheet": str(folder / "kept"),
            "/etc/letsencrypt/live/slipway.example/fullchain.pem": str(certificate),
            "/etc/letsencrypt/live/slipway.example/privkey.pem": str(key),
        },
    )
    with running_nginx(program, folder, f"include {file};", port):
        yield InFront("nginx", port, purge_port, is_encrypted=True)


@contextmanager
def running_nginx(program: str, folder: Path, in_http: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run nginx with one worker, with what stands in its block `http`."""
    lines = [
        "daemon off;" if os.geteuid() else "daemon off; user root;",
        f"worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;",
        "events { worker_connections 1024; }",
        f"http {{ access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;",
        f"fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; {in_http} }}",
    ]
    main = folder / "main.conf"
    main.write_text("\n".join(lines))
    with _running([program, "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(main)], folder, port) as process:
        yield process


@contextmanager
def _running(words: list[str], folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that listens on `port`; whatever it started ends with it."""
    log = folder / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file, start_new_session=True)
    try:
        deadline = time.monotonic() + SOON
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{words[0]} does not start:\n{log.read_text()}")
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(SOON)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _example(name: str, folder: Path, places: Mapping[str, str]) -> Path:
    """Return a copy of an example that is for this test's places."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for old, new in places.items():
        assert old in text, f"{name} does not say {old}"
        text = text.replace(old, new)
    copy = folder / name
    copy.write_text(text, encoding="utf-8")
    return copy


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of a certificate for HOST that nobody has signed, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"
