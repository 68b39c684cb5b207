"""A set of manifests that every rule accepts, and for each rule changes that break it and no other.

The same cases can be given to a real webhook: `refused` says what Knative does with each at its default settings.
"""

from dataclasses import dataclass

GOOD = """
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: ballot
  namespace: uvote
  labels:
    networking.knative.dev/visibility: cluster-local
  annotations:
    serving.knative.dev/rollout-duration: 60s
spec:
  template:
    metadata:
      annotations:
        autoscaling.knative.dev/class: kpa.autoscaling.knative.dev
        autoscaling.knative.dev/metric: concurrency
        autoscaling.knative.dev/target: "35.5"
        autoscaling.knative.dev/target-utilization-percentage: "70"
        autoscaling.knative.dev/target-burst-capacity: "-1"
        autoscaling.knative.dev/min-scale: "0"
        autoscaling.knative.dev/max-scale: "8"
        autoscaling.knative.dev/initial-scale: "1"
        autoscaling.knative.dev/activation-scale: "2"
        autoscaling.knative.dev/window: 1m30s
        autoscaling.knative.dev/panic-window-percentage: "10.0"
        autoscaling.knative.dev/panic-threshold-percentage: "200.0"
        autoscaling.knative.dev/scale-down-delay: 30s
        autoscaling.knative.dev/scale-to-zero-pod-retention-period: 1m
        autoscaling.knative.dev/metric-aggregation-algorithm: linear
        queue.sidecar.serving.knative.dev/cpu-resource-request: 25m
        queue.sidecar.serving.knative.dev/ephemeral-storage-resource-limit: 1Gi
    spec:
      containerConcurrency: 50
      timeoutSeconds: 60
      responseStartTimeoutSeconds: 30
      idleTimeoutSeconds: 15
      automountServiceAccountToken: false
      enableServiceLinks: false
      containers:
        - image: dev.local/uvote:1
          ports:
            - {name: http1, containerPort: 5001}
          env:
            - {name: UVOTE_FUNCTION, value: ballot}
            - {name: UVOTE_DATABASE_URL, valueFrom: {secretKeyRef: {name: uvote-database-ballot, key: url}}}
            - {name: UVOTE_POOL_SIZE, value: "3"}
            - {name: UVOTE_PUBLIC_URL, valueFrom: {configMapKeyRef: {name: uvote, key: public-url}}}
            - {name: UVOTE_JWKS, value: /etc/uvote/jwks/jwks.json}
          readinessProbe:
            httpGet: {path: /health}
          livenessProbe:
            httpGet: {path: /health}
          startupProbe:
            httpGet: {path: /health}
            periodSeconds: 1
            failureThreshold: 30
          resources:
            requests: {cpu: 100m, memory: 128Mi}
          securityContext:
            runAsNonRoot: true
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
            seccompProfile: {type: RuntimeDefault}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: jwks, mountPath: /etc/uvote/jwks, readOnly: true}
      volumes:
        - {name: tmp, emptyDir: {}}
        - {name: jwks, secret: {secretName: uvote-jwks}}
  traffic:
    - {latestRevision: true, percent: 90}
    - {revisionName: ballot-00001, percent: 10}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: election, namespace: uvote}
spec:
  template:
    spec:
      containers:
        - image: dev.local/uvote:1
          readinessProbe: {httpGet: {path: /health}, periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 2}
---
apiVersion: eventing.knative.dev/v1
kind: Broker
metadata: {name: uvote, namespace: uvote}
spec:
  delivery:
    retry: 5
    backoffPolicy: exponential
    backoffDelay: PT0.5S
    timeout: PT30S
    deadLetterSink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: election}, uri: /dead-letters}
---
apiVersion: eventing.knative.dev/v1
kind: Trigger
metadata: {name: ballot-election, namespace: uvote}
spec:
  broker: uvote
  filters:
    - exact: {type: org.uvote.election.changed.v1}
  subscriber: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: ballot}, uri: /events}
---
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: {name: ping, namespace: uvote}
spec: {schedule: "0 */5 * * * *", sink: {ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: ballot}}}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate-1
  namespace: uvote
spec:
  template:
    spec:
      restartPolicy: OnFailure
      containers:
        - name: migrate
          image: dev.local/uvote:1
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: clock, namespace: uvote}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          nodeSelector: {disk: fast}
          containers:
            - name: clock
              image: registry.example.org/team/uvote:1
              env:
                - name: UVOTE_CLOCK_DATABASE_URL
                  valueFrom: {secretKeyRef: {name: uvote-database-clock, key: url}}
"""


