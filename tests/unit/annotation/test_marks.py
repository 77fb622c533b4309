"""Marks over the HTML of a story: valid, on the right words, whatever lies in what."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.annotation.marks import Mark, Mismatch, draw_marks
from broadsheet.publication.rich_text import paragraphs_of, plain

TEXT = "One two three four five.\n\nSix seven."
HTML = (
    '<p data-block="b">One <em>two <strong>three</strong></em> <a href="/x">four <em>five</em></a>.</p>\n'
    '<p data-block="b">Six seven.</p>'
)


def mark(words: str, count: str = "1", look: str = "", text: str = TEXT) -> Mark:
    start = text.index(words)
    return Mark(start, start + len(words), f"#{start}-{len(words)}", look, f"<sup>{count}</sup>" if count else "")


def drawn(*marks: Mark, html: str = HTML, text: str = TEXT) -> str:
    return draw_marks(html, {"b": text}, {"b": marks})


def test_a_mark_is_a_link_with_its_count() -> None:
    html = drawn(mark("One"))
    assert html.startswith('<p data-block="b"><a class="passage" href="#0-3">One<sup>1</sup></a> <em>')


def test_it_lies_around_emphasis() -> None:
    html = drawn(mark("two three"))
    expected = '<a class="passage" href="#4-9"><em>two <strong>three</strong></em><sup>1</sup></a>'
    assert f"One {expected} <a" in html


def test_emphasis_is_cut_where_a_mark_begins_or_ends_in_it() -> None:
    html = drawn(mark("One two"))
    assert '<a class="passage" href="#0-7">One <em>two</em><sup>1</sup></a><em> <strong>three</strong></em>' in html


def test_a_link_of_the_story_stays_whole_and_the_count_stands_behind_it() -> None:
    html = drawn(mark("five"))
    link = '<a href="/x">four <em><span class="passage">five</span></em></a>'
    assert f'{link}<a class="passage" href="#19-4"><sup>1</sup></a>.' in html


def test_words_in_two_marks_belong_to_the_shorter_one() -> None:
    html = drawn(mark("One two", "3"), mark("two", "9"))
    assert '<a class="passage" href="#4-3"><em>two</em><sup>9</sup></a>' in html
    assert html.count('href="#0-7"') == 2


def test_each_mark_is_one_stop_of_the_tab_key() -> None:
    html = drawn(mark("two three four five"), mark("three four", "7"), mark("seven.", "", "asked"))
    links = [element for element in parsed(html).iter("a") if "passage" in element.get("class", "")]
    stops = [element.get("href") for element in links if element.get("tabindex") is None]
    assert sorted(stops) == sorted(set(stops))
    assert set(stops) == {element.get("href") for element in links}
    assert '<a class="passage asked" href="#' in html


def test_it_goes_on_in_the_next_paragraph() -> None:
    html = drawn(mark("five.\n\nSix"))
    assert '</p>\n<p data-block="b"><a class="passage" href="#19-10">Six<sup>1</sup></a> seven.</p>' in html


@pytest.mark.parametrize("text", ["One two three four five.", f"{TEXT} More.", TEXT.replace("two", "too"), ""])
def test_no_mark_is_drawn_on_another_text(text: str) -> None:
    with pytest.raises(Mismatch):
        draw_marks(HTML, {"b": text}, {"b": [Mark(0, 3, "#x")]})


def test_furniture_is_neither_marked_nor_counted() -> None:
    html = (
        '<div class="exchange" data-block="e"><a class="no" href="#e">1</a>\n<p class="a" data-block="b">'
        '<span class="who">Ada <b>Lunde</b></span>Words.</p>\n</div>'
    )
    assert drawn(mark("Words", text="Words."), html=html, text="Words.").endswith(
        '<b>Lunde</b></span><a class="passage" href="#0-5">Words<sup>1</sup></a>.</p>\n</div>'
    )


# Whatever an editor writes and readers mark.

_words = st.text(alphabet="ab <>&\"'\u00a0\n\u00e9\U0001f6a2.", max_size=6)
_inline = st.recursive(
    _words.map(lambda words: words.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: (
        st.builds(
            lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag.split()[0]}>",
            st.sampled_from(["b", "i", 'a href="https://example.org/"']),
            st.lists(inner, max_size=3),
        )
        | st.lists(inner, max_size=3).map("<br/>".join)
    ),
    max_leaves=8,
)
_rich = st.lists(
    st.builds(lambda words: f"<p>{words}</p>", _inline)
    | st.lists(_inline, min_size=1, max_size=3).map(lambda items: f"<ul><li>{'</li><li>'.join(items)}</li></ul>"),
    min_size=1,
    max_size=3,
).map("".join)


@given(source=_rich, data=st.data())
def test_whatever_is_marked_the_html_is_valid_and_the_words_are_the_same(source: str, data: st.DataObject) -> None:
    paragraphs = paragraphs_of(source, {})
    text = plain(paragraphs)
    html = "\n".join(f'<{one.tag} data-block="b">{one.html}</{one.tag}>' for one in paragraphs)
    places = [at for at, letter in enumerate(text) if not letter.isspace()]
    ends = data.draw(st.lists(st.tuples(*[st.sampled_from(places)] * 2), max_size=5)) if places else []
    marks = [Mark(min(pair), max(pair) + 1, f"#m{at}", "", "<sup>\u2460</sup>") for at, pair in enumerate(ends)]
    result = draw_marks(html, {"b": text}, {"b": marks})

    tree = parsed(result)
    assert serialised(tree) == serialised(parsed(serialised(tree)))  # a fixed point: a browser mends nothing
    assert written(tree) == result.replace("&quot;", '"').replace("&gt;", ">")
    assert shown(tree).replace("\u2460", "") == shown(parsed(html))
    assert shown(tree).count("\u2460") == len(marks)
    for link in tree.iter("a"):
        assert not [inner for inner in link.iter("a") if inner is not link]
    assert {mark.href for mark in marks} == {
        link.get("href") for link in tree.iter("a") if link.get("class") == "passage" and link.get("tabindex") is None
    }
    assert marked_letters(tree) == covered_letters(text, marks)


def parsed(html: str) -> Any:
    return html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)


def serialised(tree: Any) -> str:
    return str(html5lib.serialize(tree, omit_optional_tags=False, quote_attr_values="always"))


def written(tree: Any) -> str:
    return serialised(tree).replace("&gt;", ">")


def shown(tree: Any) -> str:
    return "".join(tree.itertext())


def marked_letters(tree: Any) -> str:
    """The letters, without white space, that bear the look of a mark."""
    found: list[str] = []

    def walk(element: Any, is_marked: bool) -> None:
        is_marked = is_marked or element.get("class") == "passage"
        if element.tag == "sup":
            return
        found.append(element.text or "") if is_marked else None
        for child in element:
            walk(child, is_marked)
            found.append(child.tail or "") if is_marked else None

    walk(tree, False)
    return "".join("".join(found).split())


def covered_letters(text: str, marks: Sequence[Mark]) -> str:
    covered = [any(mark.start <= at < mark.end for mark in marks) for at in range(len(text))]
    return "".join(letter for letter, is_in in zip(text, covered, strict=True) if is_in and not letter.isspace())


def test_sixty_marks_in_a_long_block_take_no_time() -> None:
    words = [f"word{number}" for number in range(20_000)]
    text = " ".join(words)
    places = [text.index(f" word{number * 300} ") + 1 for number in range(1, 61)]
    marks = [Mark(at, at + 40, f"#{at}", "", "<sup>1</sup>") for at in places]
    result = draw_marks(f'<p data-block="b">{text}</p>', {"b": text}, {"b": marks})
    assert result.count("<sup>") == 60
    assert all(one < other for one, other in pairwise(places))
