"""Paint the scene that words describe and put a cut-out product into it, by numpy and OpenCV."""

from infra.local.aiart.paint.compose import compose
from infra.local.aiart.paint.scenes import SCENES
from infra.local.aiart.paint.words import TEMPLATES, wish_of

__all__ = ["SCENES", "TEMPLATES", "compose", "wish_of"]
