"""The discussion as programs read and write it: the same actions, the same rules, the same refusals, in JSON."""

from broadsheet.discussion.api import reading, writing  # they put their operations into the router
from broadsheet.discussion.api.router import ROUTER

__all__ = ["ROUTER", "reading", "writing"]
