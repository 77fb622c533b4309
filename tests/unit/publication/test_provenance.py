"""A chain of steps is one sentence, whole clause by whole clause, with links; and JSON-LD that says the same."""

import datetime
import json
import re
from collections.abc import Callable, Iterator
from itertools import combinations, product
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.test import override_settings
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.publication.provenance import (
    Step,
    language_name,
    provenance_json_ld,
    provenance_sentence,
    with_full_stop,
)
from broadsheet.publication.provenance_clauses import CLAUSES

FIELDS = ("publisher", "language", "person")
KNOWN = [known for size in range(len(FIELDS) + 1) for known in combinations(FIELDS, size)]
DAY = datetime.date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Write a catalogue of (context, message): translation for a language; Django reads it until the test ends."""

    def write(language: str, messages: dict[tuple[str, str], str]) -> None:
        book = Catalog(locale=language)
        for (context, message), words in messages.items():
            book.add(message, words, context=context or None)
        path = tmp_path / language / "LC_MESSAGES" / "django.mo"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_mo(file, book)

    with override_settings(LOCALE_PATHS=[str(tmp_path)]):
        yield write


def text(*steps: Step) -> str:
    return str(provenance_sentence(steps))


def html(*steps: Step) -> str:
    return provenance_sentence(steps).html


# The sentence.


def test_the_chains_of_the_editors_handbook() -> None:
    assert (
        text(Step("original", publisher="X"), Step("translated", language="ru", person="Y"))
        == "Originally published by X; translated from Russian by Y"
    )
    assert (
        text(
            Step("interview", publisher="A"),
            Step("original", publisher="B", language="fr"),
            Step("translated", person="C"),
        )
        == "Interview given to A; first published in French by B; translated by C"
    )


def test_no_steps_say_nothing() -> None:
    nothing = provenance_sentence([])
    assert (str(nothing), nothing.html, bool(nothing), bool(with_full_stop(nothing))) == ("", "", False, False)
    assert not provenance_sentence([Step("unheard-of", publisher="X")])


def test_a_step_of_an_unknown_kind_leaves_the_others_whole() -> None:
    steps = [Step("unheard-of", publisher="X"), Step("original", publisher="B"), Step("", person="Z")]
    assert text(*steps) == "Originally published by B"


@pytest.mark.parametrize("kind", CLAUSES)
def test_a_step_of_which_only_the_kind_is_known_says_so(kind: str) -> None:
    assert re.fullmatch("[A-Z][a-z ]+", text(Step(kind)))
    assert text(Step(kind, None, None, None, None, None, None)) == text(Step(kind, " ", "\u00a0", "", "\n", None, ""))


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("kind", CLAUSES)
def test_every_combination_is_a_whole_clause_that_names_what_is_known(kind: str, known: tuple[str, ...]) -> None:
    step = Step(
        kind, **{"publisher": "The Slipway", "language": "fr", "person": "Åse"} | dict.fromkeys({*FIELDS} - {*known})
    )
    values = {"publisher": "The Slipway", "language": "French", "person": "Åse"}
    first, following = text(step), text(Step("translated", person="Z"), step).removeprefix("Translated by Z; ")
    for clause in (first, following):
        assert {name for name in FIELDS if values[name] in clause} == set(known)
        assert "%" not in clause
    assert first[0].isupper()
    assert following[0].islower()


def test_every_message_has_the_placeholders_of_its_key() -> None:
    for forms in CLAUSES.values():
        assert {tuple(key.split()) for key in forms} == set(KNOWN)
        for key, clause in forms.items():
            for form in clause:
                assert sorted(re.findall(r"%\((\w+)\)s", str(form))) == sorted(key.split())


def test_no_two_combinations_share_a_message() -> None:
    messages = [str(form) for forms in CLAUSES.values() for clause in forms.values() for form in clause]
    assert len(set(messages)) == len(messages)


def test_dates_and_licences_follow_their_step() -> None:
    assert (
        text(Step("original", publisher="X", date=DAY, licence="CC BY 4.0"), Step("adapted", date=DAY))
        == "Originally published by X, 2 March 2026; licence: CC BY 4.0; adapted, 2 March 2026"
    )
    assert text(Step("original", publisher="X", date=datetime.datetime(2026, 3, 2, 23, 59))) == text(
        Step("original", publisher="X", date=DAY)
    )


def test_the_sentence_can_be_ended() -> None:
    sentence = provenance_sentence([Step("translated", person="Y", url="https://y.example/")])
    assert str(with_full_stop(sentence)) == "Translated by Y."
    assert with_full_stop(sentence).html == f"{sentence.html}."


# Languages.


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("ru", "Russian"),
        ("pt-BR", "Brazilian Portuguese"),
        ("pt_br", "Brazilian Portuguese"),
        ("de-DE", "German"),
        ("zh-Hant-TW", "Traditional Chinese"),
        ("smj", "Lule Sami"),
        ("NB", "Norwegian Bokmål"),
        ("xx", "xx"),
        ("Old Town Cant", "Old Town Cant"),
        ("-", "-"),
        ("", ""),
    ],
)
def test_languages_are_named_by_their_tags(tag: str, name: str) -> None:
    assert language_name(tag) == name


def test_languages_are_named_in_the_readers_language() -> None:
    for language, name in (("nb", "russisk"), ("ar", "الروسية"), ("pt-br", "russo"), ("en", "Russian")):
        with translation.override(language):
            assert language_name("ru") == name


def test_a_language_may_order_the_clause_as_it_must(catalogue: Callable[..., None]) -> None:
    catalogue(
        "ru",
        {
            ("", "Translated from %(language)s by %(person)s"): "Перевёл %(person)s с %(language)s",
            ("", "first published in %(language)s by %(publisher)s"): "%(publisher)s на %(language)s — впервые",
            ("provenance", "%(clauses)s; %(clause)s"): "%(clause)s ← %(clauses)s",
            ("languages from which a text is translated, as in: fr=French; ru=Russian", "-"): "fr=французского",
            (
                "languages in which a text is written, as in: fr=French; ru=Russian",
                "-",
            ): "NB = норвежском ; fr=французском",
        },
    )
    with translation.override("ru"):
        steps = [Step("translated", person="Я", language="fr"), Step("original", publisher="Б", language="fr")]
        assert text(*steps) == "Б на французском — впервые ← Перевёл Я с французского"
        assert text(Step("translated", person="Я", language="nb")) == "Перевёл Я с норвежский букмол"


def test_a_percent_sign_in_a_translation_or_a_name_is_one(catalogue: Callable[..., None]) -> None:
    catalogue("nb", {("", "Translated by %(person)s"): "100 %% oversatt av %(person)s"})
    with translation.override("nb"):
        assert text(Step("translated", person="50 % (%(person)s)")) == "100 % oversatt av 50 % (%(person)s)"


# Links, times and what is hostile.


def test_publishers_are_linked_and_dates_are_times() -> None:
    step = Step(
        "original", publisher="Ytterholm Kystblad", url="https://kystblad.example/4?a=1&b=2", language="nb", date=DAY
    )
    assert html(step) == (
        "Originally published in Norwegian Bokmål by "
        '<a href="https://kystblad.example/4?a=1&amp;b=2" hreflang="nb" dir="auto">Ytterholm Kystblad</a>, '
        '<time datetime="2026-03-02">2 March 2026</time>'
    )


def test_without_a_publisher_the_person_is_linked_and_else_the_clause() -> None:
    address = "https://x.example/"
    assert html(Step("translated", person="Clara Finch", url=address)) == (
        f'Translated by <a href="{address}" dir="auto">Clara Finch</a>'
    )
    assert html(Step("translated", publisher="X", person="Clara", url=address)) == (
        f'Translated by <bdi>Clara</bdi> for <a href="{address}" dir="auto">X</a>'
    )
    assert html(Step("republished", url=address, date=DAY)).startswith(
        f'<a href="{address}" dir="auto">Republished</a>, '
    )


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//x.example/",
        "/here",
        "https://ed:secret@x.example/",
        "https://",
        "mailto:ed@x.example",
        "https://x.example:port/",
    ],
)
def test_only_addresses_on_the_web_become_links(address: str) -> None:
    steps = [Step("original", publisher="X", url=address, licence=address), Step("republished", url=address)]
    assert "href" not in html(*steps)
    assert all("url" not in work for work in provenance_json_ld(steps)["isBasedOn"])
    assert isinstance(provenance_json_ld(steps)["license"], dict)


@pytest.mark.parametrize("kind", CLAUSES)
def test_what_people_typed_is_text(kind: str) -> None:
    evil = "<script>\"'&"
    sentence = provenance_sentence([Step(kind, evil, f"https://x.example/{evil}", evil, evil, DAY, evil)])
    assert "<script" not in sentence.html
    assert "&lt;script&gt;&quot;&#x27;&amp;" in sentence.html
    assert str(sentence).count(evil) == 4


def test_licences_of_creative_commons_have_name_and_address() -> None:
    address = "https://creativecommons.org/licenses/by-sa/4.0/"
    for licence in (
        "CC BY-SA 4.0",
        "cc-by-sa-4.0",
        address,
        "http://www.creativecommons.org/licenses/by-sa/4.0/deed.nb",
    ):
        assert f'licence: <a href="{address}" dir="auto">CC BY-SA 4.0</a>' in html(Step("original", licence=licence))
        assert provenance_json_ld([Step("original", licence=licence)])["license"] == address
    zero = provenance_json_ld([Step("original", licence="CC0")])["license"]
    assert zero == "https://creativecommons.org/publicdomain/zero/1.0/"


def test_other_licences_are_shown_as_they_are_given() -> None:
    assert text(Step("adapted", licence="All rights reserved")) == "Adapted; licence: All rights reserved"
    assert html(Step("adapted", licence="https://x.example/terms/")) == (
        'Adapted; licence: <a href="https://x.example/terms/" dir="auto">x.example/terms</a>'
    )
    assert provenance_json_ld([Step("adapted", licence="Ours")])["license"] == {"@type": "CreativeWork", "name": "Ours"}


# JSON-LD.


def test_a_translated_interview_in_json_ld() -> None:
    steps = [
        Step("interview", publisher="Radio Ytterholm", person="Jonas Brekke"),
        Step("original", publisher="Kystblad", url="https://k.example/1", language="nb", date=DAY, licence="CC BY 4.0"),
        Step("translated", person="Clara Finch", language="nb"),
    ]
    published = {
        "@type": "Article",
        "url": "https://k.example/1",
        "inLanguage": "nb",
        "publisher": {"@type": "Organization", "name": "Kystblad"},
        "datePublished": "2026-03-02",
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }
    given_to = {
        "@type": "CreativeWork",
        "publisher": {"@type": "Organization", "name": "Radio Ytterholm"},
        "contributor": {"@type": "Person", "name": "Jonas Brekke"},
    }
    assert provenance_json_ld(steps) == {
        "isBasedOn": [given_to, published],
        "translationOfWork": published,
        "translator": [{"@type": "Person", "name": "Clara Finch"}],
        "sourceOrganization": {"@type": "Organization", "name": "Kystblad"},
        "license": "https://creativecommons.org/licenses/by/4.0/",
    }


def test_the_translated_work_takes_its_language_from_the_translation() -> None:
    steps = [Step("original", publisher="X"), Step("translated", language="ru", person="Y")]
    assert provenance_json_ld(steps)["translationOfWork"] == {
        "@type": "Article",
        "publisher": {"@type": "Organization", "name": "X"},
        "inLanguage": "ru",
    }
    assert provenance_json_ld(steps[1:])["translationOfWork"] == {"@type": "CreativeWork", "inLanguage": "ru"}


def test_a_translation_of_a_translation_is_not_said_to_be_of_the_original() -> None:
    steps = [
        Step("original", publisher="X", language="ru"),
        Step("translated", language="ru", person="Y"),
        Step("translated", language="fr", publisher="Z"),
    ]
    fragment = provenance_json_ld(steps)
    assert fragment["translationOfWork"] == {"@type": "CreativeWork", "inLanguage": "fr"}
    assert [maker["@type"] for maker in fragment["translator"]] == ["Person", "Organization"]


def test_nothing_known_leaves_no_properties() -> None:
    assert provenance_json_ld([]) == {}
    assert provenance_json_ld([Step(kind) for kind in (*CLAUSES, "unheard-of")]) == {}
    assert provenance_json_ld([Step("unheard-of", "X", "https://x.example/", "ru", "Y", DAY, "CC0")]) == {}


def test_a_language_that_is_no_tag_is_not_passed_on() -> None:
    assert provenance_json_ld([Step("original", publisher="X", language="Old Town Cant")])["isBasedOn"] == [
        {"@type": "Article", "publisher": {"@type": "Organization", "name": "X"}}
    ]
    assert provenance_json_ld([Step("original", language="pt_BR")])["isBasedOn"][0]["inLanguage"] == "pt-BR"


anything = st.one_of(st.none(), st.text(max_size=20), st.sampled_from(["ru", "https://x.example/", "CC0", "%s %(x)s"]))
any_steps = st.lists(
    st.builds(
        Step,
        st.one_of(st.sampled_from(sorted(CLAUSES)), st.text(max_size=5)),
        *(anything,) * 4,
        st.one_of(st.none(), st.dates()),
        anything,
    ),
    max_size=5,
)


@given(any_steps)
def test_any_chain_is_said_and_names_its_publishers_in_order(steps: list[Step]) -> None:
    with translation.override("en"):
        sentence = provenance_sentence(steps)
    rest = str(sentence)
    for step in steps:
        if step.kind in CLAUSES and step.publisher:
            _before, name, rest = rest.partition(step.publisher)
            assert name == step.publisher
    assert json.loads(json.dumps(provenance_json_ld(steps))) == provenance_json_ld(steps)
    assert re.sub("<[^>]*>", "", sentence.html).count("<") == 0


@pytest.mark.parametrize(("kind", "language"), list(product(CLAUSES, ["en", "nb", "ar", "de"])))
def test_every_clause_can_be_said_in_any_interface_language(kind: str, language: str) -> None:
    with translation.override(language):
        step = Step(kind, publisher="The Slipway", language="ru", person="Åse", date=DAY)
        assert {"The Slipway", "Åse"} <= {part.text for part in provenance_sentence([step]).parts}
