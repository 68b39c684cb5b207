"""The lint of manifests: every rule over every document."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from knative.lint import autoscaling, eventing, serving, together
from knative.lint.documents import Document, Finding, read
from knative.local.manifests import BASE

Everything = list[Document]
OF_A_SERVICE: tuple[Callable[[Document], Iterator[str]], ...] = (*serving.RULES, *autoscaling.RULES)
OF_A_DOCUMENT: tuple[Callable[[Document], Iterator[str]], ...] = (
    *eventing.RULES,
    together.settings,
    together.migrations,
)
AMONG_OTHERS: tuple[Callable[[Document, Everything], Iterator[str]], ...] = (*eventing.RULES_TOGETHER, together.secrets)
OF_ALL: tuple[Callable[[Everything], Iterator[str]], ...] = (together.connections, together.handlers)


def lint(paths: Sequence[Path] = (BASE,)) -> list[Finding]:
    """What is to be mended in some manifests or folders of them; raises Mistake for what is not YAML.

    A folder is taken as what is applied together; of an overlay, lint what kustomize makes of it.
    """
    documents = list(read(list(paths)))
    found: list[Finding] = []

    def note(rule: str, messages: Iterable[str], document: Document | None = None) -> None:
        file, what = (document.file, document.what) if document else (", ".join(map(str, paths)), "all together")
        found.extend(Finding(file, what, rule.replace("_", "-"), message) for message in messages)

    for document in documents:
        for rule in (*(OF_A_SERVICE if document.kind == eventing.SERVICE else ()), *OF_A_DOCUMENT):
            note(rule.__name__, rule(document), document)
        for among in AMONG_OTHERS:
            note(among.__name__, among(document, documents), document)
    for of_all in OF_ALL:
        note(of_all.__name__, of_all(documents))
    return sorted(found)
