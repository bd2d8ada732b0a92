"""What models cost: an operator's own price first, else that of the list in `genai_prices`.

The list takes a third of a second of CPU to import, so `warm` is called outside of requests.
"""

from llm.stores.prices.listed import context_window, warm
from llm.stores.prices.price import cost, price, token_rates
from llm.stores.prices.rates import prepare_rates

__all__ = ["context_window", "cost", "prepare_rates", "price", "token_rates", "warm"]
