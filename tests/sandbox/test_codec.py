"""Values as data: exact there and back, only base values of what is derived, and nothing that is malformed does anything."""

import datetime
import json
import math
import types
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.sandbox.inside import codec as codec_module
from harness.sandbox.inside.codec import Codec, TooLarge, Unsupported, plain_classes
from harness.sandbox.inside.plain import Opaque

PRELUDE = """
import abc, dataclasses, enum, random, typing

class Node:
    def __init__(self, val=0, next=None):
        self.val, self.next = val, next

    def total(self):
        return self.val + (self.next.total() if self.next else 0)

class Slotted:
    __slots__ = ("left", "__secret", "single")
    def __init__(self, left, secret):
        self.left, self.__secret = left, secret
    def secret(self):
        return self.__secret

class OneSlot:
    __slots__ = "only"

class Half(OneSlot):
    pass

@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0

@dataclasses.dataclass
class Segment:
    ends: typing.Any
    name: str = "segment"

@dataclasses.dataclass
class Named:
    key: typing.Any = len

class Colour(enum.Enum):
    RED = 1
    BLUE = "b"

class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2

class Mode(enum.Flag):
    READ = 1
    WRITE = 2

class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...

class Dice(random.Random):
    pass

class Stack(list):
    pass

class Failure(ValueError):
    pass
"""


def namespace(source: str = PRELUDE) -> dict[str, Any]:
    module = types.ModuleType("__prelude__")
    import sys

    sys.modules["__prelude__"] = module  # dataclasses look their module up
    exec(source, vars(module))
    return vars(module)


OURS, THEIRS = namespace(), namespace()
"""The prelude as either side has it."""


def refuse(value: Any) -> Any:
    raise Unsupported(f"a {type(value).__name__}")


def codec(side: dict[str, Any] | None = None, sign: int = 1, export: Any = refuse, import_: Any = refuse) -> Codec:
    made = Codec(export, import_, sign)
    made.classes = plain_classes(OURS if side is None else side)
    return made


def over_the_wire(message: Any) -> Any:
    return json.loads(json.dumps(message, separators=(",", ":")).encode())


def across(*values: Any) -> list[Any]:
    """Values as the other side gets them."""
    message, _ = codec(OURS).encode(values)
    return codec(THEIRS, -1).decode(over_the_wire(message))[0]


def there(value: Any) -> Any:
    (got,) = across(value)
    return got


