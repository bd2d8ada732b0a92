"""What a system made of the year."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Figures:
    """Counts of calls, of requests to vendors, and the seconds that callers lost."""

    answers: dict[str, int] = field(default_factory=dict)
    """Vendor -> calls that it answered."""
    static: int = 0
    """Calls that got the static answer; without a gateway, calls that failed."""
    lost_s: float = 0.0
    """Seconds beyond a normal answer, and all seconds until a static one."""
    vain: int = 0
    """Callers' requests to vendors that failed."""
    lists: int = 0
    """Probes that read the list of models, unbilled."""
    completions: int = 0
    """Probes by a short completion."""

    def add_answers(self, vendor: str, calls: int = 1) -> None:
        self.answers[vendor] = self.answers.get(vendor, 0) + calls

    @property
    def answered(self) -> int:
        return sum(self.answers.values())

    @property
    def calls(self) -> int:
        return self.answered + self.static

    @property
    def share_answered(self) -> float:
        """Of the calls, from 0 to 1. A year without calls counts as answered."""
        return self.answered / self.calls if self.calls else 1.0
