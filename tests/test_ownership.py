import pytest

from reconciler import ownership
from reconciler.ownership import owns_group


@pytest.mark.parametrize(
    ("group_id", "ours"),
    [
        (0x51FFFFFF, False),
        (0x52000000, True),
        (0x520FFFFF, True),
        (0x52100000, False),
        (0x520, False),
        (0, False),
        (0x152000000, False),
    ],
)
def test_only_ids_that_begin_with_520_are_ours(group_id: int, ours: bool) -> None:  # noqa: FBT001
    assert owns_group(group_id) is ours


def test_the_mark_leaves_other_peoples_bits_alone() -> None:
    antrea_egress, kube_proxy_masquerade, kube_proxy_drop = 0xFF, 0x4000, 0x8000
    assert not ownership.FWMARK & (antrea_egress | kube_proxy_masquerade | kube_proxy_drop)


def test_the_route_protocol_fits_into_the_kernels_field() -> None:
    assert 0 < ownership.ROUTE_PROTOCOL < 256
