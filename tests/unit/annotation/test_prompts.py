"""An editor asks readers something on a passage, and attaches again what lost its words."""

from __future__ import annotations

import pytest
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.annotation.actions import annotate
from broadsheet.annotation.anchoring import PASSAGE_LIMIT
from broadsheet.annotation.models import QUESTION_LIMIT, Passage, Prompt
from broadsheet.annotation.reading import counts
from broadsheet.delivery.announce import versions_of
from broadsheet.gate.keys import Key
from broadsheet.kernel.refusal import Refusal
from broadsheet.publication.models import ArticlePage, PublishedText
from tests.cast import signed_in
from tests.factories import make_user
from tests.unit.annotation.conftest import LATER, OPENING, Mark, body_of, passage_of, publish, words_of
from tests.unit.discussion.conftest import PageRead, read

pytestmark = pytest.mark.django_db
DESK = "so that she could see both"
QUESTION = "What stopped waiting for you where you live?"


@pytest.fixture
def url(story: ArticlePage) -> str:
    """The page of the questions to the story's readers."""
    return f"/admin/questions/{story.pk}/"


@pytest.fixture
def prompt(as_ed: Client, url: str) -> Prompt:
    """A question that the editor has asked."""
    as_ed.post(url, {"exact": DESK, "question": QUESTION})
    return Prompt.objects.get()


def test_the_article_leads_there(story: ArticlePage, as_ed: Client, url: str) -> None:
    assert url in as_ed.get(f"/admin/pages/{story.pk}/edit/").content.decode()
    assert url in as_ed.get(f"/admin/pages/{story.get_parent().pk}/").content.decode()


def test_a_question_is_asked_on_words_and_stands_beside_them(
    story: ArticlePage, as_ed: Client, ed: User, url: str, stan: Client
) -> None:
    before = versions_of([story.topic])[story.topic]
    page = read(as_ed, url)
    assert OPENING in page.words()
    assert page.root.find(".//div[@data-story]").get("data-limit") == str(
        PASSAGE_LIMIT
    )  # a number that a program reads
    answer = as_ed.post(url, {"exact": f" {DESK.upper()}\r\n", "question": f"  {QUESTION} "})

    assert (answer.status_code, answer["Location"]) == (302, url)
    prompt = Prompt.objects.select_related("passage", "by").get()
    assert (prompt.question, prompt.by.user, prompt.is_open) == (QUESTION, ed, True)
    assert prompt.passage.exact == DESK
    assert versions_of([story.topic])[story.topic] == before + 1
    public = read(stan, story.url)
    assert QUESTION in public.words(".//div[@id='text']")
    assert f'class="passage asked" href="#{prompt.passage.element_id}"' in public.response.content.decode()


def test_readers_answer_until_it_is_closed(
    story: ArticlePage, prompt: Prompt, as_ed: Client, url: str, gus: Profile
) -> None:
    def answer(key: str) -> None:
        annotate(story, selection=prompt.passage, by=gus, body="The bakery.", key=Key.of("test", key))

    answer("one")
    as_ed.post(f"{url}{prompt.passage.public_id}/close/")
    with pytest.raises(Refusal, match="prompt-closed"):
        answer("two")
    as_ed.post(f"{url}{prompt.passage.public_id}/open/")
    answer("three")
    assert counts(story) == {prompt.passage_id: 2}


def test_it_is_asked_in_other_words(prompt: Prompt, as_ed: Client, url: str, story: ArticlePage, stan: Client) -> None:
    as_ed.post(f"{url}{prompt.passage.public_id}/edit/", {"question": "And <b>now</b>?"})
    assert "And <b>now</b>?" in read(stan, story.url).words(".//div[@id='text']")


def test_what_is_taken_back_leaves_its_answers(
    story: ArticlePage, prompt: Prompt, as_ed: Client, url: str, gus: Profile
) -> None:
    annotate(story, selection=prompt.passage, by=gus, body="The bakery.", key=Key.of("test", "a"))
    as_ed.post(f"{url}{prompt.passage.public_id}/remove/")
    assert not Prompt.objects.exists()
    assert counts(story) == {prompt.passage_id: 1}


