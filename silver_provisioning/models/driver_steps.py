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
    # sessions
    _lt("disconnect %(session)s"),
    _lt("change the speed of %(session)s to %(rate)s"),
)


@cache
def patterns():
    return compiled(STEPS)


def find_step(line):
    """:return: (the text that this line of a plan is, the names in it), or None"""
    for pattern, text in patterns():
        if match := pattern.fullmatch(line.strip()):
            return text, match.groupdict()
    return find(line)


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
