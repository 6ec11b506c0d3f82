"""What the product makes of a photo, beside what Chromium shows of the same bytes."""

import base64
import os
from typing import Any

import pytest

from functions.worker.photos import make_acceptable
from infra.local.browser import NOT_HERE, browsing, chromium_path
from tests.worker import corpus
from tests.worker.corpus import Case
from tests.worker.pictures import decoded
from tests.worker.test_photos_corpus import CENTRES, LEVELS, furthest

MIME = {form: f"image/{form.lower()}" for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF")}
SHOW = """async ([files, centres]) => {
  const canvas = document.createElement("canvas");
  const seen = async ([mime, content]) => {
    const bytes = Uint8Array.from(atob(content), each => each.charCodeAt(0));
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([bytes], {type: mime}));
    try { await image.decode(); } catch { return null; }
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    const pixels = centres.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3));
    return {size: [canvas.width, canvas.height], pixels};
  };
  const found = [];
  for (const file of files) found.push(await seen(file));
  return found;
}"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shown() -> list[tuple[Case, Any]]:
    """Each case that Chromium has a decoder for, and what it shows: one page for all of them."""
    path = chromium_path()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(NOT_HERE)
        pytest.skip(NOT_HERE)
    cases = [corpus.case(kind) for kind in corpus.kinds() if kind.format in MIME]
    files = [(MIME[case.kind.format], base64.b64encode(case.data).decode()) for case in cases]
    with browsing(path) as browser:
        answers = browser.new_page().evaluate(SHOW, [files, CENTRES])
    return list(zip(cases, answers, strict=True))


def differs_on_purpose(case: Case) -> str:
    """Why it is right that Chromium shows something else; empty where it must not."""
    kind = case.kind
    if case.refusal:
        return "refused: HDR, or a part of the picture is missing"
    if kind.format == "WEBP" and kind.orientation != 1:
        return "Chromium overlooks the EXIF of a WebP; phones' galleries and editors do not"
    return ""


def test_chromium_shows_what_is_expected_of_every_photo(shown: list[tuple[Case, Any]]) -> None:
    wrong = {
        case.kind.name: seen
        for case, seen in shown
        if not differs_on_purpose(case) and not is_as_expected(case, seen)
    }
    assert not wrong
    assert sum(not differs_on_purpose(case) for case, _ in shown) >= 150


def is_as_expected(case: Case, seen: Any) -> bool:
    """The same size, which is the orientation, and the same colours."""
    if seen is None or tuple(seen["size"]) != corpus.SIZE:
        return False
    return all(
        abs(is_ - ought) <= LEVELS
        for pixel, quadrant in zip(seen["pixels"], case.quadrants, strict=True)
        for is_, ought in zip(pixel, quadrant, strict=True)
    )


def test_aiart_gets_what_chromium_shows(shown: list[tuple[Case, Any]]) -> None:
    for case, seen in shown:
        if differs_on_purpose(case):
            continue
        quadrants = tuple(tuple(pixel) for pixel in seen["pixels"])
        as_shown = Case(case.kind, case.data, quadrants, case.is_clear, None)
        made = decoded(make_acceptable(case.data).data)
        assert list(made.size) == seen["size"], case.kind.name
        assert furthest(made, as_shown) <= LEVELS, case.kind.name
