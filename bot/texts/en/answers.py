"""What only one person sees: answers to a press, a command or a message, in English."""

TEXTS = {
    # a message that cannot become a job
    "refusal.example": "For example: @Backdrop on a wooden table, morning light",
    "refusal.example_direct": "For example: on a wooden table, morning light",
    "refusal.mend": "Edit your message, or press Fix.",
    "refusal.add_photo": "Press Fix… to add or change the photo there: your words are kept.",
    "refusal.retype": "Type the command again, or press Fix.",
    "fix.unread": (
        "Slack would not show me your message just now. Please press Fix… again, or edit it."
    ),
    "refusal.channels": "You can use me in",
    "refusal.edited": (
        "I used the words as they were first sent. For the new ones, press Change… under the "
        "picture (Again uses the old ones once more), or mention me in its thread with the new words."
    ),
    "refusal.edited_failed": (
        "That did not work with your message as it was first sent. Press Fix… or Try again under what "
        "I said about it, or send a new message."
    ),
    "refusal.edited_check": (
        "The check is for the shops that were named when the message was first sent. For others, "
        "send a new one."
    ),
    # a press of a button
    "silent.kept": (
        "What you sent is kept, but the part that makes the pictures has given no sign of life "
        "for {minutes:minute|minutes}. It goes on by itself as soon as that works again: you "
        "need not do anything."
    ),
    "press.accepted": "On its way.",
    "press.accepted_home": "On its way. The picture comes to you as a direct message.",
    "press.already": "Already made, or being made now.",
    "press.gone": "This picture has been deleted or has expired.",
    "press.expired": "The photo of this picture is no longer kept. Please upload it again.",
    "press.unknown": "This button has expired.",
    "press.only": "Only ",
    "press.only_and": " and workspace admins can do that.",
    "press.admins_only": "Only workspace admins can do that.",
    "press.trouble": "Slack would not change the message just now. Please press again.",
    "delete.done": "Deleted: the picture, its link and this message.",
    "delete.one_done": "Deleted: this picture and its link. The others stay.",
    "cancel.done": "Cancelled {count:picture|pictures}.",
    "cancel.but_begun": (
        "Cancelled {count:picture|pictures}. "
        "{begun:picture is|pictures are} being made already and will still arrive."
    ),
    "cancel.too_late": "Too late: there is nothing left to cancel.",
    # pictures in one file
    "zip.packing": "Packing {count:picture|pictures}… The zip comes here in a moment.",
    "zip.packing_thread": "Packing the pictures of this thread… The zip comes here in a moment.",
    "zip.packing_day": (
        "Packing your {count:picture|pictures} of the last 24 hours… "
        "The zip comes to you as a direct message."
    ),
    # the command
    "agreement.line": (
        "What it means to leave the “AI generated” mark out: The picture still says in its file that "
        "AI has made it. Whoever shows it has to make that known where the law asks for it, and may "
        "not remove what the file says. Who gets such a picture is kept on record, also after it is "
        "deleted."
    ),
    "agreement.agree": "I agree",
    "agreement.withdraw": "Withdraw my agreement",
    "agreement.agreed": "Agreed. You may leave the mark out from now on: ask again.",
    "agreement.withdrawn": "Withdrawn. Your pictures have the mark again.",
    "form.not_opened": "Slack would not open the form just now. Please try again.",
    "usage.today": "Today: {used:picture|pictures}",
    "usage.today_of": "Today: {used} of {limit:picture|pictures}",
    "usage.month": "This month: {used:picture|pictures}",
    "usage.team_of": "Your team today: {used} of {limit:picture|pictures}",
    "scene.title": "Save as scene",
    "scene.submit": "Save",
    "scene.logo": "Logo",
    "scene.logo_line": (
        "The logo takes the place of the words “AI generated” on pictures of the scene “{name}”. Such a picture "
        "counts as one without the mark: only people who have agreed to that can ask for it (/backdrop "
        "watermark). PNG or JPEG, up to 500 KB, 16 to 2000 px a side."
    ),
    "scene.corner": "Where",
    "scene.share": "How large, as a share of the picture's width or height",
    "scene.has_logo": "with a logo",
    "corner.bottom-right": "Bottom right",
    "corner.bottom-left": "Bottom left",
    "corner.top-right": "Top right",
    "corner.top-left": "Top left",
    "scene.name": "Name, in one word",
    "scene.place": "Whose scene it is",
    "scene.saved": "Saved: the scene “{name}”.",
    "scene.changed": "Changed: the scene “{name}”. Pictures that were asked for before stay as they were.",
    "scene.renamed": "The scene “{name}” is now called “{new}”.",
    "deleted.person": "Deleted: your scene “{name}”.",
    "deleted.channel": "Deleted: this channel's scene “{name}”.",
    "deleted.workspace": "Deleted: the workspace's scene “{name}”.",
    "scene.deleted_stays": " Pictures that were asked for with it stay as they were.",
    "scene.person": " It is yours alone.",
    "scene.channel": " It is this channel's.",
    "scene.workspace": " It is the whole workspace's.",
    "scene.use": "Use it with any photo: `@Backdrop --scene {name}`",
    "scene.avoid": "without {words}",
    "scene.none": "There are no scenes yet.",
    "scene.how": (
        "Save one of your own: `/backdrop scene save summer on a beach --avoid people --size 16:9`\n"
        "One of this channel's: `/backdrop scene save channel summer …`\n"
        "One for everybody: `/backdrop scene save workspace summer …`\n"
        "Use it with any photo: `--scene summer`\n"
        "Rename it: `/backdrop scene rename summer august`\n"
        "Delete it: `/backdrop scene delete summer`"
    ),
    "listed.person": "Yours",
    "listed.channel": "This channel's",
    "listed.workspace": "The workspace's",
    "auto.on": "Every photo posted in this channel gets a new background.",
    "auto.off": "Photos posted in this channel are left alone unless you mention me.",
    "auto.by": "Set by ",
    "auto.scene": "Photos that come without words get: ",
    "auto.scene_always": "Whatever is written beside a photo, it gets: ",
    "auto.named": "the scene “{name}”",
    "auto.no_scene": (
        "Write the background beside the photo, or give the channel one: `/backdrop auto on on a "
        "wooden table`. If what people write beside photos is not meant as a background: "
        "`/backdrop auto always on a wooden table`"
    ),
    "auto.direct": "Here every photo with words gets a new background anyway.",
}
