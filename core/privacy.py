"""Export and erase one member across core and plugins: the typed callers of those two hooks.

What a plugin that is switched off holds is not read, for nobody here knows its meaning; the database
lets go of the member there by ON DELETE, and the report says in which tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, plugin_manager, storage
from core.contributions import ErasurePart, ExportPart
from core.database import now
from core.instance import instance
from core.models import (
    Blob,
    Mail,
    Member,
    Membership,
    Notice,
    NoticeChoice,
    Proposal,
    PushSubscription,
    RoleGrant,
    Token,
    TopicFollow,
    WaitingNote,
    WardFollow,
)
from core.notifications import personal

CORE = "core"
TELLING = (WardFollow, TopicFollow, NoticeChoice, WaitingNote, Notice, PushSubscription)
AUDIT_WHY = "The log of what staff did keeps a keyed hash in place of the member, so that its chain holds."


class NoSuchMember(LookupError):
    """There is no account with this id, or no longer."""


class PartFailed(RuntimeError):
    """A plugin could not answer. Nothing may be called complete then: the caller's transaction must roll back."""

    def __init__(self, plugin: str, problem: Exception) -> None:
        """Keep which plugin failed; the message holds no personal data."""
        super().__init__(f"the plugin '{plugin}' could not answer ({type(problem).__name__}); nothing was changed")
        self.plugin = plugin


@dataclass(frozen=True)
class ParkedTable:
    """A table of a plugin that is not loaded and points at members: how many rows are this member's.

    `rule` is what the database does with them when the member goes: `CASCADE` or `SET NULL`.
    """

    owner: str
    table: str
    rows: int
    rule: str


@dataclass(frozen=True)
class Erasure:
    """What became of a member's data: core's and each plugin's part, and what lay parked."""

    parts: Mapping[str, ErasurePart]
    parked: tuple[ParkedTable, ...]

    @property
    def deleted(self) -> int:
        """How many records went, the parked ones aside."""
        return sum(part.deleted for part in self.parts.values())


def export(db: Session, member_id: str) -> dict[str, Any]:
    """Return all that is held on a member, ready for JSON: one list of records per owner and kind.

    Raises:
        NoSuchMember: no such account.
        PartFailed: a plugin could not answer; a partial export would pass for a whole one.
    """
    parts: list[ExportPart] = _core_export(db, member_id)
    for name, answer in plugin_manager.current().ask_each("export_member", db=db, member_id=member_id):
        if isinstance(answer, Exception):
            raise PartFailed(name, answer) from answer
        parts.append(answer)
    whole: dict[str, Any] = {"exported_on": now().date().isoformat()}
    for part in parts:
        whole.setdefault(part.name, []).extend(dict(record) for record in part.records)
    held = [asdict(table) for table in parked_tables(db, member_id) if table.rows]
    if held:
        whole["parked"] = held
    return whole


def _core_export(db: Session, member_id: str) -> list[ExportPart]:
    about = _rows(
        db,
        sa.select(
            Member.alias,
            Member.email,
            Member.locale,
            Member.disguise,
            Member.joined_on,
            Member.alias_changes,
            Member.active,
            Member.tf_primary_method.label("second_factor"),
        ).where(Member.id == member_id),
    )
    if not about:
        raise NoSuchMember(member_id)
    tables = {
        "membership": sa.select(
            Membership.ward_code, Membership.level, Membership.method, Membership.verified_on, Membership.until_on
        ).where(Membership.member_id == member_id),
        "roles": sa.select(RoleGrant.role, RoleGrant.ward_code, RoleGrant.granted_on).where(
            RoleGrant.member_id == member_id
        ),
        "followed_wards": sa.select(WardFollow.ward_code).where(WardFollow.member_id == member_id),
        "proposals": sa.select(Proposal.kind, Proposal.role, Proposal.ward_code, Proposal.proposed_on).where(
            Proposal.member_id == member_id
        ),
        "api_tokens": sa.select(Token.scopes, Token.expires_on).where(Token.member_id == member_id),
        "sealed_files": sa.select(Blob.owner, Blob.size_bytes, Blob.delete_from_on).where(Blob.member_id == member_id),
        "waiting_mails": sa.select(Mail.subject, Mail.text).where(Mail.recipient == about[0]["email"]),
    }
    listed = [ExportPart(f"{CORE}.{name}", _rows(db, query)) for name, query in tables.items()]
    notes = [ExportPart(f"{CORE}.{name}", records) for name, records in personal.held(db, member_id).items()]
    return [ExportPart(f"{CORE}.account", about), *listed, *notes]


def _rows(db: Session, query: sa.Executable) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in db.execute(query)]


def erase(db: Session, member_id: str, actor_id: str | None = None, reason: str = "asked by the member") -> Erasure:
    """Delete a member and what core and every loaded plugin hold on them, in this transaction.

    Sealed files go after commit. `actor_id` None is the member or the command line.

    Raises:
        NoSuchMember: no such account.
        PartFailed: a plugin could not answer; the transaction must roll back, so that nothing is half erased.
    """
    email = db.scalar(sa.select(Member.email).where(Member.id == member_id))
    if email is None:
        raise NoSuchMember(member_id)
    parked = tuple(table for table in parked_tables(db, member_id) if table.rows)
    parts: dict[str, ErasurePart] = {}
    for name, answer in plugin_manager.current().ask_each("erase_member", db=db, member_id=member_id):
        if isinstance(answer, Exception):
            raise PartFailed(name, answer) from answer
        parts[name] = answer
    parts[CORE] = _core_erase(db, member_id, email)
    audit.record(db, actor_id, "privacy.erase", audit.actor_hash(member_id), reason)
    return Erasure(parts, parked)


def _core_erase(db: Session, member_id: str, email: str) -> ErasurePart:
    gone = storage.sweep_member(db, member_id)
    gone += _delete(db, sa.delete(Mail).where(Mail.recipient == email))
    for table in (Membership, RoleGrant, Token, Proposal, *TELLING):
        gone += _delete(db, sa.delete(table).where(table.member_id == member_id))
    gone += _delete(db, sa.delete(Member).where(Member.id == member_id))
    db.expire_all()
    return ErasurePart(deleted=gone, kept=0, why_kept=AUDIT_WHY)


def _delete(db: Session, statement: sa.Delete) -> int:
    return int(db.execute(statement).rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def parked_tables(db: Session, member_id: str) -> tuple[ParkedTable, ...]:
    """Return the tables that point at members and belong to no loaded plugin, with this member's rows in each."""
    loaded = {CORE, *instance().contributions.schemas}
    inspector = sa.inspect(db.connection())
    found = []
    for table in sorted(inspector.get_table_names()):
        owner = _owner(table)
        if owner in loaded:
            continue
        for key in inspector.get_foreign_keys(table):
            if key["referred_table"] == Member.__tablename__ and len(key["constrained_columns"]) == 1:
                column: sa.ColumnClause[str] = sa.column(key["constrained_columns"][0])
                query = sa.select(sa.func.count()).select_from(sa.table(table, column)).where(column == member_id)
                rule = str(key.get("options", {}).get("ondelete") or "NO ACTION").upper()
                found.append(ParkedTable(owner, table, db.scalar(query) or 0, rule))
    return tuple(found)


def _owner(table: str) -> str:
    """Return whose a table is: the longest installed plugin name that begins it, else its first word."""
    names = [plugin.name for plugin in plugin_manager.available()]
    fitting = [name for name in (CORE, *names) if table.startswith(f"{name}_")]
    return max(fitting, key=len) if fitting else table.partition("_")[0]
