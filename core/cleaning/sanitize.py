"""The child process that turns a stranger's file into clean pictures.

Run by path with `python -I -B sanitize.py [LONGEST SIDE]`; bytes come in on stdin, pictures go out on stdout. It
imports nothing of ours,
may write no files, start no program and reach no network, and dies alone when a file kills the decoder. What leaves
is a new pixel buffer: no EXIF, no place, no thumbnail, no colour profile, no hidden text.
"""

from __future__ import annotations

import io
import struct
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

LONGEST_SIDE = 2400
MOST_PIXELS = 64_000_000
LONGEST_RAW_SIDE = 20_000
MOST_PAGES = 10
JPEG_QUALITY = 85
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 10
REFUSED = 3
"""Exit code when stdout holds the code of a refusal instead of pictures."""

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


class Refused(Exception):
    """The file cannot be taken; the argument is a code that the parent turns into a sentence."""


def main() -> int:
    """Read stdin, write the answer to stdout, return the exit code."""
    lock_down()
    longest_side = int(sys.argv[1]) if len(sys.argv) > 1 else LONGEST_SIDE
    content = sys.stdin.buffer.read()
    try:
        for page in pages(content, longest_side):
            sys.stdout.buffer.write(struct.pack(">I", len(page)) + page)
        sys.stdout.buffer.flush()
    except Refused as refusal:
        return _refuse(str(refusal))
    except MemoryError:
        return _refuse("too_large")
    except Exception:  # a decoder raised on a stranger's file: whatever it is, the file is broken
        return _refuse("broken")
    return 0


def _refuse(code: str) -> int:
    # Nothing was flushed yet unless pages came before: the parent then sees the exit code and drops them.
    sys.stderr.write(code)
    return REFUSED


def lock_down() -> None:
    """Give up what decoding does not need: memory, time, files, programs, new rights and the network.

    What the system does not know or forbids is passed over; the limits before it always hold.
    """
    import resource

    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (limit, limit))
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    libc = ctypes.CDLL(None)
    libc.unshare(0x10000000 | 0x40000000)  # CLONE_NEWUSER | CLONE_NEWNET; a kernel that says no leaves the rest
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: no core file, no reading by other processes
    libc.prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG: do not outlive the server
    _forbid_calls(libc)


# System calls that no decoder makes: programs, the network, other processes, changes to the file system.
# Source: the kernel's syscall tables, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
_FORBIDDEN = {
    "x86_64": (
        0xC000003E,
        56,
        (41, 42, 49, 53, 57, 58, 59, 62, 76, 82, 83, 84, 86, 87, 88, 90, 92, 101, 133, 155, 161, 165, 200, 234, 246)
        + (258, 259, 260, 263, 264, 265, 266, 268, 304, 310, 311, 316, 319, 321, 322, 323, 424, 425, 438),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (33, 34, 35, 36, 37, 38, 40, 41, 45, 51, 53, 54, 104, 117, 129, 130, 131, 198, 199, 200, 203, 221)
        + (265, 270, 271, 276, 279, 280, 281, 282, 424, 425, 438),
    ),
}
_CLONE3 = 435
_CLONE_THREAD = 0x10000


def _forbid_calls(libc: object) -> None:
    """Let those calls fail with "not permitted", by a filter of the kernel that cannot be taken off again."""
    import ctypes
    import platform

    if platform.machine() not in _FORBIDDEN or sys.maxsize < 1 << 32:
        return
    machine, clone, numbers = _FORBIDDEN[platform.machine()]
    refuse, allow = (0x06, 0, 0, 0x00050000 | 1), (0x06, 0, 0, 0x7FFF0000)  # RET_ERRNO with EPERM; RET_ALLOW
    steps = [(0x20, 0, 0, 4), (0x15, 1, 0, machine), refuse]  # another instruction set than ours: refused
    steps += [(0x20, 0, 0, 0), (0x35, 0, 1, 0x40000000), refuse]  # the x32 calls, which have numbers of their own
    for number in numbers:
        steps += [(0x15, 0, 1, number), refuse]
    # clone3 is answered with "unknown", so that the C library takes clone, whose flags tell threads from processes.
    steps += [(0x15, 0, 1, _CLONE3), (0x06, 0, 0, 0x00050000 | 38)]
    steps += [(0x15, 0, 3, clone), (0x20, 0, 0, 16), (0x45, 1, 0, _CLONE_THREAD), refuse, allow]

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    libc.prctl(22, 2, ctypes.byref(Filter(len(steps), ctypes.cast(code, ctypes.c_void_p))), 0, 0)  # type: ignore[attr-defined]


def sniff(content: bytes) -> str:
    """Return the format by content, never by name.

    Raises:
        Refused: `empty`, or `wrong_type` when it is none of the five.
    """
    if not content:
        raise Refused("empty")
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        return "HEIF"
    if content.startswith(b"%PDF-"):
        return "PDF"
    raise Refused("wrong_type")


def pages(content: bytes, longest_side: int = LONGEST_SIDE) -> Iterator[bytes]:
    """Yield each page of a file as a clean JPEG: one for a picture, up to ten for a PDF."""
    kind = sniff(content)
    if kind == "PDF":
        for picture in _pdf_pages(content, longest_side):
            yield _clean(picture)
    else:
        yield _clean(_decoded(content, kind, longest_side))


def _decoded(content: bytes, kind: str, longest_side: int) -> Image.Image:
    from PIL import Image, ImageOps

    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    Image.MAX_IMAGE_PIXELS = None  # the limits below are ours, and come with a sentence of their own
    picture = Image.open(io.BytesIO(content), formats=[kind])
    if max(picture.size) > LONGEST_RAW_SIDE:
        raise Refused("too_large")
    if kind == "JPEG":
        picture.draft("RGB", (longest_side, longest_side))
    if picture.width * picture.height > MOST_PIXELS:
        raise Refused("too_large")
    picture.load()
    picture.thumbnail((longest_side, longest_side))
    return ImageOps.exif_transpose(picture)


def _pdf_pages(content: bytes, longest_side: int) -> Iterator[Image.Image]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as problem:
        raise Refused("locked" if "password" in str(problem).lower() else "broken") from None
    if len(document) > MOST_PAGES:
        raise Refused("too_many_pages")
    if not len(document):
        raise Refused("broken")
    for number in range(len(document)):
        page = document[number]
        longest = max(page.get_size())
        if longest <= 0:
            raise Refused("broken")
        # 200 dots an inch for a letter-sized page; a page that claims kilometres comes out no larger.
        yield page.render(scale=min(200 / 72, longest_side / longest), may_draw_forms=False).to_pil()


def _clean(picture: Image.Image) -> bytes:
    from PIL import Image

    if picture.mode.startswith("I"):
        # 16 bits a dot, from scanners; converting directly would turn everything white.
        picture = picture.convert("I").point(lambda dot: dot / 256).convert("L")
    fresh = Image.new("RGB", picture.size, "white")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        fresh.paste(seen, mask=seen.getchannel("A"))
    else:
        fresh.paste(picture.convert("RGB"))
    return _jpeg(fresh)


def _jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=JPEG_QUALITY, optimize=False, progressive=False)
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main())
