"""*Notify of* above the comments and *tell me of replies* on every form: by whom, with what, and how it is refused."""

from __future__ import annotations

import pytest
from django.test import Client

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.models import Comment, Thread
from broadsheet.notification.limits import REQUESTS
from broadsheet.notification.models import Subscription
from broadsheet.notification.outbox import send_due
from broadsheet.publication.models import ArticlePage
from tests.fakes.mail_server import MailServer
from tests.unit.discussion.conftest import PageRead, Say, read
from tests.unit.discussion.conftest import post as post_form

pytestmark = [pytest.mark.django_db(transaction=True)]

ADA = "ada@example.org"


@pytest.fixture
def proven(rita: User) -> Profile:
    """Rita, who has proven her address."""
    rita.emailaddress_set.create(email=rita.email, verified=True, primary=True)
    return rita.profile


@pytest.fixture
def notify(article: ArticlePage) -> str:
    """Where the form *Notify of* goes to."""
    return f"/threads/{article.translation_key}/notify/"


def kinds() -> set[tuple[str, str]]:
    """Return kind and state of all subscriptions."""
    return set(Subscription.objects.values_list("kind", "state"))


def notify_words(page: PageRead) -> str:
    """What the form says, in one line; '' where there is none."""
    found = page.root.find(".//form[@id='notify']")
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


# --- notify of -------------------------------------------------------------------------------------------------------


def test_the_form_stands_above_the_comment_form(article: ArticlePage, thread: Thread, stan: Client, say: Say) -> None:
    say()
    for url in (article.url, thread.url):
        html = stan.get(url).content.decode()
        assert 0 < html.index('id="notify"') < html.index('id="write"')
        assert html.count('id="notify-email"') == 1
        assert "checked" not in html.partition('name="tell_me"')[2].partition(">")[0]


def test_it_is_the_same_for_everybody(article: ArticlePage, thread: Thread) -> None:
    pages = {Client().get(article.url).content for _ in range(2)}
    assert len(pages) == 1


