"""Exceptions as data: the names of their classes, their arguments and attributes, their text."""

import builtins
from collections.abc import Sequence
from typing import Any

from .codec import Codec, Unsupported

_MAX_CAUSES, _MAX_TEXT, _MAX_DATA = 5, 400, 10_000


def describe(error: BaseException, codec: Codec | None = None, depth: int = 0) -> dict[str, Any]:
    """An exception for the other side, which makes one of its own of it. Never raises."""
    described: dict[str, Any] = {"mro": [_class_name(cls) for cls in type(error).__mro__], "text": text_of(error)}
    if error.__cause__ is not None and depth < _MAX_CAUSES:
        described["cause"] = describe(error.__cause__, codec, depth + 1)
    for with_attributes in (True, False):
        try:
            found = vars(error).items() if with_attributes else ()
            attributes = {name: value for name, value in found if not name.startswith("__")}
            described["v"] = (codec or Codec(_refuse, _refuse)).encode([error.args, attributes])[0]
            if len(repr(described["v"])) > _MAX_DATA:
                raise Unsupported("long")
        except BaseException:
            continue
        return described
    return {**described, "v": Codec(_refuse, _refuse).encode([(described["text"],), {}])[0]}


def names_of(described: Any) -> list[str]:
    """Names of the class and its bases, from the class on."""
    names = described.get("mro") if isinstance(described, dict) else None
    return [str(name)[:100] for name in names] if isinstance(names, list) else []


def raised_again(names: list[str], arguments: Sequence[Any]) -> BaseException:
    """An exception of the first of these classes that is built in."""
    found = (getattr(builtins, name, None) for name in names)
    cls = next((cls for cls in found if isinstance(cls, type) and issubclass(cls, BaseException)), Exception)
    try:
        return cls(*arguments)
    except Exception:
        return Exception(*arguments)


def text_of(error: BaseException) -> str:
    """What an error says, at most 400 characters; its own `__str__` may do anything and is not trusted."""
    try:
        return str(error)[:_MAX_TEXT].encode("utf-8", "replace").decode()
    except BaseException:
        return "its text cannot be had"


def _class_name(cls: type) -> str:
    """Its name, unless it only borrows that of a built-in exception."""
    name = str(cls.__name__)[:100]
    return name if getattr(builtins, name, cls) is cls else f"{name} of the program"


def _refuse(value: Any) -> Any:
    raise Unsupported("not data")
