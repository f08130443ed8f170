"""A small reader of the R conditions in the CTCAE files: logic with NA, comparisons, signif, is.na, %in%."""

import re
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Expression = Callable[[Row], Any]
TOKEN = re.compile(r"\s*(<=|>=|<|>|%in%|[&|!()+*,-]|\d+(?:\.\d+)?|[A-Za-z_.]+)")
LISTS = {"high_indicator": ("HIGH",), "low_indicator": ("LOW",)}
DIGITS = 15


def case_when(code: str) -> list[tuple[Expression, str | None]]:
    """``condition ~ "4", condition ~ NA_character_`` as pairs."""
    pairs = []
    for part in re.findall(r"(.+?)~\s*(\"\d\"|NA_character_)\s*,?", code):
        condition, result = part
        pairs.append((_Reader(condition).read(), None if result.startswith("NA") else result.strip('"')))
    return pairs


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text), text
        self.at = 0

    def read(self) -> Expression:
        found = self._or()
        assert self.at == len(self.tokens)
        return found

    def _next(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _or(self) -> Expression:
        left = self._and()
        while self._next() == "|":
            self._take()
            left = _join(left, self._and(), True)
        return left

    def _and(self) -> Expression:
        left = self._not()
        while self._next() == "&":
            self._take()
            left = _join(left, self._not(), False)
        return left

    def _not(self) -> Expression:
        if self._next() == "!":
            self._take()
            inner = self._not()
            return lambda row: None if (value := inner(row)) is None else not value
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum()
        sign = self._next()
        if sign == "%in%":
            self._take()
            allowed = LISTS[self._take()]
            return lambda row: left(row) in allowed
        if sign in ("<", "<=", ">", ">="):
            self._take()
            right = self._sum()
            return lambda row: _compare(sign, left(row), right(row))
        return left

    def _sum(self) -> Expression:
        left = self._product()
        while self._next() in ("+", "-"):
            factor = 1 if self._take() == "+" else -1
            left = _arithmetic(left, self._product(), lambda a, b, f=factor: a + f * b)
        return left

    def _product(self) -> Expression:
        left = self._atom()
        while self._next() == "*":
            self._take()
            left = _arithmetic(left, self._atom(), lambda a, b: a * b)
        return left

    def _atom(self) -> Expression:
        token = self._take()
        if token == "(":
            inner = self._or()
            assert self._take() == ")"
            return inner
        if token == "-":
            inner = self._atom()
            return lambda row: -inner(row)
        if token[0].isdigit():
            return lambda row: float(token)
        if token == "is.na":
            inner = self._atom()
            return lambda row: inner(row) is None
        if token == "signif":
            assert self._take() == "("
            inner = self._sum()
            assert [self._take() for _ in range(3)] == [",", "signif_dig", ")"]
            return lambda row: None if (value := inner(row)) is None else float(f"{value:.{DIGITS - 1}e}")
        return lambda row: row[token]


def _join(left: Expression, right: Expression, decides: bool) -> Expression:
    def evaluate(row: Row) -> bool | None:
        values = (left(row), right(row))
        if decides in values:
            return decides
        return None if None in values else not decides

    return evaluate


def _compare(sign: str, a: float | None, b: float | None) -> bool | None:
    if a is None or b is None:
        return None
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]


def _arithmetic(left: Expression, right: Expression, of: Callable[[float, float], float]) -> Expression:
    def evaluate(row: Row) -> float | None:
        a, b = left(row), right(row)
        return None if a is None or b is None else of(a, b)

    return evaluate


def grader(term: dict[str, str]) -> Callable[[Row], int | None]:
    """The grade that the conditions of one term give, in the order in which the package puts them; else 0."""
    pairs = [pair for grade in ("NA", 4, 3, 2, 1) for pair in case_when(term.get(f"GRADE_{grade}_CODE", ""))]

    def grade(row: Row) -> int | None:
        for condition, result in pairs:
            if condition(row):
                return None if result is None else int(result)
        return 0

    return grade
