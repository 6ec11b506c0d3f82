"""The form, App Home, and what a link answers, in English."""

TEXTS = {
    # the form
    "form.title": "New background",
    "form.submit": "Create",
    "form.close": "Close",
    "form.photos": "Product photos",
    "form.photos_hint": "Up to 10. One picture per photo.",
    "form.remembered": "{count:photo|photos} from the message. You can add more below.",
    "form.left_out": (
        "A form takes up to {most:photo|photos}: {count:photo|photos} of the message are left out. Post "
        "these again, with your words."
    ),
    "form.unseen": (
        "If I am not in this channel, I cannot read these photos: invite me, or add them below."
    ),
    "form.unnamed": "Photo",
    "form.photo_url": "The photo at {address}",
    "form.same_photo": "The same product photo as before.",
    "form.scene": "Scene",
    "form.no_scene": "None",
    "form.scene_hint": (
        "What you leave unchanged below comes from the scene: background, what must not appear, size."
    ),
    "form.words": "Describe the new background",
    "form.words_hint": "This or a ready-made background below is needed, unless a scene has one.",
    "form.words_example": "on a wooden table, morning light",
    "form.template": "Or a ready-made background",
    "form.no_template": "None: use my description",
    "form.alone": "The product alone, free",
    "form.packshot": "White packshot",
    "form.packshot-shadow": "White packshot with a shadow",
    "form.own_words": "My description",
    "form.product": "What the product is",
    "form.product_hint": "A few words, such as “sports car”: it helps to keep the product whole.",
    "form.avoid": "What must not appear",
    "form.avoid_hint": "For example: people, text",
    "form.size": "Size",
    "form.shops": "Or the sizes of shops",
    "form.shops_hint": (
        "One picture for each shop. Each is a paid call, but of sizes with about the same shape only "
        "one is painted, and the others are fitted from it. Overrides the size."
    ),
    "form.shops_choose": "Choose one or more",
    "form.own_size": "Or a size of your own",
    "form.own_size_hint": (
        "Width and height in pixels, 501 to 3999 each, or a shape such as 3:4. Overrides the menu."
    ),
    "form.own_size_example": "1200x900",
    "form.mask": "Mask",
    "form.mask_hint": (
        "Only for a single photo, to say exactly what the product is: a PNG of the same size, "
        "transparent around the product."
    ),
    "form.watermark": "“AI generated” mark",
    "form.watermark_on": "Show it on the picture",
    "template.colour": "Colours",
    "template.texture": "Materials",
    # App Home
    "home.new": "New background",
    "home.older": "Older",
    "home.newer": "Newer",
    "home.recent": "Your latest pictures",
    "home.nothing": "None yet. Mention me with a product photo and a few words.",
    "home.defaults": "Your defaults",
    "home.size": "Size",
    "home.language": "Language",
    "home.language_auto": "As in Slack",
    "home.watermark": "“AI generated” mark on pictures",
    "home.watermark_on": "Yes",
    "home.watermark_off": "No",
    "home.how": "How to use me",
    # the first look at the messages
    "welcome.what": (
        "Hello! I put product photos on new backgrounds. "
        "Send me a photo here and write what should be behind the product. For example:"
    ),
    "welcome.example": "on a wooden table, morning light",
    "welcome.more": (
        "The picture comes a few seconds later. It works in channels too: post a photo and "
        "mention me."
    ),
    # a window that says something
    "window.title": "Backdrop",
    # how to
    "help.what": "I put product photos on new backgrounds.",
    "help.mention": (
        "Mention me in a message with one or more photos: `@Backdrop on a wooden table, morning light`"
    ),
    "help.options": (
        "After the words: `--product sports car` `--avoid people` `--size 16:9`. In place of words: "
        "`--template marble`"
    ),
    "help.thread": (
        "Mention me in a thread to redo the nearest photo above with a new background, also a "
        "photo that was posted without mentioning me. New words keep its size and product; an "
        "option alone, such as `--size 9:16`, keeps its words."
    ),
    "help.form": "`/backdrop` opens the form “New background”, with every option.",
    "help.address": (
        "`/backdrop https://… on a beach` starts at once with the photo at that address."
    ),
    "help.zip": (
        "`@Backdrop zip` in a thread packs its pictures into one file, `/backdrop zip` those that "
        "you made in the last 24 hours."
    ),
    "help.shops": (
        "`--for amazon` takes a shop's size, `--for amazon, instagram, stories` makes one picture "
        "for each: {names}."
    ),
    "help.check": (
        "`@Backdrop check amazon` in a thread, or with a picture, says what that shop would refuse of "
        "it; `check` alone looks at all shops that I know. Any picture's menu has “Check for shops”, "
        "too."
    ),
    "help.packshot": (
        "`@Backdrop packshot` puts the product alone on white, free and without waiting. The photo "
        "needs a transparent background or a mask; for a finished picture choose White packshot in "
        "the menu under it. `--packshot #f5f5f5` is another colour, `--fill 90` a larger product, "
        "`--shadow on` a soft shadow."
    ),
    "help.shortcut": "The menu of any message with photos has “New background”.",
    "help.direct": (
        "Or send me a photo and words as a direct message. Words alone then use the last photo "
        "again."
    ),
    "help.auto": (
        "`/backdrop auto on` gives every photo posted here a new background: the one that is "
        "written beside it, or else the channel's own. `/backdrop auto always on a wooden table` "
        "takes that one, whatever is written. `/backdrop auto off` ends it, `/backdrop auto status` "
        "shows it."
    ),
    "help.usage": "`/backdrop usage` shows how many pictures you made.",
    "help.scene": (
        "`/backdrop scene save summer on a beach` keeps a background under a name, "
        "`--scene summer` uses it with any photo, `/backdrop scene` lists them."
    ),
    "help.watermark": (
        "`--watermark off` leaves the “AI generated” mark out, once you have agreed to what that "
        "means: `/backdrop watermark`."
    ),
    "help.templates": "Ready-made backgrounds (--template): {names}",
    "link.unknown": "There is no such picture.",
    "link.missing": "There is no such picture yet, or no longer.",
    "link.deleted": "This picture was deleted.",
    "link.expired": "This picture is no longer kept.",
    "link.zip_over": (
        "A picture in this zip was deleted, or is no longer kept, and so the zip is not either. "
        "Ask for a new one in Slack."
    ),
}
