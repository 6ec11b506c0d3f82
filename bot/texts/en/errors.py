"""What happened and what to do, in English. The keys are the codes of ``functions.jobs.errors``.

Where a code has several causes, the ``rule`` that was broken has a text of its own behind a dot.
"""

TEXTS = {
    "photo_missing.forwarded": (
        "I cannot see a photo in the message that you forwarded: it is from a place that I am not in. "
        "Attach the photo itself to your message."
    ),
    "photo_missing.direct": "I need a photo: send me one with a few words.",
    "photo_missing.not-read": (
        "I could not look through the messages above yours, so I do not know which photo you mean. "
        "Attach it to your message."
    ),
    "photo_missing.forwarded-by-another": (
        "The photo above was forwarded from elsewhere by somebody else, and I cannot tell whether you "
        "may see it there. Attach the photo itself to your message."
    ),
    "photo_missing": "I need a photo: attach one (or several) to the message that mentions me.",
    "photos_too_many": "These are {count:photo|photos}. Up to {most:photo|photos} at a time.",
    "photo_empty": "The file is empty (0 bytes). Please upload it again.",
    "photo_not_an_image": (
        "This is not a photo that I can read. JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP and TIFF "
        "work: please save it as one of these and upload that."
    ),
    "photo_not_an_image.named": (
        "{name} is not a photo that I can read. JPEG, PNG, WebP, HEIC, AVIF, GIF, BMP and TIFF "
        "work: please save it as one of these and upload that."
    ),
    "photo_heic": "I cannot read HEIC photos here. Please send it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible).",
    "photo_raw": (
        "This is a camera's raw file, without a large preview in it: "
        "export it as JPEG and upload that."
    ),
    "photo_hdr": (
        "The photo is HDR (PQ or HLG), made for screens brighter than paper. Please export it as "
        "an ordinary photo (SDR, sRGB), for example as JPEG with HDR switched off, and upload "
        "that."
    ),
    "photo_unsupported": (
        "This is a {form} file, which I cannot read. Please save it as JPEG or PNG and upload that."
    ),
    "photo_unsupported.tiff": (
        "This TIFF is of a kind that I cannot read ({channels} × {bits} bits, compression "
        "{compression}). Please save it as JPEG, PNG or a TIFF of 8 bits and upload that."
    ),
    "photo_unsupported.float": (
        "This TIFF has floating-point colours ({channels} × {bits} bits), which I cannot read. "
        "Please save it with 8 or 16 bits a channel, or as JPEG or PNG, and upload that."
    ),
    "photo_unsupported.jpeg": (
        "This JPEG is of a rare kind (lossless, or with more than 8 bits a channel), which I cannot "
        "read. Please save it as an ordinary JPEG or PNG and upload that."
    ),
    "photo_truncated": (
        "The photo's file is damaged or incomplete: a part of the photo is missing. Please "
        "upload it again, or save it anew as JPEG or PNG and upload that."
    ),
    "photo_too_small": (
        "The photo is {width} × {height} px; both sides need at least {min} px. Please upload "
        "the photo itself, not a thumbnail of it."
    ),
    "photo_nothing_to_see": (
        "There is nothing to see in the photo: it has the same colour everywhere. Please upload "
        "a photo that shows your product."
    ),
    "photo_nothing_to_see.clear": (
        "There is nothing to see in the photo: it is transparent everywhere. Please upload a "
        "photo that shows your product."
    ),
    "photo_nothing_to_see.strip": (
        "The photo is {width} × {height} px, a line in which nothing can be seen. Please upload "
        "the whole photo."
    ),
    "photo_too_large": "The photo's file is larger than {max_mb} MB. Please upload a smaller one.",
    "photo_too_many_pixels": (
        "The photo has {width} × {height} px, more than I can open. Please scale it down and "
        "upload that."
    ),
    "photo_gone": "The photo is no longer there. Please upload it again.",
    "photo_no_access": (
        "Slack does not let me read this photo. Please upload it again here, or share it in a "
        "channel that I am a member of."
    ),
    "photo_no_access.forwarded": (
        "Slack does not let me read the photo in the message that you forwarded: it is from a place "
        "that I am not in. Attach the photo itself to your message, or invite me there."
    ),
    "photo_unfinished": (
        "Slack has not finished the upload of this photo, so I cannot open it yet. Please upload "
        "it again."
    ),
    "photo_not_fetched": (
        "I could not get the photo at this address. Check it, or send the photo itself."
    ),
    "photo_not_fetched.unreadable-url": (
        "I cannot read the photo's address. "
        "Copy it again from your browser, from https:// to its end."
    ),
    "photo_not_fetched.not-https": (
        "The photo's address must begin with https://. Use one that does, or send the photo itself."
    ),
    "photo_not_fetched.credentials-in-url": (
        "The photo's address has a user name or a password in it. "
        "Use one that opens without, or send the photo itself."
    ),
    "photo_not_fetched.port": (
        "The photo's address has a port in it (a number such as :8080) that I may not use. "
        "Use one without, or send the photo itself."
    ),
    "photo_not_fetched.forbidden-address": (
        "The photo's address is inside a private network, which I cannot reach. Use one that "
        "opens from anywhere, or send the photo itself."
    ),
    "photo_not_fetched.own-name-of-bucket": (
        "From here, {host} leads inside Tencent's cloud, as a name of your own for a COS bucket in "
        "{region} does, and I may not follow it there. Use the bucket's own address "
        "(NAME-APPID.cos.{region}.myqcloud.com), or send the photo itself."
    ),
    "photo_not_fetched.too-many-redirects": (
        "The photo's address leads on to others, too many times. "
        "Open it in your browser and copy the address of the photo itself."
    ),
    "photo_not_fetched.too-large": (
        "The photo at this address is too large a file. Use a smaller version of it."
    ),
    "photo_not_fetched.too-slow": (
        "The website took too long to send the photo. Try again later, or send the photo itself."
    ),
    "photo_not_fetched.http-status": (
        "The website answered with error {status} instead of the photo. "
        "Use an address that opens without signing in, or send the photo itself."
    ),
    "photo_not_fetched.no-answer": (
        "The website does not answer. Check the address, or send the photo itself."
    ),
    "photo_not_fetched.compressed": (
        "The website sends the photo packed in a way that I cannot open. Send the photo itself."
    ),
    "photo_not_fetched.wrong-length": (
        "Only part of the photo arrived. Try again, or send the photo itself."
    ),
    "photo_not_fetched.not-shared-there": (
        "This photo is not shared in the step's channel. "
        "Share it there, or choose the channel where it is, and run the workflow again."
    ),
    "photo_refused": "The picture service could not use this photo. Please try another file.",
    "photo_illegal": (
        "The picture service's moderation refused this photo. Please try another one."
    ),
    "mask_not_fetched": (
        "I could not get the mask at its address. Check the address, or send the mask itself."
    ),
    "mask_not_an_image": "I cannot read the mask. Please save it as PNG and send it again.",
    "mask_no_transparency": (
        "The mask needs a transparent background, or pure black (background) and white (product)."
    ),
    "mask_all_opaque": (
        "The mask hides nothing: it is opaque (or white) everywhere. "
        "It must be transparent (or black) around the product."
    ),
    "mask_all_transparent": (
        "The mask hides everything: it is transparent (or black) everywhere, or nearly so. "
        "The product must be opaque (or white) in it."
    ),
    "mask_other_size": (
        "The mask is {mask_width} × {mask_height} px and the photo {width} × {height} px: "
        "they must have the same size. Please draw the mask on the photo itself."
    ),
    "mask_without_photo": (
        "I cannot tell which photo the mask {name} belongs to. Name it like the photo, with "
        ".mask before the file ending: cup.jpg and cup.mask.png."
    ),
    "mask_missing": (
        "The picture service returned no outline for this picture, so I cannot remove the "
        "background. Send the photo again with a mask of your own: cup.jpg and cup.mask.png."
    ),
    "mask_missing.frame": (
        "I cannot tell where the outline that the picture service returned lies: on your photo or on "
        "the new picture. So that nothing wrong is cut out, send the photo again with a mask of your "
        "own: cup.jpg and cup.mask.png."
    ),
    "mask_missing.packshot": (
        "I cannot tell which part of this photo is the product. Send it with a mask (cup.jpg and "
        "cup.mask.png) or as a PNG with a transparent background; or have its background replaced "
        "first, and choose White packshot in the menu under that picture."
    ),
    "mask_for_one_photo": (
        "A mask goes with a single photo only. Send each photo with its own mask, "
        "or name them alike: cup.jpg and cup.mask.png."
    ),
    "words_missing": "Tell me what the new background should be, in a few words.",
    "words_missing.direct": (
        "What should be behind the product? Send it in a few words: I take this photo."
    ),
    "words_missing.form": "Describe the background here, or choose a ready-made one below.",
    "words_missing.no-words": (
        "What you typed for the product, or what to avoid, has no words in it. "
        "Type some, or leave it out."
    ),
    "words_too_long": (
        "Your description has {length:character|characters}, {over} more than the {limit} I can use. "
        "Please shorten it."
    ),
    "words_too_long.plain": (
        "The picture service finds your description too long. Please shorten it."
    ),
    "words_reserved": (
        "“BackgroundTemplate” can't be used as a description. Describe the background, "
        "or name a template: --template marble"
    ),
    "words_illegal": "The picture service's moderation refused these words. Please rephrase them.",
    "words_and_template": ("You gave both your own words and a template. Leave out one of them."),
    "shop_unknown": "I know no size for “{typed}”. These shops are known: {names}.",
    "shop_unknown.several": (
        "Several shops at once (“{typed}”) work for photos in a message, and in the form. Name one here."
    ),
    "shop_unknown.and-size": "A shop has its own size: leave out --size, or leave out --for.",
    "words_and_template.packshot": (
        "A packshot has a plain background: leave out your words and the template, or leave out "
        "--packshot."
    ),
    "packshot_unreadable": (
        "I cannot read what the packshot should look like. For example: --packshot white --fill 85 "
        "--shadow on"
    ),
    "packshot_unreadable.colour": (
        "I do not know the colour “{typed}”. A packshot's can be white, light grey, cream, black, or a "
        "code such as #f5f5f5."
    ),
    "packshot_unreadable.fill": (
        "The product can fill {min} to {max} per cent of a packshot: write --fill 85, for example, not "
        "“{typed}”."
    ),
    "packshot_unreadable.alone": (
        "The option {option} is for packshots. Add --packshot, or leave it out."
    ),
    "option_unknown": (
        "I do not know the option {option}. These work here: {names}. "
        "Leave it out, or use one of them."
    ),
    "option_unknown.nearest": (
        "I do not know the option {option}. Did you mean {nearest}? These work here: {names}."
    ),
    "option_empty": "Put a value after the option {option}, or leave it out.",
    "option_empty.on-or-off": "The option {option} takes on or off, nothing else: {option} off",
    "avoid_too_long": (
        "What to avoid has {length:character|characters}, {over} more than the {limit} I can use. "
        "Please shorten it."
    ),
    "product_too_long": (
        "The product's name has {length:character|characters}, {over} more than the {limit} I can use. "
        "Please shorten it."
    ),
    "template_unknown": "There is no template “{typed}”. These work: {names}.",
    "scene_unknown": "There is no scene “{typed}” here. There are: {names}.",
    "scene_unknown.none": (
        "There is no scene “{typed}” here, nor any other. Save one first: /backdrop scene save "
        "summer on a beach"
    ),
    "scene_unknown.auto": (
        "Photos posted here get the scene “{typed}”, which is no longer there. Name another: "
        "/backdrop auto on --scene summer, or switch it off: /backdrop auto off"
    ),
    "scene_name": (
        "A scene's name is one word of up to {most} letters, digits, hyphens and underscores, "
        "such as summer: /backdrop scene save summer on a beach"
    ),
    "scene_name.place": (
        "“{name}” says where a scene is kept, so no scene can be called that. Choose another name."
    ),
    "scene_empty": (
        "Say what belongs to the scene: a background in words or --template, --avoid or --size."
    ),
    "scene_option": (
        "{option} cannot belong to a scene: it is asked for with each photo. A scene has words or "
        "--template, --avoid and --size."
    ),
    "scene_option.auto": "{option} is asked for with each photo: leave it out here.",
    "scene_exists": "There is a scene “{name}” already. Choose another name.",
    "scene_not_yours": (
        "Only the person who made the scene “{name}”, and workspace admins, can change it. Save one of your "
        "own: without “channel” or “workspace”."
    ),
    "scene_not_yours.guest": (
        "Only members of the workspace can save a scene for all of it. Save one of your own: "
        "without “workspace”."
    ),
    "scene_no_channel": (
        "A direct message has no scenes of its own. Leave “channel” out, or ask in a channel."
    ),
    "scenes_too_many": "There are {most} scenes already. Delete one first: /backdrop scene delete",
    "size_unreadable": "I cannot read the size “{typed}”. Try 1280:720, 1280x720 or 16:9.",
    "size_unreadable.ratio-or-pixels": (
        "{typed} may be a shape or a size. For the shape, type --size {ratio}; "
        "for a size, its pixels, as in --size 1280x720."
    ),
    "size_out_of_range": (
        "{width} × {height} px is out of range: each side from {min} to {max} px, the shape "
        "between 2:5 and 5:2. The nearest that works is {nearest}."
    ),
    "size_out_of_range.shape": (
        "The shape {typed} is too long: shapes from 2:5 to 5:2 work. The nearest that works is "
        "{nearest}."
    ),
    "logo_refused": "The picture service refused the “AI generated” mark. Please tell your administrator.",
    "logo_unusable": (
        "This picture cannot be a logo: I need a whole PNG or JPEG of up to {max_kb} KB, {min} to {max} "
        "px a side."
    ),
    "logo_unusable.bytes": "The logo has more than {max_kb} KB. Please save it smaller.",
    "logo_unusable.size": "The logo has to have {min} to {max} px a side.",
    "logo_unusable.later": "Slack did not hand the logo over in time. Please press Save again.",
    "logo_not_allowed": (
        "Logos in place of the “AI generated” mark are not allowed here. An administrator can allow them."
    ),
    "logo_gone": (
        "The logo for this picture is no longer kept. Ask again with a scene that has one, or without."
    ),
    "watermark_not_agreed.logo": (
        "This scene has a logo in place of the “AI generated” mark. That needs your agreement, once: "
        "/backdrop watermark, or my Home tab, says what it means. Then ask again."
    ),
    "watermark_not_agreed": (
        "Leaving the “AI generated” mark out needs your agreement, once: /backdrop watermark, or "
        "my Home tab, says what it means. Then ask again."
    ),
    "watermark_not_agreed.workflow": (
        "A workflow's pictures keep the “AI generated” mark: nobody is there who could agree to "
        "leaving it out. Remove --watermark off from the step."
    ),
    "watermark_fixed": (
        "The “AI generated” mark cannot be left out in this workspace. Ask again without "
        "--watermark off."
    ),
    "slot_busy": "The picture service is busy. Please try again in a few minutes.",
    "aiart_trouble": "The picture service is having problems. Please try again in a few minutes.",
    "aiart_timeout": "The picture service did not finish in time. Please try again.",
    "answer_lost": "The picture service did not answer, twice. Please try again later.",
    "picture_illegal": (
        "The picture service's moderation refused what it painted, twice. Other words may help."
    ),
    "request_refused": "The picture service refused the request. Please tell your administrator.",
    "account_unusable": (
        "The picture service cannot be used just now. Your administrator knows; please try again "
        "later."
    ),
    "picture_empty": "The picture service answered without a picture. Please try again.",
    "picture_gone": "The finished picture could not be fetched. Please try again.",
    "picture_broken": "The finished picture was damaged. Please try again.",
    "slack_scope_missing": (
        "I am not allowed to read files here: the app needs the permission {scope}. "
        "Please tell your administrator."
    ),
    "slack_revoked": (
        "Backdrop is no longer connected to this workspace. Please tell your administrator."
    ),
    "channel_not_member": "I am not in that channel. Invite me there and ask again.",
    "channel_gone": (
        "That channel is archived, is gone, or does not let me post. Choose another one."
    ),
    "channel_not_allowed": "I may not be used in this channel. Ask me in another one.",
    "channel_not_allowed.no_channel": (
        "I may be used in certain channels only. Choose one of them in the step, and run it again."
    ),
    "person_external": (
        "Only members of the workspace that I am installed in may ask me for pictures. Ask one "
        "of them; my administrator can also allow people of other workspaces."
    ),
    "person_guest": (
        "Guests may not ask me for pictures here. Ask a member of the workspace; my "
        "administrator can also allow guests."
    ),
    "direct_not_opened": (
        "Slack did not open our direct messages just now, so nothing was started. Please try again in "
        "a minute."
    ),
    "person_unknown": (
        "Slack did not tell me in time whether you may ask me for pictures, so nothing was started. "
        "Please try again in a minute."
    ),
    "auto_for_admins": (
        "Only workspace admins and owners, and whoever created this channel, can switch that on. "
        "Ask one of them."
    ),
    "links_not_configured": (
        "Backdrop is not set up completely yet (LINK_BASE_URL). Please tell your administrator."
    ),
    "zip_empty": (
        "There is no picture to pack: none was made, or they are no longer kept. Make one first."
    ),
    "zip_too_many": (
        "These are {count:picture|pictures}; a zip takes up to {most}. Download those that you "
        "need one by one."
    ),
    "zip_too_large": (
        "These pictures have {mb} MB together; a zip takes up to {max_mb} MB. Download those "
        "that you need one by one."
    ),
    "quota_person": (
        "You have used today's {limit:picture|pictures}. You can make more from {resets_at}."
    ),
    "quota_person.plain": (
        "You have used all of today's pictures. You can make more after midnight UTC."
    ),
    "quota_team.plain": (
        "Your team has used all of today's pictures. It can make more after midnight UTC."
    ),
    "quota_team": (
        "Your team has used today's {limit:picture|pictures}. It can make more from {resets_at}."
    ),
    "too_old": "It waited for more than {hours:hour|hours}, so I stopped. Please ask again.",
    "internal": (
        "Something went wrong on our side, and we have made a note of it. Please ask again."
    ),
}
