"""How a command ends: results on stdout, everything else on stderr, an error as one clean message."""

from __future__ import annotations

import errno
import json
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from flows.cli.exits import Exit, exit_of
from flows.cli.masking import masked

if TYPE_CHECKING:
    from rich.console import Console

# What a table is laid out for when nobody watches: wide enough for a storage's addresses.
UNWATCHED_WIDTH = 160


class Command(TyperCommand):
    """A command that turns errors into a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            typer.Exit: with a code of :class:`~flows.cli.exits.Exit`, always.
        """
        with ending(ctx):
            return super().invoke(ctx)


@contextmanager
def ending(ctx: Any) -> Iterator[None]:
    """Turn errors into a message and an exit code; for what runs before a command.

    Raises:
        typer.Exit: with a code of :class:`~flows.cli.exits.Exit`, where anything went wrong.
    """
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        say("stopped; what was finished is kept")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise
        debug = bool(ctx.find_root().params.get("debug"))
        raise typer.Exit(_report(error, as_json=bool(ctx.params.get("as_json")), debug=debug)) from None


def family(summary: str = "") -> typer.Typer:
    """Return a group of commands, like ``toile catalog``; without a summary, one for the top level."""
    return typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=summary)


def console() -> Console:
    """Return where results are shown."""
    return _console(stderr=False)


def aside() -> Console:
    """Return where progress and messages are shown."""
    return _console(stderr=True)


def say(message: str, *, style: str = "") -> None:
    """Show a message beside the results; long lines are left whole for copying."""
    aside().print(_visible(message), style=style, markup=False, highlight=False, soft_wrap=True)


def tell(message: str) -> None:
    """Show a line of the results; long lines are left whole for copying."""
    console().print(_visible(message), markup=False, highlight=False, soft_wrap=True)


def _visible(message: str) -> str:
    """Return a message without control characters: a catalog's cell cannot move the cursor or hide a line."""
    return "".join(mark for mark in message if mark in "\n\t" or unicodedata.category(mark) != "Cc")


def print_json(value: object) -> None:
    """Print a value as JSON and nothing else."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str, allow_nan=False))


@contextmanager
def waiting(message: str) -> Iterator[Callable[[str], None]]:
    """Show that something takes a while, where somebody watches; what it yields changes the message."""
    console_ = aside()
    if not console_.is_terminal:
        yield lambda _message: None
        return
    with console_.status(message) as status:
        yield status.update


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    # Made anew each time: a test or a pipe may have put another stream in place.
    made = Console(stderr=stderr)
    return made if made.is_terminal else Console(stderr=stderr, width=UNWATCHED_WIDTH)


def _report(error: Exception, *, as_json: bool, debug: bool) -> Exit:
    code = exit_of(error)
    if debug:
        sys.stderr.write(masked("".join(traceback.format_exception(error))))
    message = told = masked(str(error))
    if code is Exit.BUG:
        message = (
            f"{type(error).__name__}: {told}\nThis is a fault in Toile, not in what you did. "
            "toile --debug … shows where it happened."
        )
    say(f"error: {message}", style="red" if aside().is_terminal else "")
    if as_json:
        word = str(getattr(error, "code", "unexpected_error"))
        print_json({"error": {"code": word, "message": told, "exit_code": int(code)}})
    return code
