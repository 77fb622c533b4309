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
        if request.path_info.startswith(reverse("wagtailadmin_home")):
            parts.replace = {**(parts.replace or {}), **IN_THE_ADMIN}
        return parts

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the policy and, beside it, what the page may not ask of the device."""
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        return super().process_response(request, response)
