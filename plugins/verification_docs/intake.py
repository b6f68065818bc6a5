"""From an upload to clean pages: runs the child that may touch the file, and words each refusal.

Nothing here writes to disk: bytes go through pipes, and what comes back is sealed before it is stored.
"""

from __future__ import annotations

import struct
import subprocess  # noqa: S404  # nosec B404  # the decoder must be able to die without the server
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from flask_babel import lazy_gettext as _

LARGEST_BYTES = 12 << 20
WALL_SECONDS = 25
WAIT_FOR_A_PLACE_SECONDS = 8
_CHILD = Path(__file__).with_name("sanitize.py")
# Two decoders of one GB each at most per server process; more would let uploads push out the pages.
_places = threading.BoundedSemaphore(2)

SENTENCES: Mapping[str, str] = {
    "empty": _("The file is empty. Choose it again, or take a new photo."),
    "wrong_type": _(
        "We cannot use this type of file. Send a photo (JPEG, PNG, WebP or HEIC) or a PDF. "
        "A Word file can be saved as PDF first."
    ),
    "too_big": _(
        "The file is larger than 12 MB. Take the photo again with a smaller size, or send a screenshot of it."
    ),
    "too_large": _("The picture has too many dots for us to open. Send a smaller photo, or a screenshot of it."),
    "broken": _("We could not open the file; a part of it may be missing. Save it again, or take a new photo."),
    "locked": _("The PDF has a password. Save it without one, or send photos of the pages."),
    "too_many_pages": _("That is more than 10 pages. Send only the pages that show what we ask for."),
    "too_slow": _("The file takes too long to open. Send a photo of the paper instead."),
    "busy": _("Many people are sending papers just now. Wait a minute, then send it again."),
}
"""What a person is told about each refusal: what was wrong, and what to do."""

MOST_PAGES = 10


class FileRefused(ValueError):
    """A file was not taken; `code` is one of `SENTENCES`, the text is the sentence."""

    def __init__(self, code: str) -> None:
        """Keep the code; unknown ones count as broken."""
        self.code = code if code in SENTENCES else "broken"
        super().__init__(str(SENTENCES[self.code]))


def clean_pages(files: list[bytes]) -> tuple[bytes, ...]:
    """Return the pages of one paper as clean JPEGs, in the order given; ten at most.

    Raises:
        FileRefused: for the first file that cannot be taken.
    """
    pages: list[bytes] = []
    for content in files:
        if len(content) > LARGEST_BYTES:
            raise FileRefused("too_big")
        if not content:
            raise FileRefused("empty")
        pages.extend(_unpacked(_run(content, "clean")))
        if len(pages) > MOST_PAGES:
            raise FileRefused("too_many_pages")
    if not pages:
        raise FileRefused("empty")
    return tuple(pages)


def with_watermark(page: bytes, words: str) -> bytes:
    """Return a page with the words across it.

    Raises:
        FileRefused: the child could not do it; the page must then not be shown at all.
    """
    return _run(page, "mark", words)


def _run(content: bytes, *arguments: str) -> bytes:
    if not _places.acquire(timeout=WAIT_FOR_A_PLACE_SECONDS):
        raise FileRefused("busy")
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603  # our own file, our own words, no shell
            [sys.executable, "-I", "-B", str(_CHILD), *arguments],
            input=content,
            capture_output=True,
            timeout=WALL_SECONDS,
            env={},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileRefused("too_slow") from None
    finally:
        _places.release()
    if done.returncode == 0:
        return done.stdout
    # Refused in words (3), out of CPU time (SIGXCPU, SIGKILL), or killed by the file (SIGABRT, SIGSEGV).
    if done.returncode == 3:
        raise FileRefused(done.stderr.decode("ascii", "replace").strip())
    raise FileRefused("too_slow" if -done.returncode in (24, 9) else "broken")


def _unpacked(answer: bytes) -> list[bytes]:
    pages, start = [], 0
    while start < len(answer):
        (size,) = struct.unpack_from(">I", answer, start)
        pages.append(answer[start + 4 : start + 4 + size])
        start += 4 + size
    return pages
