"""What can be said about one step of a text's way here: a whole clause for every combination of what is known.

Each pair is the clause that begins the sentence and the clause that follows another. Translators get whole clauses and
never words to glue: order, gender and case are theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Clause(NamedTuple):
    """One statement in its two forms."""

    first: StrPromise
    following: StrPromise


# Translators: every clause names the step of an article's provenance. "publisher" and "person" are names; "language" is
# the name of a language as CLDR gives it, or as the two lists of languages' names in this catalogue inflect it.
CLAUSES: dict[str, dict[str, Clause]] = {
    "interview": {
        "": Clause(pgettext_lazy("provenance", "From an interview"), pgettext_lazy("provenance", "from an interview")),
        "publisher": Clause(_("Interview given to %(publisher)s"), _("interview given to %(publisher)s")),
        "language": Clause(_("Interview given in %(language)s"), _("interview given in %(language)s")),
        "person": Clause(_("Interview given to %(person)s"), _("interview given to %(person)s")),
        "publisher language": Clause(
            _("Interview given to %(publisher)s in %(language)s"), _("interview given to %(publisher)s in %(language)s")
        ),
        "publisher person": Clause(
            _("Interview given to %(person)s of %(publisher)s"), _("interview given to %(person)s of %(publisher)s")
        ),
        "language person": Clause(
            _("Interview given to %(person)s in %(language)s"), _("interview given to %(person)s in %(language)s")
        ),
        "publisher language person": Clause(
            _("Interview given to %(person)s of %(publisher)s in %(language)s"),
            _("interview given to %(person)s of %(publisher)s in %(language)s"),
        ),
    },
    "original": {
        "": Clause(
            pgettext_lazy("provenance", "Originally published elsewhere"),
            pgettext_lazy("provenance", "first published elsewhere"),
        ),
        "publisher": Clause(_("Originally published by %(publisher)s"), _("first published by %(publisher)s")),
        "language": Clause(_("Originally published in %(language)s"), _("first published in %(language)s")),
        "person": Clause(_("Originally written by %(person)s"), _("first written by %(person)s")),
        "publisher language": Clause(
            _("Originally published in %(language)s by %(publisher)s"),
            _("first published in %(language)s by %(publisher)s"),
        ),
        "publisher person": Clause(
            _("Originally written by %(person)s and published by %(publisher)s"),
            _("first written by %(person)s and published by %(publisher)s"),
        ),
        "language person": Clause(
            _("Originally written in %(language)s by %(person)s"), _("first written in %(language)s by %(person)s")
        ),
        "publisher language person": Clause(
            _("Originally written in %(language)s by %(person)s and published by %(publisher)s"),
            _("first written in %(language)s by %(person)s and published by %(publisher)s"),
        ),
    },
    "republished": {
        "": Clause(pgettext_lazy("provenance", "Republished"), pgettext_lazy("provenance", "republished")),
        "publisher": Clause(_("Republished from %(publisher)s"), _("republished from %(publisher)s")),
        "language": Clause(_("Republished in %(language)s"), _("republished in %(language)s")),
        "person": Clause(_("Republished from a text by %(person)s"), _("republished from a text by %(person)s")),
        "publisher language": Clause(
            _("Republished in %(language)s from %(publisher)s"), _("republished in %(language)s from %(publisher)s")
        ),
        "publisher person": Clause(
            _("Republished from a text by %(person)s in %(publisher)s"),
            _("republished from a text by %(person)s in %(publisher)s"),
        ),
        "language person": Clause(
            _("Republished in %(language)s from a text by %(person)s"),
            _("republished in %(language)s from a text by %(person)s"),
        ),
        "publisher language person": Clause(
            _("Republished in %(language)s from a text by %(person)s in %(publisher)s"),
            _("republished in %(language)s from a text by %(person)s in %(publisher)s"),
        ),
    },
    "translated": {
        "": Clause(pgettext_lazy("provenance", "Translated"), pgettext_lazy("provenance", "translated")),
        "publisher": Clause(_("Translated by %(publisher)s"), _("translated by %(publisher)s")),
        "language": Clause(_("Translated from %(language)s"), _("translated from %(language)s")),
        "person": Clause(_("Translated by %(person)s"), _("translated by %(person)s")),
        "publisher language": Clause(
            _("Translated from %(language)s by %(publisher)s"), _("translated from %(language)s by %(publisher)s")
        ),
        "publisher person": Clause(
            _("Translated by %(person)s for %(publisher)s"), _("translated by %(person)s for %(publisher)s")
        ),
        "language person": Clause(
            _("Translated from %(language)s by %(person)s"), _("translated from %(language)s by %(person)s")
        ),
        "publisher language person": Clause(
            _("Translated from %(language)s by %(person)s for %(publisher)s"),
            _("translated from %(language)s by %(person)s for %(publisher)s"),
        ),
    },
    "adapted": {
        "": Clause(pgettext_lazy("provenance", "Adapted"), pgettext_lazy("provenance", "adapted")),
        "publisher": Clause(_("Adapted from %(publisher)s"), _("adapted from %(publisher)s")),
        "language": Clause(_("Adapted from a text in %(language)s"), _("adapted from a text in %(language)s")),
        "person": Clause(_("Adapted by %(person)s"), _("adapted by %(person)s")),
        "publisher language": Clause(
            _("Adapted from a text in %(language)s published by %(publisher)s"),
            _("adapted from a text in %(language)s published by %(publisher)s"),
        ),
        "publisher person": Clause(
            _("Adapted by %(person)s from %(publisher)s"), _("adapted by %(person)s from %(publisher)s")
        ),
        "language person": Clause(
            _("Adapted by %(person)s from a text in %(language)s"),
            _("adapted by %(person)s from a text in %(language)s"),
        ),
        "publisher language person": Clause(
            _("Adapted by %(person)s from a text in %(language)s published by %(publisher)s"),
            _("adapted by %(person)s from a text in %(language)s published by %(publisher)s"),
        ),
    },
}
