"""The shapes of what the API takes and gives; the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from broadsheet.accounts.names import NAME_LIMIT
from broadsheet.discussion.actions import no_such_vote
from broadsheet.discussion.models import DOWN, NONE, UP, Order
from broadsheet.kernel.ids import ALPHABET, LENGTH

ORDERS = [order.value for order in Order]
STANDINGS = ["published", "held", "removed", "deleted"]
VOTES = [UP, DOWN, NONE]
ID = rf"^[{ALPHABET}]{{{LENGTH}}}$"


def _vote(value: Any) -> Any:
    # To Python True is 1, and so is 1.0; nobody's vote is written like that.
    if type(value) is not int or value not in VOTES:
        raise no_such_vote()
    return value


def _one_of(words: list[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": words})


OrderWord = Annotated[str, _one_of(ORDERS)]
VoteValue = Annotated[int, WithJsonSchema({"type": "integer", "enum": VOTES})]


class Taken(BaseModel):
    """What a program sends. A field that is not named here is refused, and so is a number or a text that is none."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Words(Taken):
    """Somebody's words, in Markdown."""

    body: Annotated[
        str,
        Field(
            description=f"The words, in Markdown; {settings.COMMENT_LIMIT} characters at most. HTML is not taken.",
            json_schema_extra={"minLength": 1},
            examples=["The tide *waits* for nobody."],
        ),
    ]


class NewComment(Words):
    """A comment to be posted."""

    name: Annotated[
        str,
        Field(
            description=(
                f"The name that a guest writes under, {NAME_LIMIT} characters at most. "
                "Whoever is known already writes under their own."
            ),
            examples=["Gus"],
        ),
    ] = ""
    email: Annotated[str, Field(description="A guest's own address, never shown. It may be left out.")] = ""


class NewVote(Taken):
    """What somebody's voice on a comment shall be from now on."""

    value: Annotated[
        VoteValue, BeforeValidator(_vote), Field(description="1 votes up, -1 votes down, 0 takes the vote back.")
    ]


class Given(BaseModel):
    """What we answer."""

    model_config = ConfigDict(frozen=True)


class Refused(Given):
    """Why something was not done."""

    code: str = Field(description="Stable, for programs.", examples=["thread-closed"])
    sentence: str = Field(description="For people, in the language that Accept-Language asks for.")
    field: str = Field(description='The field, parameter or header that it is about; "" for none of them.')


class Person(Given):
    """Who wrote something, by their public name."""

    id: str = Field(pattern=ID)
    name: str = Field(description="A text, not HTML.")
    is_guest: bool = Field(description="Whether nobody signs in under this name.")


class Article(Given):
    """The story that is discussed, in the language asked for where there is such a version."""

    title: str
    url: str = Field(description="Where people read it.")
    language: str


class Thread(Given):
    """The discussion of an article in all its languages."""

    key: str = Field(json_schema_extra={"format": "uuid"})
    article: Article
    url: str = Field(description="Where people read all of its comments.")
    comment_count: int = Field(description="How many comments everybody can read.", ge=0)
    is_closed: bool = Field(description="Whether nobody can write any more.")
    slow_minutes: int = Field(description="Everybody may write one comment in so many minutes; 0: as they like.", ge=0)
    may_vote_down: bool = Field(description="Whether comments may be voted down.")
    edit_minutes: int = Field(description="How long authors may edit and delete what they posted.", ge=0)
    order: OrderWord = Field(description="The order where a program asks for none.")


class Comment(Given):
    """A comment, or the place of one that was removed: then nobody reads its words, and there is no author."""

    id: str = Field(pattern=ID)
    url: str = Field(description="Where people read it in its place.")
    parent: str | None = Field(description="The comment it answers; null for one under the article.")
    top: str = Field(description="The comment under the article whose branch it stands in: itself, for one of those.")
    depth: int = Field(description="How many comments stand between it and the article.", ge=0)
    standing: Annotated[str, _one_of(STANDINGS)] = Field(
        description=(
            "published: everybody reads it. held: it awaits a moderator, and only its author reads it. "
            "removed: by a moderator. deleted: by its author."
        )
    )
    author: Person | None = Field(description="null where its words are not for you to read.")
    html: str | None = Field(description="The words as safe HTML: it may be put into a page as it is.")
    source: str | None = Field(description="What its author typed last, for them alone.")
    created_at: datetime | None = Field(description="null where its words are not for you to read.")
    edited_at: datetime | None
    has_waiting_edit: bool = Field(description="Whether other words of yours await a moderator; for its author alone.")
    up_count: int = Field(ge=0)
    down_count: int = Field(ge=0)
    score: int = Field(description="Votes up less votes down.")
    vote: VoteValue | None = Field(description="How you voted; null where we do not know you.")
    reply_count: int = Field(description="How many comments answer it, places of removed ones included.", ge=0)
    is_pinned: bool = Field(description="Whether the newsroom put it above all others.")
    is_pick: bool = Field(description="Whether the newsroom commends it.")
    is_closed: bool = Field(description="Whether the newsroom closed its branch: nobody can answer there.")


class More(Given):
    """What is left out below a comment under the article."""

    count: int = Field(description="How many replies.", ge=1)
    after: str = Field(description='The cursor at which the branch goes on; "" from its first reply.')


class TopComment(Comment):
    """A comment under the article with the first replies of its branch, each behind what it answers."""

    branch_count: int = Field(description="How many comments stand in its branch below it.", ge=0)
    replies: list[Comment]
    more: More | None = Field(description="null where all of its branch is here.")


class CommentList(Given):
    """One page of the comments under an article."""

    order: OrderWord
    comments: list[TopComment] = Field(description="On the first page what is pinned stands above all others.")
    after: str | None = Field(description="The cursor of the next page; null on the last one.")


class ReplyList(Given):
    """Replies in the order they came."""

    comments: list[Comment]
    after: str | None = Field(description="The cursor of the next page; null on the last one.")


class Voted(Given):
    """How a comment stands after a vote."""

    comment: str = Field(pattern=ID)
    value: VoteValue = Field(description="How you voted.")
    up_count: int = Field(ge=0)
    down_count: int = Field(ge=0)
    score: int


class Previewed(Given):
    """Words as they would be shown."""

    html: str = Field(description="Safe HTML.")


class You(Given):
    """Who asks, as far as we know."""

    kind: Annotated[str, _one_of(["nobody", "guest", "member"])]
    person: Person | None = Field(description="Your public name; null before you have one.")
    by_token: bool = Field(description="Whether a token says so.")
    may_write: bool = Field(description="Whether you may do more than read.")
