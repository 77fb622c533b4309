"""The Markdown that people may write, and the addresses it may lead to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# Quotes and lists inside each other. People stop at three; at sixteen the words stand in a column one letter wide.
NESTING_LIMIT = 16
# What markdown-it counts as levels: a list is two (the list, its item), and the words inside need a few of their own.
_LEVELS = 2 * NESTING_LIMIT + 4
# Open brackets inside each other: markdown-it looks `_LEVELS` deep for a link behind every one of them.
_BRACKETS_LIMIT = 100

_RULES = ("fence", "blockquote", "list", "newline", "escape", "backticks", "emphasis", "link", "autolink")

_MARKER = re.compile(r"(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$))")
_MARKERS = re.compile(rf"(?:[ \t]*{_MARKER.pattern})+")

# Characters of the address that a person typed or pasted, up to a space, a quote, or what other scripts close with.
_ADDRESS = r"\s<>\"`{}|\\^“”„«»。，、；：！？（）「」『』【】\u200b-\u200f"
_BARE = re.compile(rf"//[^{_ADDRESS}]+")
# Up to where its path begins. No machine has a longer name, with what may stand around it.
_BARE_HOST = re.compile(rf"//[^{_ADDRESS}/?#]{{1,280}}(?![^{_ADDRESS}/?#])")
_SCHEME_BEFORE = re.compile(r"(?<![^\W_])https?\Z", re.IGNORECASE)
_CLOSING = {")": "(", "]": "["}
_TRAILING = ".,;:!?…'’‘\"*_~-–—·؟،؛।"

_HOST = r"(?:(?=[a-z0-9])[a-z0-9._-]{0,251}[a-z0-9]|\[[0-9a-f:.]{2,45}\])"
_WEB = re.compile(rf"https?://(?P<host>{_HOST})\.?(?::\d{{1,5}})?(?:[/?#][^\s\"<>\\^`{{|}}]*)?", re.A | re.I)
_MAIL = re.compile(rf"mailto:[a-z0-9.!#$%&'*+/=_~-]{{1,64}}@{_HOST}", re.A | re.I)


def is_address(url: str) -> bool:
    """Whether a link may lead to `url`: an absolute web address without a user name in it, or a plain mail address."""
    web = _WEB.fullmatch(url)
    if web:
        return all(_is_plain(label) for label in web["host"].split("."))
    return bool(_MAIL.fullmatch(url))


def too_deep(source: str) -> bool:
    """Whether quotes, lists or brackets nest beyond the limit; tells before any parser has seen the text."""
    markers = (_MARKERS.match(line) for line in source.split("\n"))
    if any(found and len(_MARKER.findall(found[0])) > NESTING_LIMIT for found in markers):
        return True
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]]", source):
        depth = depth + 1 if bracket == "[" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest > _BRACKETS_LIMIT


def is_nested_too_deep(tokens: Sequence[Token]) -> bool:
    """Whether the parsed text nests beyond the limit, in blocks over several lines or in emphasis."""
    return any(token.level >= _LEVELS - 2 or _depth(token.children or ()) > NESTING_LIMIT for token in tokens)


def written(tokens: Sequence[Token]) -> Iterator[Token]:
    """Return the tokens that a text consists of, those inside paragraphs too."""
    for token in tokens:
        yield from token.children or (token,)


def _depth(tokens: Sequence[Token]) -> int:
    # Not `token.level`: emphasis is found after the levels are set.
    return max(accumulate(token.nesting for token in tokens), default=0)


def _is_plain(label: str) -> bool:
    """Whether one part of a host's name is what browsers take it for: an `xn--` form must stand for real letters."""
    if not label.lower().startswith("xn--"):
        return True
    try:
        name = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return unicodedata.normalize("NFKC", name).lower() == name and all(_is_of_a_name(char) for char in name)


def _is_of_a_name(char: str) -> bool:
    return char == "-" or unicodedata.category(char)[0] in "LNM"


def _bare_address(state: StateInline, silent: bool) -> bool:
    """Make a link of an http or https address that stands in the text as it is.

    A rule of the tokenizer rather than an edit of its output: inside code, links and escapes it is never asked.
    """
    if state.src[state.pos] != ":" or state.linkLevel:
        return False
    scheme = _SCHEME_BEFORE.search(state.src, max(state.pos - 6, 0), state.pos)
    if not scheme or not (silent or state.pending.endswith(scheme[0])):
        return False
    text = _address_at(state, scheme[0])
    href = state.md.normalizeLink(text)
    if not is_address(href):
        return False
    if not silent:
        state.pending = state.pending[: -len(scheme[0])]
        state.push("link_open", "a", 1).attrs = {"href": href}
        state.push("text", "", 0).content = text
        state.push("link_close", "a", -1)
    state.pos += len(text) - len(scheme[0])
    return True


def _address_at(state: StateInline, scheme: str) -> str:
    """Return the address that goes on after `scheme` and ends where the sentence goes on; '' where there is none.

    The host is looked at first: in `http://http://…` every colon might begin an address as long as the text.
    """
    found = _BARE_HOST.match(state.src, state.pos + 1, state.posMax)
    if not found:
        return ""
    host = _without_trailing(found[0])
    rest = found[0][len(host) :]
    if not is_address(state.md.normalizeLink(f"{scheme}:{host}")):
        return ""
    if rest in ("", "."):  # a name may end in a dot, and have a path behind it
        whole = _BARE.match(state.src, state.pos + 1, state.posMax)
        return f"{scheme}:{_without_trailing(whole[0])}" if whole else ""
    is_cut_short = rest[0] in _CLOSING or found.end() == state.posMax or state.src[found.end()] not in "/?#"
    return f"{scheme}:{host}" if is_cut_short else ""


def _without_trailing(address: str) -> str:
    """Cut what belongs to the sentence: a bracket that was opened before the address, and final punctuation."""
    opened = dict.fromkeys(_CLOSING.values(), 0)
    end = len(address)
    for position, char in enumerate(address):
        if char in opened:
            opened[char] += 1
        elif char in _CLOSING:
            opened[_CLOSING[char]] -= 1
            if opened[_CLOSING[char]] < 0:
                end = position
                break
    return address[:end].rstrip(_TRAILING)


def _parser(*, is_watchful: bool) -> MarkdownIt:
    """Return a parser of the subset. A watchful one also takes HTML and any address for what they pretend to be."""
    parser = MarkdownIt("zero", {"html": is_watchful, "breaks": True, "maxNesting": _LEVELS}).enable(_RULES)
    parser.inline.ruler.after("text", "bare_address", _bare_address)
    parser.validateLink = (lambda url: True) if is_watchful else is_address  # type: ignore[method-assign]
    # An address is shown as typed: decoded, it could bring any character into the text unchecked.
    parser.normalizeLinkText = lambda link: link  # type: ignore[method-assign]
    if is_watchful:
        parser.enable("html_inline")
    # The rulers compile themselves at first use, which two threads at once must not do.
    parser.render("- > *a* [b](https://example.org/)\n\n```\nc\n```")
    return parser


MARKDOWN = _parser(is_watchful=False)
WATCHFUL = _parser(is_watchful=True)
