"""Stored rich text becomes paragraphs: written anew, tag by tag, from the few that a story may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape

from django.utils.safestring import SafeString, mark_safe

from broadsheet.publication.addresses import is_mail_address, is_own_path, is_web_address

BLOCKS = {"p": "p", "h2": "h2", "h3": "h3", "h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3"}
PARTS = frozenset(
    ["div", "blockquote", "section", "article", "figure", "figcaption", "pre", "table", "tr", "dl", "dt", "dd"]
)
DEEPEST = 30  # tags within one another; no story needs more, and closing each costs its depth
INLINE = {"b": "strong", "strong": "strong", "i": "em", "em": "em"}
LISTS = frozenset(["ul", "ol"])
SILENT = frozenset(["script", "style", "template", "title", "textarea", "noscript", "iframe", "object", "svg", "math"])

# Not Python's parser, which takes time quadratic in a text of broken tags. A tag ends where a browser ends it.
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>")
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z0-9-]*+)\s*+(?:=\s*+(\"[^\"]*\"|'[^']*'|[^\s\"']++))?")
_NUMBER = re.compile(r"[0-9]{1,18}")
_PAGE_LINK = re.compile(r"<a\b[^>]*\blinktype=\"page\"[^>]*>", re.IGNORECASE)
_ID = re.compile(r"\bid=\"([0-9]{1,18})\"")
_SPACE = re.compile(r"[ \t\r\n\f]+")
# What XML 1.0 cannot carry, so that a feed holds whatever a page does.
_UNSOUND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Paragraph:
    """One element of a story. `tag` is p, h2, h3, ul or ol; `html` is safe and stands within it; `text` is its words.

    In `text` each item of a list and each line is on a line of its own.
    """

    tag: str
    html: SafeString
    text: str


def printable(text: str) -> str:
    """Return `text` without the characters that no feed can carry and no reader can see."""
    return _UNSOUND.sub("", text)


def linked_pages(source: str) -> set[int]:
    """Return the numbers of the publication's own pages that the stored rich text links to."""
    tags = _PAGE_LINK.findall(source)
    return {int(number) for tag in tags for number in _ID.findall(tag)}


def paragraphs_of(source: str, page_urls: Mapping[int, str]) -> list[Paragraph]:
    """Read stored rich text, however broken, in time linear in its length; empty paragraphs are left out.

    `page_urls` says where the publication's own pages are; a link to a page that is not in it keeps only its words.
    """
    reader = _Reader(page_urls)
    source, place = _without_comments(printable(source)), 0
    for tag in _TAG.finditer(source):
        reader.take_words(source[place : tag.start()])
        reader.take_tag(tag["name"].lower(), tag["attributes"], is_end=bool(tag["end"]))
        place = tag.end()
    reader.take_words(source[place:])
    return reader.finished()


def _unquoted(value: str) -> str:
    return unescape(value[1:-1] if value[:1] in ("'", '"') else value)


def _without_comments(source: str) -> str:
    before, *others = source.split("<!--")
    return before + "".join(part.partition("-->")[2] if "-->" in part else part for part in others)


def plain(paragraphs: Iterable[Paragraph]) -> str:
    """Return the words of `paragraphs`, an empty line between two."""
    return "\n\n".join(paragraph.text for paragraph in paragraphs)


@dataclass
class _Element:
    """A paragraph in the making."""

    tag: str
    html: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    # Names as written out; "" stands for an opening tag that was dropped.
    open: list[tuple[str, str]] = field(default_factory=list)

    def write(self, data: str) -> None:
        data = _SPACE.sub(" ", data)
        if not self.text or self.text[-1].endswith(("\n", " ")):
            data = data.lstrip(" ")
        if data:
            # A quotation mark too: whatever looks like an attribute in our HTML is one.
            self.html.append(escape(data, quote=False).replace('"', "&quot;"))
            self.text.append(data)

    def break_line(self) -> None:
        if self.text and not self.text[-1].endswith("\n"):
            self.text.append("\n")

    def start(self, name: str, written: str, attributes: str = "") -> None:
        if len(self.open) >= DEEPEST:
            return
        if written == "a" and any(other == "a" for _name, other in self.open):
            written = ""  # a link within a link: a browser would end the outer one here
        self.open.append((name, written))
        if written:
            self.html.append(f"<{written}{attributes}>")

    def end(self, name: str) -> None:
        """Close `name` and what was left open within it; an end without a beginning is nothing."""
        if all(opened != name for opened, _written in self.open):
            return
        while self.open:
            opened, written = self.open.pop()
            if written:
                self.html.append(f"</{written}>")
            if opened == name:
                return

    def finished(self) -> Paragraph | None:
        while self.open:
            self.end(self.open[-1][0])
        text = re.sub(r" *\n+ *", "\n", "".join(self.text)).strip()
        # Safe: of data that was escaped, and of tags and addresses that were chosen.
        html = mark_safe("".join(self.html).rstrip())  # noqa: S308
        return Paragraph(self.tag, html, text) if text else None


