"""Choose the scene, what it stands on, its colour and its hour from words, English or Chinese."""

from dataclasses import dataclass, field, replace

from infra.local.aiart.paint import colournames
from infra.local.aiart.paint.mood import Mood
from infra.local.aiart.paint.scenes import SCENES
from infra.local.aiart.paint.vocabulary import (
    BACKGROUND,
    DIM,
    HOURS,
    NEGATIONS,
    SCENE_TERMS,
    SURFACE_TERMS,
    WET,
    Terms,
)


@dataclass(frozen=True)
class Wish:
    """Say what is to be painted.

    ``scene`` is a scene's name, ``surface`` another surface's name if it is not the scene's
    own.
    """

    scene: str
    surface: str | None = None
    mood: Mood = field(default_factory=Mood)


TEMPLATES: dict[str, Wish] = {
    "白色": Wish("white"),
    "彩虹渐变": Wish("rainbow"),
    "天空渐变": Wish("clear sky"),
    "星空渐变": Wish("stars"),
    "海洋渐变": Wish("ocean"),
    "木纹": Wish("board"),
    "粗糙纸张": Wish("paper"),
    "丝绸": Wish("silk"),
    "大理石": Wish("marble"),
    "金属": Wish("metal"),
    "烟雾": Wish("smoke"),
    "油画纹理": Wish("oil"),
    "水彩纹理": Wish("watercolour"),
    "暗光大理石": Wish("dark marble"),
    "肥皂泡泡": Wish("bubbles"),
}
"""What each of aiart's background templates shows (1668/115391)."""

DRY = {
    "winter",
    "christmas",
    "silk",
    "paper",
    "oil",
    "watercolour",
    "velvet",
    "ocean",
    "water",
    "smoke",
}
"""Scenes whose ground is never wetted by rain: it cannot reach them, or they are wet anyway."""
OWN_GROUND = {
    "beach": ("sand", "water"),
    "ocean": ("water",),
    "neon": ("asphalt",),
    "street": ("asphalt",),
    "smoke": ("water",),
    "desert": ("sand",),
    "dark marble": ("marble",),
    "garden": ("grass",),
}
"""Surfaces that a scene has anyway: naming one beside the scene's name changes nothing."""
COLOURED = {
    "studio",
    "silk",
    "velvet",
    "paper",
    "bubbles",
    "smoke",
    "neon",
    "oil",
    "watercolour",
    "stage",
}
"""Scenes that take any colour which the words name, wherever it stands."""
UNCOLOURED = {
    "beach",
    "ocean",
    "sky",
    "clear sky",
    "forest",
    "autumn",
    "mountain",
    "desert",
    "winter",
    "water",
    "street",
    "rainbow",
}
"""Scenes that keep nature's colours, whatever colour the words name, as in "blue sky"."""


def wish_of(words: str, *, avoid: str = "", template: str | None = None) -> Wish:
    """Read the wish that words express; a known template decides alone.

    Things that ``avoid`` or a negation in the words names ("no snow", "不要沙滩") are not chosen.
    Words that name no scene get a studio, in the colour that they name or in one derived from them.
    """
    if template in TEMPLATES:
        return TEMPLATES[template]
    text, refused = _without_negations(f"{words} {template or ''}".strip().lower())
    refused = f"{refused} {avoid.lower()}"
    mood = Mood(
        hour=_first(text, HOURS, refused),
        is_wet=bool(WET.search(text)) and not WET.search(refused),
        is_dim=bool(DIM.search(colournames.without(text))) and not DIM.search(refused),
    )
    scene, mood = _scene(_first(text, SCENE_TERMS, refused), mood, refused)
    surface = _first(text, SURFACE_TERMS, refused)
    own = SCENES[scene or "studio"]
    if surface == own.surface or own.backdrop is None or surface in OWN_GROUND.get(scene or "", ()):
        surface = None
    return _coloured(Wish(scene or "studio", surface, mood), text, is_named=scene is not None)


def _without_negations(text: str) -> tuple[str, str]:
    """Split a text into the text without its negations and the words that they refuse."""
    refused = " ".join(match[1] or match[2] for match in NEGATIONS.finditer(text))
    return NEGATIONS.sub(" ", text), refused


def _first(text: str, terms: Terms, refused: str) -> str | None:
    """Find the first entry that the text names and the refused words do not."""
    named = (name for name, term in terms.items() if term.search(text) and not term.search(refused))
    return next(named, None)


def _scene(scene: str | None, mood: Mood, refused: str) -> tuple[str | None, Mood]:
    """Adapt the scene to the hour and the weather, and the weather to the scene."""
    at_night = scene is None and mood.hour in ("night", "dusk")
    rainy_street = scene == "street" and mood.is_wet and mood.hour is None
    if (at_night or rainy_street) and not SCENE_TERMS["neon"].search(refused):
        scene = "neon"
    elif scene is None and mood.hour == "sunset":
        scene = "desert"
    elif scene == "marble" and mood.is_dim:
        scene = "dark marble"
    if scene == "neon":  # its street is wet, and dark enough
        mood = replace(mood, is_wet=True, is_dim=False)
    elif scene in DRY:
        mood = replace(mood, is_wet=False)
    return scene, mood


def _coloured(wish: Wish, text: str, *, is_named: bool) -> Wish:
    """Give the wish the colours that the words mean for the scene and for the ground."""
    scene_terms = SCENE_TERMS[wish.scene]
    on = wish.surface or SCENES[wish.scene].surface
    ground_terms = SURFACE_TERMS.get(on) if on != "water" else None
    ground = colournames.beside(text, ground_terms) if ground_terms else None
    if ground is None and wish.surface is None and wish.scene in SURFACE_TERMS:
        ground = colournames.beside(text, scene_terms)
    colour = colournames.beside(text, scene_terms) if wish.scene in COLOURED else None
    if colour is None:
        colour = colournames.beside(text, BACKGROUND, after=True)
    named = colournames.found(text)
    if colour is None and wish.scene in COLOURED and named:
        colour = named[0].colour
    if colour is None and not is_named:
        colour = colournames.quiet(text)
    if wish.scene in UNCOLOURED:
        colour = None
    return replace(wish, mood=replace(wish.mood, colour=colour, ground_colour=ground))
