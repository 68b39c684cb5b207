"""`knative/kind.sh` against a cluster that is strict and slow, and `knative/kind.yaml` read by kind itself."""

import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from knative.local.manifests import BASE

KNATIVE = BASE.parent
PARTS = ("SERVING", "KOURIER", "EVENTING")

# Stands for docker, kind, kubectl and uvote. Keeps what has been waited for in a folder, and refuses what a cluster
# may refuse that has just been told something and was not waited for.
FAKE = r"""#!/bin/sh
call="${0##*/} $*"
echo "$call" >> "$STATE/calls"
done_() { : > "$STATE/$1"; }
refuse() { echo "$1" >&2; exit 1; }
after() { [ -e "$STATE/$1" ] || refuse "$1 is missing"; }
case "$call" in *"${BROKEN:-no such step}"*) refuse broken ;; esac
case "$call" in kubectl*) after cluster ;; esac
case "$call" in
    "kind get clusters") [ ! -e "$STATE/cluster" ] || echo uvote ;;
    "kind create "*) done_ cluster ;;
    "docker build "*) echo sha256:0123456789abcdef0123456789abcdef ;;
    "kubectl apply "*-crds.yaml) rm -f "$STATE/established"; group=${call##*/}; done_ "${group%-crds.yaml}" ;;
    "kubectl apply "*/serving/*) after serving; after established; done_ core ;;
    "kubectl apply "*/net-kourier/*) done_ kourier ;;
    "kubectl apply "*/eventing/*) after eventing; after established; file=${call##*/}; done_ "${file%.yaml}" ;;
    "kubectl wait "*Established*) done_ established ;;
    "kubectl wait "*Available*) words=${call#*-n }; done_ "available-${words%% *}" ;;
    "kubectl wait "*endpointslice*)
        words=${call#*-n }; after "available-${words%% *}"
        words=${call#*service-name=}; done_ "answering-${words%% *}" ;;
    "kubectl patch "*)
        case "$call" in *configmap/*) after answering-webhook ;; esac
        [ -e "$STATE/tried" ] || { done_ tried; refuse "connection refused"; } ;;
    "uvote deploy "*)
        for one in core kourier in-memory-channel mt-channel-broker available-kourier-system \
            answering-webhook answering-eventing-webhook answering-inmemorychannel-webhook; do after "$one"; done ;;
esac
"""


