"""Made content for the demonstration: reviewers with keys, and one case that waits. Its pages say they are made."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import crypto
from core.cleaning import intake
from core.database import now
from core.instance import instance
from core.models import Postcode
from plugins.verification_docs import services
from plugins.verification_docs.duplicates import tags
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.reviewers import vetting
from plugins.verification_docs.services import Paper

PAPERS = (
    ("id", "driving_licence", "DRIVING LICENCE"),
    ("address", "council_tax", "COUNCIL TAX BILL"),
    ("certificate", "first_aid", "FIRST AID CERTIFICATE"),
)
NUMBER = "DEMO 123 456"
SMALL_PRINT = ("No. " + NUMBER, "MADE UP PERSON", "born 1 1 1980")
"""What the reviewer types from the made licence."""

KEY_PASSPHRASE = "made for a demonstration"  # noqa: S105  # nosec B105  # of made keys, printed in the terminal
REVIEWERS = ("reviewer", "reviewer2")


def fill(db: Session, people: Mapping[str, str]) -> list[str]:
    """Equip the reviewers and hand in papers for the newcomer; the other member is left to try it."""
    return [*_make_keys(db, people), *_make_case(db, people)]


def equip(db: Session, reviewer_id: str) -> str:
    """Vet a made reviewer, give them a key, and return its private half (an age identity)."""
    today = now().date()
    identity = crypto.new_age_identity()
    vetting.vet(db, reviewer_id, "interview", days=(today, today + timedelta(days=365)), vetted_by=None)
    key_services.add(db, reviewer_id, crypto.age_recipient(identity), today)
    return identity


def _make_keys(db: Session, people: Mapping[str, str]) -> list[str]:
    """Write each reviewer's key, locked, beside the data folder: in their hands, and not in the server's."""
    import pyrage

    folder = instance().config.data_dir.parent / "reviewer-keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    borough = instance().config.data_dir.name
    for role in (role for role in REVIEWERS if role in people):
        locked = pyrage.passphrase.encrypt(equip(db, people[role]).encode(), KEY_PASSPHRASE)
        (folder / f"{borough}-{role}.age").write_bytes(locked)
    return [
        f"Reviewers open papers with their own keys: load the file of your role from {folder.name}/ at /review/key. "
        f"Passphrase: {KEY_PASSPHRASE}"
    ]


def _make_case(db: Session, people: Mapping[str, str]) -> list[str]:
    postcode = db.scalar(
        sa.select(Postcode.postcode).where(Postcode.ward_code.is_not(None), Postcode.refusal.is_(None)).limit(1)
    )
    if postcode is None:
        return ["No case was made: there are no postcodes yet."]
    if not key_services.is_open(db, people["newcomer"], now().date()):
        return ["No case was made: two reviewers with keys are needed."]
    for kind, document, words in PAPERS:
        where = postcode if kind == "address" else None
        pages = intake.clean_pages([_page(words, *(SMALL_PRINT if kind == "id" else [where or ""]))])
        tag = tags.document_tag(tags.HOME_COUNTRY, NUMBER) if kind == "id" else None
        services.hand_in(db, people["newcomer"], Paper(kind, document, pages, where, tag), now())
    return [f"A case with {len(PAPERS)} papers waits for a reviewer."]


def _page(words: str, *more: str) -> bytes:
    """Draw a page that nobody can take for a real paper."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (900, 600), "#f4f1e8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 879, 579), outline="#555555", width=4)
    lines = (words, "MADE FOR A DEMONSTRATION", "This is not a real paper.", *more)
    for place, line in enumerate(lines):
        draw.text((60, 50 + 85 * place), line, fill="#333333", font=ImageFont.load_default(size=40))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()
