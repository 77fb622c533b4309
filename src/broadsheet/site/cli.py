"""The command `broadsheet`: what an operator types, and what they are told."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import broadsheet
from broadsheet.site.environment import SettingError, home_of, read_settings
from broadsheet.site.home import nothing_in
from broadsheet.site.mistakes import Mistake

# Django takes seconds to import. Each command below imports what it needs, so that --help and mistakes are quick.

WELL, WRONG, INTERRUPTED = 0, 1, 130
BAR = 30  # characters


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1 for what the operator can put right, 2 for a wrong option."""
    given = _parser().parse_args(arguments)
    if given.home:
        os.environ["BROADSHEET_HOME"] = given.home
    run: Callable[[argparse.Namespace], int] = given.run
    try:
        return run(given)
    except (Mistake, SettingError) as mistake:
        print(f"broadsheet: {mistake}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="broadsheet",
        description="Publish, discuss, fund: a newsroom in one application.",
        epilog="Settings are environment variables, or lines of broadsheet.env in the home: docs/operate/settings.md.",
    )
    parser.add_argument("--version", action="version", version=f"broadsheet {broadsheet.__version__}")
    parser.add_argument("--home", metavar="DIR", help="where all data lives (or BROADSHEET_HOME; ./broadsheet-data)")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    init = commands.add_parser("init", help="make a publication", description="Make an empty publication in the home.")
    _add_init_options(init)
    init.set_defaults(run=_init)

    serve = commands.add_parser("serve", help="serve it: web workers, background worker and timetable")
    serve.set_defaults(run=_serve)

    demo = commands.add_parser("demo", help="make the demo publication in the home, and serve it on this machine")
    demo.set_defaults(run=_demo)

    check = commands.add_parser("check", help="look at configuration, data and processes; exit code 1: wrong")
    check.set_defaults(run=_check)

    manage = commands.add_parser("manage", help="Django's commands, such as migrate or shell", add_help=False)
    manage.add_argument("rest", nargs=argparse.REMAINDER)
    manage.set_defaults(run=_manage)

    backup = commands.add_parser("backup", help="write everything into one file, also while serving")
    backup.add_argument("file", type=Path, metavar="FILE", help="such as broadsheet-2026-11-23.tar.gz")
    backup.add_argument("--replace", action="store_true", help="replace the file if it exists")
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", help="put a backup into the home")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="move a publication that is there aside")
    restore.set_defaults(run=_restore)
    return parser


def _add_init_options(init: argparse.ArgumentParser) -> None:
    init.add_argument("--name", help="the publication's name")
    init.add_argument("--languages", metavar="CODES", help="such as en,nb,ar; the main one first")
    init.add_argument("--time-zone", metavar="ZONE", help="such as Europe/Oslo")
    init.add_argument("--address", metavar="URL", help="such as https://slipway.example")
    init.add_argument("--email", metavar="ADDRESS", help="the first editor's e-mail address")
    init.add_argument("--editor", metavar="NAME", help="the first editor's name")
    init.add_argument("--mail", metavar="URL", help="such as smtp://user:password@mail.example:587")
    init.add_argument("--password-file", metavar="FILE", help="holds the editor's password; - is standard input")
    init.add_argument("--no-input", action="store_true", help="ask nothing: take defaults, make up a password")


def _init(given: argparse.Namespace) -> int:
    from broadsheet.site import init

    init.refuse_an_inhabited_home()
    is_asking = not given.no_input and sys.stdin.isatty()
    options = {question.option: getattr(given, question.option.replace("-", "_")) for question in init.QUESTIONS}
    answers = init.collect_answers(options, _ask if is_asking else None, print)
    outcome = init.begin(answers, _password_reader(given.password_file, is_asking), print, ProgressBar("Database"))
    print(f"\nThe publication is ready. Serve it:\n    {_with_home('broadsheet serve')}\n")
    print(f"It will be at {outcome.address}; sign in at {outcome.address}/admin/ as {outcome.email}")
    if outcome.password:
        print(f"with the password {outcome.password} (shown only now).")
    return WELL


