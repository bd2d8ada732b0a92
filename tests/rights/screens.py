"""The admin's half of the permission matrix. A new screen or page needs a row here."""

from tests.rights.people import ADMINISTRATORS, NOBODY, OPERATORS, STAFF, SUPERUSERS, Screen, Who

UUID = "00000000-0000-0000-0000-000000000000"
"""Of a row that there is not."""

CONFIGURED = Screen(view=OPERATORS, add=ADMINISTRATORS, change=ADMINISTRATORS, delete=ADMINISTRATORS)
WRITTEN_BY_THE_GATEWAY = Screen(view=OPERATORS, add=NOBODY, change=NOBODY, delete=NOBODY)

SCREENS: dict[str, Screen] = {
    "llm.provider": Screen(
        view=OPERATORS,
        add=ADMINISTRATORS,
        change=ADMINISTRATORS,
        delete=ADMINISTRATORS,
        actions=(("retest", OPERATORS), ("reset", OPERATORS), ("let-back", OPERATORS), ("release", OPERATORS)),
        pages=(("control", OPERATORS),),
    ),
    "llm.route": CONFIGURED,
    "llm.statictext": CONFIGURED,
    "llm.modelprice": CONFIGURED,
    "llm.spendingrule": CONFIGURED,
    "llm.limit": CONFIGURED,
    "llm.routerule": CONFIGURED,
    "llm.budget": CONFIGURED,
    "llm.consumerkey": Screen(
        view=OPERATORS,
        add=ADMINISTRATORS,
        change=NOBODY,
        delete=NOBODY,
        actions=(("revoke", ADMINISTRATORS), ("rotate", ADMINISTRATORS)),
    ),
    "llm.team": CONFIGURED,
    "llm.consumer": CONFIGURED,
    "auditlog.logentry": WRITTEN_BY_THE_GATEWAY,
    "llm.call": WRITTEN_BY_THE_GATEWAY,
    "llm.alert": WRITTEN_BY_THE_GATEWAY,
    "llm.wallet": WRITTEN_BY_THE_GATEWAY,
    "llm.reconciliation": WRITTEN_BY_THE_GATEWAY,
    "llm.walletentry": WRITTEN_BY_THE_GATEWAY,
    "llm.circuitevent": WRITTEN_BY_THE_GATEWAY,
    "conversations.conversation": Screen(view=SUPERUSERS, add=NOBODY, change=NOBODY, delete=NOBODY),
    "auth.user": Screen(view=ADMINISTRATORS, pages=(("password", SUPERUSERS),)),
    "auth.group": Screen(),
    "axes.accessattempt": Screen(add=NOBODY, change=NOBODY),
    "otp_totp.totpdevice": Screen(add=NOBODY, change=NOBODY),
    "otp_static.staticdevice": Screen(add=NOBODY, change=NOBODY),
}
"""By the model's label; a screen of another package is `Screen()` unless a group was given rights to its model."""

PAGES: dict[str, tuple[frozenset[Who], int]] = {
    "admin/": (STAFF, 200),
    "admin/search/": (STAFF, 200),
    "admin/password_change/": (STAFF, 200),
    "admin/password_change/done/": (STAFF, 200),
    "admin/jsi18n/": (STAFF, 200),
    "admin/autocomplete/?app_label=llm&model_name=consumerkey&field_name=user": (ADMINISTRATORS, 200),
    "admin/r/0/0/": (STAFF, 404),
    "admin/console/now/": (STAFF, 200),
    "admin/console/day/": (STAFF, 200),
    "admin/console/calls/live/": (OPERATORS, 286),
    "admin/console/calls.csv": (OPERATORS, 200),
    "admin/console/spend/": (OPERATORS, 200),
    "admin/console/spend.csv": (OPERATORS, 200),
    "admin/console/latency/": (OPERATORS, 200),
    "admin/console/latency.csv": (OPERATORS, 200),
    "admin/llm/wallet/tell/": (OPERATORS, 302),
    "admin/llm/alert/mute/": (OPERATORS, 302),
    "admin/llm/alert/test/": (OPERATORS, 302),
    "admin/second-factor/": (STAFF, 200),
    "admin/add-provider/": (ADMINISTRATORS, 200),
    f"admin/add-provider/like/{UUID}/": (ADMINISTRATORS, 404),
    "admin/add-provider/mistral/": (ADMINISTRATORS, 200),
    "admin/add-provider/mistral/models/": (ADMINISTRATORS, 302),
    "admin/add-provider/mistral/test/": (ADMINISTRATORS, 302),
    "admin/playground/": (OPERATORS, 200),
    "admin/playground/ask/": (OPERATORS, 405),
    "admin/what-if/": (OPERATORS, 200),
    "admin/drills/": (OPERATORS, 200),
    "admin/simulator/": (OPERATORS, 200),
    "admin/llm/": (OPERATORS, 200),
    "admin/axes/": (SUPERUSERS, 200),
    "admin/otp_totp/": (SUPERUSERS, 200),
    "admin/otp_static/": (SUPERUSERS, 200),
    "admin/auth/": (ADMINISTRATORS, 200),
    "admin/conversations/": (SUPERUSERS, 200),
    "admin/unknown": (STAFF, 404),
}
"""Pages beside the models' own: who gets which status by GET. Other staff is refused, others sign in."""

OPEN_PAGES = ("admin/login/", "admin/logout/", "i18n/setlang/", "")
"""For signing in and out, for the choice of a language, and the first page, which shows no data."""
