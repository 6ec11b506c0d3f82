"""Describe the hours of the day and what each does to sky and light."""

from dataclasses import dataclass

from infra.local.aiart.paint.colour import Colour, linear


@dataclass(frozen=True)
class Hour:
    """Describe the light of one hour.

    ``zenith``, ``middle`` and ``low`` are the sky's colours down to the horizon, ``light`` and
    ``power`` the colour and strength of the light that falls on things; ``sun`` is the sun or
    moon, if it stands in the picture.
    """

    zenith: str
    middle: str
    low: str
    light: str
    power: float
    sun: str | None = None


HOURS = {
    "day": Hour("#2c6cb8", "#7db2e2", "#dcebf7", "#fffaf0", 1.0),
    "morning": Hour("#7fb0dc", "#c5dcec", "#ffeaca", "#ffe9c6", 1.0, sun="#fff3d6"),
    "sunset": Hour("#3b4a86", "#d9808a", "#ffc078", "#ffbf86", 0.82, sun="#ffdf9e"),
    "dusk": Hour("#15224f", "#4c5596", "#e09a8a", "#aeb6ea", 0.50),
    "night": Hour("#040818", "#0b1534", "#22335f", "#9fb2e0", 0.24, sun="#8fa3d6"),
}
"""By name."""


@dataclass(frozen=True)
class Mood:
    """Hold what words can ask of every scene: colours, an hour, wet ground, dim light.

    ``colour`` is asked for the scene, ``ground_colour`` for the ground alone.
    """

    colour: Colour | None = None
    ground_colour: Colour | None = None
    hour: str | None = None
    is_wet: bool = False
    is_dim: bool = False

    @property
    def light(self) -> Hour:
        """Give the hour asked for, or day."""
        return HOURS[self.hour or "day"]

    def tint(self, usual: str) -> Colour:
        """Give the colour asked for, or the usual one."""
        return linear(usual) if self.colour is None else self.colour
