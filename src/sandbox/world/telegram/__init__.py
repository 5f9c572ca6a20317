"""Telegram's rules, applied once for every protocol. Each part is an attribute of Telegram."""

from sandbox.world.clock import WorldClock
from sandbox.world.ids import Ids
from sandbox.world.store import Store
from sandbox.world.telegram.accounts import Accounts
from sandbox.world.telegram.callbacks import Callbacks
from sandbox.world.telegram.channels import Channels
from sandbox.world.telegram.chats import Chats
from sandbox.world.telegram.events import Events
from sandbox.world.telegram.invites import Invites
from sandbox.world.telegram.joins import Joins
from sandbox.world.telegram.members import Members
from sandbox.world.telegram.people import People
from sandbox.world.telegram.posts import Posts
from sandbox.world.telegram.stars import Stars
from sandbox.world.telegram.state import State
from sandbox.world.telegram.updates import Updates
from sandbox.world.telegram.views import Views


class Telegram:
    """Telegram's world.

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
        self.members = Members(self.state, self.people, self.views, self.events, self.channels)
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
        """Drop what is indexed in memory after the store was emptied."""
        self.state.reset()
        self.updates.reset()
