"""The ``glisson`` command: its verbs, and how errors leave it.

Exit codes: 0 done; 2 the input cannot be used; 3 done, but no plan satisfies what was asked, or patients were left out; 130 stopped
by the user.
"""

import os
import sys
from typing import Annotated

import typer

from glisson.cli import (
    case,
    compare,
    contour,
    demo,
    dose,
    export,
    follow,
    learn,
    plan,
    procedures,
    records,
    register,
    report,
    shunt,
    sign,
    simulate,
    weigh,
)
from glisson.cli.screen import STOPPED
from glisson.errors import GlissonError

app = typer.Typer(
    name="glisson",
    help="Liver-directed cancer therapy on one record, the Case. Research software, not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from glisson import __version__

        typer.echo(f"glisson {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


app.add_typer(case.app, name="case")
app.command("weigh")(weigh.weigh)
app.command("decide")(weigh.decide)
app.command("plan")(plan.plan)
app.command("sign")(sign.sign)
app.command("dose")(dose.dose)
app.command("compare")(compare.compare)
app.command("report")(report.report)
app.command("follow")(follow.follow)
app.add_typer(learn.app, name="learn")
app.command("export")(export.export)
app.command("shunt")(shunt.shunt)
app.command("contour")(contour.contour)
app.command("register")(register.register)
app.command("demo")(demo.demo)
app.command("tace")(procedures.tace)
app.command("hai")(procedures.hai)
app.command("ablation")(procedures.ablation)
app.command("remnant")(procedures.remnant)
app.command("systemic")(procedures.systemic)
app.add_typer(records.app, name="records")
app.command("simulate")(simulate.simulate)


def main() -> None:
    """Runs the command line; errors are one message on standard error, never a traceback with patient data."""
    try:
        app()
    except GlissonError as error:
        sys.stderr.write(f"glisson: {error}\n")
        sys.exit(2)
    except SystemExit as stop:
        if stop.code == STOPPED:
            sys.stderr.write("glisson: stopped; nothing half-written was left behind\n")
        raise
    except OSError as error:
        sys.stderr.write(f"glisson: {_disk_words(error)}\n")
        sys.exit(2)
    except Exception as error:
        if os.environ.get("GLISSON_DEBUG"):
            raise
        sys.stderr.write(f"glisson: this is a bug in glisson, not in your input: {type(error).__name__} in {_place(error)}.\n")
        sys.stderr.write(
            "Next: report it with the command you ran; GLISSON_DEBUG=1 shows the traceback (it may hold patient data).\n"
        )
        sys.exit(70)


DISK = {
    NotADirectoryError: "there is a file where a folder is wanted. Next: give another folder",
    FileExistsError: "there is a file where a folder is wanted. Next: give another folder",
    IsADirectoryError: "there is a folder where a file is wanted. Next: give another file",
    FileNotFoundError: "there is no such file or folder. Next: check the path, or name another folder",
    PermissionError: "this may not be read or written here. Next: change its permissions, or work on a copy",
}


def _disk_words(error: OSError) -> str:
    """What went wrong on the disk, with the base name of the file."""
    name = os.path.basename(str(error.filename or ""))  # noqa: PTH119
    words = DISK.get(type(error), error.strerror or type(error).__name__)
    return f"'{name}': {words}." if name else f"{words}."


def _place(error: BaseException) -> str:
    """Module and line in glisson where an error arose."""
    place = "an unknown place"
    trace = error.__traceback__
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.startswith("glisson"):
            place = f"{name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


if __name__ == "__main__":
    main()
