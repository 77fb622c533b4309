"""What tells one mail from another."""

from __future__ import annotations

import secrets

from broadsheet.kernel.ids import public_id


def message_number() -> str:
    """Return a new number for a Message-ID: not to be guessed, or somebody could send in our mails' place."""
    return f"{public_id()}.{secrets.token_hex(6)}"
