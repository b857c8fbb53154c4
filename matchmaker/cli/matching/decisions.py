"""Verbs of decisions: `queue`, `decide`, `decisions`, `learn`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from matchmaker.cli.shared.options import database, language, output_formats
from matchmaker.cli.shared.output import Answer, Figure, headings_of, print_answer, tell

if TYPE_CHECKING:
    from matchmaker.matching import Proposal, Refit
    from matchmaker.model import Decision
    from matchmaker.store import Store

KINDS = ("item", "process", "material", "certificate", "okpd2", "okved2", "unit", "region")


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
    from matchmaker.codebook import split_decision
    from matchmaker.store import Store

    _check(verdict, undo=undo)
    when = at or now()
    try:
        subject, value = split_decision(id)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="ID") from error
    with Store(database) as store:
        if verdict is None:
            made = store.decisions.undo(subject, value, by=by, at=when)
            tell("cli.undone", lang, id=made.id, who=made.who)
            return
        made = _decision(store, subject, value, verdict=verdict, by=by, reason=reason, at=when)
        store.decisions.add([made])
    tell(f"cli.decided.{made.verdict}", lang, id=made.id)


def _check(verdict: str | None, *, undo: bool) -> None:
    if undo == (verdict is not None):
        raise click.UsageError("Say accept or reject, or --undo alone.")


def _decision(store: Store, subject: str, value: str, *, verdict: str, **told: Any) -> Decision:
    from matchmaker.codebook import text_kind
    from matchmaker.model import Decision, Judgement

    kind = text_kind(subject)
    text = _text_of(store, subject, kind, value) if kind else ""
    try:
        return Decision(subject=subject, value=value, verdict=Judgement(verdict), text=text, **told)
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
    from matchmaker.matching.vocabulary.vocabulary import VOCABULARIES, find_text, free_texts

    if kind not in VOCABULARIES:
        raise UnknownNameError(kind, VOCABULARIES)
    data, issues = store.snapshot(), store.issues()
    decided = {one.subject: one.text for one in store.decisions.history()}
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
        history = store.decisions.history()
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
    print_answer(
        Answer("decisions", rows, told=told, nothing="cli.no-decisions"), form, headings, lang
    )


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


@click.command()
@database
@click.option("--by", default="", metavar="NAME", help="Who lets it learn, or takes it back.")
@click.option("--undo", is_flag=True, help="Take back what was learnt last.")
@click.option("--dry-run", is_flag=True, help="Measure, but keep nothing.")
@click.option("--at", default="", metavar="TIME", help="When, as ISO 8601; by default now.")
@output_formats
@language
def learn(
    database: str, by: str, undo: bool, dry_run: bool, at: str, form: str | None, lang: str
) -> None:
    """Learn the weights of matching from the decisions on offers and needs.

    Tells how well every method that there are enough decisions for does, by grouped
    cross-validation, and keeps the best where it is better than the shipped weights.
    Below 30 judged wordings these stay.
    """
    from matchmaker.matching import refit_weights
    from matchmaker.store import Store

    when = at or now()
    with Store(database) as store:
        if undo:
            gone = store.learned_weights.undo(by=by, at=when)
            tell("cli.unlearnt", lang, method=_method(gone.method, lang))
            return
        found = refit_weights(store.snapshot(), by=by, at=when)
        if found.learned and not dry_run:
            store.learned_weights.add(found.learned)
    rows = [_metrics(name, found) for name in found.metrics]
    told = [row | {"method": _method(row["method"], lang)} for row in rows]
    headings = headings_of(("method", "log_loss", "hit_rate", "reciprocal_rank", "best"), lang)
    document = {"queries": found.queries, "pairs": found.pairs, "methods": rows}
    print_answer(Answer("learning", rows, document, told), form, headings, lang)
    click.echo(_outcome(found, lang, kept=not dry_run), err=True)


@click.command()
@database
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="Only values of this kind; may be repeated.",
)
@click.option("--take", is_flag=True, help="Decide what is sure as proposed, and list the rest.")
@click.option("--at", default="", metavar="TIME", help="When, as ISO 8601; by default now.")
@output_formats
@language
def queue(
    database: str, kinds: tuple[str, ...], take: bool, at: str, form: str | None, lang: str
) -> None:
    """List what words of the survey probably mean and a person has to decide.

    Words for items, processes, materials, certificates, codes; cells that are no known unit,
    region or code. `decide DB ID accept|reject` answers, for every firm and every later
    import; another value of the same kind may be accepted instead.
    """
    from matchmaker.matching import propose_values
    from matchmaker.store import Store

    with Store(database) as store:
        data, issues = store.snapshot(), store.issues()
        found = propose_values(data, issues, kinds=kinds or KINDS)
        if take:
            sure = [_taken(one, at or now()) for one in found if one.sure]
            store.decisions.add(sure)
            found = tuple(one for one in found if not one.sure)
            tell("cli.taken", lang, count=len(sure))
    rows = [_proposal(one) for one in found]
    told = [_row_in_words(row, lang) for row in rows]
    headings = headings_of(("kind", "text", "answers", "name", "probability", "id"), lang)
    print_answer(Answer("queue", rows, told=told, nothing="cli.no-queue"), form, headings, lang)


def _taken(proposal: Proposal, at: str) -> Decision:
    from matchmaker.codebook import fold, split_decision
    from matchmaker.model import Decision, Judgement

    subject, value = split_decision(proposal.id)
    return Decision(
        subject=subject,
        value=value,
        verdict=Judgement.ACCEPT,
        by="matchmaker",
        reason=f"{proposal.name}: {proposal.probability:.3f}",
        at=at,
        text=fold(proposal.text),
    )


def _proposal(one: Proposal) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "text": one.text,
        "answers": one.answers,
        "value": one.value,
        "name": one.name,
        "probability": one.probability,
        "score": one.score,
        "sure": one.sure,
        "contributions": {part.name: part.value for part in one.contributions},
        "id": one.id,
    }


def _row_in_words(row: dict[str, Any], lang: str) -> dict[str, Any]:
    from matchmaker.codebook import format_share, say

    return row | {
        "kind": say(f"cli.of-kind.{row['kind']}", lang),
        "probability": Figure(format_share(row["probability"], lang)),
    }


def _metrics(name: str, found: Refit) -> dict[str, Any]:
    best = found.learned.method if found.learned else "shipped"
    return {"method": name} | asdict(found.metrics[name]) | {"best": name == best}


def _outcome(found: Refit, lang: str, *, kept: bool) -> str:
    from matchmaker.codebook import say
    from matchmaker.matching.training.refit import LEAST

    if found.learned:
        key = "cli.learnt" if kept else "cli.would-learn"
        method = _method(found.learned.method, lang)
        return say(key, lang, method=method, queries=found.queries)
    few = found.queries < min(LEAST.values())
    key = "cli.learnt-few" if few else "cli.learnt-nothing"
    return say(key, lang, queries=found.queries, least=min(LEAST.values()))


def _method(name: str, lang: str) -> str:
    from matchmaker.codebook import say

    return say(f"cli.method.{name}", lang)


def now() -> str:
    """Time at which something is decided, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
