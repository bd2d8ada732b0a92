"""Going on with an answer that broke off after text had gone out: what the next model is asked, how its text joins on.

The partial answer is never sent as an assistant prefill, which newer models refuse: it stands in the
dialogue as the assistant's turn, and the user asks to go on. The model is told to begin with the last
words again, since that shows where the join is: in mid-word, after a blank, at a new line.
"""

from dataclasses import replace

from llm.core.chat.request import ChatRequest, OutputFormat, Role, message

ORDERS = {
    "fr": (
        "Ta réponse a été coupée. Recopie d'abord exactement ces derniers mots : « {anchor} », puis continue la même"
        " réponse là où elle s'arrête, dans la même langue. Pas d'introduction, pas d'excuse, rien d'autre de répété."
    ),
    "en": (
        'Your answer was cut off. First repeat exactly these last words: "{anchor}", then go on with the same answer'
        " where it stops, in the same language. No introduction, no apology, nothing else repeated."
    ),
}
ANCHOR = 60
"""Characters of the end that the next model is to repeat; cut at a word."""
SURE = 12
"""Characters in common that are no chance; shorter repetitions must be at least two whole words."""
SAME_START = 16
"""Characters in common with the beginning, after which other words mean a new answer."""
PREAMBLE = 160
"""Characters in which the last words may be looked for behind an unrequested introduction."""
LONGEST_REPEAT = 400


class Unjoinable(Exception):
    """What the next model says does not go on from what has been said."""


def anchor(said: str) -> str:
    """The last words of `said`, whole ones if they have a beginning in its last `ANCHOR` characters."""
    end = said[-ANCHOR:]
    if len(said) <= ANCHOR:
        return end.strip()
    _, blank, words = end.partition(" ")
    return (words if blank and words.strip() else end).strip()


def continuation(request: ChatRequest, said: str) -> ChatRequest:
    """The request that has `said` continued. JSON is requested again from the start."""
    if request.output.format is not OutputFormat.TEXT:
        return request
    order = ORDERS.get(request.language, ORDERS["en"]).format(anchor=anchor(said))
    return replace(request, messages=(*request.messages, message(Role.ASSISTANT, said), message(Role.USER, order)))


class Join:
    """Joins a continuation to `said`, piece by piece: gives back what is new in it, as soon as that is sure.

    A continuation that starts over loses the common beginning; one that repeats the last words loses them;
    any other is taken as it is. With `anew` only one that starts over is accepted. Raises Unjoinable.
    """

    def __init__(self, said: str, *, anew: bool = False) -> None:
        self._said = said
        self._anew = anew
        self._held = ""
        self._joined = False

    def feed(self, text: str) -> str:
        """What is new, which may be nothing yet."""
        if self._joined:
            return text
        self._held += text
        return self._settle(final=False)

    def end(self) -> str:
        """What was held back, once nothing more comes."""
        return "" if self._joined else self._settle(final=True)

    def _settle(self, *, final: bool) -> str:
        where = self._place(final=final)
        if where is None:
            return ""
        self._joined = True
        held, self._held = self._held, ""
        return held[where:]

    def _place(self, *, final: bool) -> int | None:
        """Where in the held text the new begins; None while more is needed to tell."""
        held, said = self._held, self._said
        blank = len(held) - len(held.lstrip())
        start = said.lstrip()
        common = _common(held[blank:], start)
        if common == len(start):
            return blank + common
        rest = len(held) - blank
        if common == rest and not final:
            return None
        if self._anew or common >= SAME_START:
            raise Unjoinable("it repeats the answer in other words")
        repeated = self._repeated(final=final)
        if repeated is None or repeated > 0:
            return repeated
        return self._behind_preamble(final=final)

    def _repeated(self, *, final: bool) -> int | None:
        """How many characters at the head of the held text are the last words again."""
        held, said = self._held, self._said[-LONGEST_REPEAT:]
        blank = len(held) - len(held.lstrip())
        for skipped in (0, blank) if blank else (0,):
            head = held[skipped:]
            if not final and any(said.startswith(head, at) for at in range(len(said) - len(head))):
                return None
            for size in range(min(len(head), len(said)), 0, -1):
                if said.endswith(head[:size]) and self._is_no_chance(size):
                    return skipped + size
        return 0

    def _is_no_chance(self, size: int) -> bool:
        repeated = self._said[-size:]
        if len(repeated.strip()) >= SURE or size == len(self._said):
            return True
        before = self._said[-size - 1 : -size]
        return not before.isalnum() and len(repeated.split()) >= 2

    def _behind_preamble(self, *, final: bool) -> int | None:
        mark = anchor(self._said)
        if len(mark) < SURE:
            return 0
        found = self._held.find(mark, 0, PREAMBLE + len(mark))
        if found < 0:
            return 0 if final or len(self._held) >= PREAMBLE + len(mark) else None
        after = found + len(mark)
        blanks = self._said[len(self._said.rstrip()) :]  # sent already, and no part of the words
        if not final and len(self._held) < after + len(blanks):
            return None
        return after + _common(self._held[after:], blanks)


def _common(one: str, other: str) -> int:
    """The length of the common beginning."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))
