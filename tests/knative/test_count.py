"""`uvote count` counts what a file holds as `result` counted it, or says in one sentence why it cannot."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from knative import cli
from knative import count as command
from knative.mistake import Mistake
from shared.files import blt
from shared.methods import METHODS
from tests.elections import BOARD, CHAIR, running
from tests.functions.frontend import markup
from tests.world import World

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(command.count)

TIED = '2 1\n3 1 0\n3 2 0\n1 0\n0\n"Ann"\n"Bob"\n"Chair"\n'


@pytest.fixture
def tied(tmp_path: Path) -> Path:
    """Three papers for each of two, and a blank one."""
    file = tmp_path / "tied.blt"
    file.write_text(TIED)
    return file


def run(file: Path | str, *words: str, method: str = "stv-scottish") -> Result:
    return CliRunner().invoke(app, [str(file), "--method", method, *words], env={"COLUMNS": "80"})


def told(file: Path | str, *words: str, method: str = "stv-scottish") -> str:
    """The sentence a mistake is answered with; nothing is on standard output."""
    result = run(file, *words, method=method)
    assert isinstance(result.exception, Mistake), result.output
    assert result.stdout == ""
    return str(result.exception)


def test_json_has_winners_and_the_votes_of_every_stage(wards: Path) -> None:
    ward = "falkirk_2021_by_election_south"
    published = json.loads((wards / "expected.json").read_text())[ward]
    result = run(wards / f"{ward}.blt", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = json.loads(result.stdout)
    assert shown["winners"] == published["elected_in_order"]
    assert [(one["votes"], one["nontransferable"]) for one in shown["stages"]] == [
        (one["votes"], one["nontransferable"]) for one in published["stages"]
    ]


def test_the_table_of_fourteen_candidates_fits_eighty_columns_and_has_every_number(wards: Path) -> None:
    file = wards / "glasgow_2012_ward5.blt"
    shown = json.loads(run(file, "--format", "json").stdout)
    result = run(file)
    assert max(len(line) for line in result.stdout.split("\n")) <= 80
    words = result.stdout.split()
    for stage in shown["stages"]:
        for held in [*stage["votes"].values(), stage["nontransferable"]]:
            assert held in words
            words.remove(held)
    text = " ".join(result.stdout.split())
    assert "13. Jonathan MACKIE (SNP) excluded, votes transferred" in text
    assert f"Elected: {', '.join(shown['winners'])}." in text
    for move in [stage["moved"] for stage in shown["stages"] if stage["moved"]]:
        given = ", ".join(f"{name} {by}" for name, by in move["from"].items())
        assert f"from {given}; to " in text
        assert all(f"{name} {by}" in text for name, by in move["to"].items())
        assert move["nontransferable"] == "0.00000" or f"non-transferable {move['nontransferable']}" in text


@pytest.mark.parametrize("method", ["stv-scottish", "schulze"])
def test_the_report_is_one_file_with_every_number_and_needs_nothing_else(wards: Path, method: str) -> None:
    file = wards / "edinburgh_2017_ward1.blt"
    words = ["--seats", "1"] if method == "schulze" else []
    shown = json.loads(run(file, "--format", "json", *words, method=method).stdout)
    html = run(file, "--format", "html", *words, method=method).stdout
    document = markup.read(html)
    assert not list(document.all("script", "link", "img", "iframe", "object"))
    assert "http://" not in html.replace("http://www.w3.org/", "") and "https://" not in html
    cells = [cell.text() for cell in document.all("td")]
    for stage in shown["stages"]:
        for held in stage["votes"].values():
            assert held in cells
            cells.remove(held)
        moved = stage["moved"] or {"from": {}, "to": {}}
        assert {f"−{by}" for by in moved["from"].values()} | {f"+{by}" for by in moved["to"].values()} <= set(cells)
        assert stage["what"] in document.text() or method == "schulze"
    assert {str(by) for row in shown["pairs"].values() for by in row.values()} <= {*cells}
    assert [one.attrs["class"] for one in document.all("svg")] == ["picture"] * (1 if method == "schulze" else 2)
    assert f"Elected: {shown['winners'][0]}" in document.text() or len(shown["winners"]) > 1


def test_an_open_tie_is_named_and_the_exit_code_is_3(tied: Path) -> None:
    result = run(tied, "--format", "json")
    assert result.exit_code == 3
    shown = json.loads(result.stdout)
    assert (shown["decided"], shown["winners"], len(shown["stages"])) == (False, [], 1)
    assert result.stderr == (
        "An open tie at stage 2 (who is excluded) between Ann, Bob. "
        "Give --seed and --receipts-digest, or --decisions.\n"
    )
    assert run(tied, method="plurality").exit_code == 3


@pytest.mark.parametrize("order", [["Bob", "Ann"], ["2", "1"], [2, 1]])
def test_a_decision_is_followed_and_recorded(tied: Path, tmp_path: Path, order: list[Any]) -> None:
    decisions = tmp_path / "decisions.json"
    decisions.write_text(
        json.dumps(
            [
                {"contest": "chair", "stage": 2, "order": order},
                {"contest": "other", "stage": 2, "order": ["Ann", "Bob"]},
            ]
        )
    )
    words = ("--decisions", str(decisions), "--contest", "chair")
    result = run(tied, "--format", "json", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    shown = json.loads(result.stdout)
    assert shown["winners"] == ["Bob"]
    assert [(tie["order"], tie["resolved_by"]) for tie in shown["ties"]] == [(["Bob", "Ann"], "officer")]
    assert "Tie at stage 2 (who is excluded), by the returning officer: Bob, Ann." in run(tied, *words).stdout


def test_a_decision_about_no_tie_is_told(tied: Path, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.json"
    decisions.write_text(json.dumps([{"stage": 7, "order": ["Ann", "Bob"]}]))
    result = run(tied, "--decisions", str(decisions))
    assert result.exit_code == 3
    assert "There is no tie at stage 7 for the decision on it." in result.stderr


def test_a_mistake_is_one_line_and_exit_code_2(
    tied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["uvote", "count", f"{tied}x", "--method", "plurality"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert capsys.readouterr() == ("", f"uvote: {tied}x cannot be read: No such file or directory.\n")


def test_what_cannot_be_counted_is_said_in_one_sentence(tied: Path, tmp_path: Path) -> None:
    assert told(tied, method="borders") == (f"There is no method 'borders'; there are {', '.join(METHODS)}.")
    assert told(tmp_path / "none.blt").endswith("none.blt cannot be read: No such file or directory.")
    assert told(tmp_path).endswith("cannot be read: Is a directory.")
    tied.write_bytes(TIED.encode().replace(b"Bob", b"J\xf6rg"))
    assert told(tied).endswith("Line 7: this is not UTF-8.")
    tied.write_text(TIED.replace("3 2 0", "3 9 0"))
    assert told(tied).endswith("cannot be counted. Line 3: there is no option 9.")
    tied.write_text(TIED.replace("3 2 0", "3 2 1 0"))
    assert told(tied, method="plurality") == (
        "The paper “2 1” does not fit the method plurality. Choose at most 1 option."
    )


def test_a_method_for_one_seat_is_not_asked_for_more(tied: Path) -> None:
    tied.write_text(TIED.replace("2 1", "2 2", 1))
    assert told(tied, method="irv") == f"The method irv fills 1 seat, and {tied} is about 2."


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "is not a list of decisions"),
        ("[3]", "without a stage"),
        ('[{"stage": "2", "order": ["Ann"]}]', "without a stage"),
        ('[{"stage": 2, "order": "Ann"}]', "without a stage"),
        ('[{"stage": 2, "order": ["Ann", "Eve"]}]', "'Eve', and no option has that name or number"),
    ],
)
def test_decisions_that_are_none_are_a_mistake(tied: Path, tmp_path: Path, text: str, about: str) -> None:
    decisions = tmp_path / "decisions.json"
    decisions.write_text(text)
    assert about in told(tied, "--decisions", str(decisions))


@pytest.mark.parametrize(
    ("words", "about"),
    [
        (("--seed", "00" * 32), "together"),
        (("--receipts-digest", "00" * 32), "together"),
        (("--seed", "00", "--receipts-digest", "00" * 32), "--seed is 64 hexadecimal digits."),
        (("--seed", "00" * 32, "--receipts-digest", "0g" * 32), "--receipts-digest is 64 hexadecimal digits."),
    ],
)
def test_half_a_lot_is_a_mistake(tied: Path, words: tuple[str, ...], about: str) -> None:
    assert about in told(tied, *words)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("club.csv", "papers,marks\n3,Ann\n2,Bob\n"),
        ("club.csv", "1,2\nAnn\nAnn\nBob\nBob\nAnn\n"),
        ("club.CSV", "votes,Ann,Bob\n3,1,\n2,,1\n"),
        (
            "club.soi",
            "# DATA TYPE: soi\n# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 5\n"
            "# ALTERNATIVE NAME 1: Ann\n# ALTERNATIVE NAME 2: Bob\n3: 1\n2: 2\n",
        ),
        ("club.blt", "2 1\n3 1 0\n2 2 0\n0\nAnn\nBob\n"),
        ("club", "2 1\n3 1 0\n2 2 0\n0\nAnn\nBob\n"),
    ],
)
def test_every_format_is_counted_by_its_ending(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    shown = json.loads(run(tmp_path / name, "--format", "json").stdout)
    assert (shown["stages"][0]["votes"], shown["winners"]) == ({"Ann": "3.00000", "Bob": "2.00000"}, ["Ann"])
    shown = json.loads(run(tmp_path / name, "--format", "json", "--seats", "2").stdout)
    assert (shown["seats"], shown["winners"]) == (2, ["Ann", "Bob"])


def test_equal_ranks_are_refused_by_a_method_that_knows_none_compared_or_a_choice_for_one_without_ranks(
    tied: Path,
) -> None:
    tied.write_text(TIED.replace("3 2 0", "3 2=1 0"))
    assert told(tied) == "The paper “1=2” has equal ranks, and the method stv-scottish knows none."
    shown = json.loads(run(tied, "--format", "json", method="approval").stdout)
    assert shown["stages"][0]["votes"] == {"Ann": "6", "Bob": "3"}
    shown = json.loads(run(tied, "--format", "json", method="schulze").stdout)
    assert shown["pairs"] == {"Ann": {"Bob": 3}, "Bob": {"Ann": 0}}


def test_a_table_is_of_scores_where_the_method_or_the_table_says_so(tmp_path: Path) -> None:
    """A spreadsheet that anyone may have counts as scores by their method, and ours is never taken for ranks."""
    file = tmp_path / "club.csv"
    file.write_text("Ann,Bob\n5,1\n2,4\n,1\n")
    shown = json.loads(run(file, "--format", "json", method="score").stdout)
    assert (shown["stages"][0]["votes"], shown["winners"]) == ({"Ann": "7", "Bob": "6"}, ["Ann"])
    file.write_text("Ann,Bob\n0,1\n")
    assert "no rank" in told(file, method="irv")
    file.write_text("scored papers,Ann,Bob\n2,5,1\n1,,6\n")
    assert told(file, method="irv") == "The papers have scores, and the method irv counts none."
    assert "“2:6” does not fit the method star. One score is above 5." in told(file, method="star")
    file.write_text("papers,marks\n2,Ann,Bob\n")
    assert told(file, method="star") == "The paper “1 2” has no scores, and the method star counts them."


def test_re_open_nominations_of_a_file_leave_a_seat_vacant_unless_they_withdrew(tied: Path) -> None:
    marked = TIED.replace("\n", "\n# re-open nominations: 2\n", 1).replace("3 2 0", "4 2 0")
    tied.write_text(marked)
    shown = json.loads(run(tied, "--format", "json").stdout)
    assert (shown["winners"], shown["vacant"]) == ([], 1)
    assert "A seat stays vacant: nominations are re-opened." in run(tied).stdout
    tied.write_text(marked.replace("# re-open nominations: 2\n", "# re-open nominations: 2\n-2\n"))
    shown = json.loads(run(tied, "--format", "json", "--seats", "2").stdout)
    assert (shown["winners"], shown["vacant"], shown["withdrawn"]) == (["Ann"], 0, ["Bob"])
    assert shown["stages"][0]["votes"] == {"Ann": "3.00000"}
    for form in ("table", "csv", "html"):
        assert "Withdrawn: Bob." in run(tied, "--format", form).stdout
    tied.write_text('3 1\n-2\n3 1 3 0\n2 2 3 0\n0\n"Ann"\n"Bob"\n"Cyd"\n')
    shown = json.loads(run(tied, "--format", "json", method="schulze").stdout)
    assert shown["pairs"] == {"Ann": {"Cyd": 3}, "Cyd": {"Ann": 2}}


def test_only_a_record_says_how_it_is_counted(tied: Path) -> None:
    result = CliRunner().invoke(app, [str(tied)])
    assert isinstance(result.exception, Mistake)
    assert str(result.exception).startswith("--method is wanted, one of plurality")


MOTION = '3 1\n6 1 0\n4 2 0\n2 3 0\n1 0\n0\n"Yes"\n"No"\n"Abstain"\n"A boat?"\n'


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    """Six for it, four against, two abstentions, and a blank paper."""
    file = tmp_path / "motion.blt"
    file.write_text(MOTION)
    return file


@pytest.mark.parametrize(
    ("words", "outcome", "needed"),
    [
        ((), "carried", "6"),
        (("--majority", "at least 2/3 of votes for and against"), "not carried", "7"),
        (("--majority", "more than 1/2 of votes cast"), "not carried", "7"),
        (("--majority", "at least 1/2 of votes cast"), "carried", "6"),
        (("--majority", "at least 1/4 of roll", "--roll", "24"), "carried", "6"),
        (("--majority", "at least 1/4 of roll", "--roll", "25"), "not carried", "7"),
        (("--quorum", "at least 1/2", "--roll", "26"), "carried", "6"),
        (("--quorum", "at least 1/2", "--roll", "27"), "no quorum", "6"),
        (("--quorum", "more than 13", "--roll", "26"), "no quorum", "6"),
    ],
)
def test_a_motion_is_counted_by_the_rule_that_is_given(
    motion: Path, words: tuple[str, ...], outcome: str, needed: str
) -> None:
    result = run(motion, "--format", "json", *words, method="motion")
    shown = json.loads(result.stdout)
    assert (result.exit_code, shown["outcome"], shown["quota"]) == (0, outcome, needed)


def test_a_motions_rule_and_outcome_are_on_the_terminal_and_in_the_report(motion: Path) -> None:
    words = ("--majority", "at least 2/3 of votes for and against")
    text = " ".join(run(motion, *words, method="motion").stdout.split())
    said = "Majority, at least two thirds of the votes for and against: Yes has 6 of 10; needed: 7."
    assert text.startswith("A boat? Motion; 13 papers, 1 of them blank. ")
    assert text.endswith(f"{said} The motion is not carried.")
    report = markup.read(run(motion, "--format", "html", *words, method="motion").stdout).text()
    assert said in report and "The motion is not carried." in report and "lected" not in report


def test_what_a_motion_lacks_or_has_too_much_of_is_said_in_one_sentence(motion: Path) -> None:
    roles = "The method motion takes the options For, Against, Abstain in this order; the last may be left out."
    assert told(motion, "--quorum", "at least 1/4", method="motion").startswith("--roll is wanted")
    assert told(motion, "--majority", "more than 1/2 of roll", method="motion").startswith("--roll is wanted")
    for words in ("half of roll", "more than 1/1 of roll", "more than 1/2", "more than 1/2 of all", "1/2 of roll"):
        assert told(motion, "--majority", words, method="motion").startswith("--majority is “more than” or “at least”")
    assert told(motion, "--quorum", "20", method="motion").startswith("--quorum is “at least”")
    motion.write_text(MOTION.replace("3 1", "3 1\n-1", 1))
    assert told(motion, method="motion") == roles
    motion.write_text('1 1\n3 1 0\n0\n"Yes"\n"A boat?"\n')
    assert told(motion, method="motion") == roles
    table = motion.with_suffix(".csv")
    table.write_text("votes,1\n4,No\n6,Yes\n")
    assert "does not say which option is for it" in told(table, method="motion")
    table.write_text("papers,marks\n0,Yes,No\n4,No\n6,Yes\n")
    assert json.loads(run(table, "--format", "json", method="motion").stdout)["outcome"] == "carried"
    motion.write_text(MOTION.replace("6 1 0", "6 1 2 0"))
    assert "does not fit the method motion. Choose at most 1 option." in told(motion, method="motion")


async def test_a_record_brings_a_motions_rule_and_the_size_of_its_roll(world: World, tmp_path: Path) -> None:
    options = [{"id": option, "name": option} for option in ("yes", "no")]
    asked = {"majority": {"share": "more than 1/4", "of": "roll"}, "quorum": "at least 2"}
    boat = {"id": "boat", "title": "A boat?", "method": "motion", "options": options, **asked}
    day = await running(world, voters=4, publish="after the count", contests=[boat])
    for link in day.links[:2]:
        assert (await day.cast(await day.pass_for(link), {"boat": ["yes"]})).status_code == 201
    await day.finish()
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    assert record["definition"]["contests"][0].items() >= asked.items()
    file = tmp_path / "record.json"

    def again(*words: str) -> tuple[int, Any]:
        file.write_text(json.dumps(record))
        result = CliRunner().invoke(app, [str(file), "--format", "json", *words])
        return result.exit_code, result.stdout and json.loads(result.stdout)

    assert again() == (0, record["contests"][0]["count"])
    assert again("--roll", "8")[0] == command.DIFFERS
    assert again("--roll", "8")[1]["outcome"] == "not carried"
    record["roll"]["size"] = {"all": 8}
    assert again()[0] == command.DIFFERS
    record["definition"]["contests"][0]["majority"]["share"] = "most"
    assert again() == (1, "")


async def test_a_record_brings_its_method_its_lot_and_its_count_along(world: World, tmp_path: Path) -> None:
    trip = {**CHAIR, "id": "trip", "title": "Trip", "method": "score-mean"}
    day = await running(world, voters=4, publish="after the count", contests=[CHAIR, BOARD, trip])
    for link, marks in zip(day.links, [["ada"], ["bob"], ["ada"], ["bob"]], strict=True):
        said = {"chair": marks, "board": ["b2", "b1"], "trip": [f"{marks[0]}:4", "cyd:0"]}
        answer = await day.cast(await day.pass_for(link), said)
        assert answer.status_code == 201, answer.text
    await day.finish()
    record = (await world.client("result").get(f"/results/{day.id}")).json()
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record))

    def again(*words: str) -> Result:
        return CliRunner().invoke(app, [str(file), "--format", "json", *words])

    for number, contest in enumerate(("chair", "board", "trip")):
        result = again("--contest", contest)
        assert (result.exit_code, json.loads(result.stdout)) == (0, record["contests"][number]["count"])
    assert record["contests"][0]["count"]["ties"][0]["resolved_by"] == "lot"
    assert record["contests"][2]["count"]["ties"][0]["resolved_by"] == "lot"
    assert "say which of chair, board, trip" in str(again().exception)
    assert "no contest 'hall'" in str(again("--contest", "hall").exception)

    record["contests"][0]["tally"][0]["marks"] = ["cyd"]
    file.write_text(json.dumps(record))
    result = again("--contest", "chair")
    assert (result.exit_code, result.stderr) == (4, "This is not the count that the record has.\n")
    record["contests"][0]["tally"].pop()
    file.write_text(json.dumps(record))
    assert "other papers than were counted" in str(again("--contest", "chair").exception)


async def test_the_published_papers_are_counted_again_as_they_were_lot_included(world: World, tmp_path: Path) -> None:
    """Six options with a paper each: the lot falls at nearly every stage, so that another lot would be seen."""
    options = [{"id": f"b{n}", "name": f'Candidate "{n}"'} for n in range(6)]
    day = await running(world, voters=7, publish="after the count", contests=[{**BOARD, "options": options}])
    for number, link in enumerate(day.links):
        marks = [f"b{number}"] if number < 6 else []
        answer = await day.cast(await day.pass_for(link), {"board": marks})
        assert answer.status_code == 201, answer.text
    await day.finish()
    client = world.client("result")
    record = (await client.get(f"/results/{day.id}")).json()
    [board] = record["contests"]
    assert len(board["count"]["ties"]) >= 3

    file = tmp_path / "board.blt"
    file.write_text((await client.get(f"/results/{day.id}/contests/board.blt")).text)
    words = ("--seed", record["seed"], "--receipts-digest", record["receipts_digest"])
    again = run(file, "--format", "json", *words)

    assert again.exit_code == 0, again.output
    assert json.loads(again.stdout) == board["count"]
    stages = (await client.get(f"/results/{day.id}/contests/board/stages.csv")).text
    assert list(csv.reader(io.StringIO(run(file, "--format", "csv", *words).stdout))) == list(
        csv.reader(io.StringIO(stages))
    )
    assert blt.read_text(file.read_text()).contest == "board"
    other = json.loads(run(file, "--format", "json", "--contest", "other", *words).stdout)
    assert other["ties"] != board["count"]["ties"]
