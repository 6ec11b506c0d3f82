"""Scenes without a product: their parts, perspective and light."""

from dataclasses import replace

import numpy as np
import pytest

from infra.local.aiart.paint import floor, reflection, shadow
from infra.local.aiart.paint.colour import linear
from infra.local.aiart.paint.contact import contact_of
from infra.local.aiart.paint.field import blur, gradient, resize, smooth
from infra.local.aiart.paint.material import Material
from infra.local.aiart.paint.mood import HOURS, Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.scenes import SCENES, SURFACES
from infra.local.aiart.paint.view import Kind, View

SMALL = View(height=150, width=180, top=60, base=120, pitch=0.25)


def view(kind: Kind = "room", *, top: float = 60) -> View:
    return replace(SMALL, kind=kind, top=top)


def noise(seed: int = 1) -> Noise:
    return Noise(np.random.default_rng(seed))


@pytest.mark.parametrize("hour", [None, *HOURS])
@pytest.mark.parametrize("name", SCENES)
def test_every_scene_is_light_that_can_be_shown_at_every_hour(name: str, hour: str | None) -> None:
    scene = SCENES[name]
    picture, _ = floor.painted(scene, scene.surface, view(scene.kind), noise(), Mood(hour=hour))
    assert picture.shape == (3, 150, 180)
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert 0.001 < picture.mean() < 2.5


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_takes_a_colour_and_can_be_wet(name: str) -> None:
    mood = Mood(ground_colour=linear("#2a5bab"), is_wet=True)
    picture, material = floor.painted(SCENES["studio"], name, view(), noise(), mood)
    assert np.isfinite(picture).all()
    assert np.mean(material.gloss) > 0.4


def test_a_wet_street_is_darker_and_mirrors_more_than_a_dry_one() -> None:
    street = SCENES["street"]
    dry, wet = (
        floor.painted(street, "asphalt", view("open"), noise(), Mood(is_wet=is_wet))[1]
        for is_wet in (False, True)
    )
    assert wet.colour.mean() < 0.6 * dry.colour.mean()
    assert np.mean(wet.gloss) > 5 * np.mean(dry.gloss)


def test_a_wet_beach_still_ends_at_the_sea() -> None:
    beach, mood = SCENES["beach"], Mood(is_wet=True)
    _, material = floor.painted(beach, beach.surface, view("open"), noise(), mood)
    assert material.cover is not None
    assert material.cover.min() < 0.1
    assert material.cover.max() > 0.9


@pytest.mark.parametrize("kind", ["room", "open"])
def test_the_horizon_follows_the_products_height(kind: Kind) -> None:
    horizons = [view(kind, top=top).horizon for top in (40, 60, 80)]
    assert horizons == sorted(horizons)
    assert horizons[1] == pytest.approx(60 + 0.3 * 60)


def test_the_floor_is_in_perspective() -> None:
    plane = view("open").floor
    rows = slice(int(view("open").horizon) + 8, None)
    widths = plane.u[rows, -1] - plane.u[rows, 0]
    assert (np.diff(widths) < 0).all()  # what is nearer is larger
    assert (np.diff(plane.v[rows, 0]) < 0).all()
    assert (np.diff(plane.px[rows, 0]) < 0).all()


def test_a_unit_is_the_pictures_side_where_the_product_stands() -> None:
    plane = view().floor
    assert plane.u[120, -1] - plane.u[120, 0] == pytest.approx(179 / view().unit, rel=0.02)


def test_a_surface_that_fills_the_picture_has_no_horizon() -> None:
    assert view("filled").horizon < 0
    assert SCENES["silk"].backdrop is None


def test_noise_is_even_about_a_half_and_depends_on_its_seed_alone() -> None:
    plane = view("filled").floor
    one, same, other = (noise(seed).fractal(plane, cell=0.2) for seed in (1, 1, 2))
    assert (one == same).all()
    assert not (one == other).all()
    assert one.mean() == pytest.approx(0.5, abs=0.1)
    assert 0.1 < one.std() < 0.3
    assert one.min() >= 0
    assert one.max() <= 1


