"""What people type: made canonical, checked, and turned into safe HTML. The one place where that happens."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping

import nh3

from broadsheet.kernel.markup import (
    MARKDOWN,
    NESTING_LIMIT,
    WATCHFUL,
    is_address,
    is_nested_too_deep,
    too_deep,
    written,
)
from broadsheet.kernel.refusal import Refusal

# A cap on what is parsed at all, whoever asks: the largest comment that other systems' exports can hold.
BYTES_LIMIT = 65_536
# Marks on one letter. Tibetan and Hebrew with accents need up to five; more is a tower that covers its neighbours.
MARKS_LIMIT = 6

# No keyboard types these: NUL, half a character, numbers that Unicode keeps for itself, and the sign that turns the
# direction of everything behind it, which only serves to show other words than were written.
_UNWANTED = re.compile(
    "[\x00\u202e\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# What comes along when text is pasted and nobody sees: other control characters, signs of direction that reach beyond
# their own word, byte order marks, soft hyphens, invisible operators, tags. (The flags of England, Scotland and Wales
# are spelled with tags, and stay.)
_UNSEEN = re.compile(
    "(\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f)|"
    "[\x01-\x08\x0e-\x1f\x7f-\x9f\xad\u180e\u202a-\u202d\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
# Joiners and marks of direction, which scripts and emoji need one at a time.
_JOINERS = "\u061c\u200b-\u200f"
_MANY_JOINERS = re.compile(f"([{_JOINERS}]{{2}})[{_JOINERS}]+")
_IS_JOINER = re.compile(f"[{_JOINERS}]").match
# Letters by their category, and blank.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")

_TAG = re.compile(r"<[^<>\"]*(?:\"[^\"]*\"[^<>\"]*)*>")
_BREAK = re.compile(r"<br>|</(?:p|li|blockquote|pre|ol|ul)>")

# Addresses that would run something, or read a file of the reader's own.
_HARMFUL = re.compile(r"(?:javascript|vbscript|data|file|blob):", re.IGNORECASE)
_ELEMENT = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
# The names that HTML knows: `vector<int>` is none of them and is shown as typed.
_ELEMENTS = frozenset(
    """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br
    button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed
    fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe
    image img input ins isindex kbd keygen label legend li link listing main map mark marquee math menu menuitem meta
    meter nav nobr noembed noframes noscript object ol optgroup option output p param picture plaintext portal pre
    progress q rb rp rt rtc ruby s samp script search section select selectedcontent slot small source spacer span
    strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul
    var video wbr xmp
    """.split()  # noqa: SIM905 - a hundred quoted words would be harder to read
)

_CLEANER = nh3.Cleaner(
    tags={"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    attribute_filter=lambda element, name, value: value if name != "href" or is_address(value) else None,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow ugc noopener",
    strip_comments=True,
)


class Unfit(Refusal):
    """Text that cannot be taken. `sentence` is an English message, to be translated and filled with `values`."""

    def __init__(self, code: str, sentence: str, values: Mapping[str, int | str] | None = None) -> None:
        self.values = dict(values or {})
        self.message = sentence
        super().__init__(code, sentence % self.values, field="body")


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for the catalogues; the modules that know the reader's language translate it."""
    return sentence


def canonical_text(raw: str) -> str:
    """Return `raw` in the one form it is kept in: NFC, lines ended by LF, without what nobody sees or typed.

    What is harmless stays as it is: any script, joiners within words and emoji, marks of direction. Raises Unfit for
    characters that cannot have been typed. Applying it twice changes nothing more.
    """
    found = _UNWANTED.search(raw)
    if found:
        sentence = gettext_noop(
            "There is a character in it that nobody types (%(character)s): it hides or turns the words around it. "
            "Take it out, or type that line anew."
        )
        raise Unfit("text-unwanted", sentence, {"character": f"U+{ord(found[0]):04X}"})
    text = _UNSEEN.sub(r"\1", _LINE_END.sub("\n", raw))
    # Before NFC as well: it sorts the marks of one letter, slowly when there are a million.
    text = _few_marks(unicodedata.normalize("NFC", _few_marks(text)))
    return _MANY_JOINERS.sub(r"\1", text).strip()


