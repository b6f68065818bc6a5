"""What wards are called, and since when."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.instance import instance
from core.models import Ward, WardName

ALWAYS = date(1900, 1, 1)
"""Since when a ward had the name it had before its first change here."""


def call(db: Session, code: str, name: str, on: date) -> bool:
    """Give a ward its name from a day on, and make it if it is new; return whether it was.

    Call `wards.forget_boards` after the commit.
    """
    ward = db.get(Ward, code)
    is_new = ward is None
    if ward is None:
        db.add(Ward(code=code, borough_code=instance().config.borough, name=name, kind="ward"))
        db.flush()
    else:
        if db.scalar(sa.select(WardName.code).where(WardName.code == code).limit(1)) is None:
            db.add(WardName(code=code, from_on=ALWAYS, name=ward.name))
        ward.name = name
    db.merge(WardName(code=code, from_on=on, name=name))
    db.flush()
    return is_new
