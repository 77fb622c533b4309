"""What people type becomes canonical text and safe HTML, whatever they type."""

from __future__ import annotations

import unicodedata

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import (
    BYTES_LIMIT,
    canonical_text,
    check_source,
    count_links,
    is_visible,
    plain_text,
    safe_html,
)
from tests.cost import least

LIMIT = 10_000
ELEMENTS = {"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"}
ATTRIBUTES = {"a": {"href", "rel"}, "ol": {"start"}}
REL = 'rel="nofollow ugc noopener"'


def link(href: str, text: str = "") -> str:
    return f'<a href="{href}" {REL}>{text or href}</a>'


def paragraph(words: str) -> str:
    return f"<p>{words}</p>\n"


def tree(markup: str) -> list[object]:
    """Return what a browser makes of `markup`: names, attributes and words, in their order."""
    walker = html5lib.getTreeWalker("etree")
    return [
        (token["type"], token.get("name"), sorted(token["data"].items()) if isinstance(token["data"], dict) else token)
        if "data" in token and token["type"] != "Characters"
        else (token["type"], token.get("name"), token.get("data"))
        for token in walker(html5lib.parseFragment(markup, treebuilder="etree"))
    ]


def serialised(markup: str) -> str:
    """Return what a browser that reads `markup` would write again."""
    walker = html5lib.getTreeWalker("etree")
    serialiser = html5lib.serializer.HTMLSerializer(
        omit_optional_tags=False, quote_attr_values="always", use_trailing_solidus=False, resolve_entities=False
    )
    return str(serialiser.render(walker(html5lib.parseFragment(markup, treebuilder="etree"))))


def assert_safe(markup: str) -> None:
    """Assert that only what we allow is in `markup`, and that reading and writing it is a fixed point."""
    for element in html5lib.parseFragment(markup, treebuilder="etree", namespaceHTMLElements=False).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert element.tag in ELEMENTS, markup
        assert set(element.keys()) <= ATTRIBUTES.get(element.tag, set()), markup
        href = element.get("href")
        if href is not None:
            assert href.lower().startswith(("http://", "https://", "mailto:")), markup
            assert "@" not in href.partition("//")[2].partition("/")[0], markup
            assert element.get("rel") == "nofollow ugc noopener", markup
    again = serialised(markup)
    assert tree(again) == tree(markup)
    assert serialised(again) == again


class TestMarkdown:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("One *two* **three** `four`", paragraph("One <em>two</em> <strong>three</strong> <code>four</code>")),
            ("first line\nsecond line", paragraph("first line<br>\nsecond line")),
            ("one\n\ntwo", paragraph("one") + paragraph("two")),
            ("> said\n\nanswered", "<blockquote>\n<p>said</p>\n</blockquote>\n<p>answered</p>\n"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
            ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>\n'),
            ("```\nif a < b:\n    pass\n```", "<pre><code>if a &lt; b:\n    pass\n</code></pre>\n"),
            ("[the log](https://slipway.example/log?a=1&b=2)", paragraph(
                link("https://slipway.example/log?a=1&amp;b=2", "the log"))),
            ("<desk@slipway.example>", paragraph(link("mailto:desk@slipway.example", "desk@slipway.example"))),
        ],
    )  # fmt: skip
    def test_the_subset_works(self, source: str, expected: str) -> None:
        assert safe_html(source) == expected

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("    four spaces", "four spaces"),
            ("\ttab", "tab"),
            ("# 1 in the race", "# 1 in the race"),
            ("title\n=====", "title<br>\n====="),
            ("over\n---\nunder", "over<br>\n---<br>\nunder"),
            ("***", "***"),
            ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |<br>\n|---|---|<br>\n| 1 | 2 |"),
            ("~~gone~~", "~~gone~~"),
            ("&copy; &amp; &#x202e;", "&amp;copy; &amp;amp; &amp;#x202e;"),
            ("[note]: see https://a.example/x", f"[note]: see {link('https://a.example/x')}"),
            ("<b>bold</b> <script>alert(1)</script>",
             "&lt;b&gt;bold&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;"),
            ("![a picture](https://a.example/p.png)", f"!{link('https://a.example/p.png', 'a picture')}"),
        ],
    )  # fmt: skip
    def test_the_rest_is_shown_as_typed(self, source: str, expected: str) -> None:
        assert safe_html(source) == paragraph(expected)


