"""Which of the newest hits fit best: BM25 over their words on SQLite, `ts_rank_cd` on PostgreSQL.

The databases' own ranking over everything ever written is not asked for: it costs more the more is written.
Source: S. Robertson, H. Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), with k1=1.2, b=0.75.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from plugins.ward_boards.search import marks
from plugins.ward_boards.search.readable import ENTRY
from plugins.ward_boards.search.wish import Phrase

_K1, _B = 1.2, 0.75
_OPENS = f" {marks.FIRST} "


def column(dialect: str) -> sa.ColumnElement[Any]:
    """Return what the order is made from: the words on SQLite, a score on PostgreSQL (value `question`)."""
    if dialect == "sqlite":
        return sa.type_coerce(ENTRY.c.words, sa.String)
    question = sa.cast(sa.bindparam("question", type_=sa.String), TSQUERY)
    return sa.func.ts_rank_cd(ENTRY.c.words, question, 1)


def by_score(found: Sequence[tuple[int, float]]) -> list[int]:
    """Return the numbers with the best score first; among equals the newest."""
    return [docid for docid, _score in sorted(found, key=lambda hit: (-hit[1], -hit[0]))]


def by_words(found: Sequence[tuple[int, str]], phrases: Sequence[Phrase]) -> list[int]:
    """Return the numbers with the text that fits best first; what opens a thread counts a little more."""
    if not found:
        return []
    wanted = [f" {' '.join(phrase)} " for phrase in phrases]
    texts = [f" {words} " for _docid, words in found]
    counts = [[text.count(each) for each in wanted] for text in texts]
    weights = [_weight(len(texts), sum(1 for row in counts if row[at])) for at in range(len(wanted))]
    average = sum(map(len, texts)) / len(texts)
    scored = []
    for (docid, _words), text, row in zip(found, texts, counts, strict=True):
        norm = _K1 * (1 - _B + _B * len(text) / average)
        score = sum(weight * count * (_K1 + 1) / (count + norm) for weight, count in zip(weights, row, strict=True))
        scored.append((docid, score * (1.2 if _OPENS in text else 1.0)))
    return by_score(scored)


def _weight(texts: int, having: int) -> float:
    return log(1 + (texts - having + 0.5) / (having + 0.5))
