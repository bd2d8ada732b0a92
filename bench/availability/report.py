"""The table of a simulated year, and the same as JSON."""

from collections.abc import Mapping
from dataclasses import asdict

from bench.availability.figures import Figures
from bench.availability.years import GATEWAY, Year

AIM = 0.9995
"""Of all calls, what vendors shall answer through the gateway."""
PROMISE = 0.999
"""What the product promises."""

Results = Mapping[Year, Mapping[str, Figures]]
"""Year -> system -> its figures."""


def table(results: Results) -> str:
    """One block a year, one line a system, and whether the aim is met."""
    lines = []
    for year, systems in results.items():
        lines += [
            f"{year.shape}, {year.outages} outages, {year.per_second:g} calls a second, {year.days:g} days; "
            f"{year.vendors().all_out_s() / year.length_s:.4%} of the time every vendor is out",
            f"  {'':14}{'answered':>11}{'static':>11}{'hours lost':>12}{'in vain':>11}{'lists':>9}{'completions':>13}",
            *(_line(name, figures) for name, figures in systems.items()),
            "",
        ]
    lowest = min(systems[GATEWAY].share_answered for systems in results.values())
    verdict = (
        "met"
        if lowest >= AIM
        else f"missed; the promise of {PROMISE:.1%} is {'kept' if lowest >= PROMISE else 'broken'}"
    )
    return "\n".join([*lines, f"The gateway's lowest share is {lowest:.4%}: the aim of {AIM:.2%} is {verdict}."])


def _line(name: str, figures: Figures) -> str:
    return (
        f"  {name:14}{figures.share_answered:11.4%}{1 - figures.share_answered:11.4%}{figures.lost_s / 3600:12,.1f}"
        f"{figures.vain:11,}{figures.lists:9,}{figures.completions:13,}"
    )


def as_json(results: Results) -> list[dict[str, object]]:
    """One object a year and system."""
    return [
        {
            "outages": year.outages,
            "shape": str(year.shape),
            "per_second": year.per_second,
            "seed": year.seed,
            "days": year.days,
            "all_out_s": year.vendors().all_out_s(),
            "system": name,
            "share_answered": figures.share_answered,
            **asdict(figures),
        }
        for year, systems in results.items()
        for name, figures in systems.items()
    ]
