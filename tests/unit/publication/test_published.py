"""What follows from publishing: the text is kept, a correction is printed once, the world is told at that moment."""

import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Locale, PageViewRestriction, Revision

from broadsheet.delivery.announce import versions_of
from broadsheet.delivery.models import Topic
from broadsheet.delivery.topics import topic_kinds
from broadsheet.publication import published
from broadsheet.publication.models import (
    ArticlePage,
    Byline,
    Correction,
    FrontPage,
    Person,
    PublicationSettings,
    PublishedText,
    Section,
)
from broadsheet.publication.rendering import reading_minutes, rendered_blocks
from tests.factories import interview, make_article, make_person, make_section, translate

pytestmark = pytest.mark.django_db
URL = "/harbour/the-ferry-keeps-its-winter-hours/"


def draft_of(article: ArticlePage, **fields: Any) -> ArticlePage:
    draft: ArticlePage = ArticlePage.objects.get(pk=article.pk).get_latest_revision_as_object()
    for name, value in fields.items():
        setattr(draft, name, value)
    return draft


def version(topic: str) -> int:
    return versions_of([topic])[topic]


class Heard:
    """Tells which topics were announced within the block."""

    def __enter__(self) -> "Heard":
        self._before = dict(Topic.objects.values_list("name", "version"))
        return self

    def __exit__(self, *_error: object) -> None:
        after = dict(Topic.objects.values_list("name", "version"))
        self.topics = {name for name, number in after.items() if number > self._before.get(name, 0)}


# The text.


def test_the_published_text_is_kept_with_a_map_of_its_blocks(section: Section) -> None:
    body = [
        {"type": "text", "value": "<p>One &amp; two.</p><ul><li>a</li><li>b</li></ul>", "id": "t1"},
        {"type": "picture", "value": {"picture": None, "alt": "", "caption": "", "credit": ""}, "id": "p1"},
        {"type": "quote", "value": {"text": "Words", "attribution": "Ingrid"}, "id": "u1"},
        interview(("When?", "Then.</p><p>Later.")),
        {"type": "text", "value": "<p></p>", "id": "t2"},
    ]
    article = make_article(section, body=body)

    kept = PublishedText.objects.get(page=article)

    assert kept.text == "One & two.\n\na\nb\n\nWords\nIngrid\n\nWhen?\n\nThen.\n\nLater."
    assert kept.headline == article.title
    assert kept.language == "en"
    assert kept.published_at == article.last_published_at
    pieces = {block["id"]: (block["type"], kept.text[block["start"] : block["end"]]) for block in kept.blocks}
    assert pieces == {
        "t1": ("text", "One & two.\n\na\nb"),
        "p1": ("picture", ""),
        "u1": ("quote", "Words\nIngrid"),
        "exchange-1": ("exchange", "When?\n\nThen.\n\nLater."),
        "q-1": ("question", "When?"),
        "a-1": ("answer", "Then.\n\nLater."),
        "t2": ("text", ""),
    }
    assert [block.text for block in rendered_blocks(article)] == [
        "One & two.\n\na\nb",
        "",
        "Words\nIngrid",
        "When?\n\nThen.\n\nLater.",
        "",
    ]


def test_blocks_keep_their_ids_from_one_published_text_to_the_next(section: Section) -> None:
    article = make_article(section, body=[interview(("A?", "B."), ("C?", "D."))])
    draft = draft_of(article)
    draft.body[0].value["exchanges"][0][0].value["text"].source = "<p>Corrected?</p>"
    draft.save_revision().publish()

    newer, older = PublishedText.objects.filter(page=article)

    assert [block["id"] for block in newer.blocks] == [block["id"] for block in older.blocks]
    assert "Corrected?" in newer.text
    assert "Corrected?" not in older.text


def test_publishing_one_revision_twice_keeps_one_text(article: ArticlePage) -> None:
    revision = article.latest_revision

    revision.publish()
    revision.publish()

    assert PublishedText.objects.filter(page=article).count() == 1


def test_a_revision_that_was_overwritten_leaves_both_its_texts(article: ArticlePage) -> None:
    draft = draft_of(article, title="Overwritten")
    draft.save_revision(overwrite_revision=article.latest_revision).publish()

    headlines = [text.headline for text in PublishedText.objects.filter(page=article)]

    assert headlines == ["Overwritten", "The ferry keeps its winter hours"]
    assert PublishedText.objects.filter(page=article).latest().headline == "Overwritten"


