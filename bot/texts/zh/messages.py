"""The messages in threads and channels, in Simplified Chinese."""

TEXTS = {
    # progress
    "progress.queued": "前面还有 {ahead} 张",
    "progress.next": "下一张就轮到你了",
    "progress.painting": "正在绘制新背景…",
    "progress.several": "已做好 {done}/{total} 张",
    "progress.unusable": "暂时等待：图片服务现在无法使用。内容不会丢失，恢复后会自动继续。",
    "progress.spent": (
        "暂时等待：今天的图片数量已达上限，UTC 零点（北京时间 8:00）之后会自动继续。"
        "如果在此之前等待过久，我会告诉你，届时请重新提交。"
    ),
    "progress.seconds": "大约还需 {seconds} 秒",
    "progress.minutes": "大约还需 {minutes} 分钟",
    # several photos of one upload
    "batch.photo": "第 {number}/{total} 张",
    "batch.parent": "{count} 张照片",
    "batch.all_made": "{count} 张图片全部做好了。",
    "batch.made": "已做好 {count} 张",
    "batch.failed": "失败 {count} 张",
    "batch.cancelled": "已取消 {count} 张",
    "batch.one_failed": "失败，原因见上文",
    "batch.one_cancelled": "已取消",
    "batch.comma": "，",
    "batch.more": "还有 {count} 张",
    # the result
    "result.here": " 图片做好了。",
    "result.here_named": " 图片做好了：{product}。",
    "result.ready": "{name}：做好了。",
    "result.for": "{client} 的图片 · {reference}",
    "result.direct": " 图片做好了，但没能发到你发起的地方。",
    "result.details": "{width} × {height} 像素 · {seconds} 秒",
    "result.full_size": "高清大图",
    "result.before": "换背景前",
    "result.alt": "商品图：{words}",
    "result.alt_template": "商品图，背景“{template}”",
    "result.preview": (
        "这里无法读取 HEIC，因此这张图片用的是 Slack 的较小预览图。需要最佳清晰度时请发送 JPEG。"
    ),
    "result.twice": "图片服务第一次没有响应，因此这张图片可能被计费两次。",
    "result.unshown": "Slack 没能在这里显示图片，点下面的链接可以打开。",
    # several pictures for one wish
    "variations.here": " 做好了 {done} 张图片，请挑选。",
    "variations.sheet": "{count} 张图片并排，带编号：{words}",
    "variations.size": "{width} × {height} 像素",
    "variations.gone": "这张图片已经不在了。",
    # the product alone
    "cutout.here": " 抠图做好了：商品已去掉背景。",
    "alone.made": "已经做过了，就是这张。",
    "cutout.file": "透明 PNG",
    "cutout.alt": "抠出的商品，棋盘格表示透明",
    "cutout.alt_named": "抠出的{product}，棋盘格表示透明",
    # the product alone on a plain ground
    "sizes.calls": "共 {count} 张：{names}。付费调用 {calls} 次。",
    "sizes.fitted": "其中 {fitted} 张由形状相近的图片调整而成，不另外调用。",
    "fit.here": " 图片做好了（{shop}），由另一张调整而成，没有另外调用。",
    "fit.here_size": " 这是另一尺寸的图片，由已有图片调整而成，没有另外调用。",
    "fit.alt": "另一尺寸的商品图",
    "fit.alt_named": "另一尺寸的商品图：{product}",
    "check.here": " 这张图片与各平台要求的对照如下。",
    "check.here_named": " {name} 与各平台要求的对照：",
    "check.clean": "可测量的部分符合要求：{shops}",
    "check.refused": "{shop}：可能会拒绝，因为",
    "check.nothing": "{shop}：可测量的部分符合要求，但请注意",
    "check.shape": "形状不符：现为 {width} × {height} 像素，要求 {want_width} × {want_height} 像素",
    "check.small": "尺寸太小：现为 {width} × {height} 像素，要求 {want_width} × {want_height} 像素",
    "check.not_white": "背景不是纯白（255, 255, 255）：边缘有 {share}% 是其他颜色",
    "check.not_light": "背景不是白色或浅色的纯色",
    "check.not_plain": "背景不是白色或纯色",
    "check.transparent": "背景是透明的：平台可能会显示成黑色或灰色",
    "check.fill": "商品占较长边的 {fill}%，要求至少 {want}%",
    "check.mark": "图上有“AI 生成”标识，而该平台不允许文字或标识",
    "check.mark_unknown": "请自行确认图上没有文字或标识：该平台不允许",
    "check.fill_unknown": "无法测量商品所占比例；要求至少 {want}%",
    "check.rules": "依据 {day} 的公开平台规则整理；规则会变化。",
    "packshot.here": " 白底图做好了。",
    "packshot.here_named": " 白底图做好了：{product}。",
    "packshot.file": "高清大图",
    "packshot.alt": "白底图：纯色背景上的商品",
    "packshot.alt_named": "白底图：纯色背景上的{product}",
    # pictures in one file
    "zip.here": " 压缩包好了：{count} 张图片，{mb} MB。",
    "zip.link": "下载压缩包",
    # buttons
    "button.again": "再来一张",
    "button.try_again": "再试一次",
    "button.download": "下载",
    "button.change": "修改…",
    "button.variations": "再出 3 张",
    "button.cutout": "抠图",
    "button.packshot": "白底图",
    "button.shadow_on": "加阴影",
    "button.shadow_off": "去阴影",
    "button.scene": "存为场景…",
    "button.zip": "全部下载",
    "button.fix": "修正…",
    "button.delete": "删除",
    "button.use_this": "用这张",
    "button.show_all": "显示全部",
    "button.cancel": "取消",
    "button.cancel_rest": "取消其余的",
    "more.size": "尺寸 {size}",
    "more.delete": "删除…",
    "size.other": "其他尺寸…",
    "delete.title": "删除这张图片？",
    "delete.sure": "图片和链接会永久删除。",
    "delete.keep": "保留",
    # failures
    "failure.headline": " 这张图片没能做成。",
    "failure.named": " {name}：没能做成。",
    "failure.request_id": "反馈问题时请提供：RequestId {request_id}",
    "failure.perhaps_billed": "这次尝试可能已计费。",
    # a workflow's step
    "workflow.cancelled": "图片已取消。",
    # the admin channel
    "admin.cap": (
        "今天的 {limit} 张图片（SPEND_CAP_PER_DAY）已用完。所有任务都已保留，"
        "UTC 零点或调高上限后会继续。"
    ),
    "admin.clock": (
        "worker 的时钟与 COS 相差 {seconds} 秒，无法判断别的实例是否正在付费调用，因此已停止调用 aiart，"
        "所有任务都已保留。请校准该机器的时钟；在云端请重新发布函数，换一台机器运行。"
    ),
    "admin.silent": (
        "已有任务在等待，但 worker 已 {minutes} 分钟没有动静。任务都已保留。"
        "请检查 worker 函数：日志、定时与 COS 触发器、角色和账户余额；可运行 python -m infra.doctor。"
    ),
    "admin.unreadable": (
        "当前版本无法读取任务 {job} 的请求：它由其他版本写入，或已损坏。该任务不会生成图片，超时后会自动结束。"
        "如果你刚刚回退到旧版本，请重新部署新版本。"
    ),
    "admin.account": (
        "aiart 拒绝了我们的账号（{vendor_code}）。我已停止调用，所有任务都已保留。"
        "请在腾讯云控制台查看余额和服务状态；我每隔几分钟会再试一个任务。RequestId {request_id}"
    ),
}
