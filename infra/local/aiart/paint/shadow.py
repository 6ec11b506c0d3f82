"""Lay the product's shadow on the ground."""

import math

import cv2
import numpy as np

from infra.local.aiart.paint.contact import Contact, contact_of
from infra.local.aiart.paint.field import Field, Planes, blur, look_up, resize
from infra.local.aiart.paint.view import View

COOL = (0.90, 0.95, 1.14)
"""The light left in a shadow comes from the sky, so it is a little cooler."""


def darkness(alpha: Field, view: View, *, lift: float) -> Field:
    """Give how much light the product takes from the ground, 0..1: (h, w).

    Three depths: a thin dark line where it touches, a soft zone about it, and the shadow that the
    light from the left casts to the front and the right. With ``lift``, in heights, it floats.
    """
    half = view.halved()
    dark = _darkness(resize(alpha, half.height, half.width), half, lift=lift)
    opacity = float(alpha.max())  # glass casts little shadow
    return resize(dark * opacity, view.height, view.width)


def _darkness(alpha: Field, view: View, *, lift: float) -> Field:
    """Compute ``darkness`` for a picture of half the size."""
    contact = contact_of(alpha).lowered(lift * view.height)
    u = view.unit / 1280
    below_belly = (view.row >= contact.belly) & (view.row <= contact.ground + 1)
    under = (below_belly * contact.touch).astype(np.float32)
    edge = _edge(alpha.shape, contact, max(2, round(7 * u)))
    tight = np.clip(1.1 * blur(under, 4 * u) + 1.2 * blur(edge, 5 * u), 0, 1)
    zone = np.clip(1.5 * blur(np.maximum(under, edge), 18 * u), 0, 1)
    wide = np.clip(2.2 * blur(np.maximum(under, edge), 60 * u), 0, 1)
    cast = _cast(alpha, contact, view)
    if lift:
        tight, cast = tight * 0, cast * 0.5
    left = (1 - 0.90 * tight) * (1 - 0.62 * zone) * (1 - 0.50 * wide) * (1 - 0.50 * cast)
    dark: Field = 1 - left
    return dark


def _edge(shape: tuple[int, ...], contact: Contact, thick: int) -> Field:
    """Draw the contact line itself, as strong as the product touches."""
    edge = np.zeros(shape, np.uint8)
    columns = np.arange(contact.left, contact.right + 1)
    points = np.stack([columns, contact.ground[columns]], axis=1).round().astype(np.int32)
    cv2.polylines(edge, [points.reshape(-1, 1, 2)], False, 255, thick, cv2.LINE_AA)
    near: Field = np.clip(1 - (contact.ground - contact.belly) / (2 * thick), 0, 1)
    return edge.astype(np.float32) / 255 * contact.touch * (0.35 + 0.65 * near)


def _cast(alpha: Field, contact: Contact, view: View) -> Field:
    """Lay the outline down on the ground, away from the light, fading with the distance."""
    u = view.unit / 1280
    ground = contact.ground[None, :]
    below = view.row - ground
    lying = 0.22 + 0.35 * math.sin(view.pitch)
    aside = view.column - 0.9 * below
    front = look_up(alpha, aside, ground - below / lying)
    front *= (below > -2) & (aside >= 0) & (aside < view.width)
    front *= np.exp(-np.clip(below, 0, None) / (90 * u))
    behind = look_up(alpha, np.broadcast_to(view.column, view.size), ground + below / 0.10)
    behind *= below <= 1
    return blur(np.clip(front + behind * 0.5, 0, 1), 14 * u)


def shade(picture: Planes, dark: Field, *, strength: float, on: Field | float) -> None:
    """Lay the shadow on the picture, in place; ``on`` is 1 on the ground, less on a wall."""
    amount = np.clip(dark * (strength / 0.7), 0, 0.93) * on
    left = 1 - amount
    for channel, cool in enumerate(COOL):
        picture[channel] *= left * (1 + (cool - 1) * 0.5 * amount)
