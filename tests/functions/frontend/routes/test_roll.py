"""The roll at the desk: what an upload did is told, single voters are mended, links are read out for a reason."""

import csv
import io
import re

from tests.elections import CHAIR, running
from tests.functions.frontend.browser import Browser
from tests.functions.frontend.desk import sitting
from tests.world import World

STYLES = {
    "contests": [CHAIR],
    "styles": [{"id": s, "name": s.title(), "contests": ["chair"]} for s in ("all", "north")],
}


async def test_an_upload_tells_what_it_did_or_which_lines_are_wrong_and_keeps_what_was_pasted(world: World) -> None:
    day = await running(world, voters=2)
    desk = await sitting(day)
    roll = await desk.get(f"/desk/e/{day.id}/roll")
    assert roll.at("size").text().startswith("2 voters are on the roll.")
    nothing = await roll.press("Add these voters")
    assert (nothing.status, "Choose a file, or paste the lines." in nothing.said("alert")) == (422, True)
    lines = "email,name\nnobody,N\nv0@example.org,Zero\n\nx@example.org,X,extra\n"
    wrong = await roll.press("Add these voters", text=lines)
    assert wrong.status == 422
    assert re.findall(r"Line (\d+)", wrong.said("alert")) == ["2", "5"]
    assert wrong.at("text").raw().strip() == lines.strip()
    assert wrong.at("size").text().startswith("2 voters are on the roll.")
    taken = await wrong.press("Add these voters", text="email,name\nv0@example.org,Zero\nnew@example.org,New Voter\n")
    assert "1 voter was added. 1 voter was there already, with the same link as before." in taken.said("status")
    as_file = await taken.press(
        "Add these voters", text=None, file="name;email\nÉva;eva@example.org\n".encode("utf-8-sig")
    )
    assert "1 voter was added." in as_file.said("status")
    assert "Éva" in as_file.text
    latin = await taken.press("Add these voters", file="email,name\ne@example.org,Éva\n".encode("latin-1"))
    assert (latin.status, "not in UTF-8" in latin.said("alert")) == (422, True)


async def test_of_a_file_and_pasted_lines_the_file_is_read_and_the_lines_are_kept_and_that_is_said(
    world: World,
) -> None:
    """Lines that were refused are still in the form when somebody chooses a file instead."""
    day = await running(world, voters=2)
    desk = await sitting(day)
    roll = await desk.get(f"/desk/e/{day.id}/roll")
    both = await roll.press("Add these voters", text="email,name\na@b,Ada\n", file=b"email,name\nc@d,Cyd\n")
    assert both.said("status").endswith("1 voter was added. That was the file; the pasted lines below were not read.")
    assert both.at("text").raw().strip() == "email,name\na@b,Ada"
    assert "Cyd" in both.text
    assert both.at("size").text().startswith("3 voters are on the roll.")


async def test_more_than_can_be_pasted_is_not_read_and_says_so(world: World) -> None:
    day = await running(world, voters=2)
    desk = await sitting(day)
    roll = await desk.get(f"/desk/e/{day.id}/roll")
    much = await roll.press("Add these voters", text="email,name\n" + "a@b,Ada\n" * 150_000)
    assert (much.status, "choose such a list as a file" in much.said("alert")) == (422, True)
    assert much.at("size").text().startswith("2 voters are on the roll.")


async def test_one_voter_is_added_corrected_given_a_new_link_and_removed(world: World) -> None:
    day = await running(world, voters=2, **STYLES)
    desk = await sitting(day)
    roll = await desk.get(f"/desk/e/{day.id}/roll")
    wrong = await roll.press("Add this voter", email="no address", name="Dora")
    assert (wrong.status, "An e-mail address and a name are wanted" in wrong.said("alert")) == (422, True)
    added = await roll.press("Add this voter", email="dora@example.org", name="Dora", external_id="17", style="north")
    assert added.said("status") == "The voter was added."
    twice = await roll.press("Add this voter", email="Dora@example.org", name="Dora")
    assert (twice.status, "Another voter on this roll has this e-mail address." in twice.said("alert")) == (409, True)
    assert "Style “north”: 1 voter" in added.text

    dora = await added.follow("Dora")
    assert (dora.at("external_id").attrs["value"], dora.at("style").attrs["value"]) == ("17", "north")
    taken = await dora.press("Correct", email="v0@example.org")
    assert (taken.status, taken.at("email").attrs["value"]) == (409, "v0@example.org")
    moon = await dora.press("Correct", style="moon")
    assert (moon.status, "no paper of this style" in moon.said("alert")) == (422, True)
    corrected = await dora.press("Correct", name="Dora Maar")
    assert corrected.said("status") == "The voter was corrected."
    dora = await corrected.follow("Dora Maar")
    link = re.search(r"/v/\S+", (await dora.press("Show it", reason="Her mail bounced")).text)
    assert link
    replaced = await (await corrected.follow("Dora Maar")).press("Replace the link")
    assert replaced.said("status") == "The voter has a new link; the old one no longer works."
    assert (await Browser(world).post(link[0], [])).title == "This link is not known"
    removed = await (await replaced.follow("Dora Maar")).press("Remove from the roll")
    assert removed.said("status").startswith("The voter was removed")
    assert "Dora" not in removed.text
    assert (await desk.get(dora.path)).status == 404


