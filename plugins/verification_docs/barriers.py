"""Who may never be written into a column, where that hangs on rows of other tables and no check can say it.

Each barrier is a trigger of the database: a mistake in a service, or a statement typed by hand, is refused as well.
Migrations make them from here. One that is released is not changed: it gets a successor with a name of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

CASE, EVIDENCE, CONFLICT = "verification_docs_case", "verification_docs_evidence", "verification_docs_conflict"
COUNTER, LETTER = "verification_docs_counter_check", "verification_docs_letter"


@dataclass(frozen=True)
class Barrier:
    """A person is refused in `column` when `refused` holds; the database then answers with the name."""

    name: str
    table: str
    column: str
    refused: str


_FAILED_TO_READ = (
    "EXISTS (SELECT 1 FROM verification_docs_evidence AS paper WHERE paper.case_id = {case} "
    "AND {person} IN (paper.tried_by, paper.override_by))"
)
_TOOK_PART = (
    "EXISTS (SELECT 1 FROM verification_docs_evidence AS paper "
    "WHERE paper.member_id IN (NEW.member_id, NEW.other_member_id) "
    "AND NEW.decided_by IN (paper.decided_by, paper.tried_by, paper.override_by)) "
    "OR EXISTS (SELECT 1 FROM verification_docs_passed AS passed "
    "WHERE passed.member_id IN (NEW.member_id, NEW.other_member_id) AND passed.reviewer_id = NEW.decided_by) "
    "OR EXISTS (SELECT 1 FROM verification_docs_close_person AS near "
    "WHERE near.member_id IN (NEW.member_id, NEW.other_member_id) AND near.reviewer_id = NEW.decided_by)"
)

NUMBERS_AND_DUPLICATES = (
    Barrier("tried_may_not_claim", CASE, "claimed_by", _FAILED_TO_READ.format(case="NEW.id", person="NEW.claimed_by")),
    Barrier(
        "tried_may_not_decide",
        EVIDENCE,
        "decided_by",
        _FAILED_TO_READ.format(case="NEW.case_id", person="NEW.decided_by"),
    ),
    Barrier("conflict_by_a_third", CONFLICT, "decided_by", _TOOK_PART),
)
_CLOSE = (
    "EXISTS (SELECT 1 FROM verification_docs_close_person AS near "
    "WHERE near.member_id = NEW.member_id AND near.reviewer_id = NEW.{column})"
)
CLOSE_PEOPLE = (
    Barrier("claim_not_close", CASE, "claimed_by", _CLOSE.format(column="claimed_by")),
    Barrier("decision_not_close", EVIDENCE, "decided_by", _CLOSE.format(column="decided_by")),
)
WAYS_WITHOUT_PAPERS = (
    Barrier("counter_first_not_close", COUNTER, "first_by", _CLOSE.format(column="first_by")),
    Barrier("counter_second_not_close", COUNTER, "second_by", _CLOSE.format(column="second_by")),
    Barrier("letter_not_close", LETTER, "posted_by", _CLOSE.format(column="posted_by")),
)
BARRIERS: tuple[Barrier, ...] = (*NUMBERS_AND_DUPLICATES, *CLOSE_PEOPLE, *WAYS_WITHOUT_PAPERS)


def creation(barriers: tuple[Barrier, ...], dialect: str) -> Iterator[str]:
    """Yield the statements that put these barriers up."""
    for barrier in barriers:
        name, when = f"verification_docs_{barrier.name}", f"NEW.{barrier.column} IS NOT NULL AND ({barrier.refused})"
        head = f"CREATE TRIGGER {name} BEFORE UPDATE OF {barrier.column} ON {barrier.table} FOR EACH ROW"
        if dialect == "sqlite":
            yield f"{head} WHEN {when} BEGIN SELECT RAISE(ABORT, '{barrier.name}'); END"
        else:
            yield (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
                f"RAISE EXCEPTION '{barrier.name}' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$"
            )
            yield f"{head} EXECUTE FUNCTION {name}()"


def removal(barriers: tuple[Barrier, ...], dialect: str) -> Iterator[str]:
    """Yield the statements that take these barriers away; before any table that they look at goes."""
    for barrier in barriers:
        name = f"verification_docs_{barrier.name}"
        if dialect == "sqlite":
            yield f"DROP TRIGGER {name}"
        else:
            yield f"DROP TRIGGER {name} ON {barrier.table}"
            yield f"DROP FUNCTION {name}()"


def put_up_with(metadata: sa.MetaData) -> None:
    """Put the barriers up wherever tables are made from the models."""

    def after_create(_target: Any, connection: sa.Connection, *, tables: Any = (), **_more: Any) -> None:
        if any(table.name == CASE for table in tables or ()):
            for statement in creation(BARRIERS, connection.dialect.name):
                connection.exec_driver_sql(statement)

    sa.event.listen(metadata, "after_create", after_create)
