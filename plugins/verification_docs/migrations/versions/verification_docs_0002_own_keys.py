"""Reviewers' own keys, tags of documents, checks at a counter, letters, vetting, and the chain of deletions.

Papers of before were sealed to a key of the instance, which is gone: the cases that were open end here, and
their members can start again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from plugins.verification_docs import barriers

revision = "verification_docs_0002"
down_revision = "verification_docs_0001"
branch_labels = None
depends_on = None

CASE = "verification_docs_case"
OLD_STATES = ("collecting", "waiting", "resend", "verified", "withdrawn", "lapsed")
NEW_STATES = (*OLD_STATES, "frozen", "refused")
NEW_TABLES = (
    "verification_docs_purge",
    "verification_docs_passed",
    "verification_docs_close_person",
    "verification_docs_vetting",
    "verification_docs_letter",
    "verification_docs_counter_check",
    "verification_docs_conflict",
    "verification_docs_tag",
    "verification_docs_reviewer_key",
)
# Those of this revision by name: what a later one adds is not put up here.
BARRIERS = (*barriers.NUMBERS_AND_DUPLICATES, *barriers.CLOSE_PEOPLE, *barriers.WAYS_WITHOUT_PAPERS)


def upgrade() -> None:
    _end_open_cases()
    op.drop_table("verification_docs_page")
    op.drop_table("verification_docs_evidence")
    _allow_states(OLD_STATES, NEW_STATES)
    _create_papers()
    _create_tags()
    _create_ways_without_papers()
    _create_reviewers()
    for statement in barriers.creation(BARRIERS, op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in barriers.removal(BARRIERS, op.get_bind().dialect.name):
        op.execute(statement)
    _end_open_cases()
    for name in NEW_TABLES:
        op.drop_table(name)
    op.drop_table("verification_docs_page")
    op.drop_table("verification_docs_evidence")
    op.execute("UPDATE verification_docs_case SET state = 'lapsed' WHERE state = 'refused'")
    _allow_states(NEW_STATES, OLD_STATES)
    _create_old_papers()


def _end_open_cases() -> None:
    op.execute("DELETE FROM core_blob WHERE owner = 'verification_docs'")
    op.execute(
        "UPDATE verification_docs_case SET state = 'lapsed', ended_on = CURRENT_DATE, postcode_sealed = NULL, "
        "waiting_since_on = NULL, claimed_by = NULL, claimed_until = NULL WHERE ended_on IS NULL"
    )


def _allow_states(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with op.batch_alter_table(CASE, copy_from=_case_table(before)) as batch_op:
        batch_op.drop_constraint(op.f("ck_verification_docs_case_state"), type_="check")
        batch_op.create_check_constraint(op.f("ck_verification_docs_case_state"), f"state IN {after}")


def _case_table(states: tuple[str, ...]) -> sa.Table:
    """Return the table as it stands: SQLite makes it anew, and reads no check constraint from itself."""
    from core.database import UTCDateTime

    return sa.Table(
        CASE,
        sa.MetaData(),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("waiting_since_on", sa.Date(), nullable=True),
        sa.Column("postcode_sealed", sa.String(200), nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("pages_deleted", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("claimed_by", sa.String(32), nullable=True),
        sa.Column("claimed_until", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "claimed_by IS NULL OR claimed_by <> member_id", name=op.f("ck_verification_docs_case_claimed_by_another")
        ),
        sa.CheckConstraint(
            "ended_on IS NULL OR postcode_sealed IS NULL", name=op.f("ck_verification_docs_case_no_postcode_after_end")
        ),
        sa.CheckConstraint(f"state IN {states}", name=op.f("ck_verification_docs_case_state")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_case_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_case_claimed_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_case")),
        sa.UniqueConstraint("id", "member_id", name=op.f("uq_verification_docs_case_id_member_id")),
        sa.Index(op.f("ix_verification_docs_case_member_id"), "member_id"),
        sa.Index(op.f("ix_verification_docs_case_claimed_by"), "claimed_by"),
        sa.Index("ix_verification_docs_case_queue", "state", "waiting_since_on"),
        sa.Index(
            "uq_verification_docs_case_open",
            "member_id",
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
    )


def _create_papers() -> None:
    op.create_table(
        "verification_docs_evidence",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("document", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("number_tag", sa.String(length=64), nullable=True),
        sa.Column("number_tries", sa.Integer(), nullable=False),
        sa.Column("number_matched", sa.Boolean(), nullable=False),
        sa.Column("typed_by", sa.String(length=32), nullable=True),
        sa.Column("tried_by", sa.String(length=32), nullable=True),
        sa.Column("override_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "(state = 'rejected') = (reason IS NOT NULL)",
            name=op.f("ck_verification_docs_evidence_rejected_with_reason"),
        ),
        sa.CheckConstraint(
            "override_by IS NULL OR decided_by IS NULL OR state <> 'accepted' OR override_by <> decided_by",
            name=op.f("ck_verification_docs_evidence_override_by_two"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'rejected')", name=op.f("ck_verification_docs_evidence_state")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> member_id",
            name=op.f("ck_verification_docs_evidence_decided_by_another"),
        ),
        sa.CheckConstraint(
            "override_by IS NULL OR override_by <> member_id",
            name=op.f("ck_verification_docs_evidence_override_by_another"),
        ),
        sa.CheckConstraint(
            "tried_by IS NULL OR tried_by <> member_id", name=op.f("ck_verification_docs_evidence_tried_by_another")
        ),
        sa.CheckConstraint(
            "typed_by IS NULL OR typed_by <> member_id", name=op.f("ck_verification_docs_evidence_typed_by_another")
        ),
        sa.CheckConstraint(
            "tried_by IS NULL OR override_by IS NULL OR tried_by <> override_by",
            name=op.f("ck_verification_docs_evidence_override_by_second"),
        ),
        sa.CheckConstraint(
            "kind <> 'id' OR state <> 'accepted' OR number_matched",
            name=op.f("ck_verification_docs_evidence_accepted_after_number"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "member_id"],
            ["verification_docs_case.id", "verification_docs_case.member_id"],
            name="fk_verification_docs_evidence_case",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_evidence_decided_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["override_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_evidence_override_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["tried_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_evidence_tried_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["typed_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_evidence_typed_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_evidence")),
        sa.UniqueConstraint("case_id", "kind", name=op.f("uq_verification_docs_evidence_case_id_kind")),
    )
    op.create_index(
        op.f("ix_verification_docs_evidence_decided_by"), "verification_docs_evidence", ["decided_by"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_evidence_override_by"), "verification_docs_evidence", ["override_by"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_evidence_tried_by"), "verification_docs_evidence", ["tried_by"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_evidence_typed_by"), "verification_docs_evidence", ["typed_by"], unique=False
    )
    op.create_table(
        "verification_docs_page",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("evidence_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.String(length=32), nullable=False),
        sa.Column("sealed_to", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["core_blob.id"], name=op.f("fk_verification_docs_page_blob_id_core_blob"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["verification_docs_evidence.id"],
            name="fk_verification_docs_page_evidence",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_page")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_verification_docs_page_evidence_id_number")),
    )
    op.create_index(op.f("ix_verification_docs_page_blob_id"), "verification_docs_page", ["blob_id"], unique=False)
    op.create_index(
        op.f("ix_verification_docs_page_evidence_id"), "verification_docs_page", ["evidence_id"], unique=False
    )
    # ### end Alembic commands ###
    op.create_table(
        "verification_docs_reviewer_key",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("reviewer_id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=100), nullable=False),
        sa.Column("added_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_reviewer_key_reviewer_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_reviewer_key")),
        sa.UniqueConstraint("recipient", name=op.f("uq_verification_docs_reviewer_key_recipient")),
        sa.UniqueConstraint("reviewer_id", name=op.f("uq_verification_docs_reviewer_key_reviewer_id")),
    )


def _create_tags() -> None:
    op.create_table(
        "verification_docs_tag",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('document', 'person')", name=op.f("ck_verification_docs_tag_kind")),
        sa.ForeignKeyConstraint(
            ["case_id"], ["verification_docs_case.id"], name="fk_verification_docs_tag_case", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_tag_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_tag")),
        sa.UniqueConstraint("kind", "tag", "member_id", name=op.f("uq_verification_docs_tag_kind_tag_member_id")),
    )
    op.create_index(op.f("ix_verification_docs_tag_case_id"), "verification_docs_tag", ["case_id"], unique=False)
    op.create_index(op.f("ix_verification_docs_tag_member_id"), "verification_docs_tag", ["member_id"], unique=False)
    op.create_index(op.f("ix_verification_docs_tag_tag"), "verification_docs_tag", ["tag"], unique=False)
    op.create_table(
        "verification_docs_conflict",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("other_member_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("found_by", sa.String(length=32), nullable=True),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome IN ('separate', 'keep_old', 'keep_new')",
            name=op.f("ck_verification_docs_conflict_outcome"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR (decided_by <> member_id AND decided_by <> other_member_id)",
            name=op.f("ck_verification_docs_conflict_not_own"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR found_by IS NULL OR decided_by <> found_by",
            name=op.f("ck_verification_docs_conflict_decided_by_third"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["verification_docs_case.id"], name="fk_verification_docs_conflict_case", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_conflict_decided_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["found_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_conflict_found_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_conflict_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_conflict_other_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_conflict")),
    )
    op.create_index(
        op.f("ix_verification_docs_conflict_case_id"), "verification_docs_conflict", ["case_id"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_conflict_decided_by"), "verification_docs_conflict", ["decided_by"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_conflict_found_by"), "verification_docs_conflict", ["found_by"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_conflict_member_id"), "verification_docs_conflict", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_conflict_other_member_id"),
        "verification_docs_conflict",
        ["other_member_id"],
        unique=False,
    )
    op.create_index(
        "uq_verification_docs_conflict_open",
        "verification_docs_conflict",
        ["member_id", "other_member_id", "kind"],
        unique=True,
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def _create_ways_without_papers() -> None:
    op.create_table(
        "verification_docs_counter_check",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("first_by", sa.String(length=32), nullable=True),
        sa.Column("shown", sa.String(length=80), nullable=True),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("number_tag", sa.String(length=64), nullable=True),
        sa.Column("person_tag", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("second_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "first_by IS NULL OR first_by <> member_id",
            name=op.f("ck_verification_docs_counter_check_first_by_another"),
        ),
        sa.CheckConstraint(
            "first_by IS NULL OR second_by IS NULL OR first_by <> second_by",
            name=op.f("ck_verification_docs_counter_check_two_people"),
        ),
        sa.CheckConstraint(
            "second_by IS NULL OR second_by <> member_id",
            name=op.f("ck_verification_docs_counter_check_second_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["first_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_counter_check_first_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_counter_check_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["second_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_counter_check_second_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_counter_check")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_verification_docs_counter_check_code_hash")),
        sa.UniqueConstraint("member_id", name=op.f("uq_verification_docs_counter_check_member_id")),
    )
    op.create_index(
        op.f("ix_verification_docs_counter_check_first_by"),
        "verification_docs_counter_check",
        ["first_by"],
        unique=False,
    )
    op.create_index(
        op.f("ix_verification_docs_counter_check_second_by"),
        "verification_docs_counter_check",
        ["second_by"],
        unique=False,
    )
    op.create_table(
        "verification_docs_letter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("address_sealed", sa.Text(), nullable=True),
        sa.Column("sealed_to", sa.String(length=64), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("posted_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state = 'asked' OR address_sealed IS NULL",
            name=op.f("ck_verification_docs_letter_no_address_after_posting"),
        ),
        sa.CheckConstraint(
            "state <> 'over' OR code_hash IS NULL", name=op.f("ck_verification_docs_letter_no_code_when_over")
        ),
        sa.CheckConstraint(
            "state <> 'posted' OR (code_hash IS NOT NULL AND until_on IS NOT NULL)",
            name=op.f("ck_verification_docs_letter_posted_code"),
        ),
        sa.CheckConstraint("state IN ('asked', 'posted', 'over')", name=op.f("ck_verification_docs_letter_state")),
        sa.CheckConstraint(
            "posted_by IS NULL OR posted_by <> member_id", name=op.f("ck_verification_docs_letter_posted_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "member_id"],
            ["verification_docs_case.id", "verification_docs_case.member_id"],
            name="fk_verification_docs_letter_case",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["posted_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_letter_posted_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_letter")),
    )
    op.create_index(op.f("ix_verification_docs_letter_case_id"), "verification_docs_letter", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_verification_docs_letter_posted_by"), "verification_docs_letter", ["posted_by"], unique=False
    )
    op.create_index(
        "uq_verification_docs_letter_open",
        "verification_docs_letter",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'over'"),
        postgresql_where=sa.text("state <> 'over'"),
    )


def _create_reviewers() -> None:
    op.create_table(
        "verification_docs_vetting",
        sa.Column("reviewer_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("vetted_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("vetted_by", sa.String(length=32), nullable=True),
        sa.Column("reminded_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("until_on >= vetted_on", name=op.f("ck_verification_docs_vetting_ends_later")),
        sa.CheckConstraint(
            "vetted_by IS NULL OR vetted_by <> reviewer_id", name=op.f("ck_verification_docs_vetting_vetted_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_vetting_reviewer_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["vetted_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_vetting_vetted_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("reviewer_id", name=op.f("pk_verification_docs_vetting")),
    )
    op.create_index(
        op.f("ix_verification_docs_vetting_vetted_by"), "verification_docs_vetting", ["vetted_by"], unique=False
    )
    op.create_table(
        "verification_docs_close_person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("reviewer_id", sa.String(length=32), nullable=False),
        sa.Column("person_hash", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("by_reviewer", sa.Boolean(), nullable=False),
        sa.Column("by_member", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_close_person_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_close_person_reviewer_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_close_person")),
        sa.UniqueConstraint(
            "reviewer_id", "person_hash", name=op.f("uq_verification_docs_close_person_reviewer_id_person_hash")
        ),
    )
    op.create_index(
        op.f("ix_verification_docs_close_person_member_id"),
        "verification_docs_close_person",
        ["member_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_verification_docs_close_person_person_hash"),
        "verification_docs_close_person",
        ["person_hash"],
        unique=False,
    )
    op.create_index(
        op.f("ix_verification_docs_close_person_reviewer_id"),
        "verification_docs_close_person",
        ["reviewer_id"],
        unique=False,
    )
    op.create_table(
        "verification_docs_passed",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("reviewer_id", sa.String(length=32), nullable=True),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.Column("look_again_until_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "reviewer_id IS NULL OR reviewer_id <> member_id",
            name=op.f("ck_verification_docs_passed_passed_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_passed_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_passed_reviewer_id_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_passed")),
        sa.UniqueConstraint("member_id", "reviewer_id", name=op.f("uq_verification_docs_passed_member_id_reviewer_id")),
    )
    op.create_index(
        op.f("ix_verification_docs_passed_member_id"), "verification_docs_passed", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_verification_docs_passed_reviewer_id"), "verification_docs_passed", ["reviewer_id"], unique=False
    )
    op.create_table(
        "verification_docs_purge",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_code", sa.String(length=12), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_verification_docs_purge")),
        sa.UniqueConstraint("hash", name=op.f("uq_verification_docs_purge_hash")),
    )
    op.create_index(
        op.f("ix_verification_docs_purge_case_code"), "verification_docs_purge", ["case_code"], unique=False
    )


def _create_old_papers() -> None:
    op.create_table(
        "verification_docs_evidence",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("document", sa.String(30), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(30), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(32), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> member_id",
            name=op.f("ck_verification_docs_evidence_decided_by_another"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'rejected')",
            name=op.f("ck_verification_docs_evidence_state"),
        ),
        sa.CheckConstraint(
            "(state = 'rejected') = (reason IS NOT NULL)",
            name=op.f("ck_verification_docs_evidence_rejected_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "member_id"],
            ["verification_docs_case.id", "verification_docs_case.member_id"],
            name="fk_verification_docs_evidence_case",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_evidence_decided_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_evidence")),
        sa.UniqueConstraint("case_id", "kind", name=op.f("uq_verification_docs_evidence_case_id_kind")),
    )
    op.create_index(op.f("ix_verification_docs_evidence_decided_by"), "verification_docs_evidence", ["decided_by"])
    op.create_table(
        "verification_docs_page",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("evidence_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["verification_docs_evidence.id"],
            name="fk_verification_docs_page_evidence",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"],
            ["core_blob.id"],
            name=op.f("fk_verification_docs_page_blob_id_core_blob"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_page")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_verification_docs_page_evidence_id_number")),
    )
    op.create_index(op.f("ix_verification_docs_page_evidence_id"), "verification_docs_page", ["evidence_id"])
    op.create_index(op.f("ix_verification_docs_page_blob_id"), "verification_docs_page", ["blob_id"])
