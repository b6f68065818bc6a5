"""Tables of openings."""

from __future__ import annotations
