"""Every route has an owner, and nobody links upwards."""

from __future__ import annotations

import ast
import inspect

from tests.architecture.addresses import Route, our_routes, owner_of_name, routes
from tests.architecture.source import first_string, may_use, name_of, python_files

LINKING = ("reverse", "reverse_lazy", "redirect", "resolve_url")


def test_python_links_to_what_is_below() -> None:
    """`reverse` and its kin name an address of their own module or of one below."""
    seen, wrong = 0, []
    for file in python_files():
        for call in file.calls(*LINKING):
            name = first_string(call)
            owner = owner_of_name(name) if name else None
            if owner:
                seen += 1
                if not may_use(file.module, owner):
                    wrong.append(f"{file.place}:{call.lineno} {name}")
    assert seen
    assert wrong == []


def test_every_route_belongs_to_the_module_that_lists_it() -> None:
    """The view behind an address is written in the module whose `urls.py` names it; site may list anybody's."""
    wrong = [
        f"{route.pattern} ({route.listed_by}) -> {route.view_module}"
        for route in our_routes()
        if route.lister not in (route.owner, "site")
    ]
    assert wrong == []


def test_every_route_of_ours_has_a_name_in_its_module() -> None:
    """`discussion:thread`; in Wagtail's admin also `publication_new_interview`; what site lists needs no prefix."""
    wrong = [f"{route.pattern} {route.name!r}" for route in our_routes() if route.owner and not _is_named(route)]
    assert wrong == []


def _is_named(route: Route) -> bool:
    is_prefixed = ":" in route.name or route.name.startswith(f"{route.lister}_")
    return bool(route.name) and (is_prefixed or route.lister == "site")


def test_a_namespace_belongs_to_one_module() -> None:
    """Readers' addresses bear the module's name; in Wagtail's admin a part of it may have its own, as the desk has."""
    spaces = [(route, route.name.partition(":")[0]) for route in our_routes() if route.owner and ":" in route.name]
    assert spaces
    owners: dict[str, set[str | None]] = {}
    for route, space in spaces:
        owners.setdefault(space, set()).add(route.lister)
    assert {space: modules for space, modules in owners.items() if len(modules) > 1} == {}
    foreign = {route.name for route, space in spaces if not _is_admins(route) and space != route.lister}
    assert foreign == set()


def _is_admins(route: Route) -> bool:
    return route.pattern.startswith("admin/")


def test_no_two_routes_share_a_pattern() -> None:
    """The second one would never be asked."""
    patterns = [route.pattern for route in routes() if route.owner]
    assert sorted({pattern for pattern in patterns if patterns.count(pattern) > 1}) == []


def test_no_view_without_a_route() -> None:
    """A function in `views.py` that takes a request is behind an address, or it is not a view."""
    routed = {inspect.unwrap(route.view) for route in our_routes()}
    names = {(view.__module__, getattr(view, "__name__", "")) for view in routed}
    seen, idle = 0, []
    for file in python_files():
        if not file.path.stem.endswith("views"):
            continue
        dotted = "broadsheet." + file.place.removesuffix(".py").replace("/", ".")
        for function in file.tree.body:
            if isinstance(function, ast.FunctionDef) and _takes_a_request(function):
                seen += 1
                if (dotted, function.name) not in names and not _is_used(function.name):
                    idle.append(f"{file.place}:{function.lineno} {function.name}")
    assert seen > 5, "the views were not found"
    assert idle == []


def _takes_a_request(function: ast.FunctionDef) -> bool:
    return bool(function.args.args) and function.args.args[0].arg == "request" and not function.name.startswith("_")


def _is_used(name: str) -> bool:
    """Whether the admin's hooks or another file name it: Wagtail registers its addresses in `wagtail_hooks.py`."""
    return any(
        name == name_of(node)
        for file in python_files()
        if file.path.name != "views.py"
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )
