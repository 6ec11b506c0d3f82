"""List the words that name scenes, surfaces, hours and moods, in English and Chinese.

Each table is searched in its order, and the first entry found wins: places come before materials,
so that "a marble table in a garden" is a garden with a table of marble.
"""

import re

Terms = dict[str, re.Pattern[str]]

_NOUNS = "surface|table|tabletop|desk|floor|plate|board|slab|platform|counter|plank|sheet|deck|top"


def _either(english: str, chinese: str) -> re.Pattern[str]:
    """Match whole English words (with a plural s), or Chinese characters anywhere."""
    return re.compile(rf"\b(?:{english})s?\b|{chinese}")


def _laid(english: str, chinese: str) -> re.Pattern[str]:
    """Match a material that something stands on: after "on", or before a word such as "table".

    Alone it may be the product's own ("a metal watch on the beach").
    """
    return re.compile(
        rf"\b(?:on|atop|upon)\b[^,.;]{{0,24}}?\b(?:{english})\b"
        rf"|\b(?:{english})\b (?:{_NOUNS})|(?:{chinese})[^,,。]{{0,3}}[上台桌板面地垫]"
    )


SCENE_TERMS: Terms = {
    "christmas": _either(r"christmas|xmas|santa|noel|new year", "圣诞|新年"),
    "bubbles": _either(r"(?:soap )?bubble", "泡泡|气泡"),
    "smoke": _either(r"smoke|smoky|billow|dry ice", "烟雾|烟云|烟(?!灰|台)|云雾缭绕|干冰"),
    "stars": _either(
        r"starry|star|galaxy|galaxies|milky way|(?:outer|deep|in) space|universe|cosmos|"
        r"cosmic|nebula|astronaut",
        "星空|星河|银河|宇宙|太空|星云|星夜|星星",
    ),
    "neon": _either(
        r"neon|cyber\W?punk|nightclub|synthwave|night (?:city|street)|"
        r"city (?:night|at night|lights)",
        "霓虹|赛博|夜景|夜市|夜店|夜晚的?(?:城市|街)|城市夜",
    ),
    "beach": _either(
        r"beach|beaches|seaside|sea\W?shore|shore|coast|tropical|sandy", "沙滩|海滩|海边|海岸|热带"
    ),
    "desert": _either(r"desert|dune|sahara", "沙漠|沙丘|戈壁|大漠"),
    "mountain": _either(
        r"mountain|alp|alpine|peak|hill|canyon|valley|cliff",
        "雪山|高山|山峰|山脉|群山|山顶|山间|山谷|远山",
    ),
    "winter": _either(
        r"winter|snow(?!\W?white)|snowy|snowfall|frost|icy", "冬|雪(?!白|山|碧)|冰天"
    ),
    "street": _either(
        r"street|road|city|cities|urban|downtown|avenue|highway|asphalt|parking lot",
        "街道|街头|街|马路|公路|道路|城市|都市|柏油",
    ),
    "autumn": _either(
        r"autumn|autumnal|(?:fall|fallen|falling|maple) (?:leaf|leaves|foliage|forest|wood)|"
        r"(?:in|of) (?:the )?fall(?= *(?:$|[,.;]))|fall colou?r",
        "秋天|秋日|秋叶|秋色|秋林|深秋|金秋|落叶|红叶|枫",
    ),
    "garden": _either(
        r"garden|flower|blossom|floral|petal|meadow|lawn|grass|grassy|park|leaf|leaves|plant|spring",
        "花园|庭院|绿叶|树叶|叶子|花丛|花海|花瓣|植物|绿植|花朵|樱花|鲜花|草地|草坪|草原|公园|春天",
    ),
    "forest": _either(
        r"forest|wood(?:s|land)|jungle|tree|moss|mossy|bamboo grove",
        "森林|树林|丛林|林间|竹林|苔藓|大树",
    ),
    "ocean": _either(
        r"ocean|sea(?! salt)|wave|underwater|marine",
        "海洋|海面|大海|海水|海浪|海(?!报|鲜|绵|参|苔)",
    ),
    "kitchen": _either(r"kitchen|countertop|worktop", "厨房|灶台|料理台"),
    "cafe": _either(
        r"caf[eé]|coffee (?:shop|house)|restaurant|(?:cocktail|wine) bar|bar counter|pub|bistro",
        "咖啡馆|咖啡厅|咖啡店|餐厅|酒吧|餐馆",
    ),
    "office": _either(r"office|desk|workspace|workplace|cowork\w*", "办公|书桌|写字台|工作台"),
    "loft": _either(
        r"loft|industrial|warehouse|factory|concrete|cement|garage",
        "工业|仓库|厂房|水泥|混凝土|车库",
    ),
    "stage": _either(
        r"stage|spot\W?light|podium|pedestal|theat(?:re|er)|catwalk|showroom|exhibition",
        "舞台|聚光灯|追光|展台|展厅|剧院|t台",
    ),
    "rainbow": _either(
        r"rainbow|multi\W?colou?red gradient|colou?rful gradient", "彩虹|七彩|多彩渐变"
    ),
    "silk": _either(r"silk|silky|satin|drapery|fabric|cloth", "丝绸|绸缎|真丝|缎|绸|布料|织物"),
    "velvet": _either(r"velvet|velour|curtain", "天鹅绒|丝绒|绒布|绒|帷幕|幕布|窗帘"),
    "watercolour": _either(r"water\W?colou?r|ink wash|aquarelle", "水彩|水墨"),
    "oil": _either(
        r"oil[- ]paint\w*|oil on canvas|canvas(?! (?:shoe|bag|sneaker|tote))|impasto|"
        r"brush ?stroke|painterly|van gogh",
        "油画|画布|笔触",
    ),
    "paper": _either(
        r"(?:rice |craft |kraft )?paper(?! (?:cup|bag|towel|box))|parchment|cardboard",
        "宣纸|纸张|牛皮纸|纸(?!杯|巾|盒|袋)",
    ),
    "metal": _either(
        r"metal|metallic|alumini?um|steel|brushed|chrome|titanium", "金属|铝|拉丝|不锈钢|钢板|钛"
    ),
    "clear sky": _either(
        r"clear sky|gradient (?:blue )?sky|sky gradient|blue hour",
        "晴空|渐变.{0,8}天空|天空渐变|天空.{0,4}渐变",
    ),
    "sky": _either(
        r"sky(?!\W?blue)|skies|cloud|cloudy|heaven", "天空|蓝天|白云|云端|云朵|云层|云(?!石|南)"
    ),
    "dark marble": _either(
        r"(?:black|dark) marble", "(?:黑|暗|深)[色光]{0,2}的?大理石|暗光.{0,4}大理石"
    ),
    "marble": _either(r"marble|granite|terrazzo", "大理石|云石|水磨石"),
    "rock": _either(r"rock|rocky|stone|slate|boulder", "岩石|石头|石台|石板|石块"),
    "wood": _either(
        r"wood|wooden|timber|plank|board|oak|walnut|table|tabletop",
        "木(?!瓜|耳|槿|星)|桌|原木|茶几",
    ),
    "water": _either(
        r"water (?:surface|reflection)|(?:on|over|in|above) (?:the |still |calm )?water|"
        r"pool|lake|pond|ripple",
        "水面|水中|湖|泳池|水波|涟漪|池塘",
    ),
    "gold": _either(
        r"gold(?:en)?(?= (?:background|backdrop|light|glitter|bokeh|particle|dust))|"
        r"luxury|luxurious|glamou?r\w*|glitter|premium|opulent|elegant",
        "奢华|奢侈|豪华|轻奢|高级感|黑金|金箔|金粉|尊贵|金色(?=背景|光|粒子)",
    ),
    "room": _either(
        r"window|room|interior|home|living\W?room|bedroom|indoor|house|sun\W?light|sunlit|sunny",
        "窗|室内|客厅|房间|家居|卧室|家里|阳光|日光",
    ),
    "white": _either(
        r"(?:pure|plain|clean|solid|all)[ -]?white|high[- ]key|"
        r"white (?:back(?:ground|drop)|studio|surface)",
        "纯白|白底|白色?(?:的)?(?:背景|环境|影棚)|^白色?$",
    ),
    "studio": _either(
        r"studio|seamless|back(?:ground|drop)|minimal\w*|plain|gradient|solid colou?r",
        "摄影棚|影棚|纯色|渐变|简约|极简|背景",
    ),
}
"""Scenes, those that say most about a place first."""

