"""What reading costs: CPU per request and requests a second of an article, beside nginx: `python benchmarks/read.py`.

Makes a publication in a temporary home, fills one article with each number of comments, and serves it by the shipped
command with its usual settings. Each article's page, packed by gzip as browsers ask for it, is then asked for by `wrk`
(one thread, 16 connections):

- `stored`: out of the readers' page store;
- `unstored`: drawn for each request, as for somebody who has a cookie of ours;
- `Varnish`: through docs/operate/examples/broadsheet.vcl, with what the server behind it does besides;
- `nginx, Debian`: the same bytes with the same headers as a file, by nginx as Debian sets it up (with an access log);
- `nginx, tuned`: the same with open_file_cache and without the log. nginx has one worker.

All take turns, round after round, so that whatever else the machine does meets each of them alike. Printed are the
medians of the rounds: requests a second, CPU time of the server's processes per request (utime and stime in /proc),
and that divided by nginx's in the same rounds. The store aims at 2.0 times nginx as Debian has it, and 3.0 times nginx
tuned.
"""

from __future__ import annotations

import argparse
import http.client
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

from fill_thread import fill, start_django  # noqa: E402 - found by the line above
from threads import make_article  # noqa: E402

from tests.journeys.fronting import running_nginx, varnish  # noqa: E402
from tests.journeys.serving import Served, run  # noqa: E402
from tests.places import free_port  # noqa: E402
from tests.programs import find_nginx, find_varnish, find_wrk  # noqa: E402

SIZES = (100, 10_000, 100_000)
ROUNDS, SECONDS = 5, 4
CONNECTIONS = 16
TICK = 1 / os.sysconf("SC_CLK_TCK")
DEBIAN, TUNED = "nginx, Debian", "nginx, tuned"
GOALS = {DEBIAN: 2.0, TUNED: 3.0}
# As a browser asks, but for brotli, which nginx has no part in.
ASKED = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-GB,en;q=0.5",
    "Accept-Encoding": "gzip",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Site": "none",
}
# Who asks with a cookie of ours is drawn a page of their own, whatever it is worth.
KNOWN = {"Cookie": "broadsheet_guest=nobody"}
# Of an answer, or of the connection, and said by nginx itself.
NGINX_SAYS = ("connection", "content-length", "content-type", "date", "etag", "last-modified", "server")
COMMON = "sendfile on; tcp_nopush on; types {} default_type 'text/html; charset=utf-8'; gzip off;"
NGINX = {
    DEBIAN: "access_log {folder}/access.log;",
    TUNED: "open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s; open_file_cache_min_uses 1;"
    " keepalive_requests 1000000;",
}


@dataclass(frozen=True)
class Contestant:
    """Somebody who answers: where, how it is asked, and which processes that costs."""

    name: str
    size: int
    url: str
    headers: Mapping[str, str]
    processes: Callable[[], Sequence[int]]


@dataclass(frozen=True)
class Measured:
    """What one run has seen: requests a second, seconds of CPU time for each."""

    pace: float
    cpu: float


