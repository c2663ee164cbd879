"""Numbers as reports show them; what is not known is a dash."""


def number(value: float | None) -> str:
    """Three decimals, or a dash for None."""
    return "–" if value is None else f"{value:.3f}"


def signed(value: float | None) -> str:
    """Three decimals and the sign, or a dash for None."""
    return "–" if value is None else f"{value:+.3f}"


def interval(low: float | None, high: float | None, *, with_signs: bool = False) -> str:
    """Both limits with three decimals, or a dash if either is None."""
    if low is None or high is None:
        return "–"
    return f"{low:+.3f}…{high:+.3f}" if with_signs else f"{low:.3f}…{high:.3f}"


def probability(value: float | None) -> str:
    """Three decimals, "<.001" below that, or a dash for None."""
    if value is None:
        return "–"
    return "<.001" if value < 0.001 else f"{value:.3f}"


def listed(items: tuple[str, ...], most: int = 12) -> str:
    """Items by name, the first ones if there are many."""
    return ", ".join(items[:most]) + (f" … ({len(items)} in all)" if len(items) > most else "")