class TestBareAddresses:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("see https://a.example/x.", f"see {link('https://a.example/x')}."),
            ("(https://a.example/x)", f"({link('https://a.example/x')})"),
            ("https://a.example/Foo_(bar)", link("https://a.example/Foo_(bar)")),
            ("(https://a.example/Foo_(bar)), then", f"({link('https://a.example/Foo_(bar)')}), then"),
            ("*https://a.example/*", f"<em>{link('https://a.example/')}</em>"),
            ("**https://a.example/a_b_c**", f"<strong>{link('https://a.example/a_b_c')}</strong>"),
            ("“https://a.example/x”", f"“{link('https://a.example/x')}”"),
            ("見てhttps://a.example/x。次", "見てhttps://a.example/x。次"),
            ("https://a.example/?q=1&r=2!", f"{link('https://a.example/?q=1&amp;r=2')}!"),
            ("http://båt.example/å", link("http://xn--bt-yia.example/%C3%A5", "http://båt.example/å")),
            ("http://[2001:db8::1]:8080/x", link("http://[2001:db8::1]:8080/x")),
            ("`https://a.example`", "<code>https://a.example</code>"),
            ("[https://a.example/x](https://a.example/x)", link("https://a.example/x")),
            ("https://a.example/%E2%80%AEx", link("https://a.example/%E2%80%AEx")),
            ("https://a.example./x", link("https://a.example./x")),
            ("https://a.example...", f"{link('https://a.example')}..."),
            ("http://https://a.example/x", f"http://{link('https://a.example/x')}"),
        ],
    )
    def test_become_links_up_to_where_the_sentence_goes_on(self, source: str, expected: str) -> None:
        assert safe_html(source) == paragraph(expected)

    @pytest.mark.parametrize(
        "source",
        [
            "www.a.example",
            "//a.example/x",
            "ftp://a.example/x",
            "xhttps://a.example",
            "https://",
            "https:///x",
            "https://bank.example@evil.example/",
            "https://user:word@evil.example/",
            "https://ｅvil.example/",
            "https://a.exam​ple/",
            "https://xn--vil-0b7q.example/",
            "https://a.example:99999999/",
        ],
    )
    def test_that_are_none_stay_words(self, source: str) -> None:
        assert count_links(safe_html(source)) == (1 if "​" in source else 0)
        assert plain_text(safe_html(source)) == source


# Each is the idea of one known hole; what matters is that nothing but words comes out.
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<template><script>alert(1)</script></template>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><x xmlns=\"http://www.w3.org/1999/xhtml\"><script>alert(1)</script></x>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](&#106;avascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](<javascript:alert(1)>)",
    "[x](javascript&#0058;alert(1))",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "[x](https:\\\\evil.example)",
    "[x](https://good.example@evil.example)",
    "[x](https://a.example\" onmouseover=\"alert(1))",
    "[x](https://a.example 'onmouseover=alert(1)')",
    "[x](https://a.example \"t\" onclick=alert(1))",
    "[x](/admin/)",
    "[x](?order=oldest#write)",
    "[x](mailto:a@b.example?bcc=everybody@c.example)",
    "[x](mailto:a@b.example%0abcc:c@d.example)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "https://a.example/\"onmouseover=alert(1)//",
    "https://a.example/'onmouseover='alert(1)",
    "https://a.example/<script>alert(1)</script>",
    "https://a.example`onmouseover=alert(1)`",
    "```\"><script>alert(1)</script>\nx\n```",
    "```x onclick=alert(1)\ny\n```",
    "`<img src=x onerror=alert(1)>`",
    "> <script>\n> alert(1)\n> </script>",
    "- <iframe srcdoc=\"<script>alert(1)</script>\">",
    "![x](javascript:alert(1))",
    "![x\" onerror=alert(1)](https://a.example/p.png)",
    "[![x](https://a.example/p.png)](javascript:alert(1))",
    "[a]: javascript:alert(1)\n\n[x][a]",
    "[a]: https://a.example \"onclick=alert(1)\"\n\n[x][a]",
    "<https://a.example/\" onmouseover=\"alert(1)>",
    "\\<script>alert(1)\\</script>",
    "<scr\x00ipt>alert(1)</scr\x00ipt>".replace("\x00", "\u200b"),
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<p id=comment-form name=body>clobber</p>",
    "<style>*{display:none}</style>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=0;url=https://evil.example>",
    "]]>\x1b[31m</textarea></title></script><script>alert(1)</script>",
    "<a\n>b</a\n>",
    "<div\u2028onclick=alert(1)>x</div>",
]  # fmt: skip

