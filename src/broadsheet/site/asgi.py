"""What each web process runs: files, pages out of the store, news for whoever listens, and Django by the hop."""

from __future__ import annotations

from functools import partial

from django.conf import settings
from django.urls import reverse

from broadsheet.accounts.visitor import identifying_cookies
from broadsheet.delivery import live
from broadsheet.delivery.addresses import Key, key_of
from broadsheet.delivery.asgi import Application, Receive, Scope, Send
from broadsheet.delivery.boards import Boards
from broadsheet.delivery.changes import Feed, now
from broadsheet.delivery.front import Finish, Front, Outcome
from broadsheet.delivery.pages import ASK_AGAIN, ASK_SOON
from broadsheet.delivery.purging import SPREAD, Purger
from broadsheet.delivery.shown import Showing, with_notes_of_what_is_shown
from broadsheet.delivery.store import Store
from broadsheet.site.environ import environ_of_key
from broadsheet.site.hop import Answer, Hop
from broadsheet.site.purging import purge
from broadsheet.site.renditions import RenditionNotes
from broadsheet.site.static import StaticFiles
from broadsheet.site.stored import own_hosts, public_host, stored_at
from broadsheet.site.wsgi import application as django

SCHEME = "https" if settings.IS_ENCRYPTED else "http"
# What the newsroom sends in one go: a report with its figures as PDF. Pictures are 20 MB at most, which Wagtail checks.
UPLOAD_LIMIT = 100 * 1024 * 1024


def body_limit(path: str) -> int:
    """Return how many bytes may be sent to a path.

    From readers twice what Django takes (gate/size.py), so that it can say in words that this is too much.
    """
    is_newsroom = path.startswith(reverse("wagtailadmin_home"))
    return UPLOAD_LIMIT if is_newsroom else 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE


async def ask(key: Key, showing: Showing, finish: Finish) -> Outcome:
    """Ask Django for a page in nobody's name: what is not in the key has no part in the request."""

    def hand_on(answer: Answer) -> Outcome:
        return finish(answer.status, answer.headers, answer.body if isinstance(answer.body, bytes) else None)

    return await hop.whole(environ_of_key(key, SCHEME, showing), hand_on)


async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what is not in the store."""
    answers: Application = listening if live.is_asked(scope) else hop
    await answers(scope, receive, send)


hop = Hop(with_notes_of_what_is_shown(django), scheme=SCHEME, limit=body_limit)
store = Store(settings.PAGE_STORE_BYTES)
boards = Boards(spread=SPREAD if settings.WAGTAILFRONTENDCACHE else 0)
listening = live.Live(boards)
feed = Feed()  # started in each process, by whoever has forked it (web.py)
feed.tell(RenditionNotes())
feed.tell(store)
feed.tell(boards)
if settings.WAGTAILFRONTENDCACHE:
    # Behind the store, so that what a cache asks for when it was told is drawn anew.
    feed.tell(Purger(store, f"{SCHEME}://{public_host()}", purge))
front = Front(
    elsewhere,
    ask,
    store=store,
    feed=feed,
    key_of=partial(key_of, hosts=own_hosts(), stored=stored_at),
    private_cookies=identifying_cookies(),
    clock=now,
    kept=ASK_SOON if settings.WAGTAILFRONTENDCACHE else ASK_AGAIN,
)
# A look into a dictionary decides whether a request is for a file.
application: Application = StaticFiles(front, settings.STATIC_ROOT, settings.STATIC_URL)
