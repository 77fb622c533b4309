"""Every view that writes is guarded: all by the same-site check, the admin's and the sign-in's by a token besides."""

from __future__ import annotations

import ast
import inspect

from django.conf import settings

from tests.architecture.addresses import Route, our_routes, routes
from tests.architecture.source import PACKAGE, name_of, python_files

# Pages for one person, never stored, which keep Django's token (docs/decisions/0009).
PERSONAL = ("admin/", "accounts/")


def _writing_routes() -> list[Route]:
    return [route for route in our_routes() if route.owner and _accepts_post(route)]


def _accepts_post(route: Route) -> bool:
    """Whether the view's own source reads a posted form or admits the method."""
    function = inspect.unwrap(getattr(route.view, "view_class", route.view))
    source = inspect.getsource(function)
    return any(sign in source for sign in ("require_POST", "request.POST", '"POST"', "def post("))


def test_readers_forms_need_no_token() -> None:
    """A stored page is the same for everybody and holds no token, so its forms go to views marked `@guarded`."""
    readers = [route for route in _writing_routes() if not route.pattern.startswith(PERSONAL)]
    assert readers, "no view for readers accepts a form"
    assert [f"{one.pattern} {one.name}" for one in readers if not getattr(one.view, "csrf_exempt", False)] == []


def test_personal_pages_keep_the_token() -> None:
    """What editors, moderators and members do signed in is guarded twice."""
    writing = [route for route in _writing_routes() if route.pattern.startswith(PERSONAL)]
    assert writing, "no view of the admin or the sign-in accepts a form"
    assert [one.name for one in writing if getattr(one.view, "csrf_exempt", False)] == []


def test_nothing_else_goes_without_a_token() -> None:
    """Only views of ours are exempt from it, and only by the mark that says who guards them instead."""
    exempt = [route for route in routes() if getattr(route.view, "csrf_exempt", False) and not route.owner]
    strange = [route for route in exempt if not _is_wagtails_api(route) and not _is_our_api(route)]
    assert [f"{one.pattern} {one.view_module}" for one in strange] == []
    importers = {
        file.place for file in python_files() for _, name in file.imports() if name.endswith("csrf.csrf_exempt")
    }
    assert importers == {"gate/same_site.py"}


def _is_wagtails_api(route: Route) -> bool:
    # REST framework checks the token itself where a session signs in, which is all that Wagtail's admin allows.
    return route.view_module.startswith("rest_framework.") and route.pattern.startswith("admin/api/")


def _is_our_api(route: Route) -> bool:
    # ninja makes the view of an operation of ours and marks it so. The same-site check stands before it as before all;
    # whoever sends a token has no need of cookies.
    return route.view_module == "ninja.operation" and route.pattern.startswith("api/v1/")


def test_the_same_site_check_covers_every_address() -> None:
    """It stands in the middleware, before anything that answers."""
    assert "broadsheet.gate.same_site.SameSiteMiddleware" in settings.MIDDLEWARE
    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE


def test_safe_methods_do_not_write() -> None:
    """A view that writes says which method it wants: by a decorator, or by asking `request.method`."""
    wrong = [
        f"{file.place}:{function.lineno} {function.name}"
        for file in python_files()
        if file.path.stem.endswith("views")
        for function in file.tree.body
        if isinstance(function, ast.FunctionDef) and _reads_a_form(function) and not _asks_for_the_method(function)
    ]
    assert wrong == []


def _reads_a_form(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "POST" for node in ast.walk(function)) and bool(
        function.args.args and function.args.args[0].arg == "request" and not function.name.startswith("_")
    )


def _asks_for_the_method(function: ast.FunctionDef) -> bool:
    decorators = {name_of(one.func if isinstance(one, ast.Call) else one) for one in function.decorator_list}
    asks = any(isinstance(node, ast.Attribute) and node.attr == "method" for node in ast.walk(function))
    return asks or bool(decorators & {"require_POST", "require_http_methods"})


def test_no_script_or_style_inside_a_page() -> None:
    """The content security policy admits files only; a script or style written into a template would stay dead."""
    inline = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in PACKAGE.rglob("templates/**/*.html")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _is_inline(line)
    ]
    assert inline == []


def _is_inline(line: str) -> bool:
    if "<script" in line and "src=" not in line and 'type="application/ld+json"' not in line:
        return True
    return "<style" in line or " style=" in line or any(f" on{event}=" in line for event in ("click", "load", "submit"))
