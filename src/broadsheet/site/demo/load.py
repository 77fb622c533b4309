"""Loads the demo publication from the files beside it, through the same actions as everybody else."""

from __future__ import annotations

import datetime
import re
import tomllib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from wagtail.models import Locale, Page, Site

from broadsheet.accounts.models import User
from broadsheet.publication.models import (
    ArticlePage,
    Biography,
    Byline,
    Correction,
    FrontPage,
    Person,
    Picture,
    ProvenanceStep,
    PublicationSettings,
    Section,
    StandardPage,
)
from broadsheet.site.demo.fund import load_fund
from broadsheet.site.demo.talk import ask_readers, everybody_published, load_thread
from broadsheet.site.setup import address_parts

FILES = Path(__file__).parent
LINK = re.compile(r'href="(article|page):([\w-]+)"')

Progress = Callable[[int, int], object]
Words = dict[str, Any]


@dataclass
class Paper:
    """What has been loaded so far, by the names the files use."""

    words: Words
    fronts: dict[str, FrontPage] = field(default_factory=dict)
    sections: dict[tuple[str, str], Section] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    pages: dict[tuple[str, str], Page] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    now: datetime.datetime = field(default_factory=timezone.now)

    @property
    def languages(self) -> list[str]:
        """The publication's languages, the main one first."""
        return list(self.words["languages"])

    def moment(self, row: Words) -> datetime.datetime:
        """The time a row means, counted back from today in the publication's zone."""
        hour, minute = map(int, row.get("at", "12:00").split(":"))
        day = self.now.astimezone(ZoneInfo(settings.TIME_ZONE)).date() - datetime.timedelta(days=row["days_ago"])
        return datetime.datetime.combine(day, datetime.time(hour, minute), ZoneInfo(settings.TIME_ZONE))

    def picture(self, name: str, alt: str = "", credit: str = "") -> Picture:
        """The picture of that file, uploaded once."""
        if name not in self.pictures:
            with (FILES / "pictures" / name).open("rb") as opened:
                picture = Picture(
                    title=Path(name).stem.replace("-", " ").capitalize(), description=alt[:255], credit=credit
                )
                picture.file = ImageFile(opened, name=name)
                picture.save()
            self.pictures[name] = picture
        return self.pictures[name]


def load_demo(progress: Progress) -> None:
    """Make the whole demo publication in an empty database, all or nothing; tell `progress` how far it is."""
    articles = sorted((FILES / "articles").glob("*.toml"), key=_order)
    threads = sorted((FILES / "threads").glob("*.toml"))
    total = len(articles) + len(threads) + 3
    with transaction.atomic():
        paper = Paper(read(FILES / "publication.toml"))
        _lay_foundation(paper, {path.name.split(".")[1]: set() for path in articles} | _sections_used(articles))
        _introduce_people(paper)
        progress(1, total)
        _write_pages(paper)
        progress(2, total)
        for done, path in enumerate(articles, 3):
            _write_article(paper, path)
            progress(done, total)
        _publish_all(paper)
        with everybody_published():
            for done, path in enumerate(threads, 3 + len(articles)):
                load_thread(paper.pages[path.stem, paper.languages[0]].specific, read(path)["comments"], paper.moment)
                progress(done, total)
        for path in articles:
            slug, language, _suffix = path.name.split(".")
            ask_readers(paper.pages[slug, language].specific, read(path).get("prompts", ()))
        fund = read(FILES / "campaign.toml")
        load_fund(fund, paper.pages[fund["read_in"], paper.languages[0]].specific, paper.moment)
        progress(total, total)


