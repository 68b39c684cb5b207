"""An image of one's own stands wherever ours stood, and nowhere else; its migrations are a Job of their own."""

import yaml

from knative.images import is_ours, job_name, with_image
from knative.local.manifests import BASE


def test_ours_is_told_by_its_last_name() -> None:
    assert is_ours("dev.local/uvote:0.1.0")
    assert is_ours("registry.example:5000/club/uvote:abc")
    assert not is_ours("postgres:15")
    assert not is_ours("dev.local/uvote-tools:1")
    assert not is_ours(None)


def test_a_release_has_a_job_of_its_own() -> None:
    assert job_name("dev.local/uvote:0.1.0") == "migrate-0-1-0"
    assert job_name("registry.example:5000/uvote:Main_7") == "migrate-main-7"


def test_another_image_stands_in_every_place_of_ours() -> None:
    documents = [document for path in sorted(BASE.glob("*.yaml")) for document in yaml.safe_load_all(path.read_text())]
    changed = [with_image(document, "example.org/uvote:7") for document in documents if "kind" in document]
    text = yaml.safe_dump_all(changed)
    assert "dev.local/uvote" not in text
    assert text.count("image: example.org/uvote:7") == 8  # six functions, the clock, the migrations
    assert [d["metadata"]["name"] for d in changed if d["kind"] == "Job"] == ["migrate-7"]


def test_what_is_not_ours_stays() -> None:
    job = {"kind": "Job", "metadata": {"name": "other"}, "spec": {"containers": [{"image": "postgres:15"}]}}
    assert with_image(job, "example.org/uvote:7") == job
