"""Who is let in below /a: a voice of this week with its key, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.testing import make_member, sign_in
from plugins.anonymity.unlinkable import redemption

BOROUGH, BOW_WEST = "E09000030", "E05009320"
NEXT_MONDAY = datetime(2026, 11, 30, 0, 0, 30, tzinfo=UTC)


def me(house: Any, headers: dict[str, str]) -> Any:
    return house.client.get("/a/api/me", headers=headers)


def test_a_voice_with_its_key_is_let_in(house: Any) -> None:
    robin = house.voice()
    found = robin.ask(house.client, "GET", "me")
    assert found.status_code == 200
    content = found.json
    boards = content.pop("boards")
    assert {"code": BOW_WEST, "name": "Bow West"} in boards
    assert len(boards) == 21
    handle = content.pop("handle")
    assert content == {
        "epoch": "2026-W48",
        "scope": BOROUGH,
        "scope_name": "Tower Hamlets",
        "ends_at": "2026-11-30T00:00:00Z",
        "one_of": 200,
        "is_banned": False,
        "posts_left_today": 5,
        "posts": [],
    }
    assert len(handle.split()[-1]) == 6


@pytest.mark.parametrize("part", range(5))
def test_a_tampered_credential_is_refused(house: Any, part: int) -> None:
    robin = house.voice()
    parts = robin.credential.split(".")
    changed = {0: "2026-W49", 1: BOW_WEST}.get(part, ("B" if parts[part][0] == "A" else "A") + parts[part][1:])
    headers = robin.headers("GET", "/a/api/me")
    headers["Anon-Credential"] = ".".join([*parts[:part], changed, *parts[part + 1 :]])
    refused = me(house, headers)
    assert refused.status_code == 401
    assert refused.json["detail"].endswith(".")
    assert refused.mimetype == "application/problem+json"


def test_a_credential_of_another_ward_is_refused(house: Any) -> None:
    robin = house.voice(BOW_WEST)
    robin.scope = BOROUGH  # its key follows, so the proof is right and only the signature is another scope's
    assert robin.ask(house.client, "GET", "me").status_code == 401
    robin.scope = "E05009334"
    assert robin.ask(house.client, "GET", "me").status_code == 401


@pytest.mark.parametrize("epoch", ["2026-W47", "2026-W49"])
def test_a_credential_of_another_week_is_refused(house: Any, epoch: str) -> None:
    refused = house.voice(epoch=epoch).ask(house.client, "GET", "me")
    assert refused.status_code == 401
    assert "another week" in refused.json["detail"]


def test_a_stolen_credential_is_worth_nothing_without_the_key(house: Any, voice: Any) -> None:
    robin, thief = house.voice(), voice(house.epoch, BOROUGH)
    stolen = thief.headers("GET", "/a/api/me") | {"Anon-Credential": robin.credential}
    assert me(house, stolen).status_code == 401


def test_a_proof_counts_for_one_request_only(house: Any) -> None:
    robin = house.voice()
    good = robin.headers("GET", "/a/api/threads?ward=E05009320")
    at = "/a/api/threads"
    assert house.client.get(f"{at}?ward=E05009320", headers=good).status_code == 200
    assert house.client.get(at, headers=good).status_code == 401
    assert house.client.get(f"{at}?ward=E05009334", headers=good).status_code == 401
    assert me(house, good).status_code == 401
    assert house.client.post(f"{at}?ward=E05009320", headers=good).status_code == 401
    with_body = house.client.open(f"{at}?ward=E05009320", method="GET", headers=good, data=b"{}")
    assert with_body.status_code == 401


@pytest.mark.parametrize("left_out", ["Anon-Credential", "Anon-Proof"])
def test_both_headers_are_wanted(house: Any, left_out: str) -> None:
    headers = house.voice().headers("GET", "/a/api/me")
    del headers[left_out]
    assert me(house, headers).status_code == 401
    twice = house.voice().headers("GET", "/a/api/me")
    twice[left_out] += f",{twice[left_out]}"
    assert me(house, twice).status_code == 401


def test_a_week_that_has_just_begun_asks_for_patience(house: Any) -> None:
    house.now = NEXT_MONDAY
    late = house.voice().ask(house.client, "GET", "me")
    assert late.status_code == 503
    assert late.headers["Retry-After"] == "60"
    house.open_week()
    assert house.voice().ask(house.client, "GET", "me").status_code == 200
    assert house.voice(epoch="2026-W48").ask(house.client, "GET", "me").status_code == 401


def test_a_small_crowd_stays_closed(house: Any) -> None:
    house.open_week(issued=29)
    closed = house.voice().ask(house.client, "GET", "me")
    assert closed.status_code == 403
    assert "Too few people" in closed.json["detail"]
    house.open_week(issued=34)
    assert house.voice().ask(house.client, "GET", "me").json["one_of"] == 30


@pytest.mark.parametrize("path", ["/a/api/me", "/a/", "/a/static/app.css", "/a/api/nothing", "/a/nothing"])
def test_a_cookie_is_refused_before_anything_else(house: Any, path: str) -> None:
    robin = house.voice()
    refused = house.client.get(path, headers={**robin.headers("GET", path), "Cookie": "s_e09000030=x"})
    assert refused.status_code == 400
    assert "cookie" in refused.get_data(as_text=True)


def test_a_signed_in_browser_is_led_to_where_it_can_write(house: Any) -> None:
    browser = house.app.test_client()
    sign_in(browser, make_member(house.app, "Ash", ward=BOW_WEST))
    page = browser.get("/a/")
    assert page.status_code == 400
    assert 'href="/anonymity/write"' in page.text
    assert "Set-Cookie" not in page.headers


def every_answer(house: Any) -> list[Any]:
    """Return an answer of every kind that this side gives."""
    robin, client = house.voice(), house.client
    sent = robin.open_thread(client, [BOW_WEST], "a" * 32)
    found = [
        sent,
        robin.open_thread(client, [BOW_WEST], "a" * 32),
        house.voice().open_thread(client, [BOW_WEST], "a" * 32),
        robin.open_thread(client, [BOW_WEST], text=" "),
        robin.open_thread(client, [BOW_WEST], text="x" * 70_000),
        robin.reply(client, "f" * 32),
        robin.ask(client, "GET", "me"),
        robin.ask(client, "GET", "threads"),
        robin.ask(client, "GET", f"threads/{'f' * 32}"),
        robin.ask(client, "GET", "nothing"),
        robin.ask(client, "DELETE", "me"),
        robin.ask(client, "DELETE", f"posts/{'a' * 32}"),
        robin.ask(client, "DELETE", f"posts/{'b' * 32}"),
        client.get("/a/api/me"),
        client.get("/a/api/me", headers={"Cookie": "a=b"}),
        client.options("/a/api/me"),
        client.get("/a"),
        client.get("/a/"),
        client.get("/a/", headers={"Cookie": "a=b"}),
        client.post("/a/"),
        client.get("/a/nothing"),
        client.get("/a/static/nothing.js"),
        client.get("/a/static/app.css"),
        client.get("/a/static/app.css?v=1", headers={"Accept-Encoding": "gzip", "If-None-Match": '"x"'}),
        client.get("/a/static/..%2f..%2fhooks.py"),
    ]
    robin.scope = "E05009334"
    return [*found, robin.ask(client, "GET", "me")]


def test_no_answer_marks_a_browser(house: Any) -> None:
    answers = every_answer(house)
    assert {answer.status_code for answer in answers} >= {200, 202, 204, 400, 401, 404, 405, 409, 413, 422}
    for answer in answers:
        assert answer.status_code < 500
        assert not {"Set-Cookie", "ETag", "Last-Modified"} & set(answer.headers.keys())
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        is_kept = answer.headers["Cache-Control"] != "no-store"
        assert not is_kept or answer.request.path.startswith("/a/static/")
        if answer.status_code >= 400 and "/api" in answer.request.path:
            assert answer.json.keys() == {"type", "title", "status", "detail"}
            assert answer.json["detail"][0].isupper()


def test_answers_do_not_tell_by_their_length_what_they_are(house: Any) -> None:
    robin = house.voice()
    asked = [robin.ask(house.client, "GET", "me"), robin.ask(house.client, "GET", "threads")]
    sent = robin.open_thread(house.client, [BOW_WEST])
    assert {len(answer.data) for answer in (*asked, sent)} == {4096}


def test_the_log_says_nothing_of_a_request(house: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    every_answer(house)
    house.store.close()
    house.store.path.write_bytes(b"not a database at all, so that every request fails" * 100)
    broken = house.voice().ask(house.client, "GET", "me")
    assert broken.status_code == 500
    assert broken.json["detail"] == "This is our mistake. Wait a few minutes, then send it again."
    ours = [record for record in caplog.records if record.name.startswith(("plugins.anonymity", "werkzeug"))]
    assert {record.getMessage() for record in ours} == {"a request to the unlinkable side failed: DatabaseError"}
    assert not any(record.exc_info for record in ours)


SIGNS = st.text("ABCDEFabcdef0189-_.=|\n W", max_size=400)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SIGNS | st.text(max_size=300) | st.binary(max_size=300).map(lambda content: content.decode("latin-1")))
@example("2026-W48.E09000030." + "A" * 43 + "." + "A" * 43 + "." + "A" * 342)
@example("2026-W48.E09000030." + "A" * 43 + "." + "A" * 43 + "." + "A" * 342 + "\n")
@example("٢٠٢٦-W48.E09000030." + "A" * 43 + "." + "A" * 43 + "." + "A" * 342)
def test_whatever_is_written_in_the_header_is_read_in_one_way_or_not_at_all(header: str) -> None:
    found = redemption.parse(header)
    if found is not None:
        again = [redemption.wire.to_text(part) for part in (found.pk, found.prefix, found.sig)]
        assert ".".join((found.epoch, found.scope, *again)) == header


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*(st.binary(min_size=size, max_size=size) for size in (32, 32, 256))),
    st.integers(0, 520),
    st.characters(max_codepoint=127),
)
def test_a_header_with_one_sign_changed_is_never_taken_for_the_same(parts: Any, at: int, sign: str) -> None:
    header = ".".join(("2026-W48", BOROUGH, *(redemption.wire.to_text(part) for part in parts)))
    found = redemption.parse(header)
    assert found is not None
    assert (found.pk, found.prefix, found.sig) == parts
    place = at % len(header)
    changed = header[:place] + sign + header[place + 1 :]
    assert changed == header or redemption.parse(changed) != found