def same(left: Any, right: Any) -> bool:
    """Equal, of the same types, to the last bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return left.hex() == right.hex()
    if isinstance(left, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    if isinstance(left, (list, tuple, deque)):
        return len(left) == len(right) and all(map(same, left, right)) and getattr(left, "maxlen", 0) == getattr(right, "maxlen", 0)
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, (set, frozenset)):
        return len(left) == len(right) and {type(x) for x in left} == {type(x) for x in right} and left == right
    if isinstance(left, Decimal):
        return left.as_tuple() == right.as_tuple()
    if isinstance(left, (datetime.datetime, datetime.time)):
        return repr(left) == repr(right) and left.fold == right.fold
    return bool(left == right)


UTC, CET = datetime.UTC, datetime.timezone(datetime.timedelta(hours=1), "CET")
VALUES: list[Any] = [
    None, True, False, 0, -1, 2**53 - 1, 2**53, -(2**53), 10**400, -(10**400),
    0.0, -0.0, 0.1, 5e-324, math.inf, -math.inf, math.nan, 1e308,
    "", "a", "空调", "\0", "\ud800", "\udfff\ud800", "\ud83d\ude00", "😀", "e\u0301", "a\nb\r\u2028", "<|im_end|>",
    b"", b"\0\xff", bytearray(b"ab"), bytearray(),
    [], [[]], [1, [2, (3, [4])]], (), (1,), ((),), [None] * 3,
    {}, {1: 2}, {"b": 1, "a": 2}, {(1, 2): [3], None: 1, 1.5: {}, b"k": 0, frozenset((1,)): 1}, {True: "t"}, {"": {"": {}}},
    set(), {1, "a", (2, 3)}, {(1, (2, 3))}, frozenset(), frozenset(("x", (1,))), {frozenset((1, 2))},
    Decimal("1.10"), Decimal("-0"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+30"), Fraction(1, 3), Fraction(-(10**30), 7),
    complex(1, -2), complex(-0.0, math.inf), complex(math.nan, 0),
    range(3), range(10, -(10**30), -3), range(0), slice(1, None, -1), slice("a", (1, 2)),
    datetime.date(1, 1, 1), datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 1, 2, 3, 4), datetime.datetime.max,
    datetime.datetime(2024, 1, 1, tzinfo=UTC), datetime.datetime(2024, 1, 1, tzinfo=CET), datetime.datetime(2024, 10, 27, 2, 30, fold=1),
    datetime.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-3, minutes=-30, seconds=1))),
    datetime.time(1, 2, 3, 4), datetime.time(23, 59, tzinfo=CET), datetime.time(1, fold=1), UTC, CET,
    datetime.timezone(datetime.timedelta(0), "Z"), datetime.timedelta(-1, 3, 5), datetime.timedelta.min,
    deque(), deque([1, [2]], maxlen=5), deque([1, 2], maxlen=2), ..., NotImplemented,
    int, dict, type, object, ValueError, type(None), type(...), type(len), types.FunctionType,
]  # fmt: skip


# Not repr: sets have no order, and processes that share the tests must call them alike.
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_the_same_on_the_other_side(value: Any) -> None:
    assert same(there(value), value)
    assert same(there([value, (value,)]), [value, (value,)])


def test_dictionary_views_have_their_contents_order_and_kind() -> None:
    table = {"b": 1, "a": [2]}
    keys, values, items = across(table.keys(), table.values(), table.items())
    assert (list(keys), list(values), list(items)) == (["b", "a"], [1, [2]], [("b", 1), ("a", [2])])
    assert [type(view) for view in (keys, values, items)] == [type(table.keys()), type(table.values()), type(table.items())]
    assert keys == table.keys()


def test_an_integer_too_long_for_decimal_digits_comes_across() -> None:
    assert there(1 << 200_000) == 1 << 200_000


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary() | st.complex_numbers()
    | st.decimals() | st.fractions() | st.datetimes(timezones=st.none() | st.just(UTC)) | st.timedeltas(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(),
    inner) | st.lists(inner).map(deque),
    max_leaves=20,
))  # fmt: skip
def test_any_nesting_of_values_is_the_same_on_the_other_side(value: Any) -> None:
    assert same(there(value), value)


# Numpy


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3), np.arange(6).reshape(2, 3).T, np.arange(10)[::3], np.array(5), np.array(2.5, dtype="float32"),
        np.zeros((0, 3)), np.empty(0), np.array([True, False]), np.array([1 + 2j]), np.array([1, 2], dtype=">i2"), np.array([1],
        dtype="u8"),
        np.array([0.1, -0.0, np.nan, np.inf]), np.array([0.5], dtype="float16"), np.array([0.1], dtype=np.longdouble),
        np.array(["a", "空调"]), np.array([b"ab", b"c"]), np.array(["2024-02-29", "NaT"], dtype="datetime64[ns]"),
        np.array([5, -1], dtype="timedelta64[s]"), np.zeros((2, 0, 3), dtype="int8"), np.ones((1, 1, 1, 1)),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)  # fmt: skip
def test_an_array_is_the_same_on_the_other_side(array: np.ndarray[Any, Any]) -> None:
    got = there(array)
    assert (got.dtype, got.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(got, array)
    assert got.flags.writeable


def test_an_array_of_objects_has_its_objects() -> None:
    array = np.empty((2, 2), dtype=object)
    array[0, 0], array[0, 1], array[1, 0], array[1, 1] = [1, 2], (3, 4), None, array[0, 0]
    array[1, 1] = array[0, 0]
    got = there(array)
    assert (got.dtype, got.shape) == (array.dtype, array.shape)
    assert got.tolist() == [[[1, 2], (3, 4)], [None, [1, 2]]]
    assert got[1, 1] is got[0, 0]


def test_an_array_that_contains_itself_comes_across() -> None:
    array = np.empty(1, dtype=object)
    array[0] = array
    got = there(array)
    assert got[0] is got


@pytest.mark.parametrize(
    "scalar",
    [
        np.float64(0.1), np.float32(0.1), np.float16(-0.0), np.longdouble(0.1), np.int8(-3), np.uint64(2**64 - 1), np.bool_(True),
        np.complex64(1j), np.str_("空调"), np.bytes_(b"a"), np.datetime64("2024-01-01T00:00:00.000000001"), np.datetime64("NaT"),
        np.timedelta64(5, "Y"), np.clongdouble(1j),
    ],
    ids=lambda scalar: type(scalar).__name__,
)  # fmt: skip
def test_a_scalar_of_numpy_keeps_its_type(scalar: Any) -> None:
    got = there(scalar)
    assert (type(got), got.dtype) == (type(scalar), scalar.dtype)
    assert got.tobytes() == scalar.tobytes()


def test_of_numpy_that_has_no_plain_memory_the_values_come_across() -> None:
    record = np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])
    assert there(record).tolist() == [(1, 2.5)]
    assert there(record[0]) == (1, 2.5)
    assert there(np.str_("")) == ""


def test_a_matrix_is_an_array() -> None:
    got = there(np.asmatrix([[1, 2]]))
    assert type(got) is np.ndarray
    assert got.tolist() == [[1, 2]]


# Objects of the prelude


def test_an_instance_has_the_receivers_class_and_its_attributes() -> None:
    node = OURS["Node"](1, OURS["Node"](2))
    node.extra = {"k": [1]}
    got = there(node)
    assert type(got) is THEIRS["Node"]
    assert (got.total(), got.extra, got.next.next) == (3, {"k": [1]}, None)


def test_a_class_with_the_same_name_is_enough() -> None:
    """The candidate may have defined the prelude's class again."""
    mine = type("Node", (), {"total": lambda self: -1})()
    mine.val, mine.next = 5, None
    got = there(mine)
    assert type(got) is THEIRS["Node"]
    assert got.total() == 5