SURFACE_TERMS: Terms = {
    "dark marble": SCENE_TERMS["dark marble"],
    "marble": SCENE_TERMS["marble"],
    "mirror": _either(
        r"mirror|glass (?:table|shelf|surface|floor)|acrylic|glossy floor",
        "镜面|玻璃桌|玻璃台|亚克力|镜子",
    ),
    "wood": _either(
        rf"(?:wood|wooden|timber|oak|walnut) (?:{_NOUNS})|on (?:\w+ )?wood|plank|deck|log|"
        r"(?<!marble )(?<!stone )(?<!glass )(?<!metal )table(?:top)?",
        "木[板桌台地]|(?<!石)(?<!玻璃)桌|甲板",
    ),
    "concrete": _either(r"concrete|cement", "水泥|混凝土"),
    "silk": _laid("silk|satin", "丝绸|绸缎|真丝|缎|绸"),
    "velvet": _laid("velvet", "天鹅绒|丝绒|绒布"),
    "sand": _either(r"sand|sandy", "沙子|沙地|沙滩|沙漠"),
    "snow": _either(r"snow(?!\W?white)|snowy", "雪(?!白|山|碧)"),
    "earth": _either(r"moss|mossy|soil|earth", "苔藓|泥土|土地"),
    "grass": _either(r"grass|grassy|lawn|meadow", "草地|草坪|草原"),
    "rock": _either(r"rock|rocky|stone|slate|boulder|cliff", "岩石|石头|石台|石板|石块|石桌"),
    "asphalt": _either(r"asphalt|road|street|highway", "马路|公路|道路|柏油|街"),
    "metal": _laid("metal|steel|alumini?um", "金属|铝|不锈钢|钢"),
    "paper": _laid("paper", "纸(?!杯|巾|盒|袋)"),
    "water": SCENE_TERMS["water"],
}
"""What the product can stand on; surfaces named for a place that has its own come last."""

