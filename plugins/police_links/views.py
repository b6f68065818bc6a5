"""The pages that show the way: the borough, a ward, one kind of door, and the channel helper. Open to all."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for

from core import wards
from core.database import now, sql
from core.instance import instance
from core.permissions import wards_where
from core.web.access import public, viewer
from plugins.police_links import channel_helper, directory, door_views, doors, london_time, queries, session_views
from plugins.police_links.contact_sessions import BOOK, PUBLISH
from plugins.police_links.directory import EDIT
from plugins.police_links.police_data import queries as data
from plugins.police_links.police_data.wording import kind_words, month_words
from plugins.police_links.session_requests import REQUEST

SHOWN_ON_WARD_PAGE = 5


def blueprint() -> Blueprint:
    """Return the plugin's pages under `/police`."""
    bp = Blueprint("police_links", "plugins.police_links", url_prefix="/police", template_folder="templates")
    bp.add_url_rule("", "index", index)
    bp.add_url_rule("/chat", "chat", chat)
    bp.add_url_rule("/report", "report", report)
    bp.add_url_rule("/help-me-choose", "help_me_choose", help_me_choose)
    bp.add_url_rule("/help-me-choose/<answers>", "help_me_choose", help_me_choose)
    bp.add_url_rule("/<ward_code>", "ward", ward_page)
    bp.add_app_template_filter(london_time.clock, "police_clock")
    door_views.add_rules(bp)
    session_views.add_rules(bp)
    return bp


@public
def index() -> str:
    """Show the borough's doors and the way to each ward's page."""
    borough = instance().config.borough
    db = sql.session
    return render_template(
        "police_links/index.html",
        doors=directory.main_doors(db, borough),
        others=directory.other_doors(db, borough),
        force=directory.own_force(),
        wards=[row for row in wards.boards() if row.kind == "ward"],
        next_starts=queries.session_wards(db, now()),
        home_ward=viewer().home_ward,
        may_edit=bool(wards_where(viewer(), EDIT)),
    )


@public
def ward_page(ward_code: str) -> Any:
    """Show the four doors of a ward and its next sessions."""
    borough = instance().config.borough
    if ward_code == borough:
        return redirect(url_for("police_links.index"), 302)
    if following := wards.successors(ward_code):
        return redirect(url_for("police_links.ward", ward_code=following[0]), 308)
    if not wards.is_ward(ward_code):
        abort(404)
    db, who = sql.session, viewer()
    return render_template(
        "police_links/ward.html",
        ward_code=ward_code,
        priorities=data.priorities(db, ward_code),
        months=data.months(db, ward_code),
        kinds=kind_words(),
        month_words=month_words,
        today=now().date(),
        doors=directory.main_doors(db, ward_code),
        others=directory.other_doors(db, ward_code),
        force=directory.own_force(),
        next_force=doors.force_next_door(ward_code),
        sessions=queries.coming_sessions(db, now(), {ward_code, borough}, limit=SHOWN_ON_WARD_PAGE),
        may_request=ward_code in wards_where(who, REQUEST),
        may_book=ward_code in wards_where(who, BOOK),
        may_publish=ward_code in wards_where(who, PUBLISH),
        may_edit=ward_code in wards_where(who, EDIT),
        waits=who.member_id is not None and queries.has_request(db, ward_code, who.member_id),
    )


@public
def chat() -> str:
    """Show the live chat's door by itself."""
    return _one_door("live_chat")


@public
def report() -> str:
    """Show the online report's door by itself, with the forms we know of."""
    return _one_door("report_online")


def _one_door(kind: str) -> str:
    borough = instance().config.borough
    db = sql.session
    home = viewer().home_ward
    shown = directory.main_doors(db, home or borough)
    return render_template(
        "police_links/one_door.html",
        door=next(door for door in shown if door.kind == kind),
        others=directory.other_doors(db, home or borough),
        force=directory.own_force(),
        ward_code=home,
    )


@public
def help_me_choose(answers: str = "") -> str:
    """Ask the next question, or name the right way."""
    step = channel_helper.step(answers)
    if step is None:
        abort(404)
    borough = instance().config.borough
    home = viewer().home_ward
    shown = directory.all_doors(sql.session, home or borough) if step.end else []
    return render_template(
        "police_links/helper.html",
        step=step,
        door=next((door for door in shown if door.kind == step.end), None),
        most=channel_helper.MOST_QUESTIONS,
        force=directory.own_force(),
        ward_code=home,
    )
