"""The worker's minute for the unlinkable side: step by step, and one that fails leaves the others be."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from plugins.anonymity.credentials import epochs
from plugins.anonymity.unlinkable import copying, release
from plugins.anonymity.unlinkable.models import WAITING, Ban, Sent, Week
from plugins.anonymity.unlinkable.store import store

log = logging.getLogger(__name__)
EVERY_SECONDS = 60


def look(now: datetime) -> None:
    """Do all that is due: keys over, posts out, withdrawals, states back, copies over, ended weeks away.

    Raises:
        Exception: of the first step that failed, once the others are done.
    """
    problems = [problem for step in STEPS if (problem := _try(step, now)) is not None]
    if problems:
        raise problems[0]


def _try(step: Callable[[datetime], object], now: datetime) -> Exception | None:
    try:
        step(now)
    except Exception as problem:
        log.error("a step of the unlinkable side failed: %s", type(problem).__name__)
        return problem
    return None


def forget_ended_weeks(now: datetime) -> None:
    """Delete what belongs to weeks that are over, but for posts that still wait for their batch or leave the boards."""
    current = epochs.epoch_of(now)
    is_done = sa.and_(Sent.epoch < current, Sent.state != WAITING, Sent.is_leaving.is_(False))
    old = (
        sa.select(Sent.id).where(is_done).limit(1),
        sa.select(Ban.ref).where(Ban.epoch < current).limit(1),
        sa.select(Week.epoch).where(Week.epoch < current).limit(1),
    )
    with store().reading() as side:
        if all(side.scalar(chosen) is None for chosen in old):
            return
    with store().writing() as side:
        side.execute(sa.delete(Sent).where(is_done))
        side.execute(sa.delete(Ban).where(Ban.epoch < current))
        side.execute(sa.delete(Week).where(Week.epoch < current))


def pack(_now: datetime) -> None:
    """Write the file anew when it changed, so that its pages do not tell in which order rows came."""
    store().pack()


STEPS: tuple[Callable[[datetime], object], ...] = (
    copying.copy_weeks,
    release.release,
    release.carry_out_withdrawals,
    release.bring_states_back,
    copying.copy_threads,
    forget_ended_weeks,
    pack,
)
