"""What a plan says it would do, in the language of the reader; see :mod:`.driver_texts`."""

from functools import cache

from odoo.tools import LazyTranslate

from .driver_texts import compiled, env_say, find

# a list of the module has no environment: the texts are translated when they are looked up
# pylint: disable=prefer-env-translation

_lt = LazyTranslate(__name__)

STEPS = (
    # OLT
    _lt("authorise %(serial)s on %(port)s"),
    _lt("deactivate %(serial)s"),
    _lt("activate %(serial)s"),
    _lt("remove service port %(number)s (VLAN %(vlan)s) of %(serial)s"),
    _lt("carry %(serial)s in VLAN %(vlan)s"),
    _lt("delete %(serial)s from %(port)s number %(number)s"),
    _lt("name %(serial)s %(name)s"),
    _lt("change the profiles of %(serial)s"),
    _lt("set the WAN of %(serial)s to %(mode)s"),
    _lt("set the Wi-Fi of %(serial)s"),
    _lt("set %(serial)s to %(upload)s / %(download)s"),
    # routers
    _lt("create the PPP profile %(name)s"),
    _lt("change the speed of the PPP profile %(name)s"),
    _lt("create the PPP user %(name)s (%(status)s)"),
    _lt("change %(what)s of the PPP user %(name)s"),
    _lt("correct the PPP user %(name)s"),
    _lt("mark the PPP user %(name)s as %(contract)s"),
    _lt("end the session of %(name)s"),
    _lt("create the queue %(name)s"),
    _lt("change %(what)s of the queue %(name)s"),
    _lt("fix the lease of %(address)s"),
    _lt("change %(what)s of the lease of %(address)s"),
    _lt("put %(address)s on the list %(name)s"),
    _lt("switch %(address)s on in %(name)s"),
    _lt("take %(address)s off the list %(name)s"),
    _lt("mark %(address)s in %(name)s as %(contract)s"),
    _lt("remove the PPP user %(name)s"),
    _lt("remove the queue %(name)s"),
    _lt("remove the lease of %(address)s"),
    # UISP
    _lt("change service %(number)s to plan %(plan)s"),
    _lt("resume service %(number)s"),
    _lt("suspend service %(number)s"),
    # rows of RADIUS
    _lt("+ radusergroup %(group)s (priority %(number)s)"),
    _lt("- radusergroup %(group)s (priority %(number)s)"),
    _lt("+ radcheck %(value)s"),
    _lt("- radcheck %(value)s"),
    _lt("+ radreply %(value)s"),
    _lt("- radreply %(value)s"),
    _lt("+ radgroupcheck %(value)s"),
    _lt("- radgroupcheck %(value)s"),
    _lt("+ radgroupreply %(value)s"),
    _lt("- radgroupreply %(value)s"),
    _lt("+ nas %(router)s"),
    _lt("- nas %(router)s"),
    # sessions
    _lt("disconnect session %(session)s on %(router)s"),
    _lt("change the speed of session %(session)s on %(router)s to %(rate)s"),
    _lt("disconnect %(session)s"),
    _lt("change the speed of %(session)s to %(rate)s"),
)


#: What is said of a session after the colon, and between two such things.
SAID = (
    _lt("the router does not know it, closed in the accounting"),
    _lt("the router shows %(speed)s"),
)
JOINERS = (_lt("; so "), _lt(", but "), _lt(", "))


@cache
def patterns():
    return compiled(STEPS)


@cache
def said_patterns():
    return compiled(SAID)


def find_step(line):
    """:return: (the text that this line of a plan is, the names in it), or None"""
    for pattern, text in patterns():
        if match := pattern.fullmatch(line.strip()):
            return text, match.groupdict()
    return find(line)


def spoken_said(env, transcript):
    """:param transcript: the lines of what was done: ``step`` or ``step: what the device said``
    :return: the same in the language of ``env``; what is not known stays as it is"""
    return "\n".join(_spoken_line(env, line) for line in (transcript or "").split("\n"))


def _spoken_line(env, line):
    step, colon, words = line.partition(": ")
    if colon and line.startswith(("disconnect ", "change the speed of ")):
        return f"{spoken_steps(env, step)}: {_spoken_words(env, words)}"
    return spoken_steps(env, line)


def _spoken_words(env, words):
    for pattern, text in said_patterns():
        if match := pattern.fullmatch(words.strip()):
            return env_say(env, (text, match.groupdict()))
    if found := find(words):
        return env_say(env, found)
    for joiner in JOINERS:
        before, found, after = words.partition(joiner._source)
        if found:
            said = (_spoken_words(env, before), _spoken_words(env, after))
            return env._(joiner).join(said)  # pylint: disable=translation-not-lazy
    return words


def spoken_steps(env, plan):
    """:param plan: the lines of a plan
    :return: the same in the language of ``env``; a line that is not known stays as it is"""
    return "\n".join(env_say(env, find_step(line)) or line for line in (plan or "").split("\n"))


def step_kind(env, line):
    """:return: a line of a plan without its names, in the language of ``env``: what kind of change
    it is"""
    found = find_step(line)
    if not found:
        return line
    return env_say(env, (found[0], dict.fromkeys(found[1], "…"))) or line
