"""Optical budget of a passive network: pure functions, no ORM.

Power in dBm, loss in dB, fibre in kilometres. Losses add along the path; what leaves the OLT
minus all of them must still be above what the ONU can hear, with a margin for ageing and repairs.
"""

from typing import NamedTuple

#: worst case insertion loss of a balanced PLC splitter, per output (vendor sheets, ITU-T G.671
#: class)
BALANCED_LOSS_DB = {2: 4.3, 4: 7.4, 8: 10.7, 16: 13.9, 32: 17.2, 64: 21.5}

#: fused (FBT) 1:2 taps: percent of the light on each output -> loss of (first, second) output in dB
TAP_LOSS_DB = {
    "50": (3.7, 3.7),
    "60": (2.7, 4.7),
    "70": (1.9, 6.0),
    "80": (1.3, 7.9),
    "85": (1.0, 9.6),
    "90": (0.7, 11.3),
    "95": (0.5, 14.6),
}

#: optical class -> (transmitter of the OLT in dBm, worst case; what the ONU hears in dBm).
#: GPON B+ and C+: ITU-T G.984.2; XGS-PON N1 and N2: G.9807.1; EPON PX20+: IEEE 802.3 clause 75.
CLASSES = {
    "b_plus": (1.5, -27.0),
    "c_plus": (3.0, -30.0),
    "n1": (2.0, -28.0),
    "n2": (4.0, -28.0),
    "px20_plus": (2.0, -26.0),
}


class Losses(NamedTuple):
    """What a metre and a joint cost."""

    fibre_db_km: float = 0.35
    splice_db: float = 0.1
    connector_db: float = 0.3


class Budget(NamedTuple):
    """``received_dbm`` at the ONU; ``margin_db`` above what it needs, negative when the light
    does not reach."""

    path_loss_db: float
    received_dbm: float
    margin_db: float


def output_losses(outputs, tap=None):
    """Loss of each output of a splitter.

    :param int outputs: 2, 4, 8, 16, 32 or 64
    :param tap: key of :data:`TAP_LOSS_DB` for an unbalanced 1:2, None for a balanced splitter
    :return: list of dB, one for each output in order
    :raise ValueError: for a splitter nobody makes
    """
    if tap:
        if outputs != 2 or tap not in TAP_LOSS_DB:
            raise ValueError(f"no unbalanced splitter 1:{outputs} of {tap} percent")
        return list(TAP_LOSS_DB[tap])
    if outputs not in BALANCED_LOSS_DB:
        raise ValueError(f"no splitter 1:{outputs}")
    return [BALANCED_LOSS_DB[outputs]] * outputs


def span_loss_db(km, splices=0, connectors=0, losses=Losses()):  # noqa: B008 (immutable)
    """:return: dB lost on a stretch of fibre with its joints.
    :raise ValueError: for a negative length or count
    """
    if km < 0 or splices < 0 or connectors < 0:
        raise ValueError("length and joints cannot be negative")
    return km * losses.fibre_db_km + splices * losses.splice_db + connectors * losses.connector_db


def drop_loss_db(drop_m, slack=1.3, connectors=2, losses=Losses()):  # noqa: B008 (immutable)
    """Loss of a customer's drop.

    :param float drop_m: straight line between box and house, metres
    :param float slack: a cable follows poles and hangs: real length / straight line
    :param int connectors: one at the box, one at the house
    """
    return span_loss_db(drop_m * slack / 1000.0, 0, connectors, losses)


def budget(tx_dbm, sensitivity_dbm, *parts_db):
    """:param parts_db: every loss between OLT and ONU
    :return: :class:`Budget`
    """
    loss = sum(parts_db)
    received = tx_dbm - loss
    return Budget(loss, received, received - sensitivity_dbm)
