"""Where one function does a thing, a second one would be the hole: safe HTML, the network, the client's address."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

from markdown_it import MarkdownIt

from tests.architecture.source import SourceFile, name_of, python_files

# What can reach another machine. A bare socket also listens, so there it is the call that counts.
CLIENTS = ("urllib.request", "http.client", "requests", "httpx", "aiohttp", "urllib3", "ftplib", "smtplib", "telnetlib")
CONNECTING = ("create_connection", "connect", "connect_ex", "open_connection", "sendto")
# `serve` asks its own workers, on this machine, whether they answer yet.
OWN_WORKERS = {"site/serve.py"}
# It knows what a mail server may answer by smtplib's names; Django hands the mail in, to the operator's server.
MAILER = {"notification/post.py"}
# They hand on what the connection says, for the one function to judge.
HANDS_ON = {"site/environ.py environ_of", "gate/address.py client_address", "delivery/live.py _network"}
FORWARDED = ("FORWARDED", "FORWARDED_FOR")  # what the header is called where it is read
# It tells the operator's own caches what to forget, by Wagtail's backends, and reads nothing but whether they did.
CACHES = {"site/purging.py"}
CLIENT_ADDRESS = ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "X-Forwarded-For", "HTTP_X_REAL_IP", "X-Real-IP", "Forwarded")


def _functions(file: SourceFile) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(file.tree) if isinstance(node, ast.FunctionDef))


def _importers(*packages: str) -> set[str]:
    return {file.place for file in python_files() for _, name in file.imports() if name.startswith(packages)}


def test_one_sanitiser_makes_peoples_text_safe() -> None:
    """nh3 is set up once, in the one file that imports it, and there is no other sanitiser."""
    assert len(_importers("nh3")) == 1
    calls = [
        f"{file.place}:{call.lineno}"
        for file in python_files()
        for call in file.calls("Cleaner", "clean", "clean_text")
        if isinstance(call.func, ast.Attribute) and name_of(call.func.value) == "nh3"
    ]
    assert len(calls) == 1, calls
    assert _importers("bleach", "html_sanitizer", "lxml.html.clean", "lxml_html_clean") == set()


def test_markdown_reaches_a_page_through_the_sanitiser_only() -> None:
    """What turns Markdown into HTML is used by the file that makes it safe, and by no other."""
    parsers = [
        f"{module.__name__}.{name}"
        for module in (importlib.import_module(_dotted(place)) for place in _importers("markdown_it"))
        for name, value in vars(module).items()
        if isinstance(value, MarkdownIt)
    ]
    assert parsers
    assert _importers(*parsers) == _importers("nh3")


def _dotted(place: str) -> str:
    return "broadsheet." + place.removesuffix(".py").replace("/", ".")


def test_at_most_one_function_fetches() -> None:
    """Nothing is fetched from another machine today; the first that has to be gets the one door."""
    connecting = {
        f"{file.place} {function.name}"
        for file in python_files()
        if any(name == "socket" for _, name in file.imports())
        for function in _functions(file)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and name_of(call.func) in CONNECTING
    }
    users = _importers(*CLIENTS)
    assert users >= OWN_WORKERS | MAILER | CACHES, "the list names a file that no longer needs it"
    assert len(users - OWN_WORKERS - MAILER - CACHES | connecting) <= 1, users | connecting


def test_at_most_one_function_tells_the_clients_address() -> None:
    """Behind a proxy the address is a matter of trust, decided once."""
    found = {
        f"{file.place} {function.name}"
        for file in python_files()
        for function in _functions(file)
        for node in ast.walk(function)
        if (isinstance(node, ast.Constant) and node.value in CLIENT_ADDRESS) or name_of(node) in FORWARDED
    }
    assert found >= HANDS_ON, "the list names a function that no longer needs it"
    judges = {
        file.place for file in python_files() for function in _functions(file) if function.name == "address_behind"
    }
    assert found <= HANDS_ON, found
    assert judges == {"gate/address.py"}


def test_threads_are_begun_by_one_function() -> None:
    """It tells the pages of articles where nobody has written yet; another one would leave them as they are."""
    makers = {
        file.place
        for file in python_files()
        for call in file.calls("create", "get_or_create", "update_or_create", "bulk_create")
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value).startswith("Thread.objects")
    }
    assert makers == set(), "ask Thread.objects.begun"


def test_html_that_is_declared_safe_says_why() -> None:
    """`mark_safe` is a promise that no tool can check: beside each stands why it holds."""
    silent = []
    for file in python_files():
        lines = file.text.splitlines()
        for call in file.calls("mark_safe", "SafeString"):
            if call.args and "#" not in lines[call.lineno - 1] + lines[call.lineno - 2]:
                silent.append(f"{file.place}:{call.lineno}")
    assert silent == []


def test_sql_is_written_with_parameters() -> None:
    """Nothing is formatted into a statement but names of our own tables, and each says so."""
    wrong = [
        f"{file.place}:{call.lineno}"
        for file in python_files()
        for call in file.calls("execute", "executemany", "raw", "RawSQL", "extra")
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
        and "noqa: S608" not in "".join(file.text.splitlines()[call.lineno - 1 : call.end_lineno])
    ]  # fmt: skip
    assert wrong == []
