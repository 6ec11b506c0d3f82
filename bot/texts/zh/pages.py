"""The form, App Home, and what a link answers, in Simplified Chinese."""

TEXTS = {
    # the form
    "form.title": "更换背景",
    "form.submit": "开始作图",
    "form.close": "关闭",
    "form.photos": "商品照片",
    "form.photos_hint": "最多 10 张，每张照片各出一张图。",
    "form.remembered": "消息里有 {count} 张照片。下面可以再添加。",
    "form.left_out": "一张表单最多放 {most} 张照片，消息里还有 {count} 张没有放进来：请连同描述另发一次。",
    "form.unseen": "如果我不在这个频道里，就无法读取这些照片：请邀请我，或在下面重新添加。",
    "form.unnamed": "照片",
    "form.photo_url": "地址 {address} 的照片",
    "form.same_photo": "沿用之前的商品照片。",
    "form.scene": "场景",
    "form.no_scene": "不用场景",
    "form.scene_hint": "下面没有改动的内容由场景决定：背景、不要出现的内容、尺寸。",
    "form.words": "描述新背景",
    "form.words_hint": "这里的描述或下面现成的背景，必填其一；场景里已有背景时可不填。",
    "form.words_example": "放在木桌上，清晨的阳光",
    "form.template": "或者选一个现成的背景",
    "form.no_template": "不用现成的，按我的描述",
    "form.alone": "只要商品，免费",
    "form.packshot": "白底图",
    "form.packshot-shadow": "白底图，带阴影",
    "form.own_words": "我的描述",
    "form.product": "商品是什么",
    "form.product_hint": "几个字，例如“跑车”，有助于保持商品完整。",
    "form.avoid": "不要出现的内容",
    "form.avoid_hint": "例如：人物、文字",
    "form.size": "尺寸",
    "form.shops": "或按平台的尺寸",
    "form.shops_hint": "每个平台一张，各算一次付费调用；形状相近的只画一张，其余由它调整而成。优先于尺寸。",
    "form.shops_choose": "可选多个",
    "form.own_size": "或者自定义尺寸",
    "form.own_size_hint": "宽和高的像素，各 501 到 3999，或 3:4 这样的比例。填写后以此为准。",
    "form.own_size_example": "1200x900",
    "form.mask": "蒙版（抠图用）",
    "form.mask_hint": "只用于单张照片，精确指定商品：同样大小的 PNG，商品以外透明。",
    "form.watermark": "“AI 生成”标识",
    "form.watermark_on": "显示在图片上",
    "template.colour": "颜色",
    "template.texture": "材质",
    # App Home
    "home.new": "更换背景",
    "home.older": "更早的",
    "home.newer": "较新的",
    "home.recent": "最近的图片",
    "home.nothing": "还没有图片。发一张商品照片和几个词，并提到我。",
    "home.defaults": "我的默认设置",
    "home.size": "尺寸",
    "home.language": "语言",
    "home.language_auto": "跟随 Slack",
    "home.watermark": "图片上的“AI 生成”标识",
    "home.watermark_on": "是",
    "home.watermark_off": "否",
    "home.how": "使用方法",
    # the first look at the messages
    "welcome.what": "你好！我为商品照片更换背景。在这里发给我一张照片，并写上想要的背景。例如：",
    "welcome.example": "放在木桌上，清晨的阳光",
    "welcome.more": "几秒钟后就会收到图片。在频道里也可以用：发照片并提到我就行。",
    # a window that says something
    "window.title": "Backdrop 换背景",
    # how to
    "help.what": "我为商品照片更换背景。",
    "help.mention": "在带一张或多张照片的消息里提到我：`@Backdrop 放在木桌上，清晨的阳光`",
    "help.options": "文字之后可加：`--商品 跑车` `--避免 人物` `--尺寸 16:9`；不写文字也可以用：`--模板 大理石`",
    "help.thread": (
        "在消息列里提到我：用上面最近的那张照片再换一次背景，那张照片不必提到过我。只写新的描述，尺寸和商品不变；"
        "只写选项（如 `--尺寸 9:16`），描述不变。"
    ),
    "help.form": "`/backdrop` 打开“更换背景”表单，所有选项都在里面。",
    "help.address": "`/backdrop https://… 在沙滩上`：直接使用该地址的照片。",
    "help.zip": "在消息列里写 `@Backdrop 打包`，可把其中的图片打包成一个文件；`/backdrop zip` 打包你最近 24 小时的图片。",
    "help.shops": "`--用于 亚马逊` 采用平台的尺寸；`--用于 亚马逊、小红书、抖音` 各出一张。可用：{names}。",
    "help.check": (
        "在消息列里或附上图片写 `@Backdrop 检查 亚马逊`，就能知道该平台会拒绝什么；只写 `检查` 则核对所有已知的平台。"
        "任何带图片的消息，菜单里也有“Check for shops”（检查图片）。"
    ),
    "help.packshot": (
        "`@Backdrop 白底图` 把商品单独放在白底上，免费，不用排队。照片须背景透明或附蒙版；"
        "已做好的图片，在图片下方的菜单里选“白底图”。`--白底图 #f5f5f5` 换颜色，`--占比 90` 让商品更大，`--阴影 开` 加柔和的阴影。"
    ),
    "help.shortcut": "任何带照片的消息，菜单里都有“New background”（更换背景）。",
    "help.direct": "也可以私信发给我照片和文字；之后只发文字，就用最后一张照片。",
    "help.auto": (
        "`/backdrop auto on` 让发到这里的每张照片都更换背景：按照片旁的文字，没有文字则用频道的背景。"
        "`/backdrop auto always 放在木桌上`：不管文字，一律用这个背景。"
        "`/backdrop auto off` 关闭，`/backdrop auto status` 查看。"
    ),
    "help.usage": "`/backdrop usage` 查看你做了多少张图片。",
    "help.scene": (
        "`/backdrop 场景 保存 夏天 沙滩上` 给背景起个名字，`--场景 夏天` 用于任何照片，`/backdrop 场景` 查看全部。"
    ),
    "help.watermark": "`--水印 关` 可去掉“AI 生成”标识；须先同意其含义：`/backdrop 水印`。",
    "help.templates": "现成的背景（--模板）：{names}",
    "link.unknown": "没有这张图片。",
    "link.missing": "这张图片还没有生成，或已不再保留。",
    "link.deleted": "这张图片已被删除。",
    "link.expired": "这张图片已不再保留。",
    "link.zip_over": "压缩包里有图片已被删除或不再保留，因此压缩包也已失效。请在 Slack 中重新打包。",
}
