"""Photos that no picture can come of: refused before anybody pays, in words that are true."""

import numpy as np
import pytest
from PIL import Image

from bot.texts import Language, error_text
from functions.jobs.errors import ErrorCode
from functions.worker.photos import make_acceptable
from tests.worker.conftest import WorkerHarness
from tests.worker.pictures import card, decoded, encoded
from tests.worker.test_photos import refusal


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF"])
@pytest.mark.parametrize("colour", ["white", "black", "#5a6470"])
def test_one_colour_all_over_shows_nothing(form: str, colour: str) -> None:
    refused = refusal(encoded(Image.new("RGB", (300, 200), colour), form))
    assert (refused.code, refused.facts) == (ErrorCode.PHOTO_NOTHING_TO_SEE, {})


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "CMYK", "I;16", "F"])
def test_in_no_mode_does_it_show_anything(mode: str) -> None:
    form = "TIFF" if mode in {"CMYK", "F"} else "PNG"
    picture = Image.new(mode, (300, 200), "white" if mode in {"P", "LA", "RGBA"} else 0)
    assert refusal(encoded(picture, form)).code is ErrorCode.PHOTO_NOTHING_TO_SEE


@pytest.mark.parametrize("size", [(3000, 1), (1, 3000), (3000, 8), (12_001, 1)])
def test_a_line_shows_nothing(size: tuple[int, int]) -> None:
    refused = refusal(encoded(Image.effect_noise(size, 90)))
    width, height = size
    assert refused.code is ErrorCode.PHOTO_NOTHING_TO_SEE
    assert refused.facts == {"rule": "strip", "width": width, "height": height}


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF", "TIFF"])
def test_what_is_transparent_everywhere_shows_nothing(form: str) -> None:
    picture = card().convert("RGBA")
    picture.putalpha(0)
    lossless = {"lossless": True, "exact": True} if form == "WEBP" else {}
    refused = refusal(encoded(picture, form, **lossless))
    assert (refused.code, refused.facts) == (ErrorCode.PHOTO_NOTHING_TO_SEE, {"rule": "clear"})


def floating(values: list[float]) -> bytes:
    """A TIFF of floating-point greys: a ramp from 0 to 2, and these values in its first row."""
    ramp = np.tile(np.linspace(0, 2, 200, dtype=np.float32), (150, 1))
    ramp[0, : len(values)] = values
    return encoded(Image.fromarray(ramp), "TIFF")


@pytest.mark.parametrize("values", [[np.nan], [np.inf], [-np.inf], [np.nan, np.inf, -np.inf]])
def test_what_is_no_number_does_not_count_in_a_range(values: list[float]) -> None:
    shown = decoded(make_acceptable(floating(values)).data).convert("L")
    for x in (10, 100, 190):
        assert abs(int(shown.getpixel((x, 100))) - x / 199 * 255) <= 4  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.5])
def test_floats_without_any_number_or_with_one_alone_show_nothing(value: float) -> None:
    data = encoded(Image.fromarray(np.full((150, 200), value, np.float32)), "TIFF")
    assert refusal(data).code is ErrorCode.PHOTO_NOTHING_TO_SEE


def test_a_product_that_is_hardly_darker_than_its_ground_is_one() -> None:
    picture = Image.new("RGB", (300, 200), (255, 255, 255))
    picture.paste((240, 240, 240), (100, 50, 200, 150))
    assert make_acceptable(encoded(picture)).changes == ()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_refusal_costs_no_call_and_says_name_reason_and_next_step(
    worker: WorkerHarness, language: Language
) -> None:
    (job,) = worker.ask(data=encoded(Image.new("RGB", (300, 200), "white")))
    worker.run()
    failed = worker.outcome(job).failed
    assert failed is not None
    assert failed.code is ErrorCode.PHOTO_NOTHING_TO_SEE
    assert worker.tasks() == []
    assert "photo-0.jpg" in worker.words(job)
    told = error_text(language, failed.code, failed.facts)
    assert ("upload a photo" if language == "en" else "请上传") in told
