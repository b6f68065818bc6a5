"""Hostile and talkative files, all made here; the child must clean or refuse each, and never the server."""

from __future__ import annotations

import contextlib
import io
import os
import platform
import subprocess
import sys
import threading
import time
from pathlib import Path
from runpy import run_path

import pytest
from PIL import Image

from core.cleaning import intake, sanitize

hostile = run_path(str(Path(__file__).with_name("hostile_files.py")))
CORPUS, CANARY = hostile["CORPUS"], hostile["CANARY"]
jpeg, saved = hostile["jpeg"], hostile["saved"]
talkative = run_path(str(Path(__file__).parents[1] / "talkative_files.py"))
TALKATIVE, canaries_in = talkative["CORPUS"], talkative["canaries_in"]


def size_of(page: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(page)).size


@pytest.mark.parametrize("kind", TALKATIVE)
def test_A7_hidden_details_are_gone(kind: str) -> None:
    made, places = TALKATIVE[kind]
    content = made()
    assert canaries_in(content) == places  # the search finds what is hidden, also where it is packed
    for page in intake.clean_pages([content]):
        assert canaries_in(page) == set()
        assert CANARY[:8] not in page
        picture = Image.open(io.BytesIO(page))
        assert picture.format == "JPEG"
        assert not picture.getexif()
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert not {mark for mark, _body in picture.applist} - {"APP0"}
        assert page.endswith(b"\xff\xd9")


def test_A7_every_page_of_a_pdf_becomes_a_picture() -> None:
    pages = intake.clean_pages([hostile["blank_pdf"](3)])
    assert len(pages) == 3
    assert all(page.startswith(b"\xff\xd8\xff") for page in pages)


def test_A7_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (page,) = intake.clean_pages([jpeg(600, 300, exif=exif.tobytes())])
    assert size_of(page) == (300, 600)


def test_a_large_photo_becomes_smaller_but_readable() -> None:
    (page,) = intake.clean_pages([jpeg(4000, 3000)])
    assert size_of(page) == (2400, 1800)


def test_front_and_back_become_two_pages() -> None:
    assert len(intake.clean_pages([jpeg(), TALKATIVE["PNG"][0]()])) == 2


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


@pytest.mark.parametrize("name", CORPUS)
def test_V11_hostile_files_are_refused_in_a_sentence_or_come_out_clean(name: str) -> None:
    made, may_be = CORPUS[name]
    content = made()
    began = time.monotonic()
    try:
        pages, outcome = intake.clean_pages([content]), "clean"
    except intake.FileRefused as refusal:
        pages, outcome = (), refusal.code
        sentence = str(refusal)
        assert sentence.endswith("."), "a sentence that says what to do"
        assert CANARY.decode() not in sentence
    assert time.monotonic() - began < 25
    assert outcome in may_be
    for page in pages:
        assert CANARY not in page
        assert CANARY[:8] not in page
        picture = Image.open(io.BytesIO(page))
        picture.load()
        assert picture.format == "JPEG"
        assert max(picture.size) <= sanitize.LONGEST_SIDE
        assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


# Those that go on until their time is over are above; here they would only cost ours.
ENDLESS = {"a drawing that takes minutes", "a JPEG of thousands of scans"}


