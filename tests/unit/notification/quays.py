"""Something to be told of: quays, as a module above would bring them, and the news of boats."""

from __future__ import annotations

from broadsheet.notification.kinds import Letter, Notice, letter

QUAYS = {"7": "The north quay", "8": "The south quay", "9": "The quay <of> O'Brien & sons"}


class Quays:
    """The quays that readers may see; those that are closed they may not."""

    def __init__(self) -> None:
        self.closed: set[str] = set()

    def may_see(self, key: str) -> bool:
        """Whether an anonymous reader may."""
        return key in QUAYS and key not in self.closed


def write_news(notice: Notice) -> Letter:
    """Write what a boat brought, from the facts."""
    text = str(notice.facts.get("news", "The boat is in."))
    return letter(notice, str(notice.facts.get("subject", text)), "notification/mail/base", paragraphs=[text])
