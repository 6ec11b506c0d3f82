"""HEIC where its library does not load: said in words, and everything else goes on."""

import io
import sys

import pillow_heif
import pytest
from PIL import Image

from functions.jobs.errors import ErrorCode
from functions.worker import photos


def still(form: str) -> bytes:
    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    picture = Image.new("RGB", (120, 90), "#336699")
    picture.paste("white", (30, 30, 60, 60))
    picture.save(out, form)
    return out.getvalue()


@pytest.fixture
def _without_heif(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as an import that fails
    monkeypatch.setattr(Image, "OPEN", {k: v for k, v in Image.OPEN.items() if k != "HEIF"})


@pytest.mark.usefixtures("_without_heif")
def test_heic_is_refused_with_what_to_send_instead() -> None:
    with pytest.raises(photos.PictureRefused) as caught:
        photos.make_acceptable(HEIC)
    assert caught.value.code is ErrorCode.PHOTO_HEIC


@pytest.mark.usefixtures("_without_heif")
def test_avif_needs_no_such_library() -> None:
    assert photos.make_acceptable(AVIF).width_px == 120


HEIC, AVIF = still("HEIF"), still("AVIF")
