"""Where the operations of the discussion's API come together; whoever composes the addresses mounts it."""

from ninja import Router

ROUTER = Router()
