"""Groups over a period, in each interval of it, and over the period before: what a chart and its table need.

One read of the stores answers all three, where `report` would be asked twice.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from llm.core.usage.dimensions import Interval
from llm.core.usage.sums import HISTOGRAMS
from llm.services.analytics.figures import Figures
from llm.services.analytics.question import Question
from llm.stores.usage.read import sums_of_periods

Key = tuple[Any, ...]


@dataclass(slots=True, kw_only=True)
class Course:
    """One group's figures: of the period, of each interval that has some, and of the period before."""

    now: Figures = field(default_factory=Figures)
    before: Figures = field(default_factory=Figures)
    intervals: dict[datetime, Figures] = field(default_factory=dict)


def over_time(question: Question, *, histograms: Collection[str] = HISTOGRAMS) -> dict[Key, Course]:
    """The courses by key: the values of the question's columns without its interval, which is the last one.

    The question's period begins with an interval. The period before is as long and ends there. Raises ValueError for
    a question that no kept sums answer.
    """
    start, end = question.start, question.end
    if not isinstance(question.columns[-1], Interval):
        raise ValueError("the question has no interval at its end")
    periods = ((start - (end - start), start), (start, end))
    usage = sums_of_periods(periods, question.asked, histograms=histograms)
    courses: dict[Key, Course] = {}

    def at(key: list[Any], moment: datetime) -> tuple[Figures, ...]:
        """The figures to which what happened at the moment belongs."""
        course = courses.setdefault(tuple(key), Course())
        if moment < start:
            return (course.before,)
        return course.now, course.intervals.setdefault(moment.astimezone(question.zone), Figures())

    for (*key, moment), sums in usage.items():
        for figures in at(key, moment):
            figures.sums.add(sums)
    return courses


def merged(courses: Collection[Course]) -> Course:
    """Several courses as one."""
    whole = Course()
    for course in courses:
        whole.now.merge(course.now)
        whole.before.merge(course.before)
        for moment, figures in course.intervals.items():
            whole.intervals.setdefault(moment, Figures()).merge(figures)
    return whole
