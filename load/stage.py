"""What the users of a Locust run share: who is next, what is over, and what was seen; and the shape of the crowd.

One node alone, master and workers, or `--processes`: the master (or the only node) has the election that was prepared
and gives each worker its share of the voters before the first user comes; workers say what they saw in their reports.
Where nothing was prepared (plain `locust -f load/polling_day.py`) it is prepared first, and judged in the end.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import LoadTestShape, events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from load.folder import PREPARED, RAN, REQUESTS, VOTERS
from load.outcomes import Outcome
from load.percentile import percentile
from load.scenarios import SCENARIOS, Plan, Scenario
from load.steps import ARRIVE, BY, Step, ended, step

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "UVOTE_LOAD_FOLDER"
"""The environment's name of the folder in which an election was prepared, and into which figures are written."""

TELL_EVERY = 2.0

Request = tuple[float, str, float, int, str]
"""Seconds since 1970 at the start, name, milliseconds, status, and what went wrong (empty: nothing)."""


class Stage:
    """A run as one node sees it."""

    def __init__(self, environment: Environment, scenario: Scenario) -> None:
        self.environment = environment
        self.scenario = scenario
        self.folder = Path(os.environ[FOLDER]) if os.environ.get(FOLDER) else None
        self.alone = self.folder is None
        self.seated = 0
        self.began = 0.0
        self.over = False
        self.requests: list[Request] = []
        self.outcomes: list[dict[str, Any]] = []
        self.steps: list[Step] = []
        self.there: list[tuple[float, int]] = []
        self._prepared: dict[str, Any] = {}
        self._plan: Plan | None = None
        self._voters: deque[tuple[int, str]] = deque()
        self._staff: deque[tuple[int, tuple[str, str]]] = deque()
        self._wake = Event()

    @property
    def plan(self) -> Plan:
        assert self._plan  # noqa: S101  (there is one before the first user)
        return self._plan

    @property
    def election(self) -> str:
        return str(self._prepared["election"])

    @property
    def email(self) -> str:
        return str(self._prepared["email"])

    @property
    def password(self) -> str:
        return str(self._prepared["password"])

    @property
    def done(self) -> bool:
        """Whether on this node no voter is there any more, and none will come."""
        return bool(self.began) and self.seated == 0 and (not self._voters or self.closing)

    @property
    def closing(self) -> bool:
        """Whether no further voter is let in."""
        held = self.plan.ramp + self.plan.hold
        return self.over or (self.scenario.seats and time.monotonic() > self.began + held)

    def next_voter(self) -> tuple[int, str] | None:
        """A voter's number and link; None when no more shall come."""
        return None if self.closing or not self._voters else self._voters.popleft()

    def next_staff(self) -> tuple[int, tuple[str, str]] | None:
        return self._staff.popleft() if self._staff else None

    def staff_comes(self, number: int) -> float:
        """Seconds until a member of the staff is to log in."""
        part = number / max(1, self.scenario.staff)
        return max(0.0, self.began + self.plan.half + part * self.plan.staff_within - time.monotonic())

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome.as_json())
        if self.done:
            self._wake.set()

    def wait(self, seconds: float) -> None:
        """A pause that ends with the last voter."""
        self._wake.wait(seconds)

    def give(self, share: dict[str, Any]) -> None:
        """Begin with these voters and this election."""
        self._prepared = share
        self._plan = Plan(**share["plan"])
        self._voters = deque((int(number), str(link)) for number, link in share["voters"])
        self._staff = deque((int(number), (str(one[0]), str(one[1]))) for number, one in share["staff"])
        self.began = time.monotonic()

    def note(self, **said: Any) -> None:
        """One request, as Locust tells it."""
        wrong = said["exception"]
        status = int(getattr(said["response"], "status_code", 0) or 0)
        row = (
            said["start_time"],
            said["name"],
            round(said["response_time"], 2),
            status,
            str(wrong)[:200] if wrong else "",
        )
        self.requests.append(row)

    def wanted(self) -> tuple[int, float] | None:
        """For Locust's shape: how many users, and how many more of them a second; None ends the run."""
        if not self._ready():
            return None
        plan, others = self.plan, self.scenario.organisers + self.scenario.observers + self.scenario.staff
        running = time.monotonic() - self.began if self.began else 0.0
        if running > plan.longest or (running > 3 and self.environment.runner.user_count == 0):
            return None
        if self.scenario.name == "breakpoint":
            return others + self._step(running), BY / ARRIVE
        # Whoever is to have a moment waits for it in the seat: all are let in at once.
        rate = (plan.users + others) / plan.ramp if plan.ramp else max(50.0, plan.voters / 4)
        return others + (plan.users if self.scenario.seats else plan.voters), rate

    def _step(self, running: float) -> int:
        """So many voters now; a step that did not hold is the last one."""
        while len(self.steps) < ended(running, self.plan) and not self.over:
            self.steps.append(step(len(self.steps), self.plan.users, time.time() - running, self.requests))
            self.over = not self.steps[-1].holds
            if self.over and isinstance(self.environment.runner, MasterRunner):
                self.environment.runner.send_message("over", {})
        return min(self.plan.users, (1 + len(self.steps) - self.over) * BY)

    def start(self) -> None:
        """Give every node its voters."""
        if isinstance(self.environment.runner, WorkerRunner):
            return
        voters, staff = list(enumerate(self._prepared["links"])), list(enumerate(self._prepared["staff"]))
        common = {key: self._prepared[key] for key in ("election", "email", "password", "plan")}
        if isinstance(self.environment.runner, MasterRunner):
            workers = [node.id for node in self.environment.runner.clients.all]
            for place, worker in enumerate(workers):
                share = {"voters": voters[place :: len(workers)], "staff": staff[place :: len(workers)]}
                self.environment.runner.send_message("share", common | share, worker)
            self.began = time.monotonic()
        else:
            self.give(common | {"voters": voters, "staff": staff})
        gevent.spawn(self._tell)

    def report(self, data: dict[str, Any]) -> None:
        """On a worker: what was seen since the last time."""
        data["uvote"] = {"requests": self.requests, "outcomes": self.outcomes}
        self.requests, self.outcomes = [], []

    def take(self, data: dict[str, Any]) -> None:
        """On the master: what a worker saw."""
        said = data.get("uvote", {})
        self.requests += [tuple(row) for row in said.get("requests", ())]
        self.outcomes += said.get("outcomes", ())

    def write(self) -> None:
        """Put what was seen into the folder."""
        if self.folder is None or not self.began:
            return
        _lines(self.folder / REQUESTS, sorted(self.requests))
        _lines(self.folder / VOTERS, sorted(self.outcomes, key=lambda one: int(one["number"])))
        (self.folder / RAN).write_text(json.dumps({"steps": [asdict(one) for one in self.steps], "there": self.there}))

    def judge(self) -> int:
        """Where Locust was started by hand: reconcile, write the report; the exit code."""
        words = [sys.executable, "-m", "load.verdict", str(self.folder)]
        return subprocess.run(words, cwd=ROOT, check=False).returncode

    def _ready(self) -> bool:
        """Have an election, prepared before or now; where that fails, Locust ends with the exit code of the trouble."""
        if self._plan is not None:
            return True
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix=f"uvote-{self.scenario.name}-"))
            options = self.environment.parsed_options
            words = [sys.executable, "-m", "load.prepare", self.scenario.name, str(self.environment.host or "")]
            words += ["--into", str(self.folder), "--users", str(options.voters)]
            words += ["--seconds", str(options.hold), "--think", str(options.think)]
            words += ["--i-own-this-host"] if options.i_own_this_host else []
            done = subprocess.run(words, cwd=ROOT, check=False)
            if done.returncode:
                self.environment.process_exit_code = done.returncode
                return False
        self._prepared = json.loads((self.folder / PREPARED).read_text())
        self._plan = Plan(**self._prepared["plan"])
        return True

    def _tell(self) -> None:
        """A line now and then, for whoever waits."""
        while True:
            gevent.sleep(TELL_EVERY)
            done = sum(1 for one in self.outcomes if one["end"] == "receipt")
            failed = sum(1 for row in self.requests if row[4])
            recent = [row[2] for row in self.requests[-500:]]
            there = self.environment.runner.user_count
            self.there.append((round(time.time(), 1), there))
            p95 = percentile(recent, 95) if recent else 0.0
            sys.stdout.write(
                f"{there} there · {len(self.outcomes)} voters done, {done} with a receipt · "
                f"{len(self.requests)} requests, {failed} failed · p95 of the last {p95:.0f} ms\n"
            )
            sys.stdout.flush()


