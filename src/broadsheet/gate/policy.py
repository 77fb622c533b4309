"""What a browser may do with our pages: run our own scripts, load our own files, talk to nobody else."""

from __future__ import annotations

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

# Five templates of Wagtail's admin start their widgets by an inline script and its editor sets inline styles; there
# is no nonce to give them. Only there, where nobody but the newsroom writes.
IN_THE_ADMIN = {
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    # The editor previews a page in a frame, uploads pictures from memory and signs nobody in elsewhere.
    "frame-src": ["'self'"],
    "frame-ancestors": ["'self'"],
    "img-src": ["'self'", "data:", "blob:"],
}

# A public page, as strict as ever, but within the editor's own frame.
IN_A_PREVIEW = {"frame-ancestors": ["'self'"]}
HEADER = "Content-Security-Policy"

# A newspaper needs none of these; an injected script shall not have them either.
PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope", "hid",
        "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


class ContentSecurityMiddleware(CSPMiddleware):
    """Sends the strict policy of the settings with every answer; under the admin the one that Wagtail can live with."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Relax the policy under the admin's address, and nowhere else."""
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if _is_in_the_admin(request):
            relaxed = IN_A_PREVIEW if getattr(request, "shows_a_preview", False) else IN_THE_ADMIN
            parts.replace = {**(parts.replace or {}), **relaxed}
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy and, beside it, what the page may not ask of the device."""
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if _is_in_the_admin(request) and HEADER in response.headers:
            # A preview: Wagtail asked for the public page, through all of this, and answers with what it got.
            request.shows_a_preview = True  # type: ignore[attr-defined]
            del response.headers[HEADER]
        response = super().process_response(request, response)
        if HEADER in response.headers:
            # Always in the same order: a page that is the same in two processes is known to be (delivery/pages.py).
            response.headers[HEADER] = "; ".join(sorted(response.headers[HEADER].split("; ")))
        return response


def _is_in_the_admin(request: HttpRequest) -> bool:
    return request.path_info.startswith(reverse("wagtailadmin_home"))
