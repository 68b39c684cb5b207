"""Pages as a browser takes them, and what makes a page whole: every page that a test sees goes through `check`."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img"}
INLINE = {"a", "b", "strong", "span", "code", "time"}
PHRASING_ONLY = {"p", "h1", "h2", "h3", "label", "button", "summary", "dt", "legend", "caption"}
BLOCKS = {"div", "p", "ul", "ol", "dl", "table", "form", "fieldset", "details", "section", "nav", "h1", "h2", "h3"}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass
class Node:
    """An element."""

    tag: str
    attrs: dict[str, str]
    parent: "Node | None" = None
    children: "list[Node | str]" = field(default_factory=list)

    def all(self, *tags: str) -> "Iterator[Node]":
        """This element and those inside it, in order; of these tags if any are named."""
        if not tags or self.tag in tags:
            yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.all(*tags)

    def text(self) -> str:
        """What is read out of it."""
        return re.sub(r"\s+", " ", self._text()).strip()

    def _text(self) -> str:
        whole = "".join(child if isinstance(child, str) else child._text() for child in self.children)
        return whole if self.tag in INLINE else f" {whole} "

    def raw(self) -> str:
        """Its own text, as it stands."""
        return "".join(child for child in self.children if isinstance(child, str))

    def above(self) -> "Iterator[Node]":
        """What it is in, from the inside out."""
        if self.parent:
            yield self.parent
            yield from self.parent.above()

    def __str__(self) -> str:
        return f"<{self.tag} {self.attrs}>"


class Broken(AssertionError):
    """A page that is not whole; the message says where."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.at = Node("", {})
        self.doctype = ""

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if twice := [name for name, n in Counter(name for name, _ in attrs).items() if n > 1]:
            raise Broken(f"<{tag}> has {twice} twice")
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_endtag(self, tag: str) -> None:
        if self.at.tag != tag or self.at.parent is None:
            raise Broken(f"</{tag}> closes <{self.at.tag}>, line {self.getpos()[0]}")
        self.at = self.at.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def read(text: str) -> Node:
    """The document; raises Broken for tags that do not close as they opened."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    if reader.at is not reader.root:
        raise Broken(f"<{reader.at.tag}> is not closed")
    if reader.doctype.lower() != "doctype html":
        raise Broken("no doctype")
    return reader.root


def check(text: str) -> Node:
    """The document of a whole page; raises Broken with everything that is wrong with it."""
    root = read(text)
    wrong = [*_frame(root), *_nothing_inline(root), *_names(root), *_structure(root), *_tables(root)]
    if wrong:
        raise Broken("; ".join(wrong))
    return root


def _frame(root: Node) -> Iterator[str]:
    for tag in ("html", "title", "h1", "main"):
        found = list(root.all(tag))
        if len(found) != 1 or not found[0].text():
            yield f"{len(found)} <{tag}>"
    if next(root.all("html")).attrs.get("lang") != "en":
        yield "no lang"
    if not any(meta.attrs.get("name") == "viewport" for meta in root.all("meta")):
        yield "no viewport"
    ids = Counter(node.attrs["id"] for node in root.all() if "id" in node.attrs)
    yield from (f"id {name!r} {n} times" for name, n in ids.items() if n > 1 or not name or " " in name)
    level = 0
    for heading in root.all("h1", "h2", "h3", "h4"):
        if int(heading.tag[1]) > level + 1 or not heading.text():
            yield f"{heading.tag} {heading.text()!r} after h{level}"
        level = int(heading.tag[1])


def _nothing_inline(root: Node) -> Iterator[str]:
    for node in root.all():
        if node.tag in {"script", "style", "iframe", "object", "embed"}:
            yield f"<{node.tag}>"
        yield from (f"{node} has {name}" for name in node.attrs if name == "style" or name.startswith("on"))
        for name in ("href", "src", "action", "formaction"):
            address = node.attrs.get(name, "/")
            if re.match(r"\s*(javascript|data|vbscript):", address, re.IGNORECASE):
                yield f"{node} goes to {address}"
        if node.tag in {"link", "img"} and not node.attrs.get("href", node.attrs.get("src", "")).startswith("/static/"):
            yield f"{node} loads something of elsewhere"
        if node.attrs.get("target") == "_blank" and "noopener" not in node.attrs.get("rel", ""):
            yield f"{node} hands its window over"


def _names(root: Node) -> Iterator[str]:
    ids = {node.attrs["id"] for node in root.all() if "id" in node.attrs}
    labels = {label.attrs.get("for"): label.text() for label in root.all("label")}
    for node in root.all():
        for name in ("aria-describedby", "aria-labelledby", "for"):
            yield from (f"{node} names no element" for target in node.attrs.get(name, "").split() if target not in ids)
        target = node.attrs.get("href", "")
        if target.startswith("#") and target[1:] not in ids:
            yield f"{node} goes nowhere"
        hidden = node.attrs.get("type") == "hidden"
        if node.tag in {"input", "select", "textarea"} and not hidden and not labels.get(node.attrs.get("id", "-")):
            yield f"{node} has no label"
        if node.tag in {"a", "button", "summary", "legend", "option"} and not node.text():
            yield f"{node} has no text"
        if node.attrs.get("aria-invalid") == "true" and not (
            node.attrs.get("aria-describedby") or any("aria-describedby" in above.attrs for above in node.above())
        ):
            yield f"{node} is wrong and does not say why"
        if node.attrs.get("role") == "region" and not (node.attrs.get("aria-label") and "tabindex" in node.attrs):
            yield f"{node} cannot be reached or has no name"


def _structure(root: Node) -> Iterator[str]:
    for node in root.all():
        inside = next((above for above in node.above() if above.tag in PHRASING_ONLY), None)
        if node.tag in BLOCKS and inside and not (inside.tag in {"legend", "summary"} and node.tag[0] == "h"):
            yield f"{node} inside {inside}"
        if node.tag in {"a", "button", "form"} and any(above.tag == node.tag for above in node.above()):
            yield f"{node} inside another"
        if node.tag in {"fieldset", "details"}:
            first = next((child for child in node.children if isinstance(child, Node)), None)
            if first is None or first.tag != {"fieldset": "legend", "details": "summary"}[node.tag]:
                yield f"{node} begins with {first}"
        if node.tag in {"ul", "ol"}:
            yield from (
                f"{child} in {node}" for child in node.children if isinstance(child, Node) and child.tag != "li"
            )
        if node.attrs.get("type") == "radio" and not any(above.tag == "fieldset" for above in node.above()):
            yield f"{node} is in no fieldset"
        if node.tag == "form" and node.attrs.get("method", "get") == "post" and not node.attrs.get("action"):
            yield f"{node} has no action"


def _tables(root: Node) -> Iterator[str]:
    for table in root.all("table"):
        if len(list(table.all("caption"))) != 1 or not next(table.all("caption")).text():
            yield "a table without a caption"
        yield from (f"{cell} has no scope" for cell in table.all("th") if cell.attrs.get("scope") not in {"col", "row"})
        widths = {len([c for c in row.children if isinstance(c, Node)]) for row in table.all("tr")}
        if len(widths) > 1:
            yield f"a table with rows of {widths} cells"
