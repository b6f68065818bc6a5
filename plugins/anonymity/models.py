"""A random key per thread, and one per week, sealed, with the day it is deleted. No member is in it."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from plugins.anonymity.credentials import models as credential_models  # noqa: F401  # tables of the same schema
from plugins.anonymity.openings import models as opening_models  # noqa: F401
from plugins.anonymity.tips import models as tip_models  # noqa: F401


class ThreadKey(Base):
    """What turns a member into a name in one thread. Without it nobody can go that way again, forwards or back."""

    __tablename__ = "anonymity_thread_key"
    thread_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    sealed_key: Mapped[str] = mapped_column(sa.String(255))
    delete_from_on: Mapped[date] = mapped_column(index=True)
    # No rowid: it would tell in which order threads got their first hidden writer.
    __table_args__ = {"sqlite_with_rowid": False}


class WeekNameKey(Base):
    """What turns a member into a name for one ISO week, such as `2026-W48`. It goes when the week is over."""

    __tablename__ = "anonymity_week_name_key"
    week: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    sealed_key: Mapped[str] = mapped_column(sa.String(255))
    delete_from_on: Mapped[date] = mapped_column(index=True)
    __table_args__ = {"sqlite_with_rowid": False}