def test_one_may_ask_to_be_told_where_nobody_has_written(
    article: ArticlePage, notify: str, post: MailServer, stan: Client
) -> None:
    assert not Thread.objects.exists()
    assert read(stan, notify).status == 200
    assert not Thread.objects.exists(), "reading writes nothing"
    answer = stan.post(notify, {"kind": "all", "email": ADA})
    thread = Thread.objects.get()
    assert answer["Location"] == f"/subscriptions/asked/?topic=thread%3A{thread.pk}"
    send_due()
    stan.post(post.only(ADA).link("/subscriptions/confirm/"), {"kind": "all"})
    assert kinds() == {("all", "confirmed")}


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "Write your e-mail address."),
        ("%@%", "no address we can write to"),
        ("*@example.org", "no address we can write to"),
        ("ada@example.org\r\nBcc: bo@example.org", "no address we can write to"),
        ("ada@example.org\nbo@example.org", "no address we can write to"),
        ("ada@example.org,bo@example.org", "no address we can write to"),
        ("<script>alert(1)</script>@example.org", "no address we can write to"),
        ("ada@\0example.org", "no address we can write to"),
        ("ada@example", "no address we can write to"),
        ("x" * 50_000, "no address we can write to"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_refused_form_comes_back_as_it_was_filled_in(
    notify: str, thread: Thread, stan: Client, email: str, sentence: str
) -> None:
    for url, more in ((notify, {}), ("/subscriptions/new/", {"topic": thread.topic})):
        page = PageRead(stan.post(url, {"kind": "replies", "email": email, **more}))
        assert page.status == 422
        assert sentence in page.alert
        field = page.root.find(".//input[@name='email']")
        assert field.get("aria-invalid") == "true"
        assert field.get("value").split() == email.replace("\0", "")[:300].split()
        assert page.root.find(".//option[@selected]").get("value") == "replies"
        assert page.root.find(".//form[@id='notify']").get("action") == url
        assert not page.response.cookies
    assert not Subscription.objects.exists()


def test_what_does_not_exist_cannot_be_subscribed_to(article: ArticlePage, stan: Client, notify: str) -> None:
    for key in ("00000000-0000-4000-8000-000000000000", "x"):
        assert stan.post(f"/threads/{key}/notify/", {"kind": "all", "email": ADA}).status_code == 404
    article.unpublish()
    assert stan.get(notify).status_code == 404
    assert stan.post(notify, {"kind": "all", "email": ADA}).status_code == 404
    assert not Thread.objects.exists()


def test_another_sites_page_subscribes_nobody(notify: str, as_rita: Client, proven: Profile) -> None:
    form = {"kind": "all", "email": ""}
    assert as_rita.post(notify, form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert not Subscription.objects.exists()


def test_somebody_elses_address_many_times_gets_one_mail(notify: str, post: MailServer) -> None:
    for number in range(100):
        answer = Client(REMOTE_ADDR=f"198.51.100.{number}").post(notify, {"kind": "all", "email": ADA})
        assert answer.status_code == 302
    send_due()
    assert len(post.deliveries) == 1


def test_one_connection_is_told_to_wait_and_keeps_its_words(notify: str, stan: Client) -> None:
    for number in range(REQUESTS.turns):
        stan.post(notify, {"kind": "all", "email": f"reader-{number}@example.org"})
    page = PageRead(stan.post(notify, {"kind": "all", "email": ADA}))
    assert page.status == 429
    assert "Try again in an hour" in page.alert
    assert page.field("email") == ADA


def test_a_member_sees_their_address_then_how_to_stop(
    article: ArticlePage, thread: Thread, notify: str, proven: Profile, as_rita: Client, stan: Client
) -> None:
    assert f"at {proven.user.email}" in notify_words(read(as_rita, article.url))
    answer = as_rita.post(notify, {"kind": "all"}, follow=True)
    assert "You will be told" in answer.content.decode()
    for url in (article.url, thread.url):
        page = read(as_rita, url)
        assert f"You are told of all new comments at {proven.user.email}. Stop" in notify_words(page)
        assert proven.user.email not in stan.get(url).content.decode()
    stop = page.root.find(".//form[@id='notify']").get("action")
    assert "You get no more" in as_rita.post(stop, follow=True).content.decode()
    assert kinds() == {("all", "stopped")}
    assert "Notify of" in notify_words(read(as_rita, article.url))


def test_a_member_who_has_proven_nothing_gets_a_field(notify: str, rita: User, as_rita: Client) -> None:
    page = PageRead(as_rita.post(notify, {"kind": "all"}))
    assert page.status == 422
    assert page.field("email") == ""


def test_a_guest_learns_nothing_of_an_address_they_gave(
    article: ArticlePage, notify: str, post: MailServer, as_gus: Client
) -> None:
    as_gus.post(notify, {"kind": "all", "email": ADA})
    send_due()
    Client().post(post.only(ADA).link("/subscriptions/confirm/"), {"kind": "all"})
    page = read(as_gus, article.url)
    assert "Notify of" in notify_words(page)
    assert ADA not in page.response.content.decode()


def test_below_a_closed_discussion_one_can_only_stop(
    article: ArticlePage, thread: Thread, notify: str, proven: Profile, as_rita: Client, stan: Client
) -> None:
    as_rita.post(notify, {"kind": "all"})
    Thread.objects.update(is_closed=True)
    for url in (article.url, thread.url):
        assert notify_words(read(stan, url)) == ""
        assert "Stop" in notify_words(read(as_rita, url))
    answer = stan.post(notify, {"kind": "all", "email": ADA})
    assert answer.status_code == 403
    assert "closed" in answer.content.decode()


# --- tell me of replies ----------------------------------------------------------------------------------------------


def test_every_form_offers_it_and_none_is_ticked(thread: Thread, here: str, stan: Client, say: Say) -> None:
    comment = say()
    for url in (here, f"/comments/{comment.public_id}/reply/"):
        box = read(stan, url).root.find(".//input[@name='tell_me']")
        assert box.get("type") == "checkbox"
        assert box.get("checked") is None


def test_a_guest_is_asked_first_and_then_told_of_replies(here: str, post: MailServer, say: Say) -> None:
    guest = Client()
    page = post_form(guest, here, body="When does it leave?", name="Ada", email=ADA, tell_me="yes")
    assert page.status == 303
    mine = Comment.objects.get()
    assert page.response["Location"] == f"/comments/{mine.public_id}/?told=asked#comment-{mine.public_id}"
    assert "a mail is on its way" in read(guest, page.response["Location"]).words(".//*[@role='status']")
    say("At nine.", to=mine)
    send_due()
    (asked,) = post.to(ADA)
    assert "/subscriptions/confirm/" in asked.part("plain")
    guest.post(asked.link("/subscriptions/confirm/"), {"kind": "replies"})
    say("At ten, now.", to=mine)
    say("Elsewhere.")
    send_due()
    assert [one.mail["Subject"].split(" ")[:3] for one in post.to(ADA)[1:]] == [["Gus", "has", "answered"]]


def test_a_member_is_told_at_once(here: str, post: MailServer, say: Say, proven: Profile, as_rita: Client) -> None:
    page = post_form(as_rita, here, body="When does it leave?", tell_me="yes")
    assert "?told=yes#" in page.response["Location"]
    assert kinds() == {("replies", "confirmed")}
    say("At nine.", to=Comment.objects.get())
    send_due()
    assert len(post.to(proven.user.email)) == 1


def test_it_keeps_what_includes_replies_already(here: str, notify: str, proven: Profile, as_rita: Client) -> None:
    as_rita.post(notify, {"kind": "all"})
    post_form(as_rita, here, body="When does it leave?", tell_me="yes")
    assert kinds() == {("all", "confirmed")}


@pytest.mark.parametrize("email", ["", "%@%", "ada@example", '"a b"@example.org'])
def test_without_an_address_nothing_is_posted_and_nothing_lost(here: str, stan: Client, email: str) -> None:
    page = post_form(stan, here, body="My very words.", name="Ada", email=email, tell_me="yes")
    assert page.status == 422
    assert "address" in page.alert
    assert page.field("body").strip() == "My very words."
    assert page.field("email") == email
    assert page.root.find(".//input[@name='email']").get("aria-invalid") == "true"
    assert page.root.find(".//input[@name='tell_me']").get("checked") is not None
    assert not Comment.objects.exists()
    assert post_form(stan, here, body="My very words.", name="Ada", tell_me="yes", do="preview").status == 200


def test_a_guest_we_know_need_not_type_it_again(here: str, gus: Profile, as_gus: Client, post: MailServer) -> None:
    Profile.objects.filter(pk=gus.pk).update(email=ADA)
    assert post_form(as_gus, here, body="Again.", name="Gus", tell_me="yes").status == 303
    send_due()
    assert len(post.to(ADA)) == 1


def test_unticked_it_writes_to_nobody(here: str, stan: Client, post: MailServer) -> None:
    page = post_form(stan, here, body="When does it leave?", name="Ada", email=ADA)
    assert "told" not in page.response["Location"]
    send_due()
    assert (post.deliveries, Subscription.objects.count()) == ([], 0)


def test_a_robot_sends_nobody_a_mail(here: str, stan: Client, post: MailServer) -> None:
    page = post_form(stan, here, body="Cheap.", name="Ada", email=ADA, tell_me="yes", website="https://cheap.example")
    assert "?told=asked#" in page.response["Location"]
    assert (send_due(), Subscription.objects.count()) == (0, 0)


def test_a_comment_stays_posted_when_too_much_was_asked_for(here: str, notify: str, stan: Client) -> None:
    for number in range(REQUESTS.turns):
        stan.post(notify, {"kind": "all", "email": f"reader-{number}@example.org"})
    page = post_form(stan, here, body="My very words.", name="Ada", email=ADA, tell_me="yes")
    assert "?told=no#" in page.response["Location"]
    assert Comment.objects.count() == 1
    assert "you will not be told" in read(stan, page.response["Location"]).words(".//*[@role='status']")


def test_nobody_learns_that_an_address_is_subscribed(here: str, notify: str, post: MailServer) -> None:
    reader = Client()
    reader.post(notify, {"kind": "all", "email": ADA})
    send_due()
    reader.post(post.only(ADA).link("/subscriptions/confirm/"), {"kind": "all"})
    form = {"body": "Hello.", "name": "Eve", "tell_me": "yes"}
    pages = [post_form(Client(), here, **form, email=one) for one in (ADA, "nobody@example.org")]
    answers = {page.response["Location"].partition("?")[2].partition("#")[0] for page in pages}
    assert answers == {"told=asked"}