def check_source(source: str, limit: int) -> None:
    """Raise Unfit for canonical text that cannot be taken, cheapest reasons first; nothing is parsed before its caps.

    `limit` is in characters. Text that pretends to be HTML outside code, or links to what would run, is refused with a
    sentence for the sake of who typed it; `safe_html` is safe without this.
    """
    if len(source) > limit:
        sentence = gettext_noop("This is %(length)s characters long; %(limit)s fit. Shorten it, or post it in parts.")
        raise Unfit("text-too-long", sentence, {"length": len(source), "limit": limit})
    if not is_visible(source):
        raise _empty()
    _check_nesting(source)
    tokens = WATCHFUL.parse(source)
    if is_nested_too_deep(tokens):
        raise _deep()
    words = list(written(tokens))
    for token in words:
        if token.type == "html_inline":
            _check_html(token.content)
        elif token.type == "link_open":
            _check_link(str(token.attrs.get("href", "")))
    if not any(is_visible(token.content) for token in words):
        raise _empty()


def safe_html(source: str) -> str:
    """Turn people's Markdown into the HTML that every surface shows: paragraphs, emphasis, links, lists, quotes, code.

    Whatever comes in, what comes out holds only the few elements and addresses we allow, and a browser that reads and
    writes it changes nothing. Sanitising is the last step; the result is never edited. Raises Unfit, before
    sanitising, for what is too large or too deep (a sanitiser's time grows with the square of the depth).
    """
    if len(source.encode("utf-8", "surrogatepass")) > BYTES_LIMIT:
        sentence = gettext_noop("This is too long; %(limit)s bytes fit. Shorten it, or post it in parts.")
        raise Unfit("text-too-long", sentence, {"limit": BYTES_LIMIT})
    _check_nesting(source)
    tokens = MARKDOWN.parse(source)
    if is_nested_too_deep(tokens):
        raise _deep()
    return _CLEANER.clean(MARKDOWN.renderer.render(tokens, MARKDOWN.options, {}))


def plain_text(safe: str) -> str:
    """Return the words of HTML that `safe_html` made, on one line, for excerpts. Not safe as HTML: it is text."""
    return " ".join(html.unescape(_TAG.sub("", _BREAK.sub(" ", safe))).split())


def is_visible(text: str) -> bool:
    """Whether anything in `text` can be seen: a letter, a digit, a sign, an emoji."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANK for char in text)


def count_links(safe: str) -> int:
    """Return how many links there are in HTML that `safe_html` made."""
    return safe.count("<a ")  # in the words, "<" is written "&lt;"


def _few_marks(text: str) -> str:
    """Keep the first `MARKS_LIMIT` marks that sit on one letter. A joiner between them does not make a new letter."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        # By their class too: a few marks have a width, and are sorted like the others.
        if unicodedata.category(char) in ("Mn", "Me") or unicodedata.combining(char):
            marks += 1
            if marks > MARKS_LIMIT:
                continue
        elif not _IS_JOINER(char):
            marks = 0
        kept.append(char)
    return "".join(kept)


def _check_nesting(source: str) -> None:
    if too_deep(source):
        raise _deep()


def _empty() -> Unfit:
    return Unfit("text-empty", gettext_noop("There is nothing here yet. Write a line, then post it."))


def _deep() -> Unfit:
    sentence = gettext_noop("Quotes, lists and brackets stand in one another too deep here; %(limit)s levels work.")
    return Unfit("text-too-deep", sentence, {"limit": NESTING_LIMIT})


def _check_html(tag: str) -> None:
    name = _ELEMENT.match(tag)
    if name and name[1].lower() not in _ELEMENTS:
        return
    sentence = gettext_noop("HTML such as %(tag)s does not work here. To show it, put it between backticks: `%(tag)s`")
    raise Unfit("text-html", sentence, {"tag": tag if len(tag) <= 30 else f"{tag[:29]}…"})


def _check_link(href: str) -> None:
    if _HARMFUL.match(href):
        sentence = gettext_noop("A link can begin with https://, http:// or mailto:, not with %(scheme)s")
        raise Unfit("text-link", sentence, {"scheme": href.partition(":")[0] + ":"})
