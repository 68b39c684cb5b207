"""Who uses UVote, as Locust users: voters, organisers at their desk, observers. They read pages as browsers do.

Every voter comes with a browser of their own: new connections, no cookies, the stylesheet still to load. They follow
the forms that the pages offer; nothing is known of the addresses but the voting link. A request that got no answer is
sent again until there is a definite one, as people do whose page says “press again”, for `PATIENCE` seconds.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

import gevent
from locust import FastHttpUser, constant, task
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS, FastHttpSession
from locust.exception import StopUser

from load import forms, thinking
from load.forms import Form
from load.outcomes import Outcome
from load.stage import Stage

PATIENCE = 90.0
"""Seconds for which a voter sends a request again that was not answered."""
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before it is sent again; the last one repeats."""
LOOKING = 10.0
"""Seconds between two looks of an organiser or an observer."""


class Stuck(Exception):
    """A page did not offer what a voter needed; the message says which page, and what it said."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `status` is 0 where none came."""

    status: int
    text: str

    @property
    def lost(self) -> bool:
        return self.status == 0 or self.status >= 500

    def form(self, ending: str) -> Form:
        """The form that leads there; raises Stuck."""
        found = forms.form_to(self.text, ending)
        if found is None:
            raise Stuck(f"{self.status} “{forms.heading(self.text)}” has no form to …{ending}")
        return found


