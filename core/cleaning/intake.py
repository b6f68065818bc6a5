"""From an upload to clean pages: runs the child that may touch the file, and words each refusal.

Nothing here writes to disk: bytes go through pipes, and what comes back is sealed before it is stored.
"""

from __future__ import annotations

import struct
import subprocess  # noqa: S404  # nosec B404  # the decoder must be able to die without the server
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flask_babel import lazy_gettext as _

from core.cleaning.sanitize import LONGEST_SIDE, MOST_PAGES

LARGEST_BYTES = 12 << 20
FORM_SECONDS = 24
"""For all files of one form together, waiting included: nobody looks at a button for longer."""
WAIT_FOR_A_PLACE_SECONDS = 8
LARGEST_ANSWER_BYTES = 64 << 20
"""Ten pages of our own making are far less; more is a child that no longer does what we wrote."""
_CHILD = Path(__file__).with_name("sanitize.py")
# Two decoders of one GB each at most per server process, and two uploads that wait for one: each holds a thread of
# the server, and the rest of its threads must go on answering.
_places = threading.BoundedSemaphore(2)
_inside = threading.BoundedSemaphore(4)

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
    "too_many_pages": _("That is more than 10 pages. Send only the pages that matter."),
    "too_slow": _("The file takes too long to open. Send a photo or a screenshot of it instead."),
    "busy": _("Many people are sending files just now. Wait a minute, then send it again."),
}
"""What a person is told about each refusal: what was wrong, and what to do."""


class FileRefused(ValueError):
    """A file was not taken; `code` is one of `SENTENCES`, the text is the sentence."""

    def __init__(self, code: str) -> None:
        """Keep the code; unknown ones count as broken."""
        self.code = code if code in SENTENCES else "broken"
        super().__init__(str(SENTENCES[self.code]))


def clean_pages(
    files: list[bytes], *, longest_side: int = LONGEST_SIDE, until: float | None = None
) -> tuple[bytes, ...]:
    """Return the pages of all files as clean JPEGs, in the order given; ten at most, no side longer than asked.

    `until` (of `time.monotonic`) shares one span of time between several calls for one form.

    Raises:
        FileRefused: for the first file that cannot be taken.
    """
    until = time.monotonic() + FORM_SECONDS if until is None else until
    if not _inside.acquire(blocking=False):
        raise FileRefused("busy")
    try:
        pages = _cleaned(files, until, longest_side)
    finally:
        _inside.release()
    if not pages:
        raise FileRefused("empty")
    return tuple(pages)


def _cleaned(files: list[bytes], until: float, longest_side: int) -> list[bytes]:
    pages: list[bytes] = []
    for content in files:
        if len(content) > LARGEST_BYTES:
            raise FileRefused("too_big")
        if not content:
            raise FileRefused("empty")
        pages.extend(_unpacked(_run(content, until, longest_side)))
        if len(pages) > MOST_PAGES:
            raise FileRefused("too_many_pages")
    return pages


def _run(content: bytes, until: float, longest_side: int) -> bytes:
    if not _places.acquire(timeout=min(WAIT_FOR_A_PLACE_SECONDS, max(0.0, until - time.monotonic()))):
        raise FileRefused("busy")
    try:
        code, answer, words = _ask_child(content, until - time.monotonic(), longest_side)
    finally:
        _places.release()
    if code == 0:
        return answer
    # Refused in words (3), out of time (SIGXCPU, SIGKILL), or killed by the file (SIGABRT, SIGSEGV).
    if code == 3:
        raise FileRefused(words.decode("ascii", "replace").strip())
    raise FileRefused("too_slow" if -code in (24, 9) else "broken")


def _ask_child(content: bytes, seconds: float, longest_side: int) -> tuple[int, bytes, bytes]:
    """Return the exit code and what the child wrote; one that takes too long or says too much is killed."""
    with subprocess.Popen(  # noqa: S603  # nosec B603  # our own file, no shell
        [sys.executable, "-I", "-B", str(_CHILD), str(longest_side)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={},
        cwd="/",
    ) as child:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise FileRefused("broken")
        timer = threading.Timer(max(0.0, seconds), child.kill)
        timer.start()
        try:
            # The child reads all of it before it writes, so the two never wait for one another.
            with suppress(BrokenPipeError):
                child.stdin.write(content)
                child.stdin.close()
            answer = child.stdout.read(LARGEST_ANSWER_BYTES + 1)
            if len(answer) > LARGEST_ANSWER_BYTES:
                child.kill()
            words = child.stderr.read(200)
            child.stderr.close()
            code = child.wait()
        finally:
            timer.cancel()
    return code, answer, words


def _unpacked(answer: bytes) -> list[bytes]:
    pages, start = [], 0
    while start < len(answer):
        (size,) = struct.unpack_from(">I", answer, start)
        page = answer[start + 4 : start + 4 + size]
        if len(page) != size or not page.startswith(b"\xff\xd8\xff"):
            raise FileRefused("broken")
        pages.append(page)
        start += 4 + size
    return pages