def test_a_passage_goes_with_its_question_when_nobody_answered(prompt: Prompt, as_ed: Client, url: str) -> None:
    as_ed.post(f"{url}{prompt.passage.public_id}/remove/")
    assert not Passage.objects.exists()


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"exact": "", "question": QUESTION}, 422, "No words are selected"),
        ({"exact": "x" * 100_000, "question": QUESTION}, 422, "more words than"),
        ({"exact": "no such words", "question": QUESTION}, 409, "not in the text"),
        ({"exact": "the", "question": QUESTION}, 422, "more than once"),
        ({"exact": "policy. She retired", "question": QUESTION}, 422, "from one part of the text into the next"),
        ({"exact": DESK, "question": ""}, 422, "Type the question"),
        ({"exact": DESK, "question": "\u200b\u00ad"}, 422, "Type the question"),
        ({"exact": DESK, "question": "x" * (QUESTION_LIMIT + 1)}, 422, "characters long"),
        ({"exact": DESK, "question": "x" * 1_000_000}, 422, "characters long"),
        ({"exact": DESK, "question": "a\u202eb"}, 422, "nobody types"),
        ({}, 422, "Type the question"),
    ],
)
def test_a_wrong_question_comes_back_with_what_is_wrong(
    as_ed: Client, url: str, sent: dict[str, str], status: int, said: str
) -> None:
    page = PageRead(as_ed.post(url, sent))
    assert page.status == status
    assert said in page.words()
    assert not Prompt.objects.exists()
    assert not Passage.objects.exists()
    if len(sent.get("question", "")) < 1000 and "\u202e" not in sent.get("question", ""):
        assert page.field("question") == sent.get("question", "")


def test_the_same_words_are_asked_about_once(prompt: Prompt, as_ed: Client, url: str) -> None:
    page = PageRead(as_ed.post(url, {"exact": DESK, "question": "Again?"}))
    assert page.status == 409
    assert Prompt.objects.get() == prompt


def test_only_who_may_publish_asks(
    prompt: Prompt, url: str, story: ArticlePage, stan: Client, as_rita: Client, as_mo: Client, as_tess: Client
) -> None:
    writer = signed_in(make_user("will", "Writer"))
    public_id = prompt.passage.public_id
    verbs = ("edit", "close", "open", "remove", "attach")
    for client in (stan, as_rita, as_mo, as_tess, writer):
        for address in (url, *(f"{url}{public_id}/{verb}/" for verb in verbs)):
            answer = client.post(address, {"exact": "one room", "question": "Hm?"})
            assert answer.status_code == 403 or answer["Location"].startswith(("/admin/", "/accounts/"))
        assert QUESTION not in client.get(url).content.decode()
    assert list(Prompt.objects.values_list("question", "is_open")) == [(QUESTION, True)]
    assert url not in writer.get(f"/admin/pages/{story.pk}/edit/").content.decode()


class TestAnOrphan:
    @pytest.fixture
    def orphan(self, story: ArticlePage, mark: Mark) -> Passage:
        """A passage whose words are gone."""
        comment = mark(DESK)
        publish(story, body_of(opening="She sat where one sees the hill and the quay at once. It was the policy."))
        return passage_of(comment)

    def test_is_listed_and_attached_again(self, orphan: Passage, as_ed: Client, url: str, story: ArticlePage) -> None:
        assert DESK in read(as_ed, url).words()
        as_ed.post(f"{url}{orphan.public_id}/attach/", {"exact": "one sees the hill and the quay at once"})

        orphan.refresh_from_db()
        assert not orphan.is_orphan
        assert (orphan.exact, words_of(orphan)) == (DESK, "one sees the hill and the quay at once")
        publish(story, body_of(opening="Yes. She sat where one sees the hill and the quay at once."))
        orphan.refresh_from_db()
        assert words_of(orphan) == "one sees the hill and the quay at once"
        assert read(as_ed, url).words(".//section[@aria-labelledby='orphans']") == ""

    def test_is_not_put_where_another_passage_stands(
        self, orphan: Passage, as_ed: Client, url: str, mark: Mark
    ) -> None:
        mark("It was the policy.")
        page = PageRead(as_ed.post(f"{url}{orphan.public_id}/attach/", {"exact": "It was the policy."}))
        assert page.status == 409
        orphan.refresh_from_db()
        assert orphan.is_orphan

    def test_that_stands_again_is_left_alone(self, orphan: Passage, as_ed: Client, url: str) -> None:
        publish(orphan.article, body_of())
        page = PageRead(as_ed.post(f"{url}{orphan.public_id}/attach/", {"exact": LATER}))
        assert page.status == 409
        orphan.refresh_from_db()
        assert words_of(orphan) == DESK

    def test_of_another_article_is_not_found(self, orphan: Passage, as_ed: Client, article: ArticlePage) -> None:
        answer = as_ed.post(f"/admin/questions/{article.pk}/{orphan.public_id}/attach/", {"exact": "The last boat"})
        assert answer.status_code == 404


def test_words_selected_on_a_page_that_is_out_of_date(story: ArticlePage, mark: Mark) -> None:
    """The reader opened the page, the editor published, the reader comments."""
    publish(story, body_of(opening=OPENING.replace("could see both", "could easily see both")))
    passage = passage_of(mark(DESK))
    assert (passage.exact, passage.text) == (
        "so that she could easily see both",
        PublishedText.objects.filter(page=story).first(),
    )
    publish(story, body_of(opening="All new."))
    with pytest.raises(Refusal, match="selection-gone"):
        mark("three decades")
