"""The product under the clients: served on a free port, with simulated vendors and a throw-away database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.processes import gateway, operate, simulator
from clients.stage import Stage, serving

MAKE_ADMIN_KEY = (
    "from django.contrib.auth import get_user_model as m; from llm.stores.config.keys import create; "
    "print(create(m().objects.create_superuser('stage'), 'stage')[1])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """`url`: its origin, `key`: a consumer's, `stage_url`: where the check programs find the stage."""

    url: str
    stage_url: str
    key: str = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that snippets and check programs read."""
        return {"DJOBEA_URL": self.url, "DJOBEA_KEY": self.key, "STAGE_URL": self.stage_url}


@contextmanager
def product() -> Iterator[Product]:
    """Runs until the block ends."""
    with simulator() as vendors, gateway(vendors, database_url="", everyone=True) as running:
        admin_key = operate(running, "shell", "--no-imports", "-c", MAKE_ADMIN_KEY).strip().splitlines()[-1]
        stage = Stage(vendors_url=vendors.url, product_url=running.url, admin_key=admin_key)
        with serving(stage) as stage_url:
            yield Product(url=running.url, key=running.key, stage_url=stage_url)
