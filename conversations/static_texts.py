"""The built-in static answers of the chat, by language."""

TEXTS = {
    "fr": (
        "Je ne peux pas vous répondre tout de suite, mais votre demande est bien enregistrée. Pour nous aider à "
        "trouver le bon prestataire à Douala, indiquez le service (plomberie, électricité, ménage…), votre quartier "
        "et le moment souhaité. En cas de danger (gaz, fils électriques, inondation), coupez l'arrivée et "
        "éloignez-vous d'abord."
    ),
    "en": (
        "I cannot answer right now, but your request is saved. To help us find the right professional in Douala, "
        "tell us the service (plumbing, electricity, cleaning…), your neighbourhood and when you need it. In case "
        "of danger (gas, electric wires, flood), shut off the supply and move away first."
    ),
}
