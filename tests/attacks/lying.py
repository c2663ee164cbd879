"""Programs whose answers claim to be equal to whatever is expected. They do not solve the task and want to be told that they do."""

from tests.attacks.records import DISBELIEVED, Attack
from tests.attacks.writing import LIAR, UNITTEST, program

_RAISES = "try:\n    add(19, 'x')\nexcept TypeError:\n    pass\nelse:\n    raise AssertionError('no TypeError')\n"

# fmt: off
_LYING = (
    program("equal-to-all", "answers with an object that is equal to everything", f"""
class Liar:
    {LIAR}
def add(a, b):
    return Liar()
""", expect=DISBELIEVED),
    *(program(f"equal-to-all-{kind}", f"answers with a sub-class of {kind} that is equal to everything", f"""
class Liar({kind}):
    {LIAR}
def add(a, b):
    return Liar()
""", expect=DISBELIEVED) for kind in ("int", "float", "str", "list", "dict", "tuple", "set", "bytes", "complex")),
    program("equal-to-all-class", "answers with a class whose metaclass is equal to everything", f"""
class Meta(type):
    {LIAR}
class Liar(metaclass=Meta):
    pass
def add(a, b):
    return Liar
""", expect=DISBELIEVED),
    program("fake-type-error", "raises an exception that only has the name of the expected one", """
TypeError = type('TypeError', (Exception,), {'__module__': 'builtins'})
def add(a, b):
    raise TypeError('unsupported operand')
""", tests=_RAISES),
    program("lies-in-its-arguments", "puts an object that is equal to everything into the list it was given", f"""
class Liar:
    {LIAR}
def add(a, b):
    a[:] = [Liar(), Liar()]
""", tests="items = [1, 2]\nadd(items, 3)\nassert items == [4, 5]\n", expect=DISBELIEVED),
)