def test_a_draft_leaves_no_text(section: Section) -> None:
    article = make_article(section, publish=False)

    article.save_revision()

    assert not PublishedText.objects.exists()


def test_what_is_scheduled_is_kept_when_it_goes_live_and_not_before(section: Section, stan: Client) -> None:
    article = make_article(section, publish=False, pending_correction="It is 1987.")
    draft = draft_of(article, go_live_at=timezone.now() + datetime.timedelta(hours=1))
    draft.save_revision().publish()
    assert not PublishedText.objects.exists()
    assert not Correction.objects.exists()
    assert stan.get(URL).status_code == 404

    revision = ArticlePage.objects.get(pk=article.pk).latest_revision
    revision.approved_go_live_at = timezone.now() - datetime.timedelta(seconds=1)
    revision.content["go_live_at"] = None
    revision.save()
    call_command("publish_scheduled")

    assert PublishedText.objects.get().page_id == article.pk
    assert Correction.objects.get().text == "It is 1987."
    assert stan.get(URL).status_code == 200


def test_an_alias_is_kept_too_and_shows_the_originals_corrections(
    publication: FrontPage, article: ArticlePage, stan: Client
) -> None:
    sea = make_section(publication, "Sea")
    article.create_alias(parent=sea)
    draft_of(article, title="A newer headline", pending_correction="It is 1987.").save_revision().publish()

    alias = ArticlePage.objects.get(alias_of=article)

    assert alias.pending_correction == ""
    assert PublishedText.objects.filter(page=alias).latest().headline == "A newer headline"
    assert Correction.objects.get().page_id == article.pk
    kind = next(kind for kind in topic_kinds() if kind.name == "article")
    assert [kind.figures(str(one.pk), []) for one in (article, alias)] == [{"": {"corrections": 1}}] * 2
    page = stan.get("/sea/the-ferry-keeps-its-winter-hours/").content.decode()
    assert "It is 1987." in page
    assert '<link rel="canonical" href="http://testserver/harbour/the-ferry-keeps-its-winter-hours/">' in page


def test_how_long_one_reads_is_noted(section: Section) -> None:
    article = make_article(section, body=f"<p>{'word ' * 500}</p>")

    assert article.minutes == 3
    assert reading_minutes("") == 1
    assert reading_minutes("字" * 880) == 2


