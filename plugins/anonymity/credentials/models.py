"""Tables of credentials."""

from __future__ import annotations