FAITHFUL = [
    'O\'Brien & Sons said: "5 < 6, and 7 > 6"',
    "if (a < b && c > d) { return vector<int>(); }",
    "I <3 the ferry, and x <- y in R",
    "محمد بن عبد الله كتب عن الميناء، 25 قاربًا",
    "שָׁלוֹם עולם (Hebrew with points)",
    "क्षत्रिय संस्कृतम् ไทยน้ำ བོད་སྐད་ Tiếng Việt",
    "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈 🇳🇴 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f 1️⃣",
    "می‌خواهم (zero-width non-joiner)",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 5,
    "¯(ツ)/¯ and C:\\Users\\gus",
    "handlers[0](event) and [sic] and [1]",
    "price: 100 €, 20 %, 3 ½, №7, ☂",
    "Ærlighet, übel, naïve, Đorđe, İstanbul, ſ",
    "https",
    "12:30: the boat left",
    "a@b.example wrote",
]


class TestHostileInput:
    @pytest.mark.parametrize("source", HOSTILE)
    def test_is_words_in_the_end(self, source: str) -> None:
        assert_safe(safe_html(canonical_text(source)))

    @given(
        st.lists(st.sampled_from([*HOSTILE, *FAITHFUL, "\n", "\n\n", " ", "> ", "- ", "`", "```\n", "*"]), max_size=6)
    )
    def test_is_words_in_any_company(self, parts: list[str]) -> None:
        assert_safe(safe_html(canonical_text("".join(parts))))

    @given(st.text(alphabet=st.sampled_from("<>/\"'=&;:()[]!`*_\\-#>~ \n\tahtpsjvcri.@é\u200d\u0301😀"), max_size=200))
    def test_is_words_however_it_is_mixed(self, source: str) -> None:
        assert_safe(safe_html(canonical_text(source)))

    @given(st.text(max_size=300))
    def test_of_any_characters_is_refused_or_safe(self, source: str) -> None:
        try:
            text = canonical_text(source)
        except Refusal:
            return
        assert_safe(safe_html(text))


class TestBenignInput:
    @pytest.mark.parametrize("source", FAITHFUL)
    def test_is_accepted_and_shown_as_typed(self, source: str) -> None:
        text = canonical_text(source)
        assert text == unicodedata.normalize("NFC", source)
        check_source(text, LIMIT)
        assert plain_text(safe_html(text)) == " ".join(text.split())

    @pytest.mark.parametrize("source", ["<script>alert(1)</script>", "a<b>c", "[x](javascript:alert(1))"])
    def test_may_be_anything_in_code(self, source: str) -> None:
        for code in (f"`{source}`", f"```\n{source}\n```"):
            check_source(code, LIMIT)
            assert plain_text(safe_html(code)) == source


class TestCanonicalText:
    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            ("a\r\nb\rc\u2028d\u2029e\x0bf\x85g", "a\nb\nc\nd\ne\nf\ng"),
            ("e\u0301", "é"),
            ("\ufeffcall \u202d+47 22 00 00 00\u202c", "call +47 22 00 00 00"),
            ("\u2068name\u2069", "name"),
            ("soft\u00adhyphen", "softhyphen"),
            ("bell\x07, escape\x1b[31m", "bell, escape[31m"),
            ("tags \U000e0068\U000e0069 smuggled", "tags  smuggled"),
            ("a\u200b\u200b\u200b\u200bb", "a\u200b\u200bb"),
            ("z" + "\u0315" * 50 + "!", "z" + "\u0315" * 6 + "!"),
            ("z" + "\u0315\u200d" * 50, "z" + "\u0315\u200d" * 6 + "\u200d"),
            ("  kept\tinside  ", "kept\tinside"),
        ],
    )
    def test_has_one_form(self, raw: str, expected: str) -> None:
        assert canonical_text(raw) == expected

    @pytest.mark.parametrize(
        "raw", ["nul\x00", "right\u202eleft", "half \ud83d", "\udc00", "\ufffe", "\U0010ffff", "\ufdd0"]
    )
    def test_has_no_characters_that_nobody_types(self, raw: str) -> None:
        with pytest.raises(Refusal) as caught:
            canonical_text(raw)
        assert (caught.value.code, caught.value.status) == ("text-unwanted", 422)
        assert "U+" in str(caught.value.sentence)

    @given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
    def test_is_canonical_at_once(self, raw: str) -> None:
        try:
            text = canonical_text(raw)
        except Refusal:
            return
        assert canonical_text(text) == text
        assert unicodedata.is_normalized("NFC", text)


