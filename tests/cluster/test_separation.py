"""Who can reach what, and what is written down: tried on the cluster itself."""

import re
import secrets
import subprocess
from base64 import b64decode
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from functions import FUNCTIONS
from knative.api_server import READS_ALONE
from knative.cluster_secrets import FOLDER
from shared.security import Signer
from tests.cluster import cold, crowd, figures, kube
from tests.cluster.conftest import GATEWAY, Desk

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SCHEMAS = ("auth", "voter", "election", "ballot", "result")
TABLES = {
    "auth": "accounts",
    "voter": "voters",
    "election": "elections",
    "ballot": "papers",
    "result": "pages",
}


@pytest.mark.parametrize("function", SCHEMAS)
def test_a_functions_own_login_reaches_no_other_schema(deployed: None, function: str) -> None:
    url = b64decode(kube.get("secret", f"uvote-database-{function}")["data"]["url"]).decode()
    for schema, table in TABLES.items():
        done = subprocess.run(
            ["kubectl", "exec", "-n", "uvote", "postgres-0", "--", "psql", url, "-c", f"select from {schema}.{table}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if schema == function:
            assert done.returncode == 0, done.stderr
        else:
            assert "permission denied for schema" in done.stderr


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_the_pages_answer_from_outside(deployed: None, function: str) -> None:
    statuses = {
        host: httpx.get(f"{GATEWAY}/health", headers={"Host": host}, trust_env=False, timeout=60).status_code
        for host in (
            f"{function}.uvote.127.0.0.1.sslip.io",
            f"{function}.uvote.svc.cluster.local",
            f"{function}.uvote",
            f"{function}.uvote.svc",
        )
    }
    outside = f"{function}.uvote.127.0.0.1.sslip.io"
    assert statuses.pop(outside) == (200 if function == "frontend" else 404)
    assert set(statuses.values()) == {404}


def test_an_event_that_is_not_its_owners_changes_nothing(desk: Desk) -> None:
    """From another pod, which may reach a function past the Broker: unsigned, and signed by another function."""
    made = desk.run(lambda organiser: crowd.election(organiser, 2, "Forged events"))
    claims = {"thing": "election", "election": made[0], "version": 10**6, "state": {}, "seen": {}, "asks": []}
    forger = Signer.from_file(str(FOLDER / "keys" / "ballot.signing.json"))
    tokens = {
        "unsigned": "e30.e30.",
        "another function's": forger.sign("event", ["result", "voter"], 600, claims),
    }
    before = kube.sql("select election, version, others, seen from result.exchange order by election")
    for function in ("result", "voter"):
        for token in tokens.values():
            event = {
                "specversion": "1.0",
                "id": str(uuid4()),
                "source": "/uvote/election",
                "type": "org.uvote.election.changed.v1",
                "data": {"token": token},
            }
            answer = httpx.post(
                f"http://{cold.inner_gateway()}/events",
                headers={
                    "Host": f"{function}.uvote.svc.cluster.local",
                    "Content-Type": "application/cloudevents+json",
                },
                json=event,
                trust_env=False,
                timeout=60,
            )
            assert answer.status_code == 400, answer.text
            outside = httpx.post(f"{GATEWAY}/api/{function}/events", json=event, trust_env=False, timeout=60)
            assert outside.status_code == 404
    assert kube.sql("select election, version, others, seen from result.exchange order by election") == before


def test_no_voting_link_is_in_any_log(desk: Desk) -> None:
    made = desk.run(lambda organiser: crowd.election(organiser, 3, "Links that nobody writes down"))
    real, unknown = made[2][0], secrets.token_urlsafe(16)
    with httpx.Client(base_url=GATEWAY, trust_env=False, timeout=60, follow_redirects=True) as client:
        for token in (real, unknown):
            client.get(f"/v/{made[0]}/{token}")
            client.post(f"/v/{made[0]}/{token}", data={"token": token})
            client.get(f"/v/{made[0]}/{token}/nowhere")
            client.post(f"/api/voter/elections/{made[0]}/passes", json={"token": token})
    read = 0
    for pod in kube.get("pods", "-A")["items"]:
        namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
        for container in pod["spec"]["containers"]:
            said = kube.logs(name, container["name"], namespace)
            read += len(said)
            assert real not in said, (namespace, name, container["name"])
            assert unknown not in said, (namespace, name, container["name"])
            assert not re.search(rf"/v/{made[0]}/[\w-]{{22}}", said)
    assert read > 10_000
    figures.note("logs", {"characters of logs searched for two planted links": read, "found": 0})


def test_who_watches_reads_alone(tmp_path: Path) -> None:
    socket = str(tmp_path / "api")
    words = ["kubectl", "proxy", f"--unix-socket={socket}", READS_ALONE]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout
        assert proxy.stdout.readline()
        with httpx.Client(transport=httpx.HTTPTransport(uds=socket), base_url="http://localhost") as client:
            said = {
                method: client.request(method, "/api/v1/namespaces/uvote/pods/none").status_code for method in METHODS
            }
        proxy.terminate()
    assert said == {"GET": 404, "POST": 403, "PUT": 403, "PATCH": 403, "DELETE": 403}
