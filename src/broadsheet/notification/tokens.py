"""The links in our mails: each signed, each good for one purpose, refused with a sentence when it is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.utils.translation import gettext_lazy as _

from broadsheet.kernel.refusal import Refusal
from broadsheet.notification.models import CONFIRMED_WITHIN


@dataclass(frozen=True)
class Purpose:
    """What a token is good for. One that is good for something else is as good as forged.

    `lasts` is None for what never grows old: whoever finds an old mail and wants no more of them shall get none.
    """

    name: str
    lasts: timedelta | None

    def token(self, subject: str) -> str:
        """Return a token for `subject`, fit to stand in a link."""
        return self._signer().sign(subject)

    def read(self, token: str) -> str:
        """Return the subject of a token. Raises Refusal `link-broken` or `link-old`."""
        try:
            return self._signer().unsign(token, max_age=self.lasts)
        except signing.SignatureExpired:
            raise Refusal("link-old", _("This link is too old. Ask for a new one."), status=410) from None
        except (signing.BadSignature, ValueError):  # ValueError: what cannot even be read as text with a time
            sentence = _("This link is not whole, or not from us. Open it from the mail once more.")
            raise Refusal("link-broken", sentence, status=400) from None

    def _signer(self) -> signing.TimestampSigner:
        return signing.TimestampSigner(salt=f"broadsheet.notification.{self.name}", sep=".")


# To begin a subscription. Of <subscription>.<nonce>, so that it can be used up.
CONFIRM = Purpose("confirm", CONFIRMED_WITHIN)
# To end one. Of <subscription>.
STOP = Purpose("stop", None)
# To see all subscriptions of an address, which is nobody else's business. Of <address>.
OVERVIEW = Purpose("overview", timedelta(days=1))
# To get no mail to an address any more, and to be written to again. Of <address>.
SILENCE = Purpose("silence", None)
