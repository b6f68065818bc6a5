"""Tables of following. Who follows what is core's; here is only how often a link from a mail was used."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ReplyLinkUse(Base):
    """How often somebody answered by one link from a mail. The keyed hash of the link leads to nobody."""

    __tablename__ = "ward_boards_reply_link_use"
    link_hash: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    uses: Mapped[int]
    used_on: Mapped[date] = mapped_column(index=True)
    __table_args__ = {"sqlite_with_rowid": False}
