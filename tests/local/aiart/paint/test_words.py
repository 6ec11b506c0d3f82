"""Words, English or Chinese, choose scene, surface, colour and hour."""

import pytest

from infra.local.aiart.paint import SCENES, TEMPLATES, wish_of
from infra.local.aiart.paint.colour import Colour, linear, luminance
from infra.local.aiart.templates import TEMPLATES as DESCRIBED

SAME_SCENE = [
    ("blue studio", "蓝色影棚背景", "studio"),
    ("pure white background", "纯白背景", "white"),
    ("on a marble slab", "大理石台面", "marble"),
    ("black marble", "黑色大理石", "dark marble"),
    ("wooden table", "木桌上", "wood"),
    ("by the window, soft light", "窗边,光线柔和", "room"),
    ("in a kitchen", "厨房里", "kitchen"),
    ("a cozy café", "温馨的咖啡馆", "cafe"),
    ("office desk", "办公桌", "office"),
    ("industrial loft", "工业风", "loft"),
    ("concrete wall", "水泥墙", "loft"),
    ("red silk", "红色丝绸", "silk"),
    ("gold velvet", "金色天鹅绒", "velvet"),
    ("spotlight on a stage", "舞台聚光灯", "stage"),
    ("luxury, glamorous", "奢华高级感", "gold"),
    ("neon lights", "霓虹灯", "neon"),
    ("at night", "夜晚", "neon"),
    ("busy city street", "城市街道", "street"),
    ("sandy beach", "沙滩", "beach"),
    ("the open sea", "大海", "ocean"),
    ("clouds in the sky", "天空中的云朵", "sky"),
    ("gradient sky", "渐变的天空", "clear sky"),
    ("mountains far away", "远山", "mountain"),
    ("desert dunes", "沙漠", "desert"),
    ("sunset", "日落", "desert"),
    ("deep forest", "森林深处", "forest"),
    ("a forest path in autumn", "秋天的林间小路", "autumn"),
    ("fallen leaves", "落叶", "autumn"),
    ("garden full of flowers", "花园", "garden"),
    ("green leaves", "绿叶", "garden"),
    ("fresh grass", "草地", "garden"),
    ("snow", "雪地", "winter"),
    ("christmas tree", "圣诞树", "christmas"),
    ("starry sky", "星空", "stars"),
    ("outer space", "太空", "stars"),
    ("pink smoke", "粉色烟雾", "smoke"),
    ("soap bubbles", "肥皂泡泡", "bubbles"),
    ("rainbow gradient", "彩虹渐变", "rainbow"),
    ("rough rice paper", "粗糙的宣纸", "paper"),
    ("brushed metal", "拉丝金属", "metal"),
    ("oil painting", "油画", "oil"),
    ("watercolor wash", "水彩", "watercolour"),
    ("rough rock", "岩石", "rock"),
    ("ripples on the water", "水面涟漪", "water"),
]


def test_english_and_chinese_words_choose_the_same_scene() -> None:
    chosen = [(en, zh, wish_of(en).scene, wish_of(zh).scene) for en, zh, _ in SAME_SCENE]
    assert chosen == [(en, zh, scene, scene) for en, zh, scene in SAME_SCENE]


def test_every_scene_can_be_asked_for() -> None:
    named = {scene for _, _, scene in SAME_SCENE} | {wish.scene for wish in TEMPLATES.values()}
    assert named == set(SCENES)


def test_every_template_of_the_vendor_is_known() -> None:
    assert set(TEMPLATES) == set(DESCRIBED)


def test_a_template_decides_whatever_the_words_say() -> None:
    for template in DESCRIBED:
        assert wish_of("a beach at sunset", template=template) == TEMPLATES[template]


def test_a_template_that_is_not_known_is_read_as_words() -> None:
    assert wish_of("BackgroundTemplate", template="沙漠风光").scene == "desert"


@pytest.mark.parametrize(
    ("words", "scene", "surface"),
    [
        ("on a marble table in a sunny garden", "garden", "marble"),
        ("阳光花园里的木桌上", "garden", "wood"),
        ("a metal watch on the beach", "beach", None),
    ],
)
def test_a_place_comes_before_a_material_which_is_then_the_ground(
    words: str, scene: str, surface: str | None
) -> None:
    wish = wish_of(words)
    assert (wish.scene, wish.surface) == (scene, surface)


def near(colour: Colour | None, hexadecimal: str) -> bool:
    return colour is not None and float(abs(colour - linear(hexadecimal)).max()) < 0.01


@pytest.mark.parametrize(
    ("words", "hexadecimal"),
    [
        ("blue studio", "#2a5bab"),
        ("silver car on red silk", "#b3202c"),
        ("背景是紫色的", "#6b45a8"),
        ("#ff8800 backdrop", "#ff8800"),
    ],
)
def test_the_colour_is_that_of_the_scene_and_not_of_the_product(
    words: str, hexadecimal: str
) -> None:
    assert near(wish_of(words).mood.colour, hexadecimal)


def test_a_coloured_material_is_the_grounds() -> None:
    mood = wish_of("a black cup on a white wooden table").mood
    assert near(mood.ground_colour, "#f5f4f2")
    assert mood.colour is None


def test_dark_and_light_shade_a_colour() -> None:
    shades = [wish_of(f"{how}blue studio").mood.colour for how in ("dark ", "", "light ")]
    dark, plain, light = (float(luminance(shade).mean()) for shade in shades if shade is not None)
    assert dark < plain < light


@pytest.mark.parametrize(
    ("words", "hour"),
    [
        ("木桌上,清晨阳光,窗边", "morning"),
        ("beach at sunset", "sunset"),
        ("黄昏的海滩", "sunset"),
        ("夜晚的海面", "night"),
        ("night cream on a marble shelf", None),
    ],
)
def test_the_hour_is_heard(words: str, hour: str | None) -> None:
    assert wish_of(words).mood.hour == hour


@pytest.mark.parametrize(
    "words", ["wet street", "雨后的街道", "neon street", "rainy city at night"]
)
def test_a_wet_street_and_a_neon_street_are_wet_and_at_night(words: str) -> None:
    wish = wish_of(words)
    assert wish.scene == "neon"
    assert wish.mood.is_wet


@pytest.mark.parametrize(
    ("words", "avoid", "scene"),
    [
        ("marble or wooden table", "marble", "wood"),
        ("forest", "people, text, watermark, low quality", "forest"),
        ("forest without snow", "", "forest"),
        ("不要沙滩,天空背景", "", "sky"),
    ],
)
def test_what_is_to_be_avoided_is_not_chosen(words: str, avoid: str, scene: str) -> None:
    assert wish_of(words, avoid=avoid).scene == scene


def test_words_that_name_no_scene_get_a_quiet_studio_of_their_own() -> None:
    wishes = [wish_of(words) for words in ("shoes", "产品图", "x", "y", "z", "")]
    assert {wish.scene for wish in wishes} == {"studio"}
    colours = [wish.mood.colour for wish in wishes]
    assert len({colour.tobytes() for colour in colours if colour is not None}) > 1
