"""What a Knative Service may say: the webhook's rules at its default settings, and three things it lets pass."""

from collections.abc import Iterator
from typing import Any

from knative.lint.documents import Document, inside, listing, mapping

POD = {
    "containers",
    "volumes",
    "serviceAccountName",
    "imagePullSecrets",
    "enableServiceLinks",
    "automountServiceAccountToken",
    "containerConcurrency",
    "timeoutSeconds",
    "responseStartTimeoutSeconds",
    "idleTimeoutSeconds",
}
CONTAINER = {
    "name",
    "image",
    "imagePullPolicy",
    "command",
    "args",
    "workingDir",
    "env",
    "envFrom",
    "ports",
    "resources",
    "securityContext",
    "volumeMounts",
    "readinessProbe",
    "livenessProbe",
    "startupProbe",
    "terminationMessagePath",
    "terminationMessagePolicy",
}
# `privileged: false` may be said since Knative 1.17 only; not saying it means the same.
SECURITY = {
    "allowPrivilegeEscalation",
    "capabilities",
    "readOnlyRootFilesystem",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "seccompProfile",
}
VOLUME = {"name", "secret", "configMap", "projected", "emptyDir"}
VALUE_FROM = {"secretKeyRef", "configMapKeyRef"}
RESERVED_VARIABLES = {"PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION"}
RESERVED_PORTS = {8008, 8012, 8013, 8022, 9090, 9091}
RESERVED_PATHS = {"/", "/dev", "/dev/log", "/var/log"}
QUEUE = {
    f"queue.sidecar.serving.knative.dev/{resource}-resource-{bound}"
    for resource in ("cpu", "memory", "ephemeral-storage")
    for bound in ("request", "limit")
}
LONGEST = 600
MOST_AT_ONCE = 1000


def allowed_fields(service: Document) -> Iterator[str]:
    """Most fields of a pod are refused unless a feature flag of the cluster is on."""
    refused = [*(set(service.pod) - POD)]
    for container in service.containers:
        refused += set(container) - CONTAINER
        refused += (f"securityContext.{name}" for name in set(mapping(container, "securityContext")) - SECURITY)
        refused += (f"env.valueFrom.{n}" for e in listing(container, "env") for n in _sources(e) - VALUE_FROM)
        refused += (f"ports.{n}" for port in listing(container, "ports") for n in {"hostPort", "hostIP"} & set(port))
    refused += (f"volumes.{name}" for volume in listing(service.pod, "volumes") for name in set(volume) - VOLUME)
    if service.pod.get("automountServiceAccountToken") is True:
        refused.append("automountServiceAccountToken: true")
    for name in sorted(refused):
        yield f"{name} is not allowed in a Knative Service."


def one_container(service: Document) -> Iterator[str]:
    if len(service.containers) != 1:
        yield "exactly one container is wanted."
    for container in service.containers:
        if not container.get("image"):
            yield "the container has no image."


def reserved_variables(service: Document) -> Iterator[str]:
    for container in service.containers:
        for name in sorted(RESERVED_VARIABLES & {str(entry.get("name")) for entry in listing(container, "env")}):
            yield f"{name} is set by Knative and may not be."


def ports(service: Document) -> Iterator[str]:
    for container in service.containers:
        named = listing(container, "ports")
        if len(named) > 1:
            yield "more than one port is named."
        for port in named:
            if port.get("containerPort") in RESERVED_PORTS:
                yield f"port {port['containerPort']} belongs to Knative's own proxy."
            if port.get("name", "") not in {"", "http1", "h2c"}:
                yield f"a port is called http1 or h2c, not {port['name']}."


def probes(service: Document) -> Iterator[str]:
    """A readiness probe without a period is Knative's own fast one, which knows no thresholds and no timeout."""
    for container in service.containers:
        probe = mapping(container, "readinessProbe")
        if probe and not probe.get("periodSeconds"):
            for name in sorted({"failureThreshold", "timeoutSeconds"} & set(probe)):
                yield f"readinessProbe.{name} needs periodSeconds."


def mounts(service: Document) -> Iterator[str]:
    volumes = [str(volume.get("name")) for volume in listing(service.pod, "volumes")]
    mounted: set[str] = set()
    for container in service.containers:
        paths: set[str] = set()
        for mount in listing(container, "volumeMounts"):
            name, path = str(mount.get("name")), str(mount.get("mountPath"))
            mounted.add(name)
            if not path.startswith("/") or (path.rstrip("/") or "/") in RESERVED_PATHS:
                yield f"nothing can be mounted at {path}."
            if path in paths:
                yield f"{path} is mounted twice."
            if name not in volumes:
                yield f"there is no volume {name}."
            paths.add(path)
    for name in sorted({name for name in volumes if volumes.count(name) > 1}):
        yield f"there are two volumes {name}."
    for name in sorted(set(volumes) - mounted):
        yield f"the volume {name} is not mounted."


def timeouts(service: Document) -> Iterator[str]:
    """The webhook bounds each alone; that one does not fit in another it lets pass."""
    whole = service.pod.get("timeoutSeconds", 300)
    if not _whole_number(whole, 0, LONGEST):
        yield f"timeoutSeconds is a whole number up to {LONGEST}."
        return
    for name in ("responseStartTimeoutSeconds", "idleTimeoutSeconds"):
        if name in service.pod and not _whole_number(service.pod[name], 0, whole):
            yield f"{name} is longer than timeoutSeconds."


def concurrency(service: Document) -> Iterator[str]:
    if not _whole_number(service.pod.get("containerConcurrency", 0), 0, MOST_AT_ONCE):
        yield f"containerConcurrency is a whole number up to {MOST_AT_ONCE}."


def traffic(service: Document) -> Iterator[str]:
    if "traffic" not in mapping(service.body, "spec"):
        return
    percents = [target.get("percent") or 0 for target in listing(service.body, "spec", "traffic")]
    if not all(_whole_number(percent, 0, 100) for percent in percents) or sum(percents) != 100:
        yield "the percents of traffic do not make 100."


def visibility(service: Document) -> Iterator[str]:
    """Any other value is taken, and the Service answers from outside."""
    label = "networking.knative.dev/visibility"
    value = inside(service.body, "metadata", "labels", label)
    if value not in {None, "cluster-local"}:
        yield f"{label} is cluster-local or not there; {value!r} means public."
    if label in mapping(service.body, "spec", "template", "metadata", "labels"):
        yield f"{label} belongs on the Service, not on its template."


def queue_annotations(service: Document) -> Iterator[str]:
    """A misspelt one is taken, and does nothing."""
    annotations = mapping(service.body, "spec", "template", "metadata", "annotations")
    for name in annotations:
        if name.startswith("queue.sidecar.serving.knative.dev/") and name not in QUEUE:
            yield f"{name} is not known to Knative."


def _sources(entry: Any) -> set[str]:
    return set(mapping(entry, "valueFrom"))


def _whole_number(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


RULES = (
    allowed_fields,
    one_container,
    reserved_variables,
    ports,
    probes,
    mounts,
    timeouts,
    concurrency,
    traffic,
    visibility,
    queue_annotations,
)
