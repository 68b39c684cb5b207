"""func.yaml says what the manifests say, where both have words for it. What func makes of it: `tests/func`."""

from pathlib import Path
from typing import Any

import yaml

from functions import FUNCTIONS
from knative.lint.documents import inside, listing, mapping
from knative.local.manifests import BASE
from shared.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
FUNC: dict[str, Any] = yaml.safe_load((ROOT / "func.yaml").read_text())
FRONTEND = yaml.safe_load((BASE / "frontend.yaml").read_text())
(CONTAINER,) = listing(FRONTEND, "spec", "template", "spec", "containers")


def env() -> dict[str, str]:
    return {one["name"]: one["value"] for one in listing(FUNC, "run", "envs")}


def test_it_is_the_frontend_with_the_settings_of_its_manifest() -> None:
    def value(entry: Any) -> str:
        reference = mapping(entry, "valueFrom", "configMapKeyRef")
        return str(entry.get("value", f"{{{{ configMap:{reference.get('name')}:{reference.get('key')} }}}}"))

    assert env() == {entry["name"]: value(entry) for entry in CONTAINER["env"]}
    assert env()["UVOTE_FUNCTION"] in FUNCTIONS
    Settings.from_env(env())


def test_it_scales_as_the_manifest_says() -> None:
    spec = mapping(FRONTEND, "spec", "template", "spec")
    said = mapping(FRONTEND, "spec", "template", "metadata", "annotations")
    options = mapping(FUNC, "deploy", "options")
    for name in ("min", "max"):
        assert str(inside(options, "scale", name)) == said[f"autoscaling.knative.dev/{name}-scale"]
    assert str(inside(options, "scale", "target")) == said["autoscaling.knative.dev/target"]
    limits = dict(mapping(options, "resources", "limits"))
    assert limits.pop("concurrency") == spec["containerConcurrency"]
    assert limits == CONTAINER["resources"]["limits"]
    assert inside(options, "resources", "requests") == CONTAINER["resources"]["requests"]
    # func would put annotations on the Service too, where Serving refuses those of autoscaling.
    assert not mapping(FUNC, "deploy", "annotations")


def test_func_finds_the_distribution_and_the_module_that_it_wants() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["name"] == "function"
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {
        "functions/entry.py": "function.py"
    }
