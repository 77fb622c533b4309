"""Passages as HTML: the quote above a comment, slips and prompts beside the text, the list of all of them.

The structure and the class names are the design's. Everything that somebody typed or selected is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from broadsheet.annotation.beside import Paragraph
from broadsheet.annotation.models import Passage
from broadsheet.discussion.models import Comment
from broadsheet.discussion.talk import Talk
from broadsheet.kernel import written
from broadsheet.kernel.text import plain_text

# Characters, so that an article with sixty passages stays light.
QUOTE = 160  # of a passage above a comment
NAME = 80  # of a passage or paragraph, where a link is named by it
EXCERPT = 240  # of a comment in a slip

_LISTED = {False: '<span dir="auto">{}</span>', True: '<s class="orphan" dir="auto">{}</s>'}


def short(words: str, length: int) -> str:
    """Return the words on one line, cut where they are longer."""
    return Truncator(" ".join(words.split())).chars(length)


def quotes(passages: Mapping[int, Passage], talk: Talk) -> dict[int, SafeString]:
    """Return the quotes above the comments of a page, by the comments' primary keys."""
    about = {comment: passages[comment.pk] for comment in talk.comments if comment.pk in passages}
    # Where a comment waits nobody may have marked the passage yet, so that there is no place to lead to.
    return {
        comment.pk: quote(passage, "" if comment.is_held else _place_of(passage, talk))
        for comment, passage in about.items()
    }


def quote(passage: Passage, href: str) -> SafeString:
    """Draw the words of a passage, with a link if there is one; those of an orphan struck through."""
    words: str = short(passage.exact, QUOTE)
    gone: str = ""
    if passage.is_orphan:
        words = format_html('<s class="orphan">{}</s>', words)
        gone = format_html(' <span class="meta">{}</span>', _("no longer in the text"))
    if href:
        words = format_html('<a href="{}">{}</a>', href, words)
    return format_html('<blockquote class="about" dir="auto">{}{}</blockquote>', words, gone)


def words_of(passage: Passage) -> SafeString:
    """Draw all the words of a passage, as its own page shows them."""
    element = "s" if passage.is_orphan else "span"
    return format_html('<blockquote class="about" dir="auto"><{0}>{1}</{0}></blockquote>', element, passage.exact)


def slip(passage: Passage, comments: Sequence[Comment], *, is_open: bool) -> SafeString:
    """Draw the first comments on a passage, to be opened beside its paragraph, and the way to all of them."""
    summary = ngettext("{count} comment on this passage", "{count} comments on this passage", passage.count)
    return format_html(
        '<details class="notes" name="passages"><summary>{}</summary>{}</details>',
        _counted(summary, passage.count), _sheet(passage, comments, _("Add yours") if is_open else ""),
    )  # fmt: skip


def prompt(passage: Passage, comments: Sequence[Comment], *, is_open: bool) -> SafeString:
    """Draw an editor's question, always visible, and the first answers to it, to be opened below."""
    asked = passage.prompt
    answers, answer, here = SafeString(), SafeString(), SafeString()
    if passage.count:
        summary = ngettext("Read {count} answer", "Read {count} answers", passage.count)
        answers = format_html(
            '<details name="passages"><summary>{}</summary>{}</details>',
            _counted(summary, passage.count), _sheet(passage, comments, ""),
        )  # fmt: skip
    else:
        here = format_html(' id="{}"', passage.element_id)
    if is_open and asked.is_open:
        href = f"{url_of(passage)}#write-passage"
        answer = format_html('<p class="acts"><a href="{}">{}</a></p>', href, _("Answer the editor"))
    return format_html(
        '<div class="prompt" role="group" aria-label="{}"{}><span class="label">{}</span>'
        '<p class="ask" dir="auto">{}</p>{}{}</div>',
        _("The editor asks"), here, _("{name} asks").format(name=asked.by.name), asked.question, answers, answer,
    )  # fmt: skip


def choice(paragraph: Paragraph, action: str) -> SafeString:
    """Draw the link to comment on a paragraph, a question or an answer."""
    label = {
        "question": _("Comment on this question"),
        "answer": _("Comment on this answer"),
    }.get(paragraph.kind) or _("Comment on this paragraph")
    query = urlencode({"block": paragraph.spot.block_id, "paragraph": paragraph.spot.number})
    return format_html(
        '<a class="choose" href="{}?{}" rel="nofollow" aria-label="{}: {}">{}</a>',
        action, query, label, short(paragraph.words, NAME), label,
    )  # fmt: skip


def listed(passage: Passage) -> SafeString:
    """Draw a line of the list of passages: its count, its words, where it stands."""
    href = url_of(passage) if passage.is_orphan else f"#{passage.element_id}"
    number = written.number(passage.count, get_language() or "")
    words = format_html(_LISTED[passage.is_orphan], short(passage.exact, NAME))
    return format_html('<a href="{}"><span class="n">{}</span>{}</a>', href, number, words)


def _sheet(passage: Passage, comments: Sequence[Comment], add: str) -> SafeString:
    """The open slip. Its links lead to the passage's own page: all comments, and the form."""
    url = url_of(passage)
    said = format_html_join(
        "",
        '<li><span class="by"><b><bdi>{}</bdi></b></span><p dir="auto">{}</p></li>',
        ((comment.author.name, short(plain_text(comment.html), EXCERPT)) for comment in comments),
    )
    every = ngettext("{count} comment with its replies", "All {count} comments with their replies", passage.count)
    links = [format_html('<a href="{}">{}</a>', url, _counted(every, passage.count))]
    if add:
        links.append(format_html('<a href="{}#write-passage">{}</a>', url, add))
    return format_html(
        '<div class="slip" id="{}"><ol>{}</ol><p class="acts">{}</p></div>',
        passage.element_id, said, format_html_join(" ", "{}", ((link,) for link in links)),
    )  # fmt: skip


def _counted(pattern: str, count: int) -> str:
    return pattern.format(count=written.number(count, get_language() or ""))


def url_of(passage: Passage) -> str:
    """Return the path of the passage's own page, in the active language."""
    return reverse("annotation:passage", args=[passage.public_id])


def _place_of(passage: Passage, talk: Talk) -> str:
    """Where the words stand: in the text of the page's article, else on the passage's own page, which knows more."""
    article = talk.article
    if passage.is_orphan or passage.article_id != (article.alias_of_id or article.pk):
        return url_of(passage)
    return f"{'' if talk.fragment else article.url}#{passage.element_id}"
