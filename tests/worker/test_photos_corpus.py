"""Every kind of photo that people send: its pixels, its size, its mask or its refusal are right."""

import itertools

import pytest
from PIL import Image

from functions.worker.photos import PictureRefused, make_acceptable, own_mask
from tests.worker import corpus
from tests.worker.corpus import SIZE, Case, Kind
from tests.worker.pictures import decoded

LEVELS = 8  # of 255: more than that people see
CENTRES = [(SIZE[0] * x // 4, SIZE[1] * y // 4) for y, x in itertools.product((1, 3), repeat=2)]


def furthest(picture: Image.Image, case: Case) -> int:
    """By how much the worst channel of a quadrant is off."""
    shown = picture.convert("RGB")
    pixels = zip(map(shown.getpixel, CENTRES), case.quadrants, strict=True)
    return max(
        abs(int(is_) - ought)
        for pixel, quadrant in pixels
        for is_, ought in zip(pixel, quadrant, strict=True)  # type: ignore[arg-type]
    )


def test_the_corpus_has_every_pair_of_values_that_can_meet() -> None:
    kinds = corpus.kinds()
    assert len(kinds) >= 300
    everything = filter(
        corpus.is_possible, itertools.starmap(Kind, itertools.product(*corpus.AXES))
    )
    possible = set(itertools.chain.from_iterable(map(corpus._pairs, everything)))
    assert possible == set(itertools.chain.from_iterable(map(corpus._pairs, kinds)))


def check(kind: Kind) -> None:
    """Fail where what comes of a photo is not right."""
    case = corpus.case(kind)
    if case.refusal:
        with pytest.raises(PictureRefused) as refused:
            make_acceptable(case.data)
        assert refused.value.code is case.refusal
        return
    photo = make_acceptable(case.data)
    picture = decoded(photo.data)
    assert picture.size == SIZE
    assert furthest(picture, case) <= LEVELS
    assert b"somebody" not in photo.data
    assert photo.has_shape == case.is_clear
    if photo.has_shape:
        mask = own_mask(case.data, photo)
        alphas = list(map(decoded(mask.data).getchannel("A").getpixel, CENTRES))
        assert alphas == [255, 255, 255, 0]


@pytest.mark.parametrize("form", corpus.FORMS)
def test_what_comes_of_a_photo_is_right(form: str) -> None:
    kinds = [kind for kind in corpus.kinds() if kind.form == form]
    assert kinds
    for kind in kinds:  # which one fails is the argument of ``check``
        check(kind)
