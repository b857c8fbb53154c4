"""Verbs of decisions: `decide`, `decisions`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.options import database, language, output_formats
from matchmaker.cli.shared import Answer, emit, headings_of

if TYPE_CHECKING:
    from matchmaker.model import Decision
    from matchmaker.store import Store


@click.command()
@database
@click.argument("id")
@click.argument("verdict", required=False, type=click.Choice(["accept", "reject"]))
@click.option("--by", default="", metavar="NAME", help="Who decides.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option("--undo", is_flag=True, help="Take back the newest decision on ID.")
@click.option("--at", default="", metavar="TIME", help="When, as ISO 8601; by default now.")
@language
def decide(
    database: str,
    id: str,
    verdict: str | None,
    by: str,
    reason: str,
    undo: bool,
    at: str,
    lang: str,
) -> None:
    """Accept or reject what ID proposes, or take a decision back.

    \b
    ID is a subject and a value with = between:
      offer:0274000000:1f3a9c02=rear-wheel-24   this offer is this item
      need:0274000000:77ab01cd=bearing-6001     this need is this item
      capability:0274000000:0c5e=rear-wheel-24  this capability does for this item
      firm:0274000000=rear-wheel-24             this enterprise supplies this item
      text:process:8c1d2e3f=tube-bending        these words mean this, whoever writes them

    What is rejected stays rejected, whatever is imported, and no chain uses it. `match
    --candidates`, `queue` and `decisions` print the ids.
    """
    from matchmaker.codebook import say, split_decision
    from matchmaker.store import Store

    _check(verdict, undo=undo)
    when = at or datetime.now(UTC).isoformat(timespec="seconds")
    try:
        subject, value = split_decision(id)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ID") from error
    with Store(database) as store:
        if verdict is None:
            made = store.undo(subject, value, by=by, at=when)
            click.echo(say("cli.undone", lang, id=made.id, who=made.who), err=True)
            return
        made = _decision(store, subject, value, verdict=verdict, by=by, reason=reason, at=when)
        store.decide([made])
    click.echo(say(f"cli.decided.{made.verdict}", lang, id=made.id), err=True)


def _check(verdict: str | None, *, undo: bool) -> None:
    if undo == (verdict is not None):
        raise click.UsageError("Say accept or reject, or --undo alone.")


def _decision(store: Store, subject: str, value: str, *, verdict: str, **told: Any) -> Decision:
    from matchmaker.codebook import text_kind
    from matchmaker.model import Decision, Verdict

    kind = text_kind(subject)
    text = _text_of(store, subject, kind, value) if kind else ""
    try:
        return Decision(subject=subject, value=value, verdict=Verdict(verdict), text=text, **told)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ID") from error


def _text_of(store: Store, subject: str, kind: str, value: str) -> str:
    """Text that a subject speaks of, once it is clear that its kind has the value.

    Raises
    ------
    UnknownNameError
        When there is no such kind, no such text or no such value.
    """
    from matchmaker.codebook import text_id
    from matchmaker.errors import UnknownNameError
    from matchmaker.matching.vocabulary import VOCABULARIES, find_text, free_texts

    if kind not in VOCABULARIES:
        raise UnknownNameError(kind, VOCABULARIES)
    data, issues = store.snapshot(), store.issues()
    decided = {one.subject: one.text for one in store.decisions()}
    text = decided.get(subject) or find_text(data, issues, subject)
    if text is None:
        texts = free_texts(data, issues)[kind]
        raise UnknownNameError(subject, (text_id(kind, one) for one in texts))
    known = VOCABULARIES[kind](data)
    if value not in known:
        raise UnknownNameError(value, known)
    return text


@click.command()
@database
@output_formats
@language
def decisions(database: str, form: str | None, lang: str) -> None:
    """List every decision ever made, newest first, and whether it stands."""
    from matchmaker.codebook import say
    from matchmaker.model import standing
    from matchmaker.store import Store

    with Store(database) as store:
        history = store.decisions()
    stands = {one.number for one in standing(history)}
    rows = [_row(one, stands) for one in reversed(history)]
    told = [
        row
        | {
            "verdict": say(f"cli.verdict.{row['verdict']}", lang),
            "state": say(f"cli.state.{row['state']}", lang),
        }
        for row in rows
    ]
    headings = headings_of(
        ("id", "text", "verdict", "state", "by", "reason", "at", "undone_by", "undone_at"), lang
    )
    emit(Answer("decisions", rows, told=told, nothing="cli.no-decisions"), form, headings, lang)


def _row(decision: Decision, stands: Iterable[int]) -> dict[str, Any]:
    overruled = "stands" if decision.number in stands else "overruled"
    return {
        "id": decision.id,
        "text": decision.text,
        "verdict": decision.verdict.value,
        "state": "undone" if decision.undone_at else overruled,
        "by": decision.by,
        "reason": decision.reason,
        "at": decision.at,
        "undone_by": decision.undone_by,
        "undone_at": decision.undone_at,
        "number": decision.number,
    }