class _Reader:
    def __init__(self, page_urls: Mapping[int, str]) -> None:
        self._page_urls = page_urls
        self._paragraphs: list[Paragraph] = []
        self._element: _Element | None = None
        self._silent = ""

    def finished(self) -> list[Paragraph]:
        self._finish()
        return self._paragraphs

    def take_tag(self, tag: str, attributes: str, *, is_end: bool) -> None:
        if self._silent:
            self._silent = "" if is_end and tag == self._silent else self._silent
        elif is_end:
            self._end(tag)
        elif tag in SILENT:
            self._silent = tag
        elif tag in BLOCKS or tag in PARTS:
            self._begin(tag)
        elif tag in LISTS or tag == "li":
            self._begin_list(tag)
        elif tag == "br":
            self._break()
        elif tag in INLINE:
            self._current().start(tag, INLINE[tag])
        elif tag == "a":
            href = self._href({name.lower(): _unquoted(value) for name, value in _ATTRIBUTE.findall(attributes)})
            self._current().start("a", "a" if href else "", href)

    def _end(self, tag: str) -> None:
        if self._element is None:
            return
        if tag in BLOCKS or tag in PARTS:
            if self._element.tag not in LISTS:
                self._finish()
        elif tag == self._element.tag and not any(name in LISTS for name, _written in self._element.open):
            self._finish()
        else:
            if tag == "li":
                self._element.break_line()
            self._element.end(tag)

    def take_words(self, source: str) -> None:
        data = unescape(source)
        if self._silent or not data or (self._element is None and not data.strip()):
            return
        element = self._current()
        if element.tag in LISTS and not element.open:
            if not data.strip():
                return
            element.start("li", "li")
        element.write(data)

    def _begin(self, tag: str) -> None:
        if self._element is not None and self._element.tag in LISTS:
            self._element.break_line()  # a paragraph within a list's item: its words belong to the item
            return
        self._finish()
        self._element = _Element(BLOCKS.get(tag, "p"))

    def _begin_list(self, tag: str) -> None:
        if tag == "li":
            if self._element is None or self._element.tag not in LISTS:
                self._finish()
                self._element = _Element("ul")
            self._open_item(self._element)
        elif self._element is None or self._element.tag not in LISTS:
            self._finish()
            self._element = _Element(tag)
        else:
            self._element.break_line()
            if not self._element.open:
                self._element.start("li", "li")
            self._element.start(tag, tag)

    @staticmethod
    def _open_item(element: _Element) -> None:
        """Begin an item, after ending one that was left open in the same list."""
        element.break_line()
        for name, _written in reversed(element.open):
            if name in LISTS:
                break
            if name == "li":
                element.end("li")
                break
        element.start("li", "li")

    def _break(self) -> None:
        if self._element is not None and self._element.text:
            self._element.html.append("<br>")
            self._element.text.append("\n")

    def _current(self) -> _Element:
        if self._element is None:
            self._element = _Element("p")
        return self._element

    def _finish(self) -> None:
        paragraph = self._element.finished() if self._element else None
        if paragraph:
            self._paragraphs.append(paragraph)
        self._element = None

    def _href(self, attributes: Mapping[str, str]) -> str:
        """The attributes of a link that may be followed, '' for one that may not."""
        if attributes.get("linktype") == "page":
            number = attributes.get("id", "")
            url = self._page_urls.get(int(number), "") if _NUMBER.fullmatch(number) else ""
            return f' href="{escape(url)}"' if url else ""
        href = attributes.get("href", "").strip()
        if is_web_address(href):
            return f' href="{escape(href)}" rel="external noopener"'
        is_ours = is_own_path(href) or is_mail_address(href) or re.fullmatch(r"#[\w-]+", href)
        return f' href="{escape(href)}"' if is_ours else ""
