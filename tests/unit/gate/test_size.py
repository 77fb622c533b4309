"""Forms of readers: none is taken apart that has more fields than any of ours."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils.http import urlencode

from broadsheet.discussion.models import Comment, Thread
from tests.cost import counted

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
ADDRESSES = ("/threads/{key}/comments/", "/subscriptions/", "/accounts/login/")
# Counting takes milliseconds, taking apart takes seconds; in between there is room for a machine that is busy.
AT_ONCE = 1.0


def parts(count: int) -> bytes:
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"\r\n\r\n\r\n'
    return (part * count + f"--{BOUNDARY}--\r\n").encode()


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    ("body", "content_type"), [(parts(21_000), MULTIPART_CONTENT), (b"f=&" * 150_000, FORM)], ids=["parts", "plain"]
)
def test_no_form_of_many_thousand_fields_is_read(
    stan: Client, thread: Thread, address: str, body: bytes, content_type: str
) -> None:
    with counted() as cost:
        answer = stan.generic("POST", address.format(key=thread.translation_key), body, content_type=content_type)
    assert answer.status_code == 413
    assert "No form of ours has as many fields" in answer.content.decode()
    assert cost.cpu < AT_ONCE
    assert not Comment.objects.exists()


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_form_of_many_megabytes_is_read(stan: Client, thread: Thread, address: str) -> None:
    """It is refused by what it says of itself: nothing of it is there to be read."""
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1
    answer = stan.generic(
        "POST", address.format(key=thread.translation_key), b"f=1", content_type=FORM, CONTENT_LENGTH=str(size)
    )
    assert answer.status_code == 413


def test_the_newsroom_may_send_long_forms(as_ed: Client) -> None:
    """An interview in the editor is thousands of fields."""
    answer = as_ed.post("/admin/pages/1/unpublish/", {f"f{number}": "1" for number in range(5_000)})
    assert answer.status_code != 413


@pytest.mark.parametrize("content_type", [FORM, MULTIPART_CONTENT])
def test_an_ordinary_form_is_read(stan: Client, thread: Thread, content_type: str) -> None:
    fields = {"body": "I saw it -- & so did you: a=b&c=d --x.", "name": "Stan"}
    body = encode_multipart(BOUNDARY, fields) if content_type == MULTIPART_CONTENT else urlencode(fields)
    answer = stan.generic("POST", thread.write_url, body, content_type=content_type)
    assert answer.status_code == 303
    assert Comment.objects.get().source == fields["body"]
