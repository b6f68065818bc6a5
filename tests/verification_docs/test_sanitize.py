"""Hostile and talkative files, all made here; the child must clean or refuse each, and never the server."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from plugins.verification_docs import intake, sanitize

CANARY = b"CanaryStreet99"


def jpeg(width: int = 640, height: int = 480, **options: object) -> bytes:
    return saved(Image.effect_noise((width, height), 40).convert("RGB"), "JPEG", **options)


def size_of(page: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(page)).size


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def exif_with_place() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0110] = CANARY.decode()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 31.0, 12.0), 3: "W", 4: (0.0, 1.0, 2.0), 29: CANARY.decode()})
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + CANARY
    return exif


def talkative_jpeg() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY
    plain = jpeg(exif=exif_with_place().tobytes(), icc_profile=profile, comment=CANARY)
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x>" + CANARY + b"</x>"
    iptc = b"Photoshop 3.0\x008BIM\x04\x04" + CANARY
    segments = b"".join(
        b"\xff" + bytes([mark]) + struct.pack(">H", len(body) + 2) + body for mark, body in ((0xE1, xmp), (0xED, iptc))
    )
    return plain[:2] + segments + plain[2:] + CANARY


def talkative_png() -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", CANARY.decode())
    info.add_text("Comment", CANARY.decode() * 50, zip=True)
    info.add_itxt("Title", CANARY.decode())
    info.add(b"prVt", CANARY)
    return saved(Image.new("RGBA", (300, 200), (9, 9, 9, 128)), "PNG", pnginfo=info, exif=exif_with_place()) + CANARY


def talkative_webp() -> bytes:
    return saved(Image.open(io.BytesIO(jpeg())), "WEBP", exif=exif_with_place(), xmp=b"<x>" + CANARY + b"</x>")


def talkative_heic() -> bytes:
    pillow_heif.register_heif_opener()
    return saved(
        Image.open(io.BytesIO(jpeg())), "HEIF", exif=exif_with_place().tobytes(), xmp=b"<x>" + CANARY + b"</x>"
    )


def talkative_pdf(pages: int = 2) -> bytes:
    pictures = [Image.open(io.BytesIO(jpeg(exif=exif_with_place().tobytes()))) for _ in range(pages)]
    name = CANARY.decode()
    return (
        saved(pictures[0], "PDF", save_all=True, append_images=pictures[1:], title=name, author=name, subject=name)
        + b"\n%"
        + CANARY
    )


def pdf(objects: list[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects; the first is the catalogue."""
    text, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(text)
    text += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    text += b"".join(b"%010d 00000 n \n" % place for place in places)
    return text + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)


def blank_pdf(box: str = "0 0 595 842", pages: int = 1) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(pages))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [" + box.encode() + b"] >>"
    listing = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages)
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", listing, *([page] * pages)])


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 4000)) + chunk(b"IEND", b"")
    )


def fake_size_jpeg(side: int) -> bytes:
    content = bytearray(jpeg(64, 64))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(content)


def flate_bomb_pdf() -> bytes:
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(b"q\n" * 500_000) for _ in range(540)) + packer.flush()
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(body) + body + b"\nendstream"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, stream])


@pytest.mark.parametrize(
    "made",
    [talkative_jpeg, talkative_png, talkative_webp, talkative_heic, talkative_pdf],
    ids=lambda made: made.__name__,
)
def test_A7_hidden_details_are_gone(made) -> None:
    content = made()
    assert CANARY in content or b"C\0a\0n" in content or made is talkative_pdf
    for page in intake.clean_pages([content]):
        assert CANARY not in page
        assert CANARY[:8] not in page
        picture = Image.open(io.BytesIO(page))
        assert picture.format == "JPEG"
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not {mark for mark, _body in picture.applist} - {"APP0"}
        assert page.endswith(b"\xff\xd9")


def test_A7_every_page_of_a_pdf_becomes_a_picture() -> None:
    pages = intake.clean_pages([talkative_pdf(3)])
    assert len(pages) == 3
    assert all(page.startswith(b"\xff\xd8\xff") for page in pages)


def test_A7_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (page,) = intake.clean_pages([jpeg(600, 300, exif=exif.tobytes())])
    assert size_of(page) == (300, 600)


def test_A7_polyglots_come_out_as_plain_pictures() -> None:
    for tail in (b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + CANARY, b"%PDF-1.4 " + CANARY):
        (page,) = intake.clean_pages([jpeg() + tail])
        assert tail[:8] not in page


def test_a_large_photo_becomes_smaller_but_readable() -> None:
    (page,) = intake.clean_pages([jpeg(4000, 3000)])
    assert size_of(page) == (2400, 1800)


def test_front_and_back_become_two_pages() -> None:
    assert len(intake.clean_pages([jpeg(), talkative_png()])) == 2


