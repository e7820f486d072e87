"""Which texts the databases can keep and every surface can show."""


def refusal(text: str) -> str | None:
    """Why a text cannot be kept, to go on after a field's name; None when it can."""
    if "\0" in text:
        return "must not contain the character NUL."
    try:
        text.encode()
    except UnicodeEncodeError:
        return "contains half of a surrogate pair, which is no character."
    return None


def printable(text: str) -> str:
    """A text from outside, fit for a message: whatever could break a line or an encoding is replaced."""
    return "".join(character if character.isprintable() else "�" for character in text)
