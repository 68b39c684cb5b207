"""The lint finds each thing it is for, says where, and nothing else."""

from pathlib import Path

import pytest
import yaml

from knative.lint import run
from knative.lint.run import lint
from knative.lint.together import EXAMPLE
from knative.local.manifests import BASE
from knative.mistake import Mistake
from tests.knative.lint.cases import CASES, GOOD, Case


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "manifests.yaml"


def test_our_own_manifests_are_as_they_should_be() -> None:
    assert lint([BASE]) == []


def test_everything_that_knative_takes_is_taken(file: Path) -> None:
    file.write_text(GOOD)
    assert lint([file]) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {' '.join(case.new.split())[-40:]}")
def test_a_manifest_that_breaks_a_rule_is_found_by_that_rule_alone(file: Path, case: Case) -> None:
    file.write_text(case.manifests)
    found = lint([file])
    assert {finding.rule for finding in found} == {case.rule}
    assert all("manifests.yaml" in str(finding) for finding in found)


def test_every_rule_has_a_manifest_that_breaks_it() -> None:
    rules = (*run.OF_A_SERVICE, *run.OF_A_DOCUMENT, *run.AMONG_OTHERS, *run.OF_ALL)
    assert {rule.__name__.replace("_", "-") for rule in rules} == {case.rule for case in CASES}


def test_a_finding_says_where_it_is_and_what_it_is_about(file: Path) -> None:
    file.write_text(GOOD.replace("visibility: cluster-local", "visibility: private"))
    (found,) = lint([file])
    where, _, message = str(found).partition("networking.knative.dev/")
    assert where == "manifests.yaml: Service ballot: "
    assert message == "visibility is cluster-local or not there; 'private' means public. [visibility]"


def test_several_files_are_one_set(tmp_path: Path) -> None:
    for number, document in enumerate(GOOD.split("---")):
        (tmp_path / f"{number}.yaml").write_text(document)
    assert lint([tmp_path]) == []
    assert lint(sorted(tmp_path.glob("*.yaml"))) == []
    (tmp_path / "2.yaml").unlink()
    assert [finding.rule for finding in lint([tmp_path])] == ["triggers-lead-somewhere"]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: serving.knative.dev/v1\nkind: Service",
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: []\nspec: 5",
        "apiVersion: serving.knative.dev/v1\nkind: Service\nspec: {template: {spec: {containers: {image: x}}}}",
        "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: x\nspec: [1]",
        "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {name: x}\nspec: {delivery: 5}",
        "apiVersion: eventing.knative.dev/v1\nkind: Broker\nspec: text",
        "apiVersion: sources.knative.dev/v1\nkind: PingSource",
    ],
)
def test_a_manifest_of_any_shape_is_a_finding_and_never_a_traceback(file: Path, text: str) -> None:
    file.write_text(text)
    assert lint([file])


def test_what_is_not_yaml_is_a_mistake_that_names_the_file(file: Path) -> None:
    file.write_text("{")
    with pytest.raises(Mistake, match=r"manifests\.yaml"):
        lint([file])


def test_an_event_policy_is_fine_where_oidc_is_switched_on(tmp_path: Path) -> None:
    policy = "apiVersion: eventing.knative.dev/v1alpha1\nkind: EventPolicy\nmetadata: {name: x, namespace: uvote}"
    (tmp_path / "oidc.yaml").write_text(policy)
    assert lint([tmp_path]) == []


def test_the_example_holds_what_is_taken_and_nothing_more(tmp_path: Path) -> None:
    documents = list(yaml.safe_load_all(EXAMPLE.read_text()))
    used = "".join(path.read_text() for path in BASE.parent.glob("*/**/*.yaml") if "secrets" not in path.parts)
    for document in documents:
        assert document["metadata"]["name"] in used
        assert document["metadata"]["namespace"] == "uvote"
