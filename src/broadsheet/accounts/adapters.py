"""How signing in behaves here: what django-allauth asks its site about."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


class AccountAdapter(DefaultAccountAdapter):
    """Everybody may become a member; nobody is led to another site."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Members are welcome."""
        return True

    def is_safe_url(self, url: str) -> bool:
        """Whether `next` stays on the host that was asked; another host of ours would not know the session."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )
