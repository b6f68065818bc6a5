"""Made content for the demonstration: one case that waits for a reviewer, with pages that say they are made."""

from __future__ import annotations

import io
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import now
from core.models import Postcode
from plugins.verification_docs import intake, services
from plugins.verification_docs.services import Paper

PAPERS = (
    ("id", "driving_licence", "DRIVING LICENCE"),
    ("address", "council_tax", "COUNCIL TAX BILL"),
    ("certificate", "first_aid", "FIRST AID CERTIFICATE"),
)


def fill(db: Session, people: Mapping[str, str]) -> list[str]:
    """Hand in papers for the newcomer; the other unverified member is left to try it; return what was made."""
    postcode = db.scalar(
        sa.select(Postcode.postcode).where(Postcode.ward_code.is_not(None), Postcode.refusal.is_(None)).limit(1)
    )
    if postcode is None:
        return ["No case was made: there are no postcodes yet."]
    for kind, document, words in PAPERS:
        pages = intake.clean_pages([_page(words, postcode if kind == "address" else "")])
        where = postcode if kind == "address" else None
        services.hand_in(db, people["newcomer"], Paper(kind, document, pages, where), now())
    return [f"A case with {len(PAPERS)} papers waits for a reviewer."]


def _page(words: str, postcode: str) -> bytes:
    """Draw a page that nobody can take for a real paper."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (900, 600), "#f4f1e8")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 879, 579), outline="#555555", width=4)
    lines = (words, "MADE FOR A DEMONSTRATION", "This is not a real paper.", postcode)
    for place, line in enumerate(lines):
        draw.text((60, 80 + 100 * place), line, fill="#333333", font=ImageFont.load_default(size=40))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()
