"""Between which whole numbers the result of an operation lies, so that none leaves 64 bits unseen."""

from .arithmetic import INT_MAX, INT_MIN, Operator

Bounds = tuple[int, int]


def result_bounds(operator: Operator, left: Bounds | None, right: Bounds | None) -> Bounds | None:
    """None where the operands are not known well enough, or a result may not fit."""
    if left is None or right is None:
        return None
    low, high = _bounds(operator, left, right)
    return (low, high) if low > INT_MIN and high <= INT_MAX else None


def _bounds(operator: Operator, left: Bounds, right: Bounds) -> Bounds:
    match operator:
        case Operator.ADD:
            return left[0] + right[0], left[1] + right[1]
        case Operator.SUBTRACT:
            return left[0] - right[1], left[1] - right[0]
        case Operator.MULTIPLY:
            corners = [one * other for one in left for other in right]
            return min(corners), max(corners)
        case _:
            farthest = max(abs(left[0]), abs(left[1]))
            return -farthest, farthest
