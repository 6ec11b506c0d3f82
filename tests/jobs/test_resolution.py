"""Sizes as people type them, and the range that aiart paints in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.jobs.errors import ErrorCode, Refused
from functions.jobs.wish import Resolution, parse_resolution

SIDES = st.integers(1, 6000)


def sizes(width: int, height: int) -> Resolution:
    return Resolution(width=width, height=height)


def is_within_aiarts_range(width: int, height: int) -> bool:
    """Document 1668/107957, in whole numbers: 500 < side < 4000, 2:5 to 5:2."""
    sides = (width, height)
    return min(sides) > 500 and max(sides) < 4000 and 2 * max(sides) <= 5 * min(sides)


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ("1280:720", (1280, 720)),
        ("1280x1280", (1280, 1280)),
        ("1280X720", (1280, 720)),
        ("1280×720", (1280, 720)),
        ("1280*720", (1280, 720)),
        ("1280：720", (1280, 720)),
        ("１２８０：７２０", (1280, 720)),
        (" 1280 x 720 px ", (1280, 720)),
        ("1280px × 720px", (1280, 720)),
        ("1280x720 pixels", (1280, 720)),
        ("1280ｘ720像素", (1280, 720)),
        ("“16:9”,", (1280, 720)),
        ("16∶9", (1280, 720)),
        ("16比9", (1280, 720)),
        ("16x9", (1280, 720)),
        ("4×3", (1280, 960)),
        ("16:9", (1280, 720)),
        ("9:16", (720, 1280)),
        ("1:1", (1280, 1280)),
        ("5:2", (1280, 512)),
        ("2：5", (512, 1280)),
        ("21:9", (1280, 549)),
        ("501:501", (501, 501)),
        ("3999:3999", (3999, 3999)),
        ("2000:800", (2000, 800)),
        ("800:2000", (800, 2000)),
    ],
)
def test_a_size_or_a_ratio_is_read(typed: str, size: tuple[int, int]) -> None:
    assert parse_resolution(typed) == sizes(*size)


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ("500:500", (500, 500)),
        ("500:501", (500, 501)),
        ("501:500", (501, 500)),
        ("4000:4000", (4000, 4000)),
        ("3999:4000", (3999, 4000)),
        ("4000:100", (4000, 100)),
        ("2001:800", (2001, 800)),
        ("800:2001", (800, 2001)),
        ("3:1", (1280, 427)),
        ("99:1", (1280, 13)),
        ("100:100", (100, 100)),
        ("999999:1", (999999, 1)),
    ],
)
def test_a_size_out_of_range_is_refused_with_the_figures(typed: str, size: tuple[int, int]) -> None:
    with pytest.raises(Refused) as refused:
        parse_resolution(typed)
    (problem,) = refused.value.problems
    assert problem.code is ErrorCode.SIZE_OUT_OF_RANGE
    assert (problem.facts["width"], problem.facts["height"]) == size
    assert (problem.facts["min"], problem.facts["max"]) == (501, 3999)


@pytest.mark.parametrize("typed", ["3:9", "9：3", "99:1"])
def test_a_shape_out_of_range_is_told_as_it_was_typed_with_the_nearest(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_resolution(typed)
    (problem,) = refused.value.problems
    nearest = str(problem.facts["nearest"])
    assert (problem.facts["rule"], problem.facts["typed"]) == ("shape", typed)
    assert nearest == ("2:5" if typed == "3:9" else "5:2")
    assert parse_resolution(nearest)


@given(SIDES, SIDES)
def test_the_nearest_size_works_and_is_the_same_where_that_is_possible(a: int, b: int) -> None:
    try:
        sizes(a, b)
    except Refused as refused:
        nearest = parse_resolution(str(refused.problems[0].facts["nearest"]))
        if 2 * max(a, b) <= 5 * min(a, b):
            assert nearest.width / nearest.height == pytest.approx(a / b, rel=0.01)
        else:
            assert max(nearest.width, nearest.height) / min(nearest.width, nearest.height) > 2.49


@pytest.mark.parametrize("typed", ["12x5", "12 × 5", "5X12", "30x20", "12*5"])
def test_small_figures_with_a_times_sign_are_asked_back(typed: str) -> None:
    """Inches, centimetres or a shape: nobody can tell, and each picture costs."""
    with pytest.raises(Refused) as refused:
        parse_resolution(typed)
    (problem,) = refused.value.problems
    assert problem.code is ErrorCode.SIZE_UNREADABLE
    assert problem.facts["rule"] == "ratio-or-pixels"
    assert parse_resolution(str(problem.facts["ratio"]))


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "large",
        "1280",
        "1280:",
        ":720",
        "0:0",
        "16:0",
        "-16:9",
        "1.5:1",
        "16/9",
        "16:9:4",
        "1280x",
    ],
)
def test_what_is_no_size_is_refused_as_unreadable(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_resolution(typed)
    (problem,) = refused.value.problems
    assert (problem.code, problem.facts) == (ErrorCode.SIZE_UNREADABLE, {"typed": typed})


def test_only_the_beginning_of_an_unreadable_size_is_kept() -> None:
    with pytest.raises(Refused) as refused:
        parse_resolution("x" * 500)
    assert refused.value.problems[0].facts == {"typed": "x" * 40}


def test_a_size_is_written_as_aiart_reads_it() -> None:
    assert str(sizes(1280, 720)) == "1280:720"
    assert Resolution() == sizes(1280, 1280)


@given(SIDES, SIDES)
def test_exactly_the_sizes_in_aiarts_range_are_in_range(width: int, height: int) -> None:
    assert sizes(width, height).is_in_range == is_within_aiarts_range(width, height)


@given(st.integers(1, 99), st.integers(1, 99))
def test_every_ratio_from_2_5_to_5_2_becomes_a_size_of_that_shape(a: int, b: int) -> None:
    try:
        size = parse_resolution(f"{a}:{b}")
    except Refused:
        assert 2 * max(a, b) > 5 * min(a, b)
    else:
        assert max(size.width, size.height) == 1280
        assert abs(size.width * b - size.height * a) <= max(a, b)


@given(st.text(max_size=50))
def test_whatever_is_typed_gives_a_size_or_a_refusal(typed: str) -> None:
    try:
        size = parse_resolution(typed)
    except Refused:
        return
    assert is_within_aiarts_range(size.width, size.height)
