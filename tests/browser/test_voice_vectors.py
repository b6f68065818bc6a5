"""The bundle `voice.js` in Chromium: RFC 9474's own examples, what Python signs, and what a card, a week, a vault are.

The pages' own bundle is used, in a page of this site and under its Content-Security-Policy.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import plugins.anonymity
from plugins.anonymity.credentials import blind_rsa, epochs

pytestmark = pytest.mark.browser
FOLDER = Path(plugins.anonymity.__file__).parent
STATIC = FOLDER / "static" / "anonymity"
VECTORS = json.loads(
    (Path(__file__).parents[1] / "anonymity" / "credentials" / "rfc9474_vectors.json").read_text(encoding="utf-8")
)
SEED = bytes(range(16))
SLIP = "000G40R40M30E209185GR38E1X"


def text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def raw(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


@pytest.fixture
def bundle(site: Any, visit: Callable[..., Any]) -> Callable[..., Any]:
    """Return `run(script, argument)`, which evaluates a function of the page with `voice` there."""
    page = visit(site, "/help")
    page.add_script_tag(url="/static/anonymity/voice.js")
    return lambda script, argument=None: page.evaluate(script, argument)


RUN_VECTOR = """async ({ vector, r, spki, jwk }) => {
  const bytes = hex => Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16))
  const hex = voice.bytes.toHex
  const suite = voice.suiteOf(vector.salt.length / 2, vector.msg_prefix.length / 2)
  const rsa = { name: 'RSA-PSS', hash: 'SHA-384' }
  const open = await crypto.subtle.importKey('spki', voice.bytes.fromText(spki), rsa, true, ['verify'])
  const secret = await crypto.subtle.importKey('jwk', jwk, rsa, true, ['sign'])
  // The example's own chances, in the order in which the RFC draws them; then no more.
  const chances = [vector.msg_prefix, vector.salt, r].map(bytes).filter(part => part.length)
  const real = crypto.getRandomValues.bind(crypto)
  // SJCL has a generator of its own, which nothing here may use.
  Math.random = () => { throw new Error('no chance of that kind') }
  crypto.getRandomValues = into => { if (into.length) into.set(chances.shift()); return into }
  try {
    const prepared = suite.prepare(bytes(vector.msg))
    const { blindedMsg, inv } = await suite.blind(open, prepared)
    crypto.getRandomValues = real
    const blindSig = await suite.blindSign(secret, blindedMsg)
    const sig = await suite.finalize(open, prepared, blindSig, inv)
    return { prepared: hex(prepared), blinded: hex(blindedMsg), inv: hex(inv), blindSig: hex(blindSig), sig: hex(sig),
      isGood: await suite.verify(open, sig, prepared), left: chances.length }
  } finally {
    crypto.getRandomValues = real
  }
}"""


def keys_of(vector: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return the public key of an example as SPKI, and the private one as a JSON web key."""
    n, e, d, p, q = (int(vector[name], 16) for name in ("n", "e", "d", "p", "q"))
    private = RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), RSAPublicNumbers(e, n)).private_key()
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    numbers = {"n": n, "e": e, "d": d, "p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1), "qi": pow(q, -1, p)}
    jwk = {name: text(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in numbers.items()}
    return text(spki), {"kty": "RSA", "alg": "PS384", **jwk}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_A1_the_examples_of_rfc_9474_come_out_in_the_browser(bundle: Any, vector: dict[str, str]) -> None:
    spki, jwk = keys_of(vector)
    r = pow(int(vector["inv"], 16), -1, int(vector["n"], 16)).to_bytes(512, "big").hex()
    found = bundle(RUN_VECTOR, {"vector": vector, "r": r, "spki": spki, "jwk": jwk})
    assert found == {
        "prepared": vector["prepared_msg"],
        "blinded": vector["blinded_msg"],
        "inv": vector["inv"],
        "blindSig": vector["blind_sig"],
        "sig": vector["sig"],
        "isGood": True,
        "left": 0,
    }


def test_A1_what_the_browser_blinds_python_signs_and_verifies_without_having_seen_it(bundle: Any) -> None:
    private = generate_private_key(public_exponent=65537, key_size=2048)
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    begun = bundle(
        """async ([seed, spki]) => {
          const { pk } = voice.keyOf(voice.bytes.fromText(seed), '2026-W49', 'E09000030')
          return { pk: voice.bytes.toText(pk), ...await voice.blind(spki, '2026-W49', 'E09000030', pk) }
        }""",
        [text(SEED), text(spki)],
    )
    signed = blind_rsa.blind_sign(private, raw(begun["blinded"]))
    finish = """async ([begun, spki, signed, epoch]) => {
      const pk = voice.bytes.fromText(begun.pk)
      return voice.finalize(spki, epoch, 'E09000030', pk, begun, signed)
    }"""
    sig = bundle(finish, [begun, text(spki), text(signed), "2026-W49"])
    pk, prefix = raw(begun["pk"]), raw(begun["prefix"])
    for epoch, is_good in [("2026-W49", True), ("2026-W50", False)]:
        found = blind_rsa.verify(spki, prefix, epoch=epoch, scope="E09000030", pk=pk, sig=raw(sig))
        assert found is is_good
    assert begun["blinded"] not in sig
    # A signature by another key, or on something else, is not taken for one.
    other = generate_private_key(public_exponent=65537, key_size=2048)
    wrong = blind_rsa.blind_sign(other, (int.from_bytes(raw(begun["blinded"])) >> 8).to_bytes(256))
    for answer, epoch in [(wrong, "2026-W49"), (signed, "2026-W50")]:
        refused = f"([begun, spki, signed, epoch]) => ({finish})([begun, spki, signed, epoch]).then(() => '', String)"
        assert "invalid signature" in bundle(refused, [begun, text(spki), text(answer), epoch])


def test_A1_the_key_of_a_week_and_the_proof_of_a_request_are_what_the_wire_says(bundle: Any) -> None:
    voice = {"epoch": "2026-W49", "scope": "E09000030", "prefix": text(bytes(32)), "sig": text(bytes(256))}
    body = '{"id":"00"}'
    made = bundle(
        """([seed, one, body]) => voice.headers(seed, one, 'POST', '/a/api/threads?x=1', voice.bytes.utf8(body))""",
        [text(SEED), voice, body],
    )
    info = b"ccw-anon/1\x002026-W49\x00E09000030"
    secret = HKDF(SHA256(), length=32, salt=None, info=info).derive(SEED)
    pk = Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    assert made["Anon-Credential"] == f"2026-W49.E09000030.{text(pk)}.{voice['prefix']}.{voice['sig']}"
    said = f"ccw-anon-proof/1|POST|/a/api/threads?x=1|{hashlib.sha256(body.encode()).hexdigest()}"
    Ed25519PublicKey.from_public_bytes(pk).verify(raw(made["Anon-Proof"]), said.encode())
    signed = bundle(
        """([seed]) => {
          const { pk } = voice.keyOf(voice.bytes.fromText(seed), '2026-W49', 'E09000030')
          return voice.bytes.toText(voice.message('2026-W49', 'E09000030', pk))
        }""",
        [text(SEED)],
    )
    assert raw(signed) == blind_rsa.message("2026-W49", "E09000030", pk)


def test_A1_weeks_are_the_same_in_python_and_in_the_browser(bundle: Any) -> None:
    moments = [datetime(2024, 12, 27, tzinfo=UTC) + timedelta(hours=11 * step) for step in range(2200)]
    found = bundle(
        "moments => moments.map(at => [voice.epochOf(at), voice.coming(at), voice.beginsAt(voice.epochOf(at))])",
        [moment.timestamp() * 1000 for moment in moments],
    )
    for moment, (epoch, following, begins) in zip(moments, found, strict=True):
        assert epoch == epochs.epoch_of(moment)
        assert following == epochs.coming(moment)
        assert begins == epochs.begins_at(epoch).timestamp() * 1000


def test_A1_a_card_is_read_however_it_is_typed(bundle: Any) -> None:
    card = bundle("() => voice.toCard(Uint8Array.from({ length: 16 }, (_, at) => at))")
    assert card == "000G40R40M30E209185GR38E1W"
    read = "typed => voice.bytes.toHex(voice.fromCard(typed))"
    for typed in (
        card,
        card.lower(),
        " ".join(re.findall(".{1,4}", card)),
        "-".join(re.findall(".{1,4}", card)).replace("0", "O"),
        card.replace("1", "l"),
        card.replace("1", "I").replace("0", "o") + "\n",
    ):
        assert bundle(read, typed) == SEED.hex(), typed
    turn = """() => Array.from({ length: 200 }, () => voice.newSeed()).every(seed =>
      voice.bytes.toHex(voice.fromCard(voice.inGroups(voice.toCard(seed)))) === voice.bytes.toHex(seed))"""
    assert bundle(turn)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "length"),
        ("000G40R40M30E209185GR38E1", "length"),
        ("U" * 26, "sign"),
        ("000G40R40M30E209185GR38E1X", "slip"),
    ],
)
def test_A1_a_card_that_cannot_be_one_is_told_apart(bundle: Any, typed: str, reason: str) -> None:
    script = "typed => { try { voice.fromCard(typed); return '' } catch (error) { return error.reason } }"
    assert bundle(script, typed) == reason