HOURS: Terms = {
    "sunset": _either(
        r"sunset|sundown|golden hour|evening (?:sun|light|glow)|twilight glow",
        "日落|夕阳|黄昏|晚霞|落日|傍晚",
    ),
    "morning": _either(r"morning|sunrise|dawn|breakfast", "清晨|早晨|早上|晨光|日出|朝阳|早餐|晨"),
    "dusk": _either(r"dusk|twilight|blue hour|evening", "暮|傍晚|蓝调时刻"),
    "night": _either(r"(?:mid)?night(?! cream)|nocturnal|moon\w*", "夜(?!霜|来香)|月光|月亮|深夜"),
    "day": _either(r"day(?:light|time)?|noon|midday|bright", "白天|正午|中午|日间"),
}
"""Hours of the day; the more particular first."""

BACKGROUND = _either(r"back(?:ground|drop)|wall|studio|backgrounds", "背景|墙|底色|影棚|幕布")
"""Words for the backdrop: a colour beside one of them is the backdrop's colour."""
WET = _either(r"wet|rain|rainy|rained|puddle", "湿|雨(?!伞|衣)|积水|水洼")
DIM = _either(
    r"dark|dim|dimly|moody|low[- ]key|chiaroscuro|shadowy", "昏暗|暗光|暗调|幽暗|低调|暗黑"
)
NEGATIONS = re.compile(
    r"\b(?:no|not|without|avoid|never)\b(?: any| an?| the)? ([\w' -]+)"
    r"|(?:不要有?|没有|避免|不含|不带|无需|去掉)([^,,。;;、!!]+)"
)
"""Negations: the words that follow, up to the next comma, are not wanted."""
