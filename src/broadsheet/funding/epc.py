"""The code that a banking app reads: a SEPA credit transfer as EPC069-12 wants it, drawn as SVG."""

from __future__ import annotations

import segno

CURRENCY = "EUR"  # the only one that the code knows
NAME_LIMIT = 70


def transfer_text(*, holder: str, iban: str, bic: str, reference: str) -> str:
    """Return the lines of a transfer (version 2, UTF-8) that leaves the sum to the giver."""
    amount = purpose = ""
    return "\n".join(["BCD", "002", "1", "SCT", bic, holder[:NAME_LIMIT], iban, amount, purpose, reference])


def code_svg(text: str, title: str) -> str:
    """Return the QR code of `text` as SVG to stand in a page: dark on light in every colour scheme, named `title`."""
    # Error correction M and at most version 13, as the guideline wants.
    code = segno.make(text, error="m", boost_error=False, micro=False, encoding="utf-8")
    return code.svg_inline(
        scale=4, border=4, dark="#000", light="#fff", title=title, svgclass="qr", lineclass=None, omitsize=True
    )
