"""The seam between a board and the plugins that know how a post may be signed or must be stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import plugin_manager
from core.contributions import (
    Authorship,
    ComposeOption,
    Draft,
    ModerationAction,
    Objection,
    PostSignature,
    Viewer,
)
from core.released import Placement, ReleasedPost, ThreadCopy

DEFAULT_OPTION = "alias"


class UnknownAuthorship(ValueError):
    """The form asked for a way to sign that nobody offers; publishing under another would betray the writer."""


def options(viewer: Viewer, ward_code: str) -> list[ComposeOption]:
    """Return the ways to sign a post in this ward, the alias first."""
    alias = ComposeOption(
        DEFAULT_OPTION, viewer.alias or "", _("The name you chose. Readers can follow it from thread to thread.")
    )
    found = [alias]
    for _name, answer in plugin_manager.current().ask("compose_options", viewer=viewer, ward_code=ward_code):
        found.extend(answer)
    return found


def authorship(db: Session, viewer: Viewer, thread_id: str, ward_code: str, choices: Mapping[str, str]) -> Authorship:
    """Return how a post is signed, by the choice in `choices["as"]`; the alias when it is empty.

    Raises:
        UnknownAuthorship: no plugin knows the choice. Never fall back to the alias: it would expose the writer.
    """
    chosen = choices.get("as") or DEFAULT_OPTION
    if chosen == DEFAULT_OPTION:
        return Authorship(kind=DEFAULT_OPTION, label=viewer.alias or "", member_id=viewer.member_id)
    for _name, answer in plugin_manager.current().ask(
        "authorship", db=db, viewer=viewer, thread_id=thread_id, ward_code=ward_code, choices=choices
    ):
        if answer is not None:
            signed: Authorship = answer
            return signed
    raise UnknownAuthorship(chosen)


def own_refs(viewer: Viewer, thread_id: str) -> frozenset[str]:
    """Return every ref under which this viewer may have written in a thread."""
    refs: set[str] = set()
    for _name, answer in plugin_manager.current().ask("own_refs", viewer=viewer, thread_id=thread_id):
        refs.update(answer)
    return frozenset(refs)


def objections(db: Session, draft: Draft) -> list[Objection]:
    """Return every reason to hold or refuse a draft; a plugin that fails refuses."""
    found: list[Objection] = []
    for name, answer in plugin_manager.current().ask_each("objections", db=db, draft=draft):
        if isinstance(answer, Exception):
            text = _("We could not check your post just now. Please try again in a few minutes.")
            found.append(Objection(code=f"{name}.failed", text=text, refuse=True))
        else:
            found.extend(answer)
    return found


def publish_released(db: Session, released: ReleasedPost) -> Placement | None:
    """Put a post that waited elsewhere on its boards; None when no plugin keeps boards."""
    answers = plugin_manager.current().ask("publish_released", db=db, released=released)
    return next((answer for _name, answer in answers if answer is not None), None)


def placed_posts(db: Session, post_ids: Sequence[str]) -> dict[str, Placement]:
    """Return where released posts are now, by id; empty without boards."""
    answers = plugin_manager.current().ask("placed_posts", db=db, post_ids=post_ids)
    return next((answer for _name, answer in answers if answer is not None), {})


def withdraw_released(db: Session, post_id: str, ref: str) -> bool:
    """Take a released post back for its writer; False when no board has one with this ref."""
    answers = plugin_manager.current().ask("withdraw_released", db=db, post_id=post_id, ref=ref)
    return any(answer for _name, answer in answers)


def moderation_actions(viewer: Viewer, signature: PostSignature) -> list[ModerationAction]:
    """Return what plugins offer a moderator to do about a post beside hiding it."""
    answers = plugin_manager.current().ask("moderation_actions", viewer=viewer, signature=signature)
    return [action for _name, answer in answers for action in answer]


def copied_threads(db: Session, limit: int) -> list[ThreadCopy]:
    """Return the newest threads that every verified member may read, newest first; empty without boards."""
    answers = plugin_manager.current().ask("copied_threads", db=db, limit=limit)
    return next((answer for _name, answer in answers if answer is not None), [])


def signature_of(db: Session, post_id: str) -> PostSignature | None:
    """Return how a post is signed, or None when no board knows it. The caller has checked who asks, and why."""
    answers = plugin_manager.current().ask("signature_of", db=db, post_id=post_id)
    return next((answer for _name, answer in answers if answer is not None), None)
