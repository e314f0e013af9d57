"""Numbers that carry their own check: BIN and IIN, and the account number of a bank (IIK)."""

from __future__ import annotations

import re

_WEIGHTS = (tuple(range(1, 12)), (*range(3, 12), 1, 2))
_IIK = re.compile(r"KZ[0-9]{5}[A-Z0-9]{13}", re.ASCII)


def is_bin_or_iin(number: str) -> bool:
    """Whether twelve digits end in their check digit.

    >>> is_bin_or_iin("090140001235"), is_bin_or_iin("090140001236")
    (True, False)
    """
    if re.fullmatch(r"[0-9]{12}", number, re.ASCII) is None:
        return False
    digits = [int(digit) for digit in number]
    for weights in _WEIGHTS:
        check: int = sum(digit * weight for digit, weight in zip(digits[:11], weights, strict=True)) % 11
        if check < 10:
            return check == digits[11]
    return False


def is_iik(number: str) -> bool:
    """Whether it has the shape of an account of a Kazakh bank, and its check digits fit.

    >>> is_iik("KZ86125KZT5004100100"), is_iik("KZ87125KZT5004100100")
    (True, False)
    """
    if _IIK.fullmatch(number) is None:
        return False
    digits = "".join(str(int(sign, 36)) for sign in number[4:] + number[:4])
    return int(digits) % 97 == 1
