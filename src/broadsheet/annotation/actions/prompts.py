"""What editors do with passages: ask readers something on one, and attach one again that lost its words.

All announce first and then touch passages, as publishing does, which carries them over when it has told of the article.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.accounts.actions import profile_of
from broadsheet.accounts.models import User
from broadsheet.annotation.actions.places import find_place, home_of, passage_at, passages_standing
from broadsheet.annotation.anchoring import Selection
from broadsheet.annotation.models import QUESTION_LIMIT, Passage, Prompt
from broadsheet.delivery.announce import announce
from broadsheet.kernel.refusal import Refusal
from broadsheet.kernel.text import Unfit, canonical_text, is_visible
from broadsheet.publication.models import ArticlePage


def may_ask(user: User, article: ArticlePage) -> bool:
    """Whether somebody of the newsroom may put questions to an article's readers: they are published at once."""
    return bool(article.permissions_for_user(user).can_publish())


def ask(article: ArticlePage, *, selection: Selection, by: User, question: str) -> Prompt:
    """Put a question to readers on words of what they get now.

    Raises the refusals of `find_selection`, `not-an-editor`, `question-missing`, `question-too-long`,
    `question-unwanted`, and `asked-already` where these very words have a question.
    """
    _check_right(article, by)
    question = _clean(question)
    with transaction.atomic():
        announce(article.topic, "prompt-asked")
        place = find_place(article, selection)
        passage = passage_at(article, place)
        prompt, is_new = Prompt.objects.get_or_create(
            passage=passage, defaults={"question": question, "by": profile_of(by)}
        )
        if not is_new:
            raise Refusal("asked-already", _("There is a question on these words already."), status=409)
    return prompt


def edit_prompt(prompt: Prompt, *, by: User, question: str) -> None:
    """Ask in other words. Raises the refusals of questions."""
    _check_right(prompt.passage.article, by)
    _change(prompt, question=_clean(question))


def close_prompt(prompt: Prompt, *, by: User) -> None:
    """Take no more answers; the question and what was answered stay."""
    _check_right(prompt.passage.article, by)
    _change(prompt, is_open=False)


def open_prompt_again(prompt: Prompt, *, by: User) -> None:
    """Take answers again."""
    _check_right(prompt.passage.article, by)
    _change(prompt, is_open=True)


@transaction.atomic
def remove_prompt(prompt: Prompt, *, by: User) -> None:
    """Take a question back. What was answered stays, as comments on the passage; a passage without any goes too."""
    passage = prompt.passage
    _check_right(passage.article, by)
    announce(passage.article.topic, "prompt-removed")
    prompt.delete()
    if not passage.annotations.exists():
        passage.delete()


@transaction.atomic
def attach_again(passage: Passage, *, to: Selection, by: User) -> None:
    """Say which words of what readers get now an orphan is about; its old words stay the quote of its comments.

    Raises the refusals of `find_selection`, `not-an-editor`, `not-an-orphan`, and `marked-already` where another
    passage stands on exactly these words.
    """
    article = passage.article
    _check_right(article, by)
    announce(article.topic, "passage-attached")
    place = find_place(article, to)
    passage = Passage.objects.select_for_update(no_key=True).get(pk=passage.pk)
    if not passage.is_orphan:
        raise Refusal("not-an-orphan", _("This passage stands in the text again."), status=409)
    here = home_of(place)
    others = Passage.objects.filter(**here) | passages_standing(article, place)
    if others.exclude(pk=passage.pk).exists():
        sentence = _("Readers have marked exactly these words already. Choose a word more or less.")
        raise Refusal("marked-already", sentence, status=409, field="selection")
    for name, value in here.items():
        setattr(passage, name, value)
    passage.place(place.at, place.text)
    passage.save()


@transaction.atomic
def _change(prompt: Prompt, **fields: object) -> None:
    Prompt.objects.filter(pk=prompt.pk).update(**fields)
    announce(prompt.passage.article.topic, "prompt-changed")


def _check_right(article: ArticlePage, user: User) -> None:
    if not may_ask(user, article):
        sentence = _("Who may publish this article may put questions to its readers. You may not.")
        raise Refusal("not-an-editor", sentence, status=403)


def _clean(question: str) -> str:
    if len(question) > 4 * QUESTION_LIMIT:  # what nobody sees is taken out first, and that can be much, not this much
        raise _too_long(len(question))
    try:
        question = " ".join(canonical_text(question).split())
    except Unfit:
        sentence = _("There is a character in the question that nobody types. Type it anew.")
        raise Refusal("question-unwanted", sentence, field="question") from None
    if not is_visible(question):
        raise Refusal("question-missing", _("Type the question that readers are to answer."), field="question")
    if len(question) > QUESTION_LIMIT:
        raise _too_long(len(question))
    return question


def _too_long(length: int) -> Refusal:
    sentence = _("The question is %(length)d characters long; %(limit)d fit.")
    return Refusal("question-too-long", sentence % {"length": length, "limit": QUESTION_LIMIT}, field="question")
