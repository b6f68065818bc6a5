"""Files that mean harm, each made here by code. `CORPUS` maps a name to its maker and to what may become of it.

What may become of it: codes of refusals, or "clean" for a picture. Where two stand, the version of a decoder decides.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

import pillow_heif
from PIL import Image, PngImagePlugin

CANARY = b"CanaryStreet99"
CLEAN = "clean"


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def jpeg(width: int = 640, height: int = 480, **options: object) -> bytes:
    return saved(Image.effect_noise((width, height), 40).convert("RGB"), "JPEG", **options)


def heic() -> bytes:
    pillow_heif.register_heif_opener()
    return saved(Image.open(io.BytesIO(jpeg())), "HEIF")


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects; the first is the catalogue."""
    text, places = [b"%PDF-1.4\n"], []
    length = len(text[0])
    for number, body in enumerate(objects, start=1):
        places.append(length)
        text.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        length += len(text[-1])
    text.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    text += [b"%010d 00000 n \n" % place for place in places]
    end = b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, length)
    return b"".join([*text, end])


def stream(body: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(body), more) + body + b"\nendstream"


def one_page(
    content: bytes, resources: bytes = b"", *more: bytes, catalogue: bytes = b"", box: str = "0 0 595 842"
) -> bytes:
    """A PDF of one page with this content stream; further objects are numbered from 5."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources << %s >> >>" % (
        box.encode(),
        resources,
    )
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalogue, pages, page, content, *more])


def blank_pdf(pages: int = 1, box: str = "0 0 595 842") -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(pages))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [" + box.encode() + b"] >>"
    listing = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", listing, *([page] * pages)])


@lru_cache
def deflated(unit: bytes, times: int) -> bytes:
    """The unit, times a thousand times, packed."""
    packer = zlib.compressobj(9)
    block = unit * 1000
    return b"".join(packer.compress(block) for _ in range(times)) + packer.flush()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *chunks: bytes, packed: bytes | None = None) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 4000) if packed is None else packed
    body = b"".join((chunk(b"IHDR", head), *chunks, chunk(b"IDAT", data), chunk(b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + body


def solid_png(side: int) -> bytes:
    return png(side, side, packed=deflated(b"\0", math.ceil(side * (side * 3 + 1) / 1000)))


def words_bomb(kind: bytes) -> bytes:
    """A small picture with half a gigabyte of words, or of a colour profile, packed beside it."""
    return png(64, 64, chunk(kind, b"Comment\0\0" + deflated(b"A", 512_000)), packed=zlib.compress(b"\0" * 64 * 193))


def fake_size_jpeg(side: int) -> bytes:
    content = bytearray(jpeg(64, 64))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(content)


def fake_size_heic(side: int) -> bytes:
    content = bytearray(heic())
    box = content.index(b"ispe")
    content[box + 8 : box + 16] = struct.pack(">II", side, side)
    return bytes(content)


@lru_cache
def endless_scans() -> bytes:
    """A JPEG that goes over its whole area thousands of times."""
    content = saved(Image.new("L", (6000, 6000), 90), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * 3000 + b"\xff\xd9"


def many_frames(kind: str) -> bytes:
    frames = [Image.new("RGB", (64, 64), (number % 255, 9, 9)) for number in range(300)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


def deep_tree() -> bytes:
    """Pages inside pages, two thousand deep."""
    nodes = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 3) for number in range(2000)]
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", *nodes, b"<< /Type /Page /MediaBox [0 0 595 842] >>"])


def circle_of_pages() -> bytes:
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 3 >>",
            b"<< /Type /Pages /Kids [2 0 R] /Count 3 /Parent 2 0 R >>",
        ]
    )


def huge_picture_in_pdf() -> bytes:
    packed = deflated(b"\0", 3_600_000 // 8)
    picture = stream(
        packed,
        b"/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceGray /BitsPerComponent 1 "
        b"/Filter /FlateDecode",
    )
    return one_page(stream(b"q 595 0 0 842 0 0 cm /I Do Q"), b"/XObject << /I 5 0 R >>", picture)


def picture_of_itself() -> bytes:
    form = stream(
        b"/F Do /F Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>"
    )
    return one_page(stream(b"/F Do"), b"/XObject << /F 5 0 R >>", form)


def endless_drawing() -> bytes:
    """Half a million half transparent curves over the whole page, in a few kilobytes."""
    body = deflated(b"/G gs 0 0 m 595 842 0 842 595 0 c 0 842 l 300 9 9 300 595 842 c f\n", 500)
    content = stream(body, b"/Filter /FlateDecode")
    return one_page(content, b"/ExtGState << /G << /ca 0.01 /BM /Luminosity >> >>")


def locked_pdf() -> bytes:
    # No password fits these made-up values, the empty one least of all. Source: ISO 32000-1, 7.6.3.
    rights = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"ab" * 32, b"cd" * 32)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page]
    return pdf(objects, b"/ID [<aa><aa>] /Encrypt " + rights)


def talkative_pdf() -> bytes:
    """Script, attachment, a form field, a note, a link, words that nobody sees, and words after the end."""
    script = b"/OpenAction << /S /JavaScript /JS (app.alert\\('" + CANARY + b"'\\)) >>"
    names = b"/Names << /EmbeddedFiles << /Names [(" + CANARY + b".exe) 6 0 R] >> >>"
    form = b"/AcroForm << /Fields [8 0 R] /XFA (" + CANARY + b") >>"
    field = b"<< /FT /Tx /T (" + CANARY + b") /V (" + CANARY + b") /Subtype /Widget /Rect [9 9 99 29] >>"
    return (
        one_page(
            stream(b"BT /F1 24 Tf 3 Tr 50 700 Td (" + CANARY + b") Tj ET 0 0 1 rg 100 100 200 200 re f"),
            b"/Font << /F1 5 0 R >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Type /Filespec /F (" + CANARY + b".exe) /EF << /F 7 0 R >> >>",
            stream(b"MZ" + CANARY, b"/Type /EmbeddedFile"),
            field,
            catalogue=script + names + form,
        )
        + b"\n"
        + CANARY
    )


def talkative_png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", CANARY.decode())
    info.add_text("Comment", CANARY.decode() * 50, zip=True)
    info.add(b"prVt", CANARY)
    return saved(Image.new("RGBA", (300, 200), (9, 9, 9, 128)), "PNG", pnginfo=info) + CANARY


WEB_PAGE = b"<!doctype html><script>alert('" + CANARY + b"')</script>"
Made = tuple[Callable[[], bytes], frozenset[str]]


def _may(*outcomes: str) -> frozenset[str]:
    return frozenset(outcomes)


DISGUISES = {
    "nothing": b"",
    "a program": b"MZ\x90\0" + CANARY * 99,
    "a program for Linux": b"\x7fELF\x02\x01\x01" + CANARY * 99,
    "a script": b"#!/bin/sh\ncat /etc/passwd\n",
    "a web page": WEB_PAGE,
    "an SVG": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n",
    "a Word file": b"PK\x03\x04" + b"\0" * 400,
    "a GIF": b"GIF89a" + b"\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;",
    "a TIFF": b"II*\0" + b"\0" * 400,
    "a BMP": b"BM" + b"\0" * 400,
    "a Photoshop file": b"8BPS" + b"\0" * 400,
    "a film": b"\0\0\0\x18ftypisom" + b"\0" * 400,
    "an AVIF": b"\0\0\0\x18ftypavif" + b"\0" * 400,
    "a font": b"\0\1\0\0\0\x0c" + b"\0" * 400,
    "a PDF behind a web page": WEB_PAGE + blank_pdf(),
    "a sound": b"RIFF\x24\0\0\0WAVEfmt ",
}

CORPUS: dict[str, Made] = {
    **{name: ((lambda body=body: body), _may("wrong_type" if body else "empty")) for name, body in DISGUISES.items()},
    "a JPEG of nothing": (lambda: b"\xff\xd8\xff\xe0" + b"\0" * 400, _may("broken")),
    "a PNG that is a program": (lambda: b"\x89PNG\r\n\x1a\nMZ" + CANARY * 99, _may("broken")),
    "a WebP of nothing": (lambda: b"RIFF\xff\0\0\0WEBPVP8 " + CANARY * 9, _may("broken")),
    "a HEIC of nothing": (lambda: b"\0\0\0\x18ftypheic" + CANARY * 9, _may("broken")),
    "a PDF of nothing": (lambda: b"%PDF-1.7\n" + CANARY * 99, _may("broken")),
    "half a JPEG": (lambda: jpeg()[:5000], _may("broken")),
    "half a PNG": (lambda: saved(Image.effect_noise((300, 300), 40), "PNG")[:2000], _may("broken")),
    "half a WebP": (lambda: saved(Image.open(io.BytesIO(jpeg())), "WEBP")[:2000], _may("broken")),
    "half a HEIC": (lambda: heic()[:3000], _may("broken")),
    "half a PDF": (lambda: talkative_pdf()[:400], _may("broken")),
    "a PNG that claims 60000 x 60000": (lambda: png(60000, 60000), _may("too_large")),
    "a PNG that claims 19000 x 19000": (lambda: png(19000, 19000), _may("too_large")),
    "a PNG that claims to be empty": (lambda: png(0, 0), _may("broken")),
    "a JPEG that claims 65000 x 65000": (lambda: fake_size_jpeg(65000), _may("too_large")),
    "a HEIC that claims 60000 x 60000": (lambda: fake_size_heic(60000), _may("too_large", "broken")),
    "a PNG of 8000 x 8000 in few bytes": (lambda: solid_png(8000), _may(CLEAN)),
    "a PNG with more inside than it claims": (
        lambda: png(10, 10, packed=deflated(b"\0", 300_000)),
        _may(CLEAN, "broken"),
    ),
    "half a gigabyte of words in a PNG": (lambda: words_bomb(b"zTXt"), _may("broken", CLEAN)),
    "half a gigabyte of colour profile": (lambda: words_bomb(b"iCCP"), _may("broken", CLEAN)),
    "a JPEG of thousands of scans": (endless_scans, _may("too_slow", "broken", CLEAN)),
    "a WebP of 300 frames": (lambda: many_frames("WEBP"), _may(CLEAN)),
    "a PNG of 300 frames": (lambda: many_frames("PNG"), _may(CLEAN)),
    "a JPEG that is a web page": (lambda: jpeg() + WEB_PAGE, _may(CLEAN)),
    "a JPEG that is an archive": (lambda: jpeg() + b"PK\x03\x04" + CANARY, _may(CLEAN)),
    "a JPEG that is a PDF": (lambda: jpeg(comment=WEB_PAGE) + blank_pdf() + CANARY, _may(CLEAN)),
    "a talkative PNG": (talkative_png, _may(CLEAN)),
    "a PDF with script, attachment and hidden words": (talkative_pdf, _may(CLEAN)),
    "a PDF with a password": (locked_pdf, _may("locked")),
    "a PDF without pages": (lambda: blank_pdf(0), _may("broken")),
    "a PDF of eleven pages": (lambda: blank_pdf(11), _may("too_many_pages")),
    "a PDF of 50,000 pages": (lambda: blank_pdf(50_000), _may("too_many_pages")),
    "a page of kilometres": (lambda: blank_pdf(box="0 0 10000000 10000000"), _may(CLEAN)),
    "a page thinner than a hair": (lambda: blank_pdf(box="0 0 100000 0.01"), _may(CLEAN, "broken")),
    "a page inside out": (lambda: blank_pdf(box="595 842 0 0"), _may(CLEAN, "broken")),
    "pages that hold themselves": (circle_of_pages, _may("broken", CLEAN)),
    "pages two thousand deep": (deep_tree, _may("broken", CLEAN)),
    "a drawing that draws itself": (picture_of_itself, _may(CLEAN, "broken")),
    "a picture of 60000 x 60000 in a PDF": (huge_picture_in_pdf, _may(CLEAN, "broken", "too_large", "too_slow")),
    "half a gigabyte of drawing in a PDF": (
        lambda: one_page(stream(deflated(b"q\n", 270_000), b"/Filter /FlateDecode")),
        _may("broken", "too_large", "too_slow"),
    ),
    "a drawing that takes minutes": (endless_drawing, _may("too_slow", "broken", CLEAN)),
    "more than 12 MB": (lambda: b"\xff\xd8\xff" + b"\0" * (12 << 20), _may("too_big")),
}

HARDEST = (
    "half a gigabyte of drawing in a PDF",
    "a drawing that takes minutes",
    "a JPEG of thousands of scans",
    "half a gigabyte of words in a PNG",
    "a picture of 60000 x 60000 in a PDF",
    "a PNG of 8000 x 8000 in few bytes",
    "a PNG with more inside than it claims",
    "a PDF of 50,000 pages",
)
"""Eight that cost the most, to be sent at once."""
