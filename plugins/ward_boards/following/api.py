"""Following threads in the JSON API: the same rights as the buttons on the page."""

from __future__ import annotations

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core import notifications
from core.database import sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires
from plugins.ward_boards import conversation
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.following import topics


class FollowSchema(Schema):
    """Whether the token's member follows a thread."""

    followed = fields.Boolean()


def register(bp: Blueprint) -> None:
    """Add following to the API blueprint `ward_boards_api`."""

    @bp.get("/threads/<thread_id>/follow")
    @bp.response(200, FollowSchema)
    @api_requires("read")
    def show_following(thread_id: str) -> dict[str, bool]:
        """Say whether you follow a thread."""
        return {"followed": topics.is_followed(sql.session, viewer(), _thread(thread_id).id)}

    @bp.post("/threads/<thread_id>/follow")
    @bp.response(204)
    @api_requires("post")
    def follow_thread(thread_id: str) -> None:
        """Follow a thread: you are told of answers."""
        view = _thread(thread_id)
        try:
            with transaction() as db:
                topics.follow(db, viewer(), view)
        except topics.NothingToHear:
            raise Problem(403, "Nothing to hear", "You may not read the answers of this thread.") from None
        except notifications.TooManyTopics:
            raise Problem(409, "Too many", "You follow as many things as you can. Stop following some.") from None

    @bp.delete("/threads/<thread_id>/follow")
    @bp.response(204)
    @api_requires("post")
    def unfollow_thread(thread_id: str) -> None:
        """Follow a thread no more."""
        view = _thread(thread_id)
        with transaction() as db:
            topics.unfollow(db, viewer(), view.id)


def _thread(thread_id: str) -> ThreadView:
    view = conversation.thread_view(sql.session, viewer(), thread_id)
    if view is None:
        raise Problem(404, "No such thread", "There is none by this id that you may read.")
    return view
