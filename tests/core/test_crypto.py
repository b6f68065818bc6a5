"""Keys, tokens and sealing: each purpose opens its own, forgeries open nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import time_machine
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from core import crypto

KEYS = crypto.Keyring(b"s" * 32)


def test_a_secret_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret.key"
    crypto.create_secret(path)
    first = path.read_text()
    crypto.create_secret(path)
    assert path.read_text() == first
    assert path.stat().st_mode & 0o077 == 0


def test_a_missing_or_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(crypto.SecretMissing, match="no file"):
        crypto.Keyring.from_file(tmp_path / "none")
    with pytest.raises(crypto.SecretMissing, match="shorter"):
        crypto.Keyring(b"short")


def test_purposes_have_keys_of_their_own() -> None:
    assert KEYS.derive("a") != KEYS.derive("b")
    assert KEYS.derive("a") == crypto.Keyring(b"s" * 32).derive("a")


def test_hashed_parts_do_not_run_together() -> None:
    assert KEYS.keyed_hash("x", "ab", "c") != KEYS.keyed_hash("x", "a", "bc")


def test_tokens_end_and_keep_to_their_purpose() -> None:
    with time_machine.travel("2026-11-01", tick=False):
        token = KEYS.token("invite", {"a": 1})
        assert KEYS.read_token("invite", token, 60) == {"a": 1}
        assert KEYS.read_token("other", token, 60) is None
        assert KEYS.read_token("invite", token + "x", 60) is None
    with time_machine.travel("2026-11-02", tick=False):
        assert KEYS.read_token("invite", token, 60) is None


@given(st.text(max_size=200))
def test_sealed_text_comes_back_and_hides(text: str) -> None:
    sealed = KEYS.seal_text("p", text)
    assert KEYS.open_text("p", sealed) == text
    with pytest.raises(InvalidTag):
        KEYS.open_text("q", sealed)


def test_sealed_bytes_open_for_any_recipient_only() -> None:
    one, two, stranger = (crypto.new_age_identity() for _ in range(3))
    sealed = crypto.seal(b"passport", [crypto.age_recipient(one), crypto.age_recipient(two)])
    assert b"passport" not in sealed
    assert crypto.unseal(sealed, one) == crypto.unseal(sealed, two) == b"passport"
    with pytest.raises(Exception, match="[Nn]o matching keys"):
        crypto.unseal(sealed, stranger)
