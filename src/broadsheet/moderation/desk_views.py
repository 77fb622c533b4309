"""The desk's pages in the newsroom's admin: look through what waits, look at one thing, decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Page
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.paginator import WagtailPaginator

from broadsheet.accounts.models import User
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.actions import DECISIONS, Outcome, rule
from broadsheet.moderation.desk import (
    EMPTY,
    QUEUES,
    REPORTED,
    DeskLine,
    DeskList,
    desk_line,
    queue,
    queue_named,
    waiting_counts,
)
from broadsheet.moderation.forms import BAN_CHOICES, BanFields, DecisionForm
from broadsheet.moderation.history import decisions_about, decisions_on
from broadsheet.moderation.kinds import moderated_kind
from broadsheet.moderation.models import REASON_LIMIT, Ruling, Standing
from broadsheet.moderation.notices import want_mail, wants_mail
from broadsheet.moderation.rights import MODERATE

PER_PAGE = 25
# Of the decisions on what one writer has written, on the page of one thing.
PAST_SHOWN = 10

View = Callable[..., HttpResponse]


def moderators_only(view: View) -> View:
    """Lead everybody else of the newsroom back to the admin's home, and say why."""
    checked: View = permission_required(MODERATE)(view)
    return checked


@moderators_only
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show a queue of the desk: what is held, with `?queue=` what is reported or has been decided."""
    return _desk(request, queue_named(request.GET.get("queue", "")), request.GET.get("p"), DecisionForm())


@moderators_only
@require_safe
def one(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Show one thing whole, however it stands, with all that was decided on it."""
    return _one(request, kind, key, DecisionForm())


@moderators_only
@require_POST
def decide_chosen(request: HttpRequest) -> HttpResponse:
    """Decide on what was ticked, each for itself: what another moderator was quicker with is said, the rest is done."""
    form = DecisionForm(_quick(request))
    kind, _colon, key = request.POST.get("one", "").partition(":")
    name = queue_named(request.POST.get("queue", ""))
    if not form.is_valid():
        return _one(request, kind, key, form) if key else _desk(request, name, request.POST.get("p"), form)
    decision = form.cleaned_data
    moderator = moderator_of(request)
    outcome = rule(decision["verb"], form.chosen(), by=moderator, reason=decision["reason"], ban_wish=form.ban_wish())
    tell_outcome(request, outcome)
    return redirect(f"{reverse('desk:desk')}?{urlencode({'queue': name, 'p': request.POST.get('p') or 1})}")


@moderators_only
@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Mail the moderator about what is held from now on, or no more."""
    is_wanted = request.POST.get("mail") == "yes"
    want_mail(moderator_of(request), is_wanted=is_wanted)
    messages.success(request, _("You get mail when something is held.") if is_wanted else _("You get no more mail."))
    return redirect("desk:desk")


def moderator_of(request: HttpRequest) -> User:
    """Return who is signed in, in a view that lets only moderators in."""
    assert isinstance(request.user, User)  # noqa: S101 - moderators_only has seen to it
    return request.user


def tell_outcome(request: HttpRequest, outcome: Outcome) -> None:
    """Say at the top of the next page what was done, with the way to undo it, and what was not done and why."""
    for name, refusal in outcome.refused:
        messages.warning(request, _told(name, refusal))
    said = [words for words in (_result(outcome), _banned(len(outcome.bans)), _lifted(outcome.lifted)) if words]
    if outcome.ruling and said:
        way_back = messages.button(reverse("desk:undo", args=[outcome.ruling.public_id]), _("Undo"))
        messages.success(request, " ".join(said), buttons=[way_back])


def page_of(lines: DeskList, number: str | None) -> tuple[Page[DeskLine], dict[str, Any]]:
    """Return a page of lines, and what the links to the others are drawn with."""
    paginator = WagtailPaginator(lines, PER_PAGE)
    shown = paginator.get_page(number)
    return shown, {"items": shown, "elided_page_range": paginator.get_elided_page_range(shown.number)}


def furniture(form: BanFields) -> dict[str, Any]:
    """Return what every page with a form of the desk is drawn with."""
    return {
        "form": form,
        "header_icon": "clipboard-list",
        "reason_limit": REASON_LIMIT,
        "ban_choices": BAN_CHOICES,
    }


def _told(name: str, refusal: Refusal) -> str:
    return f"{name}: {refusal.sentence}" if name else str(refusal.sentence)


def _quick(request: HttpRequest) -> Any:
    """Read the form; a line's own button stands for ticking this one and nothing else."""
    for verb in (Ruling.Verb.PUBLISH, Ruling.Verb.KEEP):
        quick = request.POST.get(verb)
        if quick:
            data = request.POST.copy()
            data.setlist("chosen", [quick])
            data["verb"] = verb
            data["ban"] = ""
            return data
    return request.POST


