"""Tables of tips."""

from __future__ import annotations
