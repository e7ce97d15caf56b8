"""Reads back which speed the router gives a PPPoE session: its own (dynamic) queue says it."""

from __future__ import annotations

from ..base import DriverError, Endpoint, Redactor
from .client import Client


class QueueMeter:
    """A meter for :class:`~..coa.Coa`. Connects at its first use, and gives up after one failure.

    :param endpoint: the API of the router
    """

    def __init__(self, endpoint: Endpoint):
        self.endpoint = endpoint
        self._client: Client | None = None
        self._failure: DriverError | None = None

    def rate(self, username: str) -> str | None:
        """:return: ``upload/download`` as the queue has it; None: the session has no queue
        :raise DriverError: the API does not answer"""
        if self._failure:
            raise self._failure
        try:
            if self._client is None:
                self._client = Client(self.endpoint, Redactor(self.endpoint.secrets()))
                self._client.open()
            rows = self._client.print("/queue/simple", ("max-limit",), name=f"<pppoe-{username}>")
        except DriverError as error:
            self._failure = error
            raise
        return rows[0].get("max-limit") if rows else None

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
