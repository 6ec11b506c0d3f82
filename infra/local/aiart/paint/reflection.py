"""Paint what a glossy floor mirrors: the wall behind it, and the product."""

import math
from dataclasses import dataclass

import numpy as np

from infra.local.aiart.paint.contact import Contact
from infra.local.aiart.paint.field import Field, Planes, blur, look_up, resize
from infra.local.aiart.paint.material import Material
from infra.local.aiart.paint.view import View


@dataclass(frozen=True)
class Standing:
    """Hold a product in its place in the picture: colours (3, h, w), alpha (h, w), its contact."""

    rgb: Planes
    alpha: Field
    contact: Contact


def of_wall(floor: Planes, wall: Planes, material: Material, view: View) -> Planes:
    """Mirror the wall, upside down, in the floor, which holds the picture's lower rows.

    The image is blurred as the floor's roughness says and fades towards the viewer.
    """
    first = view.height - floor.shape[1]
    image = resize(wall, max(2, view.height // 2), max(2, view.width // 2))
    image = blur(image, view.unit / 220 * material.rough + 0.5)
    shape = (floor.shape[1], view.width)
    up = np.broadcast_to(np.abs(2 * view.horizon - view.row[first:]), shape)
    aside = np.broadcast_to(view.column, shape)
    if material.ripple is not None:
        shift = material.ripple * view.unit
        up, aside = up + shift, aside + 0.4 * shift
    image = look_up(image, aside / 2, up / 2)
    gloss = material.gloss * (1 - 0.45 * np.clip(view.depth()[first:], 0, 1))
    return floor * (1 - 0.5 * material.gloss) + image * gloss


def of_product(picture: Planes, product: Standing, material: Material, view: View) -> Planes:
    """Mirror the product in the picture's floor; the image fades with the distance."""
    contact = product.contact
    first = view.height - material.colour.shape[1]
    start = max(int(contact.ground.min()) - 2, first)
    row, column = view.row[start:], np.broadcast_to(view.column, (view.height - start, view.width))
    below = row - contact.ground
    up = contact.ground - below
    if material.ripple is not None:
        shift = material.ripple[start - first :] * view.unit
        up, column = up + 0.5 * shift, column + 0.4 * shift
    spread = view.unit / 1280 * 3 * (1 + 2 * material.rough)
    cover = look_up(product.alpha, column, up) * (below > 0)
    image = blur(look_up(product.rgb, column, up) * cover, spread)
    gloss = np.broadcast_to(material.gloss, material.colour.shape[1:])[start - first :]
    fade = np.exp(-np.clip(below, 0, None) / (0.13 * view.height)) * _upright(view.pitch)
    share = np.clip(gloss * fade, 0, 0.9)
    out = np.array(picture)
    out[:, start:] = out[:, start:] * (1 - blur(cover, spread) * share) + image * share
    return out


def _upright(pitch: float) -> float:
    """Give how much of a product's mirror image its own picture can stand for, 0..1.

    The more it is seen from above, the more its underside would show instead.
    """
    return min(max(1.25 - 1.5 * math.sin(pitch), 0.0), 1.0)
