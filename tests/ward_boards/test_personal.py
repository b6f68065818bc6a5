"""What the boards tell and forget about one member, and what they show on other pages."""

from __future__ import annotations

from typing import Any

from core.contributions import Slot, Viewer
from plugins.ward_boards import hooks, personal

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"


def test_member_gets_the_posts_under_their_alias_and_their_reports(
    browse: Any, looking: Any, robin: str, wren: str, write: Any
) -> None:
    write(robin, "Mine", text="I wrote this.")
    write(robin, "Hidden", text="Nobody knows.", sign_as="resident")
    other = write(wren, "Theirs").post_id
    browse(robin).post(f"/posts/{other}/report", data={"reason": "unkind", "note": "Rude."})
    with looking() as db:
        part = personal.export(db, robin)
    assert part.name == "boards"
    assert [(record["what"], record.get("text"), record.get("note")) for record in part.records] == [
        ("post", "I wrote this.", None),
        ("report", None, "Rude."),
    ]


def test_erasing_a_member_takes_their_texts_off_the_boards(
    browse: Any, writing: Any, robin: str, wren: str, write: Any, rows: Any
) -> None:
    thread = write(robin, "Mine", text="I wrote this.").thread_id
    other = write(wren, "Theirs").post_id
    browse(wren).post(f"/threads/{thread}", data={"text": "An answer", "as": "alias"})
    browse(robin).post(f"/posts/{other}/report", data={"reason": "unkind"})
    with writing() as db:
        assert hooks.erase_member(db, robin).deleted == 2
    assert all(robin not in map(str, row) for table in ("post", "flag", "thread") for row in rows(table))
    page = browse(wren).get(f"/threads/{thread}").get_data(as_text=True)
    assert "I wrote this." not in page
    assert "An answer" in page


def test_front_door_shows_public_notices_to_visitors(browse: Any, robin: str, officer: str, write: Any) -> None:
    assert "No public notice just now." in browse().get("/").get_data(as_text=True)
    write(officer, "Bike marking", tier="public")
    write(robin, "For members")
    page = browse().get("/").get_data(as_text=True)
    assert "Bike marking" in page
    assert "For members" not in page


def test_dashboard_shows_home_ward_and_borough_each_thread_once(
    browse: Any, robin: str, wren: str, write: Any, fresh: str
) -> None:
    write(robin, "On both", ward_codes=(BOW_WEST, BOROUGH))
    write(wren, "In Stepney", ward_codes=(STEPNEY,))
    page = browse(robin).get("/").get_data(as_text=True)
    assert page.count("On both") == 1
    assert "In Stepney" not in page
    assert "On both" in browse(wren).get("/").get_data(as_text=True)
    assert "On both" not in browse(fresh).get("/").get_data(as_text=True)


def test_other_slots_stay_empty(app: Any) -> None:
    from plugins.ward_boards import panels

    with app.test_request_context():
        for place in set(Slot) - {Slot.HOME, Slot.DASHBOARD}:
            assert panels.panels(place, Viewer(), None) == []


def test_front_door_of_the_plugin_is_light() -> None:
    import subprocess
    import sys

    code = (
        "import sys; import plugins.ward_boards.hooks as h; h.register_permissions();"
        "print([m for m in ('flask_smorest', 'nh3', 'markdown_it', 'wtforms', 'lxml') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
