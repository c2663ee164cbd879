"""Personal data and secrets in rows: found by form and, where there is one, by check digit; masked on request.

Found: mobile and landline numbers of mainland China, international numbers with +, e-mail addresses, identity card numbers (GB 11643, check
digit), bank cards (Luhn), number plates, VINs (check digit of GB 16735), IPv4 addresses, private keys, tokens of known services, passwords
after the word. Not covered: names, addresses, and numbers written in words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.item import Lang
from sft_train.data.record import Row

_KEY = "[A-Z ]*PRIVATE KEY"
_NUMBER = "[A-HJ-NP-Z0-9]"
_PLATE = rf"(?:{_NUMBER}{{5}}|[A-HJK]{_NUMBER}\d{{4}}|\d{{5}}[A-HJK])"
_BIRTH = r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _is_id_card(text: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def _is_card(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()][::-1]
    return len(set(digits)) > 1 and sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def _is_vin(text: str) -> bool:
    values = [int(char) if char.isdigit() else _VIN_VALUES[char] for char in text.upper()]
    return "0123456789X"[sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11] == text[8].upper()


def _is_public_address(text: str) -> bool:
    parts = [int(part) for part in text.split(".")]
    return all(part <= 255 for part in parts) and parts[0] not in (0, 127) and text not in ("255.255.255.255", "8.8.8.8", "1.1.1.1")


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    masks: dict[Lang, str]
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] = lambda text: True


def _kind(name: str, zh: str, en: str, pattern: str, holds: Callable[[str], bool] = lambda text: True) -> _Kind:
    return _Kind(name, {"zh": f"[{zh}]", "en": f"[{en}]"}, re.compile(pattern), holds)


_KINDS = (
    _kind("private_key", "密钥", "private key", rf"-----BEGIN {_KEY}-----[\s\S]*?(?:-----END {_KEY}-----|\Z)"),
    _kind(
        "token", "令牌", "token",
        r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|sk-[A-Za-z0-9_-]{20,}|hf_[A-Za-z0-9]{30,}|xox[abprs]-[\w-]{10,}|"
        r"AIza[\w-]{35}|LTAI[A-Za-z0-9]{12,24}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,})",
    ),
    _kind(
        "password", "密码", "password",
        r"(?i:(?<=密码是)|(?<=密码为)|(?<=密码：)|(?<=密码:)|(?<=password: )|(?<=password is )|(?<=passwd=)|(?<=password=)|(?<=api_key=))"
        r"(?=[^\s，。,;]*\d)[^\s，。,;\"'）)]{4,64}",
    ),
    _kind("email", "邮箱", "e-mail", r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![A-Za-z0-9])"),
    _kind("id_card", "身份证号", "ID number", rf"(?<![0-9A-Za-z])[1-9]\d{{5}}{_BIRTH}\d{{3}}[\dXx](?![0-9A-Za-z])", _is_id_card),
    _kind("bank_card", "银行卡号", "card number", r"(?<![\d.])[3-6]\d{3}[ -]?(?:\d{4}[ -]?){2}\d{1,4}(?:[ -]?\d{1,3})?(?![\d.])", _is_card),
    _kind("phone", "手机号", "phone number", r"(?<![\d.+])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![\d.]\d|\d)"),
    _kind("phone", "电话", "phone number", r"(?<![\d-])0\d{2,3}-\d{7,8}(?!\d)"),
    _kind("phone", "电话", "phone number", r"(?<![\w+])\+(?!86)[1-9]\d{0,2}(?:[ -]?\(?\d{2,4}\)?){2,4}(?!\d)"),
    _kind("plate", "车牌号", "number plate", rf"[{_PROVINCES}][A-HJ-NP-Z][·• ]?{_PLATE}(?![A-Za-z0-9])"),
    _kind("vin", "车架号", "VIN", r"(?<![0-9A-Za-z])(?=[0-9]*[A-HJ-NPR-Z])(?=[A-Z]*[0-9])[A-HJ-NPR-Z0-9]{17}(?![0-9A-Za-z])", _is_vin),
    _kind("ip_address", "IP 地址", "IP address", r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", _is_public_address),
)  # fmt: skip
KINDS = tuple(dict.fromkeys(kind.name for kind in _KINDS))


@dataclass(frozen=True, slots=True)
class Private:
    """A piece of personal data or a secret; `text` is shortened so that a report does not spread it."""

    kind: str
    text: str


def find_private(text: str) -> list[Private]:
    """All that is private in `text`.

    >>> [(found.kind, found.text) for found in find_private("打给13812345678，车牌沪A12345")]
    [('phone', '13…'), ('plate', '沪A…')]
    """
    found: list[Private] = []
    mask_private(text, "en", found)
    return found


def mask_private(text: str, lang: Lang, found: list[Private] | None = None) -> str:
    """`text` with every private piece replaced by what it is; the pieces are added to `found`.

    >>> mask_private("Call +44 20 7946 0958 or mail li@example.com.", "en")
    'Call [phone number] or mail [e-mail].'
    """
    for kind in _KINDS:

        def replacement(match: re.Match[str], kind: _Kind = kind) -> str:
            if not kind.holds(match[0]):
                return match[0]
            if found is not None:
                found.append(Private(kind.name, f"{match[0][:2]}…"))
            return kind.masks[lang]

        text = kind.pattern.sub(replacement, text)
    return text


def mask_row(row: Row, found: list[Private]) -> Row:
    """The row with all of its texts masked; a row without anything private comes back as it is."""
    before = len(found)
    turns = tuple(replace(turn, content=mask_private(turn.content, row.lang, found)) for turn in row.turns)
    text, rejected = (mask_private(part, row.lang, found) for part in (row.text, row.rejected))
    facts = tuple(mask_private(fact, row.lang, found) for fact in row.facts)
    return row if len(found) == before else replace(row, turns=turns, text=text, rejected=rejected, facts=facts)
