"""Telegram's rules, implemented once for the Bot API and MTProto. Each part is an attribute of Telegram."""

from umbral_sandbox.world.clock import WorldClock
from umbral_sandbox.world.ids import Ids
from umbral_sandbox.world.store import Store
from umbral_sandbox.world.telegram.accounts import Accounts
from umbral_sandbox.world.telegram.callbacks import Callbacks
from umbral_sandbox.world.telegram.channels import Channels
from umbral_sandbox.world.telegram.chats import Chats
from umbral_sandbox.world.telegram.events import Events
from umbral_sandbox.world.telegram.groups import Groups
from umbral_sandbox.world.telegram.invites import Invites
from umbral_sandbox.world.telegram.joins import Joins
from umbral_sandbox.world.telegram.members import Members
from umbral_sandbox.world.telegram.people import People
from umbral_sandbox.world.telegram.posts import Posts
from umbral_sandbox.world.telegram.sharing import Sharing
from umbral_sandbox.world.telegram.stars import Stars
from umbral_sandbox.world.telegram.state import State
from umbral_sandbox.world.telegram.updates import Updates
from umbral_sandbox.world.telegram.views import Views


class Telegram:
    """Telegram's part of the world.

    All methods are synchronous, so atomic; they raise Refused before they change anything.
    """

    def __init__(self, store: Store, clock: WorldClock, ids: Ids) -> None:
        self.state = State(store, clock, ids)
        self.people = People(self.state)
        self.accounts = Accounts(self.state, self.people)
        self.views = Views(self.state, self.people)
        self.updates = Updates(self.state)
        self.events = Events(self.state, self.people, self.views, self.updates)
        self.chats = Chats(self.state, self.people, self.events)
        self.callbacks = Callbacks(self.state, self.people, self.views, self.updates)
        self.stars = Stars(self.state, self.people, self.updates, self.chats)
        self.channels = Channels(self.state, self.people, self.views, self.events)
        self.groups = Groups(self.state, self.channels)
        self.members = Members(self.state, self.people, self.views, self.events, self.channels)
        self.sharing = Sharing(self.people, self.chats, self.channels)
        self.posts = Posts(self.state, self.views, self.events, self.channels)
        self.invites = Invites(self.state, self.channels)
        self.joins = Joins(
            self.state,
            people=self.people,
            views=self.views,
            events=self.events,
            channels=self.channels,
            members=self.members,
            invites=self.invites,
        )

    def reset(self) -> None:
        """Drop the in-memory indexes after the store was emptied."""
        self.state.reset()
        self.updates.reset()
