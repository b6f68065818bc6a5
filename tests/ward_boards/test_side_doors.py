"""Ways around the front door that an attacker tried: each must be as closed as the door itself."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from core import members, permissions
from core.database import now
from core.testing import api_token, make_member
from core.web import fragments
from plugins.ward_boards import conversation, publishing
from plugins.ward_boards.moderation import merging, reports
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.search import me_too
from plugins.ward_boards.weekly import queries as letters
from plugins.ward_boards.weekly import services as weekly

BOW_WEST, STEPNEY = "E05009320", "E05009334"


@pytest.fixture
def lapsed(writing: Any) -> Any:
    """Return a function that ends a member's verification; they can sign in again."""

    def lapse(member_id: str) -> None:
        with writing() as db:
            members.lapse(db, member_id, None, "moved away")

    return lapse


def _joined(writing: Any, officer: str, from_id: str, into_id: str) -> None:
    with writing() as db:
        merging.merge(db, permissions.viewer_of(db, officer), from_id, into_id, Ruling(), now=now())


def test_W7_who_may_not_write_any_more_writes_no_note_beside_their_matter(
    browse: Any, robin: str, write: Any, lapsed: Any, rows: Any
) -> None:
    thread = write(robin).thread_id
    lapsed(robin)
    sent = browse(robin).post(f"/threads/{thread}/close", data={"outcome": "police", "note": "Buy my things."})
    assert sent.status_code == 403
    assert rows("incident")[0].state == "open"
    assert "It is over" not in browse(robin).get(f"/threads/{thread}").text


def test_M4_who_may_not_write_any_more_changes_no_post(
    browse: Any, robin: str, write: Any, lapsed: Any, rows: Any
) -> None:
    post = write(robin).post_id
    lapsed(robin)
    sent = browse(robin).post(f"/posts/{post}/edit", data={"title": "New", "text": "Buy my things."})
    assert sent.status_code == 403
    assert rows("post")[0].text == "On the towpath."
    assert browse(robin).post(f"/posts/{post}/withdraw").status_code == 303, "taking back stays theirs"


@pytest.mark.parametrize("sign_as", ["", "thread_alias"])
def test_M2_a_moderator_never_reads_what_readers_said_of_their_own_post(
    app: Any, browse: Any, wren: str, write: Any, writing: Any, rows: Any, sign_as: str
) -> None:
    warden = make_member(app, "Warden", ward=BOW_WEST, roles=[("coordinator", BOW_WEST)])
    post = write(warden, sign_as=sign_as).post_id
    with writing() as db:
        reports.flag(db, wren, post, reason="unkind", note="She sits opposite me.", now=now())
    case, page = rows("case")[0].id, browse(warden)
    told = page.post(f"/moderation/cases/{case}/claim", follow_redirects=True).text
    assert "your own post" in told
    assert "She sits opposite me." not in told + page.get(f"/moderation/cases/{case}").text
    token = {"Authorization": f"Bearer {api_token(app, warden, 'moderate')}"}
    answer = browse().post(f"/api/v1/moderation/cases/{case}/claim", headers=token)
    assert answer.status_code == 409
    assert "opposite" not in answer.text
    assert rows("case")[0].claim_hash == "", "and nobody else is kept from looking"


def test_W6_me_too_stays_its_members_when_threads_are_joined(
    robin: str, wren: str, officer: str, write: Any, writing: Any, rows: Any
) -> None:
    one, two = write(robin).thread_id, write(robin, "Mopeds again").thread_id
    with writing() as db:
        who = permissions.viewer_of(db, wren)
        me_too.me_too(db, who, one)
        me_too.me_too(db, who, two)
        me_too.me_too(db, permissions.viewer_of(db, robin), one)
    _joined(writing, officer, one, two)
    assert len(rows("me_too")) == 2, "each once"
    with writing() as db:
        who = permissions.viewer_of(db, robin)
        view = conversation.thread_view(db, who, two)
        assert view is not None
        assert (view.me_too_count, view.said_me_too) == (2, True)
        assert me_too.said_by(db, robin) == ["Mopeds again"]
        assert me_too.erase(db, robin) == 1
        assert me_too.take_back(db, permissions.viewer_of(db, wren), two)
    assert rows("me_too") == []


def test_W8_a_title_that_its_writer_changed_leaves_the_letters(
    browse: Any, robin: str, write: Any, writing: Any
) -> None:
    placed = write(robin, "Ann Canary did it", category="general")
    with writing() as db:
        weekly.write_drafts(db, now())
        weekly.edit(db, _boss(db), letters.drafts(db, [BOW_WEST])[0].id, _edited(db))
    browse(robin).post(f"/posts/{placed.post_id}/edit", data={"title": "Somebody did it", "text": "On the towpath."})
    with writing() as db:
        (row,) = letters.drafts(db, [BOW_WEST])
        assert "Canary" not in row.text


