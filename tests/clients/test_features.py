"""The table of what passes."""

from clients.features import Feature, FeatureOutcome, Result, failed, table


def _result(
    client: str, vendor: str, feature: Feature, outcome: FeatureOutcome = FeatureOutcome.PASS, note: str = ""
) -> Result:
    return Result(client=client, vendor=vendor, feature=feature, outcome=outcome, note=note)


RESULTS = [
    _result("curl", "", Feature.SNIPPET),
    _result("SDK", "", Feature.SNIPPET),
    *(_result("SDK", vendor, Feature.PLAIN) for vendor in ("claude", "gemini", "openai")),
    *(_result("SDK", vendor, Feature.CUT, note="raises") for vendor in ("claude", "gemini", "openai")),
    _result("SDK", "gemini", Feature.TOOLS, FeatureOutcome.FAIL, "no call"),
    _result("Other", "", Feature.SNIPPET, FeatureOutcome.SKIPPED, "node is not installed"),
]


def test_the_table_has_a_row_a_vendor_and_says_every_note_once() -> None:
    lines = [line.split() for line in table(RESULTS).splitlines()]
    heading, *rows = lines[: lines.index([])]
    assert heading[0] == "snippet"
    assert rows == [
        ["curl", "pass"],
        ["SDK", "claude", "pass", "pass", "pass"],
        ["gemini", "pass", "FAIL", "pass"],
        ["openai", "pass", "pass"],
        ["Other", "skip"],
    ]
    assert table(RESULTS).splitlines()[-3:] == [
        "SDK, cut: raises",
        "SDK, tools (gemini): FAIL: no call",
        "Other, snippet: skip: node is not installed",
    ]


def test_cells_stand_under_their_features() -> None:
    heading, *rows = table(RESULTS).splitlines()
    place = heading.index("tools") + len("tools")
    assert next(row for row in rows if "gemini" in row)[:place].endswith("FAIL")


def test_only_a_failed_check_is_a_failure() -> None:
    assert failed(RESULTS)
    assert not failed([result for result in RESULTS if result.outcome is not FeatureOutcome.FAIL])
