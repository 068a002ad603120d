"""One prepared clinic for all the tests of a module; nothing of it is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from clinic.whole.prepared import Prepared, in_example_mode, prepare
from euthymia.clinic.records import charts


@pytest.fixture(scope="module")
def prepared(django_db_setup: None, django_db_blocker: Any) -> Iterator[Prepared]:
    """Filled once; whoever writes into it does so within a transaction of his own."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        in_example_mode(patch)
        cache.clear()
        logging.disable(logging.WARNING)  # thousands of refusals are meant
        yield prepare()
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
    charts.forget_all()
