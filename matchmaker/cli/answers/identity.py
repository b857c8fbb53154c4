"""Verbs of identity: `duplicates`, `merge`, `split`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import (
    NumberRange,
    database,
    language,
    least_probability,
    output_formats,
)
from matchmaker.cli.shared.output import (
    NO_ANSWER,
    Answer,
    Figure,
    Row,
    headings_of,
    print_answer,
    tell,
)

if TYPE_CHECKING:
    from matchmaker.store import Conflict, Store
    from matchmaker.survey.identity import Duplicate

REASONS = 4
"""Reasons told in a table; `--explain` tells all."""

UNSAID = ("prior", "unlike", "crowd")
"""Contributions that `--explain` alone tells: they are nobody's answer."""

ROLES = ("member", "interested", "external")

StatedFields = Mapping[str, Mapping[str, Any]]

decided_by = click.option("--by", default="", metavar="NAME", help="Who says so; kept beside it.")


@click.command()
@database
@least_probability(0.5, "")
@click.option("--explain", is_flag=True, help="Say what every probability is made of.")
@output_formats
@language
def duplicates(database: str, threshold: float, explain: bool, form: str | None, lang: str) -> None:
    """List enterprises that may be one firm, the surest first, and why.

    What was merged, or said to be different, is not asked again. Exit code 3 when there is
    nothing to ask. `--csv` writes a file that `merge --from` reads.
    """
    from matchmaker.store import Store

    with Store(database) as store:
        told = _stated_fields(store)
        pairs = _pairs(store, told, threshold)
    rows = [_row(pair, told, lang) for pair in pairs]
    shown = [row | {"probability": Figure(_share(row["probability"], lang))} for row in rows]
    headings = headings_of(("one", "name", "other", "other_name", "probability", "reasons"), lang)
    print_answer(
        Answer("duplicates", rows, told=shown, nothing="cli.no-duplicates"), form, headings, lang
    )
    if explain and form is None:
        for pair in pairs:
            click.echo("\n" + "\n".join(_explained(pair, told, lang)))
    if not pairs:
        raise SystemExit(NO_ANSWER)


@click.command()
@database
@click.argument("ids", metavar="[ID…]", nargs=-1)
@click.option(
    "--all-above",
    type=NumberRange(0, 1),
    metavar="P",
    help="Merge every pair of `duplicates` that is at least so probable.",
)
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Merge the pairs of a CSV file with the columns one and other.",
)
@decided_by
@output_formats
@language
def merge(
    database: str,
    ids: tuple[str, ...],
    all_above: float | None,
    file: Path | None,
    by: str,
    form: str | None,
    lang: str,
) -> None:
    """Make enterprises one firm, shown as the first ID; list what they state differently.

    The firm has the answers of all; of two answers to one question its own counts. The other
    IDs keep working, and files imported later find the firm by them. `split` undoes it.
    """
    from matchmaker.store import Store

    if sum((bool(ids), all_above is not None, file is not None)) != 1 or len(ids) == 1:
        raise click.UsageError("Name two or more IDs, or --all-above P, or --from FILE.")
    with Store(database) as store:
        told = _stated_fields(store)
        groups = _groups(store, told, ids, all_above, file)
        _check_known(store, told, groups)
        made = {
            group[0]: parted
            for group in groups
            if (parted := store.firms.merge(group, by=by, at=_now()))
        }
        conflicts = store.firms.conflicts(made)
    _print_merged(made, lang)
    _emit_merged(made, conflicts, form, lang)


@click.command()
@database
@click.argument("id")
@click.argument("others", metavar="[OTHER…]", nargs=-1)
@click.option("--ask-again", is_flag=True, help="Leave open whether they are one firm.")
@decided_by
@language
def split(
    database: str, id: str, others: tuple[str, ...], ask_again: bool, by: str, lang: str
) -> None:
    """Undo a merge, or say that ID differs from each OTHER.

    An ID that was merged into a firm stands alone again; a firm that others were merged into
    is taken apart. They are not asked about again; `--ask-again` takes that back.
    """
    from matchmaker.store import Store

    with Store(database) as store:
        if ask_again:
            store.firms.reopen(id, others)
            tell("cli.reopened", lang, id=id)
            return
        parted = store.firms.split(id, others, by=by, at=_now())
    names = ", ".join(f"firm:{key}" for key in parted)
    key = "cli.distinct" if others else "cli.split"
    tell(key, lang, id=id, names=names)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _stated_fields(store: Store) -> StatedFields:
    """What every enterprise tells of itself, by its id; what only a default fills is not told."""
    unstated = store.unstated("enterprises")
    return {
        row["id"]: row
        | dict.fromkeys(unstated.get(row["id"], ()))
        | {"registration": row["enterprise"]}
        for row in store.rows(["enterprises"]).records("enterprises")
    }


def _pairs(store: Store, told: StatedFields, threshold: float) -> list[Duplicate]:
    from matchmaker.survey.identity import find_duplicates

    return find_duplicates(told, threshold=threshold, distinct=_distinct(store))


