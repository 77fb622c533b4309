"""Paste an interview: plain text in, a draft or a published article out, each turn mendable on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin import messages

from broadsheet.accounts.models import User
from broadsheet.gate.keys import Key
from broadsheet.kernel.ids import public_id
from broadsheet.publication import actions
from broadsheet.publication.interview import Turn, name_voices
from broadsheet.publication.models import ArticlePage, Byline, ProvenanceStep, Section
from broadsheet.publication.workbench import (
    PASTE_LIMIT,
    TURN_LIMIT,
    InterviewForm,
    StepForm,
    change,
    paragraphs_typed,
    read_paste,
    step_rows,
    turns_sent,
)


@dataclass
class Bench:
    """What lies on the workbench: the paste, or the introduction and turns it was read as."""

    pasted: str
    introduction: list[str]
    turns: list[Turn]
    problem: str = ""

    @classmethod
    def sent(cls, request: HttpRequest) -> Bench:
        """Read the workbench as the editor sent it, names included; a fresh paste is read as turns."""
        names = {
            "asked_by": request.POST.get("asked_by", "").strip(),
            "answered_by": request.POST.get("answered_by", "").strip(),
        }
        if request.POST.get("turns"):
            introduction = paragraphs_typed(request.POST.get("introduction", ""))
            return cls("", introduction, name_voices(turns_sent(request.POST), **names))
        pasted = request.POST.get("text", "")
        if len(pasted) > PASTE_LIMIT:
            return cls(pasted, [], [], _("This text is longer than an article can be. Paste a part of it."))
        introduction, turns = read_paste(pasted, **names)
        if len(turns) > TURN_LIMIT:
            return cls(pasted, [], [], _("This text has more turns than an article can hold. Paste a part of it."))
        if not introduction and not turns:
            return cls(pasted, [], [], _("There is nothing here yet. Paste the interview's text."))
        return cls(pasted, introduction, turns)

    @property
    def as_pasted(self) -> actions.Pasted:
        """What an action makes an article of."""
        return actions.Pasted(self.introduction, [turn for turn in self.turns if turn.paragraphs or turn.speaker])

    @property
    def questions(self) -> int:
        """How many turns ask."""
        return sum(turn.is_question for turn in self.turns)


def new_interview(request: HttpRequest) -> HttpResponse:
    """Make an article of a pasted interview: look at the turns, keep a draft, or publish."""
    user = _editor(request)
    sections = sections_open_to(user)
    if not sections:
        raise PermissionDenied
    if request.method != "POST":
        form = InterviewForm(sections=sections, initial={"section": sections[0]})
        return _bench_page(request, Bench("", [], []), form, step_rows())
    form, steps, bench = InterviewForm(request.POST, sections=sections), step_rows(request.POST), Bench.sent(request)
    wish = request.POST.get("do", "")
    if wish not in ("draft", "publish"):
        return _mended(request, bench, wish, lambda: _bench_page(request, bench, form, steps))
    if bench.problem or not (form.is_valid() and steps.is_valid()):
        return _bench_page(request, bench, form, steps, status=422)
    return _written(request, user, bench, form, steps, publish=wish == "publish")


def append_interview(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a pasted interview into an article's draft."""
    user = _editor(request)
    article = get_object_or_404(ArticlePage, pk=pk)
    if not article.permissions_for_user(user).can_edit():
        raise PermissionDenied
    if request.method != "POST":
        return _bench_page(request, Bench("", [], []), None, None, article=article)
    bench = Bench.sent(request)
    if request.POST.get("do") != "draft":
        wish = request.POST.get("do", "")
        return _mended(request, bench, wish, lambda: _bench_page(request, bench, None, None, article=article))
    if not bench.problem and is_locked_for(article, user):
        bench.problem = _("This article is locked, so nothing was put into it. Unlock it, then send this again.")
    if bench.problem:
        return _bench_page(request, bench, None, None, article=article, status=422)
    key = _key(request, f"append:{user.pk}:{article.pk}")
    actions.append_interview(article, by=user, key=key, pasted=bench.as_pasted)
    messages.success(request, _("The interview stands below what the draft held."))
    return redirect("wagtailadmin_pages:edit", article.pk)


def is_locked_for(article: ArticlePage, user: User) -> bool:
    """Whether somebody else works on the article, or it waits for its hour: Wagtail's editor takes no change either."""
    lock = article.get_lock()
    return lock is not None and bool(lock.for_user(user))