def test_A1_the_vault_is_always_of_one_size_and_opens_with_its_card_only(bundle: Any) -> None:
    sizes, opened, other, differs = bundle(
        """async seed => {
          const mine = voice.bytes.fromText(seed)
          const one = { epoch: '2026-W49', scope: 'E09000030', name: 'Tower Hamlets',
            prefix: 'p'.repeat(43), sig: 's'.repeat(342) }
          // A ward and the borough, this week and four more, and one that was begun.
          const begun = { ...one, blinded: 'b'.repeat(342), inv: 'i'.repeat(342) }
          const full = { voices: Array(10).fill(one), begun }
          const blobs = [await voice.vault.seal(mine, { voices: [] }), await voice.vault.seal(mine, full),
            await voice.vault.seal(mine, { voices: [] })]
          return [blobs.map(blob => voice.bytes.fromText(blob).length),
            (await voice.vault.open(mine, blobs[1])).voices.length,
            await voice.vault.open(voice.newSeed(), blobs[1]), blobs[0] !== blobs[2]]
        }""",
        text(SEED),
    )
    assert sizes == [8192, 8192, 8192]
    assert opened == 10
    assert other is None
    assert differs


def test_A1_the_browser_writes_json_for_digests_as_rfc_8785_does(bundle: Any) -> None:
    entry = {"scope": "E09000030", "epoch": "2026-W49", "issued": None, "previous": "", "é": [1, '\u2028\n"/', True]}
    assert bundle("value => voice.bytes.canonical(value)", entry) == rfc8785.dumps(entry).decode()


