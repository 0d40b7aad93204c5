from reconciler.watch.damping import FORGIVEN, LONGEST_PAUSE, MOST, Damping


def fought(times: int, every: float = 0.1) -> Damping:
    damping = Damping()
    for number in range(times):
        damping.repaired(["flow x", "flow y"] if number % 2 else ["flow x"], number * every)
    return damping


def test_a_few_repairs_are_no_fight() -> None:
    damping = fought(MOST - 1)
    assert (damping.contested, damping.until) == ((), 0.0)


def test_the_same_object_again_and_again_is_one() -> None:
    damping = fought(MOST)
    assert damping.contested == ("flow x",)
    assert damping.until > (MOST - 1) * 0.1


def test_pauses_grow_to_a_limit() -> None:
    damping, now = fought(MOST), 1.0
    pauses = []
    for _ in range(12):
        now = damping.until
        damping.repaired(["flow x"], now)
        pauses.append(round(damping.until - now, 6))
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


def test_many_objects_once_each_are_none() -> None:
    damping = Damping()
    damping.repaired([f"flow {number}" for number in range(1000)], 0.0)
    assert damping.contested == ()


def test_repairs_far_apart_are_none() -> None:
    assert fought(3 * MOST, every=60.0).contested == ()


def test_it_is_over_when_nothing_has_happened_for_long() -> None:
    damping = fought(MOST)
    damping.look(FORGIVEN / 2)
    assert damping.contested
    damping.look(2 * FORGIVEN)
    assert (damping.contested, damping.until) == ((), 0.0)
