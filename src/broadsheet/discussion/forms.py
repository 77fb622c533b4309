"""The comment form: what somebody typed, whether a robot did, and how it is shown again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from broadsheet.accounts.models import Profile, User
from broadsheet.accounts.visitor import bears_identity
from broadsheet.discussion.actions import Newcomer, Posted, Writer
from broadsheet.discussion.models import Comment, Thread
from broadsheet.gate.address import client_address
from broadsheet.gate.keys import Key
from broadsheet.gate.stamp import fresh_stamp, stamp_age
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.rights import may_moderate
from broadsheet.publication.models import ArticlePage

# Nobody reads a page, has a thought and types it within a second. A stamp knows only its minute and tells an age that
# is up to a minute too high, so most robots pass; those that do not were surely too fast.
TOO_FAST = timedelta(seconds=1)
# A page may lie open, or stored, for weeks; robots keep a form they once saw for ever.
TOO_OLD = timedelta(days=60)
# Bytes of a posted form: many times the longest comment, however its letters are spelled on the way.
FORM_LIMIT = 1024 * 1024
# A key as form.js makes it, or as we do; a shorter one may be somebody else's too.
KEY_LENGTHS = range(16, 65)

_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
REPLACEMENT = "\ufffd"


@dataclass(frozen=True)
class Typed:
    """The fields of a posted comment form, as they came."""

    body: str = ""
    name: str = ""
    email: str = ""
    parent: str = ""
    key: str = ""
    stamp: str = ""
    website: str = ""
    tell_me: bool = False
    wants_preview: bool = False
    wants_form: bool = False
    is_broken: bool = False

    @property
    def has_key(self) -> bool:
        """Whether the form brought a key that only this very form can have."""
        return len(self.key) in KEY_LENGTHS

    def spam_signs(self, now: datetime) -> tuple[str, ...]:
        """Return what looks like a robot: the field that people do not see, haste, a form from another age.

        A form without a stamp is none: the sign would only be on those who keep their browser tidy.
        """
        signs = ["honeypot"] if self.website else []
        if self.stamp:
            age = stamp_age(self.stamp, now)
            if age is None or age > TOO_OLD:
                signs.append("old-stamp")
            elif age < TOO_FAST:
                signs.append("too-fast")
        return tuple(signs)


@dataclass(frozen=True)
class About:
    """What a comment is about besides its article, as a module above has it.

    The form goes to `action` and bears `fields` unseen and `quote` above the words; `post` posts as `post_comment`
    does. `identity` tells what it is about, as the form that was posted says it. Cancelled, it leads `back`. `trouble`
    is what already stands in the way; after one of `refusals` the same words may be a comment on the article.
    """

    action: str
    quote: SafeString
    fields: Mapping[str, str]
    identity: tuple[str, ...]
    back: str
    post: Callable[..., Posted]
    refusals: Collection[str] = ()
    trouble: Refusal | None = None


@dataclass(frozen=True)
class Form:
    """The form as it is drawn: where it goes, what stands in its fields, what is wrong with them."""

    action: str
    typed: Typed = Typed()
    parent: Comment | None = None
    about: About | None = None
    member: str = ""
    guest: str = ""
    key: str = ""
    stamp: str = ""
    error: Refusal | None = None
    preview: SafeString | None = None

    @property
    def limit(self) -> int:
        """How many characters of a comment fit."""
        limit: int = settings.COMMENT_LIMIT
        return limit

    @property
    def prefix(self) -> str:
        """What the ids of its elements begin with: there may be several forms on a page."""
        if self.about:
            return "write-passage"
        return f"write-{self.parent.public_id}" if self.parent else "write"

    @property
    def back(self) -> str:
        """Where somebody goes who will not write here after all; "" for the form that stands where it belongs."""
        if self.about:
            return self.about.back
        return self.parent.permalink if self.parent else ""

    @property
    def body(self) -> str:
        """What stands in the field for the words."""
        return _UNPRINTABLE.sub(REPLACEMENT, self.typed.body)

    @property
    def name(self) -> str:
        """What stands in the field for the name."""
        return _UNPRINTABLE.sub(REPLACEMENT, self.typed.name) or self.guest

    @property
    def email(self) -> str:
        """What stands in the field for the address."""
        return _UNPRINTABLE.sub(REPLACEMENT, self.typed.email)

    @property
    def wrong_field(self) -> str:
        """The field that the error is about; empty when it is about none of them."""
        return self.error.field if self.error and self.error.field in ("body", "name", "email") else ""


def reader_of(request: HttpRequest) -> Profile | None:
    """Return who reads, as far as we know them."""
    profile: Profile | None = request.visitor.profile  # type: ignore[attr-defined]
    return profile


def reads_as_moderator(request: HttpRequest) -> bool:
    """Whether who reads decides at the desk; no query for anybody who is not signed in."""
    return may_moderate(request.visitor.user)  # type: ignore[attr-defined]


def posted(request: HttpRequest) -> QueryDict:
    """Return the fields of a posted form. Raises Refusal `too-large` for more than anybody types."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > FORM_LIMIT:
        sentence = _("This is too much for one comment. Nothing was posted; go back and shorten it.")
        raise Refusal("too-large", sentence, status=413)
    _raw, given = request.body, request.POST  # in this order: Django reads a stream once
    return given


