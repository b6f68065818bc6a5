"""Files that say more than they show, made here by code: a canary in every place where something can hide.

`CORPUS` maps a kind to its maker and to the canaries in it. `canaries_in` finds them again, also packed ones.
"""

from __future__ import annotations

import base64
import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from runpy import run_path

import pillow_heif
from PIL import Image, ImageCms, PngImagePlugin

_hostile = run_path(str(Path(__file__).parent / "verification_docs" / "hostile_files.py"))
CANARY: bytes = _hostile["CANARY"]
saved, jpeg, chunk = _hostile["saved"], _hostile["jpeg"], _hostile["chunk"]
pdf_of, stream = _hostile["pdf"], _hostile["stream"]


def canary(place: str) -> bytes:
    """The canary of one hiding place: no two are alike, so that what is found says where it was."""
    return CANARY + b"-" + place.encode() + b";"


def canaries_in(content: bytes) -> set[str]:
    """The places whose canaries can be read: as they stand, as UTF-16, as base64 or hex, and packed by zlib."""
    found: set[str] = set()
    for layer in (content, *_unpacked(content)):
        # Base64 repeats every three bytes: one of three shifts is what an encoder made of it.
        for spelt in (layer, layer.replace(b"\0", b""), *_from_text(layer)):
            found |= {place.decode() for place in re.findall(re.escape(CANARY) + rb"-([\w ]+);", spelt)}
            if CANARY in spelt and not found:
                found.add("somewhere")
    return found


def _unpacked(content: bytes) -> list[bytes]:
    layers = []
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        try:
            layers.append(zlib.decompressobj().decompress(content[start.start() :], 1 << 20))
        except zlib.error:
            continue
    return layers


