"""Whose failure it is, by what vendors really send."""

import pytest

from llm.core.failures.policy import ErrorClass, Failure
from llm.core.failures.scope import ALONE, Reach, Scope, reach_of

ACCOUNT, PROJECT = Reach(scope=Scope.ACCOUNT), Reach(scope=Scope.PROJECT)
ACCOUNTS_MODEL = Reach(scope=Scope.ACCOUNT, one_model=True)
PROJECTS_MODEL = Reach(scope=Scope.PROJECT, one_model=True)


@pytest.mark.parametrize(
    ("error_class", "code", "message", "kind", "expected"),
    [
        (ErrorClass.CREDIT_EXHAUSTED, "insufficient_quota", "You exceeded your current quota", "openai", ACCOUNT),
        (ErrorClass.CREDIT_EXHAUSTED, None, "Your credit balance is too low to access the API.", "claude", ACCOUNT),
        (ErrorClass.CREDIT_EXHAUSTED, None, "Your prepayment credits are depleted.", "gemini", PROJECT),
        (ErrorClass.CREDIT_EXHAUSTED, None, "* Quota exceeded for metric: requests", "gemini", PROJECTS_MODEL),
        (
            ErrorClass.CREDIT_EXHAUSTED,
            "rate_limit_exceeded",
            "Rate limit reached for model `llama-3` in organization `org_X` service tier `on_demand` on tokens per day",
            "openai",
            ACCOUNTS_MODEL,
        ),
        (ErrorClass.CREDIT_EXHAUSTED, None, "Key limit exceeded (total limit).", "openai", ALONE),
        (ErrorClass.CREDIT_EXHAUSTED, "429", "Rate limit exceeded: free-models-per-day.", "openai", ALONE),
        (ErrorClass.AUTH, "organization_restricted", "Organization has been restricted.", "openai", ACCOUNT),
        (ErrorClass.AUTH, None, "This organization has been disabled.", "claude", ACCOUNT),
        (ErrorClass.AUTH, "invalid_api_key", "Incorrect API key provided", "openai", ALONE),
        (ErrorClass.PERMISSION, "CONSUMER_INVALID", "Permission denied on resource project x.", "gemini", PROJECT),
        (ErrorClass.PERMISSION, None, "The project you are requesting has been archived", "openai", PROJECT),
        (ErrorClass.PERMISSION, "model_not_found", "You do not have access to the model.", "openai", ALONE),
        (ErrorClass.RATE_LIMITED, None, "Rate limit reached for gpt-6 in organization org-X", "openai", ACCOUNTS_MODEL),
        (ErrorClass.RATE_LIMITED, None, "Resource exhausted. Please try again later.", "gemini", PROJECTS_MODEL),
        (ErrorClass.OVERLOADED, "overloaded_error", "Overloaded", "claude", ALONE),
        (ErrorClass.INVALID_REQUEST, None, "your account is suspended", "openai", ALONE),
    ],
)
def test_the_reach_of_a_failure(
    error_class: ErrorClass, code: str | None, message: str, kind: str, expected: Reach
) -> None:
    assert reach_of(Failure(error_class=error_class, vendor_code=code, message=message), kind) == expected
