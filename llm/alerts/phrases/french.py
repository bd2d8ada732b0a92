"""Alerts in French."""

from llm.alerts.events import Event
from llm.alerts.phrases.table import Phrases, left
from llm.core.failures.policy import ErrorClass


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
        Event.BUDGET_50: "La moitié du budget {slug} est dépensée",
        Event.BUDGET_80: "80 % du budget {slug} sont dépensés",
        Event.BUDGET_100: "Le budget {slug} est dépensé",
        Event.STANDBY_JOINED: "Le fournisseur de réserve de {slug} est entré en service",
        Event.STANDBY_LEFT: "Le fournisseur de réserve de {slug} est de nouveau en réserve",
        Event.BUDGET_RENEWED: "Le budget {slug} a de nouveau de la place",
        Event.PROBE_BUDGET_SPENT: "Le budget des sondes est épuisé",
        Event.PROBE_BUDGET_RENEWED: "Les sondes payantes reprennent",
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
        Event.MODEL_GONE: "{name} : le fournisseur ne liste plus le modèle {model}",
        Event.MODEL_BACK: "{name} : son modèle est à nouveau listé, ou a été changé",
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
        Event.BUDGET_50: "Les consommateurs ont dépensé la moitié du budget {slug}.",
        Event.BUDGET_80: "Les consommateurs ont dépensé 80 % du budget {slug}.",
        Event.BUDGET_100: (
            "Les consommateurs ont dépensé le budget {slug}. S'il n'est pas indicatif, il arrête les appels suivants."
        ),
        Event.STANDBY_JOINED: (
            "Depuis {since}, {slug} prend des appels : il reste peu aux autres fournisseurs de la route."
        ),
        Event.STANDBY_LEFT: "Depuis {at}, {slug} ne prend plus d'appels. Il était entré en service à {since}.",
        Event.BUDGET_RENEWED: "Moins de la moitié du budget {slug} est dépensée depuis {at}.",
        Event.PROBE_BUDGET_SPENT: "Les sondes payantes ont coûté {spent} USD sur {limit}.",
        Event.PROBE_BUDGET_RENEWED: "Le budget des sondes est disponible à nouveau depuis {at}.",
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
        Event.MODEL_GONE: (
            "Trois consultations de suite n'ont pas trouvé {model} dans la liste du fournisseur ; le modèle y était "
            "encore à {since}. Routes qui interrogent {slug} : {routes}."
        ),
        Event.MODEL_BACK: (
            "Le modèle de {slug} est à nouveau dans la liste de son fournisseur, ou a été changé, à {at}."
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
        Event.BUDGET_50: "Il n'y a rien à faire. `manage.py llm_budgets list` montre l'état.",
        Event.STANDBY_JOINED: "Il n'y a rien à faire. S'il reste en service, augmentez les limites des autres.",
        Event.BUDGET_80: "Augmentez-le, ou prévenez ses consommateurs. `manage.py llm_budgets list` montre l'état.",
        Event.BUDGET_100: ("Augmentez-le, ou attendez son renouvellement. `manage.py llm_budgets list` montre l'état."),
        Event.PROBE_BUDGET_SPENT: (
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
        Event.MODEL_GONE: (
            "Choisissez un autre modèle : `manage.py llm_providers models` montre ce que le fournisseur liste. "
            "Certains fournisseurs servent encore un modèle quelque temps après l'avoir retiré."
        ),
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
    left=lambda hours: left(hours, ("une heure", "{} heures", "{} jours")),
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
    no_route="aucune",
    refill_elsewhere="dans la console du fournisseur",
    to_be_tried="à essayer",
)
