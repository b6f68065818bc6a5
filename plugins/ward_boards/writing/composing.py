"""Between the forms of writers and what is kept for them: pictures that were cleaned, and the draft.

A `Desk` stands beside a form for one request. Pictures are cleaned as they come in; when the form comes back for
whatever reason they lie in the draft, so that nobody has to send them twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask import flash, jsonify, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.cleaning import intake
from core.contributions import Viewer
from core.database import sql, transaction
from plugins.ward_boards.writing import attachments, drafts, happened, pieces
from plugins.ward_boards.writing.drafts import KEPT_DAYS, Kept
from plugins.ward_boards.writing.pieces import MOST_PICTURES, Piece

_VALUES: tuple[str, ...] = (
    "title",
    "text",
    "sign_as",
    "category",
    "wards",
    "tier",
    "place",
    "happened_on",
    "earlier_on",
    "half_day",
)
_VALUES += ("person_did", "person_going", "person_clothes", "person_other")
SAVE, AUTO, THROW = "save", "auto", "throw"


@dataclass
class Desk:
    """What lies beside a form: the draft as it was found, and the pictures for the post."""

    member_id: str
    place: str
    kept: Kept | None = None
    pieces: list[Piece] = field(default_factory=list)
    is_reopened: bool = False
    asks_alt: bool = False

    def slots(self, form: Any) -> list[tuple[Any, Any]]:
        """Return the places for further files, and those whose file was refused.

        A place that has done its work does not come back, or scripts would put the same file into it again.
        """
        return [pair for number, pair in enumerate(form.slots) if number >= len(self.pieces) or pair[0].errors]

    @property
    def since(self) -> str:
        """The day on which the draft was saved, in words."""
        return happened.day_words(self.kept.saved_on) if self.kept and self.kept.saved_on else ""

    @property
    def alts(self) -> str:
        """The words of all pictures, for those who look at what goes out."""
        return "\n".join(piece.alt for piece in self.pieces if piece.alt)

    def fill(self, form: Any) -> None:
        """Put the draft back into a form that was just opened; choices the form does not know are left out."""
        if self.kept is None:
            return
        self.is_reopened, self.pieces = True, list(self.kept.files)
        for name, value in self.kept.values.items():
            if name in form and name in _VALUES and value not in (None, "", []):
                form[name].data = happened.day_sent(value) if name == "earlier_on" else value

    def check_signature(self, form: Any) -> None:
        """Never let a reopened draft go out under another name than its writer chose: let them choose anew."""
        chosen = self.kept.values.get("sign_as") if self.is_reopened and self.kept else None
        if chosen and chosen not in [name for name, _label in form.sign_as.choices]:
            form.sign_as.data = None
            form.sign_as.errors = [_("You cannot sign like this any more. Choose another way.")]

    def take(self, form: Any) -> bool:
        """Check the form and take in its pictures; False when something must be put right, which its fields say."""
        fits = form.validate()
        fits = self.gather(form) and fits
        if "place" in form:
            fits = form.check_rough(sql.session, form.wards.data or ()) and fits
        return bool(fits)

    def gather(self, form: Any) -> bool:
        """Take in the pictures: those of the draft that were not removed, and the new ones, cleaned.

        Returns False when a file was refused; its field then says why, and the others are kept.
        """
        self.pieces = self._still_kept()
        until = time.monotonic() + intake.FORM_SECONDS
        for file, alt in form.sent_files():
            try:
                made = pieces.made_from(file.data.stream.read(), alt.data or "", until=until)
            except intake.FileRefused as refusal:
                file.errors = [str(refusal)]
                continue
            # A page that comes back may still have the file that lies in the draft already.
            known = {piece.digest for piece in self.pieces}
            made = [piece for piece in made if piece.digest not in known]
            if len(self.pieces) + len(made) > MOST_PICTURES:
                said = _("That is more than %(most)s pictures in one post. Send fewer pages.", most=MOST_PICTURES)
                file.errors = [said]
                continue
            self.pieces += made
        self.asks_alt = any(not piece.alt for piece in self.pieces) and not request.form.get("alt_asked")
        return not any(file.errors for file, _alt in form.slots)

    def _still_kept(self) -> list[Piece]:
        found = []
        for piece in self.kept.files if self.kept else ():
            if not request.form.get(f"remove_{piece.id}"):
                words = request.form.get(f"alt_{piece.id}")
                found.append(piece if words is None else replace(piece, alt=pieces.clean_alt(words)))
        return found

    def park(self, form: Any) -> None:
        """Keep the pictures in the draft while the form goes back to its writer. Without any there is no need."""
        if self.pieces or self.kept is not None:
            self._save(form)

    def _save(self, form: Any) -> None:
        values = {name: _plain(form[name].data) for name in _VALUES if name in form}
        with transaction() as db:
            wanted = Kept(values, tuple(self.pieces))
            self.kept = drafts.save(db, self.member_id, self.place, wanted, today=happened.today())
        self.pieces = list(self.kept.files)

    def answer(self, form: Any, address: str) -> Any:
        """Answer a press of "Save draft" or "Throw away", or the page's own saving; None when it was none of them."""
        wish = request.form.get("draft")
        if wish == THROW:
            with transaction() as db:
                drafts.delete(db, self.member_id, self.place)
            flash(_("Your draft is deleted."))
            return redirect(address, 303)
        if wish == AUTO:
            self.pieces = self._still_kept()
            self._save(form)
            return jsonify(saved=True)
        if wish != SAVE:
            return None
        self.gather(form)
        self._save(form)
        for file, _alt in form.slots:
            for refused in file.errors:
                flash(refused)
        if self.kept and not self.kept.is_empty:
            flash(_("Draft saved. It stays for %(days)s days, and only you can see it.", days=KEPT_DAYS))
        else:
            flash(_("There was nothing to save yet."))
        return redirect(address, 303)

    def publish(self, db: Session, post_id: str) -> None:
        """Put the pictures beside the post that was just placed, and delete the draft with its copies."""
        new = [piece for piece in self.pieces if piece.content]
        kept = drafts.with_content(db, self.member_id, [piece for piece in self.pieces if not piece.content])
        attachments.add(db, post_id, [*kept, *new])
        drafts.delete(db, self.member_id, self.place)


def desk(who: Viewer, place: str) -> Desk:
    """Return the desk of a member for a board (`board:CODE`) or a thread (`thread:ID`), with their draft if any."""
    member_id = str(who.member_id)
    return Desk(member_id, place, drafts.find(sql.session, member_id, place))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
