"""Our image in manifests: which it is, what follows from its tag, and another one in its place."""

import re
from typing import Any

Manifest = dict[str, Any]


def is_ours(image: object) -> bool:
    """Whether an image is UVote's, from whatever registry."""
    return isinstance(image, str) and image.rpartition(":")[0].rpartition("/")[2] == "uvote"


def job_name(image: str) -> str:
    """The name of the migrations' Job for an image: `migrate-0-1-0` for the tag `0.1.0`."""
    tag = image.rpartition(":")[2]
    return "migrate-" + re.sub("[^a-z0-9]+", "-", tag.lower()).strip("-")


def with_image(manifest: Manifest, image: str) -> Manifest:
    """The manifest with our image replaced wherever it stands, and the migrations' Job named by its tag."""
    changed: Manifest = _replaced(manifest, image)
    if manifest["kind"] == "Job" and manifest != changed:
        changed["metadata"]["name"] = job_name(image)
    return changed


def _replaced(value: Any, image: str) -> Any:
    match value:
        case dict():
            return {
                key: image if key == "image" and is_ours(inner) else _replaced(inner, image)
                for key, inner in value.items()
            }
        case list():
            return [_replaced(inner, image) for inner in value]
    return value
