"""Whose failure it is: one key's, a project's, an account's. Other providers of the same one need not be asked to know.

Read from the vendor's code and from words in its sentence. What says nothing of a scope is the key's own: to park too
few costs a call each, to park too many costs answers.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from llm.core.failures.policy import ErrorClass, Failure


class Scope(StrEnum):
    KEY = "key"
    """This provider's alone."""
    PROJECT = "project"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a failure goes. `one_model`: only providers of the same model share it."""

    scope: Scope = Scope.KEY
    one_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """By what a provider shares the failures of others: the vendor's account, a project in it, an upstream behind
    several vendors. Names as operators give them; empty: shared with none."""

    account: str = ""
    project: str = ""
    upstream: str = ""


ALONE = Reach()

ACCOUNT_CODES = frozenset(
    {
        "organization_restricted",  # groq-auth-001
        "organization_disabled",
        "account_deactivated",  # OpenAI's error codes page
        "access_terminated",
        "account_suspended",
    }
)
PROJECT_CODES = frozenset(
    {
        "consumer_invalid",  # gemini-permission-006; google.rpc ErrorReason
        "consumer_suspended",
        "service_disabled",
        "project_archived",
        "user_project_denied",
    }
)
_ACCOUNT = re.compile(
    r"(?:your |this |the )?(?:organi[sz]ation|account)\b(?:(?!\bmodel\b).){0,60}"
    r"\b(?:restricted|disabled|deactivated|suspended|banned|terminated|closed)",
    re.IGNORECASE,
)
_PROJECT = re.compile(
    r"\bproject\b.{0,80}\b(?:archived|disabled|suspended|deleted|denied|not been used)"
    r"|permission denied on resource project|\bon your project\b",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"\bkey (?:limit|budget|quota)|(?:limit|budget|quota)[\w ]{0,20}\b(?:for|of) (?:this|your|the)(?: api)? key"
    r"|\bfree[- ]models?\b",
    re.IGNORECASE,
)
"""A key's own bound (OpenRouter's key limit, LiteLLM's budgets), or one of free models, which spares the paid ones."""
_ONE_MODEL = re.compile(r"\bfor (?:model )?[`'\"]?[\w./:-]+[`'\"]? in (?:organi[sz]ation|project)\b", re.IGNORECASE)
"""groq-credit-001: "Rate limit reached for model `…` in organization `…` … on tokens per day"."""
_QUOTA = re.compile(r"\bquota exceeded\b|per_project|perproject", re.IGNORECASE)
"""Google's quotas are a project's, by model (https://ai.google.dev/gemini-api/docs/rate-limits)."""
_IN_PROJECT = re.compile(r"\bin project\b|your project'?s\b", re.IGNORECASE)


def reach_of(failure: Failure, kind: str) -> Reach:
    """How far the failure of a provider of this kind goes."""
    if _KEY.search(failure.message):
        return ALONE
    match failure.error_class:
        case ErrorClass.RATE_LIMITED:
            return Reach(scope=_payer(failure, kind), one_model=True)
        case ErrorClass.CREDIT_EXHAUSTED:
            by_model = _ONE_MODEL.search(failure.message) or (kind == "gemini" and _QUOTA.search(failure.message))
            return Reach(scope=_payer(failure, kind), one_model=bool(by_model))
        case ErrorClass.AUTH | ErrorClass.PERMISSION:
            return _of_refusal(failure)
    return ALONE


def _payer(failure: Failure, kind: str) -> Scope:
    """Whose limits and credit a vendor counts."""
    is_project = kind == "gemini" or _IN_PROJECT.search(failure.message)
    return Scope.PROJECT if is_project else Scope.ACCOUNT


def _of_refusal(failure: Failure) -> Reach:
    code = (failure.vendor_code or "").lower()
    if code in ACCOUNT_CODES or _ACCOUNT.match(failure.message):
        return Reach(scope=Scope.ACCOUNT)
    if code in PROJECT_CODES or _PROJECT.search(failure.message):
        return Reach(scope=Scope.PROJECT)
    return ALONE
