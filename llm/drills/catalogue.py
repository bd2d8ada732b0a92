"""All drills by name, in the order in which they are played."""

from llm.drills.catalogue_outages import OUTAGES
from llm.drills.catalogue_refusals import REFUSALS
from llm.drills.catalogue_replies import REPLIES
from llm.drills.catalogue_transport import TRANSPORT
from llm.drills.drill import Drill

CATALOGUE: dict[str, Drill] = {drill.name: drill for drill in (*REFUSALS, *TRANSPORT, *REPLIES, *OUTAGES)}
