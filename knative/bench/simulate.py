"""What a larger cluster would do with crowds that this machine cannot make: simulated, from measured service times.

A discrete-event model. Each voter opens the link, takes the pass, looks the paper over and casts; each page is a burst
of processor time in a pod of `frontend`, which waits for the functions behind it, and those for the database. A pod has
one processor, a limit of requests at once and a pool of connections, as its manifest says; Knative's rule adds pods
(average concurrency over a minute, or six seconds in panic, over the target), each ready a cold start later. The
database has processors. The lengths of bursts are exponential. Not in the model: the network, the ingress, a disk that
is busy, noisy neighbours, failures. So read it for which limit comes first, not for milliseconds.
"""

import json
import random
from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml
from rich.table import Table

from knative.bench.contestants import percentile
from knative.bench.machine import wide
from knative.local.manifests import BASE
from knative.mistake import Mistake

if TYPE_CHECKING:
    import simpy

Events = Generator["simpy.Event", Any, None]

LOOK_EVERY, STABLE, PANIC = 2.0, 60.0, 6.0
"""Seconds: Knative's autoscaler looks, averages, and averages in panic."""
PATIENCE = 0.3
"""Seconds that the landing page waits for the election's name."""
WINDOW = 10.0
"""Seconds over which the load is told."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of processor time, as `uvote bench rate` and `bench cast` measure them; seconds of a cold start."""

    landing: float = 0.5
    paper: float = 1.0
    review: float = 0.8
    receipt: float = 0.6
    public: float = 0.6
    public_database: float = 0.1
    a_pass: float = 0.4
    pass_database: float = 0.1
    cast: float = 0.32
    cast_database: float = 0.05
    commit_wait: float = 2.0
    cold: float = 4.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a function's manifest says: pods at most and first, target and limit of requests at once, connections."""

    most: int
    first: int
    target: int
    limit: int
    pool: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """Functions and the processors of the database."""

    name: str
    functions: Mapping[str, Limits]
    database_cores: int


def manifests(folder: Path = BASE) -> dict[str, Limits]:
    """The limits of the functions that a vote goes through."""
    found = {}
    for name in ("frontend", "election", "voter", "ballot"):
        template = next(yaml.safe_load_all((folder / f"{name}.yaml").read_text()))["spec"]["template"]
        told = {key.rpartition("/")[2]: value for key, value in template["metadata"]["annotations"].items()}
        env = {one["name"]: one.get("value") for one in template["spec"]["containers"][0]["env"]}
        found[name] = Limits(
            most=int(told["max-scale"]),
            first=int(told.get("activation-scale", 1)),
            target=int(told["target"]),
            limit=template["spec"]["containerConcurrency"],
            pool=int(env.get("UVOTE_POOL_SIZE") or 0),
        )
    return found


