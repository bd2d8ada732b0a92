"""The last words: what is said when no vendor can answer, until operators write their own."""

from collections.abc import Mapping

DEFAULT_TEXTS: dict[tuple[str, str], str] = {
    ("default", "fr"): (
        "Notre assistant est momentanément indisponible. Votre message est bien arrivé : "
        "réessayez dans quelques minutes, s'il vous plaît."
    ),
    ("default", "en"): (
        "Our assistant is briefly unavailable. Your message has arrived: please try again in a few minutes."
    ),
    ("conversation", "fr"): (
        "Je ne peux pas vous répondre tout de suite, mais votre demande est bien enregistrée. Pour nous aider à "
        "trouver le bon prestataire à Douala, indiquez le service (plomberie, électricité, ménage…), votre quartier "
        "et le moment souhaité. En cas de danger (gaz, fils électriques, inondation), coupez l'arrivée et "
        "éloignez-vous d'abord."
    ),
    ("conversation", "en"): (
        "I cannot answer right now, but your request is saved. To help us find the right professional in Douala, "
        "tell us the service (plumbing, electricity, cleaning…), your neighbourhood and when you need it. In case "
        "of danger (gas, electric wires, flood), shut off the supply and move away first."
    ),
    ("suggestions", "fr"): (
        "Quel service vous faut-il : plomberie, électricité, climatisation ou autre ?\n"
        "Dans quel quartier de Douala se trouve le problème ?\n"
        "Est-ce urgent, ou pouvez-vous attendre un rendez-vous ?\n"
        "Pouvez-vous décrire le problème, ou joindre une photo ?\n"
        "Quel budget avez-vous prévu, en FCFA ?\n"
        "À quel moment un prestataire peut-il passer ?\n"
        "Le problème est-il nouveau, ou s'est-il déjà produit ?\n"
        "L'eau ou le courant sont-ils encore coupés ?\n"
        "S'agit-il d'une maison, d'un appartement ou d'un commerce ?\n"
        "À quel numéro le prestataire peut-il vous joindre ?"
    ),
    ("suggestions", "en"): (
        "Which service do you need: plumbing, electricity, air conditioning or another?\n"
        "In which neighbourhood of Douala is the problem?\n"
        "Is it urgent, or can you wait for an appointment?\n"
        "Can you describe the problem, or add a photo?\n"
        "What budget do you have in mind, in FCFA?\n"
        "When can a professional come by?\n"
        "Is the problem new, or has it happened before?\n"
        "Is the water or the power still off?\n"
        "Is it a house, a flat or a shop?\n"
        "At which number can the professional reach you?"
    ),
}
"""(route, language) -> text; those of suggestions are one a line."""


def static_text(texts: Mapping[tuple[str, str], str], route: str, language: str) -> str:
    """The text for `route` in `language`: the operators', else the built-in one; the same of the default route then.

    A general text of the operators does not stand in for the list of the suggestions.
    """
    for name in (route, "default"):
        for source in (texts, DEFAULT_TEXTS):
            if found := source.get((name, language), "").strip():
                return found
    return DEFAULT_TEXTS[("default", "fr")]
