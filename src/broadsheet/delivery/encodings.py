"""Packing an answer, and which packing a client takes."""

from __future__ import annotations

import gzip
import zlib

import brotli  # type: ignore[import-untyped] # it bears no types

IDENTITY, GZIP, BROTLI = "identity", "gzip", "br"
# Of two that a client likes equally, the smaller.
BY_SIZE = (BROTLI, GZIP, IDENTITY)
SMALL = 512  # bytes; below that an envelope costs more than it saves
# A page is packed while somebody waits for it, and read a thousand times: good, and done in a few milliseconds.
GZIP_LEVEL, BROTLI_QUALITY = 6, 6


def packed(body: bytes) -> dict[str, bytes]:
    """Return the body in the forms that are kept: packed ones, or, where that saves nothing, as it is."""
    if len(body) < SMALL:
        return {IDENTITY: body}
    # Without the time in it, so that the same page is the same bytes in every process.
    return {
        GZIP: gzip.compress(body, GZIP_LEVEL, mtime=0),
        BROTLI: brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY),
    }


def unpacked(body: bytes) -> bytes:
    """Return what is in a gzip of ours."""
    return zlib.decompress(body, wbits=31)


def best_encoding(accepted: str, offered: tuple[str, ...] = BY_SIZE) -> str:
    """Return which of the encodings offered a client prefers, by its `Accept-Encoding`.

    One that it does not name is not sent, but for the plain one: whoever refuses that too gets it all the same.
    """
    weights = _weights(accepted)
    anything = weights.get("*", 0.0)
    plain = weights.get(IDENTITY, 0.001 if anything or "*" not in weights else 0.0)
    liked = {name: plain if name == IDENTITY else weights.get(name, anything) for name in offered}
    best = max(liked.values(), default=0.0)
    return next((name for name in BY_SIZE if best > 0 and liked.get(name) == best), IDENTITY)


def _weights(accepted: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, *parameters = (word.strip() for word in part.split(";"))
        if name:
            found["gzip" if name == "x-gzip" else name] = _weight(parameters)
    return found


def _weight(parameters: list[str]) -> float:
    said = next((word[2:].strip() for word in parameters if word.startswith("q=")), "1")
    # Digits as the standard has them; what Python reads besides, such as `nan`, is nobody's wish.
    is_sound = said.replace(".", "", 1).isascii() and said.replace(".", "", 1).isdigit() and len(said) <= 5
    return min(float(said), 1.0) if is_sound else 0.0
