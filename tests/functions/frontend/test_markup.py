"""What makes a page whole is noticed when it is missing: the checker that all tests of pages rely on."""

import pytest

from tests.functions.frontend.markup import Broken, check

WHOLE = (
    '<!DOCTYPE html><html lang="en"><head><meta name="viewport" content="x"><title>A</title></head>'
    "<body><main><h1>A</h1>{}</main></body></html>"
)


def test_a_whole_page_passes() -> None:
    check(WHOLE.format('<form method="post" action="/x"><label for="a">A</label><input id="a"></form>'))


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ("<p>open", "</main> closes <p>"),
        ('<b id="a"></b><b id="a"></b>', "id 'a' 2 times"),
        ('<b class="x" class="y"></b>', "twice"),
        ('<input id="a">', "has no label"),
        ('<label for="a"></label><input id="a">', "has no label"),
        ('<label for="b">B</label>', "names no element"),
        ('<b aria-describedby="gone">x</b>', "names no element"),
        ('<a href="#gone">x</a>', "goes nowhere"),
        ('<a href="/x"></a>', "has no text"),
        ("<h1>B</h1>", "2 <h1>"),
        ("<h3>B</h3>", "after h1"),
        ("<script>1</script>", "<script>"),
        ('<b style="color: red">x</b>', "has style"),
        ('<b onclick="x()">x</b>', "has onclick"),
        ('<a href="javascript:x()">x</a>', "goes to javascript"),
        ('<img src="https://example.org/x.png" alt="">', "loads something"),
        ('<a href="https://example.org" target="_blank">x</a>', "hands its window over"),
        ("<p><ul><li>x</li></ul></p>", "inside <p"),
        ("<ul><b>x</b></ul>", "in <ul"),
        ("<fieldset><p>x</p></fieldset>", "begins with"),
        ('<label for="r">R</label><input type="radio" id="r" name="r">', "is in no fieldset"),
        ("<table><tr><td>x</td></tr></table>", "without a caption"),
        ("<table><caption>C</caption><tr><th>x</th></tr></table>", "has no scope"),
        ("<table><caption>C</caption><tr><td>x</td></tr><tr><td>x</td><td>y</td></tr></table>", "rows of"),
        ('<label for="a">A</label><input id="a" aria-invalid="true">', "does not say why"),
        ('<form method="post"><button>x</button></form>', "has no action"),
    ],
)
def test_a_broken_page_is_told_why(part: str, why: str) -> None:
    with pytest.raises(Broken) as broken:
        check(WHOLE.format(part))
    assert why in str(broken.value)


def test_a_page_in_no_language_or_without_a_doctype_is_broken() -> None:
    with pytest.raises(Broken, match="no lang"):
        check(WHOLE.format("").replace(' lang="en"', ""))
    with pytest.raises(Broken, match="no doctype"):
        check(WHOLE.format("").removeprefix("<!DOCTYPE html>"))
