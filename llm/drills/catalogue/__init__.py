"""All drills by name, in the order in which they are played."""

from llm.drills.catalogue.outages import OUTAGES
from llm.drills.catalogue.refusals import REFUSALS
from llm.drills.catalogue.replies import REPLIES
from llm.drills.catalogue.transport import TRANSPORT
from llm.drills.drill import Drill

CATALOGUE: dict[str, Drill] = {drill.name: drill for drill in (*REFUSALS, *TRANSPORT, *REPLIES, *OUTAGES)}
