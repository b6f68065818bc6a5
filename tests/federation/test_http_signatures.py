"""The signature profile: published figures, and every bit that may not be turned."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import keys
from federation.http_signatures import (
    Refused,
    Request,
    Response,
    sign_request,
    sign_response,
    verify_request,
    verify_response,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYID = keys.thumbprint(keys.b64url(KEY.public_key().public_bytes_raw()))
URL = "https://one.example/fed/v1/inbox?x=1"
# RFC 9421, B.1.4 and B.2.6, as published in February 2024.
RFC_PUBLIC = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs"
RFC_INPUT = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
RFC_SIGNATURE = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="


def only(key: Ed25519PublicKey) -> Callable[[str], Ed25519PublicKey | None]:
    return lambda keyid: key if keyid == KEYID else None


def signed(body: bytes | None = b'{"a":1}', key: Ed25519PrivateKey = KEY) -> Request:
    request = Request("GET" if body is None else "POST", URL, {}, body)
    if body is not None:
        request.headers["Content-Type"] = "application/json"
    sign_request(request, key, KEYID, NOW)
    return request


def code(request: Request, at: datetime = NOW) -> str:
    try:
        verify_request(request, only(KEY.public_key()), at)
    except Refused as refusal:
        return refusal.code
    return "good"


def test_rfc_8037_thumbprint() -> None:
    assert (
        keys.thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    )


def test_rfc_9421_b26_verifies_and_one_turned_bit_does_not() -> None:
    class Keys(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id: str) -> Any:
            return keys.public_key(RFC_PUBLIC)

    class Anytime(HTTPMessageVerifier):
        def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
            return None

    raw = base64.b64decode(RFC_SIGNATURE)
    for place in range(0, 512, 37):
        turned = bytearray(raw)
        if place:
            turned[place // 8] ^= 1 << (place % 8)
        headers = {
            "Host": "example.com",
            "Date": "Tue, 20 Apr 2021 02:07:55 GMT",
            "Content-Type": "application/json",
            "Content-Length": "18",
            "Signature-Input": f"sig-b26={RFC_INPUT}",
            "Signature": f"sig-b26=:{base64.b64encode(bytes(turned)).decode()}:",
        }
        message = Request("POST", "https://example.com/foo?param=Value&Pet=dog", headers, b'{"hello": "world"}')
        verifier = Anytime(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
        if place == 0:
            assert verifier.verify(message, max_age=None)
        else:
            with pytest.raises(Exception, match="signature|Signature|^$"):
                verifier.verify(message, max_age=None)


def test_every_vector_of_rfc_9421_appendix_b(shared_data: Path) -> None:
    data = json.loads((shared_data / "rfc9421_vectors.json").read_text())
    names = {"rsa-pss-sha512": "RSA_PSS_SHA512", "ecdsa-p256-sha256": "ECDSA_P256_SHA256", "hmac-sha256": "HMAC_SHA256"}
    names |= {"ed25519": "ED25519"}

    class Keys(HTTPSignatureKeyResolver):
        def resolve_public_key(self, key_id: str) -> Any:
            found = data["keys"][key_id]
            return base64.b64decode(found["secret_b64"]) if "secret_b64" in found else found["public_pem"].encode()

        def resolve_private_key(self, key_id: str) -> Any:
            return load_pem_private_key(data["keys"][key_id]["private_pem"].encode(), None)

    class Anytime(HTTPMessageVerifier):
        def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
            return None

    assert len(data["vectors"]) == 7
    for vector in data["vectors"]:
        shown = data["messages"][vector["message"]]
        headers = {**shown["headers"], "Signature-Input": f"{vector['label']}={vector['signature_input']}"}
        headers["Signature"] = f"{vector['label']}=:{vector['signature_b64']}:"
        message: Any = Request(shown.get("method", ""), shown.get("url", ""), headers, None)
        if shown["kind"] == "response":
            message = Response(shown["status"], headers, b"", None)
        algorithm = getattr(algorithms, names[vector["alg"]])
        assert Anytime(signature_algorithm=algorithm, key_resolver=Keys()).verify(message, max_age=None)
        changed = headers["Signature-Input"].replace("created=16", "created=17")
        message.headers["Signature-Input"] = changed
        with pytest.raises(Exception, match="ignature|^$"):
            Anytime(signature_algorithm=algorithm, key_resolver=Keys()).verify(message, max_age=None)
    assert isinstance(load_pem_public_key(data["keys"]["test-key-ed25519"]["public_pem"].encode()), Ed25519PublicKey)
    assert HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys())


def test_F13_a_signed_request_is_good_and_says_whose_it_is() -> None:
    for body in (None, b"", b'{"a":1}'):
        found = verify_request(signed(body), only(KEY.public_key()), NOW)
        assert found.keyid == KEYID
        assert found.expires_at == NOW + timedelta(seconds=300)
    assert signed().headers["Signature"] != signed().headers["Signature"]  # a fresh nonce each time


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("body", "digest_mismatch"),
        ("url", "signature_invalid"),
        ("host", "signature_invalid"),
        ("method", "signature_invalid"),
        ("type", "signature_invalid"),
        ("key", "signature_invalid"),
        ("keyid", "signature_invalid"),
        ("no signature", "signature_missing"),
        ("no input", "signature_missing"),
        ("two", "signature_malformed"),
        ("same twice", "signature_malformed"),
        ("label", "signature_malformed"),
        ("tag", "signature_malformed"),
        ("no nonce", "signature_malformed"),
        ("created as decimal", "signature_malformed"),
        ("alg", "signature_malformed"),
        ("less covered", "signature_incomplete"),
        ("digest member", "signature_incomplete"),
        ("garbage", "signature_malformed"),
    ],
)
def test_F13_what_was_changed_is_refused_with_its_code(what: str, expected: str) -> None:
    request = signed(key=OTHER if what == "key" else KEY)
    lines = request.headers
    given = lines["Signature-Input"]
    changes: dict[str, Callable[[], Any]] = {
        "body": lambda: setattr(request, "body", b'{"a":2}'),
        "url": lambda: setattr(request, "url", URL.replace("x=1", "x=2")),
        "host": lambda: setattr(request, "url", URL.replace("one.", "two.")),
        "method": lambda: setattr(request, "method", "PUT"),
        "type": lambda: lines.update({"Content-Type": "text/plain"}),
        "key": lambda: None,
        "keyid": lambda: lines.update({"Signature-Input": given.replace(KEYID, "A" * 43)}),
        "no signature": lambda: lines.pop("Signature"),
        "no input": lambda: lines.pop("Signature-Input"),
        "two": lambda: lines.update(
            {"Signature-Input": f"{given}, b{given}", "Signature": f"{lines['Signature']}, b{lines['Signature']}"}
        ),
        "same twice": lambda: lines.update({"Signature-Input": f"{given}, {given}"}),
        "label": lambda: lines.update(
            {"Signature-Input": "x" + given, "Signature": "x" + lines["Signature"]},
        ),
        "tag": lambda: lines.update({"Signature-Input": given.replace("s2s-1", "s2s-2")}),
        "no nonce": lambda: lines.update({"Signature-Input": given.replace("nonce=", "once=")}),
        "created as decimal": lambda: lines.update({"Signature-Input": given.replace(";keyid", ".5;keyid", 1)}),
        "alg": lambda: lines.update({"Signature-Input": given + ';alg="hmac-sha256"'}),
        "less covered": lambda: lines.update({"Signature-Input": given.replace(' "content-digest"', "")}),
        "digest member": lambda: lines.update(
            {"Signature-Input": given.replace('"content-digest"', '"content-digest";key="sha-256"')}
        ),
        "garbage": lambda: lines.update({"Signature-Input": "sig1=("}),
    }
    changes[what]()
    assert code(request) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-61, "clock_skew"), (-60, "good"), (300, "good"), (301, "clock_skew")]
)
def test_F13_the_window_is_five_minutes_back_and_one_ahead(seconds: int, expected: str) -> None:
    assert code(signed(), NOW + timedelta(seconds=seconds)) == expected


def test_F13_a_signature_may_not_last_longer_than_five_minutes() -> None:
    request = signed()
    created = int(NOW.timestamp())
    request.headers["Signature-Input"] = request.headers["Signature-Input"].replace(
        f"expires={created + 300}", f"expires={created + 301}"
    )
    assert code(request) == "clock_skew"


def test_F13_an_unknown_and_a_wrong_key_get_the_same_answer_at_every_step() -> None:
    def nobody(_keyid: str) -> None:
        return None

    def refusal(find: Any, at: datetime) -> tuple[str, str]:
        with pytest.raises(Refused) as caught:
            verify_request(signed(), find, at)
        return caught.value.code, caught.value.sentence

    for at in (NOW, NOW + timedelta(hours=1)):
        assert refusal(nobody, at) == refusal(only(OTHER.public_key()), at)


def test_F13_an_answer_belongs_to_its_question() -> None:
    question, another = signed(), signed()
    answer = Response(200, {"Content-Type": "application/json"}, b"{}", question)
    sign_response(answer, KEY, KEYID, NOW)
    assert verify_response(answer, only(KEY.public_key()), NOW).keyid == KEYID
    for changed in (
        Response(200, answer.headers, b"{}", another),
        Response(202, answer.headers, b"{}", question),
        Response(200, answer.headers, b'{"a":1}', question),
    ):
        with pytest.raises(Refused):
            verify_response(changed, only(KEY.public_key()), NOW)
    unbound = Response(200, {"Content-Type": "application/json"}, b"{}", None)
    sign_response(unbound, KEY, KEYID, NOW)
    with pytest.raises(Refused) as caught:
        verify_response(Response(200, unbound.headers, b"{}", question), only(KEY.public_key()), NOW)
    assert caught.value.code == "signature_incomplete"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=120))
def test_F13_any_text_in_the_signature_fields_is_refused_quietly(fields: str, signature: str) -> None:
    request = signed()
    request.headers.update({"Signature-Input": fields, "Signature": signature})
    assert code(request).startswith("signature_")
