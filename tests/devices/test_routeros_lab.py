"""The lab's router speaks the API as documented."""

import io
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routeros_api.base_api import decode_length
from routeros_api.base_api import encode_length as library_length

from lab.devices.routeros import Router, Store, Trap
from lab.devices.routeros.query import matches
from lab.devices.routeros.wire import encode_length, encode_sentence, read_sentence


@settings(deadline=None)
@given(st.integers(0, 0x20000000))
def test_lengths_are_those_of_the_client_library(n):
    assert encode_length(n) == library_length(n)
    assert decode_length(io.BytesIO(encode_length(n)).read) == n


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=6))
def test_sentences_survive_the_wire(words):
    assert read_sentence(io.BytesIO(b"\0" + encode_sentence(words))) == words


ROW = {"name": "ether1", "type": "ether", "mtu": "1500", "disabled": "false"}


@pytest.mark.parametrize(
    "query, expected",
    [
        (["?name"], True),
        (["?-name"], False),
        (["?-comment"], True),
        (["?name=ether1"], True),
        (["?=name=ether1"], True),
        (["?disabled=no"], True),
        (["?>mtu=1400"], True),
        (["?<mtu=1500"], False),
        (["?type=vlan", "?type=ether", "?#|"], True),
        (["?type=ether", "?#!"], False),
        (["?type=ether", "?name=x", "?#|!"], False),
        (["?type=ether", "?name=x"], False),
        ([], True),
    ],
)
def test_queries(query, expected):
    assert matches(ROW, query) is expected


def talk(router, *sentences):
    with socket.create_connection(("127.0.0.1", router.port), 5) as sock:
        stream = sock.makefile("rb")
        for words in sentences:
            sock.sendall(encode_sentence(words))
            while True:
                answer = read_sentence(stream)
                yield answer
                if answer[0] in ("!done", "!fatal"):
                    break


LOGIN = ["/login", "=name=silver", "=password=lab-router"]


@pytest.mark.parametrize("empty", [True, False])
def test_nothing_found(empty):
    with Router(empty=empty) as router:
        answers = list(talk(router, LOGIN, ["/ppp/secret/print", "?name=x", ".tag=7"]))
    middle = [["!empty", ".tag=7"]] if empty else []
    assert answers == [["!done"], *middle, ["!done", ".tag=7"]]


def test_traps_end_with_done(router):
    answers = list(talk(router, LOGIN, ["/ppp/foo/print"], ["/ppp/secret/remove", "=.id=*FF"]))
    assert answers[1:] == [
        ["!trap", "=category=0", "=message=no such command prefix"],
        ["!done"],
        ["!trap", "=category=0", "=message=no such item"],
        ["!done"],
    ]


def test_nothing_before_login(router):
    assert list(talk(router, ["/ppp/secret/print"])) == [["!fatal", "not logged in"]]


def test_disabling_a_secret_does_not_end_the_session():
    store = Store()
    store.add("/ppp/secret", {"name": "ana", "profile": "suspended"})
    store.dial("ana")
    store.set("/ppp/secret", "ana", {"disabled": "yes"})
    assert store.select("/ppp/active") and store.select("/queue/simple", ["?name=<pppoe-ana>"])
    store.remove("/ppp/active", store.select("/ppp/active")[0][".id"])
    assert not store.select("/queue/simple") and store.dial("ana") is None


@pytest.mark.parametrize(
    "menu, values, message",
    [
        ("/ppp/secret", {}, "missing value"),
        ("/ppp/secret", {"name": "x", "profile": "nope"}, "does not match any value of profile"),
        ("/ppp/secret", {"name": "x", "colour": "red"}, "unknown parameter"),
        ("/ppp/active", {"name": "x"}, "no such command"),
        ("/queue/simple", {"name": "x", "target": "1.1.1.1", "max-limit": "fast"}, "max-limit"),
    ],
)
def test_the_routers_own_errors(menu, values, message):
    with pytest.raises(Trap, match=message):
        Store().add(menu, values)


def test_a_reboot_keeps_what_was_configured():
    store = Store()
    store.add("/ppp/secret", {"name": "ana"})
    store.dial("ana")
    store.reboot()
    assert store.select("/ppp/secret") and not store.select("/ppp/active")