def main() -> None:
    """Make, fill, serve, ask, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--seconds", type=int, default=SECONDS, help="of each run")
    options.add_argument("--workers", type=int, default=2, help="web processes of the server; nginx has one")
    options.add_argument("--only", nargs="+", help="run those whose name begins so, such as stored")
    given = options.parse_args()
    programs = _programs()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        home = Path(folder) / "home"
        made = run(home, "init", "--name", "The Slipway", "--email", "ed@slipway.example", "--no-input")
        if made.returncode:
            sys.exit(made.stdout + made.stderr)
        paths = _fill(home, sorted(given.sizes))
        purge_port = free_port()
        settings = {
            "BROADSHEET_FRONTEND_CACHE": f"http://127.0.0.1:{purge_port}",
            "BROADSHEET_WORKERS": str(given.workers),
        }
        served = stack.enter_context(Served(home, settings=settings))
        runners = list(_contestants(stack, Path(folder), served, paths, purge_port))
        if given.only:
            runners = [one for one in runners if one.name.startswith((*given.only, "nginx"))]
        _say_where(programs, given.workers)
        report(measure(runners, programs["wrk"], given.rounds, given.seconds))


def _programs() -> dict[str, str]:
    """Find what this needs besides Python, or say what is missing."""
    found = {"wrk": find_wrk(), "nginx": find_nginx(), "varnishd": find_varnish()}
    if missing := [name for name, path in found.items() if not path]:
        sys.exit(f"{', '.join(missing)} not found. On Debian or Ubuntu: apt-get install wrk nginx varnish.")
    return {name: str(path) for name, path in found.items()}


def _fill(home: Path, sizes: Sequence[int]) -> dict[int, str]:
    """Make an article with each number of comments, and return their paths."""
    os.environ["BROADSHEET_LOG_LEVEL"] = "error"
    start_django(str(home))
    from django.db import connections

    paths = {}
    for size in sizes:
        article = make_article(f"With {size:,} comments")
        fill(article, size, seed=size)
        paths[size] = article.url
        print(f"{size:>9,} comments made", file=sys.stderr)
    connections.close_all()
    return paths


def _contestants(
    stack: ExitStack, folder: Path, served: Served, paths: Mapping[int, str], purge_port: int
) -> Iterator[Contestant]:
    web = _web_of(served)
    host = f"127.0.0.1:{served.port}"
    asked = {**ASKED, "Host": host}
    (folder / "varnish").mkdir()
    cache = stack.enter_context(varnish(folder / "varnish", served.port, purge_port))
    caching = [pid for pid in _processes() if f"{folder}/varnish" in _command(pid)]
    files = {}
    for size, path in paths.items():
        files[size] = _answer(served.port, path)
        print(f"{size:>9,} comments: a page of {len(files[size][1]) / 1024:.1f} KB packed", file=sys.stderr)
        yield Contestant("stored", size, f"http://{host}{path}", asked, lambda: web)
        yield Contestant("unstored", size, f"http://{host}{path}", {**asked, **KNOWN}, lambda: web)
        yield Contestant("Varnish", size, f"http://127.0.0.1:{cache.port}{path}", asked, lambda: [*caching, *web])
    for name, lines in NGINX.items():
        port = stack.enter_context(_nginx(folder / name.replace(", ", "-"), lines, files))
        worker = [pid for pid in _processes() if "nginx: worker" in _command(pid) and _parent_serves(pid, folder, name)]
        for size in paths:
            yield Contestant(name, size, f"http://127.0.0.1:{port}/{size}", asked, lambda worker=worker: worker)  # type: ignore[misc]


def _answer(port: int, path: str) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the bytes of a stored page."""
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as line:
        line.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = line.getresponse()
        body = answer.read()
    assert (answer.status, answer.getheader("Content-Encoding")) == (200, "gzip")
    return answer.getheaders(), body


@contextmanager
def _nginx(folder: Path, lines: str, files: Mapping[int, tuple[list[tuple[str, str]], bytes]]) -> Iterator[int]:
    """Serve the pages as files, with the headers they have."""
    folder.mkdir()
    port = free_port()
    places = []
    for size, (headers, body) in files.items():
        (folder / str(size)).write_bytes(body)
        said = "".join(f'add_header {name} "{value}";' for name, value in headers if name.lower() not in NGINX_SAYS)
        places.append(f"location = /{size} {{ {said} }}")
    server = f"server {{ listen 127.0.0.1:{port}; root {folder}; {' '.join(places)} }}"
    with running_nginx(str(find_nginx()), folder, f"{COMMON} {lines.format(folder=folder)} {server}", port):
        for size, (_headers, body) in files.items():
            assert _answer(port, f"/{size}")[1] == body
        yield port