def _boss(db: Any) -> Any:
    from core import accounts

    member_id = accounts.add(db, "Boss", "boss@test.example", "correct horse battery")
    members.grant(db, member_id, "coordinator", BOW_WEST, None)
    return permissions.viewer_of(db, member_id)


def _edited(db: Any) -> Any:
    (row,) = letters.drafts(db, [BOW_WEST])
    thread = rows_of(db)
    line = f"- [Ann Canary did it](http://localhost/threads/{thread})"
    return weekly.Wording(row.title, f"Hello.\n\n{line}", row.revision)


def rows_of(db: Any) -> str:
    from plugins.ward_boards.models import Thread

    found: str = db.scalar(sa.select(Thread.id))
    return found


def _photo() -> tuple[io.BytesIO, str]:
    target = io.BytesIO()
    Image.effect_noise((320, 240), 40).convert("RGB").save(target, "JPEG")
    return io.BytesIO(target.getvalue()), "x.jpg"


def test_A1_a_picture_by_the_api_meets_the_guard_as_one_by_the_page(
    app: Any, browse: Any, robin: str, write: Any, rows: Any
) -> None:
    post = write(robin, category="crime").post_id
    mine = {"Authorization": f"Bearer {api_token(app, robin, 'post', 'read')}"}

    def add(**more: Any) -> Any:
        return browse().post(f"/api/v1/posts/{post}/files", data={"file": _photo(), **more}, headers=mine)

    refused = add()
    assert (refused.status_code, refused.json["code"]) == (422, "refused")
    plate = add(no_faces="1", alt="A moped, AB12 CDE")
    assert (plate.status_code, plate.json["code"]) == (422, "refused")
    assert rows("attachment") == []
    assert add(no_faces="1", alt="A moped").status_code == 201


@pytest.mark.parametrize("closed_by", ["lock", "proceedings"])
def test_M5_a_closed_thread_takes_no_picture_by_the_api(
    app: Any, browse: Any, robin: str, officer: str, write: Any, rows: Any, closed_by: str
) -> None:
    placed = write(robin)
    browse(officer).post(f"/threads/{placed.thread_id}/{closed_by}", data={"locked": "1", "active": "1"})
    mine = {"Authorization": f"Bearer {api_token(app, robin, 'post', 'read')}"}
    body = {"file": _photo(), "no_faces": "1"}
    answer = browse().post(f"/api/v1/posts/{placed.post_id}/files", data=body, headers=mine)
    assert answer.status_code == 409
    assert rows("attachment") == []


def test_M9_spaces_for_an_address_are_no_address(browse: Any) -> None:
    sent = browse().post("/complaints/about/site", data={"text": "It is slow.", "email": "   "})
    assert sent.status_code == 200


def test_W1_kept_pieces_show_each_viewer_what_a_page_drawn_anew_does(
    app: Any, browse: Any, robin: str, wren: str, fresh: str, officer: str, write: Any, writing: Any
) -> None:
    placed, public = write(robin, sign_as="thread_alias"), write(officer, "A notice", tier="public")
    with writing() as db:
        for who, text in ((wren, "Mine."), (robin, "hold me"), (robin, "By my alias.")):
            viewer = permissions.viewer_of(db, who)
            view = conversation.thread_view(db, viewer, placed.thread_id)
            assert view is not None
            publishing.reply(db, viewer, view, text, sign_as="alias", now=now())
        reports.flag(db, wren, placed.post_id, reason="unkind", note="", now=now())
    paths = [f"/threads/{placed.thread_id}", f"/threads/{public.thread_id}", f"/boards/{BOW_WEST}", "/boards"]
    viewers = [robin, wren, fresh, officer, None, robin]
    browsers = [browse(who) for who in viewers]

    def shown(browser: Any, path: str) -> tuple[int, str]:
        answer = browser.get(path)
        # Of a form's token the part that belongs to the viewer stays; its time goes.
        return answer.status_code, re.sub(r'(name="csrf_token" value="[^".]+)[^"]*', r"\1", answer.text)

    for path in paths:
        cold = []
        for browser in browsers:
            fragments.init_fragments(app)
            cold.append(shown(browser, path))
        fragments.init_fragments(app)
        for _round in range(2):
            assert [shown(browser, path) for browser in browsers] == cold
            assert [shown(browser, path) for browser in reversed(browsers)] == cold[::-1]