def clusters() -> list[Cluster]:
    """As the manifests are, and larger."""
    base = manifests()
    return [
        Cluster(
            f"max-scale × {times}, database of {cores} processors",
            {name: replace(one, most=one.most * times) for name, one in base.items()},
            cores,
        )
        for times, cores in ((1, 4), (4, 8), (16, 16))
    ]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Voters who arrive evenly within so many seconds, and think so long (mean) before each further page."""

    name: str
    voters: int
    within: float
    think: float


class Slots:
    """Places that are taken for a while, first come first served; there may come to be more or fewer of them."""

    def __init__(self, env: "simpy.Environment", many: int = 0) -> None:
        self.env, self.many, self.taken, self.busy = env, many, 0, 0.0
        self.waiting: deque[simpy.Event] = deque()
        self._since = 0.0

    def take(self) -> "simpy.Event":
        ready = self.env.event()
        self.waiting.append(ready)
        self._serve()
        return ready

    def give(self) -> None:
        self._note()
        self.taken -= 1
        self._serve()

    def set(self, many: int) -> None:
        self._note()
        self.many = many
        self._serve()

    def busy_until_now(self) -> float:
        """Seconds that places were taken, added up."""
        self._note()
        return self.busy

    def _serve(self) -> None:
        self._note()
        while self.waiting and self.taken < self.many:
            self.taken += 1
            self.waiting.popleft().succeed()

    def _note(self) -> None:
        self.busy += self.taken * (self.env.now - self._since)
        self._since = self.env.now


@dataclass(eq=False)
class Function:
    """One function's pods, together: places for requests, processors, connections, and the autoscaler."""

    env: "simpy.Environment"
    limits: Limits
    cold: float
    inside: int = 0
    pods: int = 0
    wanted: int = 0
    most: int = 0
    places: Slots = field(init=False)
    processors: Slots = field(init=False)
    connections: Slots = field(init=False)
    seen: deque[tuple[float, int]] = field(default_factory=deque)
    panic_until: float = -1.0

    def __post_init__(self) -> None:
        self.places, self.processors, self.connections = Slots(self.env), Slots(self.env), Slots(self.env)
        self.env.process(self._scale())

    def _scale(self) -> Events:
        while True:
            self._look()
            yield self.env.timeout(LOOK_EVERY)

    def _look(self) -> None:
        now = self.env.now
        self.seen.append((now, self.inside))
        while self.seen[0][0] < now - STABLE:
            self.seen.popleft()
        recent = [inside for at, inside in self.seen if at >= now - PANIC]
        stable = ceil(sum(inside for _, inside in self.seen) / len(self.seen) / self.limits.target)
        panic = ceil(sum(recent) / len(recent) / self.limits.target)
        if panic >= 2 * max(self.pods, 1):
            self.panic_until = now + STABLE
        wanted = max(panic, self.wanted) if now < self.panic_until else stable
        if wanted and not self.pods:
            wanted = max(wanted, self.limits.first)
        self.set(min(wanted, self.limits.most))

    def set(self, wanted: int) -> None:
        """Want so many pods: more of them are ready a cold start later, fewer at once."""
        more, self.wanted = wanted - self.wanted, wanted
        if more > 0:
            self.env.process(self._start())
        else:
            self._ready(min(self.pods, wanted))

    def _start(self) -> Events:
        yield self.env.timeout(self.cold)
        self._ready(max(self.pods, self.wanted))

    def _ready(self, pods: int) -> None:
        self.pods, self.most = pods, max(self.most, pods)
        self.places.set(pods * self.limits.limit)
        self.processors.set(pods)
        self.connections.set(pods * self.limits.pool)

    def arrive(self) -> None:
        """A request came; the first one wakes the function."""
        self.inside += 1
        if not self.wanted:
            self.set(self.limits.first)


