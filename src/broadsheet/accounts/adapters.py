"""How signing in behaves here: what django-allauth asks its site about."""

from __future__ import annotations

from email.utils import formataddr, parseaddr
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from broadsheet.accounts.visitor import forget_guest
from broadsheet.gate.address import client_address


class AccountAdapter(DefaultAccountAdapter):
    """Everybody may become a member; nobody is led to another site; mail comes from the publication."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Members are welcome."""
        return True

    def is_safe_url(self, url: str) -> bool:
        """Whether `next` stays on the very host that was asked: another one would not know the session."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={context.request.get_host()}, require_https=context.request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the limits count by."""
        return client_address(request)

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """Forget the guest who used this browser: the member is somebody else, and so is who comes after them."""
        response: HttpResponse = super().post_login(request, user, **details)
        forget_guest(response)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write in the publication's name; every link leads to its public address, whatever host was asked."""
        sender = SimpleNamespace(name=_publication_name(), domain=urlsplit(settings.PUBLIC_ADDRESS).netloc)
        links = {name: _on_public_address(url) for name, url in context.items() if name.endswith("_url")}
        super().send_mail(template_prefix, email, {**context, **links, "current_site": sender})

    def format_email_subject(self, subject: str) -> str:
        """Say whose mail it is before one has to open it."""
        return f"{_publication_name()}: {subject}"

    def get_from_email(self) -> str:
        """The publication's name with its address, unless the operator has given a name of their own."""
        name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
        return formataddr((name or _publication_name(), address))


def _publication_name() -> str:
    # The template has it from the context that every page of the site is drawn with; from here it cannot be asked for.
    name = " ".join(render_to_string("accounts/publication_name.txt", {}, context.request).split())
    return name or urlsplit(settings.PUBLIC_ADDRESS).netloc


def _on_public_address(url: str) -> str:
    parts = urlsplit(url)
    return urljoin(settings.PUBLIC_ADDRESS, parts._replace(scheme="", netloc="").geturl())
