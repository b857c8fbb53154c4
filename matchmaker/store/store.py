"""Store: what other rooms see; surveys go in, frozen datasets and findings come out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from matchmaker.codebook import meanings
from matchmaker.errors import BadValueError, StoreError
from matchmaker.model import Dataset, Issue, Quarantined, Survey, standing
from matchmaker.store.answers import ages, excerpt, history
from matchmaker.store.answers.earlier_answers import unanswered
from matchmaker.store.answers.excerpt import Excerpt
from matchmaker.store.answers.frames import read_dataset, read_stored_rows
from matchmaker.store.answers.history import Change
from matchmaker.store.answers.import_survey import Added, import_survey
from matchmaker.store.answers.left_out import LeftOut, drop_rows, read_left_out
from matchmaker.store.answers.merged_rows import find_row, ids_shown_as_one, read_unstated
from matchmaker.store.connection import StoreConnection
from matchmaker.store.database.schema import PARENTS, UNMATCHED
from matchmaker.store.database.statements import read_column
from matchmaker.store.decisions import StoredDecisions, StoredWeights
from matchmaker.store.firms import StoredFirms
from matchmaker.store.records import vectors
from matchmaker.store.records.decisions import read_decisions
from matchmaker.store.records.editions import read_place, utc_text
from matchmaker.store.records.findings import read_issues, read_quarantine
from matchmaker.survey import Known
from matchmaker.survey.outgoing.open_points import StoredRows

if TYPE_CHECKING:
    import pandas as pd


class Store:
    """A database file, opened on construction and closed by `close` or `with`.

    Parameters
    ----------
    path
        The file; `-wal` and `-shm` files stand beside it while it is open.
    create
        Make the file when it is missing; an existing database is opened as it is.

    Attributes
    ----------
    decisions
        What people decided: `add`, `undo`, `history`.
    learned_weights
        Weights of matching learnt from it: `add`, `undo`, `history`.
    firms
        Enterprises that are one firm, or different ones: `merge`, `split`, `reopen`, and what
        was said of them.

    Raises
    ------
    StoreError
        When the file is missing, foreign, or of an edition that this version cannot read,
        or when the path is `:memory:`, which is no file.
    StoreLockedError
        When another process holds it for longer than `BUSY_TIMEOUT`; so do all methods.
    """

    def __init__(self, path: Path | str, *, create: bool = False) -> None:
        self._connection = StoreConnection(path, create=create)
        self.path = self._connection.path
        self.decisions = StoredDecisions(self._connection)
        self.learned_weights = StoredWeights(self._connection)
        self.firms = StoredFirms(self._connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._connection.close()

    def add(
        self, survey: Survey, issues: Iterable[Issue] = (), *, time: datetime | None = None
    ) -> Added:
        """Write a survey in one transaction: all of it or nothing.

        A row replaces the stored row of the same id, whose earlier values go into the
        history. Rows that a newer edition of a file leaves out are kept (`left_out`); its
        issues and quarantined rows replace those of the older one.

        Parameters
        ----------
        survey, issues
            What `read_survey` gave.
        time
            When the survey came, with its zone; None where that is of no interest. The same
            surveys added at the same times make equal databases.

        Raises
        ------
        StoreError
            When a row refers to an enterprise or item that neither the survey nor the
            store has, or when two rows of one table have the same id.
        BadValueError
            When the time has no zone.
        """
        stated = utc_text(time)
        with self._connection.writing() as db:
            added = import_survey(db, survey, unanswered(db, survey, list(issues)), stated)
            answered = {name for name, rows in added.tables.items() if rows.new or rows.changed}
            if answered - UNMATCHED:
                self._connection.outdate_matches()
        return added

    def still_open(self, survey: Survey, issues: Iterable[Issue]) -> Sequence[Issue]:
        """Issues of a survey less those about a price that it leaves blank and the store has."""
        with self._connection.reading() as db:
            return unanswered(db, survey, list(issues))

    def snapshot(self) -> Dataset:
        """Freeze everything stored: one frame a table, rows sorted by id."""
        with self._connection.reading() as db:
            data = read_dataset(db)
            self._connection.note_read()
        return data

    def rows(self, tables: Iterable[str]) -> StoredRows:
        """Rows of some tables as a snapshot has them, without its frames."""
        with self._connection.reading() as db:
            return read_stored_rows(db, tables)

    def keep_matches(self, method: str, matches: pd.DataFrame, steps: pd.DataFrame) -> None:
        """Keep what matching took for true, until an import changes what it was found in.

        Parameters
        ----------
        method
            How they were found; `excerpt` gives them only to who asks for the same method.
        matches
            One row a match: `id` of its subject in `table`, `enterprise`, `item`, `kind`,
            `score`, `probability`; further columns are numbers.
        steps
            `enterprise`, `item`, `process`, `capability`, `hours`, `confirmed`.

        Raises
        ------
        StoreError
            When the store has changed since the snapshot that the matches were found in.
        """
        with self._connection.writing() as db:
            self._connection.check_unchanged()
            excerpt.keep_matches(db, method, matches, steps)

    def excerpt(
        self,
        items: Iterable[str] | None,
        *,
        method: str,
        roles: Collection[str] = (),
        enterprises: Iterable[str] = (),
    ) -> Excerpt | None:
        """Freeze only what matters for some items; None without matches kept by the method.

        Parameters
        ----------
        items
            Codes of the items asked for, with or without `item:`; None means everything stored.
        method
            How the matches have to have been found.
        roles, enterprises
            Enterprises to be told too, whatever they make.

        Returns
        -------
        Excerpt or None
            The items with all they are made of or replaced by; the offers, needs and
            capabilities matched with these; the enterprises that have them.

        Raises
        ------
        UnknownItemError
            When the catalogue lacks an item asked for.
        """
        with self._connection.reading() as db:
            methods = db.execute("SELECT method FROM matching").fetchall()
            if methods != [(method,)]:
                return None
            return excerpt.read_excerpt(db, items, roles, enterprises)

    def read_vectors(self, encoder: str, keys: Sequence[str]) -> dict[str, bytes]:
        """Vectors kept for an encoder, of those keys that have one."""
        with self._connection.reading() as db:
            return vectors.read(db, encoder, keys)

    def keep_vectors(self, encoder: str, new: Mapping[str, bytes]) -> None:
        """Keep vectors of an encoder by key, and drop those of any other.

        Where another process writes, or the file is read-only, nothing is kept: vectors can be
        computed anew.
        """
        with suppress(StoreError), self._connection.writing() as db:
            vectors.keep(db, encoder, new)

    def demanded(self) -> list[str]:
        """Items that the stored demands ask for, sorted."""
        with self._connection.reading() as db:
            return sorted(read_column(db, "demands", "item"))

    def changes(self, ids: Collection[str] = ()) -> list[Change]:
        """List what newer answers changed, in the order of the imports.

        Parameters
        ----------
        ids
            Rows asked for; an id of an enterprise stands for all its rows, and of what was
            merged each id stands for all that is shown as one. All when empty.
        """
        with self._connection.reading() as db:
            return history.changes(db, ids_shown_as_one(db, ids))

    def left_out(self) -> list[LeftOut]:
        """Rows that the newest edition of their file no longer has, by table and id.

        A row whose newer wording waits in quarantine is none of them.
        """
        with self._connection.reading() as db:
            return read_left_out(db)

    def drop(self, ids: Collection[str], *, time: datetime | None = None) -> int:
        """Delete rows that the newest edition of their file leaves out; count them.

        What they said stays in the history.

        Raises
        ------
        StoreError
            When an id is not left out or its row waits in quarantine, or when other rows still
            refer to what is dropped.
        BadValueError
            When the time has no zone.
        """
        stated = utc_text(time)
        with self._connection.writing() as db:
            if drop_rows(db, ids, stated) - UNMATCHED:
                self._connection.outdate_matches()
        return len(set(ids))

    def find(self, id: str) -> tuple[str, dict[str, Any]]:
        """Table and row of a typed id; the row has `id`, its fields, then its place.

        The id of a row that was merged into another leads to that one.

        Raises
        ------
        UnknownNameError
            When nothing stored has that id; the message offers the nearest ids.
        """
        with self._connection.reading() as db:
            return find_row(db, id)

    def unstated(self, table: str) -> Mapping[str, Set[str]]:
        """Fields that only the codebook's defaults fill, by id of the rows that a snapshot has."""
        with self._connection.reading() as db:
            return read_unstated(db, table)

    def place(self, id: str) -> tuple[str, list[tuple[str, str, str]]]:
        """When a row was last stated, and what stands beside it in the sender's own columns.

        The columns come as heading, cell and text.

        Raises
        ------
        UnknownNameError
            When nothing stored has that id.
        """
        with self._connection.reading() as db:
            table, _ = find_row(db, id)
            return read_place(db, table, id)

    def issues(self) -> list[Issue]:
        """Issues of the newest edition of every file, by place."""
        with self._connection.reading() as db:
            return list(read_issues(db))

    def old_answers(self, today: date, *, months: int = ages.MONTHS) -> list[Issue]:
        """Issues of the enterprises whose answers are older than so many months, by place.

        Raises
        ------
        BadValueError
            When `months` is below 0.
        """
        if months < 0:
            raise BadValueError(f"Answers grow old after 0 months or more, not {months}.")
        with self._connection.reading() as db:
            return list(ages.old_answers(db, today, months))

    def quarantine(self) -> list[Quarantined]:
        """Rows that errors keep out, of the newest edition of every file, by place."""
        with self._connection.reading() as db:
            return list(read_quarantine(db))

    def known(self) -> Known:
        """What a survey still to be read may refer to, and what people decided words mean."""
        with self._connection.reading() as db:
            keys = {key: frozenset(read_column(db, of, key)) for key, of in PARENTS.items()}
            meant = meanings(standing(read_decisions(db)))
        return Known(enterprises=keys["enterprise"], items=keys["item"], meanings=meant)
