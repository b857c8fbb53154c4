"""What may be asked of the commands: the arguments and options that several of them have."""

from __future__ import annotations

import locale
import math
import os
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from matchmaker.errors import MatchmakerError
from matchmaker.matching.pairs.match import TAKEN

if TYPE_CHECKING:
    from matchmaker.chains import Limits

Command = TypeVar("Command", bound=Callable[..., Any])

LANGUAGE_VARIABLES = ("MATCHMAKER_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
Written = TypeVar("Written", Path, None)


def in_a_folder(_: click.Context, __: click.Parameter, path: Written) -> Written:
    """Check that the folder of a file to write exists, where one is named."""
    if path is not None and not path.parent.is_dir():
        raise click.BadParameter(f"There is no folder '{path.parent}': make it first.")
    return path


class NumberRange(click.FloatRange):
    """Numbers between two bounds; `nan` is between none, though no comparison refuses it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number that a text says."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value}: expected a number.", param, ctx)
        return number


def above_zero(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """A finite number above 0, or none."""
    if value is not None and not (math.isfinite(value) and value > 0):
        rule = "expected a number above 0, such as 1200."
        raise click.BadParameter(f"{value:g}: {rule}")
    return value


def _known_goal(_: click.Context, __: click.Parameter, value: str) -> str:
    """Name of a goal, a weighted sum of measures, or a front of two."""
    from matchmaker.chains.combined_goals import goal_named

    try:
        goal_named(value)
    except MatchmakerError as error:
        raise click.BadParameter(str(error)) from error
    return value


def _pairs(
    _: click.Context, __: click.Parameter, values: tuple[str, ...]
) -> frozenset[tuple[str, str]]:
    """Pairs of enterprise and item; both may carry their prefixes."""
    return frozenset(_pair(value) for value in values)


def _pair(value: str) -> tuple[str, str]:
    enterprise, _, item = value.removeprefix("firm:").partition(":")
    if not (enterprise and item):
        rule = "expected an enterprise and an item, such as 0274000000:rear-wheel-24."
        raise click.BadParameter(f"{value}: {rule}")
    return enterprise, item


def preferred_language() -> str:
    """Russian where `MATCHMAKER_LANG` or else the locale says so; otherwise English."""
    named = (os.environ.get(name) for name in LANGUAGE_VARIABLES)
    chosen = next(filter(None, named), None) or locale.getlocale()[0] or ""
    return "ru" if chosen.lower().startswith("ru") else "en"


database = click.argument("database", metavar="DB", type=click.Path(dir_okay=False))

language = click.option(
    "--lang",
    type=click.Choice(["ru", "en"]),
    default=preferred_language,
    help="Language of the answer; by default that of the locale.",
)

product_quantity = click.option(
    "--quantity",
    type=float,
    callback=above_zero,
    help="Units per year; by default the database's demand.",
)

chain_number = click.option(
    "-k",
    type=click.IntRange(1),
    help="How many chains: 1 by default; of a front, all its corners.",
)

invitations = click.option(
    "--invite",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="How many enterprises may be invited.",
)


class _GoalOption(click.Option):
    """Option whose help names the goals, which are loaded only where it is asked for."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        from matchmaker.chains.goals import GOALS

        self.help = (
            f"What makes one chain better than another: {', '.join(GOALS)}; "
            "weighted:MEASURE=WEIGHT,… for a sum; "
            "pareto:MEASURE,MEASURE for the whole front of two."
        )
        return super().get_help_record(ctx)


chain_goal = click.option(
    "--goal",
    cls=_GoalOption,
    callback=_known_goal,
    metavar="GOAL",
    default="localisation",
    show_default=True,
)


search_time = click.option(
    "--seconds",
    type=NumberRange(0, min_open=True),
    help="Search no longer than this; what was found by then is shown with its bound.",
)


def engine(command: Command) -> Command:
    """Add the options that say where many tasks run."""
    for option in (
        click.option(
            "--scheduler", default="", metavar="ADDRESS", help="Run on this Dask cluster, tcp://…"
        ),
        click.option(
            "--workers",
            type=click.IntRange(1),
            default=1,
            show_default=True,
            help="Run in so many processes.",
        ),
    ):
        command = option(command)
    return command


def output_formats(command: Command) -> Command:
    """Add `--json`, `--nl` and `--csv` to a reading command."""
    for name, text in (
        ("csv", "Print comma-separated values."),
        ("nl", "Print one JSON document a line."),
        ("json", "Print one JSON document."),
    ):
        command = click.option(f"--{name}", "form", flag_value=name, help=text)(command)
    return command


def least_probability(default: float, of: str) -> Callable[[Command], Command]:
    """Option of the commands that list what may be the case."""
    return click.option(
        "--threshold",
        type=NumberRange(0, 1),
        default=default,
        show_default=True,
        help=f"Least probability{of}; what is less likely is not shown.",
    )


taken_from = least_probability(TAKEN, " of what a text means, where above that of other matches")
"""Option of the commands that list matches."""


def in_utc(_: click.Context, __: click.Parameter, value: datetime | None) -> datetime | None:
    """Time with its zone, which is UTC."""
    return value.replace(tzinfo=UTC) if value else None


def _day(_: click.Context, __: click.Parameter, value: datetime | None) -> date:
    """The day named, or today: the clock is looked at here and nowhere behind it."""
    return (value or datetime.now(UTC)).date()


def _judged_at(help: str, *names: str) -> Callable[[Command], Command]:
    day = click.DateTime(["%Y-%m-%d"])
    return click.option("--as-of", *names, type=day, callback=_day, metavar="DAY", help=help)


as_of = _judged_at("Day at which certificates are judged, such as 2026-12-31; by default today.")


def answer_age(command: Command) -> Command:
    """Add the options that say which answers are old."""
    for option in (
        _judged_at("Day at which ages and certificates are judged; by default today.", "--today"),
        click.option(
            "--months",
            type=click.IntRange(0),
            default=12,
            show_default=True,
            help="Answers older than so many months are old.",
        ),
    ):
        command = option(command)
    return command


_LIMITS = (
    click.option(
        "--certain",
        "basis",
        flag_value="certain",
        help="Only what was stated outright or confirmed by people.",
    ),
    click.option(
        "--if-confirmed",
        "basis",
        flag_value="if-confirmed",
        help="With likely matches and unstated figures; not the certain answer beside it.",
    ),
    click.option(
        "--certified-only",
        is_flag=True,
        help="Only makers known to hold the certificates demanded.",
    ),
    click.option(
        "--single-source", is_flag=True, help="Every item from one maker or purchase only."
    ),
    click.option(
        "--dual-source",
        multiple=True,
        metavar="ITEM",
        help="Item of which no maker may be indispensable.",
    ),
    click.option("--members-only", is_flag=True, help="Only members of the cluster."),
    click.option("--max-enterprises", type=click.IntRange(0), help="At most so many enterprises."),
    click.option(
        "--exclude-pair",
        multiple=True,
        metavar="INN:ITEM",
        callback=_pairs,
        help="Enterprise that must not make this item.",
    ),
    click.option(
        "--require-pair",
        multiple=True,
        metavar="INN:ITEM",
        callback=_pairs,
        help="Enterprise that has to make this item.",
    ),
    click.option(
        "--exclude", multiple=True, metavar="INN", help="Enterprise that must not take part."
    ),
    click.option(
        "--require", multiple=True, metavar="INN", help="Enterprise that has to take part."
    ),
)


def chain_limits(command: Command) -> Command:
    """Add the options that limit chains."""
    for option in _LIMITS:
        command = option(command)
    return command


def limits_of(options: dict[str, Any]) -> Limits:
    """Limits from the options of `chain_limits`, which are taken out.

    Raises
    ------
    click.UsageError
        When they contradict each other.
    """
    from matchmaker.chains import Limits
    from matchmaker.model import Role

    members_only = options.pop("members_only")
    asked = {
        "roles": frozenset({Role.MEMBER}) if members_only else frozenset(Role),
        "require": _settled(options.pop("require")),
        "exclude": _settled(options.pop("exclude")),
        "require_pairs": _settled_pairs(options.pop("require_pair")),
        "exclude_pairs": _settled_pairs(options.pop("exclude_pair")),
        "single_sourcing": options.pop("single_source"),
        "dual_sourcing": frozenset(options.pop("dual_source")),
        "max_enterprises": options.pop("max_enterprises"),
        "demand_certificates": options.pop("certified_only"),
        "certain": options.pop("basis") == "certain",
    }
    try:
        return Limits(**asked)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _settled(named: Iterable[str]) -> frozenset[str]:
    """Enterprises of the database in hand by the firms that they were merged into."""
    from matchmaker.store import Store

    keys = [name.removeprefix("firm:") for name in named]
    if not keys:
        return frozenset()
    with Store(click.get_current_context().params["database"]) as store:
        aliases = store.firms.aliases()
    return frozenset(aliases.get(key, key) for key in keys)


def _settled_pairs(pairs: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((one, item) for key, item in pairs for one in _settled([key]))
