"""Proofs inside a message, so that its origin can still be shown when it lies in a database.

Source: FEP-8b32 with `eddsa-jcs-2022` (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3), JCS is RFC 8785.
"""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SUITE = "eddsa-jcs-2022"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class BadProof(ValueError):
    """The proof is missing, of another kind, or does not fit the message."""


def add_proof(document: dict[str, Any], key: Ed25519PrivateKey, method: str, created: str) -> dict[str, Any]:
    """Return the document with a proof by this key; `method` names the key, `created` is RFC 3339 UTC."""
    config = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    return {**document, "proof": {**config, "proofValue": "z" + base58(key.sign(_hash(document, config)))}}


def method_of(document: dict[str, Any]) -> str:
    """Return which key the proof claims.

    Raises:
        BadProof: there is no proof of the one kind we accept.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != SUITE:
        raise BadProof(f"one DataIntegrityProof with {SUITE} is expected")
    method = proof.get("verificationMethod")
    if not isinstance(method, str) or proof.get("proofPurpose") != "assertionMethod":
        raise BadProof("the proof does not name its key or its purpose")
    return method


def check_proof(document: dict[str, Any], key: Ed25519PublicKey) -> None:
    """Pass silently when the proof is by this key over exactly this document.

    Raises:
        BadProof: it is not.
    """
    method_of(document)
    config = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    value = document["proof"].get("proofValue")
    plain = {name: part for name, part in document.items() if name != "proof"}
    if config.get("@context") != plain.get("@context"):
        raise BadProof("the proof was made in another context")
    try:
        if not isinstance(value, str) or not value.startswith("z") or len(value) > 100:
            raise BadProof("the proof's value cannot be read")
        key.verify(unbase58(value[1:]), _hash(plain, config))
    except (InvalidSignature, ValueError, rfc8785.CanonicalizationError) as problem:
        raise BadProof("the proof does not fit the message") from problem


def _hash(document: dict[str, Any], config: dict[str, Any]) -> bytes:
    return hashlib.sha256(rfc8785.dumps(config)).digest() + hashlib.sha256(rfc8785.dumps(document)).digest()


def base58(content: bytes) -> str:
    """Return base58 with the Bitcoin alphabet, as Multibase `z` has it."""
    number, text = int.from_bytes(content, "big"), ""
    while number:
        number, place = divmod(number, 58)
        text = ALPHABET[place] + text
    return "1" * (len(content) - len(content.lstrip(b"\0"))) + text


def unbase58(text: str) -> bytes:
    """Return the bytes of base58.

    Raises:
        ValueError: a character outside the alphabet.
    """
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
