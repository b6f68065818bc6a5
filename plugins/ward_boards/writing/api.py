"""Pictures and places in the JSON API: the same rights and the same cleaning as the pages."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from core import posting, wards
from core.cleaning import intake
from core.contributions import Draft
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires
from plugins.ward_boards import access, conversation, words
from plugins.ward_boards.conversation import PostRow, ThreadView
from plugins.ward_boards.guard import objecting
from plugins.ward_boards.models import HELD, PUBLISHED
from plugins.ward_boards.moments import PART_HOURS
from plugins.ward_boards.writing import attachments, pages, pieces, places
from plugins.ward_boards.writing.about import Rough
from plugins.ward_boards.writing.api_schemas import PictureListSchema, PlaceListSchema, shown_files
from plugins.ward_boards.writing.pieces import MOST_FILES, MOST_PICTURES, Piece, TooManyPictures

LATEST = timedelta(hours=1)


def register(bp: Blueprint) -> None:
    """Add these resources to the blueprint of the boards."""
    _add_files(bp)

    @bp.get("/boards/<code>/places")
    @bp.response(200, PlaceListSchema)
    @api_requires("read")
    def list_places(code: str) -> dict[str, Any]:
        """List the places that a thread on this board can be about."""
        if code not in {row.code for row in wards.boards()}:
            raise Problem(404, "No such board", "It is the GSS code of this borough or one of its wards.")
        keys = [key for ward in places.of_wards(sql.session, [code]) for key in ward.keys]
        return {"items": [{"place": key, "name": places.label(key)} for key in keys]}


def _add_files(bp: Blueprint) -> None:
    @bp.post("/posts/<post_id>/files")
    @bp.response(201, PictureListSchema)
    @api_requires("post", access.POST)
    def add_files(post_id: str) -> dict[str, Any]:
        """Add photos or PDFs to one's own post within the hour: multipart, `file` and `alt` as often as needed.

        `no_faces=1` is your word that nobody can be recognised in them.
        """
        thread, row = _own_post(post_id)
        new = _cleaned(len(row.files))
        _object(thread, row, "\n".join(piece.alt for piece in new if piece.alt))
        _ask_guard(thread, row, new)
        sql.session.rollback()
        try:
            with transaction() as db:
                attachments.add(db, post_id, new)
        except TooManyPictures:
            raise _too_many() from None
        return {"files": shown_files(post_id, _readable(post_id)[1].files)}

    @bp.get("/posts/<post_id>/files/<attachment_id>.jpg")
    @bp.response(200, content_type="image/jpeg")
    @api_requires("read")
    def show_file(post_id: str, attachment_id: str) -> Response:
        """Send a picture of a post you may read."""
        if attachment_id not in {each.id for each in _readable(post_id)[1].files}:
            raise Problem(404, "No such picture", "The post has none by this id that you may see.")
        content = attachments.content_of(sql.session, attachment_id)
        if content is None:
            raise Problem(404, "No such picture", "It was deleted.")
        return pages.as_picture(Response(content), attachment_id)


def check_place(rough: Rough, ward_codes: tuple[str, ...]) -> None:
    """Refuse a place that the boards of a new thread do not have.

    Raises:
        Problem: with a sentence.
    """
    wrong = places.check(sql.session, rough.place, ward_codes) if rough.place else None
    if wrong:
        raise Problem(422, "Unknown place", wrong, code="place")


def _readable(post_id: str) -> tuple[ThreadView, PostRow]:
    found = conversation.post_row(sql.session, viewer(), post_id)
    if found is None:
        raise Problem(404, "No such post", "There is none by this id that you may read.")
    return found


def _own_post(post_id: str) -> tuple[ThreadView, PostRow]:
    thread, row = _readable(post_id)
    if not row.is_own or row.state not in (PUBLISHED, HELD):
        raise Problem(403, "Not yours", "Only its writer can add pictures to a post.")
    # Of a hidden author's post nothing finer than the part of the day is known, so it is open until that is over.
    room = timedelta(hours=PART_HOURS) if words.is_coarse(row) else LATEST
    if now() - row.published_at > room:
        raise Problem(409, "Too late", "Pictures can be added within the hour. Write a reply with the picture.")
    if thread.is_locked or thread.has_proceedings:
        raise Problem(409, "Closed", "This thread is closed. Nothing can be added to it.")
    return thread, row


def _cleaned(present: int) -> list[Piece]:
    files, alts = request.files.getlist("file"), request.form.getlist("alt")
    if not files:
        raise Problem(422, "No file", "Send the photo or PDF as 'file' in multipart/form-data.", code="no_file")
    if len(files) > MOST_FILES:
        raise _too_many()
    until = time.monotonic() + intake.FORM_SECONDS
    found: list[Piece] = []
    for number, file in enumerate(files):
        alt = alts[number] if number < len(alts) else ""
        try:
            found += pieces.made_from(file.stream.read(), alt, until=until)
        except intake.FileRefused as refusal:
            raise Problem(422, "The file was not taken", str(refusal), code=refusal.code) from None
    if present + len(found) > MOST_PICTURES:
        raise _too_many()
    return found


def _object(thread: ThreadView, row: PostRow, alts: str) -> None:
    """Let plugins look at the words for pictures; what would have to wait for a moderator is refused here."""
    if not alts:
        return
    draft = Draft(row.thread_id, thread.ward_codes, None, alts, thread.category, thread.tier)
    found = posting.objections(sql.session, draft)
    if found:
        raise Problem(422, "Not published", " ".join(each.text for each in found), code="refused")


def _ask_guard(thread: ThreadView, row: PostRow, new: list[Piece]) -> None:
    """Refuse pictures for which a moderator would have to look at a post that is out already."""
    if row.state != PUBLISHED:
        return  # somebody looks at it before others do
    words = "\n\n".join(piece.alt for piece in new if piece.alt)
    title = thread.title if row.number == 1 else ""
    alone = Draft(row.thread_id, thread.ward_codes, title, row.text, thread.category, thread.tier)
    together = replace(alone, text=f"{row.text}\n\n{words}")
    known = {each.code for each in objecting.objections(alone)}
    every = objecting.objections(together, has_files=True, no_faces=bool(request.form.get("no_faces")))
    found = [each for each in every if each.code not in known]
    found += objecting.objections(replace(alone, title=None, text=words))
    if found:
        said = " ".join(dict.fromkeys(each.text for each in found))
        raise Problem(422, "Not published", said, code="refused")


def _too_many() -> Problem:
    detail = f"A post has at most {MOST_PICTURES} pictures, and takes {MOST_FILES} files at once."
    return Problem(422, "Too many pictures", detail, code="too_many")
