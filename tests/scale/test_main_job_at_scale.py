"""The main job once more: on PostgreSQL, with files on S3, and beside a neighbour that stays on SQLite."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core import audit, testing
from core.database import reading, sql, transaction
from core.models import Blob
from plugins.verification_docs import demo

JOURNEYS = Path(__file__).resolve().parent.parent / "journeys"
BOW_WEST = "E05009320"


def load(name: str) -> Any:
    spec = spec_from_file_location(f"{name}_at_scale", JOURNEYS / f"{name}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


Borough = load("conftest").Borough
again = load("test_main_job")


@pytest.fixture
def borough(tmp_path: Path, new_database: Callable[[], str]) -> Iterator[Callable[..., Any]]:
    """Make boroughs: Tower Hamlets on PostgreSQL, every other on SQLite."""
    made: list[Any] = []

    def make(code: str = "E09000030", plugins: tuple[str, ...] | None = None, **lines: str) -> Any:
        folder = tmp_path / f"{code}-{len(made)}"
        folder.mkdir()
        if code == "E09000030":
            lines = {"database_url": new_database(), **lines}
        lines = {"borough": code, **lines}
        (folder / "boroughwatch.toml").write_text("".join(f'{name} = "{value}"\n' for name, value in lines.items()))
        made.append(Borough(folder, code, plugins))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.stop()
        with one.app.app_context():
            sql.engine.dispose()


test_an_alert_of_a_postgres_instance_reaches_one_on_sqlite = (
    again.test_an_alert_reaches_members_and_the_neighbour_and_is_taken_back_there
)
test_a_contact_session_is_found_on_the_ward_page_and_booked = (
    again.test_a_contact_session_is_found_on_the_ward_page_and_booked
)


def test_a_newcomer_is_verified_and_writes_with_papers_on_s3(
    borough: Callable[..., Any], bucket: str, stored: dict[str, Any]
) -> None:
    again.test_a_newcomer_is_verified_writes_on_several_boards_and_is_answered(lambda: borough(storage_url=bucket))
    assert stored == {}, "papers are gone as soon as the case is decided"


def test_papers_wait_sealed_in_the_bucket_until_they_are_decided(
    borough: Callable[..., Any], bucket: str, stored: dict[str, Any]
) -> None:
    place = borough(storage_url=bucket)
    member = place.person(testing.make_member(place.app, "Quiet Wren"))
    reviewers = [testing.make_member(place.app, alias, roles=["reviewer"]) for alias in ("Rowan", "Elder")]
    with place.app.app_context(), transaction() as db:
        for reviewer_id in reviewers:
            demo.equip(db, reviewer_id)
    assert member.send_paper("id", document="id.passport", document_number="123 456 789").status_code == 303
    ((name, (content, _at)),) = stored.items()
    assert name.startswith("files/sealed/vault/verification_docs/")
    assert content.startswith(b"age-encryption.org/v1"), "the store holds nothing that it could read"
    with place.app.app_context(), reading() as db:
        assert f"files/sealed/vault/verification_docs/{db.scalars(sa.select(Blob.id)).one()}.age" == name


def test_a_post_is_hidden_and_restored_and_the_chain_is_whole(borough: Callable[..., Any]) -> None:
    place = borough()
    wren = place.person(testing.make_member(place.app, "Quiet Wren", ward=BOW_WEST))
    officer = place.person(testing.make_member(place.app, "Officer", roles=[("officer", BOW_WEST)]))
    thread = {"title": "Lamp out", "text": "It is dark.", "category": "safety", "wards": [BOW_WEST]}
    thread |= {"tier": "verified", "shown_tier": "verified", "as": "alias"}
    posted = wren.send(f"/boards/{BOW_WEST}/new", thread)
    path = posted.location.split("#")[0]
    post = re.search(r"/posts/([0-9a-f]{32})", officer.read(path))
    assert post
    moderate = f"/posts/{post.group(1)}/moderate"
    assert (
        officer.send(moderate, {"reason": "exposes", "words": "It named a house.", "verb": "hide"}).status_code == 303
    )
    finch = place.person(testing.make_member(place.app, "Finch", ward=BOW_WEST))
    assert "Lamp out" not in finch.read(f"/boards/{BOW_WEST}")
    assert (
        officer.send(moderate, {"reason": "fine", "words": "The house is out.", "verb": "restore"}).status_code == 303
    )
    assert "Lamp out" in wren.read(f"/boards/{BOW_WEST}")
    place.work()
    with place.app.app_context(), reading() as db:
        assert audit.verify(db) is None
