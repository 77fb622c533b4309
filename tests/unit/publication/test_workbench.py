"""Pasting an interview in the admin: read, mended, kept or published, and nothing lost on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from wagtail.models import TaskState

from broadsheet.accounts.models import User
from broadsheet.publication.models import ArticlePage, Person, Section
from tests import factories
from tests.cast import signed_in

PASTE = """For thirty years she kept the timetable.

– When did you first hold the boat?
– My second week.

There was a boy with a cello.
– And the timetable forgave you?
– The timetable never knew.
"""

NO_STEPS = {"step-TOTAL_FORMS": "0", "step-INITIAL_FORMS": "0"}


def sent(section: Section, **fields: Any) -> dict[str, Any]:
    return {
        "section": section.pk,
        "headline": "The ferry that learned to wait",
        "text": PASTE,
        "asked_by": "Jonas Brekke",
        "answered_by": "Ingrid Solvang",
        **NO_STEPS,
        "do": "publish",
        **fields,
    }


def steps(*rows: dict[str, str]) -> dict[str, str]:
    fields = {f"step-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}
    return {"step-TOTAL_FORMS": str(len(rows)), "step-INITIAL_FORMS": "0", **fields}


def words(article: ArticlePage) -> str:
    return json.dumps(list(article.body.raw_data), ensure_ascii=False)


def test_a_pasted_interview_is_published_with_voices_steps_and_translator(as_ed: Client, section: Section) -> None:
    rows = steps(
        {"kind": "interview", "publisher": "Radio Ytterholm"},
        {"kind": "original", "publisher": "Ytterholm Kystblad", "language": "nb", "date": "2026-03-02"},
        {"kind": "translated", "person": "Clara Finch", "language": "nb"},
        {"kind": "republished"},
    )
    answer = as_ed.post("/admin/interviews/new/", sent(section, interviewer="Jonas Brekke", **rows))
    assert answer.status_code == 302
    article = ArticlePage.objects.get()
    assert article.live
    assert [block.block_type for block in article.body] == ["text", "interview"]
    interview = article.body[1].value
    assert [voice["name"] for voice in interview["voices"]] == ["Jonas Brekke", "Ingrid Solvang"]
    assert len(interview["exchanges"]) == 2
    assert "There was a boy with a cello." in str(interview["exchanges"][0][1].value["text"])
    kinds = list(article.provenance_steps.values_list("kind", "publisher", "person"))
    assert kinds == [
        ("interview", "Radio Ytterholm", ""),
        ("original", "Ytterholm Kystblad", ""),
        ("translated", "", "Clara Finch"),
    ]
    assert [(byline.role, byline.person.name) for byline in article.bylines.all()] == [
        ("interviewer", "Jonas Brekke"),
        ("translator", "Clara Finch"),
    ]
    assert Client().get(article.url).status_code == 200


def test_the_turns_are_shown_and_mended_before_anything_is_kept(as_ed: Client, section: Section) -> None:
    page = as_ed.post("/admin/interviews/new/", sent(section, do="read"))
    assert page.status_code == 200
    assert "2 questions and 2 answers found." in page.content.decode()
    bench = page.context["bench"]
    assert [turn.speaker for turn in bench.turns] == ["Jonas Brekke", "Ingrid Solvang"] * 2
    rows = as_rows(bench)
    split = as_ed.post("/admin/interviews/new/", sent(section, do="split:1:1", text="", **rows)).context["bench"]
    assert [turn.paragraphs for turn in split.turns][1:3] == [["My second week."], ["There was a boy with a cello."]]
    assert split.turns[2].is_question
    merged = as_ed.post("/admin/interviews/new/", sent(section, do="merge:0", text="", **rows)).context["bench"]
    assert len(merged.turns) == 3
    swapped = as_ed.post("/admin/interviews/new/", sent(section, do="swap:0", text="", **rows)).context["bench"]
    assert [turn.is_question for turn in swapped.turns] == [False, False, True, False]
    assert not ArticlePage.objects.exists()


def as_rows(bench: Any) -> dict[str, str]:
    rows = {"turns": str(len(bench.turns)), "introduction": "\n\n".join(bench.introduction)}
    for at, turn in enumerate(bench.turns):
        rows[f"turn-{at}-speaker"] = turn.speaker
        rows[f"turn-{at}-side"] = "question" if turn.is_question else "answer"
        rows[f"turn-{at}-text"] = "\n\n".join(turn.paragraphs)
    return rows


def test_what_was_typed_survives_every_refusal(as_ed: Client, section: Section) -> None:
    page = as_ed.post(
        "/admin/interviews/new/",
        sent(
            section, headline="", **steps({"kind": "original", "publisher": "The Quay", "url": "javascript:alert(1)"})
        ),
    )
    assert page.status_code == 422
    text = page.content.decode()
    for kept in (
        "For thirty years she kept the timetable.",
        "There was a boy with a cello.",
        "The Quay",
        "Ingrid Solvang",
    ):
        assert kept in text
    assert not ArticlePage.objects.exists()


@pytest.mark.parametrize("wish", ["swap:99", "split:0:9", "merge:3", "swap:x", "split", "delete:1", "swap:１", ""])
def test_a_wish_that_makes_no_sense_changes_nothing_and_says_so(as_ed: Client, section: Section, wish: str) -> None:
    page = as_ed.post("/admin/interviews/new/", sent(section, do=wish))
    assert page.status_code == 200
    assert "Nothing was changed." in page.content.decode()
    assert len(page.context["bench"].turns) == 4


def test_an_empty_paste_is_refused(as_ed: Client, section: Section) -> None:
    page = as_ed.post("/admin/interviews/new/", sent(section, text=" \n "))
    assert page.status_code == 422
    assert "There is nothing here yet." in page.content.decode()


def test_a_second_press_finds_the_article_of_the_first(as_ed: Client, section: Section) -> None:
    for _press in range(2):
        assert as_ed.post("/admin/interviews/new/", sent(section, key="one-visit")).status_code == 302
    assert ArticlePage.objects.count() == 1


def test_nothing_that_was_pasted_is_markup(as_ed: Client, section: Section) -> None:
    as_ed.post("/admin/interviews/new/", sent(section, text="- <script>alert(1)</script>?\n- a < b & c"))
    assert "&lt;script&gt;" in words(ArticlePage.objects.get())
    page = Client().get(ArticlePage.objects.get().url).content.decode()
    assert "<script>alert" not in page
    assert "a &lt; b &amp; c" in page


def test_a_name_known_to_the_paper_is_not_made_twice(as_ed: Client, section: Section) -> None:
    Person.objects.create(name="Clara Finch")
    as_ed.post("/admin/interviews/new/", sent(section, translator="clara finch"))
    assert Person.objects.count() == 1


def test_an_interview_joins_the_draft_and_readers_see_nothing_of_it(as_ed: Client, article: ArticlePage) -> None:
    before = words(article)
    answer = as_ed.post(f"/admin/interviews/{article.pk}/", {"text": PASTE, "do": "draft"})
    assert answer.status_code == 302
    assert words(ArticlePage.objects.get()) == before
    draft = ArticlePage.objects.get().get_latest_revision_as_object()
    assert [block.block_type for block in draft.body][-2:] == ["text", "interview"]


def test_who_may_use_the_workbench(
    as_ed: Client, as_mo: Client, as_tess: Client, as_rita: Client, stan: Client, article: ArticlePage
) -> None:
    writer = signed_in(factories.make_user("wilma", "Writer"))
    for path in ("/admin/interviews/new/", f"/admin/interviews/{article.pk}/"):
        assert as_ed.get(path).status_code == 200
        for client in (as_mo, as_tess, as_rita, stan):
            assert client.get(path).status_code in (302, 403)
            assert client.post(path, {"text": PASTE, "do": "draft"}).status_code in (302, 403)
    assert writer.get("/admin/interviews/new/").status_code == 200
    assert writer.get(f"/admin/interviews/{article.pk}/").status_code in (302, 403)
    assert ArticlePage.objects.count() == 1


def test_a_writer_drafts_and_does_not_publish(section: Section) -> None:
    writer = signed_in(factories.make_user("wilma", "Writer"))
    assert 'value="publish"' not in writer.get("/admin/interviews/new/").content.decode()
    assert writer.post("/admin/interviews/new/", sent(section)).status_code in (302, 403)
    assert not ArticlePage.objects.filter(live=True).exists()
    assert writer.post("/admin/interviews/new/", sent(section, do="draft")).status_code == 302
    assert ArticlePage.objects.filter(live=False).count() == 1


def test_the_home_offers_what_editors_came_for(as_ed: Client, ed: User, section: Section) -> None:
    factories.make_article(section, "Half a story", publish=False)
    page = as_ed.get("/admin/").content.decode()
    for words_of_home in ("New article", "Paste an interview", "Half a story", "/admin/articles/"):
        assert words_of_home in page
    assert as_ed.get("/admin/articles/").status_code == 200


def test_a_moderators_home_leads_to_what_is_held(as_mo: Client, as_tess: Client, publication: object) -> None:
    assert 'href="/admin/desk/"' in as_mo.get("/admin/").content.decode()
    assert "Held comments" in as_mo.get("/admin/").content.decode()
    assert "Held comments" not in as_tess.get("/admin/").content.decode()


def test_what_a_writer_submits_waits_for_an_editor(as_ed: Client, ed: User, section: Section) -> None:
    wilma = factories.make_user("wilma", "Writer")
    signed_in(wilma).post("/admin/interviews/new/", sent(section, do="draft"))
    article = ArticlePage.objects.get()
    workflow = article.get_workflow()
    assert workflow is not None
    workflow.start(article, wilma)
    assert TaskState.objects.reviewable_by(ed).count() == 1
    assert not TaskState.objects.reviewable_by(wilma).exists()
    assert article.title in as_ed.get("/admin/").content.decode()


def test_a_text_without_turns_is_shown_once_and_said_to_have_none(as_ed: Client, section: Section) -> None:
    text = "1. When did you first hold the boat?\n\nMy second week."
    for do, status in (("read", 200), ("publish", 422)):
        page = as_ed.post("/admin/interviews/new/", sent(section, text=text, headline="", do=do))
        assert page.status_code == status
        assert page.content.decode().count("My second week.") == 1
        assert "No turn was found" in page.content.decode()


def test_what_was_mended_after_going_back_is_not_taken_for_a_second_press(as_ed: Client, section: Section) -> None:
    as_ed.post("/admin/interviews/new/", sent(section, key="one-visit"))
    as_ed.post("/admin/interviews/new/", sent(section, key="one-visit", text="– And now?\n– The other way."))

    assert any("The other way." in words(article) for article in ArticlePage.objects.all())


def test_a_second_press_puts_an_interview_into_a_draft_once(as_ed: Client, article: ArticlePage) -> None:
    for _press in range(2):
        as_ed.post(f"/admin/interviews/{article.pk}/", {"text": PASTE, "do": "draft", "key": "one-visit"})

    draft = ArticlePage.objects.get().get_latest_revision_as_object()
    assert [block.block_type for block in draft.body].count("interview") == 1


def test_an_interview_joins_no_draft_that_is_locked(as_ed: Client, article: ArticlePage) -> None:
    article.locked, article.locked_by = True, factories.make_user("nils", "Editor")
    article.save()

    page = as_ed.post(f"/admin/interviews/{article.pk}/", {"text": PASTE, "do": "draft"})

    assert page.status_code == 422
    assert "This article is locked" in page.content.decode()
    assert "There was a boy with a cello." in page.content.decode()
    assert "interview" not in words(ArticlePage.objects.get().get_latest_revision_as_object())


def test_return_in_a_field_changes_nothing(as_ed: Client, section: Section) -> None:
    """A browser then presses the first button of the form."""
    page = BeautifulSoup(as_ed.post("/admin/interviews/new/", sent(section, do="read")).content, "html.parser")

    button = page.select_one("form.workbench button")
    assert button is not None
    assert (button["name"], button["value"]) == ("do", "read")
