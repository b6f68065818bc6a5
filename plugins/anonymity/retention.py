"""What goes by itself, whether the hourly job or an operator's word does it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.contributions import RetentionPart
from plugins.anonymity import pseudonyms, week_names
from plugins.anonymity.credentials import keys as week_keys
from plugins.anonymity.openings import closing as openings
from plugins.anonymity.tips import services as tips


def forget(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete what has had its day at this moment, and say how much of what."""
    today = now.date()
    return [
        RetentionPart("keys behind names in threads", pseudonyms.forget_keys(db, today)),
        RetentionPart("keys behind names of a week", week_names.forget_keys(db, today)),
        RetentionPart("private keys of weeks that began", week_keys.begin(db, now)),
        RetentionPart("requests to open a name that lapsed", openings.lapse(db, today)),
        RetentionPart("names that were opened, and notes about it", openings.forget(db, today)),
        RetentionPart("tips in which nobody said a word for long", tips.forget(db, today)),
    ]