def sections_open_to(user: User) -> list[Section]:
    """The sections in which `user` may write."""
    sections = Section.objects.select_related("locale").order_by("path")
    return [section for section in sections if section.permissions_for_user(user).can_add_subpage()]


def _mended(request: HttpRequest, bench: Bench, wish: str, page: Callable[[], HttpResponse]) -> HttpResponse:
    """Carry out a wish on the turns and show them; reading the paste is the wish `read`, and changes nothing."""
    if wish != "read" and not bench.problem:
        try:
            bench.turns = change(bench.turns, wish)
        except ValueError:
            bench.problem = _("Nothing was changed. To split a turn, put an empty line where the second part begins.")
    return page()


def _written(
    request: HttpRequest, user: User, bench: Bench, form: InterviewForm, steps: BaseFormSet[StepForm], *, publish: bool
) -> HttpResponse:
    section = form.cleaned_data["section"]
    if publish and not section.permissions_for_user(user).can_publish_subpage():
        raise PermissionDenied
    rows = [step.cleaned_data for step in steps if step.is_a_step]
    try:
        article = actions.write_interview(
            section,
            by=user,
            key=_key(request, f"interview:{user.pk}"),
            headline=form.cleaned_data["headline"],
            standfirst=form.cleaned_data["standfirst"],
            pasted=bench.as_pasted,
            steps=rows,
            bylines=_bylines(form.cleaned_data, rows),
        )
    except ValidationError as error:
        form.add_error("headline", error.messages)
        return _bench_page(request, bench, form, steps, status=422)
    if not publish:
        messages.success(request, _("“%(headline)s” is a draft.") % {"headline": article.title})
        return redirect("wagtailadmin_pages:edit", article.pk)
    if not article.live:
        article.get_latest_revision().publish(user=user)
        article.refresh_from_db()
    view = messages.button(article.url, _("Read it"), new_window=False)
    edit = messages.button(reverse("wagtailadmin_pages:edit", args=[article.pk]), _("Edit"))
    messages.success(request, _("“%(headline)s” is published.") % {"headline": article.title}, buttons=[view, edit])
    return redirect("publication_articles:index")


def _key(request: HttpRequest, scope: str) -> Key:
    """Name what was sent: a second press is the same, what somebody mended after going back is another."""
    sent = request.POST.lists()
    typed = {name: values for name, values in sent if name not in ("csrfmiddlewaretoken", "do")}
    return Key.of(scope, json.dumps(typed, sort_keys=True))


def _bylines(sent: dict[str, Any], rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    translated = [row["person"] for row in rows if row["kind"] == ProvenanceStep.Kind.TRANSLATED and row["person"]]
    translator = sent["translator"] or (translated[-1] if translated else "")
    named = [(Byline.Role.INTERVIEWER, sent["interviewer"]), (Byline.Role.TRANSLATOR, translator)]
    return [(str(role), name) for role, name in named if name]


def _bench_page(
    request: HttpRequest,
    bench: Bench,
    form: InterviewForm | None,
    steps: BaseFormSet[StepForm] | None,
    *,
    article: ArticlePage | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "page_title": _("Paste an interview"),
        "page_subtitle": article.title if article else "",
        "header_icon": "group",
        "bench": bench,
        "form": form,
        "steps": steps,
        "article": article,
        "may_publish": form is not None and _may_publish(request),
        "found": _found(bench),
        # The same for every answer to one visit: a second press on Publish finds the article of the first.
        "key": request.POST.get("key") or public_id(),
    }
    return render(request, "publication/workbench/interview.html", context, status=status)


def _found(bench: Bench) -> str:
    if not bench.turns:
        return _("No turn was found: all of it would be the introduction.") if bench.introduction else ""
    answers = len(bench.turns) - bench.questions
    return _("%(questions)s and %(answers)s found.") % {
        "questions": ngettext("%(n)d question", "%(n)d questions", bench.questions) % {"n": bench.questions},
        "answers": ngettext("%(n)d answer", "%(n)d answers", answers) % {"n": answers},
    }


def _may_publish(request: HttpRequest) -> bool:
    user = _editor(request)
    return any(section.permissions_for_user(user).can_publish_subpage() for section in sections_open_to(user))


def _editor(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
