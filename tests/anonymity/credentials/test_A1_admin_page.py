"""What an admin sees of voices: counts and fingerprints, never who."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from flask import Flask

from core.contributions import Mirror
from core.database import now, transaction
from core.hookspecs import hookimpl
from core.testing import make_app, make_member, sign_in
from plugins.anonymity import hooks
from plugins.anonymity.credentials import epochs, jobs, manifest, queries
from plugins.anonymity.credentials.models import EpochKey

BOROUGH, BOW_WEST = "E09000030", "E05009320"
PAGE = "/anonymity/epochs"


def _read(app: Flask, *, roles: tuple[str, ...] = ("admin",), week: str = "") -> Any:
    client = app.test_client()
    sign_in(client, make_member(app, roles=roles))
    return client.get(f"{PAGE}?week={week}" if week else PAGE)


def test_A1_an_admin_sees_counts_rounded_down_and_fingerprints(app: Flask, ask: Any, next_week: str) -> None:
    with app.app_context(), transaction() as db:
        db.get_one(EpochKey, (next_week, BOROUGH)).issued = 44
    text = _read(app).get_data(as_text=True)
    assert "Voices: 40" in text
    assert "Voices: 44" not in text
    assert "Not begun" in text
    key = next(k for k in ask(app, queries.key_states) if (k.epoch, k.scope) == (next_week, BOROUGH))
    assert manifest.fingerprint(key.spki)[:16] in text
    assert "Tower Hamlets" in text
    assert "Bow West" in text
    assert "No neighbour shows a copy yet" in text


@pytest.mark.parametrize("role", ["coordinator", "officer", "reviewer", "custodian"])
def test_A1_nobody_but_an_admin_sees_counts(app: Flask, role: str) -> None:
    assert _read(app, roles=(role,)).status_code == 403
    assert app.test_client().get(PAGE).status_code == 303


def test_A1_the_admins_page_leads_there(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, roles=["admin"]))
    assert f'href="{PAGE}"' in client.get("/admin").get_data(as_text=True)


def test_A1_a_week_with_few_voices_is_closed_and_one_with_enough_is_open(fresh_app: Flask, next_week: str) -> None:
    with fresh_app.app_context(), transaction() as db:
        db.get_one(EpochKey, (next_week, BOROUGH)).issued = 2
    with time_machine.travel(epochs.begins_at(next_week), tick=True):
        assert "its private key is still here" in _read(fresh_app).get_data(as_text=True)
        with fresh_app.app_context():
            jobs.turn_weeks(now())
        text = _read(fresh_app).get_data(as_text=True)
    assert "its private key is still here" not in text
    board, ward = (text.split(f'id="board-{number}"')[1].split("</li>")[0] for number in (1, 2))
    assert "Tower Hamlets" in board
    assert "Open" in board
    assert "Bow West" in ward
    assert "Closed: too few voices" in ward
    assert "This week" in text


def test_A1_mirrors_are_shown_as_they_were_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    day = now().date()

    class Neighbours:
        @hookimpl
        def mirrors_of(self, name: str) -> list[Mirror]:
            return [
                Mirror(f"https://one.example/{name}", "Hackney", day, is_same=True),
                Mirror(f"https://two.example/{name}", "Newham", day),
                Mirror(f"https://three.example/{name}", "Redbridge"),
            ]

    app = make_app(tmp_path_factory.mktemp("mirrors"), plugins={"anonymity": hooks, "near": Neighbours()})
    text = _read(app).get_data(as_text=True)
    assert "No keys yet" in text
    for words in ("Shows the same", "Did not show the same", "We have not seen a copy yet"):
        assert words in text
    client = app.test_client()
    sign_in(client, make_member(app, ward=BOW_WEST))
    listed = client.get("/api/v1/anonymity/epochs").get_json()["mirrors"]
    assert listed == ["https://one.example/anon-epochs.json", "https://two.example/anon-epochs.json"]


def test_A1_each_week_has_its_own_view(app: Flask) -> None:
    for week in epochs.coming(now()):
        text = _read(app, week=week).get_data(as_text=True)
        assert f"<span>{week}</span>" in text
        assert f'week={week}" aria-current="true"' in text
    first = epochs.coming(now(), 1)[0]
    for other in ("2020-W01", "x", "'\"<b>"):
        assert f"<span>{first}</span>" in _read(app, week=other).get_data(as_text=True)
