"""Is an acknowledged comment there after a crash? `python benchmarks/crash.py --kills 200 --comments 10000`.

Serves a publication by the shipped command from a temporary home (on the database that DATABASE_URL names, which must
be empty; with `--postgres` on a server of its own). Eight clients on persistent connections post comments and replies
and vote, each again and again under the same key until it is acknowledged; now and then one hangs up before it has
read the answer. They note every acknowledgement in a file. Meanwhile processes are killed by SIGKILL, amid the posts:
a web worker, the web server, the background worker, the timetable, the supervisor, the whole tree. The first four must
come back by themselves; after the last two `broadsheet serve` is started anew and the first page timed.

In the end every acknowledged comment must be there once, under the address that was acknowledged, every vote counted
once, and `broadsheet check` must find nothing. Exit code 1 says that something was wrong.

A kill does not test the disk: what the kernel has been given survives. So before the kills strace watches posts being
answered (Linux): a completed sync of the database's log must lie before each answer. With `--synchronous off` there is
none, and the verdict says that the run proves nothing about a loss of power.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from clients import GIVING_UP, NUMBER, Client, Desk, Log, Under  # noqa: E402 - found by the line above
from fill_thread import start_django  # noqa: E402 - found by the line above
from synced import HOW_TO_GET, Post, is_available, judge_posts, read_trace, watched  # noqa: E402

from tests.journeys.serving import Served, family, run  # noqa: E402
from tests.places import free_port  # noqa: E402
from tests.postgres import ON_DISK, PostgresServer  # noqa: E402

CLIENTS = 8
OF_THREAD = 400  # comments under one article: in ten minutes a thread takes 600, and kills come and go faster
WATCHED = 40  # posts that strace looks at
BACK_LIMIT = 60.0  # seconds for what comes back by itself; the supervisor waits up to 30 for what crashes often
GOAL = 5.0  # seconds from a restart to the first page
LONGEST_DYING = 30.0  # seconds for children whose parent was killed
GLANCE = 0.01
LAST_WORDS = 40  # lines of the server's log, where something was wrong

# Each once, then those again that the promise names, in an order of chance.
KINDS = ("web worker", "web server", "background worker", "timetable", "supervisor", "whole tree")
AND_AGAIN = ("web worker", "whole tree")
RESTARTED = ("supervisor", "whole tree")
# What a process is called in a list (site/processes.py); Linux keeps fifteen bytes.
CHILDREN = {"web server": "broadsheet web", "background worker": "broadsheet work", "timetable": "broadsheet time"}


def main() -> int:
    """Make, serve, watch, kill, count, judge."""
    given = _options()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o711)  # PostgreSQL runs as somebody else, whose folder is inside
        with _database(given, place) as settings:
            return _run(given, place, settings)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--comments", type=int, default=10_000)
    options.add_argument("--synchronous", choices=["full", "off"], default="full", help="off must be noticed")
    options.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, started for the run")
    options.add_argument("--home", type=Path, help="an empty publication to begin with; one is made if none is given")
    options.add_argument("--no-strace", action="store_true", help="only kill: nobody watches the disk")
    options.add_argument("--seed", type=int, default=1)
    return options.parse_args()


@contextmanager
def _database(given: argparse.Namespace, place: Path) -> Iterator[dict[str, str]]:
    """Yield the settings that name the database and how it treats the disk."""
    url, server = os.environ.get("DATABASE_URL", ""), None
    if given.postgres:
        url = f"postgres://broadsheet:{secrets.token_hex(16)}@127.0.0.1:{free_port()}/crash"
        os.environ["TEST_POSTGRES"] = url
        server = PostgresServer(place, durability=ON_DISK)
        server.start_empty("crash")
    try:
        if given.synchronous == "full":
            yield {"DATABASE_URL": url} if url else {}
        elif url:
            yield {"DATABASE_URL": f"{url}{'&' if '?' in url else '?'}options=-c%20synchronous_commit%3Doff"}
        else:
            yield {"DJANGO_SETTINGS_MODULE": "without_sync", "PYTHONPATH": _and_here(os.environ.get("PYTHONPATH", ""))}
    finally:
        if server:
            server.stop()


def _and_here(path: str) -> str:
    return os.pathsep.join(filter(None, [str(HERE), path]))


def _run(given: argparse.Namespace, place: Path, settings: dict[str, str]) -> int:
    home = given.home or place / "home"
    if not given.home:
        made = run(home, "init", "--name", "The Slipway", "--email", "ed@slipway.example", settings=settings)
        if made.returncode:
            sys.exit(made.stdout + made.stderr)
    os.environ.update(settings, BROADSHEET_LOG_LEVEL="error")
    start_django(str(home))
    from django.db import connections

    from broadsheet.site.collect import collect_static

    collect_static(lambda words: print(words, file=sys.stderr))
    from where import where

    told = where()
    print(told, flush=True)
    articles = _prepare(given.comments)
    connections.close_all()
    quiet = {"BROADSHEET_TRUSTED_PROXIES": "127.0.0.0/8", "BROADSHEET_LOG_LEVEL": "error"}
    served = Served(home, settings=quiet | settings)
    log = Log(place / "acknowledged.log")
    desk = Desk(served.port, articles, log, given.seed)
    with served:
        watching = None if given.no_strace else watch_the_disk(served, desk, place / "trace")
        killing = kill_amid_posts(served, desk, given.comments, given.kills, given.seed)
    tell_of_kills(killing)
    if killing.troubles:
        print("The last that the server said:", *served.said().splitlines()[-LAST_WORDS:], sep="\n    ")
    is_well = count(desk, log)
    connections.close_all()
    return 0 if all([is_well, not killing.troubles, judge_durability(told.doubts, watching)]) else 1


def _prepare(comments: int) -> list[Under]:
    """Publish as many articles as are needed for no thread to take more than it may; let everybody's words appear."""
    from threads import let_newcomers_write, make_article

    let_newcomers_write()
    wanted = max(4, -(-(comments + WATCHED) // OF_THREAD))
    made = [make_article(f"Read in all weathers, no. {number + 1}") for number in range(wanted)]
    return [Under(str(article.translation_key), article.url) for article in made]


def watch_the_disk(served: Served, desk: Desk, trace: Path) -> list[Post] | None:
    """Let one client post while strace looks on; return what it saw, None where nobody could look."""
    if not is_available():
        return None
    servers = _database_processes()
    workers = [pid for pid, name in _named(served.pid).items() if name == CHILDREN["web server"]]
    with watched([*workers, *servers], trace):
        client = Client(desk, 0, hanging_up=0.0)  # what is sent once is seen once
        desk.allow(desk.dealt + WATCHED)
        for _ in range(WATCHED):
            client.send(client.comment(desk.deal() or 0))
        client.connection.close()
    with trace.open(encoding="utf-8", errors="replace") as lines:
        return judge_posts(read_trace(lines))


def _database_processes() -> list[int]:
    """Return PostgreSQL's processes, where it runs on this machine; the first is the parent of those to come."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
        row = cursor.fetchone()
    connection.close()
    parent = _parent(row[0]) if row else 0
    return [parent, *family(parent)] if parent else []


def _parent(pid: int) -> int:
    """Return the parent of a process of PostgreSQL; 0 where no such process is to be seen."""
    told = subprocess.run(["ps", "-o", "ppid=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    ppid, _space, name = told.stdout.strip().partition(" ")
    return int(ppid) if "postgres" in name else 0


@dataclass
class Killing:
    """What became of the kills, in seconds by kind."""

    restarts: dict[str, list[float]] = field(default_factory=dict)
    returns: dict[str, list[float]] = field(default_factory=dict)
    dying: list[float] = field(default_factory=list)
    refused: int = 0
    troubles: list[str] = field(default_factory=list)
    seconds: float = 0.0


def kill_amid_posts(served: Served, desk: Desk, comments: int, kills: int, seed: int) -> Killing:
    """Let all clients post `comments` more comments; kill at a random moment of each equal share of them."""
    chance, killing, began = random.Random(seed), Killing(), time.monotonic()
    before = desk.acknowledged
    clients = [Client(desk, number) for number in range(1, CLIENTS + 1)]
    for client in clients:
        client.start()
    try:
        for number, kind in enumerate(_deck(kills, chance)):
            share = comments / kills
            desk.allow(before + round((number + 1) * share))
            if not desk.wait_for(before + int((number + chance.uniform(0.1, 0.7)) * share), GIVING_UP) or desk.troubles:
                break
            time.sleep(chance.random() * 0.02)
            _kill(served, desk, kind, chance, killing)
            _say_how_far(number + 1, kills, desk.acknowledged - before, began)
            if killing.troubles:
                break
        else:
            desk.allow(before + comments)
            desk.wait_for(before + comments, GIVING_UP)
    finally:
        desk.close()
        for client in clients:
            client.join(GIVING_UP)
    if desk.acknowledged - before < comments:
        killing.troubles.append(f"only {desk.acknowledged - before:,} of {comments:,} comments were acknowledged")
    killing.troubles += desk.troubles
    killing.seconds = time.monotonic() - began
    return killing


def _deck(kills: int, chance: random.Random) -> list[str]:
    deck: list[str] = []
    while len(deck) < kills:
        deck += [*chance.sample(KINDS, len(KINDS)), *chance.sample(AND_AGAIN, len(AND_AGAIN))]
    return deck[:kills]


def _say_how_far(done: int, kills: int, acknowledged: int, began: float) -> None:
    if done % 20 == 0 or done == kills:
        print(f"{done} kills, {acknowledged:,} comments, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _kill(served: Served, desk: Desk, kind: str, chance: random.Random, killing: Killing) -> None:
    everybody = _named(served.pid)
    if kind in RESTARTED:
        for pid in [served.pid, *(everybody if kind == "whole tree" else [])]:
            _end(pid)
        _restart(served, desk, kind, everybody, killing)
        return
    web = next(pid for pid, name in _named(served.pid, only_children=True).items() if name == CHILDREN["web server"])
    if kind == "web worker":
        victims = [pid for pid, parent in family(web).items() if parent == web]
    else:
        children = _named(served.pid, only_children=True)
        victims = [pid for pid, name in children.items() if name == CHILDREN[kind]]
    began = time.monotonic()
    victim = chance.choice(victims)
    gone = [victim, *family(victim)]  # whoever loses their parent is to go as well
    _end(victim)
    is_back = _until(lambda: not any(map(_is_alive, gone)) and _is_whole(served) and _serves(desk), BACK_LIMIT)
    killing.returns.setdefault(kind, []).append(time.monotonic() - began)
    if not is_back:
        killing.troubles.append(f"{kind}: not back after {BACK_LIMIT:.0f} s")


def _restart(served: Served, desk: Desk, kind: str, everybody: Iterable[int], killing: Killing) -> None:
    """Wait until all are dead, serve again, and take the time until a page is there."""
    assert served.process is not None
    began = time.monotonic()
    served.process.wait()
    if not _until(lambda: not any(map(_is_alive, everybody)), LONGEST_DYING):
        killing.troubles.append(f"{kind}: children outlived it by {LONGEST_DYING:.0f} s")
        return
    if kind == "supervisor":
        killing.dying.append(time.monotonic() - began)
    began = time.monotonic()
    served.start()
    while not _serves(desk):
        if time.monotonic() - began > BACK_LIMIT:
            killing.troubles.append(f"{kind}: no page {BACK_LIMIT:.0f} s after the restart")
            return
        if served.process.poll() is not None:
            killing.refused += 1
            served.start()
        time.sleep(GLANCE)
    killing.restarts.setdefault(kind, []).append(time.monotonic() - began)
    if not _until(lambda: _is_whole(served), BACK_LIMIT):
        killing.troubles.append(f"{kind}: not whole again {BACK_LIMIT:.0f} s after the restart")


def _until(claim: Callable[[], bool], limit: float) -> bool:
    deadline = time.monotonic() + limit
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _serves(desk: Desk) -> bool:
    """Whether a reader gets an article now, whole."""
    asked = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=10)
    try:
        asked.request("GET", desk.articles[0].url, headers={"Accept-Encoding": "gzip"})
        answer = asked.getresponse()
        body = answer.read()
        return answer.status == 200 and b"</html>" in gzip.decompress(body)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


def _is_whole(served: Served) -> bool:
    """Whether everybody runs who should: three children, and two web workers below one of them."""
    names = Counter(_named(served.pid).values())
    return all(names[name] == (3 if kind == "web server" else 1) for kind, name in CHILDREN.items())


def _named(parent: int, *, only_children: bool = False) -> dict[int, str]:
    """Return what the descendants of a process are called."""
    pids = [pid for pid, ppid in family(parent).items() if not only_children or ppid == parent]
    names = {}
    for pid in pids:
        try:
            names[pid] = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            continue  # it has ended meanwhile
    return names


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it was faster


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def tell_of_kills(killing: Killing) -> None:
    """Print how quickly everything was back."""
    kills = sum(map(len, [*killing.restarts.values(), *killing.returns.values()]))
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{kills} kills in {killing.seconds:.0f} s; load of the machine in the end {load}, ours included")
    for kind, seconds in sorted(killing.returns.items()):
        print(f"{kind:<18} {len(seconds):>3} killed, back by itself: {_spread(seconds)}")
    for kind, seconds in sorted(killing.restarts.items()):
        print(f"{kind:<18} {len(seconds):>3} killed, first page after the restart: {_spread(seconds)}")
    if killing.dying:
        print(f"children without a supervisor lived on: {_spread(killing.dying)}")
    if killing.refused:
        print(f"`serve` refused to start {killing.refused} times before it did")
    restarts = [second for seconds in killing.restarts.values() for second in seconds]
    if restarts:
        soon, slowest = sum(second <= GOAL for second in restarts), max(restarts) - GOAL
        how = f"over by {slowest:.2f} s" if slowest > 0 else f"{-slowest:.2f} s below"
        print(f"first page within {GOAL:.0f} s: {soon} of {len(restarts)} restarts; the slowest was {how}")
    for trouble in killing.troubles:
        print(f"WRONG: {trouble}")


def _spread(seconds: Sequence[float]) -> str:
    return f"median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"


def count(desk: Desk, log: Log) -> bool:
    """Compare what was acknowledged with what is there, then look at everything that `broadsheet check` looks at."""
    from broadsheet.discussion.models import Comment, Vote
    from broadsheet.site.check import examine

    lines = log.lines()
    acknowledged = {int(line[1]): line[2:] for line in lines if line[0] == "comment"}
    kept: dict[int, list[tuple[str, Any]]] = {}
    for source, reference, at, standing in Comment.objects.values_list("source", "public_id", "created_at", "standing"):
        found = NUMBER.match(source)
        kept.setdefault(int(found[1]) if found else 0, []).append((reference, at))
        if standing != "published":
            print(f"WRONG: comment {reference} is {standing}")
    votes = Counter(line[1] for line in lines if line[0] == "vote")
    cast = Counter(Vote.objects.values_list("comment__public_id", flat=True))
    wrong = {
        "lost": [number for number in acknowledged if number not in kept],
        "doubled": [number for number, found in kept.items() if len(found) > 1],
        "under another address": [
            number
            for number, line in acknowledged.items()
            if line[0] not in {reference for reference, _at in kept.get(number, [])}
        ],
        "never sent": [number for number in kept if not 0 < number <= desk.dealt],
        "votes lost or doubled": [on for on in votes | cast if votes[on] != cast[on]],
    }
    recognised = sum(
        kept[number][0][1] < datetime.fromisoformat(line[2]) for number, line in acknowledged.items() if number in kept
    )
    again = sum(times for attempts, times in desk.attempts.items() if attempts > 1)
    print(
        f"{len(acknowledged):,} comments acknowledged, {sum(map(len, kept.values())):,} there; "
        f"{votes.total():,} votes acknowledged, {cast.total():,} there"
    )
    print(
        f"{again:,} comments were sent more than once ({desk.hung_up} times a client hung up); {recognised:,} of them "
        f"had been written already and were recognised; answers: {_told(desk.answers)}"
    )
    print(", ".join(f"{len(numbers)} {what}" for what, numbers in wrong.items()))
    for what, numbers in wrong.items():
        if numbers:
            print(f"WRONG: {what}: {', '.join(map(str, numbers[:20]))}")
    print("broadsheet check:")
    is_well = examine(lambda line: print(f"    {line}"))
    return is_well and not any(wrong.values())


def _told(answers: Counter[int]) -> str:
    return ", ".join(f"{times:,} × {status}" for status, times in sorted(answers.items()))


def judge_durability(doubts: Sequence[str], posts: list[Post] | None) -> bool:
    """Print what the run says about a loss of power; False when that is nothing, for a reason that it has seen."""
    reasons = list(doubts)
    if posts is not None:
        answered = [post for post in posts if post.is_answered]
        proven = [post for post in answered if post.is_proven]
        print(f"strace: {len(proven)} of {len(answered)} posts answered after a completed sync of the database's log")
        if len(proven) < max(len(answered), 1):
            reasons.append(f"{len(answered) - len(proven)} of {len(answered)} posts were answered before any sync")
    if reasons:
        print(f"This run proves NOTHING about a loss of power: {'; '.join(reasons)}.")
    elif posts is None:
        why = "strace was not asked." if is_available() else HOW_TO_GET
        print(f"This run says nothing about a loss of power: {why}")
    else:
        print("What is acknowledged is on the disk: it outlives a loss of power as far as the disk is honest.")
    return not reasons


if __name__ == "__main__":
    sys.exit(main())
