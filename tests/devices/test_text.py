"""Terminal output to text, and customer data to words of a command line."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silver_provisioning.drivers.base import Permanent
from silver_provisioning.drivers.olt import text

SAFE = re.compile(r"[A-Za-z0-9._:/+-]{1,48}")


@pytest.mark.parametrize(
    "raw, shown",
    [
        ("one\r\ntwo", "one\ntwo"),
        ("abc\b\b\bxyz", "xyz"),
        ("50%\r100%", "100%"),
        ("GPON0/1:1\x1b[5CVSOL007E31DE\x1b[2Cunknow", "GPON0/1:1     VSOL007E31DE  unknow"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        (
            "a\r\n---- More ( Press 'Q' to break ) ----\x1b[37D" + " " * 37 + "\x1b[37Db\r\n",
            "a\nb" + " " * 36 + "\n",
        ),
        ("bell\x07 and nul\x00", "bell and nul"),
        ("ESC alone \x1b stays away", "ESC alone  stays away"),
    ],
)
def test_render(raw, shown):
    assert [line.rstrip() for line in text.render(raw).split("\n")] == [
        line.rstrip() for line in shown.split("\n")
    ]


@settings(deadline=None)
@given(st.text("abcXYZ019:._/", max_size=300), st.integers(20, 120))
def test_unwrap_undoes_wrapping(line, width):
    wrapped = "\n".join(line[i : i + width] for i in range(0, len(line), width))
    assert text.unwrap(f"{wrapped}\nend", width).startswith(line)


@settings(deadline=None)
@given(st.text("abc #()-_0123456789", min_size=1, max_size=120), st.integers(5, 40))
def test_echo_is_removed_however_it_was_broken(command, width):
    command = " ".join(command.split()) or "show"
    shown = f"{command}\nanswer"
    broken = "\n".join(command[i : i + width] for i in range(0, len(command), width)) + "\nanswer"
    assert text.after_echo(shown, command).strip() == "answer"
    assert text.after_echo(broken, command).strip() == "answer"


def test_no_echo_is_no_problem():
    assert text.after_echo("  Failure: x", "display foo") == "  Failure: x"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_label_is_always_one_safe_word(value):
    assert SAFE.fullmatch(text.clean_label(value))


def test_a_label_stays_readable():
    assert text.clean_label("José Ñandú / Depto 3-B") == "Jose_Nandu_/_Depto_3-B"


HOSTILE = [
    "x\nreboot",
    "x\rreboot",
    'x" & reboot',
    "x;reboot",
    "x|include",
    "x?",
    "x y",
    "x'",
    "x\\",
    "x\x00",
    "x\x1b[A",
    "x`id`",
    "x#",
    "!x",
    "x>y",
    "ñ",
    "",
    "x" * 65,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_words_are_refused_without_repeating_them(value):
    with pytest.raises(Permanent) as caught:
        text.word("C0001", "PPPoE password", value)
    assert not value.strip() or value not in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=70))
def test_what_passes_as_a_word_is_one(value):
    try:
        text.word("C0001", "user", value)
    except Permanent:
        return
    assert re.fullmatch(r"[\x21-\x7e]{1,64}", value)
    assert not set(value) & set("\"'`?|;!#\\<>(){}[]^")


@pytest.mark.parametrize(
    "given_, clean",
    [
        ("HWTCAABBCC01", "HWTCAABBCC01"),
        ("hwtc-aabbcc01", "HWTCAABBCC01"),
        ("48575443AABBCC01", "HWTCAABBCC01"),
        (" ZTEGC1234501 ", "ZTEGC1234501"),
    ],
)
def test_serial_forms(given_, clean):
    assert text.serial(given_) == clean
    assert text.serial(text.hex_serial(given_)) == clean


@pytest.mark.parametrize(
    "value", ["", "HWTC", "HWTCAABBCCXX", "HWTCAABBCC01\nreboot", "HWTC AABB CC01 x"]
)
def test_bad_serials_are_refused(value):
    with pytest.raises(Permanent):
        text.serial(value)