def _from_text(content: bytes) -> list[bytes]:
    out = [bytes.fromhex(run.decode()) for run in re.findall(rb"(?:[0-9a-fA-F]{2}){16,}", content)]
    for run in re.findall(rb"[A-Za-z0-9+/_-]{20,}", content):
        for shift in range(4):
            text = run[shift:].translate(bytes.maketrans(b"-_", b"+/"))
            out.append(base64.b64decode(text[: len(text) // 4 * 4]))
    return out


def exif(prefix: str) -> bytes:
    """EXIF as a phone writes it: camera, author, place, maker's note, and a small picture with words of its own."""
    note = canary(f"{prefix} maker note")
    small = jpeg(16, 16, comment=canary(f"{prefix} thumbnail"))
    main = {0x010E: canary(f"{prefix} title"), 0x010F: b"Canarix\0", 0x013B: canary(f"{prefix} author")}
    camera = {0x9286: b"ASCII\0\0\0" + canary(f"{prefix} comment"), 0x927C: note, 0xA431: canary(f"{prefix} serial")}
    place = {1: b"N\0", 2: struct.pack("<6I", 51, 1, 31, 1, 1234, 100), 3: b"W\0", 29: b"2026:11:24\0"}
    place[28] = canary(f"{prefix} place")
    return b"Exif\0\0" + _tiff(main, camera, place, small)


def _tiff(main: dict[int, bytes], camera: dict[int, bytes], place: dict[int, bytes], small: bytes) -> bytes:
    parts = [b"II*\0\x08\0\0\0"]
    first = 8
    after_main = first + _size(main, 2)
    after_camera = after_main + _size(camera, 0)
    after_place = after_camera + _size(place, 0)
    links = {0x8769: after_main, 0x8825: after_camera}
    parts.append(_ifd(main, links, first, after_place))
    parts += [_ifd(camera, {}, after_main, 0), _ifd(place, {}, after_camera, 0)]
    thumb = {0x0201: after_place + 2 + 2 * 12 + 4, 0x0202: len(small)}
    parts += [_ifd({}, thumb, after_place, 0), small]
    return b"".join(parts)


def _size(values: dict[int, bytes], links: int) -> int:
    return 2 + 12 * (len(values) + links) + 4 + sum(len(value) for value in values.values() if len(value) > 4)


def _ifd(values: dict[int, bytes], links: dict[int, int], start: int, following: int) -> bytes:
    data_at = start + 2 + 12 * (len(values) + len(links)) + 4
    entries, data = [], b""
    for tag in sorted({**values, **links}):
        if tag in links:
            entries.append(struct.pack("<HHII", tag, 4, 1, links[tag]))
            continue
        value = values[tag]
        kind, count = (5, len(value) // 8) if tag == 2 else (2 if value.endswith((b"\0", b";")) else 7, len(value))
        held = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", data_at + len(data))
        data += value if len(value) > 4 else b""
        entries.append(struct.pack("<HHI", tag, kind, count) + held)
    return struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following) + data


EXIF_PLACES = ("maker note", "thumbnail", "title", "author", "comment", "serial", "place")


def xmp(prefix: str) -> bytes:
    """A packet of XMP with an author."""
    return b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta>' + canary(f"{prefix} xmp") + b"</x:xmpmeta>"


def profile(prefix: str) -> bytes:
    """A colour profile with words behind it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + canary(f"{prefix} profile")


def talkative_jpeg(prefix: str = "jpeg") -> bytes:
    """A JPEG with something in each kind of segment and behind its end."""
    plain = jpeg(exif=exif(prefix), icc_profile=profile(prefix), comment=canary(f"{prefix} com"))
    segments = {
        0xE1: b"http://ns.adobe.com/xap/1.0/\0" + xmp(prefix),
        0xED: b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x30\x1c\x02\x50\0\x28" + canary(f"{prefix} iptc"),
        0xEB: b"JP" + canary(f"{prefix} app11"),
    }
    between = b"".join(
        b"\xff" + bytes([mark]) + struct.pack(">H", len(body) + 2) + body for mark, body in segments.items()
    )
    return plain[:2] + between + plain[2:] + canary(f"{prefix} tail")


def talkative_mpo() -> bytes:
    """Two pictures in one file, as phones with two cameras write; the second one talks."""
    first = Image.open(io.BytesIO(jpeg()))
    second = Image.open(io.BytesIO(jpeg(320, 240)))
    both = saved(first, "MPO", save_all=True, append_images=[second], exif=exif("mpo"))
    start = both.rindex(b"\xff\xd8\xff")
    comment = canary("mpo second")
    said = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
    return both[: start + 2] + said + both[start + 2 :]


def talkative_png() -> bytes:
    """A PNG with words plain, packed and international, EXIF, a profile, a private chunk, and a tail."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", canary("png text").decode())
    info.add_text("Comment", canary("png packed").decode() * 20, zip=True)
    info.add_itxt("Title", canary("png international").decode())
    info.add_itxt("XML:com.adobe.xmp", xmp("png").decode(), zip=True)
    info.add(b"prVt", canary("png private"))
    seen_through = Image.new("RGBA", (300, 200), (9, 9, 9, 128))
    options = {"pnginfo": info, "exif": exif("png"), "icc_profile": profile("png")}
    made: bytes = saved(seen_through, "PNG", **options)
    end = made.rindex(b"\0\0\0\0IEND")
    return made[:end] + chunk(b"tEXt", b"Late\0" + canary("png late")) + made[end:] + canary("png tail")


def talkative_webp() -> bytes:
    """A WebP with EXIF, XMP, a profile, an unknown chunk and a tail."""
    picture = Image.open(io.BytesIO(jpeg()))
    made: bytes = saved(picture, "WEBP", exif=exif("webp"), xmp=xmp("webp"), icc_profile=profile("webp"))
    words = canary("webp unknown")
    words += b" " * (len(words) % 2)
    body = made[8:] + b"cAnA" + struct.pack("<I", len(words)) + words
    return b"RIFF" + struct.pack("<I", len(body)) + body + canary("webp tail")


def talkative_heic() -> bytes:
    """A HEIC with EXIF and XMP items, a free box and a tail."""
    pillow_heif.register_heif_opener()
    picture = Image.open(io.BytesIO(jpeg()))
    made: bytes = saved(picture, "HEIF", exif=exif("heic"), xmp=xmp("heic"))
    words = canary("heic free")
    return made + struct.pack(">I", len(words) + 8) + b"free" + words


def talkative_pdf() -> bytes:
    """A PDF with something in each corner that a writer, a scanner or an editor leaves behind."""
    picture = talkative_jpeg("pdf picture")
    look = b"<< /Type /XObject /Subtype /Image /Width 640 /Height 480 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
    packed = zlib.compress(b"BT /F1 12 Tf 3 Tr 50 50 Td (" + canary("pdf hidden text") + b") Tj ET ")
    drawn = b"q 200 0 0 150 50 600 cm /I1 Do Q BT /F1 12 Tf 900 900 Td (" + canary("pdf off the page") + b") Tj ET"
    catalogue = b"<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R /OpenAction 8 0 R /Names << /EmbeddedFiles "
    catalogue += b"<< /Names [(a.txt) 9 0 R] >> >> /AcroForm << /Fields [12 0 R] >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents [4 0 R 14 0 R] /Annots [11 0 R 12 0 R] "
    page += b"/Resources << /XObject << /I1 5 0 R >> /Font << /F1 15 0 R >> >> "
    page += b"/PieceInfo << /Canarix << /Private (" + canary("pdf piece info") + b") >> >> >>"
    objects = [
        catalogue,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        stream(drawn),
        stream(picture, look[2:] + b"/Filter /DCTDecode"),
        stream(zlib.compress(xmp("pdf")), b"/Type /Metadata /Subtype /XML /Filter /FlateDecode"),
        b"<< /Author (" + canary("pdf author") + b") /Title <" + canary("pdf title").hex().encode() + b"> >>",
        b"<< /S /JavaScript /JS (app.alert\\('" + canary("pdf script") + b"'\\)) >>",
        b"<< /Type /Filespec /F (a.txt) /EF << /F 10 0 R >> >>",
        stream(zlib.compress(canary("pdf attachment")), b"/Type /EmbeddedFile /Filter /FlateDecode"),
        b"<< /Type /Annot /Subtype /Text /Rect [9 9 30 30] /F 2 /Contents (" + canary("pdf note") + b") >>",
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /Rect [0 0 0 0] /F 2 /V (" + canary("pdf field") + b") >>",
        b"(" + canary("pdf orphan") + b")",
        stream(packed, b"/Filter /FlateDecode"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made: bytes = pdf_of(objects, b"/Info 7 0 R")
    return made + b"\n%" + canary("pdf tail")


def _of(prefix: str, *more: str) -> set[str]:
    return {f"{prefix} {place}" for place in (*EXIF_PLACES, *more)}


JPEG_PLACES = ("xmp", "iptc", "app11", "com", "profile", "tail")
PDF_PLACES = "author title script attachment note field orphan tail xmp".split()  # noqa: SIM905  # reads as the list it is
CORPUS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "JPEG": (talkative_jpeg, _of("jpeg", *JPEG_PLACES)),
    "MPO": (talkative_mpo, _of("mpo", "second")),
    "PNG": (talkative_png, _of("png", "text", "packed", "international", "xmp", "private", "profile", "late", "tail")),
    "WebP": (talkative_webp, _of("webp", "xmp", "profile", "unknown", "tail")),
    "HEIC": (talkative_heic, _of("heic", "xmp", "free")),
    "PDF": (
        talkative_pdf,
        _of("pdf picture", *JPEG_PLACES)
        | {f"pdf {place}" for place in (*PDF_PLACES, "hidden text", "off the page", "piece info")},
    ),
}
