"""Blind signatures: the RFC's own examples on both ways to sign, and refusal of everything near them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.anonymity.credentials import blind_rsa, blinding, gmp_rsa, openssl_rsa

HERE = Path(__file__).parent / "rfc9474_vectors.json"
VECTORS: list[dict[str, str]] = json.loads(HERE.read_text())
KEY = blind_rsa.new_key()
SPKI = blind_rsa.spki(KEY)
EPOCH, SCOPE, PK = "2026-W49", "E09000030", bytes(range(32))


@pytest.fixture(params=["OpenSSL", "gmpy2"])
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Sign by each of the two ways in turn."""
    if request.param == "gmpy2":
        monkeypatch.setattr(openssl_rsa, "library", lambda: None)
    assert blind_rsa.backend() == request.param
    return str(request.param)


def _key(vector: dict[str, str]) -> rsa.RSAPrivateKey:
    p, q, d, n, e = (int(vector[name], 16) for name in ("p", "q", "d", "n", "e"))
    public = rsa.RSAPublicNumbers(e, n)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public)
    return numbers.private_key()


def test_the_copy_of_the_examples_is_the_one_that_was_handed_over(shared_data: Path) -> None:
    assert json.loads((shared_data / "rfc9474_vectors.json").read_text()) == VECTORS
    assert len(VECTORS) == 4


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_A1_every_example_of_the_rfc_comes_out_bit_by_bit(backend: str, vector: dict[str, str]) -> None:
    key = _key(vector)
    public, n = key.public_key(), int(vector["n"], 16)
    prepared, salt = bytes.fromhex(vector["prepared_msg"]), bytes.fromhex(vector["salt"])
    assert prepared == bytes.fromhex(vector["msg_prefix"] + vector["msg"])
    assert blinding.encode(prepared, public.key_size - 1, salt).hex() == vector["encoded_msg"]

    inverse = int(vector["inv"], 16)
    blinded, found = blinding.blind(public, prepared, salt=salt, hiding=pow(inverse, -1, n))
    assert (blinded.hex(), found) == (vector["blinded_msg"], inverse)
    signature = blind_rsa.blind_sign(key, blinded)
    assert signature.hex() == vector["blind_sig"]
    sig = blinding.finalize(public, prepared, signature, inverse, salt_bytes=len(salt))
    assert sig.hex() == vector["sig"]
    assert not blind_rsa.is_signed(public, prepared + b"!", sig, salt_bytes=len(salt))


def _voice() -> tuple[bytes, bytes]:
    prepared = blinding.prepare(blind_rsa.message(EPOCH, SCOPE, PK))
    blinded, inverse = blinding.blind(KEY.public_key(), prepared)
    sig = blinding.finalize(KEY.public_key(), prepared, blind_rsa.blind_sign(KEY, blinded), inverse)
    return prepared[:32], sig


def test_A1_a_voice_verifies_and_the_server_saw_neither_message_nor_signature(backend: str) -> None:
    prepared = blinding.prepare(blind_rsa.message(EPOCH, SCOPE, PK))
    blinded, inverse = blinding.blind(KEY.public_key(), prepared)
    answer = blind_rsa.blind_sign(KEY, blinded)
    sig = blinding.finalize(KEY.public_key(), prepared, answer, inverse)
    assert blind_rsa.verify(SPKI, prepared[:32], epoch=EPOCH, scope=SCOPE, pk=PK, sig=sig)
    assert sig not in (blinded, answer)
    assert blinding.blind(KEY.public_key(), prepared)[0] != blinded, "the same message twice looks like two"


@pytest.mark.parametrize("place", range(0, 256, 5))
def test_A1_a_changed_signature_is_none(place: int) -> None:
    prefix, sig = VOICE
    changed = bytearray(sig)
    changed[place] ^= 1
    assert not blind_rsa.verify(SPKI, prefix, epoch=EPOCH, scope=SCOPE, pk=PK, sig=bytes(changed))


VOICE = _voice()
PREFIX, SIG = VOICE
OTHERS: list[dict[str, Any]] = [
    {"prefix": bytes(32)},
    {"prefix": PREFIX[:31]},
    {"prefix": PREFIX + b"\0"},
    {"epoch": "2026-W50"},
    {"scope": "E05009317"},
    {"epoch": "2026-W49\0E09000030", "scope": ""},
    {"pk": bytes(32)},
    {"pk": PK[:31]},
    {"sig": SIG[:-1]},
    {"sig": b""},
    {"sig": SIG + b"\0"},
    {"spki_der": b"not a key"},
    {"spki_der": b""},
    {"spki_der": blind_rsa.spki(blind_rsa.new_key())},
    {"spki_der": blind_rsa.spki(rsa.generate_private_key(public_exponent=65537, key_size=3072))},
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: "-".join(other))
def test_A1_another_week_scope_key_or_shape_does_not_verify(other: dict[str, Any]) -> None:
    right: dict[str, Any] = {"spki_der": SPKI, "prefix": PREFIX, "epoch": EPOCH, "scope": SCOPE, "pk": PK, "sig": SIG}
    assert blind_rsa.verify(**right)
    assert not blind_rsa.verify(**right | other)


def test_A1_numbers_out_of_range_are_refused_before_the_key_touches_them(backend: str) -> None:
    n = KEY.public_key().public_numbers().n
    for number in (0, 1, n - 1, n, n + 1, 2**2048 - 1):
        with pytest.raises(blind_rsa.OutOfRange):
            blind_rsa.blind_sign(KEY, number.to_bytes(256, "big"))
    for wrong in (b"", bytes(255), b"\1" * 255, b"\0" + b"\1" * 256):
        with pytest.raises(blind_rsa.OutOfRange):
            blind_rsa.blind_sign(KEY, wrong)
    assert blind_rsa.blind_sign(KEY, (2).to_bytes(256, "big"))


def test_A1_a_faulty_result_is_never_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    right = openssl_rsa.private_operation

    def faulty(der: bytes, content: bytes) -> bytes:
        found = bytearray(right(der, content))
        found[-1] ^= 1
        return bytes(found)

    monkeypatch.setattr(openssl_rsa, "private_operation", faulty)
    with pytest.raises(blind_rsa.SigningFailed):
        blind_rsa.blind_sign(KEY, b"\1" * 256)


def test_A1_without_openssl_and_gmp_nothing_is_signed_by_slower_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssl_rsa, "library", lambda: None)
    monkeypatch.setattr(gmp_rsa, "library", lambda: None)
    with pytest.raises(blind_rsa.NoBackend):
        blind_rsa.blind_sign(KEY, b"\1" * 256)


def test_openssl_refuses_in_words_what_is_no_key() -> None:
    with pytest.raises(openssl_rsa.Failed):
        openssl_rsa.private_operation(b"not a key", bytes(256))
    with pytest.raises(openssl_rsa.Failed):
        openssl_rsa.private_operation(blind_rsa.private_der(KEY), b"\xff" * 256)


@settings(max_examples=60, deadline=None)
@given(number=st.integers(2, KEY.public_key().public_numbers().n - 2))
def test_both_ways_sign_alike(number: int) -> None:
    content = number.to_bytes(256, "big")
    assert gmp_rsa.private_operation(KEY, content) == openssl_rsa.private_operation(blind_rsa.private_der(KEY), content)


def test_a_key_comes_back_from_its_sealed_form() -> None:
    again = blind_rsa.private_from(blind_rsa.private_der(KEY))
    assert again.private_numbers() == KEY.private_numbers()
    assert blind_rsa.spki(again) == SPKI
