"""What drivers say, in the language of the reader.

Drivers know nothing of Odoo and speak English; what they said is kept as it was: the technical
text. For people, the sentence is looked up here. ``tests/test_texts.py`` reads every message of
every driver and fails for one that is not in this list.
"""

import re
from functools import cache

from odoo.tools import LazyTranslate

# a list of the module has no environment: the texts are translated when they are looked up
# pylint: disable=prefer-env-translation

_lt = LazyTranslate(__name__)

#: Special ones before general ones. ``%(name)s`` stands for a name, an address, a device's words.
TEXTS = (
    # RADIUS
    _lt("The RADIUS database %(database)s does not answer"),
    _lt("The RADIUS database refused the user or password"),
    _lt("The RADIUS database refused the value"),
    _lt("The database %(database)s has no FreeRADIUS tables"),
    _lt("The database user has no right to the FreeRADIUS tables"),
    # sessions
    _lt("The router %(router)s is on, but nothing listens there for CoA"),
    _lt(
        "ICMP port unreachable. On MikroTik: /radius incoming set accept=yes port=…",
    ),
    _lt("The router %(router)s answers with another RADIUS secret"),
    _lt("The signature of the answer does not fit the secret of this router in Silver."),
    _lt("The router %(router)s did not answer"),
    _lt(
        "%(count)s packets. Off, unreachable, other RADIUS secret, or clock wrong by minutes: "
        "a router is silent in all four cases."
    ),
    _lt("The router %(router)s cannot be reached"),
    _lt("The address %(address)s of the router is no address"),
    _lt("The router does not know the session"),
    _lt("The router refused (%(answer)s): it does not support an attribute of the request"),
    _lt("The router refused (%(answer)s): it misses an attribute in the request"),
    _lt(
        "The router refused (%(answer)s): it says that the request is for another router "
        "(NAS identifier or address)"
    ),
    _lt("The router refused (%(answer)s): it calls the request invalid"),
    _lt("The router refused (%(answer)s): it does not offer this service"),
    _lt("The router refused (%(answer)s): it does not support this request"),
    _lt("The router refused (%(answer)s): it refuses the value of an attribute"),
    _lt("The router refused (%(answer)s): it is configured not to allow it"),
    _lt("The router refused (%(answer)s): it does not know the session"),
    _lt("The router refused (%(answer)s): it cannot end the session now"),
    _lt("The router refused (%(answer)s): it lacks resources now"),
    _lt("The router refused (%(answer)s): the request matches several sessions"),
    _lt("The router refused (%(answer)s): it gives no reason"),
    _lt("The router %(router)s was deleted"),
    _lt("The router %(router)s has no RADIUS server"),
    _lt("Choose one on the router, or create one for its company."),
    # any device
    _lt("%(contract)s: its ONU should dial, and there is no PPPoE user for it."),
    _lt("The change was accepted and does not show yet"),
    _lt("The device did not get to it"),
    _lt("The device differs from the contract."),
    _lt("Internal error of the driver (%(error)s)"),
    _lt("The address %(address)s cannot be used."),
    # MikroTik
    _lt("The connection to the router %(router)s is closed."),
    _lt("The router %(router)s shows a certificate that is not the trusted one."),
    _lt("The router %(router)s refuses the user %(user)s."),
    _lt("The router %(router)s refused %(what)s: %(words)s"),
    _lt("The router %(router)s does not answer."),
    _lt("The router %(router)s accepted the connection but did not complete the login."),
    _lt("The router %(router)s did not answer %(what)s."),
    _lt("The router %(router)s has a vendor for which there is no driver."),
    _lt("The router %(router)s was deleted."),
    _lt("%(what)s on %(router)s changed while it was being written."),
    _lt("%(what)s belongs to %(owner)s: a person must decide whose it is"),
    _lt("%(what)s was put there for %(owner)s: a person must decide whose it is"),
    _lt("The reference %(reference)s has characters a router comment cannot hold."),
    _lt("%(reference)s: unknown status %(status)s."),
    _lt("%(reference)s: the PPPoE user is empty, too long or has control characters."),
    _lt("%(reference)s: the PPPoE password is empty, too long or has control characters."),
    _lt("%(reference)s: %(mac)s is not a MAC address."),
    _lt("%(reference)s: a queue or a lease needs the customer's address."),
    _lt("%(reference)s: the speed of the plan is not set."),
    _lt("%(reference)s: %(address)s is not an IPv4 address."),
    _lt("%(name)s cannot be the name of a PPP profile."),
    _lt("%(contract)s has no PPPoE user yet."),
    _lt("%(contract)s has no IPv4 address, and the router %(router)s knows customers by theirs."),
    _lt("The equipment of %(contract)s has no MAC address: the lease needs one."),
    # OLT
    _lt("%(serial)s was added to the OLT %(olt)s, but it does not show it."),
    _lt("%(serial)s is on port %(port)s of the OLT %(olt)s."),
    _lt(
        "%(serial)s is configured on port %(port)s and should be on %(other)s: a person must "
        "decide which is right"
    ),
    _lt(
        "Done on the OLT %(olt)s, but it went away before the configuration was saved: it will be "
        "looked at again."
    ),
    _lt("All %(count)s ONU numbers of port %(port)s are in use."),
    _lt("The OLT %(olt)s did not confirm that it saved."),
    _lt("The OLT %(olt)s answered: %(words)s"),
    _lt("The OLT %(olt)s refuses the user %(user)s."),
    _lt("The OLT %(olt)s does not answer."),
    _lt("The OLT %(olt)s closed the connection."),
    _lt("The OLT %(olt)s did not come back to its prompt %(what)s."),
    _lt("The OLT %(olt)s has a vendor for which there is no driver."),
    _lt("The OLT %(olt)s was deleted."),
    _lt("The session on %(olt)s is closed."),
    _lt("A line for the OLT contains control characters."),
    _lt("Another device than the known one answers at %(olt)s: its host key is new."),
    _lt("%(serial)s is not a GPON serial number (like HWTCAABBCC01)."),
    _lt(
        "%(reference)s: the %(what)s has characters that an OLT's command line would read as "
        "something else; letters, digits and . _ @ $ %% & * + = : / ~ , - are safe."
    ),
    _lt("%(reference)s: the %(what)s has characters that an OLT's command line cannot take."),
    _lt("%(reference)s: the %(what)s must have from %(least)s to %(most)s characters."),
    _lt("%(reference)s: there is no card %(card)s with a port %(port)s."),
    _lt("%(reference)s: %(number)s is not an ONU number."),
    _lt("%(reference)s: %(number)s is not a GEM port."),
    _lt("%(reference)s: %(number)s is not a VLAN."),
    _lt("%(reference)s: its plan has no %(what)s for this OLT."),
    _lt("The ONU %(onu)s of %(contract)s has no GPON serial number."),
    _lt("No customer VLAN is set on the OLT %(olt)s, its port %(port)s or the plan."),
    # SmartOLT, UISP
    _lt("The session with %(name)s is closed."),
    _lt(
        "The %(count)s calls an hour that %(name)s allows are used up: again in %(minutes)s "
        "minutes."
    ),
    _lt("%(name)s says that we call too often.%(when)s"),
    _lt("%(name)s has a problem of its own (%(status)s)."),
    _lt("%(name)s refuses our key or user (%(status)s)."),
    _lt("%(name)s at %(address)s shows a certificate that is not the trusted one."),
    _lt("%(name)s at %(address)s does not answer."),
    _lt("%(name)s answered %(what)s with something that is not JSON."),
    _lt("%(reference)s: SmartOLT changes an ONU to bridge only when it is authorised anew."),
    _lt("SmartOLT: %(words)s"),
    _lt("%(device)s is not an identifier of UISP."),
    _lt("UISP at %(address)s gave no token at login (two-factor login?)."),
    _lt("UISP has no %(what)s (contract %(reference)s)."),
    _lt("UISP has ended %(what)s: it cannot be made active again."),
    _lt("The controller %(name)s was deleted."),
    # SNMP
    _lt("SNMP is only read here."),
    _lt("SNMP readings know %(vendors)s; %(vendor)s is not one of them."),
    _lt("The SNMP session with %(address)s is closed."),
    _lt("%(address)s has no object %(object)s."),
    _lt(
        "%(address)s does not answer SNMP: it is away, or it does not know this community or user."
    ),
    _lt("%(address)s and we do not understand each other over SNMP: %(words)s."),
    _lt("%(address)s refuses the SNMP request: %(words)s."),
    _lt("%(address)s answers what is not SNMP: %(words)s."),
    # last: it would match many others
    _lt("%(name)s refuses %(what)s: %(words)s"),
)


