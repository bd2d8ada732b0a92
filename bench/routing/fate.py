"""Two keys of one organisation, in two projects, and a key of another: whom a refusal parks, and at how many calls.

The vendors are simulated and asked over HTTP. Ten calls a case; each key that the refusal concerns would refuse too.
"""

from bench.routing.apart import figures_of
from bench.routing.drill import Drill, Result, at_least, at_most


def play(_seed: int) -> Result:
    """The drill in real time. Raises CalledProcessError."""
    cases = figures_of("bench.routing.fate_calls")
    whole, project, *shared = cases.values()
    return Result(
        rows=tuple(
            {
                "case": name,
                **{f"asked {key}": calls for key, calls in case["asked"].items()},
                "parked": " ".join(case["parked"]),
                "answered by": " ".join(case["answered_by"]),
            }
            for name, case in cases.items()
        ),
        aims=(
            at_least("keys that an organisation's code parks", len(whole["parked"]), 2),
            at_most(
                "further calls after an organisation's code", whole["asked"]["red"] + whole["asked"]["blue"] - 1, 0
            ),
            at_most("keys that a project's code parks", len(project["parked"]), 1),
            at_most("further calls after a project's code", project["asked"]["red"] - 1, 0),
            at_most("instant tries at a sibling after a shared 429", sum(case["asked"]["blue"] for case in shared), 0),
        ),
    )


DRILL = Drill(name="fate", about=__doc__, play=play)
