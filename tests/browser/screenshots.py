"""Take the README's pictures from a running demonstration.

    boroughwatch demo --data demo-data --port 8000
    python tests/browser/screenshots.py --url http://127.0.0.1:8000 \
        --email verified@tower-hamlets.example --password "…from the terminal…"

Writes `docs/screenshots/`: `home.png` (a member's page on a desktop; the welcome and the boards on a phone), and
one picture a page.
"""

from __future__ import annotations

import argparse
import io
import shutil
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

OUT = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PAPER = "#ebe8df"
PHONE, DESKTOP = (390, 844), (1280, 844)
# Name, path, and whether in the dark.
PAGES = [
    ("boards", "/boards", False),
    ("alerts", "/alerts", True),
    ("police", "/police", False),
]


def _page(browser: Any, size: tuple[int, int], is_dark: bool) -> Any:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if is_dark else "light", locale="en-GB"
    )
    return context.new_page()


def _sign_in(page: Any, url: str, email: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    page.locator("#email").fill(email)
    page.locator("#password").fill(password)
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    if page.url.startswith(f"{url}/sign-in"):
        raise SystemExit("The sign-in was refused. Use an address and password that the demo's terminal shows.")


def _picture(page: Any, address: str) -> Image.Image:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(page.screenshot()))


def _side_by_side(pictures: list[Image.Image]) -> Image.Image:
    gap = 40
    width = sum(picture.width for picture in pictures) + gap * (len(pictures) + 1)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures) + 2 * gap), PAPER)
    left = gap
    for picture in pictures:
        sheet.paste(picture, (left, gap))
        left += picture.width + gap
    return sheet


def _save(picture: Image.Image, name: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.png"
    picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=256).save(path, optimize=True)
    print(path)


class Camera:
    """Opens pages of the demonstration, as a visitor or as the member, and takes their pictures."""

    def __init__(self, browser: Any, asked: argparse.Namespace) -> None:
        """Use this browser; `asked` holds url, email and password."""
        self.browser = browser
        self.asked = asked

    def take(self, path: str, size: tuple[int, int], *, is_dark: bool = False, is_member: bool = True) -> Image.Image:
        """Return what is seen first on a page."""
        page = _page(self.browser, size, is_dark)
        if is_member:
            _sign_in(page, self.asked.url, self.asked.email, self.asked.password)
        picture = _picture(page, f"{self.asked.url}{path}")
        page.context.close()
        return picture


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--url", "--email", "--password"):
        parser.add_argument(name, required=True)
    asked = parser.parse_args()
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        camera = Camera(browser, asked)
        welcome = camera.take("/", PHONE, is_member=False)
        _save(_side_by_side([camera.take("/", DESKTOP), welcome, camera.take("/boards", PHONE, is_dark=True)]), "home")
        for name, path, is_dark in PAGES:
            _save(_side_by_side([camera.take(path, size, is_dark=is_dark) for size in (DESKTOP, PHONE)]), name)
        browser.close()


if __name__ == "__main__":
    main()
