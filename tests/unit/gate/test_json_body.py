"""JSON is read strictly: plain JSON in UTF-8 as it says, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.gate.json_body import read_json
from broadsheet.kernel.refusal import Refusal

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN, st.booleans())
def test_what_is_plain_is_read_as_it_is(value: object, in_ascii: bool) -> None:
    written = json.dumps(value, ensure_ascii=in_ascii)
    assert read_json(written.encode("utf-8", "surrogatepass")) == value


@given(st.binary())
def test_whatever_bytes_come_are_read_or_refused(raw: bytes) -> None:
    try:
        read = read_json(raw)
    except Refusal:
        return
    assert read_json(json.dumps(read).encode()) == read


@pytest.mark.parametrize(
    "raw",
    [b"", b"NaN", b"-Infinity", b"1e400", b"-1e999", b'{"a": 1, "a": 2}', b'[{"b": [{"a": 1, "a": 1}]}]', b"[" * 50_000,
     b"\xff", b"\xef\xbb\xbf1", "1".encode("utf-16"), b"1 2", b"'a'", b"01", b"+1", b".5", b"1.", b"0x1", b"9" * 5_000],
)  # fmt: skip
def test_what_is_not_plain_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal, match="json-unreadable"):
        read_json(raw)


@pytest.mark.parametrize(
    "raw", [b"1e308", b"-1.5e-400", b"9007199254740993", b'"\\ud83e\\udd91"', b" [] ", b'{"": ""}']
)
def test_what_is_odd_but_plain_is_read(raw: bytes) -> None:
    assert read_json(raw) == json.loads(raw)
