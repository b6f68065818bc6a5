"""JSON from others: read in one way only, or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.strict_json import NotStrict, parse_object

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"a":1,"a":2}', "name_twice"),
        (b'{"a":{"b":1,"b":1}}', "name_twice"),
        (b"[]", "not_an_object"),
        (b"", "not_json"),
        (b"\xff{}", "not_json"),
        (b'{"a":NaN}', "not_json"),
        (b'{"a":9007199254740993}', "number_range"),
        (b'{"a":' + b"9" * 5000 + b"}", "number_range"),
        (b'{"a":"\\ud800"}', "not_text"),
        (b'{"\\udc00":1}', "not_text"),
        (b'{"a":"\\u0000"}', "not_text"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "too_deep"),
        (b'{"a":"' + b"x" * 2_000_000 + b'"}', "too_large"),
    ],
)
def test_what_others_might_read_otherwise_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(NotStrict) as caught:
        parse_object(content)
    assert caught.value.code == code


def test_brackets_inside_texts_are_no_depth() -> None:
    assert parse_object(b'{"a":"' + b"[{" * 100 + b'\\"["}') == {"a": "[{" * 100 + '"['}


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5), values, max_size=4))
def test_plain_json_comes_back_as_it_was(value: dict[str, object]) -> None:
    assert parse_object(json.dumps(value).encode()) == value
