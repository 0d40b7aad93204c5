import pytest

from reconciler.switch_faults import aborts_on_direct_nat


@pytest.mark.parametrize(
    "version", ["2.13.0", "2.17.7", "3.0.4", "3.1.0", "3.1.2", "3.2.2", "3.1.0-dev", "", "unknown"]
)
def test_the_userspace_datapath_of_a_faulty_release_aborts(version: str) -> None:
    assert aborts_on_direct_nat(version, "netdev")


@pytest.mark.parametrize("version", ["2.17.8", "2.17.12", "3.0.5", "3.1.3", "3.2.3", "3.3.0", "3.6.1", "4.0.0"])
def test_a_sound_release_does_not(version: str) -> None:
    assert not aborts_on_direct_nat(version, "netdev")


@pytest.mark.parametrize("datapath_type", ["", "system"])
def test_the_kernel_datapath_has_a_conntrack_of_its_own(datapath_type: str) -> None:
    assert not aborts_on_direct_nat("3.1.0", datapath_type)