class Browser:
    """One person's browser: its own connections and cookies. Names are those of the figures."""

    def __init__(self, user: FastHttpUser) -> None:
        self.host = str(user.host).rstrip("/")
        self.session = FastHttpSession(
            base_url=self.host,
            request_event=user.environment.events.request,
            user=user,
            insecure=user.insecure,
            network_timeout=30.0,
            connection_timeout=15.0,
            max_redirects=5,
            max_retries=0,
            concurrency=6,
        )

    def close(self) -> None:
        self.session.client.close()

    def get(self, path: str, name: str, fine: Collection[int] = (200,)) -> Page:
        return self._ask("GET", path, name, fine, None)

    def send(self, form: Form, said: Mapping[str, str], name: str, fine: Collection[int] = (200,)) -> Page:
        """Send a form as a page's button does."""
        return self._ask("POST", form.action, name, fine, urlencode(said))

    def _ask(self, method: str, path: str, name: str, fine: Collection[int], body: str | None) -> Page:
        headers = {"Origin": self.host, "Accept": "text/html"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with self.session.request(method, path, name=name, data=body, headers=headers, catch_response=True) as response:
            try:
                text = (response.content or b"").decode("utf-8", "replace")
            except FAILURE_EXCEPTIONS:
                text = ""
            # No page of UVote's is empty: of an answer that broke off after its head nothing is known.
            status = int(response.status_code) if text else 0
            if status in fine:
                response.success()
            elif status:
                response.failure(f"{status} {forms.heading(text)}".strip())
            return Page(status, text)


class Person(FastHttpUser):
    """Somebody on the stage. A locustfile that names a kind of people has them come."""

    abstract = True
    wait_time = constant(1)
    """Before beginning anew where something went wrong; all else ends with a StopUser."""
    many = ""
    """The scenario's word for how many of them there are; empty: as many as the shape lets in."""

    @property
    def stage(self) -> Stage:
        found: Stage = self.environment.stage
        return found


class Voter(Person):
    """A seat: one voter after the other, until no more shall come."""

    @task
    def sit(self) -> None:
        ticket = self.stage.next_voter()
        if ticket is None:
            raise StopUser
        number, link = ticket
        plan = self.stage.plan
        chance = Random(f"{plan.seed} {number}")  # noqa: S311  (pauses and marks, not secrets)
        late = number >= plan.voters - plan.late
        manner = "late" if late else chance.choices(*zip(*self.stage.scenario.manners.items(), strict=True))[0]
        voter = _Voter(self, chance, Outcome(number, manner))
        self.stage.seated += 1
        try:
            voter.vote(link)
        except Stuck as stuck:
            voter.outcome.end = f"stuck: {stuck}"
        finally:
            # Also where Locust ends the run in the middle: whoever has cast and knows nothing is undecided.
            voter.end()
            self.stage.seated -= 1
            self.stage.ended(voter.outcome)


class _Voter:
    def __init__(self, user: Voter, chance: Random, outcome: Outcome) -> None:
        self.user, self.stage, self.chance, self.outcome = user, user.stage, chance, outcome
        self.browsers: list[Browser] = []
        self.began = time.monotonic()

    def vote(self, link: str) -> None:
        """The whole way, as this voter goes it."""
        plan, number = self.stage.plan, self.outcome.number
        self._wait_for(plan.arrives(number))
        if self.outcome.manner == "late":
            self._come_too_late(link)
            return
        browser = self._browser()
        if self.outcome.manner == "looks":
            self._open(browser, link)
            self._think("landing")
        review = self._fill_in(browser, link)
        if self.outcome.manner == "changes":
            change = review.form("/paper")
            paper = self._patiently(browser, change, change.fixed, "paper again")
            review = self._review(browser, paper)
        second = None
        if self.outcome.manner == "double":
            second = self._browser()
            second_review = self._fill_in(second, link)
        self._wait_for(plan.casts(number))
        if second is None:
            self._cast(browser, review.form("/cast"))
        else:
            # Twice the same form, and a third one with another nonce: whichever comes first is the paper.
            sent = [(browser, review), (browser, review), (second, second_review)]
            gevent.joinall([gevent.spawn(self._cast, one, page.form("/cast")) for one, page in sent], raise_error=True)
        if self.outcome.receipts:
            self._check(browser)

    def end(self) -> None:
        self.outcome.took = round(time.monotonic() - self.began, 3)
        self.outcome.settle()
        for browser in self.browsers:
            browser.close()

    def _browser(self) -> Browser:
        self.browsers.append(Browser(self.user))
        return self.browsers[-1]

    def _open(self, browser: Browser, link: str) -> Page:
        """The landing page, and what a browser loads with it the first time."""
        page = self._patiently(browser, link, {}, "landing")
        if browser is self.browsers[0] and not self.outcome.loaded:
            self.outcome.loaded = True
            for asset in forms.loaded(page.text):
                browser.get(asset, "static")
        return page

    def _fill_in(self, browser: Browser, link: str) -> Page:
        """From the link to the page that shows the paper once more."""
        landing = self._open(browser, link)
        self._think("landing")
        enter = landing.form(link)
        return self._review(browser, self._patiently(browser, enter, enter.fixed, "paper", (200,)))

    def _review(self, browser: Browser, paper: Page) -> Page:
        self._think("paper")
        form = paper.form("/review")
        review = self._patiently(browser, form, forms.marked(form, self.chance), "review")
        self._think("review")
        return review

    def _patiently(
        self, browser: Browser, where: str | Form, said: Mapping[str, str], name: str, fine: Collection[int] = (200,)
    ) -> Page:
        """Ask, and ask again while there is no answer; the last one counts."""
        until = time.monotonic() + PATIENCE
        for again in range(1000):
            called = f"{name} (again)" if again else name
            page = (
                browser.get(where, called, fine) if isinstance(where, str) else browser.send(where, said, called, fine)
            )
            if not page.lost or time.monotonic() > until:
                break
            self.outcome.tries += 1
            gevent.sleep(PAUSES[min(again, len(PAUSES) - 1)])
        return page

    def _cast(self, browser: Browser, form: Form) -> None:
        """Press the button; note what the box said."""
        self.outcome.sent += 1
        page = self._patiently(browser, form, form.fixed, "cast", (201, 409))
        self.outcome.answered(page.status, forms.heading(page.text), forms.receipt(page.text))

    def _check(self, browser: Browser) -> None:
        """Look the receipt up, as the last page offers."""
        self._think("receipt")
        page = self._patiently(browser, f"/e/{self.stage.election}/receipt", {}, "receipt form")
        form = page.form("/receipt")
        said = {**form.fixed, "receipt": self.outcome.receipts[0]}
        self.outcome.checked = forms.in_box(self._patiently(browser, form, said, "receipt").text)

    def _come_too_late(self, link: str) -> None:
        """After the closing: the link's page offers no paper; where it still does, the box refuses it."""
        browser = self._browser()
        landing = self._open(browser, link)
        self.outcome.end = "too late"
        if forms.form_to(landing.text, link) is not None:
            enter = landing.form(link)
            page = self._patiently(browser, enter, enter.fixed, "paper", (200, 409))
            if page.status == 200:
                self._cast(browser, self._review(browser, page).form("/cast"))

    def _think(self, page: str) -> None:
        seconds = thinking.pause(page, self.chance, self.stage.plan.think)
        self.outcome.planned += seconds
        self._sleep(seconds)

    def _wait_for(self, moment: float) -> None:
        """Until this voter's moment, if there is one; how much later it is then is noted."""
        if moment:
            seconds = moment - time.time()
            if seconds > 0:
                self.outcome.planned += seconds
                gevent.sleep(seconds)
            self.outcome.moment_late = round(max(self.outcome.moment_late, time.time() - moment), 3)

    def _sleep(self, seconds: float) -> None:
        began = time.monotonic()
        gevent.sleep(seconds)
        self.outcome.late = round(max(self.outcome.late, time.monotonic() - began - seconds), 3)


class Organiser(Person):
    """At the desk, watching the turnout."""

    many = "organisers"

    @task
    def watch(self) -> None:
        # Not before the voters: at an opening bell everything shall still be asleep.
        self.stage.wait(max(0.0, self.stage.plan.arrive_from - time.time()))
        browser = Browser(self)
        try:
            log_in(browser, self.stage.email, self.stage.password)
            while not self.stage.done:
                browser.get(f"/desk/e/{self.stage.election}", "desk: turnout")
                self.stage.wait(LOOKING)
            out = browser.get("/desk", "desk: elections").form("/desk/log-out")
            browser.send(out, out.fixed, "desk: log out")
        finally:
            browser.close()
        raise StopUser


class Observer(Person):
    """Reading what everybody may read: the election, its result, a receipt of nobody."""

    many = "observers"

    @task
    def read(self) -> None:
        browser = Browser(self)
        election = f"/e/{self.stage.election}"
        try:
            while not self.stage.done:
                browser.get(election, "election")
                browser.get(f"{election}/result", "result")
                self.stage.wait(LOOKING)
        finally:
            browser.close()
        raise StopUser


class Staff(Person):
    """One of many organisers who log in during the same minutes, look at their elections, and stay."""

    many = "staff"

    @task
    def come(self) -> None:
        given = self.stage.next_staff()
        if given is not None:
            number, (email, password) = given
            self.stage.wait(self.stage.staff_comes(number))
            browser = Browser(self)
            try:
                log_in(browser, email, password)
            finally:
                browser.close()
        raise StopUser


def log_in(browser: Browser, email: str, password: str) -> Page:
    """Through the form of the desk; the cookies are the browser's."""
    form = browser.get("/desk/log-in", "desk: log-in form").form("/desk/log-in")
    return browser.send(form, {"email": email, "password": password}, "desk: log in")
