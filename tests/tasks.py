"""Tasks for engines; whoever runs one loads nothing else of the tests."""

import os
import signal
import time
from pathlib import Path


def square(number):
    return number * number


def square_or_die(task):
    """Square of the number, unless this is the first time that it is 3: then the worker dies."""
    number, grave = task
    if number == 3 and not Path(grave).exists():
        Path(grave).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)
    return number * number


def add_or_die(shared, task):
    """Sum with what is shared; the process dies of the task that tells it to."""
    if task == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return shared + task
