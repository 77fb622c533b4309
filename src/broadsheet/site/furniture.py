"""What machines ask of every site by a fixed name: robots.txt, favicon.ico."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

# Nothing to read there, and a crawler that follows every order and reply costs us more than it finds.
NOT_FOR_ROBOTS = (
    "/admin/", "/api/v1/", "/accounts/", "/*/accounts/", "/*reply/", "/*report/", "/*?order=", "/*?from=", "/search/",
    "/*/search/",
)  # fmt: skip


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers what is not for them and where everything else is listed."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    lines += ["", f"Sitemap: {settings.PUBLIC_ADDRESS}/sitemap.xml", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead programs that look for favicon.ico, as old ones do, to the picture."""
    return HttpResponseRedirect(static("site/favicon.svg"))
