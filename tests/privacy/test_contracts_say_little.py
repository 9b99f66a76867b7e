"""What a record prints when somebody puts it into an error or a log line: ids, never pixels, reasons or payloads."""

from contracts.signature import Purpose
from tests.builders_contracts import a_probe, a_signing_key, a_warrant


def test_a_probe_prints_no_pixels() -> None:
    probe = a_probe()
    assert "pixels" not in repr(probe)
    assert repr(probe.crops[0].pixels_bgr)[2:40] not in repr(probe)


def test_a_warrant_prints_no_reason_that_speaks_of_a_person() -> None:
    warrant = a_warrant()
    assert all(slot.necessity not in repr(warrant) for slot in warrant.slots)


def test_a_signed_record_prints_no_payload() -> None:
    signed = a_signing_key("somebody").sign(Purpose.CAMERA, b"what was signed")
    assert "what was signed" not in repr(signed)
    assert signed.key in repr(signed)
