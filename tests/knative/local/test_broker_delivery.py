"""What a Broker does with each answer, how often it tries, and where an event ends: for any Broker (see `stage.py`)."""

import base64
import os

import pytest

from tests.knative.local.stage import Answer, Stage, event

FAILED = Answer(503)


@pytest.mark.parametrize("status", [404, 408, 409, 429, 500, 501, 502, 503, 504, 599])
def test_answers_that_may_be_other_next_time_are_tried_again(stage: Stage, status: int) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, Answer(status))
    assert stage.send(sent) == 202
    stage.subscribers.wait("/left", sent, 2)
    assert stage.subscribers.at("/dead", sent) == []


def test_no_answer_is_tried_again(stage: Stage) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, Answer(0))
    assert stage.send(sent) == 202
    stage.subscribers.wait("/left", sent, 2)
    assert stage.subscribers.at("/dead", sent) == []


def test_an_answer_that_comes_too_late_is_no_answer(stage: Stage) -> None:
    sent = event("slow")
    stage.subscribers.tell("/slow", sent, Answer(204, wait=10), Answer(204, wait=10))
    assert stage.send(sent) == 202
    (dead,) = stage.subscribers.wait("/dead", sent)
    assert len(stage.subscribers.at("/slow", sent)) == 2
    assert "knativeerrorcode" not in dead.event.extensions


def test_an_answer_that_has_no_body_tells_a_dead_letter_nothing(stage: Stage) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, Answer(304))
    assert stage.send(sent) == 202
    (dead,) = stage.subscribers.wait("/dead", sent)
    assert "knativeerrorcode" not in dead.event.extensions


@pytest.mark.parametrize("status", [300, 400, 401, 403, 405, 410, 412, 413, 415, 418, 422, 451])
def test_answers_that_will_stay_the_same_go_straight_to_the_dead_letters(stage: Stage, status: int) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, Answer(status))
    assert stage.send(sent) == 202
    (dead,) = stage.subscribers.wait("/dead", sent)
    assert dead.event.extensions["knativeerrorcode"] == str(status)
    assert len(stage.subscribers.at("/left", sent)) == 1
    # The other subscribers are none the worse.
    assert len(stage.subscribers.wait("/right", sent)) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_without_a_body_ends_it(stage: Stage, status: int) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, Answer(status))
    assert stage.send(sent) == 202
    stage.subscribers.wait("/left", sent)
    stage.subscribers.wait("/right", sent)
    assert len(stage.subscribers.at("/left", sent)) == 1
    assert stage.subscribers.at("/dead", sent) == []


@pytest.mark.parametrize(
    "malformed",
    [
        Answer(200, b"ok", {"content-type": "text/plain"}),
        Answer(200, b"{}", {"content-type": "application/json"}),
        Answer(202, b"null", {"content-type": "application/json"}),
        Answer(201, b" "),
        Answer(200, b"{", {"content-type": "application/cloudevents+json"}),
    ],
    ids=["text", "json", "a framework's null", "a space", "half an event"],
)
def test_a_success_whose_body_is_no_event_is_a_failure(stage: Stage, malformed: Answer) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, malformed)
    assert stage.send(sent) == 202
    stage.subscribers.wait("/left", sent, 2)
    again = event("pair")
    stage.subscribers.tell("/left", again, *[malformed] * 4)
    assert stage.send(again) == 202
    stage.subscribers.wait("/dead", again)


def test_a_reply_that_is_no_whole_event_is_not_asked_for_again(stage: Stage) -> None:
    sent = event("pair")
    without_id = {"ce-specversion": "1.0", "ce-type": "org.example.answer"}
    stage.subscribers.tell("/left", sent, Answer(200, b"", without_id))
    assert stage.send(sent) == 202
    stage.subscribers.wait("/dead", sent)
    assert len(stage.subscribers.at("/left", sent)) == 1


def test_three_retries_deliver_what_fails_three_times(stage: Stage) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, *[FAILED] * 3)
    assert stage.send(sent) == 202
    stage.subscribers.wait("/left", sent, 4)
    assert stage.subscribers.at("/dead", sent) == []


