"""List the scenes: what stands behind the product, what it stands on, and how it is lit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from infra.local.aiart.paint import cloth, ground, indoors, lights, outdoors, sky, strokes, surfaces
from infra.local.aiart.paint.field import Planes
from infra.local.aiart.paint.material import Surface
from infra.local.aiart.paint.mood import Mood
from infra.local.aiart.paint.noise import Noise
from infra.local.aiart.paint.view import Kind, View

Backdrop = Callable[[View, Noise, Mood], Planes]
"""A function that paints all that is behind the floor, lit from the left."""


@dataclass(frozen=True)
class Scene:
    """Describe how one scene is put together.

    backdrop    what is behind; None where the surface fills the picture
    is_sharp    the backdrop has details too fine to be painted at half the size
    surface     name of the surface the product stands on
    kind        how the floor ends
    key         colour of the light on the product
    exposure    brightness of the product in this light
    shadow      darkness of the shadow on the ground, 0..1
    softness    of the seam between wall and floor, in heights
    mirror      share of the surface's own gloss that shows, 1 is all
    sunlight    light falls in through a window: on the floor, or on all
    has_day     the hour's light reaches this place
    floor       colour of the floor, if it is not the surface's usual one
    tints_floor a colour that was asked for is the floor's, too
    rims        coloured lights on the product's edges: (colour, -1 left or 1 right)
    lift        the product floats this high above the ground, in heights
    vignette    darkening of the picture's corners
    """

    backdrop: Backdrop | None
    surface: str = "plain"
    kind: Kind = "room"
    key: str = "#ffffff"
    exposure: float = 1.0
    shadow: float = 0.60
    softness: float = 0.02
    mirror: float = 1.0
    sunlight: Literal["none", "floor", "all"] = "none"
    has_day: bool = False
    floor: str | None = None
    tints_floor: bool = False
    rims: tuple[tuple[str, int], ...] = ()
    lift: float = 0.0
    is_sharp: bool = False
    vignette: float = 0.28


SURFACES: dict[str, Surface] = {
    "plain": surfaces.plain,
    "mirror": surfaces.mirror,
    "wood": surfaces.wood,
    "marble": surfaces.marble,
    "dark marble": surfaces.dark_marble,
    "concrete": surfaces.concrete,
    "metal": surfaces.metal,
    "paper": surfaces.paper,
    "silk": cloth.silk,
    "velvet": cloth.velvet,
    "sand": ground.sand,
    "shore": ground.shore,
    "snow": ground.snow,
    "grass": ground.grass,
    "earth": ground.earth,
    "leaves": ground.leaves,
    "rock": ground.rock,
    "asphalt": ground.asphalt,
    "water": ground.water,
    "oil": strokes.oil,
    "watercolour": strokes.watercolour,
}
"""What a product can stand on, by name."""

PINK, CYAN = "#ff2bd6", "#22d3ff"
WARM, SUN = "#ffecd0", "#fff4e2"


def _filled(surface: str, **options: float | str) -> Scene:
    """Make a scene of one surface that fills the picture."""
    return Scene(None, surface, "filled", tints_floor=True, **options)  # type: ignore[arg-type]  # names and types are Scene's


SCENES: dict[str, Scene] = {
    "studio": Scene(indoors.studio, softness=0.10, tints_floor=True),
    "white": Scene(
        indoors.white_studio, softness=0.14, floor="#ffffff", exposure=1.06, vignette=0.05
    ),
    "marble": Scene(indoors.marble_wall, "marble", key=SUN, sunlight="all", tints_floor=True),
    "dark marble": Scene(
        indoors.dark_marble_wall, "dark marble", key="#fff0dc", exposure=0.88, shadow=0.8
    ),
    "wood": Scene(indoors.room, "wood", key=WARM, sunlight="floor", has_day=True, shadow=0.68),
    "board": Scene(indoors.plaster, "wood", key=SUN, shadow=0.66),
    "room": Scene(indoors.room, "wood", key=WARM, sunlight="floor", has_day=True, shadow=0.68),
    "kitchen": Scene(indoors.kitchen, "marble", key=SUN, has_day=True),
    "cafe": Scene(indoors.cafe, "wood", key="#ffdcae", exposure=0.92, shadow=0.75),
    "office": Scene(indoors.office, "wood", key="#f4f8ff", has_day=True),
    "loft": Scene(indoors.loft, "concrete", key=SUN, sunlight="all", has_day=True, shadow=0.66),
    "velvet": Scene(
        indoors.curtained, "velvet", key="#fff0dc", exposure=0.96, shadow=0.75, tints_floor=True
    ),
    "stage": Scene(indoors.stage, "mirror", key="#fff2dc", exposure=0.96, shadow=0.8, mirror=0.7),
    "gold": Scene(
        lights.gold,
        "mirror",
        is_sharp=True,
        key="#ffe6b0",
        exposure=0.92,
        shadow=0.8,
        rims=(("#ffcf6b", 1),),
    ),
    "neon": Scene(
        lights.neon,
        "asphalt",
        key="#d5dcff",
        exposure=0.72,
        shadow=0.85,
        rims=((PINK, -1), (CYAN, 1)),
    ),
    "street": Scene(outdoors.street, "asphalt", "open", key=SUN, has_day=True, softness=0.012),
    "beach": Scene(outdoors.open_sea, "shore", "open", key="#fff4dc", has_day=True, softness=0.004),
    "ocean": Scene(
        outdoors.open_sea, "water", "open", key="#f4f9ff", has_day=True, softness=0.006, mirror=0.8
    ),
    "water": Scene(sky.cloudy_sky, "water", "open", has_day=True, softness=0.01),
    "sky": Scene(sky.cloudy_sky, "mirror", "open", key="#f2f7ff", has_day=True, softness=0.05),
    "clear sky": Scene(sky.deep_sky, "concrete", "open", key="#eef4ff", has_day=True),
    "mountain": Scene(outdoors.mountains, "grass", "open", key=SUN, has_day=True),
    "desert": Scene(outdoors.dunes, "sand", "open", key="#fff0d6", has_day=True, softness=0.03),
    "forest": Scene(outdoors.forest, "earth", key="#f6ffe6", has_day=True, softness=0.05),
    "autumn": Scene(outdoors.autumn, "leaves", key="#fff0cf", has_day=True, softness=0.05),
    "garden": Scene(outdoors.garden, "grass", key="#fffbe6", has_day=True, softness=0.06),
    "winter": Scene(
        outdoors.winter, "snow", key="#f0f5ff", has_day=True, softness=0.05, shadow=0.55
    ),
    "christmas": Scene(outdoors.christmas, "snow", key="#ffe3bd", exposure=0.95, softness=0.04),
    "stars": Scene(
        sky.starry_sky,
        "mirror",
        "open",
        is_sharp=True,
        key="#d3dcff",
        exposure=0.84,
        shadow=0.8,
        softness=0.02,
    ),
    "smoke": Scene(
        lights.smoke,
        "water",
        key="#ffe6f0",
        exposure=0.92,
        shadow=0.5,
        lift=0.045,
        softness=0.05,
        floor="#2a1220",
    ),
    "bubbles": Scene(
        lights.bubbles,
        "plain",
        is_sharp=True,
        key="#fff8fc",
        floor="#f3dcea",
        exposure=1.04,
        softness=0.10,
        shadow=0.42,
        vignette=0.1,
    ),
    "rainbow": Scene(
        sky.rainbow_wall,
        "plain",
        is_sharp=True,
        key=SUN,
        floor="#f4ece2",
        softness=0.03,
        shadow=0.5,
        vignette=0.12,
    ),
    "silk": _filled("silk", key="#fff4e6", shadow=0.72),
    "paper": _filled("paper", key=SUN, shadow=0.58),
    "metal": _filled("metal", key="#f6f9ff", shadow=0.72),
    "oil": _filled("oil", key=SUN, shadow=0.72),
    "watercolour": _filled("watercolour", key="#ffffff", shadow=0.55),
    "rock": Scene(indoors.plaster, "rock", key=SUN, shadow=0.7),
}
"""All scenes by name."""
