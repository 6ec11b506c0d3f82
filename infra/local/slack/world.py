"""Set up the workspace as a demo or a test finds it: one app, three people, three channels and DMs.

The ids have Slack's form and are the same in every run, so that a script may name them.
People are named after what they do; nobody here exists.
"""

from infra.local.slack.model import Channel, Person

TEAM_ID = "T0BACKDROP"
TEAM_NAME = "Backdrop demo"
TEAM_DOMAIN = "backdrop-demo"

APP_ID = "A0BACKDROP"
BOT_ID = "B0BACKDROP"
BOT_USER_ID = "U0BACKDROP"
BOT_NAME = "Backdrop"
OTHER_APP_ID, OTHER_BOT_ID, OTHER_BOT_USER_ID = "A0STRANGER", "B0STRANGER", "U0STRANGER"

MERCHANDISER_ID = "U0MERCHEN1"
OPERATIONS_ID = "U0YUNYING1"
ADMIN_ID = "U0ADMIN001"

GUEST_TEAM_ID = "T0GUESTORG"
GUEST_ID = "U0GUEST001"

PRODUCT_PHOTOS_ID = "C0PRODUCTS"
SHOP_NEWS_ID = "C0SHOPNEWS"
ARCHIVED_ID = "C0ARCHIVED"
DM_IDS = {
    MERCHANDISER_ID: "D0MERCHEN1",
    OPERATIONS_ID: "D0YUNYING1",
    ADMIN_ID: "D0ADMIN001",
}

# The scopes an app of this kind asks for: those of all methods and events the stand-in has.
DEFAULT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:history",
    "mpim:read",
    "reactions:write",
    "users:read",
)


def starting_people() -> list[Person]:
    """List the people of the start: two who sell, one who administers, and the bot."""
    return [
        Person(id=MERCHANDISER_ID, handle="merchandiser", name="Merchandiser (EN)"),
        Person(
            id=OPERATIONS_ID,
            handle="yunying",
            name="运营 (中文)",
            locale="zh-CN",
            tz="Asia/Shanghai",
            tz_label="China Standard Time",
            tz_offset_s=28_800,
        ),
        Person(id=ADMIN_ID, handle="admin", name="Workspace admin", is_admin=True),
        Person(id=BOT_USER_ID, handle="backdrop", name=BOT_NAME, is_bot=True),
    ]


def guest() -> Person:
    """Make a person of a partner's workspace, with whom a channel is shared (Slack Connect)."""
    return Person(id=GUEST_ID, handle="guest", name="Guest of a partner", team=GUEST_TEAM_ID)


def starting_channels(created: int) -> list[Channel]:
    """List the channels of the start, with who is in them.

    The bot is in #product-photos and in every DM, not in #shop-news; #archived is closed.
    ``created`` is Unix seconds.
    """
    people = {MERCHANDISER_ID, OPERATIONS_ID, ADMIN_ID}
    public = [
        Channel(
            id=PRODUCT_PHOTOS_ID,
            name="product-photos",
            created=created,
            members=people | {BOT_USER_ID},
        ),
        Channel(id=SHOP_NEWS_ID, name="shop-news", created=created, members=set(people)),
        Channel(
            id=ARCHIVED_ID,
            name="archived",
            created=created,
            members=people | {BOT_USER_ID},
            is_archived=True,
        ),
    ]
    direct = [
        Channel(id=dm, kind="im", created=created, user=person, members={person, BOT_USER_ID})
        for person, dm in DM_IDS.items()
    ]
    return public + direct
