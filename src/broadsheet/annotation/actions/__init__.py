"""What people do with passages: comment on one, ask readers something on one, attach one again."""

from broadsheet.annotation.actions.comments import annotate
from broadsheet.annotation.actions.places import Place, find_place
from broadsheet.annotation.actions.prompts import (
    ask,
    attach_again,
    close_prompt,
    edit_prompt,
    may_ask,
    open_prompt_again,
    remove_prompt,
)

__all__ = [
    "Place",
    "annotate",
    "ask",
    "attach_again",
    "close_prompt",
    "edit_prompt",
    "find_place",
    "may_ask",
    "open_prompt_again",
    "remove_prompt",
]