class Shape(LoadTestShape):
    """As many as the scenario wants."""

    abstract = False
    use_common_options = True

    def tick(self) -> tuple[int, float] | None:
        stage: Stage = self.runner.environment.stage
        return stage.wanted()


def attach(name: str) -> None:
    """Make a locustfile one of this scenario, with as many as it wants of the people it names."""
    scenario = SCENARIOS[name]

    @events.init_command_line_parser.add_listener
    def words(parser: Any) -> None:
        group = parser.add_argument_group("UVote", "Where nothing was prepared.")
        group.add_argument("--voters", type=int, default=0, help="At once; the scenario's own unless given.")
        group.add_argument("--hold", type=float, default=0.0, help="Seconds for which the seats are filled.")
        group.add_argument("--think", type=float, default=scenario.think, help="Times the usual time to think.")
        group.add_argument(
            "--i-own-this-host", action="store_true", help="Another machine than this one may be loaded."
        )

    @events.init.add_listener
    def begin(environment: Environment, **_: Any) -> None:
        stage = Stage(environment, scenario)
        environment.stage = stage
        for people in environment.user_classes:
            people.fixed_count = getattr(scenario, people.many) if people.many else 0
        environment.stop_timeout = 5.0
        environment.events.test_start.add_listener(lambda **_: stage.start())
        environment.events.request.add_listener(stage.note)
        runner = environment.runner
        if isinstance(runner, WorkerRunner):
            runner.register_message("share", lambda msg, **_: stage.give(msg.data))
            runner.register_message("over", lambda **_: setattr(stage, "over", True))
            environment.events.report_to_master.add_listener(lambda data, **_: stage.report(data))
            environment.process_exit_code = 0
            return
        environment.events.worker_report.add_listener(lambda data, **_: stage.take(data))
        environment.events.quitting.add_listener(lambda **_: _finish(stage))


def _finish(stage: Stage) -> None:
    stage.environment.runner.quit()  # the last words of the workers, where this has not been done
    stage.write()
    if stage.environment.process_exit_code is None:
        stage.environment.process_exit_code = stage.judge() if stage.alone and stage.began else 0


def _lines(path: Path, rows: Sequence[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
