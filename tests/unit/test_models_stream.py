"""dlib's serialisation format, read strictly."""

import pytest

from matcher.errors import ModelRefused
from matcher.models.dlib_weights.stream import DlibStream


def reading(*content: int) -> DlibStream:
    return DlibStream(bytes(content), "a file")


def test_integers_carry_their_length_and_sign() -> None:
    stream = reading(0x01, 0x2A, 0x81, 0x2A, 0x02, 0x34, 0x12, 0x01, 0x00)
    assert [stream.integer() for _ in range(4)] == [42, -42, 0x1234, 0]
    stream.end()


def test_reals_are_a_mantissa_and_an_exponent_of_two() -> None:
    assert reading(0x01, 0x10, 0x81, 0x05).real() == 0.5


@pytest.mark.parametrize("control", [0x00, 0x80, 0x09, 0x7F])
def test_an_impossible_length_of_an_integer_is_refused(control: int) -> None:
    with pytest.raises(ModelRefused, match="no integer"):
        reading(control, *range(16)).integer()


def test_a_file_that_ends_too_early_is_refused() -> None:
    with pytest.raises(ModelRefused, match="ends too early"):
        reading(0x02, 0x01).integer()


def test_bytes_after_the_last_are_refused() -> None:
    with pytest.raises(ModelRefused, match="more bytes"):
        reading(0x00).end()


def test_infinity_is_refused() -> None:
    with pytest.raises(ModelRefused, match="finite"):
        reading(0x01, 0x00, 0x02, 0x00, 0x7D).real()  # exponent 32000: dlib's sign of infinity


def test_a_tensor_larger_than_any_we_know_is_refused_before_it_is_read() -> None:
    with pytest.raises(ModelRefused, match="too large"):
        reading(0x01, 0x02, *([0x02, 0x00, 0x10] * 4)).tensor()


def test_a_tensor_with_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ModelRefused, match="not finite"):
        reading(0x01, 0x02, *([0x01, 0x01] * 4), 0x00, 0x00, 0xC0, 0x7F).tensor()


def test_another_version_than_the_known_is_refused() -> None:
    with pytest.raises(ModelRefused, match="where 2 was expected"):
        reading(0x01, 0x03).expect(2)


def test_a_truth_value_is_a_character() -> None:
    stream = reading(ord("1"), ord("0"), ord("2"))
    assert (stream.truth(), stream.truth()) == (True, False)
    with pytest.raises(ModelRefused, match="truth"):
        stream.truth()
