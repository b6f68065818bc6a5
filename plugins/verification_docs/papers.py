"""The kinds of paper that can prove something, which documents count for each, and why one may be sent back."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

MOST_TRIES = 3
"""So often a reviewer may type the number of a document before another one must."""
WRONG_NUMBER = "wrong_number"
LETTER_CODE = "letter_code"


@dataclass(frozen=True)
class Document:
    """One document that counts for a kind. `label` and `note` are translated when shown."""

    name: str
    label: str
    note: str = ""
    oldest_months: int | None = None
    """How old it may be on the day it is looked at; None when it only must be valid."""
    by_post: bool = False
    """Whether a code from a letter proves it; nothing can then be sent of it."""
    shows_birth: bool = True
    """Whether the day of birth stands on it; asked for of photo documents only."""

    @property
    def hint(self) -> str:
        """What to send of it, and how old it may be; empty when there is nothing to say."""
        parts = [str(self.note)] if self.note else []
        if self.oldest_months is not None:
            parts.append(ngettext("Not older than 1 month.", "Not older than %(num)s months.", self.oldest_months))
        return " ".join(parts)


@dataclass(frozen=True)
class Kind:
    """What a paper proves. `look_for` tells the reviewer what to compare."""

    name: str
    label: str
    hint: str
    look_for: str
    documents: tuple[Document, ...]

    @property
    def uploads(self) -> tuple[Document, ...]:
        """The documents that can be sent."""
        return tuple(document for document in self.documents if not document.by_post)

    def document(self, name: str) -> Document | None:
        """Return the document of this name, or None when it does not count for this kind."""
        return next((document for document in self.documents if document.name == name), None)


@dataclass(frozen=True)
class Reason:
    """Why a paper was sent back: words for the reviewer's list, and what the member should do."""

    code: str
    label: str
    advice: str
    kinds: frozenset[str]


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "id",
            _("Photo document"),
            _("It shows that you are a real person. It must be valid today."),
            _("Is it a real, valid document with a photo? Remember the name for the next papers."),
            (
                Document("passport", _("Passport"), _("The page with your photo. Any country.")),
                Document(
                    "driving_licence", _("Driving licence"), _("The front of the card. A provisional one is fine.")
                ),
                Document("identity_card", _("Identity card"), _("Front and back. From the country that made it.")),
                Document("residence_permit", _("Residence permit"), _("Front and back of the card.")),
                Document(
                    "bus_pass",
                    _("Freedom Pass or bus pass with a photo"),
                    _("The front of the card."),
                    shows_birth=False,
                ),
                Document("pass_card", _("Proof of age card"), _("With the PASS hologram, for example CitizenCard.")),
            ),
        ),
        Kind(
            "address",
            _("Proof of address"),
            _("It shows where you live. We use it only to find your ward."),
            _("Is the name the same as on the photo document? Does it show the postcode below?"),
            (
                Document("council_tax", _("Council tax bill"), _("For this year."), 12),
                Document("utility_bill", _("Gas, power, water or internet bill"), "", 3),
                Document("bank_statement", _("Bank statement"), _("You may cover the numbers."), 3),
                Document("tenancy", _("Tenancy agreement"), _("The page with your name, the address and the dates.")),
                Document("benefit_letter", _("Letter about a benefit or pension"), "", 12),
                Document("surgery_letter", _("Letter from a doctor or hospital"), "", 3),
                Document(LETTER_CODE, _("Code from a letter that we posted"), by_post=True),
            ),
        ),
        Kind(
            "certificate",
            _("Safety certificate"),
            _("A certificate shows that you learned something that keeps people safe."),
            _("Is the name the same as on the photo document? Is it still valid, and from an issuer you know?"),
            (
                Document("first_aid", _("First aid certificate")),
                Document("fire_safety", _("Fire safety certificate")),
                Document("safeguarding", _("Safeguarding certificate")),
                Document("personal_safety", _("Personal safety or self-defence course")),
                Document("watch_training", _("Neighbourhood watch training")),
            ),
        ),
        Kind(
            "volunteering",
            _("Proof of volunteering"),
            _("A letter or card shows that you give time to people around you."),
            _("Is the name the same as on the photo document? Does it name the group and the months?"),
            (
                Document("charity_letter", _("Letter from a charity or community group"), "", 12),
                Document("council_letter", _("Letter from a council volunteer scheme"), "", 12),
                Document("school_letter", _("Letter from a school or place of worship"), "", 12),
                Document("volunteer_card", _("Volunteer card"), _("With your name and the name of the group.")),
            ),
        ),
    )
}

_EVERY = frozenset(KINDS)
_NAMED_AFTER_ID = _EVERY - {"id"}

REASONS: Mapping[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason(
            "unreadable",
            _("It cannot be read"),
            _("We could not read it. Take the photo again in daylight, flat on a table, without flash."),
            _EVERY,
        ),
        Reason(
            "cut_off",
            _("A part is cut off"),
            _("A part of it is missing in the picture. Send one that shows all four corners."),
            _EVERY,
        ),
        Reason(
            "too_old",
            _("It is too old"),
            _("It is too old. Send a newer one; the list says how old it may be."),
            _NAMED_AFTER_ID,
        ),
        Reason("expired", _("It is no longer valid"), _("It has run out. Send one that is valid today."), _EVERY),
        Reason(
            "wrong_type",
            _("It is not the paper that was chosen"),
            _("It is not the paper you chose. Look at the list and choose again."),
            _EVERY,
        ),
        Reason(
            "wrong_name",
            _("The name differs from the photo document"),
            _("The name is not the one on your photo document. Send one that has the same name."),
            _NAMED_AFTER_ID,
        ),
        Reason(
            "wrong_postcode",
            _("The postcode differs from the one typed"),
            _("The postcode on it is not the one you typed. Check the postcode, then send the paper again."),
            frozenset({"address"}),
        ),
        Reason(
            WRONG_NUMBER,
            _("The number is not the one the member typed"),
            _("The number you typed is not the one on the document. Type it letter by letter and send it again."),
            frozenset({"id"}),
        ),
        Reason(
            "outside_borough",
            _("The address is not in this borough"),
            _("The address is outside this borough. If you have moved here, send a paper with the new address."),
            frozenset({"address"}),
        ),
        Reason(
            "unknown_issuer",
            _("We do not know who made it"),
            _("We do not know the group that made it. Send one from a group that can be looked up."),
            frozenset({"certificate", "volunteering"}),
        ),
        Reason(
            "not_original",
            _("It does not look like the original"),
            _("We need a photo of the paper itself. Do not send a copy, a screenshot of a photo or an edited picture."),
            _EVERY,
        ),
    )
}


def reasons_for(kind: str) -> tuple[Reason, ...]:
    """Return why a paper of this kind may be sent back, in the order of the list."""
    return tuple(reason for reason in REASONS.values() if kind in reason.kinds)


def document_of(kind: str, name: str) -> Document | None:
    """Return a document by its kind and name, or None when there is no such pair."""
    return KINDS[kind].document(name) if kind in KINDS else None


def oldest_day(document: Document, today: date) -> date | None:
    """Return the oldest date that may stand on the document, or None when its age does not matter."""
    if document.oldest_months is None:
        return None
    months = today.year * 12 + today.month - 1 - document.oldest_months
    year, month = months // 12, months % 12 + 1
    # Three months before 31 May is the last day of February.
    return date(year, month, min(today.day, monthrange(year, month)[1]))
