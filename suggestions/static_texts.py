"""The built-in static suggestions, by language; one suggestion a line."""

TEXTS = {
    "fr": (
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
    "en": (
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
