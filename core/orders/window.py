"""How far a stretch of orders has been read: which it is, and the page that is next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core import clock
from core.amazon import orders as api
from core.amazon.orders import OrderQuery
from core.errors import RemoteError
from core.state import State

_MAX_RESTARTS = 3


@dataclass(frozen=True)
class Window(State):
    """A stretch of a seller's stream, or of a range that a job asked for, as it stands after its last page."""

    after: datetime | None = None
    """Where a stretch of the stream begins."""
    marketplaces: tuple[str, ...] = ()
    more: bool = False
    """Other marketplaces wait for a window of their own."""
    job: int | None = None
    """The job that opened it."""
    fewer: int = 0
    """Steps down the ladder of data sets that Amazon gives out."""
    page: int = 0
    bound: datetime | None = None
    """The earliest upper bound that a page has stated."""
    token: str | None = None
    token_at: datetime | None = None
    page_hash: str | None = None
    query: str = ""
    """Fingerprint of the query that the token belongs to."""
    complete: bool = False
    restarts: int = 0
    put_right: bool = False
    """Its watermark lay in the future, so it may move back."""

    @property
    def is_partial(self) -> bool:
        """Whether its orders come without some of their data."""
        return self.fewer > 0

    @property
    def stream_query(self) -> OrderQuery:
        """What a window of the stream asks for."""
        return OrderQuery(updated_after=self.after, marketplace_ids=self.marketplaces, fewer=self.fewer)

    def usable_token(self, query: OrderQuery) -> str | None:
        """The token of the next page, while Amazon takes it for this query."""
        if not self.token or self.token_at is None or self.query != query.fingerprint():
            return None
        return self.token if -clock.seconds_until(self.token_at) < api.TOKEN_LIFE else None

    def restarted(self) -> Window:
        """From its first page again; raises RemoteError when that was done too often."""
        if self.restarts >= _MAX_RESTARTS:
            raise RemoteError(
                "Amazon repeats pages, or does not take its own page tokens.",
                subject="Amazon",
                next_step="Run the import again later; if it stays so, report it to Amazon's support.",
            )
        return replace(self, page=0, token=None, page_hash=None, complete=False, restarts=self.restarts + 1)