def test_slots_come_across_also_private_ones_and_empty_ones() -> None:
    got = there(OURS["Slotted"](1, [2]))
    assert (got.left, got.secret()) == (1, [2])
    assert not hasattr(got, "single")


def test_slots_and_other_attributes_come_across_together() -> None:
    half = OURS["Half"]()
    half.only, half.other = 1, 2
    got = there(half)
    assert (got.only, got.other, vars(got)) == (1, 2, {"other": 2})


def test_dataclasses_and_sets_of_them_come_across() -> None:
    point, segment = OURS["Point"], OURS["Segment"]
    got = there({point(1, 2): segment({point(3), point(4)})})
    ((key, value),) = got.items()
    assert key == THEIRS["Point"](1, 2)
    assert value == THEIRS["Segment"]({THEIRS["Point"](3), THEIRS["Point"](4)})
    assert got[THEIRS["Point"](1, 2)] is value


def test_a_set_of_points_inside_a_point_comes_across() -> None:
    inner = OURS["Segment"](frozenset((OURS["Point"](1), OURS["Point"](OURS["Point"](2)))))
    got = there([inner])
    assert got[0].ends == frozenset((THEIRS["Point"](1), THEIRS["Point"](THEIRS["Point"](2))))


@pytest.mark.parametrize("member", ["Colour.RED", "Colour.BLUE", "Level.HIGH", "Mode.READ"])
def test_members_of_enumerations_are_the_receivers(member: str) -> None:
    cls, name = member.split(".")
    assert there(OURS[cls][name]) is THEIRS[cls][name]


def test_combined_flags_come_across() -> None:
    assert there(OURS["Mode"](3)) is THEIRS["Mode"](3)
    assert there(OURS["Mode"](0)) is THEIRS["Mode"](0)


def test_shared_and_cyclic_objects_arrive_as_such() -> None:
    row: list[Any] = [0]
    node = OURS["Node"](row)
    node.next = node
    grid, other, got = across([row, row], {"row": row}, node)
    assert grid[0] is grid[1] is other["row"] is got.val
    assert got.next is got
    loop: list[Any] = []
    loop.append({"loop": loop})
    got = there(loop)
    assert got[0]["loop"] is got


def test_a_list_of_a_thousand_nodes_and_one_nested_as_deeply_come_across() -> None:
    head = None
    for number in range(1000):
        head = OURS["Node"](number, head)
    got, count = there(head), 0
    while got is not None:
        got, count = got.next, count + 1
    assert count == 1000
    nested: Any = []
    for _ in range(5000):
        nested = [nested]
    got, count = there(nested), 0
    while got:
        got, count = got[0], count + 1
    assert count == 5000