class Model:
    """One crowd on one cluster."""

    def __init__(self, crowd: Crowd, cluster: Cluster, costs: Costs, seed: int = 1) -> None:
        import simpy

        self.env = simpy.Environment()
        self.crowd, self.cluster, self.costs = crowd, cluster, costs
        self.chance = random.Random(seed)  # noqa: S311  (a model)
        self.functions = {name: Function(self.env, one, costs.cold) for name, one in cluster.functions.items()}
        self.database = Slots(self.env, cluster.database_cores)
        self.took: dict[str, list[float]] = {"landing": [], "paper": [], "review": [], "receipt": []}
        self.left = crowd.voters
        self.done = self.env.event()
        self.connections = 0
        self.load: dict[str, float] = {}

    def run(self) -> "Outcome":
        """Until the last voter has the receipt."""
        for _ in range(self.crowd.voters):
            self.env.process(self._voter(self.chance.uniform(0, self.crowd.within)))
        self.env.process(self._watch())
        self.env.run(self.done)
        return Outcome.of(self)

    def _watch(self) -> Events:
        parts = {name: (one.processors, one.limits.most) for name, one in self.functions.items()}
        parts["database"] = (self.database, self.cluster.database_cores)
        before = dict.fromkeys(parts, 0.0)
        while True:
            yield self.env.timeout(WINDOW)
            self.connections = max(self.connections, sum(one.connections.many for one in self.functions.values()))
            for name, (processors, most) in parts.items():
                busy = processors.busy_until_now()
                self.load[name] = max(self.load.get(name, 0.0), (busy - before[name]) / (WINDOW * most))
                before[name] = busy

    def _voter(self, arrives: float) -> Events:
        c = self.costs
        public = [("election", c.public, c.public_database, 0.0)]
        entering = [*public, ("voter", c.a_pass, c.pass_database, 0.0)]
        casting = [("ballot", c.cast, c.cast_database, c.commit_wait), *public]
        yield self.env.timeout(arrives)
        steps = (("landing", c.landing, public), ("paper", c.paper, entering), ("review", c.review, public))
        for name, cost, behind in (*steps, ("receipt", c.receipt, casting)):
            if name != "landing":
                yield self.env.timeout(self._burst(self.crowd.think))
            began = self.env.now
            yield from self._page(cost, behind, name == "landing")
            self.took[name].append(self.env.now - began)
        self.left -= 1
        if not self.left:
            self.done.succeed()

    def _page(self, cost: float, behind: list[tuple[str, float, float, float]], hurried: bool) -> Events:
        frontend = self.functions["frontend"]
        frontend.arrive()
        yield frontend.places.take()
        yield from self._work(frontend.processors, cost)
        asking = self.env.process(self._behind(behind))
        # The landing page does without what is slow to come.
        yield (asking | self.env.timeout(PATIENCE)) if hurried else asking
        frontend.places.give()
        frontend.inside -= 1

    def _behind(self, behind: list[tuple[str, float, float, float]]) -> Events:
        for name, own, in_database, wait in behind:
            function = self.functions[name]
            function.arrive()
            yield function.places.take()
            yield from self._work(function.processors, own)
            yield function.connections.take()
            yield from self._work(self.database, in_database)
            if wait:
                yield self.env.timeout(wait / 1000)
            function.connections.give()
            function.places.give()
            function.inside -= 1

    def _work(self, processors: Slots, milliseconds: float) -> Events:
        yield processors.take()
        yield self.env.timeout(self._burst(milliseconds / 1000))
        processors.give()

    def _burst(self, mean: float) -> float:
        return self.chance.expovariate(1 / mean) if mean else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    seconds: float
    p50: dict[str, float]
    p99: dict[str, float]
    pods: dict[str, int]
    connections: int
    """That the pods there were together might open."""
    load: dict[str, float]
    """Share of the processors there may be at most that was busy in the busiest ten seconds."""

    @classmethod
    def of(cls, model: Model) -> "Outcome":
        return cls(
            seconds=model.env.now,
            p50={name: percentile(took, 50) for name, took in model.took.items()},
            p99={name: percentile(took, 99) for name, took in model.took.items()},
            pods={name: one.most for name, one in model.functions.items()},
            connections=model.connections,
            load=model.load,
        )

    @property
    def first_limit(self) -> str:
        """What is busiest, of what it may be."""
        return max(self.load, key=lambda name: self.load[name])


def simulate(
    voters: Annotated[list[int] | None, typer.Option(help="Voters; may be repeated.")] = None,
    costs: Annotated[Path | None, typer.Option(help="JSON with other service times (see Costs).")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
) -> None:
    """Simulate crowds on larger clusters, from measured service times: which limit comes first."""
    if find_spec("simpy") is None:
        raise Mistake("The simulation needs simpy, which is not installed.")
    told = replace(Costs(), **json.loads(costs.read_text())) if costs else Costs()
    console = wide()
    table = Table(title="Simulated")
    for heading in (
        "crowd",
        "cluster",
        "last receipt s",
        "p50 s",
        "p99 s",
        "pods",
        "connections",
        "busiest ten seconds",
    ):
        table.add_column(heading)
    written = []
    for many in voters or [10_000, 100_000]:
        for crowd in (
            Crowd(f"{many:,} within ten minutes", many, 600, 20),
            Crowd(f"{many:,} within one minute", many, 60, 20),
        ):
            for cluster in clusters():
                with console.status(f"{crowd.name}, {cluster.name}"):
                    found = Model(crowd, cluster, told).run()
                slowest = max(found.p99, key=lambda name: found.p99[name])
                table.add_row(
                    crowd.name,
                    cluster.name,
                    f"{found.seconds:.0f}",
                    f"{found.p50['receipt']:.2f}",
                    f"{found.p99[slowest]:.2f} ({slowest})",
                    " ".join(f"{name} {pods}" for name, pods in found.pods.items()),
                    str(found.connections),
                    ", ".join(f"{name} {share:.0%}" for name, share in sorted(found.load.items(), key=_second)[-2:]),
                )
                written.append({"crowd": crowd.name, "cluster": cluster.name, **_plain(found)})
    console.print(table)
    console.print("Simulated from measured service times; no network, no ingress, no failures (see the module).")
    if json_file:
        json_file.write_text(json.dumps(written, indent=1))


def _second(pair: tuple[str, float]) -> float:
    return pair[1]


def _plain(found: Outcome) -> dict[str, Any]:
    return {name: getattr(found, name) for name in found.__slots__}
