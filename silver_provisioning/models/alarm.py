"""Wakes Odoo's crons at a moment to come.

Odoo's cron workers look at their triggers when PostgreSQL notifies them, and otherwise once a
minute; a trigger for later notifies nobody. So what is due in five seconds would wait for up to a
minute. Here a timer sends the notification when its time has come. It is only a bell: when its
process ends before, the worker's own round of a minute finds the trigger.
"""

import logging
import threading
import time

import psycopg2

from odoo import sql_db
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

_lock = threading.Lock()
_set = {}  # database -> when its next bell rings (time.monotonic)


def ring(database, seconds):
    """Notify the cron workers of a database in so many seconds.

    :return: whether a timer was set; not when one rings before that anyway
    """
    due = time.monotonic() + seconds
    with _lock:
        if time.monotonic() < _set.get(database, 0.0) <= due:
            return False
        _set[database] = due
    timer = threading.Timer(seconds, _notify, (database,))
    timer.daemon = True
    timer.start()
    return True


def _notify(database):
    try:
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute(SQL("SELECT pg_notify('cron_trigger', %s)", database))
    except psycopg2.Error as error:
        _logger.info("The cron workers of %s were not woken: %s", database, error)
