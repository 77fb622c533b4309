"""Every address of the publication, and the module that owns it."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from broadsheet.accounts.views import open_documents, open_page, sign_in_to_newsroom, sign_in_to_page
from broadsheet.publication.sitemap import sitemap
from broadsheet.site.admin_views import newsroom_account
from broadsheet.site.demo_mail import demo_mail, demo_mails
from broadsheet.site.furniture import favicon, robots
from broadsheet.site.health import healthz
from broadsheet.site.media import media

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("favicon.ico", favicon, name="favicon"),
    path("media/<path:path>", media, name="media"),
    path("api/", include("broadsheet.site.api")),
    # Before Wagtail's own: there is one page to sign in, and one to find a lost password's way back.
    path("admin/login/", sign_in_to_newsroom, name="newsroom_login"),
    re_path("^admin/password_reset/", RedirectView.as_view(pattern_name="account_reset_password")),
    path("admin/account/", newsroom_account, name="newsroom_account"),  # Wagtail's own takes pictures as they come
    path("admin/", include(wagtailadmin_urls)),
    path("documents/authenticate_with_password/<int:restriction_id>/", open_documents, name="documents_password"),
    path("documents/", include(wagtaildocs_urls)),
]

urlpatterns += i18n_patterns(
    path("accounts/", include("broadsheet.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("demo/mails/", demo_mails, name="demo_mails"),
    path("demo/mails/<slug:key>/", demo_mail, name="demo_mail"),
    path("", include("broadsheet.notification.urls")),
    path("", include("broadsheet.discussion.urls")),
    path("", include("broadsheet.annotation.urls")),
    path("", include("broadsheet.funding.urls")),
    path("", include("broadsheet.publication.urls")),
    # Wagtail's own, for pages that are not for everybody, knows no limit to guessing and no second factor.
    path("_util/login/", sign_in_to_page, name="page_login"),
    path(
        "_util/authenticate_with_password/<int:page_view_restriction_id>/<int:page_id>/",
        open_page,
        name="page_password",
    ),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

handler400 = "broadsheet.site.errors.bad_request"
handler500 = "broadsheet.site.errors.server_error"
