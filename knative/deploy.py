"""An overlay brought onto a cluster: `kubectl apply -k`, with an image of one's own, in the right order, waiting."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console

from functions import FUNCTIONS
from knative import cluster_secrets
from knative.images import Manifest, with_image
from knative.kubectl import kubectl
from knative.mistake import Mistake

FOLDER = Path(__file__).resolve().parent
PLATFORM = ("apply", "--server-side", "--force-conflicts", "--field-manager=uvote", "-k", str(FOLDER / "platform"))


def deploy(
    overlay: Annotated[str, typer.Argument(help="Which of knative/overlays.")],
    image: Annotated[str | None, typer.Option(help="NAME:TAG instead of the overlay's.")] = None,
    within: Annotated[int, typer.Option(help="Seconds until everything must be ready.")] = 300,
) -> None:
    """Apply an overlay to the cluster that kubectl talks to, run the migrations, and wait until all six are ready.

    Again, it changes what has changed. Elections may be open meanwhile. Raises Mistake, and changes nothing, where the
    cluster has other secrets than this checkout.
    """
    folder = FOLDER / "overlays" / overlay
    if not folder.is_dir():
        known = ", ".join(sorted(path.name for path in (FOLDER / "overlays").iterdir()))
        raise Mistake(f"There is no overlay {overlay}; there are {known}.")
    if not (cluster_secrets.FOLDER / "secrets.yaml").exists():
        raise Mistake("There are no Secrets yet; `uvote secrets --public-url …` makes them.")
    console = Console(stderr=True, highlight=False)
    manifests = list(yaml.safe_load_all(kubectl("kustomize", str(folder))))
    cluster_secrets.only_those_there(manifests)
    if image:
        manifests = [with_image(manifest, image) for manifest in manifests]
    with console.status("What UVote asks of Knative"):
        kubectl(*PLATFORM)
    # The functions of a release may need its tables; the tables never disturb the functions before it.
    functions = [manifest for manifest in manifests if manifest["apiVersion"] == "serving.knative.dev/v1"]
    with console.status("Migrations"):
        _apply([manifest for manifest in manifests if manifest not in functions], console)
        kubectl("wait", "-n", "uvote", "--for=condition=Complete", f"--timeout={within}s", *_jobs(manifests))
    _apply(functions, console)
    for name in FUNCTIONS:
        with console.status(f"Waiting for {name}"):
            kubectl("wait", "-n", "uvote", "--for=condition=Ready", f"--timeout={within}s", f"ksvc/{name}")
    console.print("All six are ready.")


def _apply(manifests: Sequence[Manifest], console: Console) -> None:
    said = kubectl("apply", "-f", "-", given=yaml.safe_dump_all(manifests))
    console.print(said.strip(), style="dim")


def _jobs(manifests: Iterable[Manifest]) -> Sequence[str]:
    return [f"job/{manifest['metadata']['name']}" for manifest in manifests if manifest["kind"] == "Job"]