@dataclass(frozen=True)
class Case:
    """A change of `GOOD` that breaks one rule."""

    rule: str
    old: str
    new: str
    refused: bool = True
    """Whether Knative refuses it too; else it takes it without a word, or it is about what a webhook does not see."""

    @property
    def manifests(self) -> str:
        assert GOOD.count(self.old) == 1, self.old
        return GOOD.replace(self.old, self.new)


SPEC = "      enableServiceLinks: false\n"
IMAGE = "        - image: dev.local/uvote:1\n          ports:\n"
SCALE = '        autoscaling.knative.dev/max-scale: "8"\n'
VARIABLE = "            - {name: UVOTE_FUNCTION, value: ballot}\n"
DELIVERY = "    backoffDelay: PT0.5S\n"
FILTER = "    - exact: {type: org.uvote.election.changed.v1}\n"
BROKER = "  broker: uvote\n"
PING = '"0 */5 * * * *"'
ELECTION = "{ref: {apiVersion: serving.knative.dev/v1, kind: Service, name: election}, uri: /dead-letters}"
TEMPLATE = "  template:\n    metadata:\n      annotations:"
VISIBILITY = "networking.knative.dev/visibility"


def _scaling(rule: str, name: str, value: str, refused: bool = True) -> Case:
    """The value of an annotation that stands in `GOOD`, changed."""
    start = GOOD.index(f"autoscaling.knative.dev/{name}: ")
    line = GOOD[start : GOOD.index("\n", start)]
    return Case(rule, line, f"autoscaling.knative.dev/{name}: {value}", refused)


