"""What moderation keeps, and what those who are moderated adopt from it."""

from __future__ import annotations

from broadsheet.moderation.models.standing import (
    REASON_LIMIT,
    Decision,
    Desk,
    Moderated,
    ModeratedQuerySet,
    Standing,
)

__all__ = ["REASON_LIMIT", "Decision", "Desk", "Moderated", "ModeratedQuerySet", "Standing"]
