"""Attacks that reach for what lies outside: files, secrets, the network, other processes, privileges."""

from tests.attacks import files, network, privileges, processes
from tests.attacks.records import Attack

ATTACKS: tuple[Attack, ...] = (*files.ATTACKS, *network.ATTACKS, *processes.ATTACKS, *privileges.ATTACKS)
