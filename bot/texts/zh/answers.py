"""What only one person sees: answers to a press, a command or a message, in Simplified Chinese."""

TEXTS = {
    # a message that cannot become a job
    "refusal.example": "例如：@Backdrop 放在木桌上，清晨的阳光",
    "refusal.example_direct": "例如：放在木桌上，清晨的阳光",
    "refusal.mend": "请编辑你的消息，或点“修正…”。",
    "refusal.add_photo": "请点“修正…”：文字都在，可以在那里添加或更换照片。",
    "refusal.retype": "请重新输入命令，或点“修正…”。",
    "fix.unread": "Slack 暂时没有给我看你的消息。请再点一次“修正…”，或编辑消息。",
    "refusal.channels": "可以在这些频道使用：",
    "refusal.edited": (
        "我按最初发送的文字作了图。要换成新的，请在图片下面点“修改…”"
        "（“再来一张”用的还是原来的文字），或在图片的消息列里提到我并写上新的文字。"
    ),
    "refusal.edited_failed": (
        "这条消息最初的内容没有成功。请在我的说明下面点“修正…”或“再试一次”，或重新发一条消息。"
    ),
    "refusal.edited_check": "检查的是这条消息最初写的商店。要检查别的，请重新发一条消息。",
    # a press of a button
    "silent.kept": "你发的内容已保留，但负责作图的部分已 {minutes} 分钟没有动静；恢复后会自动继续，你不用再做什么。",
    "press.accepted": "已经开始。",
    "press.accepted_home": "已经开始，图片会私信发给你。",
    "press.already": "这一张已经做好，或正在制作。",
    "press.gone": "这张图片已被删除，或已失效。",
    "press.expired": "这张图片的原照片已过保存期限，请重新上传。",
    "press.unknown": "这个按钮已失效。",
    "press.only": "只有",
    "press.only_and": "和工作区管理员可以这样做。",
    "press.admins_only": "只有工作区管理员可以这样做。",
    "press.trouble": "Slack 暂时无法修改这条消息，请再点一次。",
    "delete.done": "已删除图片、链接和这条消息。",
    "delete.one_done": "已删除这张图片和它的链接，其他图片保留。",
    "cancel.done": "已取消 {count} 张。",
    "cancel.but_begun": "已取消 {count} 张。{begun} 张已在制作中，仍会送达。",
    "cancel.too_late": "来不及了，没有可以取消的图片。",
    # pictures in one file
    "zip.packing": "正在打包 {count} 张图片…压缩包马上发到这里。",
    "zip.packing_thread": "正在打包此消息列的图片…压缩包马上发到这里。",
    "zip.packing_day": "正在打包你最近 24 小时的图片（{count} 张）…压缩包会私信发给你。",
    # the command
    "agreement.line": (
        "去掉“AI 生成”标识意味着：图片文件里仍写明由 AI 生成。展示它的人须按法律要求予以说明，并且不得删除文件里的标识。"
        "谁得到了这样的图片会记录在案，图片删除后仍保留。"
    ),
    "agreement.agree": "我同意",
    "agreement.withdraw": "撤回同意",
    "agreement.agreed": "已同意。从现在起你可以去掉标识：请再试一次。",
    "agreement.withdrawn": "已撤回。你的图片重新带有标识。",
    "form.not_opened": "Slack 暂时无法打开表单，请再试一次。",
    "usage.today": "今天：{used} 张",
    "usage.today_of": "今天：{used}/{limit} 张",
    "usage.month": "本月：{used} 张",
    "usage.team_of": "团队今天：{used}/{limit} 张",
    "scene.title": "保存为场景",
    "scene.submit": "保存",
    "scene.logo": "标志",
    "scene.logo_line": (
        "标志在场景“{name}”的图片上取代“AI 生成”字样。这样的图片按没有标识处理：只有同意过的人才能使用（/backdrop 水印）。"
        "PNG 或 JPEG，不超过 500 KB，每边 16 到 2000 像素。"
    ),
    "scene.corner": "位置",
    "scene.share": "大小（占图片宽或高）",
    "scene.has_logo": "带标志",
    "corner.bottom-right": "右下",
    "corner.bottom-left": "左下",
    "corner.top-right": "右上",
    "corner.top-left": "左上",
    "scene.name": "名称（一个词）",
    "scene.place": "属于谁",
    "scene.saved": "已保存场景“{name}”。",
    "scene.changed": "已修改场景“{name}”。之前的图片不受影响。",
    "scene.renamed": "场景“{name}”已改名为“{new}”。",
    "deleted.person": "已删除你的场景“{name}”。",
    "deleted.channel": "已删除这个频道的场景“{name}”。",
    "deleted.workspace": "已删除工作区的场景“{name}”。",
    "scene.deleted_stays": "之前用它制作的图片不受影响。",
    "scene.person": "它只属于你。",
    "scene.channel": "它属于这个频道。",
    "scene.workspace": "它属于整个工作区。",
    "scene.use": "可用于任何照片：`@Backdrop --场景 {name}`",
    "scene.avoid": "不要：{words}",
    "scene.none": "还没有场景。",
    "scene.how": (
        "保存自己的：`/backdrop 场景 保存 夏天 沙滩上 --避免 人物 --尺寸 16:9`\n"
        "保存为这个频道的：`/backdrop 场景 保存 频道 夏天 …`\n"
        "保存为所有人的：`/backdrop 场景 保存 工作区 夏天 …`\n"
        "用于任何照片：`--场景 夏天`\n"
        "改名：`/backdrop 场景 改名 夏天 八月`\n"
        "删除：`/backdrop 场景 删除 夏天`"
    ),
    "listed.person": "你的",
    "listed.channel": "这个频道的",
    "listed.workspace": "工作区的",
    "auto.on": "发到这个频道的每张照片都会更换背景。",
    "auto.off": "发到这个频道的照片不会处理，除非提到我。",
    "auto.by": "设置者：",
    "auto.scene": "没有文字的照片使用：",
    "auto.scene_always": "无论照片旁写了什么，都使用：",
    "auto.named": "场景“{name}”",
    "auto.no_scene": (
        "请在照片旁写上背景，或为频道设定一个：`/backdrop auto on 放在木桌上`。"
        "如果照片旁的文字不是用来描述背景的：`/backdrop auto always 放在木桌上`"
    ),
    "auto.direct": "在这里，每张带文字的照片本来就会更换背景。",
}