async def test_who_has_voted_is_not_removed_and_not_given_another_link(world: World) -> None:
    day = await running(world, voters=1)
    await day.cast(await day.pass_for(day.links[0]), {"chair": ["ada"], "board": []})
    desk = await sitting(day)
    voter = await (await desk.get(f"/desk/e/{day.id}/roll")).follow("Voter 0")
    for button in ("Replace the link", "Remove from the roll"):
        refused = await voter.press(button)
        assert (refused.status, "voted" in refused.said("alert")) == (409, True), button
    await day.finish()
    roll = await desk.get(f"/desk/e/{day.id}/roll")
    assert "1 voter is on the roll; 1 has voted." in roll.at("size").text()
    assert not roll.has_button("Add") and "The roll is closed." in roll.text
    assert "has voted" in roll.text


async def test_links_are_read_out_for_a_reason_alone_as_a_page_or_a_file(world: World) -> None:
    day = await running(world, voters=2)
    desk = await sitting(day)
    await (await desk.get(f"/desk/e/{day.id}/roll")).press(
        "Add these voters", text="email,name\nx@example.org,=cmd|calc\n"
    )
    roll = await desk.get(f"/desk/e/{day.id}/roll")
    none = await roll.press("Show them", reason=" ")
    assert (none.status, "Give a reason" in none.said("alert")) == (422, True)
    page = await roll.press("Show them", reason="Letters")
    shown = [node.attrs["href"] for node in page.root.all("a") if "/v/" in node.attrs.get("href", "")]
    assert set(day.links) < set(shown) and len(shown) == 3
    assert all(node.attrs["rel"] == "noreferrer" for node in page.root.all("a") if "/v/" in node.attrs.get("href", ""))
    answer = await desk.raw("POST", f"/desk/e/{day.id}/links?form=csv", content=b"reason=Letters")
    assert answer.headers["content-disposition"] == 'attachment; filename="links.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbfemail"), "Excel reads UTF-8 by its mark alone"
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table[0] == ["email", "name", "link"]
    assert {row[2] for row in table[1:]} == set(shown)
    assert "'=cmd|calc" in [row[1] for row in table]
    one = await (await roll.follow("Voter 0")).press("Show it", reason="Her mail bounced")
    assert [link for link in shown if link in one.html] == [day.links[0]]
    roll = await desk.get(f"/desk/e/{day.id}/roll")
    assert "9 voting links were read out by people" in roll.at("size").text()


async def test_voters_are_found_by_name_address_or_number_and_turned_page_by_page(world: World) -> None:
    day = await running(world, voters=1)
    desk = await sitting(day)
    lines = "".join(f"v{n:03}@example.org,Member {n:03},M{n}\n" for n in range(120))
    roll = await (await desk.get(f"/desk/e/{day.id}/roll")).press("Add these voters", text=f"email,name,id\n{lines}")
    assert [f"Member {n}" in roll.text for n in ("000", "049", "050")] == [True, True, False]
    second = await roll.follow("Next page")
    assert [f"Member {n}" in second.text for n in ("049", "050", "099", "100")] == [False, True, True, False]
    last = await second.follow("Next page")
    assert "Member 119" in last.text and "Next page" not in last.text
    found = await roll.press("Find", q="M11")
    assert [f"Member {n}" in found.text for n in ("011", "110", "119", "012")] == [True, True, True, False]
    nobody = await roll.press("Find", q="<i>&%_")
    assert (nobody.status, "Nobody matches." in nobody.text) == (200, True)
    for query in ("?q=%00", "?after=x", "?q=" + "x" * 300):
        assert (await desk.get(f"/desk/e/{day.id}/roll{query}")).status == 422