CASES = (
    *(
        Case("allowed-fields", SPEC, f"{SPEC}      {field}\n")
        for field in (
            "terminationGracePeriodSeconds: 30",
            "initContainers: [{name: first, image: dev.local/other:1}]",
            "nodeSelector: {disk: fast}",
            "securityContext: {runAsNonRoot: true}",
            "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]",
            "tolerations: [{operator: Exists}]",
            "hostNetwork: true",
            "priorityClassName: high",
        )
    ),
    Case(
        "allowed-fields",
        IMAGE,
        IMAGE.replace("          ports", "          lifecycle: {preStop: {exec: {command: [sleep]}}}\n          ports"),
    ),
    Case("allowed-fields", IMAGE, IMAGE.replace("          ports", "          stdin: true\n          ports")),
    Case("allowed-fields", "automountServiceAccountToken: false", "automountServiceAccountToken: true"),
    Case("allowed-fields", "runAsNonRoot: true", "privileged: false", refused=False),
    Case("allowed-fields", "runAsNonRoot: true", "procMount: Default"),
    Case("allowed-fields", "{name: tmp, emptyDir: {}}", "{name: tmp, hostPath: {path: /tmp}}"),
    Case("allowed-fields", "containerPort: 5001}", "containerPort: 5001, hostPort: 5001}"),
    Case(
        "allowed-fields",
        VARIABLE,
        VARIABLE.replace("value: ballot", "valueFrom: {fieldRef: {fieldPath: metadata.name}}"),
    ),
    Case("one-container", IMAGE, f"        - {{image: dev.local/other:1}}\n{IMAGE}", refused=False),
    Case("one-container", IMAGE, IMAGE.replace("image: dev.local/uvote:1", "name: ballot")),
    *(
        Case("reserved-variables", VARIABLE, f"{VARIABLE}            - {{name: {name}, value: x}}\n")
        for name in ("PORT", "K_SERVICE", "K_CONFIGURATION", "K_REVISION")
    ),
    *(Case("ports", "containerPort: 5001", f"containerPort: {port}") for port in (8008, 8012, 8013, 8022, 9090, 9091)),
    Case("ports", "{name: http1, ", "{name: http, "),
    Case("ports", "containerPort: 5001}\n", "containerPort: 5001}\n            - {containerPort: 5002}\n"),
    Case("probes", "periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 2", "failureThreshold: 2"),
    Case("probes", "periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 2", "timeoutSeconds: 2"),
    Case("mounts", "mountPath: /tmp", "mountPath: tmp"),
    Case("mounts", "mountPath: /tmp", "mountPath: /dev/"),
    Case("mounts", "mountPath: /tmp", "mountPath: /etc/uvote/jwks"),
    Case("mounts", "        - {name: tmp, emptyDir: {}}\n", ""),
    Case("mounts", "            - {name: tmp, mountPath: /tmp}\n", ""),
    Case("mounts", "        - {name: tmp, emptyDir: {}}\n", "        - {name: tmp, emptyDir: {}}\n" * 2),
    Case("timeouts", "      timeoutSeconds: 60", "      timeoutSeconds: 601"),
    Case("timeouts", "responseStartTimeoutSeconds: 30", "responseStartTimeoutSeconds: 90", refused=False),
    Case("timeouts", "idleTimeoutSeconds: 15", "idleTimeoutSeconds: 61", refused=False),
    Case("concurrency", "containerConcurrency: 50", "containerConcurrency: 1001"),
    Case("concurrency", "containerConcurrency: 50", "containerConcurrency: -1"),
    Case("concurrency", "containerConcurrency: 50", 'containerConcurrency: "50"'),
    Case("traffic", "percent: 10", "percent: 20"),
    Case("traffic", "percent: 90", "percent: 110"),
    Case("visibility", "visibility: cluster-local", "visibility: private", refused=False),
    Case(
        "visibility",
        TEMPLATE,
        TEMPLATE.replace("metadata:\n", f"metadata:\n      labels: {{{VISIBILITY}: cluster-local}}\n"),
        refused=False,
    ),
    Case("queue-annotations", "/cpu-resource-request:", "/cpu-request:", refused=False),
    Case(
        "autoscaling-place",
        "    serving.knative.dev/rollout-duration: 60s",
        '    autoscaling.knative.dev/max-scale: "8"',
    ),
    Case("autoscaling-names", SCALE, f'{SCALE}        autoscaling.knative.dev/maxscale: "9"\n', refused=False),
    Case("autoscaling-names", SCALE, f'{SCALE}        autoscaling.knative.dev/retention: "9s"\n', refused=False),
    _scaling("autoscaling-bounds", "activation-scale", '"1"'),
    _scaling("autoscaling-bounds", "initial-scale", '"0"'),
    _scaling("autoscaling-bounds", "min-scale", '"-1"'),
    _scaling("autoscaling-bounds", "min-scale", '"none"'),
    _scaling("autoscaling-bounds", "min-scale", "0"),
    _scaling("autoscaling-bounds", "metric", "cpu"),
    _scaling("autoscaling-bounds", "class", "other.autoscaling.knative.dev"),
    _scaling("autoscaling-bounds", "metric-aggregation-algorithm", "median"),
    _scaling("autoscaling-bounds", "target", '"0.001"'),
    _scaling("autoscaling-bounds", "target-utilization-percentage", '"101"'),
    _scaling("autoscaling-bounds", "target-burst-capacity", '"-2"'),
    _scaling("autoscaling-bounds", "target-burst-capacity", '"-0.5"'),
    _scaling("autoscaling-bounds", "scale-down-delay", '"30"'),
    _scaling("autoscaling-bounds", "scale-down-delay", "61m"),
    _scaling("autoscaling-bounds", "scale-down-delay", "500ms"),
    _scaling("autoscaling-bounds", "window", "5s"),
    _scaling("autoscaling-bounds", "window", "1h1s"),
    _scaling("autoscaling-bounds", "panic-window-percentage", '"0.5"'),
    _scaling("autoscaling-bounds", "panic-threshold-percentage", '"109"'),
    _scaling("autoscaling-bounds", "scale-to-zero-pod-retention-period", "2h"),
    _scaling("autoscaling-order", "min-scale", '"9"'),
    _scaling("autoscaling-order", "min-scale", '"3"'),
    _scaling("autoscaling-order", "activation-scale", '"9"'),
    Case("filters-and-delivery", FILTER, "    - {}\n", refused=False),
    Case("filters-and-delivery", FILTER, '    - exact: {type: ""}\n', refused=False),
    Case("filters-and-delivery", FILTER, "    - exact: {}\n", refused=False),
    Case("filters-and-delivery", FILTER, "    - all: []\n", refused=False),
    Case("filters-and-delivery", FILTER, "    - cesql: LENGTH(type)\n", refused=False),
    Case("filters-and-delivery", FILTER, "    - cesql: NOT A WORD (\n"),
    Case("filters-and-delivery", FILTER, "    - exact: {Type: x}\n"),
    Case("filters-and-delivery", FILTER, "    - {exact: {type: x}, prefix: {type: x}}\n"),
    Case("filters-and-delivery", BROKER, ""),
    Case("filters-and-delivery", "  subscriber:", "  target:"),
    Case("filters-and-delivery", DELIVERY, "    backoffDelay: 200ms\n"),
    Case("filters-and-delivery", "backoffPolicy: exponential", "backoffPolicy: cubic"),
    Case("filters-and-delivery", "    retry: 5", "    retry: -1"),
    Case("filters-and-delivery", "    timeout: PT30S\n", "    timeout: PT0S\n"),
    Case("filters-and-delivery", DELIVERY, f"{DELIVERY}    retryAfterMax: PT5S\n"),
    Case("filters-and-delivery", DELIVERY, f"{DELIVERY}    format: json\n", refused=False),
    Case("filters-and-delivery", DELIVERY, "    backoffDelay: PT0.05S\n", refused=False),
    Case(
        "event-policies",
        "kind: PingSource",
        "kind: PingSource\nmetadata: {name: x, namespace: uvote}\nspec: {schedule: '* * * * *'}\n---\n"
        "apiVersion: eventing.knative.dev/v1alpha1\nkind: EventPolicy",
    ),
    Case("ping-schedules", PING, '"* * * *"'),
    Case("triggers-lead-somewhere", BROKER, "  broker: other\n", refused=False),
    Case("triggers-lead-somewhere", "name: ballot}, uri: /events", "name: ballots}, uri: /events", refused=False),
    Case("dead-letters", f"    deadLetterSink: {ELECTION}\n", "", refused=False),
    Case("dead-letters", BROKER, f"{BROKER}  delivery: {{retry: 5}}\n", refused=False),
    Case("settings", "UVOTE_JWKS, value", "UVOTE_JWK, value", refused=False),
    Case("settings", "name: UVOTE_CLOCK_DATABASE_URL", "name: UVOTE_CLOCK_DATABASE", refused=False),
    _scaling("connections", "max-scale", '"32"', refused=False),
    _scaling("connections", "max-scale", '"0"', refused=False),
    Case("connections", 'UVOTE_POOL_SIZE, value: "3"', 'UVOTE_POOL_SIZE, value: "12"', refused=False),
    Case("secrets", "name: uvote-database-ballot, key: url", "name: uvote-database-ballots, key: url", refused=False),
    Case("secrets", "name: uvote-database-ballot, key: url", "name: uvote-database-ballot, key: uri", refused=False),
    Case("secrets", "name: uvote, key: public-url", "name: uvote, key: public", refused=False),
    Case("secrets", "secretName: uvote-jwks", "secretName: uvote-keys", refused=False),
    Case("secrets", "{name: tmp, emptyDir: {}}", "{name: tmp, secret: {secretName: uvote-keys}}", refused=False),
    Case("secrets", "/etc/uvote/jwks/jwks.json", "/etc/uvote/jwks/keys.json", refused=False),
    Case("secrets", "name: uvote-database-clock", "name: uvote-database-clocks", refused=False),
    Case("migrations", "name: migrate-1\n", "name: migrate\n", refused=False),
    Case("handlers", "uri: /events}", "uri: /event}", refused=False),
    Case("handlers", "org.uvote.election.changed.v1", "org.uvote.election.changed.v2", refused=False),
    Case("handlers", "org.uvote.election.changed.v1", "org.uvote.box.changed.v1", refused=False),
    Case("handlers", FILTER, "    - prefix: {type: org.uvote}\n", refused=False),
)
