"""`uvote count`: a file of papers counted again, stage by stage, as anyone can do at home."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from knative import reading
from knative.mistake import Mistake
from shared.methods import METHODS, export, ties
from shared.methods.majority import BASES, checked, checked_quorum
from shared.methods.model import Contest, Count, Decision, Lot, Majority, Tie

OPEN_TIE = 3
"""The exit code when the papers leave a tie that nobody has broken."""
DIFFERS = 4
"""The exit code when a record's papers give another count than the one it has."""
NUMBERS = 50
"""Columns of a terminal that votes may take beside the names."""

Form = Literal["table", "json", "csv", "html"]


def count(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Papers: a result's record (.json), BLT, CSV, or PrefLib (.soc, .soi, .toc, .toi)."
        ),
    ],
    method: Annotated[
        str | None, typer.Option("--method", help=f"One of: {', '.join(METHODS)}.  [default: the record's]")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How to show the count.")] = "table",
    contest: Annotated[str | None, typer.Option(help="The contest's id, for the lot.  [default: the file's]")] = None,
    seats: Annotated[
        int | None, typer.Option(min=1, max=1000, help="How many to elect.  [default: the file's, else 1]")
    ] = None,
    seed: Annotated[str | None, typer.Option(help="The published seed of lots.", metavar="HEX")] = None,
    receipts_digest: Annotated[str | None, typer.Option(help="The published digest.", metavar="HEX")] = None,
    majority: Annotated[
        str | None,
        typer.Option(
            help="What carries a motion, such as “at least 2/3 of votes cast”, with abstentions; of “votes for and "
            "against”, without; or of “roll”.  [default: the record's, else more than 1/2 of votes for and against]",
        ),
    ] = None,
    quorum: Annotated[
        str | None, typer.Option(help="How much of the roll has to vote: “at least 1/4”, “at least 20”.")
    ] = None,
    roll: Annotated[int | None, typer.Option(min=0, help="How many could vote.  [default: the record's]")] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(help="Decided ties: a list of {contest, stage, order}, as JSON.", metavar="FILE.json"),
    ] = None,
) -> None:
    """Count the papers in FILE and show every stage.

    A tie that the rule leaves open is broken by a decision, else by the lot that --seed and --receipts-digest draw;
    otherwise the count ends there, names the tie, and the exit code is 3. A record brings all of these along, and a
    count that is not the one it has is exit code 4.
    """
    found = reading.read(file, contest, seats, METHODS.get(method or ""))
    election, recorded = found.election, found.recorded
    method = method or (recorded.method if recorded else None)
    counter = METHODS.get(method or "")
    if method is None:
        raise Mistake(f"--method is wanted, one of {', '.join(METHODS)}: only a record says how it is counted.")
    if counter is None:
        raise Mistake(f"There is no method {method!r}; there are {', '.join(METHODS)}.")
    asked = Contest(
        contest or election.contest or "",
        seats or election.seats,
        tuple(election.names),
        reopen=election.reopen,
        withdrawn=election.withdrawn,
        majority=read_majority(majority) if majority else recorded.majority if recorded else None,
        quorum=read_quorum(quorum) if quorum else recorded.quorum if recorded else None,
        roll=roll if roll is not None else recorded.roll if recorded else None,
    )
    if counter.roles and (asked.withdrawn or len(counter.roles) - len(asked.options) not in (0, 1)):
        roles = ", ".join(counter.roles)
        raise Mistake(f"The method {method} takes the options {roles} in this order; the last may be left out.")
    if counter.roles and not election.ordered:
        raise Mistake(f"{file} does not say which option is for it: a first row of 0 papers would name all in order.")
    if asked.of_the_roll and asked.roll is None:
        raise Mistake("--roll is wanted: how many could vote, when the roll closed.")
    if counter.most_seats and asked.seats > counter.most_seats:
        raise Mistake(f"The method {method} fills {counter.most_seats} seat, and {file} is about {asked.seats}.")
    ordered = read_decisions(decisions, asked.id, election.names) if decisions else ()
    drawn = lot(seed, receipts_digest, asked)
    if recorded:
        ordered = ordered or recorded.decisions
        if drawn is None and recorded.by_lot and recorded.seed:
            drawn = lot(recorded.seed, recorded.receipts_digest, asked)
    with reading.many_objects():
        papers = reading.fitting(counter, asked, election.papers)
        counted = counter.count(asked, papers, lot=drawn, decisions=ordered)
    shown = export.as_json(counted, election.names)
    show(shown, election.title, [election.names[option] for option in asked.standing], form)
    for decision in unused(ordered, counted):
        typer.echo(f"There is no tie at stage {decision.stage} for the decision on it.", err=True)
    if counted.open_tie:
        typer.echo(open_tie(counted.open_tie, election.names), err=True)
        raise typer.Exit(OPEN_TIE)
    if recorded and recorded.method == method and shown != recorded.count:
        typer.echo("This is not the count that the record has.", err=True)
        raise typer.Exit(DIFFERS)


