"""Stored rich text is written anew: what a story may hold stays, what could act or lead astray is gone."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.publication.rich_text import linked_pages, paragraphs_of, plain, printable
from tests.cost import least

ALLOWED = {"strong", "em", "a", "br", "li", "ul", "ol"}
VOID = {"br"}


class Nesting(HTMLParser):
    """Fails on a tag or an attribute that a story may not hold, and on tags that do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        assert tag != "a" or "a" not in self.open
        assert {name for name, _value in attrs} <= ({"href", "rel"} if tag == "a" else set())
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(source: str) -> None:
    for paragraph in paragraphs_of(source, {7: "/sea/"}):
        assert paragraph.tag in {"p", "h2", "h3", "ul", "ol"}
        nesting = Nesting()
        nesting.feed(paragraph.html)
        nesting.close()
        assert nesting.open == []
        assert paragraph.text == paragraph.text.strip() != ""


def html_of(source: str) -> str:
    return "".join(f"<{part.tag}>{part.html}</{part.tag}>" for part in paragraphs_of(source, {7: "/sea/"}))


def test_what_an_editor_writes_stays() -> None:
    source = (
        '<p data-block-key="x1">One <b>bold</b> and <i>slanted</i> word.</p><h2>Two</h2>'
        "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><h3>Three</h3><ol><li>d</li></ol><p>e<br/>f</p>"
    )

    assert html_of(source) == (
        "<p>One <strong>bold</strong> and <em>slanted</em> word.</p><h2>Two</h2>"
        "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><h3>Three</h3><ol><li>d</li></ol><p>e<br>f</p>"
    )
    assert plain(paragraphs_of(source, {})) == "One bold and slanted word.\n\nTwo\n\na\nb\nc\n\nThree\n\nd\n\ne\nf"


def test_a_link_within_a_link_keeps_only_its_words() -> None:
    source = '<p><a href="/harbour/">one <b><a href="/sea/">two</a></b> three</a></p>'
    assert html_of(source) == '<p><a href="/harbour/">one <strong>two</strong> three</a></p>'


@pytest.mark.parametrize(
    ("href", "written"),
    [
        ("https://example.org/a?b=1&c=2", ' href="https://example.org/a?b=1&amp;c=2" rel="external noopener"'),
        ("http://blåbær.example/", ' href="http://blåbær.example/" rel="external noopener"'),
        ("mailto:desk@example.org", ' href="mailto:desk@example.org"'),
        ("/harbour/", ' href="/harbour/"'),
        ("#exchange-1", ' href="#exchange-1"'),
    ],
)
def test_a_link_that_may_be_followed_stays(href: str, written: str) -> None:
    assert html_of(f'<p><a href="{href}">go</a></p>') == f"<p><a{written}>go</a></p>"


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "https://user:secret@example.org/",
        "http:///nowhere",
        "file:///etc/passwd",
        "mailto:a@example.org?bcc=b@example.org",
        "&#106;avascript:alert(1)",
        "https://example.org:99999/",
        "",
    ],
)
def test_a_link_that_may_not_be_followed_keeps_only_its_words(href: str) -> None:
    assert html_of(f'<p>Please <a href="{href}">go</a> there.</p>') == "<p>Please go there.</p>"


def test_a_link_to_one_of_our_pages_leads_where_the_page_is_now() -> None:
    source = '<p><a linktype="page" id="7">sea</a>, <a linktype="page" id="8">gone</a></p>'

    assert linked_pages(source) == {7, 8}
    assert html_of(source) == '<p><a href="/sea/">sea</a>, gone</p>'


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("<p>a<script>alert(1)</script>b</p>", "<p>ab</p>"),
        ("<p>a<style>p{display:none}</style>b</p>", "<p>ab</p>"),
        ('<p><img src=x onerror="alert(1)">a</p>', "<p>a</p>"),
        ('<p onclick="alert(1)" style="x" class="y" id="main">a</p>', "<p>a</p>"),
        ("<svg><p>x</p></svg><p>after</p>", "<p>after</p>"),
        ('<p>1 &lt; 2 &amp; "so"</p>', "<p>1 &lt; 2 &amp; &quot;so&quot;</p>"),
        ("<p>&lt;script&gt;</p>", "<p>&lt;script&gt;</p>"),
        ("words without a tag", "<p>words without a tag</p>"),
        ("<div>one</div><blockquote>two</blockquote>", "<p>one</p><p>two</p>"),
        ("<p><b>left open<p>next", "<p><strong>left open</strong></p><p>next</p>"),
        ("<li>stray</li>", "<ul><li>stray</li></ul>"),
        ("<ul>loose</ul>", "<ul><li>loose</li></ul>"),
        ("<ul><li><p>one</p><p>two</p></li></ul>", "<ul><li>onetwo</li></ul>"),
        ("<p></p><p> \n </p><p>\u00a0</p>", ""),
        ("<p>a\x00b\x08c\ud800d</p>", "<p>abcd</p>"),
        ("</p></b></ul>", ""),
    ],
)
def test_what_is_broken_or_could_act_is_made_harmless(source: str, html: str) -> None:
    assert html_of(source) == html
    check(source)


@given(st.text())
def test_any_text_at_all_becomes_sound_html(source: str) -> None:
    check(source)


NAMES = ("p", "b", "i", "ul", "ol", "li", "h2", "a", "div", "script")
TAGS = st.sampled_from(
    [f"<{name}>" for name in NAMES]
    + [f"</{name}>" for name in NAMES]
    + ["<br>", '<a href="/x">', "word", " ", "<", "&", "<!--", "-->", '"']
)


@given(st.lists(TAGS).map("".join))
def test_tags_in_any_order_become_sound_html(source: str) -> None:
    check(source)


@pytest.mark.parametrize(
    "piece",
    [
        "<b>",
        "<ul><li>",
        "<p>",
        "</b>",
        "<",
        "<!--",
        "<!",
        "<?",
        "<a href=x>",
        "&",
        "<b></i>",
        "<li>",
        "<a ",
        '<a href="',
        "</",
        "&#",
        "<![CDATA[",
        "<script>",
        "<!-- -->",
        '<a linktype="page" id="1">',
        "<a '\"",
        "<a ''",
    ],
)
def test_much_of_anything_is_read_at_once(piece: str) -> None:
    source = piece * (200_000 // len(piece))
    assert least(lambda: paragraphs_of(source, {})) < 2


def test_only_what_nobody_sees_is_unprintable() -> None:
    assert printable("a\x00\x0b\x1f\ufffe\ud83db") == "ab"
    assert printable("Ærlig, عربي, 日本, 👩‍🚒\tand\nlines") == "Ærlig, عربي, 日本, 👩‍🚒\tand\nlines"