def _distinct(store: Store) -> set[frozenset[str]]:
    return {frozenset(f"firm:{key}" for key in pair) for pair in store.firms.distinct()}


def _groups(
    store: Store,
    told: StatedFields,
    ids: Sequence[str],
    all_above: float | None,
    file: Path | None,
) -> list[Sequence[str]]:
    """Enterprises to be merged, each group with the one to be shown first."""
    from matchmaker.survey.identity import group

    if ids:
        return [ids]
    if file is not None:
        return [*_read_pairs(file)]
    pairs = _pairs(store, told, all_above or 0.0)
    groups = group(pairs, told, _distinct(store))
    return [sorted(found, key=lambda one: _standing(told[one])) for found in groups]


def _check_known(store: Store, told: StatedFields, groups: Sequence[Sequence[str]]) -> None:
    """Refuse all of the groups when one names nobody: half a file merged is hard to find."""
    from matchmaker.errors import UnknownEnterpriseError

    known = {id.removeprefix("firm:") for id in told} | store.firms.aliases().keys()
    for id in (id for group in groups for id in group):
        if id.removeprefix("firm:") not in known:
            raise UnknownEnterpriseError(id, known)


def _standing(row: Mapping[str, Any]) -> tuple[int, int, str]:
    """What makes a record the one to show: its role, then how much it tells, then its id."""
    return ROLES.index(row["role"]), -sum(value is not None for value in row.values()), row["id"]


def _read_pairs(file: Path) -> list[Sequence[str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        rows = csv.DictReader(handle)
        if not {"one", "other"} <= set(rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ()) or "none"
            raise click.UsageError(f"{file} needs the columns one and other; it has: {found}.")
        return [(row["one"], row["other"]) for row in rows]


def _row(pair: Duplicate, told: StatedFields, lang: str) -> dict[str, Any]:
    return {
        "one": pair.one,
        "name": told[pair.one]["name"],
        "other": pair.other,
        "other_name": told[pair.other]["name"],
        "probability": pair.probability,
        "score": pair.score,
        "reasons": "; ".join(_reasons(pair, lang)[:REASONS]),
        "contributions": dict(pair.contributions),
    }


def _reasons(pair: Duplicate, lang: str) -> list[str]:
    """What speaks for or against a pair, the weightiest first."""
    parts = [part for part in pair.contributions.items() if part[0] not in UNSAID]
    ordered = sorted(parts, key=lambda part: (-abs(part[1]), part[0]))
    return [_reason(name, pair.levels[name], lang) for name, _ in ordered]


def _reason(name: str, level: float, lang: str) -> str:
    from matchmaker.codebook import say

    agrees = "1" if level >= 0.5 else "0"
    return say(f"identity.{name}.{agrees}", lang, share=_share(level, lang))


def _explained(pair: Duplicate, told: StatedFields, lang: str) -> list[str]:
    """Lines that add up to the score of a pair."""
    from matchmaker.codebook import format_number, say

    head = say(
        "identity.pair",
        lang,
        one=told[pair.one]["name"],
        other=told[pair.other]["name"],
        probability=_share(pair.probability, lang),
        score=format_number(pair.score, lang, digits=2),
    )
    lines = [
        f"  {format_number(value, lang, digits=2)}: "
        + (
            say(f"identity.{name}", lang)
            if name in UNSAID
            else _reason(name, pair.levels[name], lang)
        )
        for name, value in pair.contributions.items()
    ]
    return [head, *lines]


def _share(value: float, lang: str) -> str:
    from matchmaker.codebook import format_share

    return format_share(value, lang)


def _print_merged(made: Mapping[str, Sequence[str]], lang: str) -> None:

    for into, merged in made.items():
        names = ", ".join(f"firm:{key}" for key in merged)
        shown = f"firm:{into.removeprefix('firm:')}"
        tell("cli.merged", lang, names=names, into=shown)
    if not made:
        tell("cli.merged-none", lang)


def _emit_merged(
    made: Mapping[str, Sequence[str]],
    conflicts: Sequence[Conflict],
    form: str | None,
    lang: str,
) -> None:
    from matchmaker.codebook import tables

    rows = [
        {
            "table": one.table,
            "id": one.id,
            "field": one.field,
            "kept": one.kept,
            "other_id": one.other_id,
            "other_value": one.other,
        }
        for one in conflicts
    ]
    told: list[Row] = [
        row | {"label": tables()[one.table].field(one.field).label(lang)}
        for row, one in zip(rows, conflicts, strict=True)
    ]
    merged = [
        {"into": f"firm:{into.removeprefix('firm:')}", "merged": [f"firm:{key}" for key in keys]}
        for into, keys in made.items()
    ]
    document = {"merged": merged, "conflicts": rows}
    headings = headings_of(("id", "label", "kept", "other_id", "other_value"), lang)
    print_answer(Answer("merge", rows, document, told, "cli.no-conflicts"), form, headings, lang)