def text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except OSError as error:
        raise Mistake(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise Mistake(f"{file} cannot be read. Line {line}: this is not UTF-8.") from error


def lot(seed: str | None, receipts_digest: str | None, contest: Contest) -> Lot | None:
    """The published lot, None where none was asked for."""
    if seed is None and receipts_digest is None:
        return None
    if seed is None or receipts_digest is None:
        raise Mistake("A lot is drawn from --seed and --receipts-digest together.")
    return ties.draw(_bytes("--seed", seed), _bytes("--receipts-digest", receipts_digest), contest)


def _bytes(option: str, text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise Mistake(f"{option} is 64 hexadecimal digits.")
    return bytes.fromhex(text)


def read_majority(said: str) -> Majority:
    """A majority as it is typed; raises Mistake."""
    share, _, of = said.partition(" of ")
    try:
        return checked(share, of)
    except ValueError as error:
        bases = ", ".join(f"“{base}”" for base in BASES)
        raise Mistake(f"--majority is “more than” or “at least” a share, such as 2/3, of one of {bases}.") from error


def read_quorum(said: str) -> str:
    """A quorum as it is typed; raises Mistake."""
    try:
        return checked_quorum(said)
    except ValueError as error:
        raise Mistake("--quorum is “at least” or “more than” a share of the roll, such as 1/4, or a number.") from error


def read_decisions(file: Path, contest: str, names: Mapping[str, str]) -> tuple[Decision, ...]:
    """The decisions of a file that are about this contest, or about none by name; raises Mistake."""
    try:
        said = json.loads(text_of(file))
    except (ValueError, RecursionError) as error:
        raise Mistake(f"{file} is not JSON.") from error
    if not isinstance(said, list):
        raise Mistake(f"{file} is not a list of decisions.")
    number = {name: option for option, name in names.items()} | {option: option for option in names}
    return tuple(_decision(file, one, number) for one in said if not _about_another(one, contest))


def _about_another(decision: Any, contest: str) -> bool:
    return isinstance(decision, dict) and decision.get("contest", contest) != contest


def _decision(file: Path, said: Any, number: Mapping[str, str]) -> Decision:
    match said:
        case {"stage": int(stage), "order": [*order]}:
            unknown = [str(one) for one in order if str(one) not in number]
            if unknown:
                raise Mistake(f"{file} has an order with {unknown[0]!r}, and no option has that name or number.")
            return Decision(stage, tuple(number[str(one)] for one in order))
        case _:
            raise Mistake(f"{file} has a decision without a stage (a number) and an order (a list of options).")


def unused(decisions: Sequence[Decision], counted: Count) -> Iterator[Decision]:
    """Decisions that broke no tie."""
    used = {(tie.stage, tie.order) for tie in counted.ties if tie.resolved_by == "officer"}
    return (decision for decision in decisions if (decision.stage, decision.order) not in used)


def open_tie(tie: Tie, names: Mapping[str, str]) -> str:
    """The tie in a sentence, and what breaks it."""
    tied = ", ".join(names[option] for option in tie.options)
    return (
        f"An open tie at stage {tie.stage} ({export.ABOUT[tie.what]}) between {tied}. "
        "Give --seed and --receipts-digest, or --decisions."
    )


def show(shown: Mapping[str, Any], title: str, options: Sequence[str], form: Form) -> None:
    """The count on standard output."""
    if form == "json":
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    elif form == "csv":
        typer.echo(export.stages_csv(shown, options), nl=False)
    elif form == "html":
        from functions.frontend.pages import report

        typer.echo(report(title or "Count", METHODS[shown["method"]].title, dict(shown), list(options)), nl=False)
    else:
        table(shown, title, options)


def table(shown: Mapping[str, Any], title: str, options: Sequence[str]) -> None:
    """Winners, the numbers of every stage (as many side by side as fit), and what was done at each."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    quota = f", quota {shown['quota']}" if shown["quota"] else ""
    method = METHODS[shown["method"]]
    sought = "" if method.roles else f": {shown['seats']} of {len(options)} to be elected{quota}"
    console.print(title or "Count", style="bold")
    console.print(f"{method.title}{sought}; {shown['papers']} papers, {shown['blank']} of them blank.")
    rows = export.rows(shown, options)
    numbers = [str(number) for number in range(1, len(options) + 1)]
    widest = max(len(held) for _, *row in rows for held in row)
    abreast = max(1, (console.width - 80 + NUMBERS) // (widest + 2))
    for first in range(1, len(shown["stages"]) + 1, abreast):
        columns = range(first, min(first + abreast, len(shown["stages"]) + 1))
        heads = [str(number) for number in columns] if len(shown["stages"]) > 1 else [shown["unit"].capitalize()]
        console.print(_grid("Stage", heads, [[row[0], *(row[n] for n in columns)] for row in rows]))
    if shown["pairs"]:
        how = "is scored higher than" if METHODS[shown["method"]].paper == "scored" else "stands before"
        console.print(f"Papers on which the option of the row {how} that of the column:")
        before = [[str(shown["pairs"][one].get(other, "")) for other in options] for one in options]
        called = [f"{number}. {name}" for number, name in zip(numbers, options, strict=True)]
        console.print(_grid("", numbers, [[name, *row] for name, row in zip(called, before, strict=True)]))
    for number, stage in enumerate(shown["stages"], 1):
        console.print(f"{number:>3}. {stage['what']}")
        if stage["moved"]:
            console.print(f"     {moved(stage['moved'])}")
    for note in shown["notes"]:
        console.print(f"     {note}")
    for tie in shown["ties"]:
        console.print(export.tie_sentence(tie))
    console.print(export.elected(shown), style="bold")


def moved(move: Mapping[str, Any]) -> str:
    """Who gave and who got, in a line."""
    got = {**move["to"], "non-transferable": move["nontransferable"], "lost by cutting off": move["remainder"]}
    given = ", ".join(f"{name} {by}" for name, by in move["from"].items())
    taken = ", ".join(f"{name} {by}" for name, by in got.items() if by.strip("0."))
    return f"from {given}; to {taken or 'nobody'}"


def _grid(corner: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    grid = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    grid.add_column(corner, overflow="fold")
    for head in heads:
        grid.add_column(head, justify="right", no_wrap=True)
    for row in rows:
        grid.add_row(*row)
    return grid