@dataclass
class Stage:
    """A copy of the script where every program it calls is a stand-in."""

    root: Path

    def run(self, broken: str = "") -> "subprocess.CompletedProcess[str]":
        env = {"PATH": str(self.root / "bin"), "STATE": str(self.root / "state"), "BROKEN": broken}
        command = ["/bin/sh", str(self.root / "knative" / "kind.sh")]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=50, check=False)

    @property
    def calls(self) -> list[str]:
        return (self.root / "state" / "calls").read_text().splitlines()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    for folder in ("bin", "state", "knative"):
        (tmp_path / folder).mkdir()
    shutil.copy(KNATIVE / "kind.sh", tmp_path / "knative")
    # Nothing else is to be found: a real kind or docker of this machine must never be called.
    for name in ("cut", "dirname", "grep", "mkdir", "rm", "sleep"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    for name in ("bin/docker", "bin/kind", "bin/kubectl", "uvote"):
        executable(tmp_path / name, FAKE)
    return Stage(tmp_path)


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_it_gets_through_on_a_cluster_that_must_be_waited_for(stage: Stage) -> None:
    done = stage.run()
    assert done.returncode == 0, done.stderr
    image = "dev.local/uvote:0123456789ab"
    assert stage.calls[-4:] == [
        f"docker tag sha256:0123456789abcdef0123456789abcdef {image}",
        f"kind load docker-image {image} --name uvote",
        "uvote secrets --public-url http://127.0.0.1:31080",
        f"uvote deploy kind --image {image}",
    ]


def test_each_part_is_of_the_version_that_stands_at_the_top(stage: Stage) -> None:
    text = (KNATIVE / "kind.sh").read_text()
    for number, name in enumerate(PARTS):
        text, pinned = re.subn(rf"^{name}=\d+\.\d+\.\d+$", f"{name}=9.{number}.0", text, flags=re.MULTILINE)
        assert pinned == 1
    (stage.root / "knative" / "kind.sh").write_text(text)
    assert stage.run().returncode == 0
    fetched = [call.partition("github.com/")[2] for call in stage.calls if "github.com" in call]
    path = "releases/download/knative-v"
    assert fetched == [
        f"knative/serving/{path}9.0.0/serving-crds.yaml",
        f"knative/serving/{path}9.0.0/serving-core.yaml",
        f"knative-extensions/net-kourier/{path}9.1.0/kourier.yaml",
        f"knative/eventing/{path}9.2.0/eventing-crds.yaml",
        f"knative/eventing/{path}9.2.0/eventing-core.yaml",
        f"knative/eventing/{path}9.2.0/in-memory-channel.yaml",
        f"knative/eventing/{path}9.2.0/mt-channel-broker.yaml",
    ]


@pytest.mark.parametrize(
    "step",
    ["create cluster", "serving-core", "Established", "Available", "endpointslice", "docker build", "load", "secrets"],
)
def test_it_stops_where_something_fails_and_goes_on_from_there_when_run_again(stage: Stage, step: str) -> None:
    assert stage.run(broken=step).returncode != 0
    assert step in stage.calls[-1]
    assert stage.run().returncode == 0
    assert len([call for call in stage.calls if call.startswith("kind create")]) == 1 + (step == "create cluster")


def test_what_is_missing_on_the_machine_is_named(stage: Stage) -> None:
    (stage.root / "bin" / "kind").unlink()
    done = stage.run()
    assert (done.returncode, done.stderr) == (2, "kind.sh: kind is not installed.\n")


def test_the_gateways_port_is_the_one_that_is_mapped() -> None:
    (node,) = yaml.safe_load((KNATIVE / "kind.yaml").read_text())["nodes"]
    (port,) = node["extraPortMappings"]
    script = (KNATIVE / "kind.sh").read_text()
    assert f'"nodePort":{port["containerPort"]}' in script
    assert f"--public-url http://{port['listenAddress']}:{port['hostPort']}\n" in script


def test_the_shell_has_nothing_to_complain_about() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(["shellcheck", KNATIVE / "kind.sh"], capture_output=True, text=True, check=False)
    assert done.stdout == ""


DOCKER = f"""#!{sys.executable}
import os, sys
with open(os.environ["CALLS"], "a") as calls:
    print(*sys.argv[1:], file=calls)
if sys.argv[1] == "info":
    print('{{"SecurityOptions": [], "CgroupDriver": "systemd", "CgroupVersion": "2", "MemoryLimit": true}}')
sys.exit(sys.argv[1] == "run")
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kind_itself_makes_the_node_that_is_wanted(tmp_path: Path) -> None:
    """As far as it gets without a node image: to the command that would start the node."""
    if shutil.which("go") is None:
        pytest.skip("go is not installed")
    env = {**os.environ, "GOBIN": str(tmp_path)}
    command = ["nice", "-n", "15", "go", "install", "sigs.k8s.io/kind@v0.33.0"]
    fetched = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        pytest.skip(f"kind cannot be fetched: {fetched.stderr.strip()[-200:]}")
    executable(tmp_path / "docker", DOCKER)
    env |= {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(tmp_path / "calls"),
        "KUBECONFIG": str(tmp_path / "config"),
    }
    command = [str(tmp_path / "kind"), "create", "cluster", "--config", str(KNATIVE / "kind.yaml")]
    made = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert 'command "docker run' in made.stderr, made.stderr
    (run,) = [call for call in (tmp_path / "calls").read_text().splitlines() if call.startswith("run ")]
    assert "--name uvote-control-plane" in run
    assert "--publish=127.0.0.1:31080:31080/TCP" in run
    assert " kindest/node:v1.34.0@sha256:" in run
