"""What people read, in Simplified Chinese. The same keys as ``bot.texts.en``."""

TEXTS = {
    # progress
    "progress.queued": "排队中，前面还有 {ahead} 个。",
    "progress.next": "下一个就轮到你了。",
    "progress.painting": "正在绘制新背景……",
    "progress.several": "已完成 {done}/{total}。",
    "progress.kept": "暂时等待：图片服务现在无法使用，你的任务已保留。",
    # the result
    "result.here": " 图片做好了。",
    "result.here_named": " {product}的图片做好了。",
    "result.direct": " 图片做好了，但没能发到你提出请求的地方。",
    "result.details": "{width} × {height} 像素 · {seconds} 秒",
    "result.full_size": "查看原图",
    "result.alt": "商品图：{words}",
    "result.alt_template": "商品图，背景“{template}”",
    "result.twice": "第一次调用没有收到回答，因此这张图片可能被计费两次。",
    "result.fallback": "图片做好了。",
    # failures
    "failure.headline": " 没有成功",
    "failure.named": " {name} 没有成功",
    "failure.request_id": "供客服查询：RequestId {request_id}",
    "failure.perhaps_billed": "这次尝试可能已计费。",
    "failure.fallback": "有一张图片没能做成。",
    "failure.fallback_named": "{name} 的图片没能做成。",
    # answers that only the asker sees
    "refusal.fallback": "暂时无法处理。",
    "refusal.example": "例如：@Backdrop 放在木桌上，清晨的阳光",
    "refusal.edited": (
        "我按最初发送的文字作了图。要使用新的文字，请重新发送照片，或在结果下面点“再来一张”。"
    ),
    # the admin channel
    "admin.account": (
        "aiart 拒绝了我们的账号（{vendor_code}）。我已停止调用，所有任务都已保留。"
        "请在腾讯云控制台查看余额和服务状态；我每隔几分钟会再试一个任务。RequestId {request_id}"
    ),
    # errors: what happened, and what to do
    "photo_missing": "我需要一张照片：请在提到我的消息里附上一张或多张照片。",
    "photo_empty": "文件是空的（0 字节），请重新上传。",
    "photo_not_an_image": "无法读取这个文件。支持 JPEG、PNG、WebP、HEIC、AVIF、GIF、BMP 和 TIFF。",
    "photo_truncated": "图片文件不完整，请重新上传。",
    "photo_too_small": "图片是 {width} × {height} 像素，每边至少需要 {min} 像素。",
    "photo_too_large": "文件超过 {max_mb} MB，请上传小一些的文件。",
    "photo_too_many_pixels": "图片有 {width} × {height} 像素，太大了，请先缩小。",
    "photo_gone": "照片已经不在了，请重新上传。",
    "photo_not_fetched": "无法读取照片地址（{rule}）。",
    "photo_refused": "图片服务无法使用这张照片，请换一个文件。",
    "photo_illegal": "图片服务的审核没有通过这张照片。",
    "mask_not_an_image": "无法读取蒙版文件，最好使用 PNG。",
    "mask_no_transparency": "蒙版需要透明背景，或者纯黑（背景）和纯白（商品）。",
    "mask_all_opaque": "蒙版完全不透明：商品以外的部分必须透明。",
    "mask_all_transparent": "蒙版完全透明：商品部分必须不透明。",
    "mask_other_size": (
        "蒙版是 {mask_width} × {mask_height} 像素，照片是 {width} × {height} 像素，两者必须一样大。"
    ),
    "mask_without_photo": (
        "不知道蒙版 {name} 属于哪张照片。请按照片命名，并在扩展名前加 .mask：cup.jpg 和 cup.mask.png。"
    ),
    "words_missing": "请用几个词告诉我新背景是什么样的。",
    "words_too_long": "描述有 {length} 个字符，比上限 {limit} 多了 {over} 个。",
    "words_reserved": "“BackgroundTemplate”是保留词。请描述背景，或指定模板：--模板 大理石",
    "words_illegal": "图片服务的审核没有通过这些文字，请换个说法。",
    "words_and_template": "请使用自己的文字或模板，不要同时使用。",
    "option_unknown": "不认识选项 {option}。可用：--商品、--模板、--避免、--尺寸、--水印。",
    "option_empty": "选项 {option} 后面需要一个值。",
    "avoid_too_long": "要避免的内容有 {length} 个字符，比上限 {limit} 多了 {over} 个。",
    "product_too_long": "商品名称有 {length} 个字符，比上限 {limit} 多了 {over} 个。",
    "template_unknown": "没有模板“{typed}”。可用：{names}。",
    "size_unreadable": "看不懂尺寸“{typed}”。请写 1280:720、1280x720 或 16:9。",
    "size_out_of_range": (
        "{width} × {height} 像素超出范围：每边 {min} 到 {max} 像素，比例在 2:5 和 5:2 之间。"
    ),
    "logo_refused": "水印图片或位置被拒绝。",
    "slot_busy": "图片服务正忙。",
    "aiart_trouble": "图片服务出了问题，请几分钟后再试。",
    "aiart_timeout": "图片服务没有按时完成，请再试一次。",
    "answer_lost": "两次都没有收到图片服务的回答，请稍后再试。",
    "picture_illegal": "图片服务的审核两次都没有通过生成的图片，换个说法可能有帮助。",
    "request_refused": "图片服务拒绝了请求，请告诉管理员。",
    "account_unusable": "图片服务暂时无法使用，管理员已收到通知。",
    "picture_empty": "图片服务没有返回图片，请再试一次。",
    "picture_gone": "无法取回做好的图片，请再试一次。",
    "picture_broken": "做好的图片已损坏，请再试一次。",
    "slack_scope_missing": "我没有读取文件的权限：应用需要权限 {scope}，请告诉管理员。",
    "slack_revoked": "Slack 不再接受应用的令牌。",
    "channel_not_member": "我不在那个频道里。请先邀请我，然后再试。",
    "channel_gone": "频道已归档或不存在。",
    "links_not_configured": "Backdrop 还没有设置完成（LINK_BASE_URL），请告诉管理员。",
    "too_old": "等待超过了 {hours} 小时，已放弃。请重新提出。",
    "internal": "我们这边出了错，已经记录下来，请重新提出。",
}
