"""The Store: every verb, its promise and its errors. Two back ends keep it (sqlite/, mongo/); one suite tests both.

A verb costs three files: its promise here, and one file in each back end, where it stands beside its SQL or its commands.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from database.records import DeadUpdate, Person, PoolStats, RawUpdate, Sent, Wake


class StoreError(Exception):
    """The root of everything a store raises."""


class StoreUnavailable(StoreError):
    """The database can't be reached or did not answer in time; the same call may work later. Nothing is known of a write."""


class StoreFull(StoreUnavailable):
    """The database has no room for another byte; nothing was written, and the same call works once there is room."""


class RevisionConflict(StoreError):
    """Somebody else wrote this person since it was read; read again and decide anew."""

    def __init__(self, person: int, revision: int) -> None:
        super().__init__(f"person {person} is no longer at revision {revision}")
        self.person, self.revision = person, revision


class SchemaTooNew(StoreError):
    """The database was written by a newer version of this program; nothing was touched."""


class Store(Protocol):
    """Everything that outlives the process. Verbs: `get_` raises when absent, `find_` may give None, `list_`, `save_`, `delete_`.

    Every write is durable when its call returns (SQLite: WAL with synchronous=FULL; MongoDB: w=majority, journal). Every verb may
    raise StoreUnavailable, and StoreError where the database refuses for good (a broken file, missing rights); a write may raise
    StoreFull. Other errors stand with their verb. `pool_stats` raises nothing.
    """

    async def open(self) -> None:
        """Connect, make indexes, bring an older schema up to this one, finish what a crash left half done.

        May be called again after it failed. Raises SchemaTooNew; StoreUnavailable when waiting may help, another StoreError if not.
        """

    async def close(self) -> None:
        """Finish what was submitted, then let go. Safe to call twice; open() may follow.

        Raises StoreUnavailable when a deferred write failed; the store is closed all the same, and open() makes up for it.
        """

    async def ping(self) -> None:
        """A round trip to the database; on SQLite one that writes, because a full disk can still be read."""

    # --- inbox: raw updates
    async def save_updates(self, updates: Sequence[RawUpdate]) -> set[int]:
        """Keep a batch in one commit; gives the ids that were new.

        An id seen before (waiting, dead, or applied and not yet forgotten) is left as it is. After StoreUnavailable some may be
        kept already and so not be new to a second call: `list_updates` knows them.
        """

    async def list_updates(self, limit: int = 1000, after: int = -1) -> list[RawUpdate]:
        """Updates not applied yet whose `order` is above `after`, in order."""

    async def save_applied(self, update_ids: Sequence[int], at: float) -> None:
        """These are done: only id and the time (epoch seconds) stay."""

    async def save_dead(self, update_id: int, reason: str, at: str) -> None:
        """Move a waiting update to the dead letters, in one step; nothing happens to one that does not wait. `at`: ISO 8601."""

    async def list_dead(self, limit: int = 100) -> list[DeadUpdate]:
        """The longest dead first."""

    async def revive_dead(self, update_ids: Sequence[int]) -> int:
        """Back into the inbox, at its end and in their old order; gives how many. Ids that are not dead are passed over."""

    async def delete_applied(self, before: float) -> int:
        """Forget ids applied before that moment (epoch seconds); gives how many."""

    # --- people
    async def find_person(self, person: int) -> Person | None:
        """None for someone who was never saved, or was deleted."""

    async def save_person(self, person: Person, applied: int | None = None, before: Person | None = None) -> Person:
        """One guarded write of everything, `sent` too: revision 0 inserts, else the stored revision must be the person's.

        `before`: the record as this store gave it last, from which `person` was changed. A field that is the very same object in
        both is not written again.

        Gives the record as it is now stored: revision one higher, `closed` empty, outbox without entries up to `sent.sequence`.
        `applied` is the update that this turn settles. The same commit marks it (SQLite), or a later one (MongoDB; until then
        `person.updates` knows it). Runs in `closed` are moved to the runs collection; a crash between leaves them to be moved
        later, never lost or doubled. Raises RevisionConflict (also when inserting someone who exists).
        """

    async def save_sent(self, sent: Mapping[int, Sent]) -> None:
        """Note what went out to whom, unguarded; a lower `sequence` replaces no higher one. Silently nothing for who was deleted.

        Takes effect behind a `save_person` of theirs that was begun before, which holds what had been sent then. After
        StoreUnavailable some may be kept already.
        """

    async def list_unsent(self, after: int = -1, limit: int = 1000) -> list[Person]:
        """People (ids above `after`, ascending) whose outbox holds more than was sent: the work of a restart. Index-backed."""

    async def list_due(self, until: float, limit: int = 100) -> list[Person]:
        """People with a wait in `sent.due` that is over by `until` (epoch seconds), earliest first.

        Index-backed: costs nothing when nothing is due.
        """

    async def list_open(self, after: int = -1, limit: int = 1000, heard_since: str = "") -> list[Person]:
        """People (ids above `after`, ascending) with an open run, who were heard at that moment (ISO 8601 in UTC) or later. Some
        may have been heard earlier in the same hour.

        The moment is read from the index alone.
        """

    async def list_wakes(self, until: float, limit: int = 100) -> list[Wake]:
        """People whose `wake_at` is over by `until` (epoch seconds), earliest first.

        Read from an index alone: what it costs depends on how many are due, not on how many people there are.
        """

    async def claim_wake(self, wake: Wake, until: float) -> bool:
        """Put the person's `wake_at` off to `until` if it is still as it was found; False: somebody else did, or a turn moved it.

        Of several processes one gets it. Should that one die, the person is found again at `until`; else the turn that it makes
        writes the next `wake_at`. Beside turns, never guarded by the revision.
        """

    async def wake_people(self, at: float, after: int, limit: int) -> int | None:
        """Bring `wake_at` forward to `at` (epoch seconds) for the next `limit` people with ids above `after`, unless it is earlier.

        Gives the last one's id, None when there are none. Beside turns, as a claim is.
        """

    async def delete_person(self, person: int) -> None:
        """Every byte of them: document, runs, waiting and dead updates (whose bare ids stay, as those of applied ones).

        Survives a crash half-way: open() finishes it. The same person may come back and begins at revision 0.
        """

    async def list_runs(self, person: int) -> list[dict[str, Any]]:
        """Ended runs of one person, oldest first."""

    def iterate_runs(self, programme: str | None = None) -> AsyncIterator[dict[str, Any]]:
        """Every run, open ones too, each with the key `person` added; also while others write. Each run once."""

    async def count(self) -> dict[str, int]:
        """{"people", "open_runs", "runs", "waiting", "dead", "blocked"}; `runs` ended, `waiting` and `dead` are updates."""

    # --- content and files
    async def save_content(self, digest: str, programme: str, source: Mapping[str, Any]) -> None:
        """Keep a programme's content under its digest; the same digest again changes nothing."""

    async def find_content(self, digest: str) -> dict[str, Any] | None:
        """The source that was saved under this digest; None when there is none."""

    async def find_file_id(self, digest: str) -> str | None:
        """Telegram's file_id of the file with this key (content hash and kind); None when there is none."""

    async def save_file_id(self, digest: str, file_id: str) -> None:
        """Keep Telegram's file_id of the file with this key; the last call wins."""

    async def delete_file_id(self, digest: str) -> None:
        """Forget a file_id that Telegram refuses; nothing happens to a key that is not there."""

    # --- marks: what the process itself has to know after its end
    async def find_mark(self, name: str) -> str | None:
        """The value that was saved last under this name; None when there is none."""

    async def save_mark(self, name: str, value: str) -> None:
        """Keep a value under this name; the last call wins."""

    def pool_stats(self) -> PoolStats | None:
        """The connection pool as it is now; None where there is no pool."""
