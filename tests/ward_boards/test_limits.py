"""What must stay constant as boards grow, and which right opens which page."""

from __future__ import annotations

from typing import Any

import pytest

from core import members, permissions
from core.database import now
from core.testing import make_member
from plugins.ward_boards import conversation, publishing

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"


@pytest.fixture
def grow(writing: Any, write: Any) -> Any:
    """Return a function that fills a board, and one thread on it."""

    def fill(member_id: str, threads: int, posts: int) -> str:
        for number in range(threads):
            placed = write(member_id, f"Thread {number}", ward_codes=(BOW_WEST, STEPNEY, BOROUGH))
        for number in range(posts):
            with writing() as db:
                viewer = permissions.viewer_of(db, member_id)
                view = conversation.thread_view(db, viewer, placed.thread_id)
                assert view is not None
                publishing.reply(db, viewer, view, f"Answer {number}", sign_as="alias", now=now())
        return str(placed.thread_id)

    return fill


@pytest.mark.parametrize("who", ["robin", None])
def test_pages_make_a_fixed_small_number_of_queries(
    browse: Any, robin: str, grow: Any, count_queries: Any, who: str | None
) -> None:
    reader = browse(robin if who else None)
    found: list[dict[str, int]] = []
    for threads, posts in ((2, 1), (12, 30)):
        thread = grow(robin, threads, posts)
        pages = {"list": "/boards", "board": f"/boards/{BOW_WEST}", "home": "/"}
        if who:
            pages |= {"thread": f"/threads/{thread}", "later": f"/threads/{thread}?after=5"}
        found.append({})
        for name, path in pages.items():
            reader.get(path)
            count_queries()
            assert reader.get(path).status_code == 200
            found[-1][name] = count_queries()
    assert found[0] == found[1]
    assert found[1]["board"] <= 6
    assert found[1].get("thread", 0) <= 8
    assert max(found[1].values()) <= 10


def test_moderators_pages_make_a_fixed_number_of_queries(
    app: Any, browse: Any, officer: str, robin: str, write: Any, count_queries: Any
) -> None:
    reader, found = browse(officer), []
    for _round in range(2):
        for number in range(4):
            write(robin, f"hold {number}", text="hold me")
        reader.get(f"/boards/{BOW_WEST}/waiting")
        count_queries()
        assert reader.get(f"/boards/{BOW_WEST}/waiting").status_code == 200
        found.append(count_queries())
    assert found[0] == found[1] <= 10


ROLES: dict[str, dict[str, Any]] = {
    "member": {},
    "verified": {"ward": STEPNEY},
    "coordinator": {"roles": [("coordinator", BOW_WEST)], "ward": BOW_WEST},
    "officer": {"roles": [("officer", BOW_WEST)]},
    "other officer": {"roles": [("officer", STEPNEY)]},
    "reviewer": {"roles": ["reviewer"]},
    "admin": {"roles": ["admin"]},
}
STAFF = {"coordinator", "officer"}
WRITERS = {"verified", *STAFF}
MATRIX = [
    ("ward_boards.read", {*WRITERS}),
    ("ward_boards.post", {*WRITERS}),
    ("ward_boards.post_public", STAFF),
    ("ward_boards.read_coordinators", STAFF),
    ("ward_boards.moderate", STAFF),
]


@pytest.mark.parametrize(("permission", "holders"), MATRIX)
def test_permission_is_held_in_bow_west_by_these_and_no_others(
    app: Any, looking: Any, permission: str, holders: set[str]
) -> None:
    held = set()
    for name, kind in ROLES.items():
        member = make_member(app, name.title(), **kind)
        with looking() as db:
            if permissions.allowed(permissions.viewer_of(db, member), permission, BOW_WEST):
                held.add(name)
            assert not permissions.allowed(permissions.viewer_of(db, None), permission, BOW_WEST)
    assert held == holders


def test_W2_verified_member_holds_read_and_post_in_all_21_places(app: Any, looking: Any, robin: str) -> None:
    with looking() as db:
        viewer = permissions.viewer_of(db, robin)
        for permission in ("ward_boards.read", "ward_boards.post"):
            assert len(permissions.wards_where(viewer, permission)) == 21


def test_every_page_for_every_role(app: Any, browse: Any, robin: str, officer: str, write: Any, rows: Any) -> None:
    thread, post = (placed := write(robin)).thread_id, placed.post_id
    rota = write(officer, "Rota", tier="coordinators").thread_id
    expected = {
        f"/threads/{thread}": WRITERS,
        f"/threads/{rota}": STAFF,
        f"/boards/{BOW_WEST}/new": WRITERS,
        f"/posts/{post}/report": WRITERS,
        f"/posts/{post}/moderate": STAFF,
        f"/posts/{post}/withdraw": set(),
        f"/boards/{BOW_WEST}/waiting": STAFF,
    }
    for name, kind in ROLES.items():
        browser = browse(make_member(app, f"As {name}", **kind))
        for path, may in expected.items():
            status = browser.get(path).status_code
            assert (status == 200) == (name in may), (name, path, status)
            assert status in (200, 403, 404)


def test_rights_end_at_once_when_verification_does(
    browse: Any, robin: str, wren: str, write: Any, writing: Any, thread_form: Any
) -> None:
    browser = browse(robin)
    thread = write(robin).thread_id
    browse(wren).post(f"/threads/{thread}", data={"text": "For verified eyes", "as": "alias"})
    assert "For verified eyes" in browser.get(f"/threads/{thread}").get_data(as_text=True)
    assert browser.get(f"/boards/{BOW_WEST}/new").status_code == 200
    with writing() as db:
        members.lapse(db, robin, None, "moved away")
    assert browser.get(f"/boards/{BOW_WEST}/new").status_code == 303  # signed out everywhere
    browser = browse(robin)
    assert browser.get(f"/boards/{BOW_WEST}/new").status_code == 403
    assert browser.post(f"/boards/{BOW_WEST}/new", data=thread_form()).status_code == 403
    own = browser.get(f"/threads/{thread}")  # what one wrote stays readable, what others answered does not
    assert own.status_code == 200
    assert "On the towpath." in own.get_data(as_text=True)
    assert "For verified eyes" not in own.get_data(as_text=True)