def test_classes_that_are_data_or_exceptions_are_not_sent_by_their_attributes() -> None:
    assert sorted(plain_classes(OURS)) == [
        "Colour", "Dice", "Half", "Level", "Mode", "Named", "Node", "OneSlot", "Point", "Segment", "Shape", "Slotted"
    ]  # fmt: skip


# Subclasses and liars


class Lie:
    """All that a value can be asked, answered as is convenient."""

    def _true(self, *_: object) -> bool:
        return True

    def _nine(self, *_: object) -> int:
        return 9

    def _self(self, *_: object) -> Any:
        return self

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = _true  # type: ignore[assignment]
    __hash__ = __len__ = __int__ = __index__ = _nine  # type: ignore[assignment]
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __neg__ = __pos__ = __abs__ = __round__ = _self

    def __float__(self) -> float:
        return 9.0

    def __complex__(self) -> complex:
        return 9j

    def __bytes__(self) -> bytes:
        return b"nine"

    def __str__(self) -> str:
        return "nine"

    __repr__ = __format__ = __str__  # type: ignore[assignment]

    def __iter__(self) -> Any:
        return iter([9])

    def __getitem__(self, key: object) -> int:
        return 9

    def keys(self) -> list[int]:
        return [9]

    def items(self) -> list[tuple[int, int]]:
        return [(9, 9)]

    def __reduce__(self) -> Any:
        raise AssertionError("asked to explain itself")

    __reduce_ex__ = __getstate__ = __getnewargs__ = __reduce__  # type: ignore[assignment]


BASES: list[Any] = [
    5, 10**30, 2.5, -0.0, "text", "空调", b"bytes", bytearray(b"ab"), [1, 2], (1, 2), {1: 2}, {1, 2}, frozenset((1, 2)), 1 + 2j,
    deque([1, 2]), Decimal("1.5"), Fraction(1, 2), datetime.datetime(2024, 1, 2, fold=1), datetime.date(2024, 1, 2), datetime.time(1, 2),
    datetime.timedelta(1),
]  # fmt: skip


@pytest.mark.parametrize("value", BASES, ids=repr)
def test_of_a_lying_subclass_only_the_base_value_comes_across(value: Any) -> None:
    base = type(value)
    wanted = deque([1, 2]) if base is deque else value
    lying = type("Liar", (Lie, base), {})
    if base in (list, dict, set, deque, bytearray):
        liar = lying()
        base.__init__(liar, value)
    elif base is datetime.datetime:
        liar = base.__new__(lying, 2024, 1, 2, fold=1)
    elif base is datetime.date:
        liar = base.__new__(lying, 2024, 1, 2)
    elif base is datetime.time:
        liar = base.__new__(lying, 1, 2)
    elif base is datetime.timedelta:
        liar = base.__new__(lying, 1)
    elif base is Fraction:
        liar = base.__new__(lying, 1, 2)
    else:
        liar = base.__new__(lying, value)
    assert same(there(liar), wanted)
    assert same(there([liar]), [wanted])


class Number(IntEnum):
    TWO = 2


class Text(str, Enum):  # noqa: UP042
    TWO = "two"


