"""What happened and what to do, in Simplified Chinese. The keys are the codes of ``functions.jobs.errors``.

Where a code has several causes, the ``rule`` that was broken has a text of its own behind a dot.
"""

TEXTS = {
    "photo_missing.forwarded": "看不到你转发的消息里的照片：那条消息来自我不在的地方。请把照片直接附在你的消息里。",
    "photo_missing.direct": "我需要一张照片：请发给我一张，并写几个词。",
    "photo_missing.not-read": "没能看完上面的消息，不知道你指的是哪张照片。请把照片附在你的消息里。",
    "photo_missing.forwarded-by-another": (
        "上面的照片是别人从其他地方转发来的，我无法确认你能否在那里看到它。请把照片直接附在你的消息里。"
    ),
    "photo_missing": "我需要一张照片：请在提到我的消息里附上一张或多张照片。",
    "photos_too_many": "一共 {count} 张照片，一次最多 {most} 张。",
    "photo_empty": "文件是空的（0 字节），请重新上传。",
    "photo_not_an_image": (
        "这不是我能读取的照片。支持 JPEG、PNG、WebP、HEIC、AVIF、GIF、BMP 和 TIFF，"
        "请另存为其中一种再上传。"
    ),
    "photo_not_an_image.named": (
        "{name} 不是我能读取的照片。支持 JPEG、PNG、WebP、HEIC、AVIF、GIF、"
        "BMP 和 TIFF，请另存为其中一种再上传。"
    ),
    "photo_heic": "这里无法读取 HEIC 照片，请改用 JPEG（iPhone：设置 → 相机 → 格式 → 兼容性最佳）。",
    "photo_raw": "这是相机的 RAW 文件，里面没有足够大的预览图：请导出为 JPEG 再上传。",
    "photo_hdr": (
        "这是 HDR 照片（PQ 或 HLG），只适合高亮度屏幕。请导出为普通照片（SDR、sRGB），"
        "例如关闭 HDR 后存为 JPEG，再上传。"
    ),
    "photo_unsupported": "这是 {form} 文件，无法读取。请另存为 JPEG 或 PNG 再上传。",
    "photo_unsupported.tiff": (
        "这种 TIFF 无法读取（{channels} × {bits} 位，压缩方式 {compression}）。请另存为 JPEG、PNG 或 8 位 TIFF 再上传。"
    ),
    "photo_unsupported.float": (
        "这个 TIFF 使用浮点颜色（{channels} × {bits} 位），无法读取。请另存为每通道 8 位或 16 位，或者 JPEG、PNG，再上传。"
    ),
    "photo_unsupported.jpeg": (
        "这是一种少见的 JPEG（无损，或每通道超过 8 位），无法读取。请另存为普通 JPEG 或 PNG 再上传。"
    ),
    "photo_truncated": "照片文件已损坏或不完整，缺少一部分画面。请重新上传，或另存为 JPEG 或 PNG 再上传。",
    "photo_too_small": "照片是 {width} × {height} 像素，每边至少需要 {min} 像素。请上传照片本身，不要用缩略图。",
    "photo_nothing_to_see": "照片里什么也看不到：整张都是同一种颜色。请上传能看到商品的照片。",
    "photo_nothing_to_see.clear": "照片里什么也看不到：整张都是透明的。请上传能看到商品的照片。",
    "photo_nothing_to_see.strip": "照片是 {width} × {height} 像素，只是一条线，什么也看不到。请上传完整的照片。",
    "photo_too_large": "照片文件超过 {max_mb} MB，请上传小一些的文件。",
    "photo_too_many_pixels": "照片有 {width} × {height} 像素，太大了，请缩小后再上传。",
    "photo_gone": "照片已经不在了，请重新上传。",
    "photo_no_access": "Slack 不让我读取这张照片。请在这里重新上传，或把它分享到我所在的频道。",
    "photo_no_access.forwarded": (
        "Slack 不让我读取你转发的消息里的照片：那条消息来自我不在的地方。请把照片直接附在你的消息里，或邀请我加入那里。"
    ),
    "photo_unfinished": "Slack 还没有处理完这张照片的上传，所以我还打不开。请重新上传一次。",
    "photo_not_fetched": "取不到这个地址的照片。请检查地址，或直接发送照片文件。",
    "photo_not_fetched.unreadable-url": "看不懂这个照片地址。请从浏览器里重新复制，从 https:// 开始，不要漏掉结尾。",
    "photo_not_fetched.not-https": "照片地址必须以 https:// 开头。请换一个，或直接发送照片文件。",
    "photo_not_fetched.credentials-in-url": "照片地址里带有用户名或密码，不能使用。请换一个不用登录的地址，或直接发送照片文件。",
    "photo_not_fetched.port": "照片地址带有端口号（例如 :8080），不能使用。请换一个不带端口号的地址，或直接发送照片文件。",
    "photo_not_fetched.forbidden-address": "照片地址是内网地址，我访问不了。请换一个外网能打开的地址，或直接发送照片文件。",
    "photo_not_fetched.own-name-of-bucket": (
        "从这里访问，{host} 指向腾讯云内网地址（{region} 的 COS 存储桶绑定自定义域名时就会这样），我不能访问。"
        "请改用存储桶自己的域名（NAME-APPID.cos.{region}.myqcloud.com），或直接发送照片文件。"
    ),
    "photo_not_fetched.too-many-redirects": "照片地址跳转次数太多。请在浏览器里打开它，再复制照片本身的地址。",
    "photo_not_fetched.too-large": "这个地址的照片文件太大，请换一张小一些的。",
    "photo_not_fetched.too-slow": "对方网站太慢，没能取到照片。请稍后再试，或直接发送照片文件。",
    "photo_not_fetched.http-status": "对方网站没有给出照片，而是返回错误 {status}。请换一个不用登录就能打开的地址，或直接发送照片文件。",
    "photo_not_fetched.no-answer": "对方网站没有响应。请检查地址，或直接发送照片文件。",
    "photo_not_fetched.compressed": "对方网站的传输格式不支持。请直接发送照片文件。",
    "photo_not_fetched.wrong-length": "照片只收到一部分。请再试一次，或直接发送照片文件。",
    "photo_not_fetched.not-shared-there": "这张照片没有分享到步骤所选的频道。请先分享到那里，或改选照片所在的频道，再运行一次工作流。",
    "photo_refused": "图片服务无法使用这张照片，请换一个文件。",
    "photo_illegal": "图片服务的审核没有通过这张照片，请换一张。",
    "mask_not_fetched": "取不到蒙版地址的文件。请检查地址，或直接发送蒙版文件。",
    "mask_not_an_image": "无法读取蒙版文件，请存为 PNG 再发一次。",
    "mask_no_transparency": "蒙版需要透明背景，或者纯黑（背景）和纯白（商品）。",
    "mask_all_opaque": "蒙版什么也没有遮住（全部不透明或全白）：商品以外的部分必须透明或为黑色。",
    "mask_all_transparent": "蒙版把整张照片都遮住了（全部或几乎全部透明或为黑色）：商品部分必须不透明或为白色。",
    "mask_other_size": (
        "蒙版是 {mask_width} × {mask_height} 像素，照片是 {width} × {height} 像素，两者必须一样大，请直接在原照片上画蒙版。"
    ),
    "mask_without_photo": (
        "不知道蒙版 {name} 属于哪张照片。请按照片命名，并在扩展名前加 .mask：cup.jpg 和 cup.mask.png。"
    ),
    "mask_missing": (
        "图片服务没有返回这张图片的轮廓，无法抠图。请重新发送照片，并附上自己的蒙版："
        "cup.jpg 和 cup.mask.png。"
    ),
    "mask_missing.frame": (
        "无法确定图片服务返回的轮廓是在你的照片上，还是在新图片上。为免抠错，请重新发送照片，并附上自己的蒙版："
        "cup.jpg 和 cup.mask.png。"
    ),
    "mask_missing.packshot": (
        "无法判断照片里哪一部分是商品。请附上蒙版（cup.jpg 和 cup.mask.png），或发送背景透明的 PNG；"
        "也可以先为它更换背景，再在图片下方的菜单里选“白底图”。"
    ),
    "mask_for_one_photo": "一个蒙版只能配一张照片。请把每张照片和它的蒙版分开发送，或取相同的名字：cup.jpg 和 cup.mask.png。",
    "words_missing": "请用几个词告诉我新背景是什么样的。",
    "words_missing.direct": "想换成什么背景？请用几个词发给我，我就用这张照片。",
    "words_missing.form": "请在这里描述背景，或在下面选一个现成的。",
    "words_missing.no-words": "商品名称或要避免的内容里没有文字。请写几个字，或者不填。",
    "words_too_long": "描述有 {length} 个字符，比上限 {limit} 多了 {over} 个，请缩短。",
    "words_too_long.plain": "图片服务认为描述太长，请缩短一些。",
    "words_reserved": "“BackgroundTemplate”不能用作描述。请描述背景，或指定模板：--模板 大理石",
    "words_illegal": "图片服务的审核没有通过你的描述，请换个说法。",
    "words_and_template": "描述和模板不能同时使用，请去掉其中一个。",
    "shop_unknown": "没有“{typed}”的尺寸。已知的平台：{names}。",
    "shop_unknown.several": "多个平台（“{typed}”）可用于带照片的消息和表单，这里请只写一个。",
    "shop_unknown.and-size": "平台有自己的尺寸：请去掉 --尺寸，或去掉 --用于。",
    "words_and_template.packshot": "白底图的背景是纯色：请去掉描述和模板，或去掉 --白底图。",
    "packshot_unreadable": "看不懂白底图的要求。例如：--白底图 白色 --占比 85 --阴影 开",
    "packshot_unreadable.colour": (
        "不认识颜色“{typed}”。白底图的颜色可写：白色、浅灰、米白、黑色，或 #f5f5f5 这样的色值。"
    ),
    "packshot_unreadable.fill": "商品在白底图中的占比应为 {min} 到 {max}（百分比），例如 --占比 85，而不是“{typed}”。",
    "packshot_unreadable.alone": "选项 {option} 只用于白底图。请加上 --白底图，或去掉它。",
    "option_unknown": "不认识选项 {option}。这里可用：{names}。请去掉它，或改用其中之一。",
    "option_unknown.nearest": "不认识选项 {option}。你是不是想写 {nearest}？这里可用：{names}。",
    "option_empty": "请在选项 {option} 后面写一个值，或者去掉它。",
    "option_empty.on-or-off": "选项 {option} 后面只能写“开”或“关”，例如：{option} 关",
    "avoid_too_long": "要避免的内容有 {length} 个字符，比上限 {limit} 多了 {over} 个，请缩短。",
    "product_too_long": "商品名称有 {length} 个字符，比上限 {limit} 多了 {over} 个，请缩短。",
    "template_unknown": "没有模板“{typed}”。可用：{names}。",
    "scene_unknown": "这里没有场景“{typed}”。现有：{names}。",
    "scene_unknown.none": "这里没有场景“{typed}”，也没有其他场景。请先保存一个：/backdrop 场景 保存 夏天 沙滩上",
    "scene_unknown.auto": (
        "发到这里的照片使用场景“{typed}”，但它已经不在了。请换一个：/backdrop auto on --场景 夏天，或关闭：/backdrop auto off"
    ),
    "scene_name": (
        "场景的名称是一个词，最多 {most} 个字母、汉字、数字、连字符或下划线，例如“夏天”：/backdrop 场景 保存 夏天 沙滩上"
    ),
    "scene_name.place": "“{name}”表示场景保存在哪里，不能用作名称。请换一个。",
    "scene_empty": "请写明场景的内容：背景文字或 --模板、--避免、--尺寸。",
    "scene_option": "{option} 不能属于场景，它随每张照片填写。场景可以有文字或 --模板、--避免、--尺寸。",
    "scene_option.auto": "{option} 随每张照片填写，请在这里去掉它。",
    "scene_exists": "已经有场景“{name}”了，请换一个名称。",
    "scene_not_yours": "场景“{name}”只有创建者和工作区管理员可以修改。你可以保存自己的场景：不写“频道”或“工作区”。",
    "scene_not_yours.guest": "只有工作区成员可以为整个工作区保存场景。你可以保存自己的场景：不写“工作区”。",
    "scene_no_channel": "私信没有自己的场景。请去掉“频道”，或在频道里使用。",
    "scenes_too_many": "已经有 {most} 个场景。请先删除一个：/backdrop 场景 删除",
    "size_unreadable": "看不懂尺寸“{typed}”。请写 1280:720、1280x720 或 16:9。",
    "size_unreadable.ratio-or-pixels": (
        "{typed} 可能是比例，也可能是尺寸。要比例请写 --尺寸 {ratio}；要尺寸请写像素，例如 --尺寸 1280x720。"
    ),
    "size_out_of_range": (
        "{width} × {height} 像素超出范围：每边 {min} 到 {max} 像素，"
        "比例在 2:5 和 5:2 之间。最接近的可用尺寸是 {nearest}。"
    ),
    "size_out_of_range.shape": "比例 {typed} 太长：可用 2:5 到 5:2 之间的比例，最接近的可用比例是 {nearest}。",
    "logo_refused": "图片服务拒绝了“AI 生成”标识，请告诉管理员。",
    "logo_unusable": "这张图片不能用作标志：需要完整的 PNG 或 JPEG，不超过 {max_kb} KB，每边 {min} 到 {max} 像素。",
    "logo_unusable.bytes": "标志超过 {max_kb} KB，请存小一些。",
    "logo_unusable.size": "标志每边须为 {min} 到 {max} 像素。",
    "logo_unusable.later": "Slack 没有及时交出标志文件，请再点一次“保存”。",
    "logo_not_allowed": "这里不允许用标志取代“AI 生成”标识。管理员可以允许。",
    "logo_gone": "这张图片的标志已不再保留。请用带标志的场景再试一次，或不用标志。",
    "watermark_not_agreed.logo": (
        "这个场景用标志取代“AI 生成”标识，需要你先同意一次：/backdrop 水印，或我的主页，会说明其含义。然后再试一次。"
    ),
    "watermark_not_agreed": "去掉“AI 生成”标识前需要你同意一次：/backdrop 水印 或我的主页会说明含义。同意后请再试一次。",
    "watermark_not_agreed.workflow": "工作流的图片保留“AI 生成”标识：没有人可以同意去掉它。请从步骤中删去 --水印 关。",
    "watermark_fixed": "此工作区不能去掉“AI 生成”标识。请去掉 --水印 关，再试一次。",
    "slot_busy": "图片服务正忙，请几分钟后再试。",
    "aiart_trouble": "图片服务出了问题，请几分钟后再试。",
    "aiart_timeout": "图片服务没有按时完成，请再试一次。",
    "answer_lost": "图片服务两次都没有响应，请稍后再试。",
    "picture_illegal": "图片服务的审核两次都没有通过生成的图片，换个说法可能有帮助。",
    "request_refused": "图片服务拒绝处理，请告诉管理员。",
    "account_unusable": "图片服务暂时无法使用，管理员已收到通知，请稍后再试。",
    "picture_empty": "图片服务没有返回图片，请再试一次。",
    "picture_gone": "无法取回做好的图片，请再试一次。",
    "picture_broken": "做好的图片已损坏，请再试一次。",
    "slack_scope_missing": "我没有读取文件的权限：应用需要权限 {scope}，请告诉管理员。",
    "slack_revoked": "Backdrop 已与此工作区断开连接，请告诉管理员。",
    "channel_not_member": "我不在那个频道里。请先邀请我，然后再试。",
    "channel_gone": "那个频道已归档、不存在，或不允许我发消息。请换一个频道。",
    "channel_not_allowed": "我不能在这个频道使用，请换一个频道。",
    "channel_not_allowed.no_channel": "我只能在指定的频道使用。请在步骤中选择其中一个频道，然后重新运行。",
    "person_external": "只有安装了本应用的工作区成员才能让我作图。请让其中一位成员来做；我的管理员也可以允许其他工作区的人使用。",
    "person_guest": "访客不能在这里让我作图。请让工作区的成员来做；我的管理员也可以允许访客使用。",
    "direct_not_opened": "Slack 暂时没有打开与你的私信，所以什么都没有开始。请一分钟后再试。",
    "person_unknown": "Slack 没有及时告诉我你能否让我作图，所以什么都没有开始。请一分钟后再试。",
    "auto_for_admins": "只有工作区的管理员、所有者和创建这个频道的人可以打开它。请让他们来打开。",
    "links_not_configured": "Backdrop 还没有设置完成（LINK_BASE_URL），请告诉管理员。",
    "zip_empty": "没有可以打包的图片：还没有做好的图片，或图片已不再保留。请先做一张。",
    "zip_too_many": "这里有 {count} 张图片，一个压缩包最多 {most} 张。请逐张下载需要的图片。",
    "zip_too_large": "这些图片共 {mb} MB，一个压缩包最多 {max_mb} MB。请逐张下载需要的图片。",
    "quota_person": "你今天的 {limit} 张图片已用完，{resets_at} 之后可以继续。",
    "quota_person.plain": "你今天的图片已用完，UTC 零点（北京时间早上 8 点）之后可以继续。",
    "quota_team.plain": "团队今天的图片已用完，UTC 零点（北京时间早上 8 点）之后可以继续。",
    "quota_team": "团队今天的 {limit} 张图片已用完，{resets_at} 之后可以继续。",
    "too_old": "等待超过了 {hours} 小时，已停止。请重新发送。",
    "internal": "我们这边出了错，已经记录下来，请重新发送。",
}
