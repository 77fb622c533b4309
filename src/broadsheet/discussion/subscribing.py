"""*Notify of* and *tell me of replies*: subscribing to a thread, which may not have been begun yet."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from broadsheet.accounts.models import Profile, User
from broadsheet.discussion.actions import check_answerable, open_thread
from broadsheet.discussion.asking import thread_on
from broadsheet.discussion.forms import Typed, writer_of
from broadsheet.discussion.models import Comment, Thread
from broadsheet.discussion.reading import article_for_readers
from broadsheet.gate.address import client_address
from broadsheet.gate.same_site import guarded
from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.actions import subscribe_to_replies
from broadsheet.notification.addresses import clean_address
from broadsheet.notification.forms import WishForm, answer_wish, wish_form, wish_page
from broadsheet.notification.recipients import proven_address_of
from broadsheet.notification.topics import Subject

# What becomes of the wish to be told of replies, as the page of the new comment is told.
TOLD, ASKED, NOT_TOLD = "yes", "asked", "no"


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def notify(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show the form *Notify of* on a page of its own; take what it brings."""
    article = article_for_readers(key)
    subject = Subject(_("Comments on {headline}").format(headline=article.title), f"{article.url}#discussion")
    thread = thread_on(request, article)
    check_answerable(thread)
    if request.method != "POST":
        return wish_page(request, notify_form(request, thread), subject)
    answer = answer_wish(request, notify_form(request, open_thread(article)), subject)
    add_never_cache_headers(answer)
    return answer


def notify_form(request: HttpRequest, thread: Thread) -> WishForm:
    """Return the form *Notify of* for a thread, whether or not anybody has written there."""
    return wish_form(request, thread.notify_url, thread.topic if thread.pk else "")


def check_can_be_told(request: HttpRequest, typed: Typed) -> None:
    """Refuse to post for somebody who wants to be told of replies and gives no address that we could write to.

    Before anything is posted, so that nobody waits for mails that cannot come. Refusals: `address-missing`,
    `address-invalid`.
    """
    if typed.tell_me and not isinstance(request.visitor.user, User):  # type: ignore[attr-defined]
        by = writer_of(request, typed)
        clean_address(typed.email or (by.email if isinstance(by, Profile) else ""))


def tell_of_replies(request: HttpRequest, typed: Typed, comment: Comment) -> str:
    """Let the author of a comment that was posted just now be told of replies, if they ticked that.

    Returns what became of it, for `told_url`; the comment stays posted whatever that is.
    """
    if not typed.tell_me:
        return ""
    author: Profile = comment.author
    address = typed.email if author.user is None else author.user.email
    proven = proven_address_of(author)
    try:
        if not typed.website:  # a robot gets the same answer, and nothing is sent
            client = client_address(request)
            subscribe_to_replies(comment.thread.topic, by=author, address="" if proven else address, client=client)
    except Refusal:
        return NOT_TOLD
    # Nobody else learns whether the address they typed is subscribed already.
    return TOLD if proven else ASKED


def told_url(comment: Comment, told: str) -> str:
    """Return the place of a new comment, on a page that says what became of the wish to be told of replies."""
    path, _hash, fragment = comment.permalink.partition("#")
    return f"{path}?{urlencode({'told': told})}#{fragment}" if told else comment.permalink