@pytest.mark.parametrize(
    ("value", "base"),
    [
        (Counter("aab"), {"a": 2, "b": 1}), (defaultdict(list, {1: [2]}), {1: [2]}), (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (namedtuple("P", "x y")(1, 2), (1, 2)), (Number.TWO, 2), (Text.TWO, "two"),
        (type("M", (dict,), {"__missing__": lambda self, key: key})(a=1), {"a": 1}),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_of_a_subclass_the_base_value_comes_across(value: Any, base: Any) -> None:
    assert same(there(value), base)


def test_an_ordered_dictionary_that_was_reordered_keeps_its_order() -> None:
    ordered = OrderedDict(a=1, b=2, c=3)
    ordered.move_to_end("a")
    assert list(there(ordered)) == ["b", "c", "a"]


def test_what_is_no_data_is_exported_and_never_pickled() -> None:
    exported: list[Any] = []

    def export(value: Any) -> list[Any]:
        exported.append(value)
        return ["h", len(exported) - 1]

    import_: Callable[[Any], Any] = lambda j: ("stand-in", *j)  # noqa: E731

    class Local(Lie): ...

    things: list[Any] = [Local(), len, lambda: 0, iter([]), Local, types, Lie._true, type("Meta", (type,), {})("C", (), {})]
    message, _ = codec(export=export).encode(things)
    assert [thing is kept for thing, kept in zip(things, exported, strict=True)] == [True] * len(things)
    got, _ = codec(import_=import_).decode(over_the_wire(message))
    assert got == [("stand-in", "h", number) for number in range(len(things))]


def test_instances_that_are_to_stay_are_exported_even_if_they_are_data() -> None:
    stack = OURS["Stack"]([1])
    assert there(stack) == [1]
    side = codec(export=lambda value: ["h", 0])
    side.staying = (OURS["Stack"],)
    assert side.encode([stack, type("Sub", (OURS["Stack"],), {})()])[0]["x"] == [["h", 0], ["h", 0]]


# Limits


def test_depth_and_number_of_items_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    nested: Any = ()
    for _ in range(codec_module.MAX_DEPTH):
        nested = (nested,)
    assert same(there(nested), nested)
    with pytest.raises(TooLarge):
        codec().encode([(nested,)])
    monkeypatch.setattr(codec_module, "MAX_ITEMS", 1000)
    assert len(there([0] * 990)) == 990
    for large in ([0] * 1000, np.zeros(1001), {n: n for n in range(600)}):
        with pytest.raises(TooLarge):
            codec().encode([large])


def test_objects_are_forgotten_in_time_and_then_come_across_as_new_ones() -> None:
    sender, receiver = codec(THEIRS, -1), codec(OURS)

    def send(value: Any) -> Any:
        return receiver.decode(over_the_wire(sender.encode([value])[0]))[0][0]

    first: list[Any] = [1]
    got = send(first)
    assert send(first) is got
    for _ in range(5):
        send([0] * 60_000)
    assert len(sender.shared._objects) < 5
    assert len(receiver.shared._objects) < 5
    again = send(first)
    assert again == [1]
    assert again is not got


# What became of the objects of a question


def exchange(change: Callable[..., Any], *arguments: Any) -> Any:
    """Send arguments, have the other side do something with them, and take its answer."""
    asking, answering = codec(OURS), codec(THEIRS, -1)
    question, own = asking.encode(arguments)
    question = over_the_wire(question)
    got, objects = answering.decode(question)
    answer = over_the_wire(answering.encode_answer([change(*got)], question, objects))
    return asking.decode(answer, own)[0][0]


@pytest.mark.parametrize(
    ("value", "change", "changed"),
    [
        ([1], lambda x: x.append(2), [1, 2]), ([1, 2], lambda x: x.clear(), []), ({1: 2}, lambda x: x.update({3: [4]}), {1: 2, 3: [4]}),
        ({1, 2}, lambda x: x.discard(1), {2}), (bytearray(b"ab"), lambda x: x.extend(b"c"), bytearray(b"abc")),
        (deque([1], 2), lambda x: x.extend((2, 3)), deque([2, 3], 2)), ([[1], [2]], lambda x: x[0].append(3), [[1, 3], [2]]),
        (({"k": [1]},), lambda x: x[0]["k"].append(2), ({"k": [1, 2]},)), ([1], lambda x: x.__setitem__(0, True), [True]),
        (Counter("a"), lambda x: x.update({"b": 5}), Counter(a=1, b=5)), (OrderedDict(a=1), lambda x: x.pop("a"), OrderedDict()),
        (defaultdict(int), lambda x: x.setdefault("k", 1), defaultdict(int, k=1)),
    ],
    ids=lambda part: type(part).__name__,
)  # fmt: skip
def test_a_change_is_made_in_the_sender_s_own_object(value: Any, change: Callable[[Any], Any], changed: Any) -> None:
    exchange(change, value)
    assert same(value, changed)


def test_changes_are_made_in_arrays_and_instances() -> None:
    array, node, slotted = np.zeros((2, 2)), OURS["Node"](1, OURS["Node"](2)), OURS["Slotted"](1, 2)
    second = node.next

    def change(a: Any, n: Any, s: Any) -> None:
        a[1, 1] = 5
        n.next.val = 7
        n.new = a
        del n.val, s.left
        s.single = 9

    exchange(change, array, node, slotted)
    assert array.tolist() == [[0, 0], [0, 5]]
    assert second.val == 7
    assert node.next is second
    assert node.new is array
    assert not hasattr(node, "val")
    assert not hasattr(slotted, "left")
    assert (slotted.single, slotted.secret()) == (9, 2)


def test_objects_that_change_places_stay_themselves() -> None:
    left, right = [1], [2]
    both = [left, right]
    exchange(lambda x: x.reverse(), both)
    assert both[0] is right
    assert both[1] is left
    popped = exchange(lambda x: (x.pop(), x.append(5))[0], both)
    assert popped is left
    assert both == [[2], 5]


def test_what_is_returned_and_was_an_argument_is_that_argument() -> None:
    row, node = [1], OURS["Node"](1)
    node.next = OURS["Node"](2)
    assert exchange(lambda x: x, row) is row
    assert exchange(lambda x: [x, (x,)], row)[1][0] is row
    assert exchange(lambda n: n.next, node) is node.next
    assert exchange(lambda x: list(x), row) is not row


def test_what_did_not_change_is_not_sent_again() -> None:
    asking, answering = codec(OURS), codec(THEIRS, -1)
    question, _ = asking.encode([[1, 2], {"k": [3]}, OURS["Node"](4)])
    got, objects = answering.decode(over_the_wire(question))
    assert answering.encode_answer([0], over_the_wire(question), objects) == {"x": [0], "o": []}
    got[1]["k"].append(5)
    changed = answering.encode_answer([0], over_the_wire(question), objects)["o"]
    assert [entry[2] for entry in changed] == [[3, 5]]


def test_an_object_that_is_sent_again_is_the_same_object_with_its_present_contents() -> None:
    sender, receiver = codec(THEIRS, -1), codec(OURS)
    history: list[Any] = []
    seen = []
    for number in range(3):
        history.append(number)
        seen += receiver.decode(over_the_wire(sender.encode([history])[0]))[0]
    assert seen[0] is seen[1] is seen[2]
    assert seen[0] == [0, 1, 2]


def test_what_the_tests_send_again_does_not_undo_what_was_done_to_it() -> None:
    tests, worker = codec(OURS), codec(THEIRS, -1)
    data = [1]
    (kept,), _ = worker.decode(over_the_wire(tests.encode([data])[0]))
    kept.append(2)
    (again,), _ = worker.decode(over_the_wire(tests.encode([data])[0]))
    assert (kept, again) == ([1, 2], [1])


# Malformed messages


def opaque_throughout(value: Any) -> bool:
    return isinstance(value, Opaque) and value not in (Opaque(""), [], None, 0, "") and value != value


MALFORMED: list[Any] = [
    [], ["zz"], [None], [[]], [{}], {}, {"l": []}, ["R"], ["R", 0], ["R", "a"], ["R", -1], ["R", None], ["R", [1]], ["R", 2**70],
    ["i"], ["i", 5], ["i", "zz"], ["i", None], ["f"], ["f", "x"], ["f", 1], ["f", []], ["u"], ["u", "0"], ["u", "00"], ["b", "zz"], ["b",
    1],
    ["t"], ["t", 5], ["t", None], ["t", [], 1, 2][:1], ["z", [["dk", 5, 6]]][:1], ["dk", 1], ["di", [1]], ["di", [["t", [1]]]], ["c",
    "1"], ["c",
    1, 2],
    ["r", "1", "2"], ["r", "1", "2", "0"], ["D", "x"], ["D"], ["F", "1", "0x0"], ["F", 1, 2], ["dt", "x", 0, None],
    ["dt", "2024-01-01T00:00:00", 2, None], ["dt", "2024-01-01T00:00:00", 0, "../../etc/passwd"], ["dt", "2024-01-01T00:00:00", 0, ["tz",
    5]],
    ["da", "2024-13-01"], ["ti", "25:00", 0, None], ["td", "a", 0, 0], ["td", 10**12, 0, 0], ["tz", 5, 0, 0, None], ["T", "nothing"],
    ["T", "print"], ["T", []], ["N", "i4", ""], ["N", "O", "AAAA"], ["N", "<f8", "*"], ["N", "V8", "AAAAAAAAAAA="], ["N", "i4,i4",
    "AAAAAAAAAAA="],
    ["E", "Nothing", "RED"], ["E", "Colour", "GREEN"], ["E", "Colour", []], ["E", "Node", "x"], ["E", "Node", None, 5], ["E", "Mode", None,
    99], ["E", "Colour",
    None, 7],
    ["sl", 1, 2, 3, 4], ["...", 1], ["ni", 1], ["l", [1]], ["d", []], ["v", 0], ["q", []], ["n", None, [1], [1]],
    ["__class__"], ["eval", "1"], ["pickle", "gASVAAAA"],
]  # fmt: skip


@pytest.mark.parametrize("part", MALFORMED, ids=repr)
def test_what_is_malformed_becomes_something_equal_to_nothing(part: Any) -> None:
    (got,), _ = codec(import_=lambda j: refuse(j)).decode({"x": [part], "o": []})
    assert opaque_throughout(got)
    ((inner,),), _ = codec().decode({"x": [["t", [part]]], "o": []})
    assert opaque_throughout(inner)


@pytest.mark.parametrize("message", [None, 5, "x", [], {}, {"x": None}, {"x": {}}, {"x": 5, "o": []}, {"o": []}])
def test_what_is_no_message_at_all_is_one_opaque_thing(message: Any) -> None:
    (got,), objects = codec().decode(message)
    assert opaque_throughout(got)
    assert objects == {}


@pytest.mark.parametrize(
    "entry",
    [
        None, 5, [], [1], [1, "l"], [1, "l", 5], [1, "l", None], [1, "zz", []], [1, None, []], [1, [], []], [1, "d", [1]], [1, "d", [[1]]],
        [1, "d", [[["R", 1], 2]]], [1, "d", [[1, 2, 3]]], [1, "s", [["R", 1]]], [1, "s", 5], [1, "B", 5], [1, "B", "zz"], [1, "q", []],
        [1, "q", [], "x"], [1, "q", [], -1], [1, "n", None, [2], [1]], [1, "n", None, "x", []], [1, "n", "O", [1], ""], [1, "n", "<f8",
        [3], "AAAA"],
        [1, "n", "<f8", [-1], "%"], [1, "n", "(2,)f8", [1], ""], [1, "n", "f8", [1]], [1, "n", "M8[zz]", [1], "AAAAAAAAAAA="], [1, "n",
        "V8", [0], ""],
        [1, "v", "Nothing", []], [1, "v", "Colour", []], [1, "v", "Shape", []], [1, "v", "Dice", []], [1, "v", "Stack", []], [1, "v", [],
        []],
        [1, "v", "Node", 5], [1, "v", "Node", [5]], [1, "v", "Node", [["val"]]], [1, "v", "Node", [[5, 5]]], [1, "v", "Slotted", None],
        [True, "l", []], ["1", "l", []], [1.0, "l", []],
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_malformed_object_is_equal_to_nothing(entry: Any) -> None:
    (got, (inner,)), _ = codec().decode({"x": [["R", 1], ["t", [["R", 1]]]], "o": [entry]})
    assert opaque_throughout(got)
    assert opaque_throughout(inner)


def test_what_contains_a_malformed_object_contains_something_equal_to_nothing() -> None:
    table = [[1, "l", [["R", 2], ["R", 3]]], [2, "s", [["R", 1]]], [3, "v", "Node", [["val", ["R", 2]]]]]
    (got,), _ = codec().decode({"x": [["R", 1]], "o": table})
    assert opaque_throughout(got[0])
    assert opaque_throughout(got[1].val)


@pytest.mark.parametrize("table", [5, "x", {}, None, {"1": ["l", []]}, [5], [[[]]]])
def test_a_malformed_table_has_no_objects(table: Any) -> None:
    (got,), objects = codec().decode({"x": [["R", 1]], "o": table})
    assert opaque_throughout(got)
    assert objects == {}


def test_nesting_beyond_the_limit_ends_in_something_equal_to_nothing() -> None:
    part: Any = 1
    for _ in range(600):
        part = ["t", [part]]
    (got,), _ = codec().decode({"x": [part], "o": []})
    for _ in range(codec_module.MAX_DEPTH + 2):
        (got,) = got
    assert opaque_throughout(got)


def test_attributes_never_hide_methods_nor_change_a_class() -> None:
    attributes = [["total", 5], ["__init__", 1], ["__class__", ["T", "int"]], ["__eq__", True], ["__dict__", 1], ["val", 3], ["next", None]]
    (got,), _ = codec().decode({"x": [["R", 1]], "o": [[1, "v", "Node", attributes]]})
    assert type(got) is OURS["Node"]
    assert (got.total(), got.val, got.next) == (3, 3, None)
    assert got != OURS["Node"](3)
    (got,), _ = codec().decode({"x": [["R", 1]], "o": [[1, "v", "Slotted", [["secret", 1], ["left", 2], ["other", 3]]]]})
    assert callable(got.secret)
    assert (got.left, hasattr(got, "other")) == (2, False)


def test_an_own_attribute_over_a_function_of_the_class_outlives_an_answer() -> None:
    mine = OURS["Named"](key=max)
    side = codec(OURS, export=lambda value: ["h", 1], import_=lambda j: "stand-in")
    question, own = side.encode([mine])
    other = codec(THEIRS, -1, export=lambda value: ["h", 1], import_=lambda j: "stand-in")
    _, objects = other.decode(over_the_wire(question))
    side.decode(over_the_wire(other.encode_answer([None], over_the_wire(question), objects)), own)
    assert mine.key is max


def test_an_answer_cannot_make_an_own_object_another_kind_of_thing() -> None:
    tests = codec(OURS)
    mine = [[1], {2: 3}, OURS["Node"](4), np.zeros(2), Counter("a")]
    _, own = tests.encode(mine)
    entries = [
        [1, "d", [[5, 5]]],
        [2, "l", [5]],
        [3, "v", "Slotted", [["left", 5]]],
        [4, "n", "<i8", [1], "AAAAAAAAAAA="],
        [5, "s", [5]],
        [1, "l", 5],
    ]
    results, _ = tests.decode({"x": [["R", number] for number in own], "o": entries}, own)
    assert [result is thing for result, thing in zip(results, mine, strict=True)] == [True] * 5
    assert [mine[0], mine[1], mine[2].val, mine[3].tolist(), mine[4]] == [[1], {2: 3}, 4, [0, 0], Counter("a")]


tags = st.sampled_from([
    "R", "l", "d", "s", "B", "q", "n", "v", "t", "z", "dk", "dv", "di", "u", "i", "f", "b", "c", "r", "D", "F", "dt", "da", "ti", "td",
    "tz", "T", "N",
    "E", "sl", "...", "ni", "H", "h", "g", "Node", "Slotted", "Point", "Colour", "Mode", "Shape", "Dice", "val", "left", "x", "RED",
    "<f8", "O", "1", "0x1",
    "AAAAAAAAAAA=", "2024-01-01", "2024-01-01T00:00:00", "UTC", "int",
])  # fmt: skip
scalars = st.none() | st.booleans() | st.integers(-3, 5) | st.integers() | st.floats() | st.text(max_size=5) | tags
jsons = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(tags, st.lists(inner, max_size=3)).map(list)
    | st.dictionaries(st.text(max_size=3) | tags, inner, max_size=3),
    max_leaves=15,
)  # fmt: skip
entries = st.tuples(st.integers(-3, 5), tags, jsons, jsons).map(list) | st.tuples(st.integers(-3, 5), tags, jsons).map(list) | jsons


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({"x": st.lists(jsons, max_size=4), "o": st.lists(entries, max_size=5)}) | jsons, st.booleans())
@pytest.mark.filterwarnings("ignore")
def test_no_message_makes_decoding_raise_or_loop(message: Any, answering: bool) -> None:
    side = codec(OURS, import_=lambda j: j[1] if j[0] in ("h", "g") else refuse(j))
    own = side.encode([[1], {2: 3}, OURS["Node"](4)])[1] if answering else None
    values, objects = side.decode(message, own)
    for value in [*values, *objects.values()]:
        assert value is None or type(value) in ALLOWED or isinstance(value, (np.generic, Opaque)), type(value)


ALLOWED = {
    *(type(value) for value in [*VALUES, *BASES]), type({}.keys()), type({}.values()), type({}.items()), np.ndarray,
    *plain_classes(OURS).values(),
}  # fmt: skip
