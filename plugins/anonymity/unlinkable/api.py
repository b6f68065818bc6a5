"""The requests of voices, below `/a/api`. Who speaks was settled before any of these runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, request

from plugins.anonymity.credentials import epochs
from plugins.anonymity.unlinkable import answers, batches, queries, services, wishes
from plugins.anonymity.unlinkable.models import CopiedPost, CopiedThread, Sent
from plugins.anonymity.unlinkable.redemption import Voice
from plugins.anonymity.unlinkable.services import POSTS_A_DAY, Wish
from plugins.anonymity.unlinkable.store import Store

GONE = "There is no such thread that you could read here. It may have been removed."


def register(app: Flask, store: Store) -> None:
    """Add the addresses to the application."""
    _register_reading(app, store)
    _register_writing(app, store)


def _register_reading(app: Flask, store: Store) -> None:
    @app.get("/api/me")
    def me() -> Response:
        with store.reading() as db:
            voice: Voice = g.voice
            left = POSTS_A_DAY - queries.sent_on(db, voice.ref, batches.day_of(g.now))
            boards = queries.boards_for(db, None if voice.is_everywhere else voice.scope)
            found = {
                "handle": voice.handle,
                "epoch": voice.epoch,
                "scope": voice.scope,
                "scope_name": queries.name_of(db, voice.scope),
                "boards": [{"code": row.code, "name": row.name} for row in boards],
                "ends_at": _stamp(epochs.ends_at(voice.epoch)),
                "one_of": voice.one_of,
                "is_banned": g.is_banned,
                "posts_left_today": 0 if g.is_banned else max(left, 0),
                "posts": [_sent(row) for row in queries.sent_by(db, voice.ref)],
            }
        return answers.of(found)

    @app.get("/api/threads")
    def threads() -> Response:
        ward, after = request.args.get("ward"), request.args.get("after")
        with store.reading() as db:
            page = queries.threads(db, ward, after)
            return answers.of({"items": [_thread(row) for row in page.rows], "next": page.after})

    @app.get("/api/threads/<thread_id>")
    def thread(thread_id: str) -> Response:
        with store.reading() as db:
            row = db.get(CopiedThread, thread_id)
            if row is None:
                return answers.problem(404, GONE)
            own = queries.own_ids(db, g.voice.ref)
            posts = [_post(each, own) for each in queries.posts(db, thread_id)]
            return answers.of({**_thread(row), "posts": posts})


def _register_writing(app: Flask, store: Store) -> None:
    @app.post("/api/threads")
    def open_thread() -> Response:
        return _send(store, wishes.thread)

    @app.post("/api/threads/<thread_id>/replies")
    def reply(thread_id: str) -> Response:
        return _send(store, lambda body: wishes.reply(body, thread_id))

    @app.delete("/api/posts/<post_id>")
    def withdraw(post_id: str) -> Response:
        try:
            with store.writing() as db:
                services.withdraw(db, g.voice, post_id)
        except services.NoSuchPost:
            return answers.problem(404, "You have no post with this id this week.")
        return Response(status=204)


def _send(store: Store, wish_of: Callable[[bytes], Wish]) -> Response:
    if request.mimetype != "application/json":
        return answers.problem(415, "Send the post as JSON, with the header Content-Type: application/json.")
    try:
        wish = wish_of(request.get_data())
        with store.writing() as db:
            sent = services.send(db, g.voice, wish, now=g.now)
            found = {"id": sent.id, "state": sent.state, "appears_at": _stamp(sent.due_at)}
    except wishes.NotAWish as problem:
        return answers.problem(422, str(problem))
    except services.IdTaken:
        return answers.problem(409, "Choose another id at random and send it again.")
    except services.TooMany:
        return answers.problem(429, f"A voice has {POSTS_A_DAY} posts a day. Go on tomorrow.")
    except services.NoSuchThread:
        return answers.problem(404, "There is no such thread here, or it takes no more replies.")
    except services.NotYourBoard:
        return answers.problem(
            422, "This voice does not count for these boards. Choose the board of your voice, or one that is there."
        )
    return answers.of(found, 202)


def _sent(row: Sent) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "thread_id": row.thread_id,
        "appears_at": _stamp(row.due_at),
        "reason": row.reason,
    }


def _thread(row: CopiedThread) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "category": row.category,
        "wards": row.wards.split(","),
        "takes_replies": row.takes_replies,
        "posts_count": row.posts_count,
    }


def _post(row: CopiedPost, own: frozenset[str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "label": row.label,
        "html": row.html,
        "when": row.when,
        "is_own": row.id in own,
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