def _result(outcome: Outcome) -> str:
    count, verb = len(outcome.done), outcome.ruling.verb if outcome.ruling else ""
    if not count:
        return ""
    words = {
        Ruling.Verb.PUBLISH: ngettext("{count} was published.", "{count} were published.", count),
        Ruling.Verb.KEEP: ngettext("{count} was kept.", "{count} were kept.", count),
        Ruling.Verb.REJECT: ngettext("{count} was rejected.", "{count} were rejected.", count),
        Ruling.Verb.REMOVE: ngettext("{count} was removed.", "{count} were removed.", count),
        Ruling.Verb.SPAM: ngettext("{count} was removed as spam.", "{count} were removed as spam.", count),
        Ruling.Verb.UNDO: ngettext("{count} stands as it did before.", "{count} stand as they did before.", count),
    }
    return words[Ruling.Verb(verb)].format(count=count)


def _banned(count: int) -> str:
    return ngettext("{count} ban was made.", "{count} bans were made.", count).format(count=count) if count else ""


def _lifted(count: int) -> str:
    return ngettext("{count} ban was lifted.", "{count} bans were lifted.", count).format(count=count) if count else ""


def _desk(request: HttpRequest, name: str, page: str | None, form: DecisionForm) -> HttpResponse:
    _items, paging = page_of(queue(name), page)
    context = {
        **furniture(form),
        **paging,
        "queue": name,
        "queues": _queues(),
        "empty": EMPTY.get(name, _("There is nothing here.")),
        "choices": choices(_standings(name), is_reported=name == REPORTED),
        "chosen": {f"{one.kind}:{one.key}" for one in form.chosen()},
        "wants_mail": wants_mail(moderator_of(request)),
        "page_title": _("Desk"),
    }
    return render(request, "moderation/desk.html", context, status=422 if form.errors else 200)


def _queues() -> list[tuple[str, str, int]]:
    waiting = waiting_counts()
    return [(name, str(label), waiting.get(name, 0)) for name, label in QUEUES.items()]


def _standings(name: str) -> Sequence[str]:
    return [Standing.PUBLISHED] if name == REPORTED else [name]


def _one(request: HttpRequest, kind: str, key: str, form: DecisionForm) -> HttpResponse:
    line = desk_line(kind, key)
    known = moderated_kind(kind)
    if line is None or known is None:
        raise Http404
    writer = line.row.writer
    context = {
        **furniture(form),
        "line": line,
        "row": line.row,
        "choices": choices([line.row.standing], is_reported=line.reports is not None),
        "queue": REPORTED if line.reports else line.row.standing,
        "decisions": decisions_on(known, known.called(key).values_list("pk", flat=True).get()),
        "past": decisions_about(writer, PAST_SHOWN) if writer else [],
        "page_title": _("From {name}").format(name=line.row.author),
    }
    return render(request, "moderation/one.html", context, status=422 if form.errors else 200)


def choices(standings: Sequence[str], *, is_reported: bool) -> list[tuple[str, str]]:
    """Return the verbs, with the words on their buttons, that apply to things that stand in one of these ways."""
    words = {
        Ruling.Verb.PUBLISH: _("Publish") if Standing.HELD in standings else _("Publish again"),
        Ruling.Verb.KEEP: _("Keep"),
        Ruling.Verb.REJECT: _("Reject"),
        Ruling.Verb.REMOVE: _("Remove"),
        Ruling.Verb.SPAM: _("Spam"),
    }
    verbs = [verb for verb in words if all(verb in DECISIONS[standing] for standing in standings)]
    return [(verb.value, words[verb]) for verb in verbs if is_reported or verb != Ruling.Verb.KEEP]
