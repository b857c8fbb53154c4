"""Sandbox: has files parsed by another process, and trusts nothing that it says.

A workbook of a stranger may hold anything; whatever it does to its parser happens in a process
that has neither much memory nor time nor a file to write to. One process reads all files of an
import; one that dies or does not end costs its own file alone. Called by `reader`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import IO, Any, Self, cast

from matchmaker.errors import BadValueError
from matchmaker.model import Issue
from matchmaker.survey.files.parser_process import DATE, MARKING_SECONDS, MEMORY, SECONDS
from matchmaker.survey.raw_grid import Grid, flag, no_collection

LARGEST_ANSWER = 2**29
"""Bytes that an answer may have."""

_ROOT = str(Path(__file__).resolve().parents[3])
_START = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from matchmaker.survey.files.parser_process import {0}; "
    "{0}(sys.stdin.buffer, sys.stdout.buffer)"
)


class Sandbox:
    """A process that parses files, started on the first one and ended by `close` or `with`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; closing twice is harmless."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def read(self, name: str, suffix: str, data: bytes) -> tuple[list[Grid], list[Issue]]:
        """Sheets of one file given its bytes, and issues about it, whatever it does."""
        self._process = process = self._process or _start("serve")
        timer = Timer(SECONDS, process.kill)
        timer.start()
        try:
            return _unpack(name, _ask(process, data, name=name, suffix=suffix))
        except (OSError, ValueError, LookupError, TypeError):
            reason = f"> {SECONDS} s" if not timer.is_alive() else _last_words(process)
            self.close()
            return [], [_refusal(name, suffix, reason)]
        finally:
            timer.cancel()


def mark(name: str, suffix: str, data: bytes, plan: Mapping[str, Any]) -> bytes | None:
    """Have a marked copy of a file made by a process of its own; None when it does not end well.

    Its folder for unfinished parts is gone afterwards.
    """
    with TemporaryDirectory() as folder:
        process = _start("serve_marked", {**os.environ, "TMPDIR": folder})
        timer = Timer(MARKING_SECONDS, process.kill)
        timer.start()
        try:
            return _ask(process, data, name=name, suffix=suffix, plan=plan)
        except (OSError, ValueError):
            return None
        finally:
            timer.cancel()
            process.kill()
            process.communicate()


def _start(service: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    start = _START.format(service)
    command = [sys.executable, "-I", "-S", "-c", start, _ROOT, *filter(None, sys.path)]
    return subprocess.Popen(  # noqa: S603  our own code and nothing of the file
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _ask(process: subprocess.Popen[bytes], data: bytes, **request: object) -> bytes:
    """Answer of the process about a file; an error when it gives none."""
    source, target = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    source.write(json.dumps({**request, "size": len(data)}).encode() + b"\n")
    source.write(data)
    source.flush()
    size = int(target.readline(20) or -1)
    answer = target.read(size) if 0 <= size <= LARGEST_ANSWER else b""
    if len(answer) != size:
        raise BadValueError(f"Expected {size} bytes, found {len(answer)}.")
    return answer


def _last_words(process: subprocess.Popen[bytes]) -> str:
    """Why a process gave no answer: empty when it gave up by itself, as on a broken file."""
    try:
        gave_up = process.wait(timeout=1) == 1
    except subprocess.TimeoutExpired:
        gave_up = False
    return "" if gave_up else f"> {MEMORY // 2**30} GiB"


def _refusal(name: str, suffix: str, reason: str) -> Issue:
    if reason:
        return flag("file-unsafe", name, reason=reason)
    return flag("file-unreadable", name, kind=suffix[1:].upper(), reason="–")


def _unpack(name: str, answer: bytes) -> tuple[list[Grid], list[Issue]]:
    """Grids and issues of an answer, made anew from its plain values."""
    text = answer.decode("utf-8", errors="surrogatepass")
    with no_collection():
        document = json.loads(text, object_hook=_moment)
    return [_grid(name, one) for one in document["grids"]], [
        flag(one["code"], name, one["sheet"], one["row"], value=one["value"], **one["details"])
        for one in document["issues"]
    ]


def _moment(found: dict[str, Any]) -> object:
    """Date or time that an object stands for, or the object itself."""
    if found.keys() != {DATE}:
        return found
    text = found[DATE]
    if "T" in text:
        return datetime.fromisoformat(text)
    return time.fromisoformat(text) if ":" in text else date.fromisoformat(text)


def _grid(name: str, found: dict[str, Any]) -> Grid:
    formulas = {(row, column): text for row, column, text in found["formulas"]}
    torn = frozenset(found["torn"])
    shape = (found["rows"], found["delimited"], found["hidden"], torn, formulas)
    return Grid(name, found["sheet"], *shape)
