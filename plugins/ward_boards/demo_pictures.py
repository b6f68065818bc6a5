"""Pictures for the demonstration, drawn by us: a street at night with a lamp that is out, and rubbish by a wall."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from plugins.ward_boards.writing import attachments, pieces

WIDTH, HEIGHT = 960, 640
Draw = Any  # PIL's ImageDraw, imported only when a demonstration is made


def attach(db: Session, post_id: str, title: str) -> None:
    """Put the picture that was drawn for a title beside a post, by the way of every picture; none for others."""
    if title in PICTURES:
        alt, scene = PICTURES[title]
        attachments.add(db, post_id, pieces.made_from(_drawn(scene), alt))


def _drawn(scene: Callable[[Draw], None]) -> bytes:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH, HEIGHT), "#27324a")
    scene(ImageDraw.Draw(picture))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()


def _dark_street(draw: Draw) -> None:
    for left, top in ((0, 170), (190, 110), (400, 200), (610, 90), (800, 180)):
        draw.rectangle((left, top, left + 175, 470), fill="#1a2233")
        for column in range(3):
            lit = "#e9c46a" if (left + column) % 4 == 0 else "#2d3850"
            draw.rectangle((left + 22 + column * 50, top + 40, left + 50 + column * 50, top + 80), fill=lit)
    draw.rectangle((0, 470, WIDTH, HEIGHT), fill="#3b3f46")
    for left, is_lit in ((150, True), (480, False), (810, True)):
        draw.line((left, 470, left, 240), fill="#8d99ae", width=9)
        draw.line((left, 240, left + 60, 226), fill="#8d99ae", width=9)
        draw.ellipse((left + 46, 216, left + 88, 240), fill="#ffe8a3" if is_lit else "#4a5160")
        if is_lit:
            draw.polygon(((left + 66, 240), (left - 40, 560), (left + 180, 560)), fill="#6b6647")


def _by_the_wall(draw: Draw) -> None:
    draw.rectangle((0, 0, WIDTH, 430), fill="#8a5a44")
    for row in range(0, 430, 43):
        draw.line((0, row, WIDTH, row), fill="#75493a", width=4)
        for left in range((row // 43 % 2) * 55, WIDTH, 110):
            draw.line((left, row, left, row + 43), fill="#75493a", width=4)
    draw.rectangle((0, 430, WIDTH, HEIGHT), fill="#6c6f73")
    draw.rounded_rectangle((520, 200, 850, 520), radius=26, fill="#cfd2cd")
    for left in range(560, 850, 60):
        draw.line((left, 215, left, 505), fill="#b4b8b1", width=4)
    for left, top, shade in ((130, 380, "#2f3136"), (260, 350, "#3a3d43"), (370, 400, "#26282c")):
        draw.ellipse((left, top, left + 150, top + 165), fill=shade)
        draw.polygon(((left + 58, top + 12), (left + 92, top + 12), (left + 75, top - 30)), fill=shade)


PICTURES = {
    "Two street lamps out near the station": (
        "Three lamps in a street at night. The one in the middle is dark.",
        _dark_street,
    ),
    "Rubbish left behind the shops": ("A mattress and three bags of rubbish by a brick wall.", _by_the_wall),
}
"""By the title of a thread: words for who cannot see it, and what is drawn."""
