"""The conversation with an OLT that says nothing, or never stops: by the clock it reads."""

import pytest
from olt_cases import OLTS

from silver_provisioning.drivers.base import (
    Endpoint,
    Redactor,
    Retryable,
    SecretText,
    Unreachable,
)
from silver_provisioning.drivers.olt import session as module
from silver_provisioning.drivers.olt.session import LONGEST, CliSession


class Clock:
    """What the session takes for time: it goes on only while the session sleeps or reads."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += max(seconds, 0.05)


class Silent:
    """netmiko's connection to a device that answers nothing; ``chatter`` is what it prints each
    second all the same."""

    def __init__(self, clock, chatter="", deaf=False):
        self.clock, self.chatter, self.deaf = clock, chatter, deaf
        self.written, self.disconnected = [], 0
        self.channel = self

    def write_channel(self, data):
        if self.deaf:
            raise TimeoutError("the other side takes nothing")  # what a socket does by its time-out
        self.written.append(data)

    def read_channel(self):
        if self.chatter:
            self.clock.now += 1
        return self.chatter

    def disconnect(self):
        self.disconnected += 1


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def session(connection, timeout=10.0):
    point = Endpoint("olt", username="u", secret=SecretText("secret"), timeout=timeout)
    result = CliSession(point, Redactor(), lambda _session: None, telnet=True)
    result._connection = connection
    return result


def test_silence_is_given_up_at_the_time_out_and_once(clock):
    connection = Silent(clock)
    talk = session(connection)
    with pytest.raises(Retryable):
        talk.run("ont activate 0 0")
    assert 10 < clock.now - 1000 < 10.2, "its own time-out, not twice, not netmiko's"
    assert connection.written == ["ont activate 0 0\n"], "asked once"
    assert (talk.connected, connection.disconnected) == (False, 1)
    with pytest.raises(Unreachable):
        talk.run("save")
    talk.close()
    assert connection.written == ["ont activate 0 0\n"], "no goodbye to who does not answer"
    assert 10 < clock.now - 1000 < 10.2, "nor does closing wait"


def test_chatter_without_a_prompt_ends_too(clock):
    talk = session(Silent(clock, "\r\n! ALARM"))
    with pytest.raises(Retryable):
        talk.run("display board 0")
    assert clock.now - 1000 == pytest.approx(10 * LONGEST, abs=2)


def test_closing_gives_up_on_who_takes_nothing(clock):
    connection = Silent(clock, deaf=True)
    talk = session(connection)
    talk.close()
    assert (talk.connected, connection.disconnected, clock.now) == (False, 1, 1000.0)


@pytest.mark.parametrize("transport", ["ssh", "telnet"])
def test_the_connection_itself_has_a_time_out(transport):
    """So a write to a device that reads nothing any more ends as well."""
    with OLTS["huawei"](transport=transport) as case, case.driver(timeout=3.0) as driver:
        connection = driver.session._connection.remote_conn
        sock = connection if transport == "ssh" else connection.get_socket()
        assert 0 < sock.gettimeout() <= 3.0


@pytest.mark.parametrize("kind", ["hang", "prompt"])
def test_nothing_is_asked_again_on_a_session_that_lost_its_place(olt, kind):
    """One connection, the command once, and not one line after it."""
    olt.device.faults.inject(kind, olt.words["add"], times=1, text="\r\nOTHER>>")
    before = olt.device.connections
    with olt.driver(timeout=0.5) as driver:
        outcomes = driver.apply(driver.plans({"a": olt.service(), "b": olt.service(1)}))
    assert isinstance(outcomes["a"].error, Retryable) and "b" not in outcomes
    lines = olt.device.commands()
    assert len([line for line in lines if olt.matches("add", line)]) == 1
    assert olt.matches("add", lines[-1]), "the last line it got"
    assert olt.device.connections - before == 1