def test_see_through_parts_become_white() -> None:
    (page,) = intake.clean_pages([saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")])
    assert Image.open(io.BytesIO(page)).getpixel((25, 25)) == (255, 255, 255)


def test_a_scan_of_16_bits_keeps_its_greys() -> None:
    scan = Image.new("I;16", (60, 60), 128 << 8)
    (page,) = intake.clean_pages([saved(scan, "PNG")])
    assert abs(Image.open(io.BytesIO(page)).convert("L").getpixel((30, 30)) - 128) < 4


def test_a_photo_for_print_keeps_its_colours() -> None:
    (page,) = intake.clean_pages([saved(Image.new("CMYK", (60, 60), (0, 255, 255, 0)), "JPEG")])
    red, green, blue = Image.open(io.BytesIO(page)).getpixel((30, 30))
    assert red > 200
    assert max(green, blue) < 80


REFUSED = {
    "an empty file": (lambda: b"", "empty"),
    "a program called photo.jpg": (lambda: b"MZ\x90\0" + b"\0" * 4000, "wrong_type"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "wrong_type"),
    "a GIF": (lambda: saved(Image.new("P", (9, 9)), "GIF"), "wrong_type"),
    "a Word file": (lambda: b"PK\x03\x04" + b"\0" * 400, "wrong_type"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "wrong_type"),
    "half a JPEG": (lambda: jpeg()[:5000], "broken"),
    "half a PNG": (lambda: saved(Image.effect_noise((300, 300), 40), "PNG")[:2000], "broken"),
    "half a PDF": (lambda: talkative_pdf()[:400], "broken"),
    "a PNG that claims 60000 x 60000": (lambda: png_header(60000, 60000), "too_large"),
    "a PNG that claims 19000 x 19000": (lambda: png_header(19000, 19000), "too_large"),
    "a JPEG that claims 65000 x 65000": (lambda: fake_size_jpeg(65000), "too_large"),
    "eleven pages": (lambda: blank_pdf(pages=11), "too_many_pages"),
    "twenty thousand pages": (lambda: blank_pdf(pages=20_000), "too_many_pages"),
    "more than 12 MB": (lambda: b"\xff\xd8\xff" + b"\0" * (12 << 20), "too_big"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_files_are_refused_quickly_with_a_sentence(name: str) -> None:
    made, code = REFUSED[name]
    content = made()
    began = time.monotonic()
    with pytest.raises(intake.FileRefused) as refused:
        intake.clean_pages([content])
    assert refused.value.code == code
    assert str(refused.value).endswith((".", "it.")), "a sentence that says what to do"
    assert time.monotonic() - began < 10


def test_a_pdf_with_a_password_is_refused_with_a_sentence() -> None:
    # No password fits these made-up values, the empty one least of all. Source: ISO 32000-1, 7.6.3.
    rights = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"ab" * 32, b"cd" * 32)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"
    locked = pdf(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page],
        b"/ID [<aa><aa>] /Encrypt " + rights,
    )
    with pytest.raises(intake.FileRefused, match="has a password"):
        intake.clean_pages([locked])


def test_a_page_of_kilometres_comes_out_small() -> None:
    (page,) = intake.clean_pages([blank_pdf("0 0 10000000 10000000")])
    assert max(size_of(page)) <= sanitize.LONGEST_SIDE


def test_a_deflate_bomb_kills_the_child_at_most() -> None:
    with pytest.raises(intake.FileRefused) as refused:
        intake.clean_pages([flate_bomb_pdf()])
    assert refused.value.code in ("broken", "too_large", "too_slow")
    assert intake.clean_pages([jpeg()]), "the next file is served as if nothing had been"


def test_the_child_is_locked_down() -> None:
    """No file can be written, memory ends at one gigabyte, and no right can be won back."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import sanitize; sanitize.lock_down()\n"
        "import resource\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[1] == 1 << 30, resource.getrlimit(resource.RLIMIT_CPU)[1])\n"
        "try:\n  f = open(sys.argv[2], 'wb', 0); f.write(b'x'); print('written')\n"
        "except OSError: print('not written')\n"
        "try:\n  bytearray(2 << 30); print('got memory')\nexcept MemoryError: print('no memory')\n"
    )
    folder = Path(sanitize.__file__).parent
    target = Path(os.environ.get("TMPDIR", "/tmp")) / f"bw-lockdown-{os.getpid()}"  # noqa: S108  # removed below
    ignore = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", ignore + code, str(folder), str(target)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        target.unlink(missing_ok=True)
    assert done.stdout.split("\n")[:3] == ["True 15", "not written", "no memory"], done.stderr


def test_the_watermark_is_in_the_picture() -> None:
    (page,) = intake.clean_pages([saved(Image.new("RGB", (800, 1000), "white"), "PNG")])
    marked = intake.with_watermark(page, "ab12cd34  5 August 2026")
    colours = Image.open(io.BytesIO(marked)).convert("L").getextrema()
    assert size_of(marked) == (800, 1000)
    assert colours[0] < 200, "something dark was written on the white page"
