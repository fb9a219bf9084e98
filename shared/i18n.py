"""Text that a person reads, always in both languages."""

from collections.abc import Mapping
from typing import NamedTuple


class Bilingual(NamedTuple):
    """One text in English and Chinese; neither is optional."""

    en: str
    zh: str

    def said_in(self, language: str) -> str:
        return self.zh if language == "zh-CN" else self.en


Labels = Mapping[str, Bilingual]  # by code: an enum value, a permission or an action's verb


def preferred_language(accept_language: str | None) -> str:
    """`zh-CN` or `en-US`, whichever the Accept-Language header ranks first; English otherwise."""
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate((accept_language or "").split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            quality = 0.0
        ranked.append((-quality, place, tag.lower()))
    for _, _, tag in sorted(ranked):
        if tag.startswith("zh"):
            return "zh-CN"
        if tag.startswith("en"):
            return "en-US"
    return "en-US"
