"""The one machine of UAL: its tables and what is done for its rules, made at the first use."""

from functools import cache

from palm_ual.lang.actions import ACTIONS
from palm_ual.lang.machine import Machine
from palm_ual.lang.tables import load_tables


@cache
def machine() -> Machine:
    return Machine(load_tables(), ACTIONS)
