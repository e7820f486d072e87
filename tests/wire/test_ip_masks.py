import pytest

from integrationhub.wire import ip_masks


@pytest.mark.parametrize(
    ("masks", "inside", "outside"),
    [
        ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("10.1.0.0/16", "10.1.255.255", "10.2.0.0"),
        ("10.1.2.3/16", "10.1.9.9", "10.2.0.0"),
        ("10.1.*", "10.1.2.3", "10.2.0.0"),
        ("10.1.*.*", "10.1.2.3", "10.2.0.0"),
        ("10.*.*.*", "10.9.9.9", "11.0.0.0"),
        ("2001:db8::/32", "2001:db8::1", "2001:db9::1"),
        ("10.1.2.3", "::ffff:10.1.2.3", "::ffff:10.1.2.4"),
        ("192.0.2.1, 10.1.*", "10.1.0.1", "10.0.0.1"),
    ],
)
def test_a_mask_covers_its_own(masks, inside, outside):
    ip_masks.check(masks)
    assert ip_masks.allows(masks, inside)
    assert not ip_masks.allows(masks, outside)
    assert not ip_masks.allows(masks, "unknown")


@pytest.mark.parametrize("masks", ["", "*", " * "])
def test_some_masks_cover_all(masks):
    for address in ("10.1.2.3", "2001:db8::1"):
        assert ip_masks.allows(masks, address)


@pytest.mark.parametrize(
    "masks",
    ["x", "10.1.2", "10.1.2.3.4", "10.*.3.*", "10.1.2.256", "10.1.2.3/33", "*.1", "10.1.2.3;::1", "1" * 1001],
)
def test_what_is_no_mask_is_refused(masks):
    with pytest.raises(ValueError, match="mask"):
        ip_masks.check(masks)
