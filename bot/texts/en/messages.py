"""The messages in threads and channels, in English."""

TEXTS = {
    # progress
    "progress.queued": "{ahead:picture|pictures} ahead of yours",
    "progress.next": "Next in line",
    "progress.painting": "Painting a new background…",
    "progress.several": "{done} of {total} ready",
    "progress.unusable": (
        "Waiting: the picture service cannot be used just now. Nothing is lost: it goes on by "
        "itself."
    ),
    "progress.spent": (
        "Waiting: today's limit of pictures is reached. It goes on by itself after midnight UTC. "
        "If it has waited for too long before that, I will tell you, and you can ask again."
    ),
    "progress.seconds": "about {seconds} s to go",
    "progress.minutes": "about {minutes} min to go",
    # several photos of one upload
    "batch.photo": "photo {number} of {total}",
    "batch.parent": "{count:photo|photos}",
    "batch.all_made": "All {count:picture|pictures} are ready.",
    "batch.made": "{count} made",
    "batch.failed": "{count} failed",
    "batch.cancelled": "{count} cancelled",
    "batch.one_failed": "failed, see above",
    "batch.one_cancelled": "cancelled",
    "batch.comma": ", ",
    "batch.more": "and {count} more",
    # the result
    "result.here": " here is your picture.",
    "result.here_named": " here is your picture: {product}.",
    "result.ready": "Ready: {name}.",
    "result.for": "Picture for {client} · {reference}",
    "result.direct": " here is your picture. I could not post it where you asked for it.",
    "result.details": "{width} × {height} px · {seconds} s",
    "result.full_size": "Full size",
    "result.before": "Original photo",
    "result.alt": "Product picture: {words}",
    "result.alt_template": "Product picture on the background “{template}”",
    "result.preview": (
        "I cannot read HEIC here, so this is made from Slack's smaller preview of your photo. "
        "For full sharpness send it as JPEG."
    ),
    "result.twice": (
        "The picture service did not answer the first time, so this picture may have been billed "
        "twice."
    ),
    "result.unshown": "Slack could not show the picture here. The link below opens it.",
    # several pictures for one wish
    "variations.here": " {done:picture|pictures} to choose from.",
    "variations.sheet": "{count:picture|pictures} side by side, numbered: {words}",
    "variations.size": "{width} × {height} px",
    "variations.gone": "This picture is no longer there.",
    # the product alone
    "cutout.here": " here is your product with the background removed.",
    "alone.made": "It was made already; here it is.",
    "cutout.file": "Transparent PNG",
    "cutout.alt": "The product with the background removed; a chequered ground stands for transparency",
    "cutout.alt_named": "{product} with the background removed; a chequered ground stands for transparency",
    # one photo in several sizes
    "sizes.calls": "{count:picture|pictures}: {names}. {calls:paid call|paid calls}.",
    "sizes.fitted": (
        "{fitted} of them fitted from another of about the same shape, without a call."
    ),
    "fit.here": " here is your picture for {shop}, fitted from the other one without a call.",
    "fit.here_size": " here is your picture in the other size, fitted without a call.",
    "fit.alt": "Product picture in another size",
    "fit.alt_named": "Product picture in another size: {product}",
    # a picture held against the rules of shops
    "check.here": " here is how the picture compares with what shops ask for.",
    "check.here_named": " {name}, compared with what shops ask for:",
    "check.clean": "As far as I can measure, it suits {shops}.",
    "check.refused": "{shop} may refuse it:",
    "check.nothing": "{shop}: as far as I can measure, it suits, but",
    "check.shape": (
        "its shape is different: {width} × {height} px; asked for is {want_width} × {want_height} px"
    ),
    "check.small": (
        "it is too small: {width} × {height} px; asked for is {want_width} × {want_height} px"
    ),
    "check.not_white": "its background is not pure white (255, 255, 255): {share}% of its edge is another colour",
    "check.not_light": "its background is not white, or light and plain",
    "check.not_plain": "its background is not white or plain",
    "check.transparent": "its background is transparent: a shop may show that as black or grey",
    "check.fill": "the product fills {fill}% of the longer side; asked for is at least {want}%",
    "check.mark": "the “AI generated” mark is on it; text and marks are not allowed",
    "check.mark_unknown": "check that there is no text or mark on it: none is allowed",
    "check.fill_unknown": (
        "I cannot measure how much of the picture the product fills; asked for is at least {want}%"
    ),
    "check.rules": "From public listings of the shops' rules, read on {day}. Rules change.",
    # the product alone on a plain ground
    "packshot.here": " here is your packshot.",
    "packshot.here_named": " here is your packshot: {product}.",
    "packshot.file": "Full size",
    "packshot.alt": "Packshot: the product alone on a plain background",
    "packshot.alt_named": "Packshot: {product} alone on a plain background",
    # pictures in one file
    "zip.here": " here is your zip: {count:picture|pictures}, {mb} MB.",
    "zip.link": "Download the zip",
    # buttons
    "button.again": "Again",
    "button.try_again": "Try again",
    "button.change": "Change…",
    "button.download": "Download",
    "button.variations": "3 more",
    "button.cutout": "Remove background",
    "button.packshot": "White packshot",
    "button.shadow_on": "With a shadow",
    "button.shadow_off": "Without a shadow",
    "button.scene": "Save as scene…",
    "button.zip": "Download all",
    "button.fix": "Fix…",
    "button.delete": "Delete",
    "button.use_this": "Use this one",
    "button.show_all": "Show all",
    "button.cancel": "Cancel",
    "button.cancel_rest": "Cancel the rest",
    "more.size": "Size {size}",
    "more.delete": "Delete…",
    "size.other": "Another size…",
    "delete.title": "Delete this picture?",
    "delete.sure": "This permanently deletes the picture and its link.",
    "delete.keep": "Keep it",
    # failures
    "failure.headline": " I couldn't make this picture.",
    "failure.named": " I couldn't make this picture: {name}.",
    "failure.request_id": "For support: RequestId {request_id}",
    "failure.perhaps_billed": "This try may have been billed.",
    # a workflow's step
    "workflow.cancelled": "The picture was cancelled.",
    # the admin channel
    "admin.cap": (
        "Today's limit of {limit:picture|pictures} (SPEND_CAP_PER_DAY) is reached. I keep every job and go on "
        "at midnight UTC, or as soon as the number is raised."
    ),
    "admin.clock": (
        "The worker's clock is {seconds} s off COS's, so it cannot tell what others are paying for. "
        "It has stopped calling aiart and keeps every job. Set that machine's clock; in the cloud, "
        "publish the function again, so that another machine runs it."
    ),
    "admin.silent": (
        "The worker has given no sign of life for {minutes:minute|minutes} although jobs wait. They are "
        "kept. Look at the worker function: its log, its timer and COS trigger, its role and the balance; "
        "python -m infra.doctor helps."
    ),
    "admin.unreadable": (
        "The request of job {job} cannot be read by this version: another one has written it, or it "
        "is damaged. It is not painted, and ends by itself when it is too old. If you have just gone "
        "back to an earlier version, deploy the later one again."
    ),
    "admin.account": (
        "aiart refuses our account ({vendor_code}). I have stopped calling and keep every job. "
        "Look at the balance and the service in the Tencent Cloud console; "
        "I try one job again every few minutes. RequestId {request_id}"
    ),
}