class TestCheckSource:
    @pytest.mark.parametrize(
        ("source", "code"),
        [
            ("", "text-empty"),
            (" \n\t ", "text-empty"),
            ("\u200b\u200d\u2800\u3164\ufe0f", "text-empty"),
            ("> \n> ", "text-empty"),
            ("[](https://a.example)", "text-empty"),
            ("```\n```", "text-empty"),
            ("x" * (LIMIT + 1), "text-too-long"),
            (">" * 17 + " x", "text-too-deep"),
            ("> - " * 9 + "x", "text-too-deep"),
            ("\n".join("  " * level + "- x" for level in range(30)), "text-too-deep"),
            ("**" * 30 + "x" + "**" * 30, "text-too-deep"),
            ("[" * 101, "text-too-deep"),
            ("so <b>bold</b>", "text-html"),
            ("a <!-- b --> c", "text-html"),
            ("<IFRAME src=x>", "text-html"),
            ("[x](javascript:alert(1))", "text-link"),
            ("[x](DATA:text/html,x)", "text-link"),
            ("<vbscript:x>", "text-link"),
        ],
    )
    def test_says_why_not(self, source: str, code: str) -> None:
        with pytest.raises(Refusal) as caught:
            check_source(source, LIMIT)
        assert (caught.value.code, caught.value.status, caught.value.field) == (code, 422, "body")
        assert len(str(caught.value.sentence)) > 20

    def test_takes_what_just_fits(self) -> None:
        check_source("x" * LIMIT, LIMIT)
        check_source(">" * 16 + " x", LIMIT)
        check_source("[" * 50 + "]" * 50, LIMIT)


BOMBS = {
    "quotes": ">", "spaced quotes": "> ", "lists": "- ", "numbers": "1. ", "brackets": "[", "pictures": "![",
    "links": "[a](", "angled links": "[a](<", "div": "<div>", "angles": "<", "stars": "*", "star words": "*a ",
    "strong": "**a ", "mixed": "*_", "words": "a**b", "backticks": "`", "spaced backticks": "` ", "backslashes": "\\",
    "colons": ":", "addresses": "http://a.b ", "half addresses": "http:", "quote lines": ">\n", "list lines": "-\n",
    "fences": "```\n", "marks": "a\u0301", "one tall letter": "\u0301", "joiners": "\u200d", "entities": "&#x41;",
    "address in address": "http://", "address in brackets": "http://(", "address in percents": "http://%",
    "address in host": "http://a-http://", "address in commas": "http://a,/", "address in dots": "http://a../",
    "links that end nowhere": "[a](http://a.b", "music": "\U0001d165\u302e",
}  # fmt: skip


class TestBombs:
    @pytest.mark.parametrize("length", [LIMIT, 100_000])
    @pytest.mark.parametrize("unit", BOMBS.values(), ids=BOMBS)
    def test_are_refused_or_drawn_at_once(self, unit: str, length: int) -> None:
        """Far below what a sanitiser alone takes for nested elements (half a minute)."""
        assert least(lambda: _take(unit * (length // len(unit)))) < 2

    @pytest.mark.parametrize("tower", ["\u0315\u0316", "\u302e\U0001d165"], ids=["marks", "marks with a width"])
    def test_of_marks_out_of_order_are_not_sorted(self, tower: str) -> None:
        """Bringing the marks of one letter into their order takes time with the square of their number."""
        assert least(lambda: _take("a" + tower[0] * 40_000 + tower[1] * 40_000)) < 2

    def test_of_one_long_foreign_host_are_not_spelled_out(self) -> None:
        host = "".join(map(chr, range(0x4E00, 0x4E00 + 4_900)))
        for source in (f"http://{host}/", f"[a](http://{host}/)", f"<http://{host}/>"):
            assert least(lambda source=source: _take(source)) < 2

    def test_are_not_even_parsed_by_safe_html_itself(self) -> None:
        for source in ("<div>" * 100_000, ">" * 60_000, "[" * 60_000, "é" * BYTES_LIMIT):
            with pytest.raises(Refusal):
                safe_html(source)


def _take(source: str) -> None:
    try:
        text = canonical_text(source)
        check_source(text, LIMIT)
        safe_html(text)
    except Refusal:
        return


def test_plain_text_is_what_one_reads() -> None:
    safe = safe_html("> O'Brien *said*:\n\n- 5 < 6\n- `<b>`\n\n[log](https://a.example/?a=1&b=2)\nend")
    assert plain_text(safe) == "O'Brien said: 5 < 6 <b> log end"


def test_links_are_counted() -> None:
    assert count_links(safe_html("[a](https://a.example) https://b.example `<a href>` <a@b.example>")) == 3


def test_what_is_blank_is_not_visible() -> None:
    assert not is_visible("\u00a0\u3164\u2800\u200b\u0301\n")
    assert is_visible("👍")
