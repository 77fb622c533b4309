"""One spot colour on ink and paper: whether it can be read, and the colours that follow from it."""

from __future__ import annotations

import colorsys
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

# The design's fixed colours (docs: the table of tokens). An accent must be readable on each of them.
PAPER = {"light": "#f3f5f1", "dark": "#11181d"}
SHEET = {"light": "#fbfcfa", "dark": "#1a232a"}
INK = {"light": "#15212b", "dark": "#e6eae4"}
MODES = ("light", "dark")

DEFAULT_ACCENT = "#b12a18"
DEFAULT_ACCENT_DARK = "#ff8f75"

READABLE = 4.5  # WCAG 2.2, success criterion 1.4.3, for text of any size
_HEX = re.compile(r"#([0-9a-f]{6})", re.ASCII)
_STEPS = 200  # lightness is searched in steps of half a per cent: no eye sees a smaller one


@dataclass(frozen=True)
class Spot:
    """The three colours that an accent stands for in one mode: itself, what is written on it, and its wash."""

    accent: str
    on_accent: str
    wash: str


@dataclass(frozen=True)
class Palette:
    """What a publication's accent is in the light and in the dark."""

    light: Spot
    dark: Spot


def is_colour(text: str) -> bool:
    """Whether `text` is a colour as `#b12a18`; the one form that is written into the stylesheet."""
    return _HEX.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(accent: str, mode: str) -> bool:
    """Whether `accent` passes every pair of the design's table in `mode`, with the colours that follow from it."""
    spot = spot_of(accent, mode)
    pairs = (
        (accent, PAPER[mode]),
        (accent, SHEET[mode]),
        (spot.on_accent, accent),
        (INK[mode], spot.wash),
        (accent, spot.wash),
    )
    return all(contrast(*pair) >= READABLE for pair in pairs)


def nearest_readable(accent: str, mode: str) -> str:
    """Return the colour of the same hue, nearest in lightness, that can be read in `mode`; itself if it can."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(accent))
    steps = sorted(range(_STEPS + 1), key=lambda step: abs(step / _STEPS - lightness))
    shades = (accent, *(_hex(*colorsys.hls_to_rgb(hue, step / _STEPS, saturation)) for step in steps))
    return next(shade for shade in shades if is_readable(shade, mode))


def spot_of(accent: str, mode: str) -> Spot:
    """Derive what is written on `accent` and its wash, as strong a wash as `accent` and ink can be read on."""
    if (accent, mode) in _DESIGNED:
        return _DESIGNED[accent, mode]
    on_accent = max(("#ffffff", _blend(accent, "#000000", 0.1)), key=lambda colour: contrast(colour, accent))
    washes = (_blend(accent, PAPER[mode], share / 100) for share in range(30, -1, -1))
    wash = next((wash for wash in washes if _carries(wash, accent, mode)), PAPER[mode])
    return Spot(accent, on_accent, wash)


def palette_of(accent: str, accent_dark: str = "") -> Palette:
    """Return all colours of a publication; without `accent_dark`, the dark accent is the light one made readable."""
    designed = DEFAULT_ACCENT_DARK if accent == DEFAULT_ACCENT else ""
    dark = accent_dark or designed or nearest_readable(accent, "dark")
    return Palette(spot_of(accent, "light"), spot_of(dark, "dark"))


def stylesheet(palette: Palette) -> str:
    """Write the palette as CSS custom properties, in the layer of the design's tokens."""
    plain = _declarations(vars(palette.light))
    names = vars(palette.light)
    both = {name: f"light-dark({names[name]}, {getattr(palette.dark, name)})" for name in names}
    return (
        f"@layer tokens {{\n  :root {{ {plain} }}\n"
        f"  @supports (color: light-dark(#000, #fff)) {{ :root {{ {_declarations(both)} }} }}\n}}\n"
    )


def name_of(palette: Palette) -> str:
    """Return what names a palette in an address: another for every other stylesheet, 12 hexadecimal digits."""
    return hashlib.blake2b(stylesheet(palette).encode(), digest_size=6).hexdigest()


# The design's own accent was mixed by hand.
_DESIGNED = {
    (DEFAULT_ACCENT, "light"): Spot(DEFAULT_ACCENT, "#ffffff", "#f7ddd3"),
    (DEFAULT_ACCENT_DARK, "dark"): Spot(DEFAULT_ACCENT_DARK, "#1b0e0a", "#4a2a22"),
}


def _declarations(values: Mapping[str, str]) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in values.items())


def _carries(wash: str, accent: str, mode: str) -> bool:
    return contrast(accent, wash) >= READABLE and contrast(INK[mode], wash) >= READABLE


def _blend(colour: str, ground: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    return _hex(*(over * share + under * (1 - share) for over, under in pairs))


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[float, float, float]:
    digits = colour.removeprefix("#")
    return int(digits[:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:], 16) / 255


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in (red, green, blue))
