"""What a front end says when it cannot accept a text."""

import re


class ExpressionError(ValueError):
    """A text was refused: why, and the offset of the character where (0 to the length of the text)."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position

    def caret(self, text: str) -> str:
        """Render the line at fault, a caret under the character, and the message."""
        start = max(text.rfind("\n", 0, self.position), text.rfind("\r", 0, self.position)) + 1
        line = re.split(r"[\r\n]", text[start:], maxsplit=1)[0]
        shown = "".join(character if character.isprintable() else "�" for character in line)
        return f"{shown}\n{' ' * (self.position - start)}^ {self.message}"


class NotProvenError(Exception):
    """The database has no form of this node that is known to equal the reference."""
