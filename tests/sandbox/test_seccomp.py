"""The filter decides as its table says, for every number of a system call, on each machine there is a table for."""

import pytest

from harness.sandbox.inside import seccomp

PID = 4711
ALLOW, EPERM, ENOSYS, KILL = 0x7FFF_0000, 0x0005_0001, 0x0005_0026, 0x8000_0000
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def decide(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """What the filter returns: classic BPF, as seccomp(2) has it, run by hand."""
    program = seccomp.build(machine)
    data = {0: number, 4: MACHINES[machine] if arch is None else arch}
    for index in range(6):
        value = arguments[index] if index < len(arguments) else 0
        data[16 + 8 * index], data[20 + 8 * index] = value & 0xFFFF_FFFF, value >> 32
    accumulator = position = 0
    while True:
        code, if_so, if_not, constant = program[position]
        constant = PID if constant == seccomp._PID_MARK else constant
        position += 1
        if code == 0x06:
            return constant
        if code == 0x20:
            accumulator = data[constant]
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x05:
            position += constant
        else:
            holds = {0x15: accumulator == constant, 0x35: accumulator >= constant, 0x45: bool(accumulator & constant)}[code]
            position += if_so if holds else if_not


@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_is_treated_as_the_table_says(machine: str) -> None:
    table = seccomp._TABLES[machine][2]
    free = {number for name, number in table.items() if name not in seccomp._CHECKED}
    checked = {number for name, number in table.items() if name in seccomp._CHECKED}
    for number in [*range(1000), 0x3FFF_FFFF]:
        if number not in checked:
            assert decide(machine, number) == (ALLOW if number in free else EPERM), number


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "allowed"),
    [
        ("openat", (0, 0, 0), True), ("openat", (0, 0, 1), False), ("openat", (0, 0, 2), False), ("openat", (0, 0, 0o100), False),
        ("openat", (0, 0, 0o1000), False), ("openat", (0, 0, 0o2000), False), ("openat", (0, 0, 0o20200000), False),
        ("kill", (PID, 9), True), ("kill", (PID + 1, 9), False), ("kill", (0xFFFF_FFFF, 9), False), ("kill", (0, 9), False),
        ("tgkill", (PID, 9), True), ("tgkill", (1, 9), False),
        ("clone", (0x3D0F00,), True), ("clone", (0x11,), False), ("clone", (0x3D0F00 | 0x10000000,), False), ("clone", (1 << 32,), False),
        ("socketpair", (1, 1), True), ("socketpair", (1, 1 | 0o2000000), True), ("socketpair", (1, 2), False),
        ("socketpair", (2, 1), False),
        ("sendto", (0, 0, 0, 0, 0), True), ("sendto", (0, 0, 0, 1, 0), False), ("sendto", (0, 0, 0, 0, 1), False),
        ("sendto", (0, 0, 0, 0, 1 << 32), False),
        ("recvfrom", (0, 0, 0, 0), True), ("recvfrom", (0, 0, 0, 1), False),
        ("futex", (0, 128), True), ("futex", (0, 6), False),
        ("ioctl", (0, 0x5401), True), ("ioctl", (0, 0x5412), False),
        ("fcntl", (0, 3), True), ("fcntl", (0, 4), False),
        ("prlimit64", (0, 0, 0), True), ("prlimit64", (0, 0, 8), False), ("prlimit64", (0, 0, 1 << 32), False),
    ],
)  # fmt: skip
def test_of_some_calls_the_arguments_decide(machine: str, name: str, arguments: tuple[int, ...], allowed: bool) -> None:
    assert decide(machine, seccomp._TABLES[machine][2][name], *arguments) == (ALLOW if allowed else EPERM)


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_are_made_by_clone_whose_flags_can_be_seen(machine: str) -> None:
    assert decide(machine, seccomp._TABLES[machine][2]["clone3"]) == ENOSYS


@pytest.mark.parametrize("machine", MACHINES)
def test_another_abi_is_killed(machine: str) -> None:
    assert decide(machine, 0, arch=0x40000003) == KILL


def test_numbers_of_the_x32_abi_are_killed() -> None:
    for number in (0x4000_0000, 0x4000_0001, 0x4000_0200, 0xFFFF_FFFF):
        assert decide("x86_64", number) == KILL
