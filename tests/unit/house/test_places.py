"""The machinery of the tests themselves: where it breaks, every other test lies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from wagtail.models import Page

from broadsheet.delivery.models import Topic
from tests import databases, places


@pytest.mark.parametrize(
    ("words", "choice"),
    [
        (["pytest", "--database", "postgres", "tests"], "postgres"),
        (["pytest", "--database=postgres"], "postgres"),
        (["pytest", "--database=postgres", "--database", "sqlite"], "sqlite"),
        (["pytest", "--database"], None),
        (["pytest", "--databases=x"], None),
    ],
)
def test_the_choice_of_database_is_read_from_the_command_line(words: list[str], choice: str | None) -> None:
    """As pytest will read it afterwards."""
    assert places.option(words, "--database") == choice


def test_the_tests_run_on_the_database_that_was_chosen(db: None) -> None:
    """Neither silently falls back to the other."""
    assert connection.vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[os.environ["TEST_DATABASE"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", [1, 2])
def test_a_test_that_commits_leaves_nothing(time: int) -> None:
    """The second time neither finds what the first wrote nor misses what the migrations made."""
    assert Page.objects.count() > 0
    assert not Topic.objects.filter(name="left over").exists()
    Topic.objects.create(name="left over")


def _build_whole(target: Path) -> None:
    target.write_text("whole")


ASKING = """
import pathlib, sys
from tests import databases

def build(target):
    print("built")
    target.write_text("whole")

databases.CACHE = pathlib.Path(sys.argv[1])
print(databases.kept("template.x", build).read_text())
"""


def test_of_several_who_need_a_template_one_builds_it(tmp_path: Path) -> None:
    """The others wait and find it."""
    people = [
        subprocess.Popen(
            [sys.executable, "-c", ASKING, str(tmp_path)], cwd=places.ROOT, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = sorted(word for person in people for word in person.communicate(timeout=60)[0].split())
    assert said == ["built", "whole", "whole", "whole", "whole"]


def test_a_build_that_fails_leaves_no_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was half written is written anew by the next one, never taken for whole."""
    monkeypatch.setattr(databases, "CACHE", tmp_path)

    def fail(target: Path) -> None:
        target.write_text("half")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        databases.kept("template.x", fail)
    assert not (tmp_path / "template.x").exists()
    assert databases.kept("template.x", _build_whole).read_text() == "whole"


def test_the_oldest_templates_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the cache does not grow for ever."""
    monkeypatch.setattr(databases, "CACHE", tmp_path)
    for number in range(6):
        path = databases.kept(f"{number}.x", _build_whole)
        os.utime(path, (number, number))
    assert len(list(tmp_path.glob("*.x"))) == databases.KEPT
    assert (tmp_path / "5.x").exists()