def _processes() -> list[int]:
    return [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _parent_serves(pid: int, folder: Path, name: str) -> bool:
    return f"{folder}/{name.replace(', ', '-')}" in _command(_parent(pid))


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat behind the name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _web_of(served: Served) -> list[int]:
    """Return the web server's processes: the one that minds them, and the workers."""
    assert served.process is not None
    parents = {}
    for pid in _processes():
        try:
            parents[pid] = _parent(pid)
        except OSError:
            continue
    minding = [
        pid
        for pid, parent in parents.items()
        if parent == served.process.pid and Path(f"/proc/{pid}/comm").read_text().strip() == "broadsheet web"
    ]
    return [*minding, *(pid for pid, parent in parents.items() if parent in minding)]


def _cpu_of(processes: Sequence[int]) -> float:
    """Return the seconds of CPU time that processes have used."""
    return sum(int(field) for pid in processes for field in _stat(pid)[11:13]) * TICK


def measure(
    contestants: Sequence[Contestant], wrk: str, rounds: int, seconds: int
) -> dict[tuple[str, int], list[Measured]]:
    """Ask all in turns; return what was seen by name and number of comments."""
    seen = defaultdict(list)
    for number in range(rounds + 1):
        for one in contestants:
            measured = _ask(one, wrk, seconds if number else 1)  # the first round warms up
            if number:
                seen[one.name, one.size].append(measured)
        print(f"round {number} of {rounds}", file=sys.stderr)
    return seen


def _ask(one: Contestant, wrk: str, seconds: int) -> Measured:
    said = [word for name, value in one.headers.items() for word in ("-H", f"{name}: {value}")]
    before = _cpu_of(one.processes())
    done = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *said, one.url], capture_output=True, text=True, check=True
    )
    cpu = _cpu_of(one.processes()) - before
    _rest(one.processes())
    counted = re.search(r"(\d+) requests in ([\d.]+)s", done.stdout)
    assert counted, done.stdout
    assert "Non-2xx" not in done.stdout, done.stdout
    return Measured(int(counted[1]) / float(counted[2]), cpu / int(counted[1]))


def _rest(processes: Sequence[int]) -> None:
    """Wait until processes have done what was still asked of them, so that nobody else is charged for it."""
    spent = -1.0
    while spent < (now := _cpu_of(processes) - 2 * TICK):
        spent = now + 2 * TICK
        time.sleep(0.3)


def _say_where(programs: Mapping[str, str], workers: int) -> None:
    told = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    versions = [
        subprocess.run([programs[name], flag], capture_output=True, text=True, check=False)
        for name, flag in (("nginx", "-v"), ("varnishd", "-V"))
    ]
    names = [re.search(r"(nginx/\S+|varnish-[\d.]+)", done.stderr + done.stdout) for done in versions]
    print(
        f"{os.cpu_count()} × {told[1] if told else platform.machine()}, Python {platform.python_version()}, "
        f"{', '.join(name[1] for name in names if name)}, {workers} web processes; load before {os.getloadavg()[0]:.1f}"
    )


def report(seen: Mapping[tuple[str, int], Sequence[Measured]]) -> None:
    """Print the medians, and the ratios to nginx in the same rounds."""
    print(f"{'':<16}{'comments':>10}{'requests/s':>12}{'CPU µs':>9}{'× Debian':>10}{'× tuned':>9}")
    for (name, size), runs in seen.items():
        ratios = [
            statistics.median(mine.cpu / theirs.cpu for mine, theirs in zip(runs, seen[other, size], strict=True))
            for other in GOALS
        ]
        pace, cpu = statistics.median(one.pace for one in runs), statistics.median(one.cpu for one in runs)
        goals = [f"goal {goal}" for goal in GOALS.values()] if name == "stored" else []
        print(
            f"{name:<16}{size:>10,}{pace:>12,.0f}{cpu * 1e6:>9,.1f}{ratios[0]:>10.2f}{ratios[1]:>9.2f}"
            f"{'   ' if goals else ''}{', '.join(goals)}"
        )


if __name__ == "__main__":
    main()