@cache
def patterns():
    """:return: list of ``(pattern, text)`` in the order of :data:`TEXTS`"""
    return compiled(TEXTS)


def compiled(texts):
    """:return: list of ``(pattern, text)``; ``%(name)s`` in a text stands for anything"""
    found = []
    for text in texts:
        pieces = re.split(r"%\((\w+)\)s", text._source.replace("%%", "%"))
        pattern = "".join(
            f"(?P<{piece}>.*?)" if index % 2 else re.escape(piece)
            for index, piece in enumerate(pieces)
        )
        found.append((re.compile(pattern, re.DOTALL), text))
    return found


def find(line):
    """:return: (the text that this line is, the names in it), or None for one nobody listed"""
    for pattern, text in patterns():
        if match := pattern.fullmatch(line.strip()):
            return text, match.groupdict()
    return None


def spoken(env, technical):
    """What a driver said, for the reader.

    :param technical: text of a ``DriverError``: what happened and, from the second line on, its
        technical detail
    :return: text in the language of ``env``: the first line, and the detail where it explains;
        a first line that is not known stays as it is
    """
    first, _newline, detail = (technical or "").strip().partition("\n")
    lines = [env_say(env, find(first)) or first]
    if found := find(detail):
        lines.append(env_say(env, found))
    return "\n".join(lines)


def env_say(env, found):
    if not found:
        return ""
    text, names = found
    return env._(text) % names  # pylint: disable=translation-not-lazy