# A process counts as its own what the one it was split from held. The tests' own is large by now; this one is not.
MEASURE = """
import os, subprocess, sys
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
child = subprocess.Popen([sys.executable, "-I", "-B", sys.argv[1]], **quiet)
_pid, status, used = os.wait4(child.pid, 0)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


@pytest.mark.parametrize("name", sorted(set(hostile["HARDEST"]) - ENDLESS))
def test_V11_the_child_stays_within_its_memory_and_time(name: str) -> None:
    command = [sys.executable, "-I", "-B", "-c", MEASURE, sanitize.__file__]
    done = subprocess.run(command, input=CORPUS[name][0](), capture_output=True, check=True)
    most_kib, cpu_seconds = done.stdout.split()
    assert int(most_kib) * 1024 < sanitize.MEMORY_BYTES
    assert float(cpu_seconds) < sanitize.CPU_SECONDS + 1.5


def test_V11_the_next_file_is_served_as_if_nothing_had_been() -> None:
    with contextlib.suppress(intake.FileRefused):
        intake.clean_pages([CORPUS["half a gigabyte of drawing in a PDF"][0]()])
    assert intake.clean_pages([jpeg()])


def test_V11_all_files_of_a_paper_share_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "FORM_SECONDS", 4)
    slow = CORPUS["a JPEG of thousands of scans"][0]()
    began = time.monotonic()
    with pytest.raises(intake.FileRefused) as refused:
        intake.clean_pages([jpeg(), slow, slow, slow])
    assert refused.value.code == "too_slow"
    assert time.monotonic() - began < 8


def test_V11_a_child_that_says_too_much_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    talker = tmp_path / "talker.py"
    talker.write_text("import sys; sys.stdin.buffer.read()\nwhile True: sys.stdout.buffer.write(b'x' * 65536)\n")
    monkeypatch.setattr(intake, "_CHILD", talker)
    monkeypatch.setattr(intake, "LARGEST_ANSWER_BYTES", 1 << 20)
    with pytest.raises(intake.FileRefused):
        intake.clean_pages([jpeg()])


@pytest.mark.parametrize(
    "answer", ["b'\\0\\0\\0\\4MZ\\0\\0'", "b'\\0\\0\\0\\t\\xff\\xd8\\xff'"], ids=["no picture", "cut off"]
)
def test_V11_only_whole_pictures_are_taken_from_the_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    liar = tmp_path / "liar.py"
    liar.write_text(f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({answer})\n")
    monkeypatch.setattr(intake, "_CHILD", liar)
    with pytest.raises(intake.FileRefused) as refused:
        intake.clean_pages([jpeg()])
    assert refused.value.code == "broken"


def test_V11_more_than_four_at_once_are_told_to_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import sys, time; sys.stdin.buffer.read(); time.sleep(3)\n")
    monkeypatch.setattr(intake, "_CHILD", sleeper)
    answers: list[tuple[str, float]] = []

    def send() -> None:
        began = time.monotonic()
        with pytest.raises(intake.FileRefused) as refused:
            intake.clean_pages([b"anything"])
        answers.append((refused.value.code, time.monotonic() - began))

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    at_once = [code for code, seconds in answers if seconds < 2]
    assert at_once == ["busy"] * 4
    assert sorted(code for code, seconds in answers if seconds >= 2) == ["empty"] * 4


FORBIDDEN = {
    "a program": "os.execv('/bin/true', ['true'])",
    "another process": "os.fork()",
    "a shell": "subprocess.run(['/bin/true'])",
    "the network": "socket.socket()",
    "a pair of sockets": "socket.socketpair()",
    "a signal to the server": "os.kill(os.getppid(), 0)",
    "deleting a file": "os.unlink(sys.argv[2])",
    "moving a file": "os.rename(sys.argv[2], sys.argv[2] + '.gone')",
    "a new folder": "os.mkdir(sys.argv[2] + '.d')",
    "other rights": "os.chmod(sys.argv[2], 0o777)",
    "a file in memory": "os.memfd_create('x')",
}


def locked(code: str, target: Path) -> str:
    """What a process says that has locked itself down and then runs this code."""
    begin = "import sys; sys.path.insert(0, sys.argv[1]); import sanitize, os, signal, socket, subprocess, threading\n"
    begin += "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sanitize.lock_down()\n"
    done = subprocess.run(
        [sys.executable, "-I", "-c", begin + code, str(Path(sanitize.__file__).parent), str(target)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.skipif(platform.machine() not in sanitize._FORBIDDEN, reason="no filter of calls for this processor")
@pytest.mark.parametrize("what", FORBIDDEN)
def test_V11_the_child_can_start_nothing_reach_nobody_and_change_nothing(what: str, tmp_path: Path) -> None:
    target = tmp_path / "kept.txt"
    target.write_text("kept")
    said = locked(f"try:\n  {FORBIDDEN[what]}; print('did it')\nexcept PermissionError: print('forbidden')\n", target)
    assert said == "forbidden\n"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_V11_the_child_is_locked_down(tmp_path: Path) -> None:
    """No file can be written, memory ends at one gigabyte, nothing is dumped, and threads still work."""
    code = (
        "import resource\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[1] == 1 << 30, resource.getrlimit(resource.RLIMIT_CPU)[1])\n"
        "try:\n  f = open(sys.argv[2], 'wb', 0); f.write(b'x'); print('written')\n"
        "except OSError: print('not written')\n"
        "try:\n  bytearray(2 << 30); print('got memory')\nexcept MemoryError: print('no memory')\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[1])\n"
        "t = threading.Thread(target=lambda: print('thread')); t.start(); t.join()\n"
        "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))\n"
    )
    said = locked(code, tmp_path / "new.txt").split("\n")
    assert said == [f"True {sanitize.CPU_SECONDS}", "not written", "no memory", "0", "thread", "0 1", ""]


def test_V11_every_kind_is_still_read_by_somebody_without_rights(tmp_path: Path) -> None:
    """As the server runs: not as root, for whom the system makes exceptions."""
    if os.geteuid() != 0:
        pytest.skip("these tests run without rights anyway")
    if subprocess.run(["setpriv", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("setpriv is not here")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
    reach = subprocess.run([*nobody, sys.executable, "-I", "-c", "import PIL"], capture_output=True, check=False)
    if reach.returncode:
        pytest.skip("nobody may not read the environment these tests run in")
    for content in (jpeg(), hostile["heic"](), *(TALKATIVE[kind][0]() for kind in ("PNG", "WebP", "PDF"))):
        done = subprocess.run(
            [*nobody, sys.executable, "-I", "-B", sanitize.__file__], input=content, capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout[4:7] == b"\xff\xd8\xff"
