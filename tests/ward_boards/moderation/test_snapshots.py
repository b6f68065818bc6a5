"""The sealed copy: it outlives the post until the case closes, shows nobody's name, and goes then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core.database import now, sql, transaction
from core.testing import api_token
from plugins.ward_boards.moderation import keeping
from plugins.ward_boards.writing import attachments
from plugins.ward_boards.writing.pieces import Piece

BOW_WEST = "E05009320"


def test_M8_copy_outlives_the_post_until_the_case_closes(
    browse: Any, robin: str, wren: str, officer: str, second: str, write: Any, report: Any, rows: Any
) -> None:
    placed = write(robin, text="He lives at number nine.")
    report(wren, placed.post_id, "exposes")
    sealed = rows("case")[0].snapshot
    assert "number nine" not in sealed
    assert browse(robin).post(f"/posts/{placed.post_id}/withdraw").status_code == 303
    assert "number nine" not in str(rows("post"))
    case = rows("case")[0].id
    for who in (officer, second):
        assert "number nine" not in browse(who).get(f"/moderation/cases/{case}").get_data(as_text=True)
    browse(officer).post(f"/moderation/cases/{case}/claim")
    page = browse(officer).get(f"/moderation/cases/{case}").get_data(as_text=True)
    assert "He lives at number nine." in page
    assert "The writer has withdrawn it. This copy goes when you close the case." in page
    assert "Robin" not in page
    assert "number nine" not in browse(second).get(f"/moderation/cases/{case}").get_data(as_text=True)
    browse(officer).post(f"/moderation/cases/{case}/decide", data={"verb": "keep", "reason": "exposes"})
    row = rows("case")[0]
    assert (row.is_open, row.snapshot, row.outcome) == (False, None, "gone")
    assert not rows("flag")[0].is_open


def test_M8_pictures_outlive_the_post_until_the_case_closes(
    app: Any, browse: Any, robin: str, wren: str, officer: str, second: str, write: Any, report: Any, rows: Any
) -> None:
    placed = write(robin, text="He lives here.")
    with app.app_context(), transaction() as db:
        attachments.add(db, placed.post_id, [Piece(b"\xff\xd8\xff seen", "A blue door", 8, 8)])
    report(wren, placed.post_id, "exposes")
    case = rows("case")[0].id
    browse(officer).post(f"/moderation/cases/{case}/claim")
    browse(robin).post(f"/posts/{placed.post_id}/withdraw")
    assert rows("attachment") == []
    with app.app_context():
        (kept,) = rows("case_picture")
        blobs = list(sql.session.execute(sa.text("SELECT id, member_id FROM core_blob")))
        assert blobs == [(kept.blob_id, None)]
    at = f"/moderation/cases/{case}/pictures/{kept.id}.jpg"
    page = browse(officer).get(f"/moderation/cases/{case}").get_data(as_text=True)
    assert f'src="{at}"' in page
    assert "A blue door" in page
    assert browse(officer).get(at).data == b"\xff\xd8\xff seen"
    token = {"Authorization": f"Bearer {api_token(app, officer, 'moderate')}"}
    client = app.test_client()
    whole = client.get(f"/api/v1/moderation/cases/{case}", headers=token).get_json()
    assert whole["pictures"] == [{"id": kept.id, "alt": "A blue door"}]
    assert client.get(f"/api/v1{at}", headers=token).data == b"\xff\xd8\xff seen"
    for who in (second, robin, wren):
        assert browse(who).get(at).status_code in (403, 404)
    browse(officer).post(f"/moderation/cases/{case}/decide", data={"verb": "keep", "reason": "exposes"})
    assert browse(officer).get(at).status_code == 404
    with app.app_context():
        assert rows("case_picture") == []
        assert sql.session.execute(sa.text("SELECT count(*) FROM core_blob")).scalar() == 0


def test_M8_held_post_has_a_copy_too_and_the_copy_names_no_author(
    robin: str, write: Any, rows: Any, app: Any, looking: Any
) -> None:
    from plugins.ward_boards.moderation import cases
    from plugins.ward_boards.moderation.models import Case

    write(robin, text="hold me", sign_as="thread_alias")
    with looking() as db:
        copy = cases.unseal(db.get(Case, rows("case")[0].id))
    assert copy is not None
    assert (copy.text, copy.title, copy.files, copy.statement) == ("hold me", "Two mopeds", (), "")
    assert rows("case")[0].hold_code == "names.word"


def test_M8_copy_opens_in_its_own_case_only(
    robin: str, wren: str, write: Any, report: Any, writing: Any, rows: Any
) -> None:
    import pytest

    from plugins.ward_boards.moderation import cases
    from plugins.ward_boards.moderation.models import Case

    for title in ("One thing", "Another"):
        report(wren, write(robin, title).post_id)
    one, two = (row.id for row in rows("case"))
    with writing() as db:
        db.get_one(Case, one).snapshot = db.get_one(Case, two).snapshot
        with pytest.raises(ValueError, match="another case"):
            cases.unseal(db.get_one(Case, one))


def test_M8_copy_of_a_withdrawn_post_waits_a_month_and_a_case_is_kept_a_year(
    robin: str, wren: str, browse: Any, officer: str, write: Any, report: Any, act: Any, rows: Any, app: Any
) -> None:
    placed = write(robin)
    report(wren, placed.post_id)
    browse(robin).post(f"/posts/{placed.post_id}/withdraw")
    with app.app_context():
        keeping.forget_daily(now() + timedelta(days=29))
        assert rows("case")[0].is_open
        keeping.forget_daily(now() + timedelta(days=32))
    assert (rows("case")[0].is_open, rows("case")[0].snapshot) == (False, None)
    act(officer, write(robin, "Another").post_id, "hide")
    assert len(rows("log")) == 1
    with app.app_context():
        keeping.forget_daily(now() + timedelta(days=360))
        assert len(rows("log")) == 1
        keeping.forget_daily(now() + timedelta(days=400))
    assert (rows("log"), rows("log_ward"), rows("case"), rows("flag")) == ([], [], [], [])


def test_M8_retention_says_how_much_goes(app: Any, robin: str, officer: str, write: Any, act: Any) -> None:
    from core import retention

    act(officer, write(robin).post_id, "hide")
    with app.app_context():
        parts = {part.name: part.deleted for _owner, part in retention.run(now() + timedelta(days=400), dry_run=True)}
    assert parts["closed cases of moderation"] == 1
    assert parts["entries of the moderation log"] == 1


def test_M1_erased_member_leaves_no_report_and_the_case_stays(
    app: Any, robin: str, wren: str, write: Any, report: Any, rows: Any
) -> None:
    from core import privacy
    from core.database import transaction

    report(wren, write(robin).post_id)
    with app.app_context(), transaction() as db:
        privacy.erase(db, wren)
    assert rows("flag") == []
    assert rows("case")[0].is_open