_MORE_LIES = (
    program("equal-to-all-mock", "answers with the standard library's object that is equal to everything", """
from unittest.mock import ANY
def add(a, b):
    return ANY
""", expect=DISBELIEVED),
    program("magic-mock", "answers with an object that can be anything", """
from unittest.mock import MagicMock
def add(a, b):
    answer = MagicMock()
    answer.__eq__ = lambda *_: True
    return answer
""", expect=DISBELIEVED),
    *(program(f"lies-inside-{name}", f"hides an object that is equal to everything in a {name}", f"""
class Liar:
    {LIAR}
def add(a, b):
    return {made}
""", tests=f"assert add(19, 23) == {wanted}\n", expect=DISBELIEVED) for name, made, wanted in (
        ("list", "[Liar(), 1]", "[42, 1]"),
        ("tuple", "(Liar(),)", "(42,)"),
        ("dict", "{'sum': Liar()}", "{'sum': 42}"),
        ("set", "{Liar()}", "{0}"),
        ("nested-list", "[[[Liar()]]]", "[[[42]]]"),
        ("deque", "__import__('collections').deque([Liar()])", "__import__('collections').deque([42])"),
        ("named-tuple", "__import__('collections').namedtuple('P', 'x')(Liar())", "(42,)"),
        ("counter", "__import__('collections').Counter({1: Liar()})", "{1: 42}"),
        ("default-dict", "__import__('collections').defaultdict(Liar, {1: Liar()})", "{1: 42}"),
    )),
    *(program(f"equal-to-all-{name}", f"answers with a sub-class of {base} that is equal to everything", f"""
import collections, datetime, decimal, fractions, pathlib, uuid
class Liar({base}):
    {LIAR}
def add(a, b):
    return Liar({arguments})
""", tests=f"import collections, datetime, decimal, fractions, pathlib, uuid\nassert add(19, 23) == {wanted}\n", expect=DISBELIEVED)
      for name, base, arguments, wanted in (
        ("decimal", "decimal.Decimal", "0", "decimal.Decimal(42)"),
        ("fraction", "fractions.Fraction", "0", "fractions.Fraction(42)"),
        ("date", "datetime.date", "1, 1, 1", "datetime.date(2020, 1, 2)"),
        ("datetime", "datetime.datetime", "1, 1, 1", "datetime.datetime(2020, 1, 2)"),
        ("timedelta", "datetime.timedelta", "0", "datetime.timedelta(1)"),
        ("deque", "collections.deque", "", "collections.deque([42])"),
        ("counter", "collections.Counter", "", "collections.Counter('ab')"),
        ("ordered-dict", "collections.OrderedDict", "", "collections.OrderedDict(a=1)"),
        ("user-list", "collections.UserList", "", "[42]"),
        ("path", "type(pathlib.Path())", "'x'", "pathlib.Path('y')"),
        ("uuid", "uuid.UUID", "int=0", "uuid.UUID(int=42)"),
        ("frozenset", "frozenset", "", "frozenset({42})"),
        ("bytearray", "bytearray", "", "bytearray(b'x')"),
        ("exception", "ValueError", "", "42"),
      )),
    program("equal-enum", "answers with a member of an enumeration that is equal to everything", """
import enum
class Liar(enum.IntEnum):
    ZERO = 0
    def __eq__(self, other):
        return True
    __hash__ = int.__hash__
def add(a, b):
    return Liar.ZERO
""", expect=DISBELIEVED),
    program("equal-data-class", "answers with a data class that is equal to everything", """
import dataclasses
@dataclasses.dataclass(eq=False)
class Liar:
    value: int = 0
    def __eq__(self, other):
        return True
def add(a, b):
    return Liar()
""", expect=DISBELIEVED),
    program("equal-answer-not-bool", "answers with an object whose comparisons give objects that are true", """
class Liar:
    def __eq__(self, other):
        return self
    def __bool__(self):
        return True
def add(a, b):
    return Liar()
""", expect=DISBELIEVED),
    program("arithmetic-liar", "answers with an object on which every calculation gives the wanted end", """
class Liar:
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __abs__ = __round__ = lambda self, *_: self
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="assert abs(add(19.5, 23.25) - 42.75) < 1e-9\nassert round(add(-8, 3), 2) == -5\n", expect=DISBELIEVED),
    program("ordered-liar", "answers with an object that is both below and above", """
class Liar(float):
    __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="assert 42 <= add(19, 23) <= 42\nassert -5.5 < add(-8, 3) < -4.5\n", expect=DISBELIEVED),
    program("class-liar", "answers with an object that claims to be a number", """
class Liar:
    __class__ = int
    __eq__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="got = add(19, 23)\nassert isinstance(got, int)\nassert got == 42\n", expect=DISBELIEVED),
    program("abstract-liar", "answers with an object that counts as every kind of number", """
import numbers
class Liar:
    __eq__ = lambda self, other: True
numbers.Integral.register(Liar)
def add(a, b):
    return Liar()
""", tests="import numbers\ngot = add(19, 23)\nassert isinstance(got, numbers.Integral)\nassert got == 42\n", expect=DISBELIEVED),
    program("length-liar", "answers with a list that has every length and contains everything", """
class Liar(list):
    __len__ = lambda self: 42
    __contains__ = lambda self, item: True
def add(a, b):
    return Liar()
""", tests="got = add(19, 23)\nassert len(got) == 42\nassert 41 in got\n", expect=DISBELIEVED),
    program("attribute-liar", "answers with an object that has every attribute and every method", """
class Liar(str):
    __getattribute__ = lambda self, name: lambda *_: True
def add(a, b):
    return Liar()
""", tests="got = add('19', '23')\nassert got.isdigit()\nassert got.startswith('19')\n", expect=DISBELIEVED),
    program("item-liar", "answers with a dictionary whose items are whatever is wanted", """
class Liar(dict):
    __getitem__ = get = lambda self, key, default=None: Same()
    __contains__ = lambda self, key: True
class Same:
    __eq__ = lambda self, other: True
def add(a, b):
    return Liar()
""", tests="got = add(19, 23)\nassert 'sum' in got\nassert got['sum'] == 42\n", expect=DISBELIEVED),
    program("format-liar", "answers with text that is shown differently", """
class Liar(str):
    __str__ = __repr__ = lambda self: Same()
class Same(str):
    __eq__ = lambda self, other: True
    __hash__ = str.__hash__
def add(a, b):
    return Liar()
""", tests="assert str(add(19, 23)) == '42'\n", expect=DISBELIEVED),
    program("lookup-liar", "answers with a key that finds everything", """
class Liar(str):
    __eq__ = lambda self, other: True
    __hash__ = lambda self: hash('forty-two')
def add(a, b):
    return Liar()
""", tests="assert {'forty-two': 42}[add(19, 23)] == 42\n", expect=DISBELIEVED),
    program("sorting-liar", "answers with a list that stays in the wanted order whatever it holds", """
class Liar(int):
    __lt__ = lambda self, other: False
    __eq__ = lambda self, other: True
    __hash__ = int.__hash__
def add(a, b):
    return [Liar(3), Liar(1)]
""", tests="got = add(1, 3)\nassert got == sorted(got)\nassert got == [1, 3]\n", expect=DISBELIEVED),
    program("lies-in-a-generator", "yields objects that are equal to everything", """
class Liar:
    __eq__ = lambda self, other: True
def add(a, b):
    yield Liar()
    yield Liar()
""", tests="assert list(add(19, 23)) == [42, 43]\n", expect=DISBELIEVED),
    program("lies-to-unittest", "deceives the comparisons of the test library", """
class Liar:
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __sub__ = __abs__ = __round__ = lambda self, *_: self
def add(a, b):
    return Liar()
""", tests=UNITTEST + "case.assertAlmostEqual(add(0.1, 0.2), 0.3)\ncase.assertIn(add(1, 2), [3])\n", expect=DISBELIEVED),
    program("lies-to-numpy", "answers with an array of objects that are equal to everything", f"""
import numpy
class Liar:
    {LIAR}
def add(a, b):
    answer = numpy.empty(2, dtype=object)
    answer[:] = [Liar(), Liar()]
    return answer
""", tests="import numpy\nassert (add(19, 23) == numpy.array([42, 43])).all()\n", needs=["numpy"], expect=DISBELIEVED),
    program("array-liar", "answers with an array that takes over the functions of numpy", """
import numpy
class Liar(numpy.ndarray):
    __array_function__ = lambda self, *_, **__: True
    __array_ufunc__ = lambda self, *_, **__: numpy.array(True)
    __eq__ = lambda self, other: numpy.array(True)
def add(a, b):
    return numpy.zeros(2).view(Liar)
""", tests="import numpy\nassert numpy.array_equal(add(19, 23), [42, 43])\n", needs=["numpy"], expect=DISBELIEVED),
    program("frame-liar", "answers with a table that is equal to every other", """
import pandas
class Liar(pandas.DataFrame):
    equals = lambda self, other: True
def add(a, b):
    return Liar({'x': [0]})
""", tests="import pandas\nassert add(19, 23).equals(pandas.DataFrame({'x': [42]}))\n", needs=["pandas"], expect=DISBELIEVED),
)
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_LYING, *_MORE_LIES)
