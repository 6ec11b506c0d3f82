"""Name everything that can go wrong with a job, and what may be done about it.

People never read an exception: ``bot.texts`` has the words for each code in each language, and
the log has the vendor's own code and RequestId.

Codes by who can mend them:
    the asker       PHOTO_*, MASK_*, WORDS_*, PRODUCT_*, SIZE_*, SHOP_*, TEMPLATE_*, PACKSHOT_*,
                    SCENE*, LOGO_*, ZIP_*
    the operator    ACCOUNT_UNUSABLE, SLACK_*, CHANNEL_*, PERSON_*, LINKS_NOT_CONFIGURED
    time or nobody  the rest
"""

import enum

import msgspec

Facts = dict[str, str | int]


class Retry(enum.Enum):
    """Say whether a job may go on after an error, and what another try may cost."""

    NEVER = "never"
    SLOT = "slot"  # aiart is busy: wait; it costs neither money nor a try
    BOUNDED = "bounded"  # not billed: try a few more times
    TRY = "try"  # may have been billed: uses up one of the job's two tries
    ACCOUNT = "account"  # aiart refuses the account: the queue pauses and keeps all jobs


class ErrorCode(str, enum.Enum):
    """Name the errors, one sentence each. Values are stable: clients and records hold them.

    A record of another version may hold a code that is not listed here. It is read as a code
    without a sentence or a rule of its own.
    """

    # the photo
    PHOTO_MISSING = "photo_missing"
    PHOTOS_TOO_MANY = "photos_too_many"
    PHOTO_EMPTY = "photo_empty"
    PHOTO_NOT_AN_IMAGE = "photo_not_an_image"
    PHOTO_HEIC = "photo_heic"
    PHOTO_RAW = "photo_raw"
    PHOTO_HDR = "photo_hdr"
    PHOTO_UNSUPPORTED = "photo_unsupported"
    PHOTO_TRUNCATED = "photo_truncated"
    PHOTO_TOO_SMALL = "photo_too_small"
    PHOTO_NOTHING_TO_SEE = "photo_nothing_to_see"
    PHOTO_TOO_LARGE = "photo_too_large"
    PHOTO_TOO_MANY_PIXELS = "photo_too_many_pixels"
    PHOTO_GONE = "photo_gone"
    PHOTO_NO_ACCESS = "photo_no_access"
    PHOTO_UNFINISHED = "photo_unfinished"
    PHOTO_NOT_FETCHED = "photo_not_fetched"
    PHOTO_REFUSED = "photo_refused"
    PHOTO_ILLEGAL = "photo_illegal"
    # the mask
    MASK_NOT_FETCHED = "mask_not_fetched"
    MASK_NOT_AN_IMAGE = "mask_not_an_image"
    MASK_NO_TRANSPARENCY = "mask_no_transparency"
    MASK_ALL_OPAQUE = "mask_all_opaque"
    MASK_ALL_TRANSPARENT = "mask_all_transparent"
    MASK_OTHER_SIZE = "mask_other_size"
    MASK_WITHOUT_PHOTO = "mask_without_photo"
    MASK_FOR_ONE_PHOTO = "mask_for_one_photo"
    MASK_MISSING = "mask_missing"
    # the words
    WORDS_MISSING = "words_missing"
    WORDS_TOO_LONG = "words_too_long"
    WORDS_RESERVED = "words_reserved"
    WORDS_ILLEGAL = "words_illegal"
    WORDS_AND_TEMPLATE = "words_and_template"
    OPTION_UNKNOWN = "option_unknown"
    OPTION_EMPTY = "option_empty"
    AVOID_TOO_LONG = "avoid_too_long"
    PRODUCT_TOO_LONG = "product_too_long"
    TEMPLATE_UNKNOWN = "template_unknown"
    SIZE_UNREADABLE = "size_unreadable"
    SIZE_OUT_OF_RANGE = "size_out_of_range"
    SHOP_UNKNOWN = "shop_unknown"
    LOGO_REFUSED = "logo_refused"
    PACKSHOT_UNREADABLE = "packshot_unreadable"
    WATERMARK_FIXED = "watermark_fixed"
    WATERMARK_NOT_AGREED = "watermark_not_agreed"
    # scenes
    SCENE_UNKNOWN = "scene_unknown"
    SCENE_NAME = "scene_name"
    SCENE_EMPTY = "scene_empty"
    SCENE_OPTION = "scene_option"
    SCENE_EXISTS = "scene_exists"
    SCENE_NOT_YOURS = "scene_not_yours"
    SCENE_NO_CHANNEL = "scene_no_channel"
    SCENES_TOO_MANY = "scenes_too_many"
    LOGO_UNUSABLE = "logo_unusable"
    LOGO_NOT_ALLOWED = "logo_not_allowed"
    LOGO_GONE = "logo_gone"
    # aiart
    SLOT_BUSY = "slot_busy"
    AIART_TROUBLE = "aiart_trouble"
    AIART_TIMEOUT = "aiart_timeout"
    ANSWER_LOST = "answer_lost"
    PICTURE_ILLEGAL = "picture_illegal"
    REQUEST_REFUSED = "request_refused"
    ACCOUNT_UNUSABLE = "account_unusable"
    PICTURE_EMPTY = "picture_empty"
    PICTURE_GONE = "picture_gone"
    PICTURE_BROKEN = "picture_broken"
    # Slack
    SLACK_SCOPE_MISSING = "slack_scope_missing"
    SLACK_REVOKED = "slack_revoked"
    CHANNEL_NOT_MEMBER = "channel_not_member"
    CHANNEL_GONE = "channel_gone"
    CHANNEL_NOT_ALLOWED = "channel_not_allowed"
    DIRECT_NOT_OPENED = "direct_not_opened"
    # who asks
    PERSON_EXTERNAL = "person_external"
    PERSON_GUEST = "person_guest"
    PERSON_UNKNOWN = "person_unknown"
    AUTO_FOR_ADMINS = "auto_for_admins"
    # a zip
    ZIP_EMPTY = "zip_empty"
    ZIP_TOO_MANY = "zip_too_many"
    ZIP_TOO_LARGE = "zip_too_large"
    # ours
    QUOTA_PERSON = "quota_person"
    QUOTA_TEAM = "quota_team"
    LINKS_NOT_CONFIGURED = "links_not_configured"
    TOO_OLD = "too_old"
    INTERNAL = "internal"

    @classmethod
    def _missing_(cls, value: object) -> "ErrorCode | None":
        if not isinstance(value, str):
            return None
        other = str.__new__(cls, value)
        other._name_, other._value_ = value.upper(), value
        return other


_RETRY = {
    ErrorCode.SLOT_BUSY: Retry.SLOT,
    ErrorCode.AIART_TROUBLE: Retry.BOUNDED,
    ErrorCode.AIART_TIMEOUT: Retry.TRY,
    ErrorCode.ANSWER_LOST: Retry.TRY,
    ErrorCode.PICTURE_ILLEGAL: Retry.TRY,
    ErrorCode.PICTURE_EMPTY: Retry.TRY,
    ErrorCode.ACCOUNT_UNUSABLE: Retry.ACCOUNT,
}


def retry_rule(code: ErrorCode) -> Retry:
    """Say what may be tried again after ``code``; an unlisted code is final."""
    return _RETRY.get(code, Retry.NEVER)


class Problem(msgspec.Struct, frozen=True):
    """Hold one thing that is wrong. ``field`` is the job's field, ``facts`` fill the sentence."""

    code: ErrorCode
    field: str = ""
    facts: Facts = {}


class Refused(ValueError):
    """Refuse a request, with every problem at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.field or '-'}: {p.code.value}" for p in problems))
        self.problems = problems
