"""Who is told of a comment by mail: those who asked, each once, and nobody of their own."""

from __future__ import annotations

import html5lib
import pytest
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Thread
from broadsheet.moderation.actions import decide as decide_at_the_desk
from broadsheet.moderation.models import Standing
from broadsheet.notification.models import OutboxMessage, Subscription
from broadsheet.notification.outbox import send_due
from broadsheet.notification.rounds import write_rounds
from broadsheet.publication.models import ArticlePage
from tests import factories
from tests.fakes.mail_server import Delivery, MailServer
from tests.unit.discussion.conftest import Decide, Say, read
from tests.unit.discussion.conftest import post as post_form

pytestmark = [pytest.mark.django_db(transaction=True)]

ADA = "ada@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def deliver(post: MailServer, address: str) -> list[Delivery]:
    """Write and send all that waits; return what an address has got."""
    while write_rounds() + send_due():
        pass
    return post.to(address)


def subscribe(
    thread: Thread, post: MailServer, kind: str = "all", address: str = ADA, prefix: str = ""
) -> Subscription:
    """Let a stranger subscribe by the form and confirm by the mail's link; forget that mail."""
    reader = Client()
    reader.post(f"{prefix}/threads/{thread.translation_key}/notify/", {"kind": kind, "email": address})
    send_due()
    (asked,) = post.to(address)
    reader.post(asked.link("/subscriptions/confirm/"), {"kind": kind})
    post.deliveries.clear()


@pytest.fixture
def proven(rita: User) -> Profile:
    """Rita, who has proven her address."""
    rita.emailaddress_set.create(email=rita.email, verified=True, primary=True)
    return rita.profile


# --- the whole story -------------------------------------------------------------------------------------------------


def test_a_stranger_subscribes_confirms_gets_one_mail_and_leaves_in_one_click(
    article: ArticlePage, post: MailServer, stan: Client, mo: User
) -> None:
    page = read(stan, article.url)
    form = next(one for one in page.root.iter("form") if one.get("class") == "notify")
    assert "Notify of" in "".join(form.itertext())
    answer = stan.post(form.get("action"), {"kind": "all", "email": ADA}, follow=True)
    assert "Look into your mailbox" in answer.content.decode()
    assert not stan.cookies

    (asked,) = deliver(post, ADA)
    stan.post(asked.link("/subscriptions/confirm/"), {"kind": "all"})
    post.deliveries.clear()

    # A guest writes, is held, is published by a moderator: the stranger learns of it then, and once.
    post_form(Client(), f"/threads/{article.translation_key}/comments/", body="A *fine* boat.", website="x", name="Gus")
    assert deliver(post, ADA) == []
    held = Thread.objects.get().comments.get()
    assert held.is_held
    decided = decide_at_the_desk(
        "comment", held.public_id, Standing.PUBLISHED, by=factories.make_user("mia", "Moderator")
    )
    assert decided.is_published
    (told,) = deliver(post, ADA)
    assert told.mail["Subject"] == f"Gus on {article.title}"
    assert "> A *fine* boat." in told.part("plain")
    assert held.permalink in told.part("plain")
    assert stan.get(held.permalink).status_code == 200

    header = str(told.mail["List-Unsubscribe"]).strip().removeprefix("<http://testserver").removesuffix(">")
    assert Client(enforce_csrf_checks=True).post(header, ONE_CLICK).status_code == 200
    post_form(Client(), f"/threads/{article.translation_key}/comments/", body="Another.", name="Bo")
    assert len(deliver(post, ADA)) == 1


# --- who is told -----------------------------------------------------------------------------------------------------


def test_nobody_is_told_of_their_own(
    thread: Thread, post: MailServer, say: Say, proven: Profile, as_rita: Client
) -> None:
    as_rita.post(f"/threads/{thread.translation_key}/notify/", {"kind": "all"})
    subscribe(thread, post)
    say(by=proven)
    assert deliver(post, proven.user.email) == []
    assert len(deliver(post, ADA)) == 1
    say(by=factories.make_guest("Ada", ADA))
    assert len(deliver(post, proven.user.email)) == 1
    assert len(deliver(post, ADA)) == 1


def test_who_wants_replies_is_told_of_those_only(thread: Thread, post: MailServer, say: Say) -> None:
    subscribe(thread, post, "replies")
    ada = factories.make_guest("Ada", ADA)
    mine = say("I saw it leave.", by=ada)
    other = say("So did I.")
    say("And I.", to=other)
    say("I answer myself.", to=mine, by=ada)
    assert deliver(post, ADA) == []
    answer = say("When was that?", to=mine)
    (told,) = deliver(post, ADA)
    assert told.mail["Subject"].startswith("Gus has answered you on ")
    assert answer.permalink in told.part("html")


def test_who_wants_everything_gets_one_mail_of_a_reply(thread: Thread, post: MailServer, say: Say) -> None:
    subscribe(thread, post)
    mine = say(by=factories.make_guest("Ada", ADA))
    say("When was that?", to=mine)
    assert len(deliver(post, ADA)) == 1


def test_a_comment_published_twice_is_told_once(thread: Thread, post: MailServer, say: Say, decide: Decide) -> None:
    subscribe(thread, post)
    comment = say(held=True)
    for standing in (Standing.PUBLISHED, Standing.REMOVED, Standing.PUBLISHED):
        decide(comment, standing, "why")
    assert len(deliver(post, ADA)) == 1


def test_what_was_removed_meanwhile_is_told_to_nobody(
    thread: Thread, post: MailServer, say: Say, decide: Decide
) -> None:
    subscribe(thread, post)
    comment = say()
    write_rounds()
    decide(comment, Standing.REMOVED, "rude")
    assert deliver(post, ADA) == []
    assert OutboxMessage.objects.latest("pk").state == OutboxMessage.State.WITHDRAWN


