"""When to try again. Pure."""

import random
from datetime import timedelta

#: Tries of one intent before a person is asked.
MAX_ATTEMPTS = 8
FIRST_DELAY = 5
LONGEST_DELAY = 3600
BREAKER_FIRST = 5
BREAKER_LONGEST = 900


def delay(attempts, first=FIRST_DELAY, longest=LONGEST_DELAY, uniform=random.uniform):
    """Exponential back-off with jitter, so that a thousand failures do not come back together.

    :param int attempts: how many tries have failed, 1 or more
    :return: :class:`datetime.timedelta`: ``first`` seconds doubled for each further try, never more
        than ``longest``, times a random factor of 0.8 to 1.2
    """
    seconds = min(longest, first * 2 ** min(max(attempts, 1) - 1, 30))
    return timedelta(seconds=seconds * uniform(0.8, 1.2))


def breaker_delay(failures):
    """How long a device that does not answer is left alone, after so many failures in a row."""
    return delay(failures, BREAKER_FIRST, BREAKER_LONGEST)
