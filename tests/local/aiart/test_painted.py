"""Pictures that are really painted, by a stand-in that segments."""

import base64
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from tests.local.aiart.conftest import StandIn, bottle, decoded, encoded, running


@pytest.fixture
def painter() -> Iterator[StandIn]:
    """A stand-in that segments and paints."""
    with running(duration_s=0) as stand_in:
        yield stand_in


def test_the_product_is_found_and_its_background_repainted(painter: StandIn) -> None:
    answer = painter.replace(Prompt="on a marble table", LogoAdd=0, Resolution="600:600")
    mask = np.asarray(decoded(base64.b64decode(answer.MaskImage)))[..., 3] > 127
    outline = bottle()[1] > 127
    assert (mask & outline).sum() / (mask | outline).sum() > 0.95
    result = np.asarray(decoded(base64.b64decode(answer.ResultImage))).astype(int)
    green = (result[..., 1] > result[..., 0] + 20) & (result[..., 1] > result[..., 2] + 10)
    assert green[190:560].mean() > 0.02


def test_a_template_is_painted(painter: StandIn) -> None:
    answer = painter.replace(
        Prompt="BackgroundTemplate", BackgroundTemplate="暗光大理石", Resolution="600:600"
    )
    result = np.asarray(decoded(base64.b64decode(answer.ResultImage)))
    assert result.std() > 5


def test_a_photo_without_a_product_generates_nothing(painter: StandIn) -> None:
    wall = painter.photos.put("wall.png", encoded(Image.new("RGB", (400, 400), "white")))
    assert painter.refusal(ProductUrl=wall) == "FailedOperation.GenerateImageFailed"
    assert [task["billed"] for task in painter.tasks()] == [False]