def test_an_article_taken_back_is_told_to_nobody(
    article: ArticlePage, thread: Thread, post: MailServer, say: Say
) -> None:
    subscribe(thread, post)
    say()
    article.unpublish()
    assert deliver(post, ADA) == []


def test_a_comment_that_is_not_posted_is_told_to_nobody(thread: Thread, post: MailServer, stan: Client) -> None:
    subscribe(thread, post)
    here = f"/threads/{thread.translation_key}/comments/"
    assert post_form(stan, here, body="").status == 422
    assert post_form(stan, here, body="Only looking.", do="preview").status == 200
    assert deliver(post, ADA) == []


def test_the_mail_is_in_the_readers_language(thread: Thread, post: MailServer, say: Say) -> None:
    subscribe(thread, post, prefix="/nb")
    comment = say()
    (told,) = deliver(post, ADA)
    assert told.mail["Content-Language"] == "nb"
    assert f"/nb/comments/{comment.public_id}/" in told.part("html")


# --- what becomes of one's own words ---------------------------------------------------------------------------------


def test_a_member_learns_what_became_of_it(post: MailServer, say: Say, decide: Decide, proven: Profile) -> None:
    first, second = say("First.", by=proven, held=True), say("Second.", by=proven, held=True)
    decide(first, Standing.PUBLISHED)
    decide(second, Standing.REJECTED, "It names a private person.")
    published, rejected = deliver(post, proven.user.email)
    assert "is published" in published.mail["Subject"]
    assert "> First." in published.part("plain")
    assert "was not published" in rejected.mail["Subject"]
    for kind in ("plain", "html"):
        assert "It names a private person." in rejected.part(kind)
        assert "/subscriptions/silence/" in rejected.part(kind)


def test_of_a_removal_nobody_is_told(post: MailServer, say: Say, decide: Decide, proven: Profile) -> None:
    decide(say("Cheap boats.", by=proven, held=True), Standing.REMOVED, "spam")
    decide(say("Cheaper boats.", by=proven), Standing.REMOVED, "spam")
    assert deliver(post, proven.user.email) == []


def test_a_rejection_taken_back_is_not_told(post: MailServer, say: Say, decide: Decide, proven: Profile) -> None:
    comment = say(by=proven, held=True)
    decide(comment, Standing.REJECTED, "off the subject")
    decide(comment, Standing.PUBLISHED)
    (told,) = deliver(post, proven.user.email)
    assert "is published" in told.mail["Subject"]


def test_an_address_that_was_merely_typed_gets_nothing(post: MailServer, say: Say, decide: Decide) -> None:
    guest = factories.make_guest("Gus", "victim@example.org")
    decide(say(by=guest, held=True), Standing.PUBLISHED)
    decide(say("Second.", by=guest, held=True), Standing.REJECTED, "no")
    assert deliver(post, "victim@example.org") == []
    assert not OutboxMessage.objects.exists()


def test_a_guest_who_has_confirmed_learns_it_too(thread: Thread, post: MailServer, say: Say, decide: Decide) -> None:
    subscribe(thread, post, "replies")
    comment = say(by=factories.make_guest("Ada", ADA), held=True)
    decide(comment, Standing.REJECTED, "off the subject")
    (told,) = deliver(post, ADA)
    assert "off the subject" in told.part("plain")
    assert told.mail["List-Unsubscribe"]


def test_a_member_who_has_proven_nothing_gets_nothing(post: MailServer, say: Say, decide: Decide, rita: User) -> None:
    rita.emailaddress_set.create(email=rita.email, verified=False, primary=True)
    decide(say(by=rita.profile, held=True), Standing.PUBLISHED)
    assert deliver(post, rita.email) == []


# --- what stands in it -----------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script> & <b>bold</b>",
    "{{ publication_name }} {% now 'Y' %} {name} %(name)s",
    "line one\n.\nline three\n\nQUIT",
    "From the sea\n> quoted\nBcc: victim@example.net",
    "[words](https://example.org) ![x](https://example.org/x.png)",
    "محمد كتب 🚢 O'Brien",
    "A" * 9_000,
]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_a_quote_is_literal_text(thread: Thread, post: MailServer, say: Say, words: str) -> None:
    subscribe(thread, post)
    comment = say(f"`{words}`" if words.startswith("<") else words)
    (told,) = deliver(post, ADA)
    assert told.recipients == (ADA,)
    html5lib.HTMLParser(strict=True).parse(told.part("html"))
    page = html5lib.parse(told.part("html"), namespaceHTMLElements=False)
    quote = page.find(".//blockquote")
    assert {element.tag for element in quote.iter()} <= {"blockquote", "p", "br"}
    shown, kept = ("".join(text.split()) for text in ("".join(quote.itertext()), comment.source))
    assert shown == kept or (shown.endswith("…") and kept.startswith(shown[:-1]))
    plain = told.part("plain").replace("\r\n", "\n")
    assert f"> {comment.source.splitlines()[0][:50]}" in plain
    assert "Bcc" not in told.mail


@pytest.mark.parametrize("name", ["O'Brien <b>", "محمد", "=?utf-8?q?x?=", "{headline} {0}"])
def test_a_name_is_text_in_subject_and_words(thread: Thread, post: MailServer, say: Say, name: str) -> None:
    subscribe(thread, post)
    say(by=factories.make_guest(name))
    (told,) = deliver(post, ADA)
    assert str(told.mail["Subject"]).replace("\u200b", "").strip().startswith(f"{name} on ")
    assert "<b>" not in told.part("html")
