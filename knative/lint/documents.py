"""Manifests as a lint looks at them: any shape at all, never a traceback."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knative.local import manifests

POD_SPECS = {
    "Service": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend: where, what, and by which rule."""

    file: str
    what: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.what}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Document:
    """One manifest and the file it stands in."""

    file: str
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        """Its kind with the API's group before it, such as `eventing.knative.dev/Trigger`; `Secret` for the core's."""
        group, slash, _ = str(self.body.get("apiVersion", "")).partition("/")
        return f"{group}{slash}{self.body.get('kind')}" if slash else str(self.body.get("kind"))

    @property
    def name(self) -> str:
        return str(mapping(self.body, "metadata").get("name", "without a name"))

    @property
    def what(self) -> str:
        return f"{self.body.get('kind')} {self.name}"

    @property
    def pod(self) -> Mapping[str, Any]:
        """Its pod's specification; empty for kinds without one."""
        return mapping(self.body, *POD_SPECS.get(str(self.body.get("kind")), ("none",)))

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return listing(self.pod, "containers")


def read(paths: list[Path]) -> Iterator[Document]:
    """Every manifest of some files and folders; raises Mistake for what is not YAML."""
    for path in paths:
        for file, body in manifests.documents(path):
            yield Document(file.name, body)


def inside(body: Any, *path: str) -> Any:
    """What stands at a path; None where the path ends before."""
    for step in path:
        if not isinstance(body, Mapping):
            return None
        body = body.get(step)
    return body


def mapping(body: Any, *path: str) -> Mapping[str, Any]:
    """The mapping at a path; empty where there is none."""
    found = inside(body, *path)
    return found if isinstance(found, Mapping) else {}


def listing(body: Any, *path: str) -> list[Mapping[str, Any]]:
    """The mappings of the list at a path."""
    found = inside(body, *path)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
