"""List aiart's background templates, as far as Tencent's list (1668/115391) could be read.

``BackgroundTemplate`` takes the Chinese name; the list's own prompt says what the vendor paints.
"""

import msgspec


class Template(msgspec.Struct, frozen=True):
    """Describe what a template shows: in our words, and as the vendor's own prompt has it."""

    shows: str
    vendor_prompt: str


TEMPLATES: dict[str, Template] = {
    "白色": Template("pure white, a still life", "放在纯白色的环境中,采用静物摄影风格"),
    "彩虹渐变": Template(
        "a wall sprayed in all the colours of the rainbow, bright and warm",
        "背景为彩虹渐变墙面,亮暖色,清新简约风格,喷涂效果",
    ),
    "天空渐变": Template(
        "the ground under a deep blue sky that fades",
        "放在地面上,背景是渐变的深蓝色天空,商业摄影风格",
    ),
    "星空渐变": Template(
        "the ground under a starry sky that fades",
        "放在地面上,背景是渐变的星空,商业摄影风格",
    ),
    "海洋渐变": Template("the open sea, fading with distance", "背景是渐变的海面,商业摄影风格"),
    "木纹": Template("a board with clear wood grain", "放在有木纹纹理的木板上,背景简洁"),
    "粗糙纸张": Template(
        "rough rice paper that fills the picture",
        "放在粗糙的宣纸上,纸张铺满画面,极简风格,广告摄影",
    ),
    "丝绸": Template("silk that fills the picture", "放在绸缎上,绸缎铺满画面,极简风格,广告摄影"),
    "大理石": Template("marble all around", "放在铺满大理石的背景环境中,极简风格"),
    "金属": Template(
        "a plate of brushed aluminium in natural light",
        "放在一整块有拉丝纹理的铝合金金属板上,光影自然,极简风格",
    ),
    "烟雾": Template(
        "floating in pink smoke over water, black behind, soft light",
        "悬浮在空中,周围萦绕着粉色的烟雾,底下有水面,背景是纯黑的幕布,光线柔和,商业摄影风格",
    ),
    "油画纹理": Template(
        "a canvas with thick strokes of oil paint that fills the picture",
        "放在有油画笔触的绘画画布上,画布铺满画面,极简风格,广告摄影",
    ),
    "水彩纹理": Template(
        "a sheet with washes of watercolour and ink that fills the picture",
        "放在有水彩水墨笔触的绘画画布上,画布铺满画面,极简风格,广告摄影",
    ),
    "暗光大理石": Template(
        "marble all around in dim light", "放在铺满大理石的背景环境中,灯光昏暗,极简风格,广告拍摄"
    ),
    "肥皂泡泡": Template(
        "a plain surface among iridescent soap bubbles, bright and cheerful",
        "放在平面上,背景是肥皂泡泡,五彩斑斓,明亮光线,浪漫愉快的氛围",
    ),
}
