"""Every address for readers, and every parameter of it, is kept in the page store or not because somebody said so."""

from __future__ import annotations

import ast

from broadsheet.site.stored import NEVER, STORED
from tests.architecture.addresses import our_routes
from tests.architecture.source import python_files

# What readers get from Django every time, and why.
NOT_STORED = {
    # forms, drawn for who fills them in
    "annotation:comment", "annotation:mark", "discussion:delete", "discussion:edit", "discussion:notify",
    "discussion:reply", "discussion:report", "discussion:vote", "discussion:write",
    "notification:asked", "notification:confirm", "notification:find", "notification:overview", "notification:silence",
    "notification:stop", "notification:subscribe", "page_login", "page_password",
    # for moderators
    "discussion:moderate", "discussion:pin", "discussion:unpin", "discussion:pick", "discussion:unpick",
    "discussion:close_branch", "discussion:open_branch", "discussion:hide_versions", "discussion:show_versions",
    # asked for rarely
    "discussion:versions",
    # anybody can make up words that nobody else will look for
    "publication:search",
    # for machines: as it is this very moment, or made of nothing but words
    "healthz", "robots", "favicon",
    # of the demo alone
    "demo_mail", "demo_mails",
}  # fmt: skip
# Parameters of addresses that are not kept.
NOT_KEYED = {"done", "erased", "next", "q", "sent", "t", "topic"}
OF_THE_NEWSROOM = ("moderation/", "/newsroom_views.py", "/desk_")


def test_every_address_is_kept_or_not_on_purpose() -> None:
    readers = {
        route.name
        for route in our_routes()
        if route.name and not f"/{route.pattern}".startswith(NEVER) and "/accounts/" not in f"/{route.pattern}"
    }
    assert readers > {"publication:feed", "discussion:write"}
    assert readers - STORED.keys() - NOT_STORED == set(), "decide in site/stored.py, or here"
    assert NOT_STORED & STORED.keys() == set()
    assert NOT_STORED - readers == set(), "the list names an address that is gone"


def test_every_parameter_that_is_read_has_a_part_in_the_key_or_a_reason_not_to() -> None:
    """A parameter that a view reads and the key leaves out would be dropped without a word."""
    known = {name for stored in STORED.values() for name in (*stored.keyed, *stored.personal)}
    read = {
        (file.place, node.value)
        for file in python_files()
        if not any(part in file.place for part in OF_THE_NEWSROOM)
        for node in _names_read(file.tree)
    }
    assert {name for _place, name in read} >= {"page", "order", "after"}
    assert {(place, name) for place, name in read if name not in known | NOT_KEYED} == set()
    assert known & NOT_KEYED == set()


def _names_read(tree: ast.AST) -> list[ast.Constant]:
    """The names in `request.GET.get("name")` and `request.GET["name"]`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("GET.get") and node.args:
            found.append(node.args[0])
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(".GET"):
            found.append(node.slice)
    return [name for name in found if isinstance(name, ast.Constant)]
