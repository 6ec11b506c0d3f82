"""Define the workspace that every demo and test starts with: an app, three people, three channels.

Each person has a DM with the bot. The ids have Slack's form and are the same in every run, so that
scripts can name them. The people are invented and named after their work.
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
    """Make the first people: a merchandiser, one in operations, an administrator, and the bot."""
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
    """Make a person from a partner's workspace, who can join a shared channel (Slack Connect)."""
    return Person(id=GUEST_ID, handle="guest", name="Guest of a partner", team=GUEST_TEAM_ID)


def starting_channels(created: int) -> list[Channel]:
    """Make the first channels and DMs, with their members.

    All three people are in every channel. The bot is in every DM and in all channels but
    #shop-news. #archived is archived. ``created`` is Unix seconds.
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