def test_noise_finer_than_a_pixel_fades_instead_of_flickering() -> None:
    plane = view("filled").floor
    assert noise().fractal(plane, cell=0.0005, octaves=1).std() < 0.01


def test_a_glossy_floor_shows_the_wall_upside_down() -> None:
    room = view()
    wall = np.zeros((3, 150, 180), np.float32)
    lamp = int(room.horizon) - 20
    wall[:, lamp - 4 : lamp + 4] = 1
    first = int(room.horizon)
    dark = np.zeros((3, 150 - first, 180), np.float32)
    seen = reflection.of_wall(dark, wall, Material(dark, gloss=1.0, rough=0), room)
    brightest = int(seen.mean(axis=(0, 2)).argmax()) + first
    assert brightest == pytest.approx(2 * room.horizon - lamp, abs=3)


def test_the_shadow_is_darkest_under_the_product_and_falls_to_the_right() -> None:
    alpha = np.zeros((150, 180), np.float32)
    alpha[60:120, 70:110] = 1
    dark = shadow.darkness(alpha, SMALL, lift=0)
    assert dark[121, 90] > 0.6
    right, left = dark[126, 112:120].mean(), dark[126, 60:68].mean()
    assert right > 1.2 * left
    assert dark[:40].max() < 0.05


def test_a_floating_product_has_a_soft_shadow_further_down() -> None:
    alpha = np.zeros((150, 180), np.float32)
    alpha[50:110, 70:110] = 1
    stands, floats = (shadow.darkness(alpha, SMALL, lift=lift) for lift in (0, 0.1))
    assert floats.max() < stands.max()
    assert floats.mean(axis=1).argmax() > stands.mean(axis=1).argmax()


def test_glass_casts_less_shadow() -> None:
    alpha = np.zeros((150, 180), np.float32)
    alpha[60:120, 70:110] = 1
    opaque, glass = (shadow.darkness(alpha * a, SMALL, lift=0).max() for a in (1, 0.4))
    assert glass < 0.6 * opaque


def test_the_product_is_mirrored_below_its_contact_line() -> None:
    alpha = np.zeros((150, 180), np.float32)
    alpha[60:120, 70:110] = 1
    red = np.zeros((3, 150, 180), np.float32)
    red[0] = alpha
    ground = np.full((3, 150, 180), 0.2, np.float32)
    material = Material(ground[:, 80:], gloss=0.8, rough=0)
    stands = reflection.Standing(red, alpha, contact_of(alpha))
    seen = reflection.of_product(ground, stands, material, SMALL)
    assert seen[0, 123, 90] > 2 * seen[1, 123, 90]
    assert (seen[:, :110] == ground[:, :110]).all()


def test_blurring_and_scaling_keep_the_light() -> None:
    rng = np.random.default_rng(1)
    picture = rng.random((3, 120, 160), dtype=np.float32)
    for changed in (blur(picture, 3), blur(picture, 20), resize(picture, 60, 80)):
        assert changed.mean() == pytest.approx(picture.mean(), abs=0.01)


def test_a_gradient_goes_through_its_stops() -> None:
    black, white = linear("#000000"), linear("#ffffff")
    ramp = gradient(np.array([[0.0], [0.5], [1.0]], np.float32), [(0.0, black), (1.0, white)])
    assert ramp[0, :, 0].tolist() == pytest.approx([0, 0.5, 1])


def test_smoothstep_goes_both_ways() -> None:
    x = np.array([[-1.0, 0.0, 0.5, 1.0, 2.0]], np.float32)
    assert smooth(x, 0, 1)[0].tolist() == pytest.approx([0, 0, 0.5, 1, 1])
    assert smooth(x, 1, 0)[0].tolist() == pytest.approx([1, 1, 0.5, 0, 0])
