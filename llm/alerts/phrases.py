"""The sentences of alerts, one table for each language. `llm.alerts.wording` combines them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llm.alerts.decide import Event
from llm.core.failures.policy import MEANINGS, ErrorClass
from llm.core.routing.standing import PHRASES, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Templates for `str.format_map`. `summaries` and `actions` by event, or by the special case's name."""

    titles: Mapping[Event, str]
    summaries: Mapping[str, str]
    actions: Mapping[str, str]
    meanings: Mapping[ErrorClass, str]
    answers: Callable[[int], str]
    """Formats a number of static answers."""
    left: Callable[[float], str]
    """Formats a number of hours: hours, or days from three on."""
    unknown: str
    periods: Mapping[str, str]
    """Of a spending rule, by what it looks at."""
    everybody: str
    of_route: str
    of_both: str
    unpriced: str
    times: str
    reminder: str
    next_provider: str
    no_provider: str
    again: str
    again_soon: str
    refill_at: str
    refill_elsewhere: str
    to_be_tried: str
    """Said of a provider without an answer on record, as the admin says it."""


def _left(hours: float, forms: tuple[str, str, str]) -> str:
    """One of the forms: up to an hour, hours, days from three on."""
    if hours >= 72:
        return forms[2].format(round(hours / 24))
    return forms[0] if hours < 1.5 else forms[1].format(round(hours))


