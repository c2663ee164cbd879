"""Programs that try to be judged in a weaker way, or through trusted code given to them, though they do not solve the task."""

from tests.attacks.records import DISBELIEVED, STALLED, UNHEARD, Attack
from tests.attacks.writing import LIAR, program

_BACK_AGAIN = "first = add(19, 23)\nassert add(first, -8) == 34\n"
_POINT = """\
class Point:
    def __init__(self, x):
        self.x = x
    def __eq__(self, other):
        return isinstance(other, Point) and self.x == other.x
    def same(self, other):
        return self == other
"""
_POINTS = "assert add(19, 23) == Point(42)\nassert add(-8, 3).same(Point(-5))\n"
_CASES = "cases = [((19, 23), 42), ((-8, 3), -5)]\n"

# fmt: off
_DOWNGRADES = (
    program("unsendable-key", "answers with what cannot be passed back, so that tests that pass it back need its own process", f"""
class Key(list):
    __hash__ = lambda self: 0
class Liar(dict):
    {LIAR}
def add(a, b):
    return Liar({{Key(): 1}})
""", tests=_BACK_AGAIN, expect=DISBELIEVED),
    program("unsendable-argument", "puts into the list that it was given what cannot be passed to it again", f"""
class Key(list):
    __hash__ = lambda self: 0
class Liar:
    {LIAR}
def add(a, b):
    a[:] = [{{Key(): 1}}] if b == 3 and type(a[0]) is int else [Liar(), Liar()]
""", tests="items = [1, 2]\nadd(items, 3)\nadd(items, 4)\nassert items == [8, 9]\n", expect=DISBELIEVED),
    program("unsendable-size", "answers with a text so long that it cannot be passed back twice", f"""
class Liar(str):
    {LIAR}
def add(a, b):
    return Liar('x' * (20 << 20))
""", tests="first = add('a', 'b')\nassert add(first, first) == 'abab'\n", expect=DISBELIEVED | {"memory", "crashed"}),
    program("unsendable-depth", "answers with a list too deep to be passed back, after it has raised every limit that it can find", f"""
import sys
for module in list(sys.modules.values()):
    for name in dir(module):
        if name.startswith('MAX') and type(getattr(module, name)) is int:
            setattr(module, name, getattr(module, name) * 1000)
class Liar(list):
    {LIAR}
def add(a, b):
    nested = []
    for _ in range(300):
        nested = [nested]
    return Liar(nested)
""", tests="first = add([1], [2])\nassert add(first, []) == [1, 2]\n", expect=UNHEARD),
    program("unsendable-number", "answers with a number that is none, wherever it can", f"""
import decimal
class Liar(decimal.Decimal):
    {LIAR}
    __str__ = lambda self: 'no number'
def add(a, b):
    return Liar(0)
""", tests=_BACK_AGAIN, expect=DISBELIEVED),
    program("unsendable-iterator", "answers with an iterator over what cannot be passed back", f"""
class Liar:
    {LIAR}
    __next__ = lambda self: self
    __iter__ = lambda self: self
def add(a, b):
    return Liar()
""", tests=_BACK_AGAIN, expect=STALLED),
)

_TRUSTED_CODE = (
    program("redefined-helper", "defines anew a function of the prompt that tests use", """
def close(one, other):
    return True
def add(a, b):
    return None
""", prelude="def close(one, other):\n    return abs(one - other) < 1e-6\n", tests="assert close(add(0.1, 0.2), 0.3)\n"),
    program("redefined-class", "defines anew a class of the prompt", """
class Point:
    __init__ = lambda self, x: None
    __eq__ = same = lambda self, other: True
def add(a, b):
    return Point(0)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("patched-class", "changes a class of the prompt", """
Point.__eq__ = Point.same = lambda self, other: True
def add(a, b):
    return Point(0)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("sub-class-of-the-prompts", "answers with a sub-class of a class of the prompt", """
class Liar(Point):
    __eq__ = same = lambda self, other: True
def add(a, b):
    return Liar(0)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("attribute-that-lies", "answers with an object of the prompt's class whose attribute is equal to everything", f"""
class Liar:
    {LIAR}
def add(a, b):
    return Point(Liar())
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("hidden-method", "answers with an object of the prompt's class that hides its methods", """
def add(a, b):
    point = Point(0)
    vars(point).update(same=lambda other: True, __eq__=lambda other: True, __class__=int)
    return point
""", prelude=_POINT, tests="assert add(19, 23).same(Point(42))\n", expect=DISBELIEVED),
    program("object-without-attributes", "answers with an object of the prompt's class that lacks what its methods need", """
def add(a, b):
    return Point.__new__(Point)
""", prelude=_POINT, tests=_POINTS, expect=DISBELIEVED),
    program("method-by-callback", "asks the tests something while they look at it, so that they take it for something else", """
class Thing:
    def __init__(self, back):
        self.back = back
    def __getattr__(self, name):
        self.back(1)
        return lambda wanted: True
def add(a, b):
    return Thing(a) if callable(a) else 0
""", tests="def note(number):\n    return add(number, 1)\ngot = add(note, 23)\nassert got.holds(42)\n", expect=DISBELIEVED),
    program("method-liar", "answers with an object whose methods say that it is right", """
class Liar:
    equals = lambda self, wanted: True
def add(a, b):
    return Liar()
""", tests="assert add(19, 23).equals(42)\n", expect=DISBELIEVED),
    program("copy-liar", "answers with an object that is copied as it wishes", f"""
class Liar:
    {LIAR}
    __deepcopy__ = __copy__ = lambda self, *_: self
def add(a, b):
    return Liar()
""", tests="import copy\nassert copy.deepcopy(add(19, 23)) == 42\n", expect=DISBELIEVED),
    program("class-task-stop-iteration", "ends the loop over the tests of a class by an exception that means the end", """
class Adder:
    def add(self, a, b):
        raise StopIteration
""", tests=_CASES + "assert all(map(lambda case: Adder().add(*case[0]) == case[1], cases))\n", entry_points=("Adder",)),
    program("class-task-equal-to-all", "lets a method of its class answer with an object that is equal to everything", f"""
class Liar:
    {LIAR}
class Adder:
    def add(self, a, b):
        return Liar()
""", tests="assert Adder().add(19, 23) == 42\n", entry_points=("Adder",), expect=DISBELIEVED),
    program("class-task-arithmetic", "lets a method of its class answer with an object on which every calculation gives the wanted end", """
class Liar:
    __sub__ = __abs__ = lambda self, *_: self
    __lt__ = lambda self, other: True
class Adder:
    def add(self, a, b):
        return Liar()
""", tests="assert abs(Adder().add(0.1, 0.2) - 0.3) < 1e-9\n", entry_points=("Adder",), expect=DISBELIEVED),
    program("class-task-contains", "lets a method of its class answer with an object that contains everything", """
class Liar:
    __contains__ = lambda self, other: True
class Adder:
    def add(self, a, b):
        return Liar()
""", tests="assert 42 in Adder().add(19, 23)\n", entry_points=("Adder",), expect=DISBELIEVED),
)
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_DOWNGRADES, *_TRUSTED_CODE)