def read_form(request: HttpRequest) -> Typed:
    """Return what was posted. Raises the refusal of `posted`."""
    given = posted(request)
    return Typed(
        **{name: given.get(name, "") for name in ("body", "name", "email", "parent", "key", "stamp", "website")},
        tell_me="tell_me" in given,
        wants_preview=given.get("do") == "preview",
        wants_form=given.get("do") == "begin",
        is_broken=_is_broken(request.body, request.content_type or ""),
    )


def check_whole(typed: Typed) -> None:
    """Raise Refusal `text-broken` where characters were lost on the way; nobody's words are kept with holes in them."""
    if typed.is_broken:
        sentence = _("Some characters did not arrive whole. Look through your words below and type those anew.")
        raise Refusal("text-broken", sentence, field="body")


def spam_signs_of(request: HttpRequest, typed: Typed) -> tuple[str, ...]:
    """Return what looks like a robot; somebody whose words are published here is none, however fast they type."""
    signs = typed.spam_signs(timezone.now())
    reader: Profile | None = request.visitor.profile  # type: ignore[attr-defined]
    if "too-fast" in signs and reader and Comment.objects.published_of(reader).exists():
        return tuple(sign for sign in signs if sign != "too-fast")
    return signs


def scopes_of(article: ArticlePage) -> tuple[str, ...]:
    """Return where words about an article go besides its thread, the narrowest place first."""
    return (f"section:{article.section.pk}",) if article.section else ()


def blank_form(request: HttpRequest, action: str, now: datetime, parent: Comment | None = None) -> Form:
    """Return an empty form. On a page that everybody gets it is the same for everybody, but for the minute."""
    visitor = request.visitor  # type: ignore[attr-defined]
    is_member = visitor.user.is_authenticated
    name = visitor.profile.name if visitor.profile else (visitor.user.get_full_name() if is_member else "")
    return Form(
        action,
        parent=parent,
        member=name if is_member else "",
        guest="" if is_member else name,
        # The page of somebody we know is theirs alone; on a common one the browser makes the key.
        key=secrets.token_urlsafe(18) if bears_identity(request) else "",
        stamp=fresh_stamp(now),
    )


def filled_form(form: Form, typed: Typed, error: Refusal | None = None, preview: SafeString | None = None) -> Form:
    """Return the form with what was typed in it; its key and stamp stay those it was posted with."""
    key = typed.key if typed.has_key else secrets.token_urlsafe(18)
    return replace(form, typed=typed, key=key, stamp=typed.stamp or form.stamp, error=error, preview=preview)


def writer_of(request: HttpRequest, typed: Typed) -> Writer:
    """Return who writes: the member, the guest we know as long as they keep their name, else somebody new."""
    visitor = request.visitor  # type: ignore[attr-defined]
    known: Profile | None = visitor.profile
    if visitor.user.is_authenticated:
        user: User = visitor.user
        return known or user
    if known and known.name and typed.name in ("", known.name) and typed.email.strip().lower() in ("", known.email):
        return known
    return Newcomer(typed.name, typed.email, known)


def key_of_edit(typed: Typed, comment: Comment) -> Key:
    """Return what makes an edit the same one: the form's own key and the words; without a key, the words alone."""
    form = (typed.key,) if typed.has_key else ("", typed.stamp)
    return Key.of(f"edit:{comment.public_id}", *form, typed.body)


def key_of(request: HttpRequest, typed: Typed, thread: Thread, parent: Comment | None) -> Key:
    """Return what makes a submission the same one: the form's own key, else the form's stamp and who seems to send it.

    Everything typed is part of both: the same key with other words is another comment.
    """
    known: Profile | None = request.visitor.profile  # type: ignore[attr-defined]
    sender = ("", known.public_id if known else "", client_address(request), typed.stamp)
    form = (typed.key,) if typed.has_key else sender
    answered = parent.public_id if parent else ""
    return Key.of(f"comment:{thread.translation_key}", *form, answered, typed.body, typed.name, typed.email)


def _is_broken(raw: bytes, content_type: str) -> bool:
    """Whether there are bytes in it that are no UTF-8, which Django replaces without a word."""
    try:
        (unquote_to_bytes(raw) if content_type == "application/x-www-form-urlencoded" else raw).decode()
    except UnicodeDecodeError:
        return True
    return False
