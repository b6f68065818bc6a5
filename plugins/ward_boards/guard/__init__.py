"""The guard over what is about to be published: what could expose or accuse somebody is marked, or held.

All of it is worked out here, from word lists and forms of numbers; no text leaves this instance.
"""

from plugins.ward_boards.guard.detector import check
from plugins.ward_boards.guard.findings import HOLD, MARK, Finding

__all__ = ["HOLD", "MARK", "Finding", "check"]