def test_three_retries_give_up_what_fails_four_times(stage: Stage) -> None:
    sent = event("pair", subject="spring", extensions={"myext": "x"})
    stage.subscribers.tell("/left", sent, *[FAILED] * 4)
    assert stage.send(sent) == 202
    (dead,) = stage.subscribers.wait("/dead", sent)
    assert len(stage.subscribers.at("/left", sent)) == 4
    assert dead.event.attributes().items() >= sent.attributes().items()
    assert dead.event.data == sent.data


def test_a_dead_letter_says_where_it_was_to_go_and_what_was_answered(stage: Stage) -> None:
    sent = event("once")
    stage.subscribers.tell("/once", sent, Answer(418, b"a teapot, for now"))
    stage.send(sent)
    (dead,) = stage.subscribers.wait("/dead", sent)
    said = dead.event.extensions
    assert said["knativeerrordest"] == f"{stage.subscribers.url}/once"
    assert said["knativeerrorcode"] == "418"
    assert base64.b64decode(said["knativeerrordata"]) == b"a teapot, for now"


@pytest.mark.skipif("UVOTE_TEST_BROKER_URL" in os.environ, reason="Knative 1.15 stumbles over it and loses the event")
def test_a_dead_letter_says_no_more_than_a_kilobyte_of_the_answer(stage: Stage) -> None:
    sent = event("once")
    stage.subscribers.tell("/once", sent, Answer(400, b"x" * 5000))
    stage.send(sent)
    (dead,) = stage.subscribers.wait("/dead", sent)
    assert dead.event.extensions["knativeerrordata"] == base64.b64encode(b"x" * 5000)[:1024].decode()


def test_a_triggers_delivery_replaces_the_brokers_whole_one(stage: Stage) -> None:
    # The Broker would try four times and keep it at `/dead`.
    sent = event("own")
    stage.subscribers.tell("/own", sent, *[FAILED] * 4)
    assert stage.send(sent) == 202
    stage.subscribers.wait("/own-dead", sent)
    assert len(stage.subscribers.at("/own", sent)) == 2
    assert stage.subscribers.at("/dead", sent) == []


def test_a_triggers_delivery_without_retries_tries_once(stage: Stage) -> None:
    sent = event("once")
    stage.subscribers.tell("/once", sent, *[FAILED] * 4)
    assert stage.send(sent) == 202
    stage.subscribers.wait("/dead", sent)
    assert len(stage.subscribers.at("/once", sent)) == 1


def test_a_triggers_delivery_without_a_sink_has_its_brokers(stage: Stage) -> None:
    sent = event("lone")
    stage.subscribers.tell("/lone", sent, *[FAILED] * 2)
    assert stage.send(sent) == 202
    stage.subscribers.wait("/dead", sent)
    assert len(stage.subscribers.at("/lone", sent)) == 2


def test_without_a_dead_letter_sink_an_event_is_dropped(stage: Stage) -> None:
    # A Broker that answers after every subscriber says 500 then.
    sent = event("unkept")
    stage.subscribers.tell("/unkept", sent, *[FAILED] * 2)
    assert stage.send(sent, "bare") in {202, 500}
    stage.subscribers.wait("/unkept", sent, 2)
    for where in ("/dead", "/own-dead"):
        assert stage.subscribers.at(where, sent) == []


def test_a_dead_letter_sink_is_tried_as_often_as_a_subscriber(stage: Stage) -> None:
    sent = event("pair")
    stage.subscribers.tell("/left", sent, Answer(400))
    stage.subscribers.tell("/dead", sent, *[FAILED] * 3)
    assert stage.send(sent) == 202
    stage.subscribers.wait("/dead", sent, 4)


def test_pauses_grow_by_the_delay_and_the_first_is_none(stage: Stage) -> None:
    # Retries after 0, 0.1 and 0.2 s; how much longer a busy machine takes says nothing.
    sent = event("pair")
    stage.subscribers.tell("/left", sent, *[FAILED] * 3)
    stage.send(sent)
    times = [arrival.at for arrival in stage.subscribers.wait("/left", sent, 4)]
    assert times[2] - times[1] >= 0.1
    assert times[3] - times[2] >= 0.2
