"""What is wrong with a draft is told at a field that is on the form, in words without a program's names."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from functions.election import definitions
from functions.frontend import draft_faults, drafts
from functions.frontend.routes.desk import drafting
from shared.contracts.draft import Draft
from tests.functions.frontend.markup import check

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def draft(**changes: Any) -> dict[str, Any]:
    options = [{"id": o, "name": o.upper(), "text": "", "link": ""} for o in "xyz"]
    contest = {**drafts.empty_contest(), "id": "c1", "title": "Chair", "options": options}
    return {**drafts.empty_draft(NOW, "UTC"), "title": "Spring", "contests": [contest], **changes}


def contest(**changes: Any) -> dict[str, Any]:
    return draft(contests=[{**draft()["contests"][0], **changes}])


def options(*names: str) -> list[dict[str, Any]]:
    return [{"id": None, "name": name, "text": "word", "link": ""} for name in names]


def motion(**changes: Any) -> dict[str, Any]:
    return draft(contests=[{**drafts.empty_motion(), "id": "c1", "title": "A boat", **changes}])


def asked(share: str = "more than 1/2", of: str = "roll") -> dict[str, Any]:
    return motion(majority={"share": share, "of": of})


def style(slug: str, *on_paper: str) -> dict[str, Any]:
    return draft(styles=[{"id": "ok", "name": "", "contests": ["c1"]}, {"id": slug, "name": "", "contests": on_paper}])


INCOMPLETE = [
    (draft(title=""), "title", "The election needs a title."),
    (draft(time_zone=""), "time_zone", "Choose a time zone from the list."),
    (draft(time_zone="Nowhere/Atlantis"), "time_zone", "There is no time zone “Nowhere/Atlantis”."),
    (draft(opens_at=""), "opens_at", "When the election opens and closes is not set."),
    (draft(closes_at="2027-01-02T08:00"), "closes_at", "The closing must be after the opening."),
    (draft(opens_at="2020-01-01T08:00", closes_at="2020-01-02T08:00"), "closes_at", "The closing time has passed."),
    (draft(contests=[]), "contests", "There is no contest."),
    (contest(title=""), "c0-title", "The contest needs a title."),
    (contest(method="guess"), "c0-method", "“guess” is not a known way to count."),
    (contest(options=[]), "c0-o0-name", "There is no option."),
    (contest(options=options("Ada", "")), "c0-o1-name", "An option has no name."),
    (contest(options=options("Ada", "ada")), "c0-o0-name", "Two options have the same name."),
    (contest(seats=None), "c0-seats", "How many seats there are is not set."),
    (contest(method="irv", seats=2), "c0-seats", "fills 1 seat."),
    (motion(options=options(*"abcd")), "c0-o0-name", "For, Against, Abstain, the last of which may be left out."),
    (contest(min_marks=2, max_marks=1), "c0-max", "More marks are asked for than allowed."),
    (contest(min_marks=9), "c0-max", "More marks are asked for than there are options."),
    (style("new"), "s1-id", "A style names contests of this election."),
    (style("new", "gone"), "s1-id", "A style names contests of this election."),
]


@pytest.mark.parametrize(("wrong", "field", "message"), INCOMPLETE)
def test_what_keeps_a_draft_from_being_scheduled_is_told_at_its_field(
    wrong: dict[str, Any], field: str, message: str
) -> None:
    found = definitions.faults(Draft.model_validate(drafts.to_send(wrong)), NOW)
    faults = [{"where": fault.where, "code": fault.code, "message": fault.message} for fault in found]
    told = [(fault.field, fault.message) for fault in draft_faults.placed(faults, wrong)]
    assert any(at == field and message in said for at, said in told), told
    on_the_form(wrong, faults, field)


UNREADABLE = [
    (draft(title="x" * 201), "title", "At most 200 characters"),
    (draft(title="a\x00b"), "title", "At most 200 characters"),
    (draft(description="x" * 20_001), "description", "At most 20,000 characters"),
    (draft(opens_at="tomorrow"), "opens_at", "A date and a time are wanted"),
    (draft(publish="never"), "publish", "Choose one of the two."),
    (contest(seats="many"), "c0-seats", "A whole number from 1 to 100"),
    (contest(seats=0), "c0-seats", "A whole number from 1 to 100"),
    (contest(min_marks=999), "c0-min", "A whole number from 0 to 200"),
    (contest(max_marks=0), "c0-max", "A whole number from 1 to 200"),
    (contest(ties="coin"), "c0-ties", "Choose one of the two."),
    (contest(text="x" * 20_001), "c0-text", "At most 20,000 characters"),
    (contest(quorum="all"), "c0-quorum", "A share or a number is wanted"),
    (motion(quorum="at least 5/4"), "c0-quorum", "A share or a number is wanted"),
    (asked("half"), "c0-other", "such as more than 1/2"),
    (asked("more than 2/2"), "c0-other", "such as more than 1/2"),
    (asked(of="members"), "c0-of", "Choose one of the three."),
    (contest(options=[{"id": "x", "name": "X", "text": "", "link": "example.org"}]), "c0-o0-link", "begins with http"),
    (contest(options=[{"id": "x", "name": "x" * 201, "text": "", "link": ""}]), "c0-o0-name", "At most 200 characters"),
    (contest(options=options(*(f"o{n}" for n in range(201)))), "c0-o0-name", "At most 200 options"),
    (draft(contests=[draft()["contests"][0]] * 51), "contests", "At most 50 contests"),
    (style("Not a slug", "c1"), "s1-id", "Small letters, digits and dashes"),
]


@pytest.mark.parametrize(("wrong", "field", "message"), UNREADABLE)
def test_what_cannot_be_read_is_told_at_its_field(wrong: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Draft.model_validate(drafts.to_send(wrong))
    faults = [
        {"where": ".".join(["body", *(str(part) for part in error["loc"])]), "message": error["msg"]}
        for error in refused.value.errors()
    ]
    told = [(fault.field, fault.message) for fault in draft_faults.placed(faults, wrong)]
    assert any(at == field and message in said for at, said in told), told
    assert not any(re.search(r"should|valid|body|_", said) for _, said in told), told
    on_the_form(wrong, faults, field)


def on_the_form(wrong: dict[str, Any], faults: list[dict[str, Any]], field: str) -> None:
    """The summary links to the field, which is on the form, and says at it what is wrong there."""
    page = check(bytes(drafting._form(wrong, None, faults=faults, saved=False, status=422).body).decode())
    assert f"#{field}" in {link.attrs.get("href") for link in page.all("a")}
    at = next(node for node in page.all() if node.attrs.get("id") == field)
    if at.tag in {"input", "textarea", "select"}:
        assert at.attrs.get("aria-invalid") == "true"
        assert f"fault-{field}" in at.attrs["aria-describedby"]


def test_a_fault_of_a_kind_not_known_yet_is_told_all_the_same() -> None:
    faults = [
        {"where": "Contest 1", "code": "new", "message": "New."},
        {"where": "moon", "code": "new", "message": "New."},
        {"where": "body.contests.0.phase_of_moon", "message": "New."},
        {"where": "body", "message": "New."},
    ]
    assert [(f.field, f.message) for f in draft_faults.placed(faults, draft())] == [
        ("c0-title", "New."), ("title", "New."), ("c0-phase_of_moon", "New."), ("title", "New."),
    ]  # fmt: skip