def test_A1_a_key_that_is_not_everybodys_is_seen(bundle: Any) -> None:
    spki = b"a key"
    real = hashlib.sha256(spki).hexdigest()
    offered = {"epoch": "2026-W49", "scope": "E09000030", "spki": text(spki), "spki_sha256": real}
    script = """([offered, own, copies]) => voice.manifest.compare(offered,
      new Map(Object.entries(own)), copies.map(copy => new Map(Object.entries(copy))))"""
    name = "2026-W49 E09000030"
    for own, copies, verdict in [
        ({name: real}, [], "same"),
        ({name: real}, [{name: real}], "same"),
        ({name: real}, [{}, {name: real}], "same"),
        ({name: real}, [{}], "unseen"),
        ({name: real}, [{name: real}, {name: "0" * 64}], "different"),
        ({name: "0" * 64}, [], "different"),
        ({}, [], "different"),
    ]:
        assert bundle(script, [offered, own, copies]) == verdict, (own, copies)
    assert bundle(script, [{**offered, "spki": text(b"mine")}, {name: real}, []]) == "different"


def test_A1_the_bundle_is_what_its_sources_and_its_digest_say(bundle: Any) -> None:
    made = (STATIC / "voice.js").read_bytes()
    digest = "sha256-" + base64.b64encode(hashlib.sha256(made).digest()).decode()
    assert (STATIC / "voice.integrity.txt").read_text(encoding="utf-8").strip() == digest
    sources = sorted((FOLDER / "static_src").glob("*.mjs"))
    whole = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    assert f"from sources {whole};".encode() in made[:200], "run plugins/anonymity/static_src/build.sh"
    for word in (b"eval(", b"new Function", b"WebAssembly", b"sourceMappingURL"):
        assert word not in made
    lock = (FOLDER / "static_src" / "package-lock.json").read_text(encoding="utf-8")
    assert '"node_modules/@cloudflare/blindrsa-ts": {\n      "version": "0.4.4"' in lock
    assert not re.search("npm[a-z.]*\\.org|registry", lock)
    assert "resolved" not in lock
    assert {path.name for path in (STATIC / "licenses").iterdir()} == {
        "cloudflare-blindrsa-ts.txt",
        "noble-curves.txt",
        "noble-hashes.txt",
        "sjcl.txt",
    }