def test_a_text_is_never_half_published(article: ArticlePage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(published, "announce", fail)
    revision = draft_of(article, title="Half", pending_correction="It is 1987.").save_revision()

    with pytest.raises(RuntimeError):
        revision.publish()

    assert ArticlePage.objects.get(pk=article.pk).title == "The ferry keeps its winter hours"
    assert PublishedText.objects.count() == 1
    assert not Correction.objects.exists()


# Corrections.


def test_a_correction_waits_with_the_draft_and_is_printed_once(article: ArticlePage, stan: Client) -> None:
    draft_of(article, pending_correction=" It is 1987, not 1978. ").save_revision()
    assert "1987" not in stan.get(URL).content.decode()

    article.refresh_from_db()
    article.latest_revision.publish()
    again = draft_of(article)
    assert again.pending_correction == ""
    again.save_revision().publish()
    article.refresh_from_db()
    article.latest_revision.publish()

    assert [row.text for row in Correction.objects.all()] == ["It is 1987, not 1978."]
    assert ArticlePage.objects.get(pk=article.pk).pending_correction == ""
    page = stan.get(URL).content.decode()
    assert page.count("It is 1987, not 1978.") == 2  # below the text, and in the data
    assert 'Corrected <a href="#corrections">' in page
    log = stan.get("/corrections/").content.decode()
    assert f'href="{URL}#correction-{Correction.objects.get().pk}"' in log


def test_publishing_an_old_draft_again_neither_repeats_nor_removes_a_correction(article: ArticlePage) -> None:
    old = draft_of(article, pending_correction="It is 1987.").save_revision()
    draft_of(article, title="Newer").save_revision().publish()
    assert Correction.objects.count() == 1

    old.publish()
    article.first_published_at, first = timezone.now(), article.first_published_at
    old.refresh_from_db()
    old.publish()

    assert Correction.objects.count() == 1
    assert first is not None


def test_two_corrections_are_printed_newest_first(article: ArticlePage) -> None:
    for text in ("The first.", "The second."):
        draft_of(article, pending_correction=text).save_revision().publish()

    assert [row.text for row in ArticlePage.objects.get(pk=article.pk).shown_corrections] == [
        "The second.",
        "The first.",
    ]


def test_what_an_editor_types_after_publishing_waits_for_the_next_time(article: ArticlePage) -> None:
    published_draft = draft_of(article, pending_correction="The first.").save_revision()
    draft_of(article, pending_correction="The second.").save_revision()

    Revision.objects.get(pk=published_draft.pk).publish()

    assert [row.text for row in Correction.objects.all()] == ["The first."]
    assert draft_of(article).pending_correction == "The second."


def test_the_database_takes_a_correction_once(article: ArticlePage) -> None:
    Correction.objects.create(page=article, text="It is 1987.")

    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(page=article, text="It is 1987.")


def test_a_withdrawn_articles_corrections_are_withdrawn_with_it(article: ArticlePage, stan: Client) -> None:
    draft_of(article, pending_correction="It is 1987.").save_revision().publish()

    ArticlePage.objects.get(pk=article.pk).unpublish()

    for url in ("/corrections/", "/corrections/feed/"):
        assert b"1987" not in stan.get(url).content


def test_an_editor_corrects_in_the_form(as_ed: Client, article: ArticlePage, stan: Client) -> None:
    url = f"/admin/pages/{article.pk}/edit/"
    form = as_ed.get(url)
    assert form.status_code == 200
    sent = _as_sent(form.context["form"]) | {"pending_correction": "It is 1987.", "action-publish": "on"}

    answer = as_ed.post(url, sent)

    assert answer.status_code == 302, answer.context["form"].errors
    assert Correction.objects.get().text == "It is 1987."
    again = as_ed.get(url)
    assert again.context["form"]["pending_correction"].value() == ""
    assert b"It is 1987." in again.content  # among those printed


def _as_sent(form: Any) -> dict[str, Any]:
    """What a browser sends for the form as it stands: one text, one byline."""
    sent = {
        "title": form["title"].value(),
        "slug": form["slug"].value(),
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "text",
        "body-0-id": form.instance.body[0].id,
        "body-0-value": '{"blocks":[{"key":"a","type":"unstyled","text":"Words.","depth":0,'
        '"inlineStyleRanges":[],"entityRanges":[]}],"entityMap":{}}',
        "lead_picture": "",
        "tags": "",
    }
    for name, formset in form.formsets.items():
        sent |= {
            f"{name}-TOTAL_FORMS": str(len(formset.forms)),
            f"{name}-INITIAL_FORMS": str(len(formset.forms)),
            f"{name}-MIN_NUM_FORMS": "0",
            f"{name}-MAX_NUM_FORMS": "1000",
        }
        for at, row in enumerate(formset.forms):
            sent |= {f"{name}-{at}-{field.name}": field.value() or "" for field in row}
            sent |= {f"{name}-{at}-id": row.instance.pk, f"{name}-{at}-ORDER": str(at + 1), f"{name}-{at}-DELETE": ""}
    return sent


# Telling the world.


def test_publishing_tells_of_the_article_its_versions_and_the_lists(
    publication: FrontPage, article: ArticlePage
) -> None:
    norwegian = translate(
        article, make_section(FrontPage.objects.get(locale__language_code="nb"), "Havn"), "Fergen", slug="fergen"
    )

    with Heard() as heard:
        draft_of(article, title="Newer").save_revision().publish()

    assert heard.topics == {article.topic, norwegian.topic, "publication:lists"}


def test_a_draft_tells_nobody(article: ArticlePage) -> None:
    with Heard() as heard:
        draft_of(article, title="Newer").save_revision()

    assert heard.topics == set()


@pytest.mark.parametrize("verb", ["unpublish", "move", "delete"])
def test_an_article_that_goes_is_told_of(publication: FrontPage, article: ArticlePage, verb: str) -> None:
    sea = make_section(publication, "Sea")
    page = ArticlePage.objects.get(pk=article.pk)

    with Heard() as heard:
        page.move(sea, "last-child") if verb == "move" else getattr(page, verb)()

    assert heard.topics >= {article.topic, "publication:lists"}


def test_a_section_that_is_deleted_tells_of_its_articles(article: ArticlePage) -> None:
    with Heard() as heard:
        Section.objects.get().delete()

    assert heard.topics >= {f"article:{article.pk}", "publication:lists", "publication:everywhere"}


def test_what_any_page_may_show_is_told_of(publication: FrontPage, article: ArticlePage, section: Section) -> None:
    person = make_person("Ada Lunde")
    identity = PublicationSettings.objects.get()

    def renamed() -> None:
        person.name = "Ada Vik"
        person.save()

    def recoloured() -> None:
        identity.accent = "#0b5d3b"
        identity.save()

    changes = {
        "person": renamed,
        "settings": recoloured,
        "redirect": lambda: Redirect.add_redirect("/old", redirect_to=article),
        "section": lambda: section.save_revision().publish(),
        "front": lambda: publication.save_revision().publish(),
        "restriction": lambda: PageViewRestriction.objects.create(page=article, restriction_type="login"),
    }
    for what, change in changes.items():
        with Heard() as heard:
            change()
        assert heard.topics == {"publication:everywhere"}, what


def test_what_no_page_shows_yet_is_not_told_of() -> None:
    with Heard() as heard:
        Person.objects.create(name="New")

    assert heard.topics == set()


# Language versions.


def test_a_copy_for_translation_keeps_bylines_steps_and_ids(publication: FrontPage, section: Section) -> None:
    nb = Locale.objects.get(language_code="nb")
    article = make_article(
        section,
        body=[interview(("A?", "B."))],
        bylines={"writer": "Ada Lunde", "translator": "Clara Finch"},
        steps=[{"kind": "original", "publisher": "Kystblad"}],
    )
    draft_of(article, pending_correction="It is 1987.").save_revision()
    section.copy_for_translation(nb)

    copy = ArticlePage.objects.get(pk=article.pk).copy_for_translation(nb)

    copy = ArticlePage.objects.get(pk=copy.pk)
    assert copy.translation_key == article.translation_key
    assert not copy.live
    assert [(line.person.name, line.role) for line in copy.bylines.all()] == [
        ("Ada Lunde", "writer"),
        ("Clara Finch", "translator"),
    ]
    assert [step.publisher for step in copy.provenance_steps.all()] == ["Kystblad"]
    assert [block.id for block in rendered_blocks(copy)] == [block.id for block in rendered_blocks(article)]
    assert copy.pending_correction == ""
    assert copy.get_latest_revision_as_object().pending_correction == ""
    assert Byline.objects.filter(page=article).count() == 2


def test_an_editor_copies_for_translation_in_the_admin(as_ed: Client, section: Section, article: ArticlePage) -> None:
    nb = Locale.objects.get(language_code="nb")
    section.copy_for_translation(nb)

    answer = as_ed.post(
        f"/admin/translation/submit/page/{article.pk}/",
        {"locales": [nb.pk]},
    )

    assert answer.status_code == 302
    copy = ArticlePage.objects.get(locale=nb)
    assert copy.translation_key == article.translation_key
    assert not copy.live


# Addresses.


def test_an_article_that_gets_another_address_is_found_at_the_old_one(
    article: ArticlePage, stan: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        draft_of(article, slug="the-ferry").save_revision().publish()

    answer = stan.get(URL)

    assert (answer.status_code, answer["Location"]) == (301, "/harbour/the-ferry/")
    assert stan.get("/harbour/the-ferry/").status_code == 200


def test_a_section_that_moves_its_address_takes_its_articles_along(
    article: ArticlePage, section: Section, stan: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        section.slug = "port"
        section.save_revision().publish()

    answer = stan.get(URL)

    assert (answer.status_code, answer["Location"]) == (301, "/port/the-ferry-keeps-its-winter-hours/")


@pytest.mark.parametrize(
    "slug", ["search", "archive", "feed", "corrections", "nb", "ar", "admin", "accounts", "healthz"]
)
def test_a_page_cannot_hide_behind_an_address_of_ours(as_ed: Client, publication: FrontPage, slug: str) -> None:
    url = f"/admin/pages/add/publication/section/{publication.pk}/"

    answer = as_ed.post(url, {"title": "News", "slug": slug, "introduction": "", "action-publish": "on"})

    assert answer.status_code == 200
    assert answer.context["form"].errors["slug"] == ["This address belongs to another page of the publication."]
    assert not Section.objects.exists()


def test_there_is_one_front_page_in_a_language(publication: FrontPage) -> None:
    second = FrontPage(title="Second", slug="second", locale=publication.locale)

    with pytest.raises(Exception, match="There is a front page in this language already"):
        publication.get_parent().add_child(instance=second)


def test_a_text_that_was_missed_is_kept_later(publication: FrontPage, article: ArticlePage) -> None:
    alias = article.create_alias(parent=make_section(publication, "Sea"))
    assert not PublishedText.objects.filter(page_id=alias.pk).exists()

    assert published.record_missing_texts() == 1
    assert published.record_missing_texts() == 0

    assert PublishedText.objects.get(page_id=alias.pk).text == PublishedText.objects.get(page=article).text
