"""Questions of a new installation, in order. `umbral init` and the setup page in the browser use the same questions.

Their texts are in `subscriptions.bootstrap.words`: at a terminal, `ask.{topic}` is the question; in the browser,
`page.{topic}` is the question and `where.{topic}` explains where to find the answer.
"""

from dataclasses import dataclass
from typing import Final

from subscriptions.bootstrap.checks.address import SETTING as ADDRESS_SETTING
from subscriptions.bootstrap.checks.bots import SELLER, SENDERS
from subscriptions.bootstrap.processes import APPLICATION
from subscriptions.bootstrap.sealed_settings import OWNERS

PLAN_TEXT: Final = "PLAN"
CHAT_ID: Final = "CHAT"
HAS_CHAT_ANSWER: Final = "HAS_CHAT"
PHONE_NUMBER: Final = "ACCOUNT_PHONE"


@dataclass(frozen=True, kw_only=True)
class Question:
    """Question of the setup.

    topic: key of the question's texts
    names: names of the stored answers; the question counts as answered if the first one has a value
    is_secret: True if the answer is hidden while it is typed
    is_optional: True if the answer may be empty
    is_in_browser: True if the setup page asks the question. The page omits questions about the database, the site and
        the userbot, and choices that owners can make later in the console
    """

    topic: str
    names: tuple[str, ...]
    is_secret: bool = False
    is_optional: bool = False
    is_in_browser: bool = False


HAS_CHAT: Final = Question(topic="has_chat", names=(HAS_CHAT_ANSWER,))
VERTICAL: Final = Question(topic="vertical", names=("VERTICAL",))
LANGUAGE: Final = Question(topic="language", names=("SHOP_LANGUAGE",), is_optional=True)
BOT: Final = Question(topic="bot", names=(SELLER, SENDERS), is_secret=True, is_in_browser=True)
BOTS: Final = Question(topic="bots", names=(SELLER, SENDERS), is_secret=True)
OWNER: Final = Question(topic="owner", names=(OWNERS,), is_in_browser=True)
CHAT: Final = Question(topic="chat", names=(CHAT_ID,), is_in_browser=True)
DATABASE: Final = Question(topic="database", names=("DATABASE_URL",), is_secret=True)
ADDRESS: Final = Question(topic="address", names=(ADDRESS_SETTING,))
CODE: Final = Question(topic="code", names=("ACCOUNT_CODE",))
SECOND: Final = Question(topic="second", names=("ACCOUNT_PASSWORD",), is_secret=True)
APP: Final = Question(topic="app", names=APPLICATION)
PHONE: Final = Question(topic="phone", names=(PHONE_NUMBER,))
PAYMENTS: Final = Question(topic="payments", names=(), is_secret=True, is_in_browser=True)
LEGAL: Final = Question(topic="legal", names=("LEGAL_IDENTITY",), is_optional=True, is_in_browser=True)
SUPPORT: Final = Question(topic="support", names=("SUPPORT_CONTACT",), is_optional=True, is_in_browser=True)
PLAN: Final = Question(topic="plan", names=(PLAN_TEXT,), is_in_browser=True)

QUESTIONS: Final = (
    HAS_CHAT,
    VERTICAL,
    LANGUAGE,
    BOT,
    BOTS,
    OWNER,
    CHAT,
    DATABASE,
    ADDRESS,
    APP,
    PHONE,
    CODE,
    SECOND,
    PAYMENTS,
    LEGAL,
    SUPPORT,
    PLAN,
)