EN = Phrases(
    titles={
        Event.PROVIDER_OPENED: "{name} is out: {meaning}",
        Event.CREDIT_EXHAUSTED: "{name} is out of credit",
        Event.PROVIDER_RECOVERED: "{name} is no longer out",
        Event.ALL_DOWN: "No provider can answer",
        Event.SOME_BACK: "Providers can be asked again",
        Event.STATIC_SERVING: "Callers get static answers",
        Event.STATIC_OVER: "No more static answers",
        Event.BUDGET_SPENT: "The probe budget is spent",
        Event.BUDGET_RENEWED: "Paid probes go on",
        Event.JOURNAL_FAILED: "The journal on {slug} cannot be written",
        Event.JOURNAL_BACK: "The journal on {slug} can be written again",
        Event.WALLET_LOW: "{name}: money for about {left} is left",
        Event.WALLET_EMPTY: "{name}: no money is left by the count",
        Event.WALLET_REFILLED: "{name}: there is money again",
        Event.SPENDING_HIGH: "Spending {period} has reached {limit} USD ({slug})",
        Event.SPENDING_JUMPED: "Spending has jumped ({slug})",
        Event.SPENDING_BACK: "Spending is within the rule again ({slug})",
        Event.BOOKS_DIFFER: "{name}: our costs and the vendor's report differ",
        Event.BOOKS_AGREE: "{name}: our costs and the vendor's report agree again",
        Event.RECORDS_AT_RISK: "Call records on {slug} are in memory only",
        Event.RECORDS_SAFE: "Call records on {slug} are safe again",
    },
    summaries={
        Event.PROVIDER_OPENED: "{name} is out since {at}: {meaning}.",
        Event.CREDIT_EXHAUSTED: "{name} is out of credit since {at}.",
        Event.PROVIDER_RECOVERED: "{name} recovered at {at}; it had been out since {since}.",
        "by_hand": "{name} was reset at {at} by {by}; it had been out since {since}.",
        "brief": "{name} was out briefly after {since} and recovered at {at}.",
        "switched_off": "{name} is switched off, or has no key any more; it had been out since {since}.",
        "removed": "{name} was removed from the configuration; it had been out since {since}.",
        Event.ALL_DOWN: "No provider can answer since {since}: callers get static answers.",
        Event.SOME_BACK: "Since {at} there is a provider to ask: {serving}. There was none since {since}.",
        Event.STATIC_SERVING: "Since {since}, {answers} went out in place of a provider's.",
        Event.STATIC_OVER: "Every answer of the last minutes came from a provider. Before, since {since}: {answers}.",
        Event.BUDGET_SPENT: "Probes that cost money have used {spent} of {limit} USD.",
        Event.BUDGET_RENEWED: "The budget for paid probes is available again since {at}.",
        Event.JOURNAL_FAILED: (
            "The journal of calls on {slug} cannot be written since {since}: {fault}. Nothing is lost: answers wait "
            "until the database has their record."
        ),
        Event.JOURNAL_BACK: "The journal of calls on {slug} can be written again; it could not since {since}.",
        Event.WALLET_LOW: "The account {slug} holds {balance}. At its usual pace that lasts about {left}.",
        Event.WALLET_EMPTY: (
            "The account {slug} holds {balance} by the count of its costs, and no call was refused yet. "
            "Either calls are refused soon, or a top-up was not recorded."
        ),
        Event.WALLET_REFILLED: "The account {slug} holds {balance}; time left: {left}. It was short since {since}.",
        "wallet_removed": "The account {slug} has no provider any more; its money was short since {since}.",
        Event.SPENDING_HIGH: "{scope} cost {spent} USD {period}, since {at}. The rule {slug} tells of {limit} USD.",
        Event.SPENDING_JUMPED: (
            "{scope} cost {spent} USD in the hour from {at}, and {before} USD in the same hour of the week before."
        ),
        Event.SPENDING_BACK: "{scope} cost {spent} USD {period}, since {at}; the rule {slug} tells of {limit} USD.",
        "spending_removed": "The rule {slug} is gone or switched off; it was exceeded since {since}.",
        Event.BOOKS_DIFFER: (
            "Two days in a row, up to {at}, the account {slug} differs from the vendor's report by more than 1 %. The "
            "last day cost {spent} USD by our records and {vendor} USD by the report."
        ),
        Event.BOOKS_AGREE: (
            "The last day of the account {slug} cost {spent} USD by our records and {vendor} USD by the vendor's "
            "report."
        ),
        Event.RECORDS_AT_RISK: (
            "Since {since} neither the database nor the journal on {slug} can be written ({fault}). Requests are "
            "answered, and their records are in memory only: a kill loses them."
        ),
        Event.RECORDS_SAFE: "Records of calls on {slug} are on disk again. They were in memory only since {since}.",
    },
    actions={
        Event.CREDIT_EXHAUSTED: (
            "Refill {refill_at}, then press Reset failures or run `manage.py llm_reset {slug}`; {again}."
        ),
        ErrorClass.AUTH: (
            "Store a valid key in the admin (Providers, {slug}), or set its variable and restart; then press "
            "Re-test now or run `manage.py llm_healthcheck --provider {slug}`."
        ),
        ErrorClass.PERMISSION: (
            "Allow this key to use the model in the vendor's settings, or choose another model in the admin "
            "(Providers, {slug}); when its last error is about the address, correct that one or "
            "LLM_ALLOW_PRIVATE_HOSTS; then press Re-test now."
        ),
        ErrorClass.MODEL_NOT_FOUND: (
            "Choose a model that the vendor serves in the admin (Providers, {slug}); then press Re-test now."
        ),
        "wait": "Nothing to do: {again}, and recovers by itself. If it stays out, look at the vendor's status page.",
        Event.ALL_DOWN: (
            "Run `manage.py llm_providers` to see why each of them is out. Refill credit or replace keys where that "
            "is the reason, and reset those; the others recover by themselves."
        ),
        Event.STATIC_SERVING: (
            "Run `manage.py llm_providers`, or look at Calls in the admin (status static): each call has the reason "
            "why every provider was skipped."
        ),
        Event.BUDGET_SPENT: (
            "A provider that is out of credit is not probed until the budget is renewed. When you have refilled one, "
            "press Reset failures or run `manage.py llm_reset NAME`."
        ),
        Event.JOURNAL_FAILED: "Make room on the disk of LLM_JOURNAL_DIR, or make it writable. No restart is needed.",
        Event.WALLET_LOW: "Refill {refill_at}, then record it: `manage.py llm_wallets topup {slug} USD`.",
        Event.WALLET_EMPTY: (
            "Refill {refill_at} and record it by `manage.py llm_wallets topup {slug} USD`, or say what the vendor "
            "shows: `manage.py llm_wallets declare {slug} USD`."
        ),
        Event.SPENDING_HIGH: (
            "See who spends: `manage.py llm_usage --by key`. The rule is among the spending rules of the admin."
        ),
        Event.SPENDING_JUMPED: (
            "See who spends: `manage.py llm_usage --last 1d --by key`. The rule is among the spending rules of the "
            "admin."
        ),
        Event.BOOKS_DIFFER: "See the causes: `manage.py llm_reconcile --account {slug} --last 2d`.",
        Event.RECORDS_AT_RISK: (
            "Restart nothing on {slug}. Make room on the disk of LLM_JOURNAL_DIR, or bring the database back: either "
            "saves the records."
        ),
    },
    meanings=MEANINGS,
    left=lambda hours: _left(hours, ("an hour", "{} hours", "{} days")),
    unknown="unknown",
    periods={"day": "today", "month": "this month", "jump": "in the last hour"},
    everybody="All calls",
    of_route="The calls of the route {route}",
    of_both="The calls of the route {route} at {provider}",
    unpriced="Attempts without a known price are not in the sum: {count}.",
    answers=lambda count: "a static answer" if count == 1 else f"{count} static answers",
    times="It went out {times} times since {since}.",
    reminder="Still: ",
    next_provider="Requests go to {next}.",
    no_provider="No other provider can answer: callers get static answers.",
    again="it is probed again at {until}",
    again_soon="it is probed again soon",
    refill_at="at {url}",
    refill_elsewhere="in the vendor's console",
    to_be_tried=PHRASES[Standing.TO_BE_TRIED],
)


