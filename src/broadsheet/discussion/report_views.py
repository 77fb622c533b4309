"""The page that reports a comment, for anybody who reads it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from broadsheet.discussion.drawing import Pen
from broadsheet.discussion.forms import reader_of
from broadsheet.discussion.models import Comment, CommentReport
from broadsheet.discussion.reading import article_for_readers
from broadsheet.discussion.reports import Complaint, comment_to_report, read_complaint, report_comment, shown_text
from broadsheet.gate.address import client_address
from broadsheet.gate.same_site import guarded
from broadsheet.gate.stamp import fresh_stamp
from broadsheet.kernel.refusal import Refusal
from broadsheet.moderation.models import REPORT_LIMIT


@guarded
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a comment and the form that reports it to the moderators; take what it brings, and say thanks."""
    reader = reader_of(request)
    comment = comment_to_report(reader, public_id)
    if request.method != "POST":
        return _page(request, comment, Complaint())
    complaint = read_complaint(request)
    try:
        report_comment(comment, complaint, by=reader, client=client_address(request), now=timezone.now())
    except Refusal as refusal:
        return _page(request, comment, complaint, refusal)
    answer = HttpResponseRedirect(f"{reverse('discussion:report', args=[comment.public_id])}?sent=yes")
    answer.status_code = 303  # whatever the browser came with, it goes on with GET
    return answer


def _page(request: HttpRequest, comment: Comment, complaint: Complaint, refusal: Refusal | None = None) -> HttpResponse:
    article = article_for_readers(comment.thread.translation_key)
    context = {
        "article": article,
        "comment": comment,
        "drawn": Pen(reader_of(request), article, is_open=False).alone(comment),
        "is_sent": refusal is None and request.GET.get("sent") == "yes",
        "reasons": CommentReport.Reason.choices,
        "reason": complaint.reason,
        "text": shown_text(complaint),
        "text_limit": REPORT_LIMIT,
        "stamp": fresh_stamp(timezone.now()),
        "refusal": refusal,
    }
    response = render(request, "discussion/report.html", context, status=refusal.status if refusal else 200)
    if request.method == "POST":
        response["Cache-Control"] = "private, no-store"
    return response