def _serve(given: argparse.Namespace) -> int:
    from broadsheet.site.claims import claiming
    from broadsheet.site.preparing import start_django

    with claiming(read_settings()):
        start_django()
        from broadsheet.site.serve import serve

        serve(_say)
    return WELL


def _demo(given: argparse.Namespace) -> int:
    from broadsheet.site.claims import claiming
    from broadsheet.site.demonstrate import prepare_demo, refuse_another_publication, sign_ins

    refuse_another_publication(home_of())
    print(f"The demo publication lives in {home_of()}.", flush=True)
    home_of().mkdir(parents=True, exist_ok=True, mode=0o700)
    with claiming(read_settings()):
        prepare_demo(ProgressBar)
        from broadsheet.site.serve import serve

        serve(_say, once_ready=lambda: _say("\n".join(sign_ins())))
    return WELL


def _check(given: argparse.Namespace) -> int:
    read_settings()
    if not home_of().is_dir():
        raise Mistake(nothing_in(home_of()))
    from broadsheet.site.preparing import start_django

    start_django()
    from broadsheet.site.check import examine, last_runs

    is_well = examine(print)
    if runs := last_runs():
        print("\nLast runs of the timetable:", *runs, sep="\n        ")
    return WELL if is_well else WRONG


def _manage(given: argparse.Namespace) -> int:
    read_settings()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.site.settings")
    from django.core.management import ManagementUtility

    utility = ManagementUtility(["broadsheet manage", *given.rest])
    utility.prog_name = "broadsheet manage"
    utility.execute()
    return WELL


def _backup(given: argparse.Namespace) -> int:
    from broadsheet.site.backup import back_up

    back_up(given.file, _say, replace=given.replace)
    return WELL


def _restore(given: argparse.Namespace) -> int:
    from broadsheet.site.backup import restore

    restore(given.file, _say, replace=given.replace)
    return WELL


def _say(line: str) -> None:
    print(line, flush=True)


def _ask(text: str, default: str) -> str:
    try:
        return input(f"{text}{f' [{default}]' if default else ''}: ")
    except EOFError:
        raise Mistake("No answer. Give everything as options, with --no-input.") from None


def _password_reader(file: str | None, is_asking: bool) -> Callable[[], str]:
    """Return what `init` calls for a password; empty means: make one up."""
    if file is not None:
        words = iter([_password_in(file)])

        def read() -> str:
            # A file holds one password. When it was refused, there is nobody to ask for a better one.
            for word in words:
                return word
            raise Mistake("--password-file: that password will not do.")

        return read
    return _ask_for_password if is_asking else str


def _password_in(file: str) -> str:
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise Mistake(f"--password-file: {error}") from None
    if not text.strip():
        raise Mistake("--password-file: it is empty.")
    return text.strip()


def _ask_for_password() -> str:
    while True:
        first = getpass.getpass("First editor's password (empty: have one made up): ")
        if not first or first == getpass.getpass("Once more: "):
            return first
        print("They differ.")


def _with_home(command: str) -> str:
    home = os.environ.get("BROADSHEET_HOME")
    return f"BROADSHEET_HOME='{home}' {command}" if home else command


class ProgressBar:
    """How far something is: a bar that grows on a terminal, now and then a line anywhere else."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.started = time.monotonic()
        self.said = -1

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` steps are done."""
        if sys.stdout.isatty():
            filled = BAR * done // total
            end = "\n" if done == total else ""
            print(f"\r{self.what:<12}[{'#' * filled}{' ' * (BAR - filled)}] {done}/{total}", end=end, flush=True)
        elif (quarter := 4 * done // total) != self.said:
            self.said = quarter
            print(f"{self.what}: {done} of {total}", flush=True)