def read(path: Path) -> Words:
    """Return what a file says."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _order(path: Path) -> tuple[str, int]:
    """Versions of an article together, the main language first, so that the others find it."""
    slug, language, _suffix = path.name.split(".")
    return slug, [code for code, _name in settings.LANGUAGES].index(language)


def _sections_used(articles: Iterable[Path]) -> dict[str, set[str]]:
    used: dict[str, set[str]] = {}
    for path in articles:
        used.setdefault(path.name.split(".")[1], set()).add(read(path)["section"])
    return used


def _lay_foundation(paper: Paper, used: dict[str, set[str]]) -> None:
    root = Page.objects.get(depth=1)
    welcome = list(root.get_children())
    for language in paper.languages:
        locale, _made = Locale.objects.get_or_create(language_code=language)
        front = FrontPage(
            title=paper.words["names"][language],
            slug=language,
            locale=locale,
            motto=paper.words["mottos"][language],
            footer=paper.words["footers"][language],
            translation_key=_key("front"),
        )
        root.add_child(instance=front)
        paper.fronts[language] = front
        for words in paper.words["sections"]:
            if words["slug"] in used.get(language, set()):
                section = Section(
                    title=words["titles"][language],
                    slug=words["slug"],
                    introduction=words["introductions"][language],
                    locale=locale,
                    show_in_menus=True,
                    translation_key=_key("section", words["slug"]),
                )
                front.add_child(instance=section)
                paper.sections[words["slug"], language] = section
    main = paper.fronts[paper.languages[0]]
    site, _made = Site.objects.update_or_create(
        is_default_site=True, defaults={"root_page": main, "site_name": main.title, **address_parts()}
    )
    PublicationSettings.objects.update_or_create(
        site=site, defaults={"name": main.title, "accent": paper.words["accent"]}
    )
    for page in welcome:
        page.delete()
    Locale.objects.exclude(language_code__in=paper.languages).delete()


def _introduce_people(paper: Paper) -> None:
    for words in read(FILES / "people.toml")["people"]:
        person = Person(name=words["name"], slug=words["slug"])
        if "portrait" in words:
            person.portrait = paper.picture(words["portrait"], words["portrait_alt"])
        given, _space, family = words["name"].partition(" ")
        person.user = User.objects.filter(first_name=given, last_name=family).first()
        person.biographies = [
            Biography(locale=paper.fronts[language].locale, name=words.get("names", {}).get(language, ""), text=text)
            for language, text in words["biographies"].items()
        ]
        person.save()
        paper.people[words["slug"]] = person


def _write_pages(paper: Paper) -> None:
    for language in paper.languages:
        for words in read(FILES / f"pages.{language}.toml")["pages"]:
            page = StandardPage(
                title=words["title"],
                slug=words["slug"],
                locale=paper.fronts[language].locale,
                translation_key=_key("page", words["slug"]),
                live=False,
            )
            page.body = _blocks(StandardPage, [_block("text", words["html"])])
            paper.fronts[language].add_child(instance=page)
            paper.pages[words["slug"], language] = page


def _write_article(paper: Paper, path: Path) -> None:
    slug, language, _suffix = path.name.split(".")
    words = read(path)
    lead = words["lead_picture"]
    article = ArticlePage(
        title=words["headline"],
        slug=slug,
        kicker=words.get("kicker", ""),
        standfirst=words["standfirst"],
        lead_picture=paper.picture(lead["file"], lead["alt"], lead["credit"]),
        lead_alt=lead["alt"],
        lead_caption=lead["caption"],
        lead_credit=lead["credit"],
        locale=paper.fronts[language].locale,
        translation_key=_key("article", slug),
        first_published_at=paper.moment(words),
        live=False,
    )
    article.body = _blocks(ArticlePage, [_body_block(paper, block, words) for block in words["body"]])
    article.bylines = [
        Byline(person=paper.people[byline["person"]], role=byline["role"], sort_order=order)
        for order, byline in enumerate(words["bylines"])
    ]
    article.provenance_steps = [_step(paper, step, order) for order, step in enumerate(words.get("provenance", []))]
    paper.sections[words["section"], language].add_child(instance=article)
    article.tags.set(words["tags"])
    article.save()
    Correction.objects.bulk_create(
        Correction(page=article, text=correction["text"], at=paper.moment(correction))
        for correction in words.get("corrections", [])
    )
    paper.pages[slug, language] = article


def _step(paper: Paper, words: Words, order: int) -> ProvenanceStep:
    fields = {
        name: words[name] for name in ("kind", "publisher", "url", "language", "person", "licence") if name in words
    }
    date = paper.moment(words).date() if "days_ago" in words else None
    return ProvenanceStep(sort_order=order, date=date, **fields)


def _publish_all(paper: Paper) -> None:
    """Publish everything, now that every page a text links to has a number."""
    for (_slug, language), page in paper.pages.items():
        page.body = _blocks(type(page), _linked(paper, language, list(page.body.raw_data)))
        printed_at = page.first_published_at or paper.now
        page.save_revision().publish()
        type(page).objects.filter(pk=page.pk).update(first_published_at=printed_at, last_published_at=printed_at)


def _linked(paper: Paper, language: str, value: Any) -> Any:
    """Turn `article:slug` and `page:slug` in the links of `value` into links to the pages of that language."""
    if isinstance(value, str):
        return LINK.sub(lambda found: f'linktype="page" id="{paper.pages[found[2], language].pk}"', value)
    if isinstance(value, dict):
        return {name: _linked(paper, language, part) for name, part in value.items()}
    if isinstance(value, list):
        return [_linked(paper, language, part) for part in value]
    return value


def _body_block(paper: Paper, block: Words, article: Words) -> Words:
    match block["type"]:
        case "text":
            return _block("text", block["html"])
        case "picture":
            picture = paper.picture(block["file"], block["alt"], block["credit"])
            names = ("alt", "caption", "credit")
            return _block("picture", {"picture": picture.pk, **{name: block[name] for name in names}})
        case "quote":
            return _block("quote", {"text": block["text"], "attribution": block.get("attribution", "")})
        case "link_card":
            return _block("link_card", {name: block[name] for name in ("url", "title", "text")})
        case _:
            voices = [_block("item", voice) for voice in article["voices"]]
            exchanges = [_block("item", _exchange(exchange)) for exchange in block["exchanges"]]
            return _block("interview", {"voices": voices, "exchanges": exchanges})


def _exchange(words: Words) -> list[Words]:
    answers = [words, *words.get("more_answers", [])]
    question = _turn("question", words.get("asked_by", ""), words["question"])
    return [question, *(_turn("answer", answer.get("answered_by", ""), answer["answer"]) for answer in answers)]


def _turn(kind: str, voice: str, paragraphs: Iterable[str]) -> Words:
    return _block(kind, {"voice": voice, "text": "".join(f"<p>{escape(text)}</p>" for text in paragraphs)})


def _block(kind: str, value: Any) -> Words:
    return {"type": kind, "value": value, "id": str(uuid.uuid4())}


def _blocks(model: Any, raw: list[Words]) -> Any:
    return model._meta.get_field("body").stream_block.to_python(raw)


def _key(*parts: str) -> uuid.UUID:
    """The same name for all language versions of a page, in every demo."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "/".join(("broadsheet-demo", *parts)))