def _answers_fr(count: int) -> str:
    return "une réponse statique" if count == 1 else f"{count} réponses statiques"


FR = Phrases(
    titles={
        Event.PROVIDER_OPENED: "{name} est hors service : {meaning}",
        Event.CREDIT_EXHAUSTED: "{name} n'a plus de crédit",
        Event.PROVIDER_RECOVERED: "{name} n'est plus hors service",
        Event.ALL_DOWN: "Aucun fournisseur ne peut répondre",
        Event.SOME_BACK: "Des fournisseurs peuvent à nouveau être interrogés",
        Event.STATIC_SERVING: "Des réponses statiques sont servies",
        Event.STATIC_OVER: "Plus de réponses statiques",
        Event.BUDGET_SPENT: "Le budget des sondes est épuisé",
        Event.BUDGET_RENEWED: "Les sondes payantes reprennent",
        Event.JOURNAL_FAILED: "Le journal sur {slug} ne peut pas être écrit",
        Event.JOURNAL_BACK: "Le journal sur {slug} peut à nouveau être écrit",
        Event.WALLET_LOW: "{name} : il reste de l'argent pour {left} environ",
        Event.WALLET_EMPTY: "{name} : plus d'argent d'après le décompte",
        Event.WALLET_REFILLED: "{name} : il y a de nouveau de l'argent",
        Event.SPENDING_HIGH: "La dépense {period} atteint {limit} USD ({slug})",
        Event.SPENDING_JUMPED: "La dépense a bondi ({slug})",
        Event.SPENDING_BACK: "La dépense respecte à nouveau la règle ({slug})",
        Event.BOOKS_DIFFER: "{name} : nos coûts et le rapport du fournisseur diffèrent",
        Event.BOOKS_AGREE: "{name} : nos coûts et le rapport du fournisseur concordent à nouveau",
        Event.RECORDS_AT_RISK: "Les enregistrements d'appels sur {slug} ne sont qu'en mémoire",
        Event.RECORDS_SAFE: "Les enregistrements d'appels sur {slug} sont à nouveau en sécurité",
    },
    summaries={
        Event.PROVIDER_OPENED: "{name} est hors service depuis {at} : {meaning}.",
        Event.CREDIT_EXHAUSTED: "{name} n'a plus de crédit depuis {at}.",
        Event.PROVIDER_RECOVERED: "{name} répond à nouveau depuis {at} ; il était hors service depuis {since}.",
        "by_hand": "{name} a été remis en service à {at} par {by} ; il était hors service depuis {since}.",
        "brief": "{name} a été brièvement hors service après {since} et répond à nouveau depuis {at}.",
        "switched_off": "{name} est désactivé, ou n'a plus de clé ; il était hors service depuis {since}.",
        "removed": "{name} a été retiré de la configuration ; il était hors service depuis {since}.",
        Event.ALL_DOWN: "Aucun fournisseur ne peut répondre depuis {since} : les réponses sont statiques.",
        Event.SOME_BACK: (
            "Depuis {at}, un fournisseur peut être interrogé : {serving}. Il n'y en avait aucun depuis {since}."
        ),
        Event.STATIC_SERVING: "Depuis {since} : {answers} à la place de celle d'un fournisseur.",
        Event.STATIC_OVER: (
            "Toutes les réponses des dernières minutes viennent d'un fournisseur. Avant, depuis {since} : {answers}."
        ),
        Event.BUDGET_SPENT: "Les sondes payantes ont coûté {spent} USD sur {limit}.",
        Event.BUDGET_RENEWED: "Le budget des sondes est disponible à nouveau depuis {at}.",
        Event.JOURNAL_FAILED: (
            "Le journal des appels sur {slug} ne peut pas être écrit depuis {since} : {fault}. Rien n'est perdu : "
            "chaque réponse attend que la base de données ait son enregistrement."
        ),
        Event.JOURNAL_BACK: (
            "Le journal des appels sur {slug} peut à nouveau être écrit ; il ne pouvait pas l'être depuis {since}."
        ),
        Event.WALLET_LOW: ("Le compte {slug} contient {balance}. À son rythme habituel, cela dure {left} environ."),
        Event.WALLET_EMPTY: (
            "Le compte {slug} contient {balance} d'après le décompte de ses coûts, et aucun appel n'a encore été "
            "refusé. Soit des refus viennent bientôt, soit une recharge n'a pas été enregistrée."
        ),
        Event.WALLET_REFILLED: (
            "Le compte {slug} contient {balance} ; temps restant : {left}. L'argent manquait depuis {since}."
        ),
        "wallet_removed": "Le compte {slug} n'a plus de fournisseur ; l'argent manquait depuis {since}.",
        Event.SPENDING_HIGH: (
            "Dépense {period}, depuis {at} : {spent} USD ({scope}). La règle {slug} signale {limit} USD."
        ),
        Event.SPENDING_JUMPED: (
            "Dépense dans l'heure depuis {at} : {spent} USD ({scope}) ; à la même heure de la semaine d'avant : "
            "{before} USD."
        ),
        Event.SPENDING_BACK: (
            "Dépense {period}, depuis {at} : {spent} USD ({scope}) ; la règle {slug} signale {limit} USD."
        ),
        "spending_removed": "La règle {slug} n'existe plus ou est désactivée ; elle était dépassée depuis {since}.",
        Event.BOOKS_DIFFER: (
            "Deux jours de suite, jusqu'à {at}, le compte {slug} diffère du rapport du fournisseur de plus de 1 %. Le "
            "dernier jour a coûté {spent} USD d'après nos enregistrements et {vendor} USD d'après le rapport."
        ),
        Event.BOOKS_AGREE: (
            "Le dernier jour du compte {slug} a coûté {spent} USD d'après nos enregistrements et {vendor} USD d'après "
            "le rapport du fournisseur."
        ),
        Event.RECORDS_AT_RISK: (
            "Depuis {since}, ni la base de données ni le journal sur {slug} ne peuvent être écrits ({fault}). Les "
            "requêtes reçoivent une réponse, mais leurs enregistrements ne sont qu'en mémoire : un arrêt brutal du "
            "processus les perd."
        ),
        Event.RECORDS_SAFE: (
            "Les enregistrements d'appels sur {slug} sont à nouveau sur disque. Ils n'étaient qu'en mémoire depuis "
            "{since}."
        ),
    },
    actions={
        Event.CREDIT_EXHAUSTED: (
            "Rechargez {refill_at}, puis cliquez sur « Remettre à zéro » ou lancez "
            "`manage.py llm_reset {slug}` ; {again}."
        ),
        ErrorClass.AUTH: (
            "Enregistrez une clé valable dans l'administration (fournisseur {slug}), ou définissez sa variable et "
            "redémarrez ; puis cliquez sur « Tester maintenant » ou lancez "
            "`manage.py llm_healthcheck --provider {slug}`."
        ),
        ErrorClass.PERMISSION: (
            "Autorisez cette clé à utiliser le modèle chez le fournisseur, ou choisissez un autre modèle dans "
            "l'administration (fournisseur {slug}) ; si sa dernière erreur concerne l'adresse, corrigez celle-ci ou "
            "LLM_ALLOW_PRIVATE_HOSTS ; puis cliquez sur « Tester maintenant »."
        ),
        ErrorClass.MODEL_NOT_FOUND: (
            "Choisissez dans l'administration (fournisseur {slug}) un modèle qui existe ; puis cliquez sur "
            "« Tester maintenant »."
        ),
        "wait": "Rien à faire : {again}, et revient de lui-même. Si cela dure, voyez la page d'état du fournisseur.",
        Event.ALL_DOWN: (
            "Lancez `manage.py llm_providers` pour voir la cause de chacun. Rechargez le crédit ou remplacez la clé "
            "là où c'est la cause, puis réinitialisez ; les autres reviennent d'eux-mêmes."
        ),
        Event.STATIC_SERVING: (
            "Lancez `manage.py llm_providers`, ou voyez les appels dans l'administration (état statique) : chacun "
            "dit pourquoi chaque fournisseur a été écarté."
        ),
        Event.BUDGET_SPENT: (
            "Un fournisseur sans crédit n'est plus sondé jusqu'au renouvellement du budget. Après une recharge, "
            "cliquez sur « Remettre à zéro » ou lancez `manage.py llm_reset NOM`."
        ),
        Event.JOURNAL_FAILED: (
            "Libérez de la place sur le disque de LLM_JOURNAL_DIR, ou rendez-le inscriptible. Aucun redémarrage n'est "
            "nécessaire."
        ),
        Event.WALLET_LOW: ("Rechargez {refill_at}, puis enregistrez-le : `manage.py llm_wallets topup {slug} USD`."),
        Event.WALLET_EMPTY: (
            "Rechargez {refill_at} et enregistrez-le par `manage.py llm_wallets topup {slug} USD`, ou déclarez ce "
            "que le fournisseur affiche : `manage.py llm_wallets declare {slug} USD`."
        ),
        Event.SPENDING_HIGH: (
            "Voyez qui dépense : `manage.py llm_usage --by key`. La règle est parmi les règles de dépense de "
            "l'administration."
        ),
        Event.SPENDING_JUMPED: (
            "Voyez qui dépense : `manage.py llm_usage --last 1d --by key`. La règle est parmi les règles de dépense de "
            "l'administration."
        ),
        Event.BOOKS_DIFFER: "Voyez les causes : `manage.py llm_reconcile --account {slug} --last 2d`.",
        Event.RECORDS_AT_RISK: (
            "Ne redémarrez rien sur {slug}. Libérez de la place sur le disque de LLM_JOURNAL_DIR, ou rétablissez la "
            "base de données : l'un des deux suffit."
        ),
    },
    meanings={
        ErrorClass.CREDIT_EXHAUSTED: "crédit ou quota épuisé",
        ErrorClass.RATE_LIMITED: "trop de requêtes pour ce compte",
        ErrorClass.OVERLOADED: "le fournisseur est surchargé",
        ErrorClass.SERVER_ERROR: "le fournisseur est en panne",
        ErrorClass.CONNECTION: "le fournisseur est injoignable",
        ErrorClass.TIMEOUT: "le fournisseur ne répond pas à temps",
        ErrorClass.BAD_RESPONSE: "les réponses du fournisseur sont inutilisables",
        ErrorClass.AUTH: "la clé est refusée",
        ErrorClass.PERMISSION: "la clé n'a pas droit à ce modèle, ou l'adresse n'est pas permise",
        ErrorClass.MODEL_NOT_FOUND: "le fournisseur ne connaît pas ce modèle",
        ErrorClass.CONTEXT_LENGTH: "la requête est trop longue pour ce modèle",
        ErrorClass.CONTENT_FILTERED: "refus du filtre de contenu du fournisseur",
        ErrorClass.INVALID_REQUEST: "le fournisseur juge la requête invalide",
        ErrorClass.INTERNAL: "la requête n'a pas pu être construite pour ce fournisseur",
        ErrorClass.UNKNOWN: "panne inconnue",
    },
    left=lambda hours: _left(hours, ("une heure", "{} heures", "{} jours")),
    unknown="inconnu",
    periods={"day": "du jour", "month": "du mois", "jump": "de la dernière heure"},
    everybody="tous les appels",
    of_route="appels de la route {route}",
    of_both="appels de la route {route} chez {provider}",
    unpriced="Tentatives sans prix connu, hors de la somme : {count}.",
    answers=_answers_fr,
    times="Nombre d'interruptions depuis {since} : {times}.",
    reminder="Toujours : ",
    next_provider="Les requêtes vont à {next}.",
    no_provider="Aucun autre ne peut répondre : les réponses sont statiques.",
    again="il est interrogé à nouveau à {until}",
    again_soon="il est interrogé à nouveau sous peu",
    refill_at="sur {url}",
    refill_elsewhere="dans la console du fournisseur",
    to_be_tried="à essayer",
)
