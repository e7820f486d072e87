import pytest

from integrationhub.wire.expressions import texts


@pytest.mark.parametrize("to", [texts.lower, texts.upper])
def test_the_pairs_of_a_case_change_a_text_as_the_function_does(to):
    letters = "".join(map(chr, range(0x20000)))
    assert letters.translate(str.maketrans(*texts.case_pairs(to))).translate(ascii_pairs(to)) == to(letters)


def ascii_pairs(to):
    letters = "".join(map(chr, range(0x80)))
    return str.maketrans(letters, to(letters))


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_no_letter_beyond_the_pairs_has_a_case(change):
    letters = "".join(map(chr, range(0x1F000, 0x110000)))
    assert change(letters) == letters


def test_white_space_is_what_dot_net_trims():
    assert texts.trim("\u2003\u00a0 a\u200b \t") == "a\u200b"
    assert texts.trim("\x1ca") == "\x1ca"
