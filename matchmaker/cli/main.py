"""The command `matchmaker` itself: its verbs, and what becomes of errors.

Exit codes: 0 done · 1 data or run error · 2 usage · 3 ran well, but there is no answer ·
75 the store is locked, try later · 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from matchmaker.cli.advice.portfolio import portfolio
from matchmaker.cli.advice.questions import questions
from matchmaker.cli.advice.recommend import gaps, recommend
from matchmaker.cli.answers.history import drop, history, left_out
from matchmaker.cli.answers.identity import duplicates, merge, split
from matchmaker.cli.answers.intake import import_, init, issues, rows, show
from matchmaker.cli.answers.template import template
from matchmaker.cli.delivery.delivery import demo, export, report
from matchmaker.cli.delivery.solve import solve
from matchmaker.cli.matching.decisions import decide, decisions, learn, queue
from matchmaker.cli.matching.evaluate import evaluate
from matchmaker.cli.matching.join import join
from matchmaker.cli.matching.match import match
from matchmaker.cli.matching.suppliers import suppliers
from matchmaker.cli.matching.vocabulary import vocabulary
from matchmaker.cli.shared.output import speak_anywhere
from matchmaker.errors import MatchmakerError, StoreLockedError
from matchmaker.version import VERSION

FAILED = 1
LOCKED = 75
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96})
@click.version_option(VERSION, prog_name="matchmaker")
def cli() -> None:
    """Find joint production chains for an industrial cluster: exact, explained.

    \b
    The main job, step by step:
      matchmaker template survey.xlsx
      matchmaker init cluster.db
      matchmaker import cluster.db survey.xlsx catalogue/
      matchmaker issues cluster.db
      matchmaker recommend chains cluster.db manual-wheelchair --quantity 1200
      matchmaker recommend members cluster.db --invite 2
      matchmaker report cluster.db manual-wheelchair -o dossier.html
    """


for command in (
    demo,
    template,
    init,
    import_,
    issues,
    rows,
    show,
    duplicates,
    merge,
    split,
    history,
    left_out,
    drop,
    match,
    join,
    vocabulary,
    queue,
    decide,
    decisions,
    learn,
    recommend,
    gaps,
    questions,
    export,
    report,
    solve,
    evaluate,
    suppliers,
):
    cli.add_command(command)
recommend.add_command(portfolio)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with the code that its outcome has."""
    speak_anywhere()
    try:
        code = cli.main(arguments, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Interrupted.", err=True)
        code = INTERRUPTED
    except click.ClickException as error:
        error.show(sys.stderr)
        code = error.exit_code
    except StoreLockedError as error:
        code = _complain(error, LOCKED)
    except (MatchmakerError, OSError) as error:
        code = _complain(error, FAILED)
    sys.exit(code or 0)


def _complain(error: Exception, code: int) -> int:
    click.echo(f"Error: {error}", err=True)
    return code
