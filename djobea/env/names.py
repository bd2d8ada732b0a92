"""Finds variables that look like settings and are not read: a misspelt one would else be ignored in silence."""

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

OWN = "LLM_"
"""What begins so is taken for a variable of this product."""

NEAR = 0.82
"""How alike two names are, from 0 to 1, by https://docs.python.org/3/library/difflib.html#difflib.get_close_matches."""

NEAR_FOREIGN = 0.88
"""For other names: they may well be another program's, such as OPENAI_API_BASE."""

SERVICE_LINK = re.compile(r".*_(?:SERVICE_(?:HOST|PORT)(?:_.*)?|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_.*)?)")
"""What Kubernetes sets for a service that is called "llm", beside LLM_PORT.

https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownName:
    """A variable that is not read, and the one that is probably meant; "" when none is near."""

    name: str
    meant: str

    @property
    def own(self) -> bool:
        """Whether its name is of this product's own kind."""
        return self.name.startswith(OWN)


def unknown_names(in_process: Iterable[str], in_file: Collection[str], known: Collection[str]) -> list[UnknownName]:
    """The names that are not in `known`, sorted. Of names without LLM_ only those that are near to one.

    In the process's environment, near ones count only with a vendor's prefix: there it holds much that is not ours.
    """
    prefixes = tuple({f"{name.partition('_')[0]}_" for name in known if name.endswith("_API_KEY")})
    found, names = [], set(in_process) | set(in_file)
    for name in sorted(names - set(known)):
        if SERVICE_LINK.fullmatch(name) or (name.endswith("_PORT") and f"{name[:-5]}_SERVICE_HOST" in names):
            continue
        meant = _meant(name, known, NEAR if name.startswith(OWN) else NEAR_FOREIGN)
        ours = name in in_file or name.startswith(prefixes)
        if name.startswith(OWN) or (ours and meant):
            found.append(UnknownName(name=name, meant=meant))
    return found


def _meant(name: str, known: Collection[str], cutoff: float) -> str:
    """The known name that is nearest; "" for one that only adds to a known name, as OPENAI_API_KEY_2 does."""
    near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=cutoff)
    if not near or re.match(rf"{near[0]}[_0-9]", name):
        return ""
    return near[0]
